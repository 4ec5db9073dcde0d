"""While training goes on: reasons to stop a training that cannot come to anything.

Reads the epochs so far. Never names a cause; what a training came to is judged in symptoms.py."""

import math

# Late collapse: a loss that was clearly better than the prior's and ended no better than it.
LATE_COLLAPSE_GAIN = 0.1

FIRST_CHECK = 5  # epochs before any rule but the first: the first epochs of a healthy training can look like anything
# A loss this many times the prior's for so long, and not falling, is divergence; raw columns give healthy trainings
# such losses too, but theirs fall from epoch to epoch.
DIVERGED_LOSS = 10.0
# The weights will have moved by less than this share of their length when the last epoch is over.
FROZEN_MOVEMENT = 1e-3
# float32 probabilities of a constant network differ by rounding alone (2**-24 = 6e-8).
ROUNDING_SPREAD = 3e-7
CONSTANT_EPOCHS = 8


def restarts_allowed(policy, max_restarts):
    """How many trainings may follow the first; where none may, none is stopped: some come right in the end."""
    return max_restarts if policy == "repair" else 0


def should_stop(records, plan, prior_loss):
    """Whether going on is hopeless, and why.

    Parameters
    ----------
    records : sequence of EpochRecord
        All epochs so far.
    plan : TrainingPlan
    prior_loss : float
        Cross-entropy of answering the class prior, nats.

    Returns
    -------
    reason : str or None
        "nonfinite", "diverged", "frozen" or "constant"; None to go on.
    """
    if not records:
        return None
    if not math.isfinite(records[-1].loss):
        return "nonfinite"
    if len(records) < FIRST_CHECK:
        return None
    held_out = (r.held_out_training_loss for r in records)
    best = min((loss for loss in held_out if loss is not None), default=math.inf)
    if min(best, *(r.loss for r in records)) < (1 - LATE_COLLAPSE_GAIN) * prior_loss:
        return None  # it learned: what comes now is a matter for early stopping
    recent = records[-FIRST_CHECK:]
    if is_beyond_hope(records, prior_loss):
        return "diverged"
    ratios = [r.update_ratio for r in recent if r.update_ratio is not None]
    if len(ratios) == len(recent) and max(ratios) * plan.max_iter < FROZEN_MOVEMENT and not has_warm_up(records):
        return "frozen"
    last = records[-CONSTANT_EPOCHS:]
    if len(last) == CONSTANT_EPOCHS and all(r.spread is not None and r.spread < ROUNDING_SPREAD for r in last):
        return "constant"
    return None


def is_beyond_hope(records, prior_loss):
    """Whether the training loss of the last epochs is far above the prior's, and not falling."""
    recent = [r.loss for r in records[-FIRST_CHECK:]]
    return min(recent) > DIVERGED_LOSS * max(prior_loss, 0.1) and recent[-1] >= recent[0]


def has_warm_up(records):
    """Whether the learning rate is still rising."""
    return records[-1].learning_rate > records[0].learning_rate
