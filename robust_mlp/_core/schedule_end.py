"""When an 'auto' schedule ends: later, if the held-out loss still falls while the learning rate is high.

A cosine lowers the loss wherever it ends, so its end does not say whether a longer one would be better. The first half
does: there the rate is high. Decides from the losses of the epochs alone, so that a training that goes on from a
checkpoint decides the same."""

# A schedule becomes twice as long if the lowest held-out loss of its first half is lower than that of its first quarter
# by this share.
STILL_FALLING = 0.03


def schedule_end(losses, plan):
    """The epoch with which the schedule of a training ends, as far as its epochs so far tell.

    Parameters
    ----------
    losses : sequence of float
        Held-out loss of each epoch so far.
    plan : TrainingPlan

    Returns
    -------
    end : int
        ``plan.max_iter``, or a multiple of it up to ``plan.longest_schedule``.

    Examples
    --------
    >>> from robust_mlp._core.plan import TrainingPlan
    >>> plan = TrainingPlan(max_iter=8, longest_schedule=32)
    >>> schedule_end([1.0, 0.9, 0.8, 0.7], plan)
    16
    >>> schedule_end([1.0, 0.9, 0.9, 0.9], plan)
    8
    """
    end = plan.max_iter
    if plan.longest_schedule is None:
        return end
    while end < plan.longest_schedule and len(losses) >= half_of(end):
        quarter = max(1, end // 4)
        if not min(losses[: half_of(end)]) < (1 - STILL_FALLING) * min(losses[:quarter]):
            break
        end = min(2 * end, plan.longest_schedule)
    return end


def half_of(end):
    """The epoch after which a schedule that ends with epoch `end` may become longer."""
    return max(2, end // 2)
