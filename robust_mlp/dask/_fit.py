"""What `DaskRobustMLPClassifier.fit` does, step by step.

Counts the labels, draws a sample, learns the columns of all partitions, trains on the sample under the guard, goes on
from there on all partitions in rounds, and judges the result on the held-out rows of the sample."""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from robust_mlp._collapse.guard import GuardOutcome, guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._core.records import Attempt, Finding, Verdict
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.tables import read_table
from robust_mlp._data.targets import encode_labels
from robust_mlp._fit.fit import LargerTable
from robust_mlp._fit.fit import fit as fit_in_memory
from robust_mlp._fit.resolve_plan import FEWEST_EPOCHS_OF_SCHEDULE, resolve_plan
from robust_mlp._fit.run_attempt import ready_to_predict
from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.dask import _partition_shift
from robust_mlp.dask._columns import merge_statistics
from robust_mlp.dask._local_steps import RoundJob, Steps
from robust_mlp.dask._parts import parts_of
from robust_mlp.dask._reading import (
    HeldOutRule,
    Reading,
    count_part,
    is_held_out,
    prepare_part,
    row_hashes,
    sample_part,
    statistics_of_part,
    take,
)
from robust_mlp.dask._rounds import (
    Progress,
    batch_size_of_groups,
    groups_of,
    judge_everywhere,
    learning_rate_at,
    put_back,
    rounds_of,
    run_round,
    settle,
)

# Rows of a class that are drawn at least: fewer say nothing of it, and a rare class would be missing.
FEWEST_OF_CLASS = 200
# From this share of different rows on, equal rows are held out together. Below it, a table repeats few distinct rows,
# and the rows of one kind would all lie on one side.
DISTINCT_SHARE = 0.5
# Held out at most, where `validation_fraction` is a number of rows.
MOST_HELD_OUT = 0.5
# Groups by default: at most so many, since each averages over fewer rows than one training would see.
MOST_GROUPS = 8


@dataclass(frozen=True, eq=False)
class Counted:
    """The labels of all partitions.

    `classes` ndarray of shape (n_classes,); `rows`, `masses` ndarrays of shape (n_classes,): rows of positive weight
    and total weight; `sources` list of (number, PartSource) of partitions that have rows; `n_rows` of each of them.
    """

    classes: np.ndarray
    rows: np.ndarray
    masses: np.ndarray
    sources: list
    n_rows: list[int]


@dataclass(frozen=True, eq=False)
class Sample:
    """Some rows of all partitions.

    `X` frame or array; `codes` ndarray of shape (n_rows,); `weights` the same or None; `is_out` of shape (n_rows,) says
    which are held out by `rule`.
    """

    X: Any
    codes: np.ndarray
    weights: np.ndarray | None
    is_out: np.ndarray
    rule: HeldOutRule


def fit(clf, X, y, sample_weight, validation, runner):
    """Train a classifier on Dask collections and set its fitted attributes.

    Parameters
    ----------
    clf : DaskRobustMLPClassifier
        With checked parameters.
    X, y, sample_weight
        As in `DaskRobustMLPClassifier.fit`.
    validation : tuple
        (X_val, y_val).
    runner : ClusterRunner or LocalRunner

    Returns
    -------
    outcome : GuardOutcome
    predicted : ndarray of shape (n_held_out,), dtype int

    Raises
    ------
    ValueError, TypeError
        For data that cannot be used, before any training.
    """
    seed = int(check_random_state(clf.random_state).randint(2**31 - 1))
    counted = count(runner, parts_of(X, y, sample_weight))
    if counted.rows.sum() <= clf.sample_size and validation[0] is None:
        return _fit_all_in_memory(clf, runner, counted, seed)
    own = _own_validation(clf, runner, validation, counted.classes, seed)
    sample = draw_sample(clf, runner, counted, seed, holds_out=own is None)
    local = clf.local_estimator().set_params(random_state=seed)
    reading = _learn_reading(local, sample, counted)
    statistics = runner.results(runner.read(counted.sources, statistics_of_part, reading))
    reader, totals = merge_statistics(statistics, reading.reader)
    reading = replace(reading, reader=reader)
    runner.keep(counted.sources, prepare_part, reading)
    rounds = Distributed(clf, runner, counted, reading, statistics)
    held_out = own or (take(sample.X, np.flatnonzero(sample.is_out)), sample.codes[sample.is_out])
    has_held_out = len(held_out[1]) > 0
    inside = np.flatnonzero(~sample.is_out)
    outcome, predicted = fit_in_memory(
        local,
        take(sample.X, inside),
        counted.classes[sample.codes[inside]],
        None if sample.weights is None else sample.weights[inside],
        (held_out[0], counted.classes[held_out[1]], None) if has_held_out else (None, None, None),
        larger=LargerTable(counted.classes, reader, totals, rounds.train_on_all),
    )
    runner.forget()
    _keep(clf, local, counted)
    return outcome, predicted


def _fit_all_in_memory(clf, runner, counted, seed):
    """The fit of a table that is no larger than the sample: an ordinary one."""
    plan = seed, counted.classes, np.ones(len(counted.classes))
    drawn = runner.results(runner.read(counted.sources, sample_part, plan))
    weights = np.concatenate([part[2] for part in drawn])
    local = clf.local_estimator().set_params(random_state=seed)
    outcome, predicted = fit_in_memory(
        local,
        _joined([part[0] for part in drawn]),
        counted.classes[np.concatenate([part[1] for part in drawn])],
        None if (weights == 1).all() else weights,
        (None, None, None),
    )
    _keep(clf, local, counted)
    return outcome, predicted


def count(runner, parts):
    """The Counted labels of all partitions. Reads the labels and weights alone."""
    counts = runner.results(runner.count(list(enumerate(parts)), count_part))
    present = [i for i, found in enumerate(counts) if found.n_rows]
    if not present:
        raise ValueError("X has no rows: all partitions are empty. Pass a collection with rows.")
    labels = [counts[i].labels[counts[i].rows > 0] for i in present]
    classes = np.unique(np.concatenate(labels))
    if len(classes) < 2:
        held = f"only one class: {classes.tolist()[0]!r}" if len(classes) else "no rows of positive weight"
        raise ValueError(f"y holds {held}. A classifier needs rows of at least 2 classes; check how y was made.")
    rows, masses = np.zeros(len(classes), int), np.zeros(len(classes))
    for i in present:
        is_class = counts[i].rows > 0
        where = np.searchsorted(classes, counts[i].labels[is_class])
        rows[where] += counts[i].rows[is_class]
        masses[where] += counts[i].masses[is_class]
    return Counted(classes, rows, masses, [(i, parts[i]) for i in present], [counts[i].n_rows for i in present])


def draw_sample(clf, runner, counted, seed, *, holds_out):
    """Draw about `sample_size` rows, the same share of each class, but at least `FEWEST_OF_CLASS` of each."""
    share = min(1.0, clf.sample_size / counted.rows.sum())
    shares = np.maximum(share, np.minimum(1.0, FEWEST_OF_CLASS / counted.rows))
    plan = seed, counted.classes, shares
    drawn = runner.results(runner.read(counted.sources, sample_part, plan))
    X = _joined([part[0] for part in drawn])
    codes = np.concatenate([part[1] for part in drawn])
    weights = np.concatenate([part[2] for part in drawn])
    # Of a rare class more was drawn: each of its rows then stands for fewer.
    mass = np.bincount(codes, weights=weights, minlength=len(counted.classes))
    if np.ptp(shares) > 0:
        weights = weights * (counted.masses / mass)[codes]
    fraction = clf.validation_fraction
    if fraction >= 1:  # a number of rows
        fraction = min(fraction / int(counted.rows.sum()), MOST_HELD_OUT)
    rule = _rule_for(X, fraction, seed, holds_out=holds_out)
    numbers = [np.full(len(part[1]), number) for (number, _), part in zip(counted.sources, drawn, strict=True)]
    is_out = _held_out_of_sample(X, rule, np.concatenate(numbers), np.concatenate([part[3] for part in drawn]))
    return Sample(X, codes, None if (weights == 1).all() else weights, is_out, rule)


def _held_out_of_sample(X, rule, numbers, places):
    """Which rows of the sample are held out, by the rule that their partitions go by."""
    if rule.by_content or rule.fraction == 0:
        return is_held_out(X, rule, 0, places)
    is_out = np.zeros(len(places), bool)
    for number in np.unique(numbers):
        where = np.flatnonzero(numbers == number)
        is_out[where] = is_held_out(take(X, where), rule, int(number), places[where])
    return is_out


def _rule_for(X, fraction, seed, *, holds_out):
    """The HeldOutRule for a table with such rows."""
    hashes = row_hashes(X)
    by_content = len(np.unique(hashes)) >= DISTINCT_SHARE * len(hashes)
    return HeldOutRule(fraction if holds_out else 0.0, seed, by_content)


def _joined(tables):
    """Frames or arrays below each other; categories of all frames are kept."""
    if hasattr(tables[0], "iloc"):
        from dask.dataframe import methods

        return methods.concat([table for table in tables if len(table)]).reset_index(drop=True)
    return np.concatenate(tables)


def _learn_reading(local, sample, counted):
    """The Reading of every partition: what kind each column is, as the sample shows."""
    shell = RobustMLPClassifier()
    _, reader = read_table(shell, sample.X, categorical_features=local.categorical_features, reset=True)
    unit = float(counted.masses.sum() / counted.rows.sum())
    return Reading(shell, replace(reader, source=None), counted.classes, sample.rule, unit)


def _own_validation(clf, runner, validation, classes, seed):
    """(X, codes) of the user's own held-out rows, at most `sample_size` of them; None if none were passed."""
    X_val, y_val = validation
    if X_val is None and y_val is None:
        return None
    if X_val is None or y_val is None:
        passed, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{passed} was passed without {missing}. Pass X_val and y_val together.")
    from robust_mlp.dask._parts import is_collection

    if not is_collection(X_val):
        return X_val, encode_labels(y_val, classes, name="y_val")
    counted = count(runner, parts_of(X_val, y_val, names=("X_val", "y_val", "")))
    share = min(1.0, clf.sample_size / counted.rows.sum())
    plan = seed + 1, classes, np.full(len(classes), share)
    drawn = runner.results(runner.read(counted.sources, sample_part, plan))
    return _joined([part[0] for part in drawn]), np.concatenate([part[1] for part in drawn])


@dataclass(frozen=True, eq=False)
class Distributed:
    """The second half of a fit: from the network of the sample to one of all partitions."""

    clf: Any
    runner: Any
    counted: Counted
    reading: Reading
    statistics: list

    def train_on_all(self, job, outcome):
        """The GuardOutcome after the rounds. Without a network to go on from, that of the sample as it is."""
        report = outcome.report
        if report.verdict in (Verdict.COLLAPSED, Verdict.NO_SIGNAL):
            return _with_advice(outcome, [_sample_only(self.counted, len(job.table.table))])
        attempt, rollbacks = self._trained(job, outcome)
        judged = self._judged(job, attempt)
        if report.verdict is Verdict.REPAIRED and judged.report.verdict is Verdict.HEALTHY:
            before = outcome.report
            judged = replace(
                judged,
                report=replace(
                    before,
                    comparison=judged.report.comparison,
                    attempts=(
                        *before.attempts[:-1],
                        replace(judged.report.attempts[-1], number=len(before.attempts)),
                    ),
                    kept=len(before.attempts),
                    advisories=judged.report.advisories,
                ),
            )
        advice = _partition_shift.findings(self.statistics, self.counted, self.reading)
        if rollbacks:
            advice.append(_rolled_back(rollbacks))
        judged = replace(judged, report=replace(judged.report, table=report.table, settings=report.settings))
        judged = replace(judged, report=replace(judged.report, seconds=report.seconds + attempt.seconds))
        return _with_advice(_of_all_rows(judged, self.counted), advice)

    def _trained(self, job, outcome):
        """(Attempt of FittedNetwork, rounds that were put back) after all rounds."""
        network = outcome.attempt.network
        data, encoding = job.table.training_data(outcome.attempt.plan)
        started = time.monotonic()
        plan = self._plan_for_all(outcome.attempt.plan, is_repaired=len(outcome.report.attempts) > 1)
        groups = groups_of(self.counted.n_rows, self._n_groups())
        rounds = rounds_of(groups, plan.max_iter, job.table.seeds["shuffle"])
        shares = job.table.class_shares(plan)
        mean = float(np.dot(shares.class_weights, self.counted.masses) / self.counted.masses.sum())
        rounds_job = RoundJob(
            plan=plan,
            encoding=encoding,
            seeds=job.table.seeds,
            n_classes=len(self.counted.classes),
            class_weights=shares.class_weights / mean,
            offsets=job.offsets(plan),
            n_steps=-(-sum(self.counted.n_rows) * plan.max_iter // (plan.batch_size * len(groups))),
        )
        begun = Steps(_trained_of(network), 0.0, outcome.attempt.records[-1].loss)
        progress, reason = self._run(rounds_job, rounds, Progress(begun, begun), job.deadline)
        trained = progress.best.trained
        distributed = Attempt(
            plan=plan,
            records=tuple(progress.records),
            best_epoch=max(progress.best_round, 1),
            stop_reason=reason,
            held_out=None,
            network=trained,
        )
        from robust_mlp._network.training import finished

        attempt = ready_to_predict(job, finished(distributed, trained, data), data, encoding)
        attempt = _with_useful_companions(attempt, network.companions, job)
        return replace(attempt, seconds=time.monotonic() - started), progress.rollbacks

    def _run(self, job, rounds, progress, deadline):
        """(Progress, why it ended) after the rounds that are left."""
        n_parts = len(self.counted.n_rows)
        reason = "schedule" if job.plan.ends_with_schedule else "max_iter"
        while progress.n_done < len(rounds):
            if deadline.is_over:
                reason = "max_time"
                break
            began, this = time.monotonic(), rounds[progress.n_done]
            rate = progress.factor * learning_rate_at(job.plan, progress.n_done, len(rounds))
            try:
                after, judged = run_round(self.runner, job, rounds, progress)
            except KeyboardInterrupt:
                if not progress.n_done:
                    raise
                reason = "interrupted"
                break
            is_whole = len(this.parts) == n_parts
            told = progress.n_done, rate, progress.current.loss, time.monotonic() - began
            if settle(progress, judged, told, job.plan.tol, is_whole=is_whole):
                if not put_back(progress):
                    reason = "symptom"
                    break
                continue
            progress.current, progress.n_done = after, progress.n_done + 1
            self._say(progress, len(rounds))
            if job.plan.early_stopping and progress.waited > job.plan.n_iter_no_change:
                reason = "early_stopping"
                break
        judged = judge_everywhere(self.runner, job, progress.current.trained, n_parts)
        settle(progress, judged, (progress.n_done, 0.0, progress.current.loss, 0.0), job.plan.tol, is_whole=True)
        return progress, reason

    def _say(self, progress, n_rounds):
        if self.clf.verbose:
            record = progress.records[-1]
            loss = "" if record.validation_loss is None else f", held-out loss {record.validation_loss:.5f} before it"
            print(f"Round {progress.n_done} of {n_rounds}: training loss {progress.current.loss:.5f}{loss}")

    def _n_groups(self):
        n = self.clf.n_groups
        return min(len(self.counted.n_rows), MOST_GROUPS if n == "auto" else n)

    def _plan_for_all(self, plan, *, is_repaired):
        """The plan of the sample's network, with batches and epochs for the rows of all partitions.

        A repair has chosen its own. It then makes as many updates as on the sample, and the fewest epochs at least.
        """
        n_rows = int(self.counted.rows.sum())
        if is_repaired:
            share = min(1.0, self.clf.sample_size / n_rows)
            return replace(
                plan, max_iter=max(min(FEWEST_EPOCHS_OF_SCHEDULE, plan.max_iter), int(share * plan.max_iter))
            )
        n_numbers = self.reading.reader.kinds.count(NUMBER)
        whole = resolve_plan(self.clf, n_rows, n_numbers, n_members=plan.n_members, early_stopping=plan.early_stopping)
        return replace(
            plan,
            batch_size=batch_size_of_groups(whole, n_rows, self._n_groups()),
            max_iter=whole.max_iter,
            epochs_of_schedule=whole.epochs_of_schedule,
        )

    def _judged(self, job, attempt):
        """The GuardOutcome of the distributed training, which is not repeated."""
        shares, clf = job.table.class_shares(), self.clf
        facts = job.table.facts() if clf.collapse_guard != "off" else None
        priors = Priors(data=shares.prior, loss=shares.loss_prior, serves_loss=not clf.prior_correction)
        settings = GuardSettings(
            policy=clf.collapse_guard,
            max_restarts=0,
            class_names=self.counted.classes.tolist(),
            seed=job.table.seeds["signal"],
            deadline=job.deadline,
        )
        return guard(lambda plan: attempt, attempt.plan, facts, priors, settings)


def _trained_of(network):
    """What the rounds begin with: the weights of a FittedNetwork, with moments of the optimizer that begin afresh."""
    from robust_mlp._core.training_data import Trained

    return Trained(network.weights)


def _with_useful_companions(attempt, companions, job):
    """The attempt with the extra members of the sample's network, if held-out rows are predicted better with them."""
    held_out = attempt.held_out
    if not companions or held_out is None or held_out.in_sample:
        return attempt
    from robust_mlp._core.log_odds import shift_log_odds
    from robust_mlp._core.losses import row_losses

    network = replace(attempt.network, companions=companions)
    rows = job.table.eval_rows.X[held_out.rows]
    probabilities = network.probabilities(rows)
    offsets = job.offsets(attempt.plan)
    if offsets.any() and not job.prior_correction:
        probabilities = shift_log_odds(probabilities, offsets)
    before, after = (
        np.average(row_losses(p, held_out.codes), weights=held_out.weights)
        for p in (held_out.probabilities, probabilities)
    )
    if after >= before:
        return attempt
    return replace(attempt, network=network, held_out=replace(held_out, probabilities=probabilities))


def _with_advice(outcome, advice):
    report = outcome.report
    return GuardOutcome(attempt=outcome.attempt, report=replace(report, advisories=(*report.advisories, *advice)))


def _of_all_rows(outcome, counted):
    """The outcome whose report counts the rows of all partitions."""
    table = outcome.report.table
    if table is None:
        return outcome
    return replace(outcome, report=replace(outcome.report, table=replace(table, n_rows=int(sum(counted.n_rows)))))


def _sample_only(counted, n_sample):
    return Finding(
        symptom="Only a sample of the rows was trained on.",
        cause="A network that learned nothing from the sample is no beginning for a training on all rows.",
        evidence=f"{n_sample:,} of {sum(counted.n_rows):,} rows",
        fix="Mend what the findings name, or pass a larger sample_size.",
        code="sample_only",
        severity="warning",
    )


def _rolled_back(rollbacks):
    rounds = ", ".join(str(n + 1) for n in rollbacks)
    return Finding(
        symptom="The network collapsed while it was trained on all partitions, and was put back.",
        cause="Its weights became infinite, or it gave one class to all held-out rows.",
        evidence=f"after round {rounds}",
        fix="It went on from the best round before, with half the learning rate. Pass a smaller learning_rate.",
        code="put_back",
        severity="warning",
    )


def _keep(clf, local, counted):
    """Copy the fitted attributes of the estimator of this process."""
    names = set(local.get_params(deep=False))
    for name in [name for name in vars(clf) if name.endswith("_") or name.startswith("_")]:
        if name not in clf.get_params(deep=False):
            del clf.__dict__[name]
    clf.__dict__.update({name: value for name, value in vars(local).items() if name not in names})
    clf.__dict__.pop("sample_indices_", None)
    clf.class_prior_ = counted.masses / counted.masses.sum()
    clf.n_rows_ = int(sum(counted.n_rows))
