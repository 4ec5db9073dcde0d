"""While training goes on under settings that can prevent learning: how long to wait for a gain.

A network may stay on a plateau for long and learn then, so the loss alone ends no training. Under such settings another
training follows anyway, and waiting for the end of this one takes as long as a healthy training, or longer."""

import math

from robust_mlp._collapse.causes.inputs import decay_of, usual_rates
from robust_mlp._collapse.causes.network import (
    CERTAIN_DECAY,
    CERTAIN_DROPOUT,
    CERTAIN_INPUT_DROPOUT,
    CERTAIN_MAX_NORM,
    deepest,
)
from robust_mlp._collapse.causes.training import CERTAIN_SMOOTHING
from robust_mlp._collapse.symptoms.early_stop import has_warm_up, should_stop

# Epochs to wait for a gain of this share of the loss of the prior. A healthy training gains as much in its first
# epochs.
FLAT_EPOCHS, FLAT_GAIN = 10, 0.02
# A learning rate so many times below or above the usual one mostly holds a network back; `is_extreme` begins at fifty
# or more.
UNUSUAL_RATE = 15
# (share of the epochs, share of the prior's loss): a training that simple models are ahead of by so much, so late, is
# ended. The later, the less a healthy training still has to save: a few hundredths after a quarter of its epochs. The
# second bound is twice what counts as held back in the end.
FAR_AHEAD = ((0.08, 0.25), (0.25, 0.06))


def should_give_up(records, plan, prior_loss, simple_loss=None):
    """As `should_stop`, which knows no settings, with two reasons more: "flat" and "behind".

    Parameters
    ----------
    records : sequence of EpochRecord
        All epochs so far.
    plan : TrainingPlan
    prior_loss : float
        Cross-entropy of answering the class prior, nats.
    simple_loss : float, default=None
        Log loss of the best simple model, for a training under unusual settings.

    Returns
    -------
    reason : str or None
        None to go on.
    """
    reason = should_stop(records, plan, prior_loss)
    if reason is None and is_left_behind(records, plan, prior_loss, simple_loss):
        return "behind"
    if reason is not None or len(records) < FLAT_EPOCHS or not is_extreme(plan) or has_warm_up(records):
        return reason
    # The held-out loss is that at the best temperature. Above this bound nothing was learned, not even a ranking.
    return "flat" if _best(records) > (1 - FLAT_GAIN) * prior_loss else None


def is_left_behind(records, plan, prior_loss, simple_loss):
    """Whether simple models are far ahead for the epochs that are over; parameters as above."""
    if simple_loss is None or has_warm_up(records) or any(r.validation_loss is None for r in records):
        return False
    ahead = (_best(records) - simple_loss) / prior_loss
    return any(len(records) >= share * plan.max_iter and ahead > gain for share, gain in FAR_AHEAD)


def _best(records):
    return min((record.watched_loss for record in records), default=math.inf)


def is_unusual(plan):
    """Whether a setting of the plan holds most networks back, or prevents learning: another training is likely."""
    _, usual, _ = usual_rates(plan.optimizer)
    return is_extreme(plan) or not usual / UNUSUAL_RATE <= plan.learning_rate <= usual * UNUSUAL_RATE


def is_extreme(plan):
    """Whether a setting of the plan prevents learning on most tables, whatever the table."""
    lowest, _, highest = usual_rates(plan.optimizer)
    return (
        not lowest <= plan.learning_rate <= highest
        or plan.label_smoothing >= CERTAIN_SMOOTHING
        or (bool(plan.hidden_layer_sizes) and plan.dropout >= CERTAIN_DROPOUT)
        or plan.input_dropout >= CERTAIN_INPUT_DROPOUT
        or decay_of(plan) >= CERTAIN_DECAY
        or (plan.max_norm is not None and plan.max_norm < CERTAIN_MAX_NORM)
        or len(plan.hidden_layer_sizes) >= deepest(plan)
    )
