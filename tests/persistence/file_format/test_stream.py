"""The state of `partial_fit` in a model file: it goes on with the same bits, and what does not fit is refused."""

import copy
import warnings

import numpy as np
import pandas as pd
import pytest

from robust_mlp import RobustMLPClassifier, load_model
from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.stream import read_training, write_training

CLASSES = ["a", "b", "c"]


def part(seed, n_rows=80):
    """A part of a stream: two numbers, one with gaps, and a category whose levels grow."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n_rows)
    x = np.where(rng.random(n_rows) < 0.1, np.nan, y + rng.normal(size=n_rows))
    level = rng.integers(0, 3 + seed, n_rows).astype(str)
    table = pd.DataFrame({"x": x, "z": rng.normal(size=n_rows), "level": pd.Categorical(level)})
    return table, np.array(CLASSES)[y]


def streamed(n_parts=2, **parameters):
    """A classifier that has seen some parts."""
    clf = RobustMLPClassifier(hidden_layer_sizes=(4,), n_members=2, random_state=0, **parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(n_parts):
            clf.partial_fit(*part(seed), classes=CLASSES)
    return clf


def test_a_stream_goes_on_with_the_same_bits(tmp_path):
    clf = streamed()
    clf.save_model(tmp_path / "m.rmlp")
    loaded = load_model(tmp_path / "m.rmlp")
    rows = part(9)[0]
    for seed in (2, 3):
        for one in (clf, loaded):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                one.partial_fit(*part(seed))
        assert loaded.predict_proba(rows).tobytes() == clf.predict_proba(rows).tobytes()
    assert str(loaded.report_) == str(clf.report_)


def test_a_stream_whose_scale_grows_and_whose_classes_come_in_turn_goes_on_with_the_same_bits(tmp_path):
    def call(i):
        rng = np.random.default_rng(i)
        y = np.full(60, i % 3) if i > 2 else rng.integers(0, 3, 60)
        size = 1e-3 if i == 3 else 1.3**i  # a narrow call: it is not clear yet whether the unit is another one
        return size * (rng.normal(size=(60, 3)) + y[:, None]), np.array(CLASSES)[y]

    def go_on(clf, calls):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for i in calls:
                clf.partial_fit(*call(i), classes=CLASSES)
        return clf

    clf = go_on(RobustMLPClassifier(hidden_layer_sizes=(4,), n_members=2, random_state=0), range(4))
    state = clf._partial
    assert state.following.squares > 0 and (state.growing.settling.recent.present_weight > 0).any()
    clf.save_model(tmp_path / "m.rmlp")
    loaded = load_model(tmp_path / "m.rmlp")
    rows = call(9)[0]
    assert (
        go_on(loaded, range(4, 7)).predict_proba(rows).tobytes()
        == go_on(clf, range(4, 7)).predict_proba(rows).tobytes()
    )


def test_files_without_what_was_added_are_read(written):
    content, arrays, reader = written
    content = copy.deepcopy(content)
    for name in ("following", "rehearsal"):
        content.pop(name)
    for name in ("settled", "recent"):
        content["growing"].pop(name)
    found = read_training(content, Place() / "training", arrays, reader, 3)
    assert "following" not in found and "recent" not in found["growing"]


def test_without_rows_nothing_of_the_held_out_rows_is_written(tmp_path):
    clf = streamed()
    assert len(clf._partial.reservoir.table) > 0
    clf.save_model(tmp_path / "m.rmlp", rows=False)
    loaded = load_model(tmp_path / "m.rmlp")
    reservoir = loaded._partial.reservoir
    assert reservoir.table is None and reservoir.first is None and len(reservoir.seen) == 0
    assert clf._partial.rehearsal.table is not None and loaded._partial.rehearsal.table is None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded.partial_fit(*part(2))
    assert np.isfinite(loaded.predict_proba(part(9)[0])).all()


class InMemory:
    """Arrays that are written and read in memory."""

    def __init__(self):
        self.held = {}

    def add(self, name, array):
        self.held[f"{name}.npy"] = np.asarray(array)
        return f"{name}.npy"

    def take(self, name, dtypes, n_axes):
        return self.held[name]


@pytest.fixture(scope="module")
def written():
    """(description of a stream, its arrays, its reader)."""
    clf, arrays = streamed(), InMemory()
    return write_training(clf._partial, True, Place() / "training", arrays), arrays, clf._reader


def test_what_was_written_can_be_read(written):
    content, arrays, reader = written
    found = read_training(content, Place() / "training", arrays, reader, 3)
    assert found["growing"]["masses"].keys() == {2}
    assert found["reservoir"]["seen"].dtype == np.uint64


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["reservoir"].update(shares=[0.5]),
        lambda content: content["reservoir"].update(has_trained=[True] * 4),
        lambda content: content.update(class_mass=[1.0]),
        lambda content: content["growing"].update(scale_rows=[1.0] * 7),
        lambda content: content["growing"].update(masses={"0": [1.0]}),
        lambda content: content["growing"].update(masses={"2": [1.0]}),
        lambda content: content.pop("growing"),
        lambda content: content["growing"]["recent"].update(mean=[1.0] * 7),
        lambda content: content.update(following={"total": "1", "squares": 0.0}),
        lambda content: content.update(rehearsal=content["reservoir"]),
        lambda content: content["reservoir"].update(more=1),
    ],
)
def test_what_does_not_fit_the_columns_or_the_classes_is_refused(written, change):
    content, arrays, reader = written
    content = copy.deepcopy(content)
    change(content)
    with pytest.raises(ModelFileError, match="training"):
        read_training(content, Place() / "training", arrays, reader, 3)


def test_rows_of_other_columns_are_refused(written):
    content, arrays, reader = written
    with pytest.raises(ModelFileError, match="training"):
        read_training(content, Place() / "training", arrays, reader, 2)
