"""What a loss of the user's own reads the output of one unit as: probabilities or logits. Told by what it costs.

Calls the loss on four numbers. Trains nothing."""

import math


def reads_logits(function):
    """Whether a loss goes on falling where the output passes the label: 4 is then a better answer than 1 to label 1.

    A loss of probabilities refuses such an answer, clips it or gives a negative cost. A loss of quantities, such as the
    squared error, costs more.

    Parameters
    ----------
    function : callable
        (y_true, y_pred) -> loss per row, or mean loss.

    Returns
    -------
    reads_logits : bool
        False if the loss cannot be called on one unit.
    """
    costs = [_cost(function, label, output) for label, output in ((1.0, 1.0), (1.0, 4.0), (0.0, 0.0), (0.0, -4.0))]
    if any(cost is None or not math.isfinite(cost) or cost < 0 for cost in costs):
        return False
    at_one, beyond_one, at_zero, below_zero = costs
    return beyond_one < at_one and below_zero < at_zero


def _cost(function, label, output):
    """The loss of one row; None if the loss fails."""
    from keras import ops

    try:
        y, z = (ops.convert_to_tensor([[value]], dtype="float32") for value in (label, output))
        return float(ops.mean(function(y, z)))
    except Exception:  # a loss of the user's own may fail in any way
        return None
