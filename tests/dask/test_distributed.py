"""The second half of a fit: what the report says of it."""

from dataclasses import replace

import numpy as np
import pytest

from robust_mlp.dask import DaskRobustMLPClassifier, _distributed

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_a_network_that_collapses_in_a_round_is_put_back_and_it_is_told(small, monkeypatch):
    run_round, calls = _distributed.run_round, []

    def spoiled(runner, job, rounds, progress):
        after, judged = run_round(runner, job, rounds, progress)
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

    def interrupted(runner, job, rounds, progress):
        if progress.n_done == 6:
            raise KeyboardInterrupt
        return run_round(runner, job, rounds, progress)

    monkeypatch.setattr(_distributed, "run_round", interrupted)
    clf = DaskRobustMLPClassifier(**small.parameters)
    with pytest.warns(UserWarning, match="interrupted"):
        clf.fit(small.parts, small.labels)
    assert clf.report_.attempts[-1].stop_reason == "interrupted"
    assert np.mean(clf.predict(small.X) == small.y) > 0.6


def test_epochs_and_batches_follow_the_rows_of_all_partitions(small):
    plan = small.clf._plan
    assert plan.batch_size == 64  # of 256 rows for 5,000, halved until two groups make enough updates
    assert 5000 / (2 * plan.batch_size) * plan.max_iter >= 2000
