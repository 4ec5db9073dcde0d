"""A checkpoint file gives back the states that were written, bit by bit, and nothing else is taken for one."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp import load_model
from robust_mlp._core.records import EpochRecord
from robust_mlp._core.training_data import OptimizerState
from robust_mlp._core.training_state import AveragedNetwork, Cooling, NetworkValues, RoundsState, TrainingState
from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.model_file import write_model_file
from robust_mlp.persistence.file_format.unfinished_fit import (
    KIND,
    UnfinishedFit,
    read_unfinished_fit,
    write_unfinished_fit,
)

RNG = np.random.default_rng(0)


def values():
    trainable = [RNG.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3,))]
    trainable[0][1, 2] = np.nan
    return NetworkValues(trainable=trainable, moving=[np.array([np.inf, 1], np.float32)])


STATE = TrainingState(
    now=values(),
    best=values(),
    slots=[OptimizerState({"now_momentum": [np.ones((4, 3), np.float32)]}, [np.array(7), np.float32(0.1)])],
    rule=np.array([[0.5, np.finfo(np.float32).max], [1, 2]], np.float32),
    generators=((2**127 + 5, 3**70, 1, 2**32 - 1),),
    n_steps=12,
    records=(
        EpochRecord(epoch=1, loss=0.1 + 0.2, learning_rate=1e-3),
        EpochRecord(epoch=2, loss=math.inf, learning_rate=1e-300, validation_loss=1 / 3, predicted_share=(0.25, 0.75)),
    ),
    best_epoch=1,
    best_score=-math.inf,
    waited=3,
    best_scored=values(),
    seconds=1.5,
    stop_reason="nonfinite",
)
FIT = UnfinishedFit({"split": 1, "weights": 2**32 - 1}, {"tol": "0.1", "the table": "ab"}, {"a1": STATE})


def assert_same(mine, theirs):
    for one, other in zip((*mine.trainable, *mine.moving), (*theirs.trainable, *theirs.moving), strict=True):
        assert_array_equal(one, other)
        assert one.dtype == other.dtype


def test_what_is_read_is_what_was_written(tmp_path):
    write_unfinished_fit(tmp_path / "fit", FIT)
    found = read_unfinished_fit(tmp_path / "fit")
    assert (found.seeds, found.fingerprint) == (FIT.seeds, FIT.fingerprint)
    state = found.trainings["a1"]
    for name in ("now", "best", "best_scored"):
        assert_same(getattr(state, name), getattr(STATE, name))
    assert_array_equal(state.slots[0].of_weights["now_momentum"][0], np.ones((4, 3)))
    assert [array.dtype for array in state.slots[0].others] == [np.int64, np.float32]
    assert_array_equal(state.rule, STATE.rule)
    for name in ("generators", "n_steps", "records", "best_epoch", "best_score", "waited", "seconds", "stop_reason"):
        assert getattr(state, name) == getattr(STATE, name)


def test_a_training_that_goes_on_and_an_empty_fit_can_be_written(tmp_path):
    goes_on = replace(STATE, stop_reason=None, best_scored=None)
    for trainings in ({}, {"a1": goes_on, "b2": STATE}):
        write_unfinished_fit(tmp_path / "fit", replace(FIT, trainings=trainings))
        found = read_unfinished_fit(tmp_path / "fit").trainings
        assert list(found) == list(trainings)
        assert [state.stop_reason for state in found.values()] == [s.stop_reason for s in trainings.values()]


def test_other_files_are_refused_and_none_is_a_model(tmp_path):
    write_model_file(tmp_path / "other", "RobustMLPClassifier", lambda arrays: {})
    with pytest.raises(ModelFileError, match=r"other' holds a RobustMLPClassifier\.$"):
        read_unfinished_fit(tmp_path / "other")
    write_unfinished_fit(tmp_path / "fit", FIT)
    with pytest.raises(ModelFileError, match="its kind is none of"):
        load_model(tmp_path / "fit")
    data = bytearray((tmp_path / "fit").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "fit").write_bytes(data)
    with pytest.raises(ModelFileError, match="is damaged"):
        read_unfinished_fit(tmp_path / "fit")


@pytest.mark.parametrize("wrong", ["x", "-1", "9" * 40, 5])
def test_numbers_of_generators_are_digits(tmp_path, wrong):
    def describe(arrays):
        from robust_mlp.persistence.file_format.places import Place
        from robust_mlp.persistence.file_format.unfinished_fit import STATE as CODEC

        state = CODEC.write(STATE, Place() / "trainings" / "a1", arrays)
        state["generators"][0][0] = wrong
        return {"seeds": {}, "fingerprint": {}, "trainings": {"a1": state}}

    write_model_file(tmp_path / "fit", KIND, describe)
    with pytest.raises(ModelFileError, match=r"generators\[0\]\[0\] must be at most 39 digits"):
        read_unfinished_fit(tmp_path / "fit")


def network(n_steps):
    slots = [OptimizerState({"now_momentum": [np.full((4, 3), n_steps, np.float32)]}, [np.array(n_steps)])]
    return AveragedNetwork(
        values=values(), slots=slots, n_steps=n_steps, inverse_temperature=1.0, mass=0.1 + 0.2, loss=math.nan
    )


def test_rounds_on_partitions_are_read_as_they_were_written(tmp_path):
    state = RoundsState(
        now=network(7),
        best=replace(network(3), slots=None),
        best_loss=math.inf,
        best_round=3,
        n_done=5,
        factor=0.25,
        waited=2,
        records=STATE.records,
        rollbacks=(1, 4),
        losses=(None, 0.5, math.inf),
        cooling=Cooling(4, 2, 0.75),
    )
    write_unfinished_fit(tmp_path / "fit", replace(FIT, rounds={"c3": state}, sample_seed=2**31 - 2))
    found = read_unfinished_fit(tmp_path / "fit")
    assert found.sample_seed == 2**31 - 2
    again = found.rounds["c3"]
    for mine, theirs in ((again.now, state.now), (again.best, state.best)):
        assert_same(mine.values, theirs.values)
        assert (mine.n_steps, mine.mass, math.isnan(mine.loss)) == (theirs.n_steps, theirs.mass, True)
    assert_array_equal(again.now.slots[0].of_weights["now_momentum"][0], np.full((4, 3), 7))
    assert again.best.slots is None
    for name in ("best_loss", "best_round", "n_done", "factor", "waited", "records", "rollbacks", "losses", "cooling"):
        assert getattr(again, name) == getattr(state, name)
