"""The benchmark of streams: its streams are what they say, and the quickest of them hold its claims."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.streams import ASIDE, N_FRESH, STREAMS, UNITS, ForRivals, last_rows, measured, trained
from robust_mlp import RobustMLPClassifier

# A seed that the benchmark does not use.
SEED = 100
EVERY = {**STREAMS, **ASIDE, **UNITS}


def made(name, seed=SEED):
    return EVERY[name](np.random.default_rng(seed))


def test_there_are_twenty_streams_and_ten_aside():
    assert (len(STREAMS), len(ASIDE)) == (20, 10)
    assert len(EVERY) == len(STREAMS) + len(ASIDE) + len(UNITS)


@pytest.mark.parametrize("name", EVERY)
def test_a_stream_is_the_same_every_time_and_its_calls_and_fresh_rows_fit_together(name):
    one, two = made(name), made(name)
    assert len(one.chunks) == len(two.chunks)
    X, y = one.fresh
    assert len(X) == len(y) and len(np.unique(y)) == len(one.classes)
    for (a, labels), (b, _) in zip(one.chunks, two.chunks, strict=True):
        assert a.equals(b) if isinstance(a, pd.DataFrame) else np.array_equal(a, b, equal_nan=True)
        assert a.shape[1:] == X.shape[1:] and len(a) == len(labels) > 0


def test_streams_are_what_they_are_called():
    assert len(made("first_row").chunks[0][1]) == 1
    assert np.ptp(made("first_class").chunks[0][1]) == 0
    assert (np.diff(np.concatenate([y for _, y in made("sorted_by_class").chunks])) >= 0).all()
    assert (made("late_sensor").chunks[0][0][:, -1] == 0).all()
    assert {len(y) for _, y in made("single_rows").chunks} == {1}
    assert not np.isnan(made("missing_late").chunks[0][0]).any()
    first, last = (set(made("new_levels").chunks[i][0]["level"]) for i in (0, -1))
    assert last - first
    assert 2 not in np.concatenate([y for _, y in made("late_class").chunks[:10]])
    assert max(len(y) for _, y in made("huge_chunks").chunks) == 8000


def test_rivals_get_scaled_numbers_and_an_input_for_each_level():
    stream = made("many_levels")
    prepared = ForRivals(stream)
    learnt = prepared.learn(stream.chunks[0][0])
    assert abs(learnt[:, 0].mean()) < 1e-9
    assert learnt[:, 1:].sum(axis=1).tolist() == [1] * len(learnt)
    assert prepared.transform(stream.fresh[0]).shape == (N_FRESH, learnt.shape[1])


def test_the_last_rows_are_those_that_came_last():
    chunks = [(np.full((300, 1), i), None) for i in range(4)]
    assert set(last_rows(chunks).ravel()) == {2, 3}


@pytest.mark.parametrize("name", ["first_row", "late_sensor", "metres_after_millimetres"])
def test_a_stream_is_learnt_as_by_mlpclassifier_and_one_class_is_not_predicted_in_silence(name):
    line = measured(EVERY[name], SEED)
    assert line["ours"] >= line["mlp"] - 0.02  # one seed of each
    assert line["silent"] == 0


def test_a_network_that_is_not_guarded_is_found_to_be_silent():
    stream = made("sorted_by_class")
    clf = RobustMLPClassifier((8,), learning_rate=0.05, collapse_guard="off", random_state=0)
    n_silent, n_one_class = trained(clf, stream)
    assert n_silent == n_one_class > 0
