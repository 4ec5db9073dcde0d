"""A fit with a checkpoint that dies between rounds goes on from the file, in the same bits, or says why it does not."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from robust_mlp._core.records import EpochRecord
from robust_mlp._core.training_state import Cooling
from robust_mlp._fit import checkpoint
from robust_mlp.dask import DaskRobustMLPClassifier
from robust_mlp.dask._rounds import Progress
from robust_mlp.dask._rounds_state import progress_of, state_of
from robust_mlp.persistence.file_format.unfinished_fit import read_unfinished_fit

from .tables import frame, partitioned, steps

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


RECORD = EpochRecord(epoch=1, loss=0.9, learning_rate=0.01)


class Killed(BaseException):
    """Stands for a signal that ends the process: nobody catches it."""


@pytest.fixture
def dies_at(monkeypatch):
    """A function that lets a fit die once a round is written; None: it lives on."""
    write = checkpoint.write_unfinished_fit

    def set_round(n_done):
        def write_and_die(path, fit):
            write(path, fit)
            if any(state.n_done == n_done for state in fit.rounds.values()):
                raise Killed

        monkeypatch.setattr(checkpoint, "write_unfinished_fit", write_and_die)

    return set_round


def test_a_state_gives_back_the_progress():
    now, best = steps(1.0, mass=3.0, slot=0.5), steps(0.5, slot=0.25, n_steps=2)
    later = {"records": [RECORD], "rollbacks": [3], "losses": [None, 0.7], "cooling": Cooling(5, 3, 0.25)}
    progress = Progress(now, best, 0.7, 4, 6, 0.5, 2, **later)
    found = progress_of(state_of(progress), steps(0.0))
    for mine, theirs in ((found.current, progress.current), (found.best, progress.best)):
        np.testing.assert_array_equal(mine.trained.weights.trainable[0], theirs.trained.weights.trainable[0])
        (slots,), (expected,) = mine.trained.slots, theirs.trained.slots
        np.testing.assert_array_equal(slots.of_weights["momentum"][0], expected.of_weights["momentum"][0])
        assert (mine.mass, mine.loss, mine.trained.n_steps) == (theirs.mass, theirs.loss, theirs.trained.n_steps)
    same = {"current": found.current, "best": found.best}
    assert found == replace(progress, **same)


def test_a_fit_that_died_twice_ends_in_the_bits_of_one_that_did_not(small, tmp_path, dies_at, capsys):
    path = tmp_path / "fit.rmlp"
    clf = DaskRobustMLPClassifier(**small.parameters, checkpoint=path, verbose=1)
    for n_done in (5, 17):
        dies_at(n_done)
        with pytest.raises(Killed):
            clf.fit(small.parts, small.labels)
        (state,) = read_unfinished_fit(path).rounds.values()
        assert state.n_done == n_done
    capsys.readouterr()
    dies_at(None)
    clf.fit(small.parts, small.labels)
    said = capsys.readouterr().out
    assert "goes on after round 17.\n" in said and "Round 17 of" not in said and "Round 18 of" in said
    np.testing.assert_array_equal(clf.predict_proba(small.X), small.clf.predict_proba(small.X))
    assert clf.loss_curve_ == small.clf.loss_curve_
    assert not os.path.exists(path)


def test_a_fit_that_died_while_its_rate_fell_ends_in_the_same_bits(small, tmp_path, dies_at):
    """Early stopping ends the schedule at a high rate, and the last rounds go on from the best network."""
    parameters = small.parameters | {"n_iter_no_change": 1, "max_iter": 40, "learning_rate": 0.05}
    whole = DaskRobustMLPClassifier(**parameters).fit(small.parts, small.labels)
    assert whole.report_.attempts[-1].stop_reason == "early_stopping"
    path = tmp_path / "fit.rmlp"
    clf = DaskRobustMLPClassifier(**parameters, checkpoint=path)
    dies_at(len(whole.loss_curve_) - 2)  # the last network is judged once more
    with pytest.raises(Killed):
        clf.fit(small.parts, small.labels)
    (state,) = read_unfinished_fit(path).rounds.values()
    assert state.cooling is not None and state.n_done > state.cooling.first
    dies_at(None)
    clf.fit(small.parts, small.labels)
    np.testing.assert_array_equal(clf.predict_proba(small.X), whole.predict_proba(small.X))


OTHERS = {
    "groups": ({"n_groups": 1}, lambda X, y: (X, y), r"n_groups \(2 then, 1 now\)"),
    "tasks": ({"members_per_task": 1}, lambda X, y: (X, y), r"members_per_task \('all' then, 1 now\)"),
    "a value": ({}, lambda X, y: (X.assign(c0=X["c0"].where(X["c0"] != X["c0"].max(), 9.0)), y), "the partitions"),
    "the cut": ({}, lambda X, y: partitioned(*frame(1500), 3), "the partitions"),
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A checkpoint file of a fit that died in its second round, and what it was fitted to."""
    path, patch = tmp_path_factory.mktemp("begun") / "fit.rmlp", pytest.MonkeyPatch()
    write = checkpoint.write_unfinished_fit

    def write_and_die(path, fit):
        write(path, fit)
        if fit.rounds:
            raise Killed

    patch.setattr(checkpoint, "write_unfinished_fit", write_and_die)
    settings = {"sample_size": 1000, "n_groups": 2, "n_members": 1, "hidden_layer_sizes": 4, "max_iter": 3}
    table = partitioned(*frame(1500), 4)
    with pytest.raises(Killed):
        DaskRobustMLPClassifier(**settings, checkpoint=path).fit(*table)
    patch.undo()
    return path, settings, table


def test_another_seed_alone_is_named(begun):
    path, settings, table = begun
    with pytest.raises(ValueError, match=r"differs in random_state\. Fit with the same"):
        DaskRobustMLPClassifier(**settings, checkpoint=path, random_state=7).fit(*table)


@pytest.mark.parametrize("name", OTHERS)
def test_another_fit_is_an_error_that_names_the_difference_and_leaves_the_file(begun, name):
    path, settings, table = begun
    before, (changes, change, words) = Path(path).read_bytes(), OTHERS[name]
    clf = DaskRobustMLPClassifier(**settings | changes, checkpoint=path)
    with pytest.raises(ValueError, match=rf"holds an unfinished fit that differs in .*{words}"):
        clf.fit(*change(*table))
    assert Path(path).read_bytes() == before


def test_a_fit_without_random_state_goes_on_with_the_sample_of_the_file(begun, tmp_path, dies_at):
    path, settings, table = begun
    copy = tmp_path / "fit.rmlp"
    copy.write_bytes(path.read_bytes())
    before = read_unfinished_fit(copy)
    dies_at(2)
    with pytest.raises(Killed):
        DaskRobustMLPClassifier(**settings, checkpoint=copy).fit(*table)
    after = read_unfinished_fit(copy)
    assert list(after.rounds) == list(before.rounds)
    assert (after.seeds, after.sample_seed) == (before.seeds, before.sample_seed)
