"""Causes in the loss, the learning rate and the length of the training. Reads records; never trains."""

from robust_mlp._collapse.causes.cause import Cause
from robust_mlp._collapse.causes.inputs import has_own_schedule, is_plain
from robust_mlp._collapse.symptoms.rules import is_class_lost, is_hardly_trained

# Label smoothing s leaves 1 - s of the label's information. The usual value is .1. Above one half, the loss is mostly
# about the uniform part.
DOUBTFUL_SMOOTHING, CERTAIN_SMOOTHING = 0.5, 0.9
# From this share of rows predicted as one minority class, and from this ratio of class weights, the class weights can
# be the cause.
WEIGHTED_SHARE, MODERATE_WEIGHT_RATIO = 0.95, 3.0

# Weights that moved by less than this share of their norm are practically still the initial weights.
SMALL_MOVEMENT = 0.05
# Weights that move by more than their own norm in every epoch do not converge.
LARGE_UPDATE_RATIO = 1.0
# With fewer updates, an ordinary network stays near its initial weights. For comparison: with Adam's usual rate and
# standardized columns, a 64-64 network reaches the prior's loss after some tens of updates.
FEW_UPDATES = 100
# After so many updates a curve that still falls is no longer a matter of few epochs.
MANY_UPDATES = 2000
# Unless somebody typed the epochs: saturating units and small rates take ten times as many.
MANY_UPDATES_OF_TYPED_EPOCHS = 20_000
# A learning rate this share of the usual one, where simple models do better: it needs ten times the updates.
SLOW_RATE = 0.1
# An optimizer whose steps adapt moves each weight by about the rate, so a rate above this share of the usual one is not
# why weights stay where they are: Keras' own default, .001, is half of it.
NEAR_USUAL = 0.25
# With fewer rows to train on than this share of the table, what a network lacks may be rows.
LEAST_TRAINED = 0.5
# Epochs of patience: with fewer, any plateau ends a training. The default is 15.
LITTLE_PATIENCE = 5
# With fewer steps per epoch, the number of epochs says little about the amount of training.
FEW_STEPS_PER_EPOCH = 8
# Smaller batches make an epoch long and their gradients noisy; larger ones leave few updates.
SMALLEST_USUAL_BATCH, LARGEST_USUAL_BATCH = 16, 256


def label_smoothing(inputs):
    """Label smoothing leaves little of the information in the labels."""
    smoothing = inputs.plan.label_smoothing
    if smoothing < DOUBTFUL_SMOOTHING:
        return None
    numbers = {"label_smoothing": smoothing}
    return Cause(code="label_smoothing_too_strong", numbers=numbers, is_certain=smoothing >= CERTAIN_SMOOTHING)


def class_weights(inputs):
    """Class weights push the predictions of nearly all rows to one class."""
    comparison = inputs.judged.comparison
    if comparison is None or not comparison.is_finite or not inputs.plan.use_class_weight:
        return None
    if inputs.class_weight_ratio < MODERATE_WEIGHT_RATIO:
        return None
    code = max(range(len(comparison.predicted_share)), key=comparison.predicted_share.__getitem__)
    is_pushed = comparison.predicted_share[code] >= WEIGHTED_SHARE and comparison.true_share[code] < 0.5
    is_certain = "pushed_to_one_class" in inputs.judged.codes or is_class_lost(inputs.prior, inputs.loss_prior)
    if not (is_pushed or is_certain):
        return None
    if is_certain:
        code = max(range(len(inputs.loss_prior)), key=inputs.loss_prior.__getitem__)
    shares = {"true": inputs.prior[code], "share": inputs.loss_prior[code]}
    numbers = {"code": code, **shares, "ratio": inputs.class_weight_ratio}
    return Cause(code="class_weight_too_strong", numbers=numbers, is_certain=is_certain)


def batch_of_one(inputs):
    """Batch normalization in batches of one row: each unit's value is its own mean, so every row looks the same."""
    facts = inputs.facts
    if not inputs.plan.batch_norm or inputs.plan.batch_size != 1:
        return None
    numbers = {"usual": usual_batch_size(facts.n_train) if facts is not None else SMALLEST_USUAL_BATCH}
    return Cause(code="batch_of_one", numbers=numbers, is_certain=True)


def learning_rate_too_high(inputs):
    """The steps are so large that the weights do not converge."""
    rate, (_, usual, highest) = inputs.typical_rate, inputs.rates
    late = [r.update_ratio for r in inputs.records[len(inputs.records) // 2 :] if r.update_ratio is not None]
    jumps = bool(late) and min(late) > LARGE_UPDATE_RATIO
    if rate <= usual or not (rate > highest or inputs.has_diverged or jumps):
        return None
    numbers = {"rate": rate, "usual": usual, "last_loss": inputs.records[-1].loss, "prior_loss": inputs.prior_loss}
    return Cause(code="learning_rate_too_high", numbers=numbers, is_certain=rate > highest or jumps)


def learning_rate_too_low(inputs):
    """The steps are so small that the weights are practically still the initial weights."""
    rate, (lowest, usual, _) = inputs.typical_rate, inputs.rates
    if inputs.has_diverged or rate >= usual:
        return None
    is_near = rate > NEAR_USUAL * usual and not is_plain(inputs.plan.optimizer)
    is_still = inputs.movement is not None and inputs.movement < SMALL_MOVEMENT and not is_near
    is_still = is_still and inputs.step_bound is None
    is_slow = inputs.is_behind and rate <= SLOW_RATE * usual
    if rate > lowest and not is_still and not is_slow:
        return None
    numbers = {"rate": rate, "usual": usual, "movement": inputs.movement, "n_epochs": len(inputs.records)}
    return Cause(code="learning_rate_too_low", numbers=numbers, is_certain=rate < lowest or is_still or is_slow)


def steps_bounded(inputs):
    """A setting of the optimizer makes the steps tiny, whatever the learning rate."""
    if inputs.step_bound is None or inputs.has_diverged:
        return None
    is_still = inputs.movement is not None and inputs.movement < SMALL_MOVEMENT
    name, value, usual = inputs.step_bound
    numbers = {"name": name, "value": value, "usual": usual, "movement": inputs.movement}
    numbers["n_epochs"] = len(inputs.records)
    return Cause(code="steps_bounded", numbers=numbers, is_certain=is_still or inputs.is_behind)


def bounds_steps(inputs):
    """Whether a setting of the optimizer makes steps so small that it is worth a look at what simple models do."""
    return inputs.step_bound is not None


def slow_learning_rate(inputs):
    """Whether the learning rate is so far below the usual one that it is worth a look at what simple models do."""
    return bool(inputs.records) and inputs.typical_rate <= SLOW_RATE * inputs.rates[1]


def schedule_too_short(inputs):
    """A schedule, or a callback, lowers the learning rate to almost 0 before the network has learned."""
    rates = [r.learning_rate for r in inputs.records]
    if inputs.has_diverged or not rates:
        return None
    lowest = inputs.rates[0]
    n_useful = sum(rate >= lowest for rate in rates)
    if max(rates) < lowest or n_useful * inputs.steps_per_epoch >= FEW_UPDATES or n_useful > len(rates) / 2:
        return None
    numbers = {"n_useful": n_useful, "n_epochs": len(rates)}
    # Without a schedule in the plan it is a callback that lowers the rate, and callbacks stay in every training.
    can_repair = inputs.plan.learning_rate_schedule is not None or has_own_schedule(inputs.plan.optimizer)
    return Cause(code="schedule_too_short", numbers=numbers, is_certain=True, can_repair=can_repair)


def batch_too_large(inputs):
    """The batches are so large that an epoch has very few updates."""
    facts = inputs.facts
    if not is_short(inputs) or inputs.steps_per_epoch >= FEW_STEPS_PER_EPOCH:
        return None
    usual = usual_batch_size(facts.n_train)
    if inputs.plan.batch_size <= 2 * usual:
        return None
    numbers = {"batch_size": inputs.plan.batch_size, "n_train": facts.n_train, "n_updates": inputs.n_updates}
    return Cause(code="batch_too_large", numbers=numbers | {"usual": usual}, is_certain=True)


def too_few_epochs(inputs):
    """The training reached `max_iter` before the network had made enough steps."""
    if not inputs.judged.attempt.used_all_epochs or not is_short(inputs):
        return None
    numbers = {"max_iter": inputs.plan.max_iter, "n_updates": inputs.n_updates}
    return Cause(code="too_few_epochs", numbers=numbers, is_certain=True)


def stopped_too_early(inputs):
    """Early stopping ended the training before the network had made enough steps."""
    return _early_stop(inputs) if is_short(inputs) else None


def stopped_by_callback(inputs):
    """A callback ended the training before the network had made enough steps."""
    attempt = inputs.judged.attempt
    if attempt.stop_reason != "callback" or not is_short(inputs):
        return None
    numbers = {"n_epochs": len(attempt.records)}
    return Cause(code="stopped_by_callback", numbers=numbers, is_certain=True, can_repair=False)


def too_many_held_out(inputs):
    """Most rows were held out, and few are left to learn from. Certain where simple models of all rows do better."""
    if not holds_out_most(inputs):
        return None
    numbers = {"n_train": inputs.facts.n_train, "n_rows": inputs.facts.n_rows}
    return Cause(code="too_many_held_out", numbers=numbers, is_certain=inputs.is_behind, can_repair=False)


def holds_out_most(inputs):
    """Whether so few rows are trained on that it is worth a look at what simple models of all rows do.

    Two members hold out half of the rows each, but the mean of both has learned from all.
    """
    if inputs.facts is None or inputs.plan.n_members > 1:
        return False
    return inputs.facts.n_train < LEAST_TRAINED * inputs.facts.n_rows


def gave_up_early(inputs):
    """Early stopping may have ended the training on a plateau. The last cause to be tried."""
    return None if is_short(inputs) else _early_stop(inputs)


def _early_stop(inputs):
    if inputs.judged.attempt.stop_reason != "early_stopping" or inputs.has_diverged or inputs.facts is None:
        return None
    plan = inputs.plan
    numbers = {"n_epochs": len(inputs.records), "n_iter_no_change": plan.n_iter_no_change, "tol": plan.tol}
    numbers |= {"n_updates": inputs.n_updates}
    is_certain = is_short(inputs) or (inputs.is_behind and lacks_patience(inputs))
    return Cause(code="stopped_too_early", numbers=numbers, is_certain=is_certain)


def lacks_patience(inputs):
    """Whether any plateau would have ended the training, and one did."""
    return inputs.judged.attempt.stop_reason == "early_stopping" and inputs.plan.n_iter_no_change < LITTLE_PATIENCE


def is_short(inputs):
    """Whether the training had too few updates to learn much.

    False if the training diverged. Also False if it fits the training rows well: more updates would only fit them
    better. Where
    simple models do better, a training whose loss was still falling counts, too.
    """
    if inputs.facts is None or inputs.has_diverged:
        return False
    if inputs.is_behind:
        return has_few_updates(inputs) or is_unfinished(inputs)
    return bool(has_few_updates(inputs) and is_hardly_trained(inputs.judged.attempt, inputs.loss_prior))


def has_few_updates(inputs):
    """Whether the weights were updated so few times that no ordinary network comes far."""
    return 0 < inputs.n_updates < FEW_UPDATES


def is_unfinished(inputs):
    """Whether the epochs were over while the loss was still falling as before."""
    many = MANY_UPDATES if inputs.plan.has_auto_schedule else MANY_UPDATES_OF_TYPED_EPOCHS
    return 0 < inputs.n_updates < many and inputs.was_cut_off


def usual_batch_size(n_train):
    """A batch size with at least `FEW_STEPS_PER_EPOCH` steps per epoch, if possible: a power of two from 16 to 256.

    TensorFlow keeps a compiled program for each batch size. Powers of two let tables of many sizes share few programs.
    """
    most = max(n_train // FEW_STEPS_PER_EPOCH, 1)
    return min(max(2 ** (most.bit_length() - 1), SMALLEST_USUAL_BATCH), LARGEST_USUAL_BATCH)
