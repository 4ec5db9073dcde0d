"""The second half of a fit: from the plan that the sample's network was trained with to a network of all partitions."""

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from robust_mlp._collapse.guard import GuardOutcome, guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.losses import row_losses
from robust_mlp._core.records import Attempt, Finding, Verdict
from robust_mlp._data.columns import NUMBER
from robust_mlp._fit.resolve_plan import FEWEST_EPOCHS_OF_SCHEDULE, resolve_plan
from robust_mlp._fit.run_attempt import ready_to_predict
from robust_mlp.dask import _partition_shift
from robust_mlp.dask._local_steps import LocalRun, RoundJob, Steps, is_finite, local_steps
from robust_mlp.dask._lost_cluster import ClusterLost
from robust_mlp.dask._member_tasks import divided_members
from robust_mlp.dask._reading import PreparedPart, Reading
from robust_mlp.dask._round_plan import groups_of, plan_of_groups, rounds_of, usual_groups
from robust_mlp.dask._rounds import (
    MOST_ROLLBACKS,
    Progress,
    begin_cooling,
    end_of_schedule,
    judge_everywhere,
    learning_rate_of,
    most_epochs_with_cooling,
    put_back,
    run_round,
    settle,
)
from robust_mlp.dask._rounds_state import progress_of, state_of
from robust_mlp.dask._sample import Counted


@dataclass(frozen=True, eq=False)
class Distributed:
    """The second half of a fit: from the network of the sample to one of all partitions.

    `names_partitions` says whether partitions unlike the others are told of.
    """

    clf: Any
    runner: Any
    counted: Counted
    reading: Reading
    statistics: list
    names_partitions: bool = True

    def train_on_all(self, job, outcome, checkpoint):
        """The GuardOutcome after the rounds. Without a network to go on from, or time, that of the sample as it is."""
        report = outcome.report
        is_interrupted = outcome.attempt.stop_reason == "interrupted"
        is_cut = is_interrupted or not job.deadline.allows("the training on all partitions", 0.0)
        if is_cut or report.verdict in (Verdict.COLLAPSED, Verdict.NO_SIGNAL):
            return _with_advice(outcome, [_sample_only(self.counted, len(job.table.table), is_cut=is_cut)])
        attempt, rollbacks = self._trained(job, outcome, checkpoint)
        judged = _after_repairs(report, self._judged(job, attempt))
        advice = []
        if self.names_partitions:
            advice = _partition_shift.findings(self.statistics, self.counted, self.reading)
        if rollbacks:
            advice.append(_rolled_back(rollbacks))
        table = report.table and replace(report.table, n_rows=int(sum(self.counted.n_rows)))
        seconds = report.seconds + attempt.seconds
        whole = replace(judged.report, table=table, settings=report.settings, seconds=seconds)
        return _with_advice(replace(judged, report=whole), advice)

    def _trained(self, job, outcome, checkpoint):
        """(Attempt of FittedNetwork, rounds that were put back) after all rounds."""
        network = outcome.attempt.network
        data, encoding = job.table.training_data(outcome.attempt.plan)
        started = time.monotonic()
        changes = outcome.report.attempts[outcome.report.kept - 1].changes
        plan = self._plan_for_all(outcome.attempt.plan, is_repaired=bool(changes))
        groups = groups_of(self.counted.n_rows, self._n_groups())
        rounds = rounds_of(groups, most_epochs_with_cooling(plan), job.table.seeds["shuffle"])
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
            divided_members=divided_members(plan.n_members, self.clf.members_per_task),
        )
        begun = self._first_epoch(rounds_job, job.table)
        kept = checkpoint.of_rounds(rounds, begun.trained.weights, *_settings_of(rounds_job))
        progress = Progress(begun, begun)
        if kept is not None and kept.state is not None:
            progress = progress_of(kept.state, begun)
        progress, reason = self._run(rounds_job, rounds, progress, job.deadline, kept)
        trained = progress.best.trained
        distributed = Attempt(
            plan=plan,
            records=tuple(progress.records),
            best_epoch=max(progress.best_round, 1),
            stop_reason=reason,
            held_out=None,
            network=trained,
        )
        from robust_mlp._network.held_out_predictions import finished

        attempt = ready_to_predict(job, finished(distributed, trained, data), data, encoding)
        attempt = _with_useful_companions(attempt, network.companions, job)
        return replace(attempt, seconds=time.monotonic() - started), progress.rollbacks

    def _first_epoch(self, job, table):
        """The Steps after one epoch on the sample, in this process.

        Networks that are averaged from the first step on learn slowly at first. A network that was trained on the
        sample to the end has overfitted it, and more rows hardly change that (Ash, Adams 2020, On warm-starting neural
        network training, arXiv 1910.08475).
        """
        sample = PreparedPart(table.table.at(table.learnt_rows), table.table.at(np.empty(0, int)))
        return local_steps(sample, Steps(None, 0.0, 0.0), job, LocalRun(job.plan.learning_rate, job.seeds["shuffle"]))

    def _run(self, job, rounds, progress, deadline, kept):
        """(Progress, why it ended) after the rounds that are left; `kept` is a TrainingCheckpoint or None."""
        n_parts, end = len(self.counted.n_rows), job.plan.max_iter
        while True:
            end = _end_within(deadline, job.plan, progress, end)
            n_rounds = _n_rounds(rounds, progress, end)
            if (reason := _reason_to_end(job.plan, n_rounds, progress, deadline)) is not None:
                if reason == "early_stopping" and job.plan.has_auto_schedule and begin_cooling(progress, rounds, end):
                    continue
                break
            began, this = time.monotonic(), rounds[progress.n_done]
            rate = learning_rate_of(job.plan, this, end, progress)
            try:
                after, judged = run_round(self.runner, job, rounds[:n_rounds], progress, rate)
            except (KeyboardInterrupt, ClusterLost) as error:
                if not progress.n_done:
                    raise
                reason = self._cut_by(error)
                break
            told = progress.n_done, rate, progress.current.loss, time.monotonic() - began
            is_whole = len(this.parts) == n_parts
            if settle(progress, judged, told, job.plan.tol, is_whole=is_whole, n_epochs=this.n_epochs):
                put_back(progress)
            else:
                progress.current, progress.n_done = after, progress.n_done + 1
                self._say(progress, n_rounds)
            if kept is not None:
                kept.keep(lambda: state_of(progress), is_due=True)
        return progress, self._judge_last(job, progress, n_parts, reason)

    def _judge_last(self, job, progress, n_parts, reason):
        """Judge the network of the last round on all partitions; why the training ended."""
        if reason != "cluster_lost":
            try:
                judged = judge_everywhere(self.runner, job, progress.current.trained, n_parts)
            except (KeyboardInterrupt, ClusterLost) as error:
                reason = self._cut_by(error)
            else:
                told = progress.n_done, 0.0, progress.current.loss, 0.0
                settle(progress, judged, told, job.plan.tol, is_whole=True)
                return reason
        # Nobody judges the last network any more. If none was judged on all partitions, it is the best that is known.
        if math.isinf(progress.best_loss) and is_finite(progress.current.trained):
            progress.best, progress.best_round = progress.current, progress.n_done
        return reason

    def _cut_by(self, error):
        """Why a training ended in such an error."""
        if isinstance(error, ClusterLost):
            self.runner.lost = error
            return "cluster_lost"
        return "interrupted"

    def _say(self, progress, n_rounds):
        if self.clf.verbose:
            record = progress.records[-1]
            loss = "" if record.validation_loss is None else f", held-out loss {record.validation_loss:.5f} before it"
            print(f"Round {progress.n_done} of {n_rounds}: training loss {progress.current.loss:.5f}{loss}")

    def _n_groups(self):
        n, n_rows = self.clf.n_groups, self.counted.n_rows
        return min(len(n_rows), usual_groups(sum(n_rows)) if n == "auto" else n)

    def _plan_for_all(self, plan, *, is_repaired):
        """The plan of the sample's network, with batches and epochs for the rows of all partitions.

        A repair has chosen its own. It then makes as many updates as on the sample, and the fewest epochs at least.
        """
        n_rows = int(self.counted.rows.sum())
        if is_repaired:
            share = min(1.0, self.clf.sample_size / n_rows)
            return replace(
                plan,
                max_iter=max(min(FEWEST_EPOCHS_OF_SCHEDULE, plan.max_iter), int(share * plan.max_iter)),
                longest_schedule=None,
            )
        n_numbers = self.reading.reader.kinds.count(NUMBER)
        whole = resolve_plan(self.clf, n_rows, n_numbers, n_members=plan.n_members, early_stopping=plan.early_stopping)
        whole = plan_of_groups(whole, n_rows, self._n_groups(), int(self.clf.max_iter))
        names = ("batch_size", "max_iter", "epochs_of_schedule", "longest_schedule")
        return replace(plan, **{name: getattr(whole, name) for name in names})

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


def _end_within(deadline, plan, progress, end):
    """The epoch with which the rounds end: later than `end`, if losses ask for it and the time budget allows it."""
    later, done = end_of_schedule(plan, progress), len(progress.losses)
    if later <= end or progress.cooling is not None:
        return end
    seconds = sum(record.seconds for record in progress.records) / done * (later - done)
    return later if seconds < deadline.left else end


def _n_rounds(rounds, progress, end):
    """Rounds of a training that ends with epoch `end`, or with its cooling."""
    cooling = progress.cooling
    return sum(this.middle < end for this in rounds) if cooling is None else cooling.first + cooling.n_rounds


def _reason_to_end(plan, n_rounds, progress, deadline):
    """Why no round follows after so many; None if one does."""
    if len(progress.rollbacks) > MOST_ROLLBACKS:
        return "symptom"
    if progress.cooling is not None:
        if progress.n_done == n_rounds:
            return "early_stopping"
    elif progress.n_done and plan.early_stopping and progress.waited > plan.n_iter_no_change:
        return "early_stopping"
    elif progress.n_done == n_rounds:
        return "schedule" if plan.ends_with_schedule else "max_iter"
    return "max_time" if deadline.is_over else None


def _after_repairs(before, judged):
    """The GuardOutcome of all partitions, with the attempts on the sample that led to its plan.

    Parameters
    ----------
    before : TrainingReport
        Of the sample.
    judged : GuardOutcome
        Of the training on all partitions, which goes on where the attempt on the sample that was kept had ended.
    """
    kept = before.attempts[before.kept - 1]
    # Networks of all rows may have learned what those of the sample had not: then no other members stand in for them.
    added = kept.added if judged.attempt.network.judged_kind else ""
    ended = replace(judged.report.attempts[-1], number=before.kept, changes=kept.changes, added=added)
    attempts = (*before.attempts[: before.kept - 1], ended, *before.attempts[before.kept :])
    report = replace(judged.report, attempts=attempts, kept=before.kept)
    if before.verdict is Verdict.REPAIRED and report.verdict is Verdict.HEALTHY and added == kept.added:
        report = replace(before, attempts=attempts, comparison=report.comparison, advisories=report.advisories)
    return replace(judged, report=report)


def _with_useful_companions(attempt, companions, job):
    """The attempt with the extra members of the sample's network, if held-out rows are predicted better with them."""
    held_out = attempt.held_out
    if not companions or held_out is None or held_out.in_sample:
        return attempt
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


def _settings_of(job):
    """What the local steps of a fit depend on beside the partitions and the first network."""
    of_loss = job.n_classes, job.class_weights, job.offsets
    return job.plan, sorted(job.seeds.items()), *of_loss, job.n_steps, job.divided_members


def _sample_only(counted, n_sample, *, is_cut):
    return Finding(
        symptom="Only a sample of the rows was trained on.",
        cause="The fit was cut off before the training on all rows."
        if is_cut
        else "A network that learned nothing from the sample is no beginning for a training on all rows.",
        evidence=f"{n_sample:,} of {sum(counted.n_rows):,} rows",
        fix="Fit again without a cut for a network of all rows."
        if is_cut
        else "Mend what the findings name, or pass a larger sample_size.",
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
