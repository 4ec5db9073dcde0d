"""The user's own head beside the one that replaced it: where the repair did harm, the own version is kept.

A head that does not fit the labels is replaced before any training. The held-out rows tell whether that was right.
Never repairs anything."""

from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.group_errors import error_of_mean
from robust_mlp._core.losses import entropy, row_losses
from robust_mlp.keras_classifier.heads import choose_head
from robust_mlp.keras_classifier.layer_changes import Changes
from robust_mlp.keras_classifier.network_factory import make_network
from robust_mlp.keras_classifier.run_attempt import as_class_probabilities, run_attempt
from robust_mlp.keras_classifier.training import answer

# The own version is kept if its rows cost less by so many standard errors: two networks that differ in their seeds
# alone are further apart in one case of forty.
CLEAR_ERRORS = 2.0
# With these findings the own head answers the same for every row, or has no answer for some classes.
HOPELESS = (
    "softmax_on_one_unit", "categorical_loss_on_one_unit", "one_unit_for_many_classes", "too_few_units",
    "units_differ_from_label_columns",
)  # fmt: skip
# A network that answers held-out rows with less than this share of the prior's loss before any training was trained
# before. Initial weights are above 1.
TRAINED_SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class OwnHead:
    """The user's own head that was kept, because another one made the network worse.

    Attributes
    ----------
    loss, repaired_loss : float
        Log loss on the held-out rows, of the own head and of the one in its place.
    n_rows : int
    name, replacement : str
        Both heads, as the user can type them.
    """

    loss: float
    repaired_loss: float
    n_rows: int
    name: str
    replacement: str


def with_own_head(attempt, job, policy):
    """Train the network with the user's own head, too, where another head may have spoilt it.

    That is where the network with the other head did not learn, and where the user's network had been trained before.

    Parameters
    ----------
    attempt : Attempt of KerasNetwork
        The first, with the head of the job.
    job : KerasFitJob
    policy : str
        Of the guard. With "off", without held-out rows or under a time budget, nothing is compared.

    Returns
    -------
    attempt : Attempt of KerasNetwork
        The better one.
    job : KerasFitJob
        The job with the network of this attempt, for the attempts that follow.
    own : OwnHead or None
        None if the own head is not kept.
    """
    is_over = attempt.stop_reason in ("interrupted", "callback", "max_time") or job.limit.is_set
    if policy == "off" or job.choice.right is None or job.data.held_out is None or job.begin_from or is_over:
        return attempt, job, None
    own_job = _with_own_head(job)
    if own_job is None or not (_learned_nothing(job, attempt) or _was_trained_before(own_job)):
        return attempt, job, None
    try:
        own = run_attempt(own_job, own_job.plan, 1)
    except (TypeError, ValueError):  # Keras cannot compare this head with these labels
        return attempt, job, None
    mine, repaired = own.held_out, attempt.held_out
    if mine is None or repaired is None or not is_clearly_better(mine, repaired):
        return attempt, job, None
    told = OwnHead(
        loss=_loss(mine),
        repaired_loss=_loss(repaired),
        n_rows=len(mine.codes),
        name=f'Dense({own_job.choice.units}, activation="{own_job.choice.head.activation}")',
        replacement=job.choice.right.layer.removeprefix("keras.layers."),
    )
    return own, own_job, told


def _with_own_head(job):
    """The job with the user's own head and loss; None if the network cannot be trained with them."""
    recipe = replace(job.recipe, changes=Changes(), loss=None)
    model = make_network(job.estimator, recipe)
    if model is None or model.loss is None:
        return None
    try:
        choice = choose_head(model, model.loss, job.labels, repair=False)
    except ValueError:
        return None
    if any(finding.code in HOPELESS for finding in choice.findings):
        return None
    plan = replace(job.plan, label_smoothing=choice.facts.label_smoothing)
    return replace(job, choice=choice, recipe=recipe, model=model, plan=plan)


def _learned_nothing(job, attempt):
    return not look(attempt, job.data.class_shares().prior).is_healthy


def _was_trained_before(job):
    """Whether the user's network answers held-out rows better than the class shares do, before any training."""
    _, _, rows = job.data.scaled(job.plan.scale)
    held_out = job.data.held_out
    P = as_class_probabilities(answer(job.model, rows, job.recipe.parts), job.choice, job.data.n_classes)
    if not np.isfinite(P).all():
        return False
    loss = np.average(row_losses(P, held_out.codes), weights=held_out.weights)
    return bool(loss < TRAINED_SHARE * entropy(job.data.class_shares().prior))


def is_clearly_better(own, repaired):
    """Whether held-out predictions of the own version are clearly better, by the log loss of each row."""
    if own.in_sample or not np.isfinite(own.probabilities).all():
        return False
    if not np.isfinite(repaired.probabilities).all():
        return True
    saved = row_losses(repaired.probabilities, repaired.codes) - row_losses(own.probabilities, own.codes)
    gain = np.average(saved, weights=own.weights)
    return bool(gain > CLEAR_ERRORS * error_of_mean(saved, own.weights, own.groups) and gain > 0)


def _loss(held_out):
    return float(np.average(row_losses(held_out.probabilities, held_out.codes), weights=held_out.weights))
