"""While training goes on under settings that can prevent learning for certain: how long to wait for a first gain.

A network may stay on a plateau for long and learn then, so the loss alone ends no training. Under such settings another
training follows anyway, and waiting for the end of this one takes as long as a healthy training."""

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


def should_give_up(records, plan, prior_loss):
    """As `should_stop`, which knows no settings, with one reason more: "flat".

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
        None to go on.
    """
    reason = should_stop(records, plan, prior_loss)
    if reason is not None or len(records) < FLAT_EPOCHS or not is_extreme(plan) or has_warm_up(records):
        return reason
    # The held-out loss is that at the best temperature. Above this bound nothing was learned, not even a ranking.
    best = min(record.loss if record.validation_loss is None else record.validation_loss for record in records)
    return "flat" if best > (1 - FLAT_GAIN) * prior_loss else None


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
