"""Readers and encodings come back, and parts that do not fit together are refused before they are used."""

import io

import numpy as np
import pytest

from robust_mlp import ModelFileError, load_model
from tests.persistence.fitted_examples import fitted
from tests.persistence.rewriting import rewrite


@pytest.mark.parametrize("name", ["categories", "dates", "large_whole_numbers", "vectors_of_levels"])
def test_a_reader_comes_back(name, tmp_path):
    clf, _ = fitted(name)
    clf.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    assert again._reader.__getstate__() == clf._reader.__getstate__()
    assert [list(map(type, levels or ())) for levels in again._reader.levels] == [
        list(map(type, levels or ())) for levels in clf._reader.levels
    ]
    assert again._fitted.encoding.names_out == clf._fitted.encoding.names_out
    assert again._fitted.encoding.reader is again._reader


def npy(array):
    """The bytes of an array in an entry."""
    from robust_mlp.persistence.file_format.arrays import npy_header

    array = np.ascontiguousarray(array)
    return npy_header(array.dtype.str, False, array.shape) + array.tobytes()


def of(entries, name):
    """An array among the entries."""
    return np.load(io.BytesIO(entries[f"network/encoding/{name}.npy"]))


def put(name, change):
    """A change of one array of the encoding."""

    def apply(head, entries):
        entries[f"network/encoding/{name}.npy"] = npy(change(of(entries, name)))

    return apply


def at(array, place, value):
    array = array.copy()
    array[place] = value
    return array


def columns(head):
    return head["content"]["table"]["columns"]


WRONG = {
    "a column of numbers that is left out": put("numbers", lambda a: a[:-1]),
    "a column that is not there": put("numbers", lambda a: at(a, -1, 99)),
    "a category among the numbers": put("numbers", lambda a: at(a, 1, 1)),
    "a center too few": put("center", lambda a: a[1:]),
    "a divisor of 0": put("divisor", lambda a: at(a, 0, 0.0)),
    "a divisor below 0": put("divisor", lambda a: -a),
    "a flag of a column that is not there": put("flagged", lambda a: np.array([50])),
    "a flag before the first column": put("flagged", lambda a: np.array([-1])),
    "a piece without its width": put("piece_width", lambda a: np.append(a, 1.0)),
    "no category": put("categories", lambda a: a[:0]),
    "a category twice": put("categories", lambda a: np.append(a, a)),
    "a slot of a number": put("slots", lambda a: at(a, 0, 0)),
    "a slot far away": put("slots", lambda a: at(a, 0, 10**9)),
    "a slot below -1": put("slots", lambda a: at(a, 0, -2)),
    "a slot too few": put("slots", lambda a: a[:-1]),
    "a level more": lambda head, entries: columns(head)[1]["levels"].append("Lugano"),
    "a level twice": lambda head, entries: columns(head)[1].update(levels=["Bern", "Bern", "Genf"]),
    "levels of a number": lambda head, entries: columns(head)[0].update(levels=["a"]),
    "a kind that is none": lambda head, entries: columns(head)[0].update(kind="text"),
    "a column without a name": lambda head, entries: columns(head)[0].update(name=None),
    "no column": lambda head, entries: head["content"]["table"].update(columns=[]),
    "an output too many": lambda head, entries: head["content"]["network"]["encoding"].update(n_outputs=40),
    "a scale that is none": lambda head, entries: head["content"]["network"]["encoding"].update(scale="log"),
    "an encoding without centers": lambda head, entries: head["content"]["network"]["encoding"].pop("center"),
    "inputs that are none": lambda head, entries: head["content"]["table"].update(inputs=["number"] * 3 + ["os"]),
    "inputs of other columns": lambda head, entries: head["content"]["table"].update(inputs=["number"] * 3),
    "another number of features": lambda head, entries: head["content"]["features"].update(number=3),
    "a name too few": lambda head, entries: head["content"]["features"]["names"].pop(),
}


@pytest.mark.parametrize("name", WRONG)
def test_parts_that_do_not_fit_together_are_refused(name, tmp_path):
    fitted("categories")[0].save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", WRONG[name])
    with pytest.raises(ModelFileError, match=r"is no valid model file: [a-z]"):
        load_model(tmp_path / "m.rmlp")


WRONG_VECTORS = {
    "a code below 0": put("level_codes", lambda a: at(a, 0, -1)),
    "a code without a vector": put("level_codes", lambda a: at(a, 0, 10**6)),
    "a code too few": put("level_codes", lambda a: a[1:]),
    "a column that is one-hot, too": put("categories", lambda a: np.array([4])),
}


@pytest.mark.parametrize("name", WRONG_VECTORS)
def test_codes_without_vectors_are_refused(name, tmp_path):
    fitted("vectors_of_levels")[0].save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", WRONG_VECTORS[name])
    with pytest.raises(ModelFileError, match=r"is no valid model file: [a-z]"):
        load_model(tmp_path / "m.rmlp")


WRONG_DATES = {
    "a part that is none": {"parts": ["century"]},
    "a date beyond 64 bits": {"first": 2**63},
    "a kind that is none": {"kind": "os"},
    "a field more": {"command": "ls"},
    "a part more": {"parts": ["month", "day", "weekday", "hour", "year"]},
}


@pytest.mark.parametrize("name", WRONG_DATES)
def test_wrong_dates_are_refused(name, tmp_path):
    fitted("dates")[0].save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", lambda head, entries: head["content"]["table"]["inputs"][0].update(WRONG_DATES[name]))
    with pytest.raises(ModelFileError, match=r"is no valid model file: [a-z]"):
        load_model(tmp_path / "m.rmlp")


def test_a_range_too_few_is_refused(tmp_path):
    def shorten(head, entries):
        entries["attributes/ranges/low.npy"] = npy(np.zeros(2))

    fitted("categories")[0].save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", shorten)
    with pytest.raises(ModelFileError, match="_ranges must be arrays of 4 numbers"):
        load_model(tmp_path / "m.rmlp")
