"""What `RobustMLPClassifier.fit` does: reads the table, trains under the guard, and stores the result.

Calls the steps in order; other modules implement them. `classifier` imports this module only inside `fit`, so that a
process which only predicts loads none of the steps."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from sklearn.utils.validation import _num_samples, check_consistent_length

from robust_mlp._collapse.cut_short import with_checkpoint, with_left_out
from robust_mlp._collapse.guard import GuardOutcome, guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._collapse.overridden import overridden_settings
from robust_mlp._collapse.sample_weight_notes import with_weight_notes
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.printable import printable
from robust_mlp._core.records import Verdict
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.containers import check_container
from robust_mlp._data.drift import learn_ranges
from robust_mlp._data.encoding import ColumnTotals
from robust_mlp._data.sample_weights import check_weights, in_canonical_unit
from robust_mlp._data.tables import TableReader, read_table
from robust_mlp._data.targets import check_is_column, encode_labels, learn_labels
from robust_mlp._decision import learn_decision
from robust_mlp._fit.averaging import with_averaging, with_trees_beside_all
from robust_mlp._fit.checkpoint import FitCheckpoint, check_checkpoint
from robust_mlp._fit.column_importance import importance_of_columns
from robust_mlp._fit.companions.joint_training import CompanionTraining
from robust_mlp._fit.doubts import doubts_about, with_doubts
from robust_mlp._fit.effects_in_place import effects_in_place
from robust_mlp._fit.hooks import check_scoring_fits, hooks_for, watching
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.prepare_table import prepare_table
from robust_mlp._fit.report_context import with_context
from robust_mlp._fit.resolve_plan import with_earlier_repairs
from robust_mlp._fit.row_order import notes_on_order
from robust_mlp._fit.ruined_start import overridden_start, usable_start, with_ruined_start
from robust_mlp._fit.run_attempt import FitJob, run_attempt, with_companions, with_linear_member
from robust_mlp._fit.sparse_fits import alike
from robust_mlp._fit.splits import check_groups, last_rows
from robust_mlp._fit.time_budget import within_budget
from robust_mlp._fit.typed_settings import typed_settings
from robust_mlp._fit.unused_parameters import with_own_decision, with_unused_parameters, with_useless_scoring
from robust_mlp._fit.warm_start import continued
from robust_mlp._prediction.rare_levels import is_rare, without_rare_levels
from robust_mlp.exceptions import DataQualityWarning

# More classes than this share of the rows: scikit-learn warns of the same share, and of no smaller table.
MOST_CLASSES_PER_ROW, FEWEST_ROWS_FOR_CLASSES = 0.5, 20
# From warnings.warn up to the line that called fit: through `_read_training`, `fit` here, and the classifier's two.
STACK_LEVEL = 6
# Seconds that a look at the columns of a wide table takes.
TIME_OF_FACTS = 0.3


@dataclass(frozen=True, eq=False)
class LargerTable:
    """What is known of a table that the rows of a fit are a sample of.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
    reader : TableReader
        With the levels of all rows.
    totals : ColumnTotals
    train_on_all : callable
        (FitJob, GuardOutcome, FitCheckpoint) -> GuardOutcome: goes on from the network of the sample, on all rows.
    seed : int
        What drew the sample.
    fingerprint : dict of str to str
        What says which table it is, and how it is trained on: names, each with a text to compare.
    """

    classes: np.ndarray
    reader: TableReader
    totals: ColumnTotals
    train_on_all: Callable[[FitJob, GuardOutcome, FitCheckpoint], GuardOutcome]
    seed: int
    fingerprint: dict[str, str]


def fit(clf, X, y, sample_weight, validation, groups=None, *, larger=None):
    """Train a classifier and set its fitted attributes.

    Parameters
    ----------
    clf : RobustMLPClassifier
        With checked parameters.
    X, y, sample_weight
        As in `RobustMLPClassifier.fit`.
    validation : tuple
        (X_val, y_val, sample_weight_val), as in `RobustMLPClassifier.fit`.
    groups : array-like of shape (n_rows,), default=None
        As in `RobustMLPClassifier.fit`.
    larger : LargerTable, default=None
        Of which the rows are a sample.

    Returns
    -------
    outcome : GuardOutcome
    predicted : ndarray of shape (n_held_out,), dtype int
        Codes that `predict` gives to the held-out rows.

    Raises
    ------
    ValueError, TypeError
        For data that cannot be used, before any training.
    """
    deadline = Deadline(clf.max_time)
    earlier = clf._fitted if clf.warm_start and hasattr(clf, "_fitted") else None
    check_checkpoint(clf)
    checkpoint = FitCheckpoint(clf.checkpoint, clf.verbose)
    seeds = checkpoint.seeds(spawn_seeds(clf.random_state), clf.random_state)
    _check_order(clf, validation, groups)
    known = None if earlier is None else (clf.classes_, clf._reader)
    if larger is not None:
        known = larger.classes, larger.reader
    table, last, reader = _read_training(clf, X, y, sample_weight, groups, known)
    held_out = last if last is not None else alike(_read_validation(clf, reader, *validation), table)
    order = notes_on_order(X, y=y, sample_weight=sample_weight, groups=groups)
    numbers = [j for j, kind in enumerate(reader.kinds) if kind == NUMBER]
    doubts = () if larger is not None else doubts_about(table, held_out, numbers, is_last=last is not None)
    checkpoint.begin(clf, table, held_out, reader, seeds, larger=larger)
    table = within_budget(clf, table, reader, deadline, len(clf.classes_), seeds["split"])
    architecture = None if earlier is None else earlier.weights.architecture
    prepared, plan = prepare_table(
        clf, table, reader, clf.classes_, seeds, validation=held_out, earlier=architecture, deadline=deadline
    )
    if larger is not None:
        prepared = replace(prepared, totals=larger.totals)
    asked = plan  # a third fit with warm_start=True still knows what is a repair
    if earlier is not None:
        prepared, plan = _continuing(clf, prepared, plan)
    _check_decision(clf, table)
    check_scoring_fits(clf.scoring, clf.classes_)
    with watching(clf, plan.most_epochs, X, y, sample_weight) as progress:
        job = _job(clf, prepared, progress, deadline, checkpoint)
        start, size = (None, None) if earlier is None else usable_start(earlier.weights, clf.collapse_guard)
        outcome = _train_under_guard(clf, job, plan, start, progress.tell_repair)
        if size is not None:
            outcome = replace(outcome, report=with_ruined_start(outcome.report, size, is_dropped=start is None))
        if larger is not None:
            outcome = larger.train_on_all(job, outcome, checkpoint)
        else:
            outcome = replace(outcome, report=with_averaging(outcome.report, job, outcome.attempt))
        outcome = _with_notes(clf, outcome, job, plan, has_own_rows=None if last is not None else held_out is not None)
        if sample_weight is not None and clf.collapse_guard != "off":
            outcome = replace(outcome, report=with_weight_notes(outcome.report, table.codes, table.weights))
        outcome = replace(outcome, report=with_doubts(outcome.report, (*order, *doubts)))
        outcome = _with_checkpoint(outcome, checkpoint, deadline)
        progress.tell_end(outcome.report)
        _keep(clf, outcome, prepared, asked)
        predicted = _learn_from_held_out(clf, outcome.attempt, job, _num_samples(X))
    checkpoint.end(is_cut=_is_cut(outcome, deadline))
    return outcome, predicted


def _is_cut(outcome, deadline):
    """Whether the fit could go on: the user, the time budget or the loss of a cluster cut it off."""
    reasons = {attempt.stop_reason for attempt in outcome.report.attempts}
    return bool(reasons & {"interrupted", "max_time", "cluster_lost"}) or bool(deadline.left_out)


def _with_checkpoint(outcome, checkpoint, deadline):
    """The GuardOutcome whose report says that a fit that was cut off can go on."""
    if not checkpoint.is_written or not _is_cut(outcome, deadline):
        return outcome
    return replace(outcome, report=with_checkpoint(outcome.report, checkpoint.path))


def _continuing(clf, prepared, plan):
    """(prepared table, plan) of a training that goes on from the classifier's network, repairs included."""
    if hasattr(clf, "_first_plan"):
        plan = with_earlier_repairs(plan, clf._first_plan, clf._plan)
    return continued(clf, prepared, plan)


def _with_notes(clf, outcome, job, plan, has_own_rows):
    """The GuardOutcome whose report has notes on settings, time and columns. Sets feature_importances_.

    `has_own_rows`: whether the user passed held-out rows. None: the last rows were held out.
    """
    report = with_own_decision(with_left_out(outcome.report, job.deadline.left_out), clf.decision)
    report = with_useless_scoring(report, clf.scoring, outcome.attempt.records)
    if has_own_rows is not None:
        report = with_unused_parameters(report, clf, plan, has_own_rows)
    clf.feature_importances_, rises = importance_of_columns(job.table, outcome.attempt)
    return replace(outcome, report=replace(report, column_rises=rises))


def _job(clf, prepared, progress, deadline, checkpoint):
    """What all attempts of this fit share."""
    return FitJob(
        prepared,
        hooks_for(
            clf,
            lambda plan: prepared.class_shares(plan).loss_prior,
            progress=progress,
            deadline=deadline,
            reader=prepared.reader,
            checkpoint=checkpoint.of_training,
        ),
        deadline=deadline,
        prior_correction=clf.prior_correction,
        retrains_members=clf.collapse_guard == "repair" and clf.max_restarts > 0,
    )


def _train_under_guard(clf, job, first_plan, start, on_repair):
    """The GuardOutcome, with extra members where the network learned something."""
    shares, looks = job.table.class_shares(), clf.collapse_guard != "off"
    with CompanionTraining(job.table.seeds) as companions:

        def attempt(plan, simple_loss=None):
            companions.cancel()  # they were trained for another plan
            if plan != first_plan:
                return run_attempt(job, plan)
            return run_attempt(job, plan, start, companions if looks else None, simple_loss)

        knows = looks and job.deadline.allows("a look at the columns", TIME_OF_FACTS)
        facts = job.table.facts() if knows else None
        outcome = guard(
            attempt,
            first_plan,
            facts,
            Priors(data=shares.prior, loss=shares.loss_prior, serves_loss=not clf.prior_correction),
            GuardSettings(
                policy=clf.collapse_guard,
                max_restarts=clf.max_restarts,
                class_names=clf.classes_.tolist(),
                seed=job.table.seeds["signal"],
                deadline=job.deadline,
                on_repair=on_repair,
                other_members=partial(effects_in_place, job),
                may_end_early=start is None and clf.callbacks is None and clf.max_time is None,
            ),
        )
        # Without the guard, extra members could hide a collapse of the plan's members.
        if looks and outcome.report.verdict not in (Verdict.COLLAPSED, Verdict.NO_SIGNAL):
            if job.table.is_sparse:
                extended = with_linear_member(job, outcome.attempt)
            else:
                extended = with_companions(job, outcome.attempt, companions)
            outcome = replace(outcome, attempt=extended, report=with_trees_beside_all(outcome, job, extended))
    report = with_context(outcome.report, typed_settings(clf), clf, outcome.attempt.plan, job.table, facts)
    return replace(outcome, report=report)


def _check_order(clf, validation, groups):
    """Raise if the last rows are to be held out and the user says otherwise, too."""
    if clf.validation != "last":
        return
    if validation[0] is not None or validation[1] is not None:
        raise ValueError(
            "X_val holds the rows to hold out, and validation='last' takes others. Pass validation='random' with X_val "
            "and y_val, or leave these out."
        )
    if groups is not None:
        raise ValueError(
            "validation='last' holds out the last rows, whatever their groups, and groups says which rows stay "
            "together. Pass validation='random' with groups, or leave groups out."
        )


def _read_training(clf, X, y, sample_weight, groups, earlier):
    """(LabelledTable, LabelledTable or None, TableReader) of the rows with positive weight: to train on, and the last.

    Levels and classes are those of the rows to train on. Sets `classes_` and `n_features_in_`. If `earlier`, (classes,
    reader), is not None, other classes are an error, and level numbers stay what they were.
    """
    check_container(X)  # a dict has as many samples as columns
    weights = in_canonical_unit(check_weights(sample_weight, _num_samples(X)))
    counts = weights > 0
    numbers = check_groups(groups, len(weights), is_used=counts)
    is_last = last_rows(counts, clf.validation_fraction) if clf.validation == "last" else np.zeros(len(counts), bool)
    learnt = counts & ~is_last
    matrix, reader = read_table(clf, X, categorical_features=clf.categorical_features, reset=True, used=learnt)
    earlier_classes, earlier_reader = earlier or (None, None)
    if earlier_reader is not None and earlier_reader.has_columns_of(reader):
        source = reader.source
        matrix, reader = earlier_reader.read_more(clf, X, learnt)
        reader = replace(reader, source=source)
    if y is not None:
        check_is_column(y)
        check_consistent_length(matrix, y)
    if is_last.any():
        _check_last(y, counts, is_last)
    classes, codes = learn_labels(y, learnt)
    if earlier_classes is not None and not np.array_equal(classes, earlier_classes):
        raise ValueError(
            f"warm_start=True continues with the classes of the previous fit, {earlier_classes.tolist()}, but y has "
            f"{classes.tolist()}. Pass warm_start=False, or clone the estimator."
        )
    clf.classes_ = classes
    _warn_of_many_classes(classes, int(learnt.sum()))
    table = LabelledTable(matrix, codes, weights, groups=numbers)
    if not is_last.any():
        return table.drop_zero_weight(), None, reader
    return table.at(np.flatnonzero(learnt)), table.at(np.flatnonzero(is_last)), reader


def _warn_of_many_classes(classes, n_rows):
    """Warn where most rows have a class of their own: `y` is then a number of the row, or something to be measured."""
    if n_rows <= FEWEST_ROWS_FOR_CLASSES or len(classes) <= MOST_CLASSES_PER_ROW * n_rows:
        return
    shown = printable(repr(classes.tolist()[0]))
    warnings.warn(
        f"y has {len(classes):,} different values in {n_rows:,} rows, such as {shown}. A class of "
        "one or two rows cannot be learned and tested. If y numbers the rows, pass the labels; if y is a quantity, use "
        "a regressor, or make classes of it with np.digitize(y, bins).",
        DataQualityWarning,
        stacklevel=STACK_LEVEL,
    )


def _check_last(y, counts, is_last):
    """Raise if the last rows hold classes that no other row has."""
    classes, codes = learn_labels(y, counts)
    only = np.setdiff1d(codes[is_last], codes[counts & ~is_last])
    if only.size:
        raise ValueError(
            f"validation='last' holds out every row of these classes: {classes[only].tolist()}. Pass a smaller "
            "validation_fraction, or validation='random'. Rows sorted by class have no order in time."
        )


def _read_validation(clf, reader, X_val, y_val, sample_weight_val):
    """The user's own held-out rows as a LabelledTable, or None."""
    given = {"X_val": X_val, "y_val": y_val, "sample_weight_val": sample_weight_val}
    if X_val is None or y_val is None:
        passed = [name for name, value in given.items() if value is not None]
        if passed:
            missing = " and ".join(name for name in ("X_val", "y_val") if given[name] is None)
            raise ValueError(f"{' and '.join(passed)} was passed without {missing}. Pass X_val and y_val together.")
        return None
    try:
        matrix = reader.read(clf, X_val)
    except (TypeError, ValueError) as error:  # its message calls every table "X"
        raise type(error)(f"X_val is not a table like X: {error}") from error
    check_consistent_length(matrix, y_val)
    weights = in_canonical_unit(check_weights(sample_weight_val, len(matrix), name="sample_weight_val"))
    return LabelledTable(matrix, encode_labels(y_val, clf.classes_, name="y_val"), weights).drop_zero_weight()


def _keep(clf, outcome, prepared, first_plan):
    """Store the result. Sets the fitted attributes."""
    attempt = outcome.attempt
    records = attempt.records
    # Levels that no prediction depends on, most of which name one row, are not kept.
    clf._fitted, clf._plan = without_rare_levels(attempt.network), attempt.plan
    clf._reader = clf._fitted.encoding.reader
    clf._first_plan = first_plan
    clf._ranges = learn_ranges(prepared.table.X, prepared.reader, is_rare(attempt.network.encoding))
    shares = prepared.class_shares(attempt.plan)  # a repair may have dropped the class weights
    clf.class_prior_, clf._class_mass = shares.prior, shares.data_mass
    clf.probability_prior_ = shares.prior if clf.prior_correction else shares.loss_prior
    clf.sample_indices_ = prepared.sample_indices()
    clf.report_ = outcome.report
    clf.temperature_ = float(np.mean(1 / attempt.network.inverse_temperature))
    clf.n_iter_ = len(records)
    clf.n_members_ = attempt.plan.n_members
    clf.n_additive_members_ = attempt.network.n_additive_members
    clf.n_radial_members_ = attempt.network.n_radial_members
    clf.n_mixed_effects_members_ = attempt.network.n_mixed_effects_members
    clf.n_restarts_ = len(outcome.report.attempts) - 1
    clf.overridden_ = overridden_start(outcome.report) | overridden_settings(outcome.report, typed_settings(clf))
    clf.out_activation_ = "softmax"
    clf.loss_curve_ = [record.loss for record in records]
    clf.best_loss_ = min(clf.loss_curve_)
    scores = [record.validation_score for record in records]
    is_held_out = scores[0] is not None
    clf.validation_scores_ = scores if is_held_out else None
    clf.best_validation_score_ = max(scores) if is_held_out else None
    clf.history_ = {"loss": clf.loss_curve_, "learning_rate": [record.learning_rate for record in records]}
    if is_held_out:
        clf.history_["val_loss"] = [record.validation_loss for record in records]
        clf.history_["val_accuracy"] = [record.validation_accuracy for record in records]
    for name in ("_keras_model", "_partial", "oof_decision_function_"):
        clf.__dict__.pop(name, None)


def _check_decision(clf, table):
    """Raise an error for an invalid `decision` before any training: learn it from uniform predictions of a few rows."""
    n_classes = len(clf.classes_)
    where = np.concatenate([np.flatnonzero(table.codes == code)[:2] for code in range(n_classes)])
    guess = np.full((len(where), n_classes), 1 / n_classes)
    learn_decision(
        clf.decision,
        guess,
        table.codes[where],
        np.ones(len(where)),
        clf.classes_,
        prior=guess[0],
        rows=table.X[where],
    )


def _learn_from_held_out(clf, attempt, job, n_rows):
    """Learn how probabilities become classes. Returns the class codes that the held-out rows get.

    Sets decision_offsets_ and oof_decision_function_.
    """
    held_out, shares, table = attempt.held_out, job.table.class_shares(attempt.plan), job.table
    offsets = job.offsets(attempt.plan)
    is_honest = clf.prior_correction or not offsets.any()
    probabilities = held_out.probabilities
    if not is_honest:
        probabilities = shift_log_odds(probabilities, -job.held_out_offsets(attempt.plan))
    if clf.n_members_ > 1 and table.validation is None:
        clf.oof_decision_function_ = table.for_each_row(held_out.rows, probabilities, n_rows)
    is_argmax = isinstance(clf.decision, str) and clf.decision == "argmax"
    decision = learn_decision(
        clf.decision,
        probabilities,
        held_out.codes,
        held_out.weights,
        clf.classes_,
        prior=shares.prior if is_honest else shares.loss_prior,
        honest_offsets=None if is_honest else offsets,
        rows=None if is_argmax else table.rows_for_scorers(held_out.rows),
    )
    clf.decision_offsets_ = decision.offsets
    clf._decision = None if is_argmax else decision
    return decision.decide(probabilities)
