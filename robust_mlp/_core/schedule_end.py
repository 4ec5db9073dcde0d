"""When an 'auto' schedule ends: later, if the held-out loss still falls while the learning rate is high.

A cosine lowers the loss wherever it ends, so its end does not say whether a longer one would be better. The first half
does: there the rate is high. Decides from the losses of the epochs alone, so that a training that goes on from a
checkpoint decides the same."""

# A schedule becomes twice as long if the lowest held-out loss of its first half is lower than that of its first quarter
# by this share. With .03, the schedule of a weather table, whose loss fell by .027, ended too soon: its log loss was
# 2 % higher. On 32 tables for choosing, .015 and .03 gave the same networks.
STILL_FALLING = 0.02


def schedule_end(losses, first, longest):
    """The epoch with which the schedule of a training ends, as far as its epochs so far tell.

    Parameters
    ----------
    losses : sequence of float
        Held-out loss of each epoch so far.
    first : int
        The epoch with which it ends if it does not become longer.
    longest : int or None
        The epoch with which it ends at the latest; None for `first`.

    Returns
    -------
    end : int
        `first`, twice as much, and so on, up to `longest`.

    Examples
    --------
    >>> schedule_end([1.0, 0.9, 0.8, 0.7], 8, 32)
    16
    >>> schedule_end([1.0, 0.9, 0.9, 0.9], 8, 32)
    8
    """
    end, longest = first, first if longest is None else longest
    while end < longest and len(losses) >= half_of(end):
        quarter = max(1, end // 4)
        if not min(losses[: half_of(end)]) < (1 - STILL_FALLING) * min(losses[:quarter]):
            break
        end = min(2 * end, longest)
    return end


def half_of(end):
    """The epoch after which a schedule that ends with epoch `end` may become longer."""
    return max(2, end // 2)
