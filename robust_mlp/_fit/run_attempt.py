"""`run_attempt`: trains one plan on the table of a fit, for the guard.

The guard decides which plan comes next."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from robust_mlp._collapse.symptoms.rules import failed_members
from robust_mlp._core.calibration import fit_calibration
from robust_mlp._core.deadline import NO_DEADLINE, Deadline, OutOfTime
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Attempt, HeldOut
from robust_mlp._core.training_data import Hooks, Trained, TrainingData
from robust_mlp._data.encoding import Encoding
from robust_mlp._fit.averaging import gains_in_fit
from robust_mlp._fit.companions.common import is_much_worse
from robust_mlp._fit.companions.joint_training import CompanionTraining, other_seeds
from robust_mlp._fit.companions.ridge import best_share, n_judging, ridge_attempt
from robust_mlp._fit.companions.votes import held_out_by_voters, vote_of_kind
from robust_mlp._fit.ensemble_gain import loss_of_mean
from robust_mlp._fit.member_weights import member_weights_of
from robust_mlp._fit.time_budget import EXTRA_MEMBERS, may_train_extras
from robust_mlp._fit.training_table import TrainingTable
from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp._prediction.network import votes_in
from robust_mlp._system.threads import on_one_thread

# Training rows that speak for a network beside few held-out ones.
MOST_TRAINING_ROWS = 2_000


@dataclass(frozen=True, eq=False)
class FitJob:
    """What all attempts of one fit share.

    All attempts use the same seeds. So a repaired training gives the same network as a fit in which the user types the
    repaired settings. The guard never tries a plan twice, so equal seeds cannot repeat a training.

    Attributes
    ----------
    table : TrainingTable
    make_hooks : callable
        (plan, data, encoding, simple_loss=None) -> Hooks.
    prior_correction : bool
        Whether predictions are corrected for the class shares that class weights and sampler changed.
    retrains_members : bool
        Whether members that learned nothing are trained again, alone, if the others learned something.
    deadline : Deadline, optional
        Of the whole fit.
    """

    table: TrainingTable
    make_hooks: Callable[..., Hooks]
    prior_correction: bool = False
    retrains_members: bool = False
    deadline: Deadline = NO_DEADLINE

    def offsets(self, plan: TrainingPlan) -> np.ndarray:
        """Offsets from predictions under `plan` to the class shares of the data, ndarray of shape (n_classes,)."""
        return self._offsets_of(self.table.class_shares(plan))

    def held_out_offsets(self, plan: TrainingPlan) -> np.ndarray:
        """The same for each held-out row: by the class shares of the rows that its member was trained on.

        Returns
        -------
        offsets : ndarray of shape (n_held_out, n_classes), or (n_classes,) where all rows have the same
        """
        table = self.table
        if not table.has_parts or table.sampler is None:  # class weights alone lead every member back by the same
            return self.offsets(plan)
        offsets = [self._offsets_of(shares) for shares in table.class_shares_of_members(plan)]
        return np.repeat(offsets, [len(part) for part in table.held_out], axis=0)

    def _offsets_of(self, shares):
        if not self.prior_correction and shares.leaves_out_a_class:
            return np.zeros(len(shares.loss_mass))
        return shares.offsets(self.table.classes)


def run_attempt(
    job: FitJob,
    plan: TrainingPlan,
    start: Trained | None = None,
    companions: CompanionTraining | None = None,
    simple_loss: float | None = None,
) -> Attempt[FittedNetwork]:
    """Train one plan.

    Parameters
    ----------
    job : FitJob
    plan : TrainingPlan
    start : Trained or None, default=None
        Weights and optimizer state from which the training continues.
    companions : CompanionTraining or None, default=None
        Started beside this training. None: no extra members are prepared.
    simple_loss : float or None, default=None
        Log loss of a simple model. The training is ended if it is far behind.

    Returns
    -------
    attempt : Attempt of FittedNetwork
        Its held-out predictions are shifted to the class shares of the data, which class weights and sampler may have
        changed in the loss. The guard compares them with the prior of the data.

    Raises
    ------
    ValueError
        If `start` is a network of another shape.
    """
    from robust_mlp._network.training import train

    began = time.monotonic()
    data, encoding = job.table.training_data(plan)
    if start is not None and job.table.continues(plan):
        from robust_mlp._network.reencoding import reencoded

        start = reencoded(start, job.table.grown[1], job.table.seeds["weights"])
    if start is not None and not start.weights.has_shape(plan, encoding.n_outputs, encoding.embedding_sizes):
        earlier = start.weights.architecture
        other = [f"{name}={getattr(plan, name)!r} (then {earlier[name]!r})" for name in earlier]
        other = [text for text, name in zip(other, earlier, strict=True) if getattr(plan, name) != earlier[name]]
        raise ValueError(
            "warm_start=True continues with the network of the previous fit, but its layers, members or encoded "
            f"columns differ from those of this fit{': ' if other else ''}{', '.join(other)}. Pass warm_start=False, "
            "or the same columns and network settings."
        )
    hooks = job.make_hooks(plan, data, encoding, simple_loss)
    beginning = hooks
    if companions is not None and data.has_held_out and may_train_extras(plan, data, job.deadline):
        companions.begin(plan, data, encoding, hooks.deadline)
        beginning = replace(hooks, on_begin=companions.release)
    attempt = train(plan, data, job.table.seeds, hooks=beginning, start=start)
    if job.retrains_members and attempt.ran_its_course and data.has_held_out:
        attempt = _without_failed_members(job, attempt, data, hooks.checkpoint)
    return replace(ready_to_predict(job, attempt, data, encoding), seconds=time.monotonic() - began)


def with_companions(
    job: FitJob, attempt: Attempt[FittedNetwork], companions: CompanionTraining
) -> Attempt[FittedNetwork]:
    """The attempt with those extra members that predict about as well as its own, or make the mean clearly better.

    The attempt stays as it is if it was cut short or held out no rows, or if its own members were replaced.
    """
    if not attempt.ran_its_course or attempt.held_out is None or attempt.held_out.in_sample or attempt.added:
        return attempt
    if EXTRA_MEMBERS in job.deadline.left_out:
        return attempt
    data, encoding = job.table.training_data(attempt.plan)
    votes, joining = votes_in(attempt.network.answering_weights), []
    of_voters = held_out_by_voters(attempt.held_out, data.held_out, votes)
    try:
        kinds = companions.trained(attempt.plan, data, encoding, job.deadline)
        gain = _gain_of_mean(job, attempt) if kinds else 0.0
        for parts, member_weight in kinds:
            for trained, own in parts:
                if not trained.ran_its_course:
                    break
                extra = ready_to_predict(job, trained, own, encoding)
                if is_much_worse(extra.held_out, attempt.held_out, of_voters):
                    continue
                member = extra.network.answering_weights
                vote = member_weight * member.n_members
                vote = vote_of_kind(extra.held_out, of_voters, vote, votes.sum(), gain)
                if vote:
                    joining.append(_counting(member, vote / member.n_members))
    except KeyboardInterrupt:
        pass  # the members trained so far can be used without the rest
    except OutOfTime:
        job.deadline.leave_out(EXTRA_MEMBERS)
    return replace(attempt, network=replace(attempt.network, companions=tuple(joining)))


def _gain_of_mean(job, attempt):
    """By how much the log loss of the mean of all members is lower than that of the one that holds a row out."""
    if not job.table.has_parts:
        return 0.0  # all members hold out the same rows, so the mean is judged
    return gains_in_fit(job, attempt, by_votes=True)[0]


def with_linear_member(job: FitJob, attempt: Attempt[FittedNetwork]) -> Attempt[FittedNetwork]:
    """The attempt on a sparse table with a penalized linear member, if the mean with it predicts held-out rows better.

    The attempt stays as it is if it was cut short or held out no rows, or if a sampler draws other rows in each epoch.
    """
    data, encoding = job.table.training_data(attempt.plan)
    held_out = attempt.held_out
    if not attempt.ran_its_course or held_out is None or held_out.in_sample or data.draw is not None:
        return attempt
    n_members = n_judging(data)
    try:
        with on_one_thread():
            linear = ridge_attempt(attempt.plan, data, n_members, deadline=job.deadline)
    except KeyboardInterrupt:
        return attempt
    except OutOfTime:
        job.deadline.leave_out(EXTRA_MEMBERS)
        return attempt
    extra = ready_to_predict(job, linear, data.of_members(range(n_members)), encoding)
    share = best_share(extra.held_out, held_out)
    if not share:
        return attempt
    n_votes = votes_in(attempt.network.answering_weights).sum()
    member = _counting(extra.network.answering_weights, n_votes * share / (1 - share))
    return replace(attempt, network=replace(attempt.network, companions=(member,)))


def ready_to_predict(
    job: FitJob, attempt: Attempt[Trained], data: TrainingData, encoding: Encoding
) -> Attempt[FittedNetwork]:
    """The attempt with a FittedNetwork, and with held-out predictions shifted to the class shares of the data."""
    offsets, factor = job.offsets(attempt.plan), attempt.network.inverse_temperature
    held_out = _in_the_data(job, attempt.held_out, _offsets_of_rows(job, attempt, data))
    has_judges = attempt.plan.early_stopping and not held_out.in_sample
    if not job.prior_correction:
        offsets = np.zeros_like(offsets)
    elif offsets.any() and has_judges:
        held_out, factor, offsets = _calibrated(held_out, factor, offsets, data.folds())
    weights = member_weights_of(held_out, data.held_out, data.input_groups) if has_judges else None
    network = FittedNetwork(encoding, attempt.network.weights, offsets, factor, member_weights=weights)
    training_rows = partial(_on_training_rows, job, network, attempt.plan) if has_judges else None
    own = {"held_out": held_out, "network": network, "training_rows": training_rows}
    if has_judges and job.table.has_parts and len(data.held_out) == len(job.table.held_out):
        own["loss_of_mean"] = partial(loss_of_mean, network, job.table.table, job.table.held_out)
    return Attempt(**(vars(attempt) | own))


def _on_training_rows(job: FitJob, network: FittedNetwork, plan: TrainingPlan) -> HeldOut:
    """Predictions for rows that members were trained on, for the class shares of the data."""
    table, train = job.table.table, job.table.learnt_rows
    where = train[np.linspace(0, len(train) - 1, min(len(train), MOST_TRAINING_ROWS)).astype(int)]
    probabilities = network.probabilities(table.X[where])
    if not job.prior_correction:
        probabilities = shift_log_odds(probabilities, job.offsets(plan))
    return HeldOut(
        codes=table.codes[where], probabilities=probabilities, weights=table.weights[where], rows=where, in_sample=True
    )


def _without_failed_members(
    job: FitJob, attempt: Attempt[Trained], data: TrainingData, checkpoint: Callable | None
) -> Attempt[Trained]:
    """The attempt after failed members were trained again. A new member is kept only if it is better."""
    from robust_mlp._network.retraining import member_gains, retrain_members

    if attempt.plan.n_members == 1:
        return attempt
    loss_prior = job.table.class_shares(attempt.plan).loss_prior
    failed = failed_members(member_gains(attempt.network.weights.network(), data, loss_prior))
    if not failed or not job.deadline.allows("members that learned nothing, trained again"):
        return attempt
    seeds = other_seeds(job.table.seeds)
    return retrain_members(attempt, failed, data, seeds, deadline=job.deadline, checkpoint=checkpoint)


def _in_the_data(job: FitJob, held_out: HeldOut | None, offsets: np.ndarray) -> HeldOut:
    """Held-out predictions shifted to the class shares of the data, with the sample weights of the rows."""
    assert held_out is not None and held_out.rows is not None  # the engine always returns held-out predictions
    weights, groups = job.table.eval_rows.weights[held_out.rows], job.table.eval_rows.groups
    probabilities = shift_log_odds(held_out.probabilities, offsets) if offsets.any() else held_out.probabilities
    own = None if groups is None else groups[held_out.rows]
    return replace(
        held_out, probabilities=probabilities, weights=weights, groups=own, counts_rows=job.table.counts_rows
    )


def _offsets_of_rows(job, attempt, data):
    """Offsets for the held-out rows of an attempt: by the rows that their members were trained on, where they differ.

    Companions hold out the rows of some members only, and are led back by the offsets of all rows.
    """
    offsets = job.held_out_offsets(attempt.plan)
    is_of_rows = offsets.ndim == 2 and len(offsets) == sum(len(part) for part in data.held_out)
    return offsets if offsets.ndim == 1 or is_of_rows else job.offsets(attempt.plan)


def _calibrated(held_out, factor, offsets, folds):
    """Calibrate corrected predictions on the held-out rows: (predictions, factor of the logits, offsets).

    The prior correction is exact only if class weights alone changed the class shares. SMOTE also moves rows within
    their class, and a network becomes overconfident about a rare class whose rows it saw many times. The calibration
    removes the error that is left, as the held-out rows show it. The predictions of a row are calibrated by the rows of
    other folds.
    """
    calibration = fit_calibration(held_out.probabilities, held_out.codes, held_out.weights)
    if folds is None or np.ptp(folds) == 0:
        probabilities = calibration(held_out.probabilities)
    else:
        probabilities = np.empty(held_out.probabilities.shape)
        for fold in np.unique(folds):
            own, others = folds == fold, folds != fold
            judging = fit_calibration(held_out.probabilities[others], held_out.codes[others], held_out.weights[others])
            probabilities[own] = judging(held_out.probabilities[own])
    held_out = replace(held_out, probabilities=probabilities)
    return held_out, calibration.slope * factor, calibration.slope * offsets + calibration.offsets


def _counting(weights, member_weight):
    """The same NetworkWeights, with a weight in the mean for each member."""
    return weights if member_weight == 1 else replace(weights, member_weights=np.full(weights.n_members, member_weight))
