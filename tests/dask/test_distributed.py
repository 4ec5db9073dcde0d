"""The second half of a fit: what the report says of it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.base import clone

from robust_mlp._collapse.guard import GuardOutcome
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.plan import TrainingPlan
from robust_mlp.dask import DaskRobustMLPClassifier, _distributed
from robust_mlp.dask._rounds import Progress

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_a_network_that_collapses_in_a_round_is_put_back_and_it_is_told(small, monkeypatch):
    run_round, calls = _distributed.run_round, []

    def spoiled(runner, job, rounds, progress, rate):
        after, judged = run_round(runner, job, rounds, progress, rate)
        calls.append(progress.n_done)
        if len(calls) == 12:
            weights = after.trained.weights
            broken = [np.full_like(array, np.nan) for array in weights.trainable]
            after = replace(after, trained=replace(after.trained, weights=replace(weights, trainable=broken)))
        return after, judged

    monkeypatch.setattr(_distributed, "run_round", spoiled)
    clf = DaskRobustMLPClassifier(**small.parameters).fit(small.parts, small.labels)
    (told,) = [advisory for advisory in clf.report_.advisories if advisory.code == "put_back"]
    assert told.evidence == "after round 13"
    assert np.mean(clf.predict(small.X) == small.y) > 0.8


def test_an_interrupt_keeps_the_best_network_of_the_rounds_before(small, monkeypatch):
    run_round = _distributed.run_round

    def interrupted(runner, job, rounds, progress, rate):
        if progress.n_done == 6:
            raise KeyboardInterrupt
        return run_round(runner, job, rounds, progress, rate)

    monkeypatch.setattr(_distributed, "run_round", interrupted)
    clf = DaskRobustMLPClassifier(**small.parameters)
    with pytest.warns(UserWarning, match="interrupted"):
        clf.fit(small.parts, small.labels)
    assert clf.report_.attempts[-1].stop_reason == "interrupted"
    assert np.mean(clf.predict(small.X) == small.y) > 0.6


def test_epochs_and_batches_follow_the_rows_of_all_partitions(small):
    clf = clone(small.clf).set_params(max_iter=200)
    counted = SimpleNamespace(rows=np.array([2000, 2000, 1000]), n_rows=[1250] * 4)
    rounds = _distributed.Distributed(clf, None, counted, SimpleNamespace(reader=small.clf._reader), [])
    plan = rounds._plan_for_all(small.clf._plan, is_repaired=False)
    assert plan.batch_size == 128  # of 256 rows for 5,000, halved until two groups make about enough updates
    assert 2000 / 2**0.5 <= 5000 / (2 * plan.batch_size) * plan.max_iter <= 2000 * 2**0.5


class Clock:
    """A clock that stands where it was put."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize(("seconds", "expected"), [(11.0, 8), (13.0, 16)])
def test_a_schedule_becomes_longer_only_within_the_time_budget(small, seconds, expected):
    plan = TrainingPlan(max_iter=8, longest_schedule=16)
    progress = Progress(None, None, losses=[0.9, 0.8, 0.7, 0.6], records=[SimpleNamespace(seconds=1.0)] * 4)
    assert _distributed._end_within(Deadline(seconds, Clock()), plan, progress, 8) == expected


@pytest.mark.parametrize("cut_by", ["interrupted", "max_time"])
def test_a_fit_that_is_cut_on_the_sample_makes_no_rounds_and_says_so(small, cut_by):
    clock = Clock()
    deadline = Deadline(10.0, clock)
    clock.now = 5.0 if cut_by == "interrupted" else 11.0
    attempt = SimpleNamespace(stop_reason="interrupted" if cut_by == "interrupted" else "max_iter")
    outcome = GuardOutcome(attempt=attempt, report=small.clf.report_)
    counted = SimpleNamespace(n_rows=[3000, 2000])
    rounds = _distributed.Distributed(small.clf, None, counted, None, [])
    job = SimpleNamespace(deadline=deadline, table=SimpleNamespace(table=range(1800)))
    after = rounds.train_on_all(job, outcome, None)
    told = after.report.advisories[-1]
    assert (told.code, told.evidence) == ("sample_only", "1,800 of 5,000 rows")
    assert "cut off" in told.cause
    assert deadline.left_out == (() if cut_by == "interrupted" else ("the training on all partitions",))
