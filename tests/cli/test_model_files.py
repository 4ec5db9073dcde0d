"""A model file gives back what was saved, and a foreign or later one is refused."""

import pickle
import re

import joblib
import numpy as np
import pandas as pd
import pytest

from robust_mlp import __version__
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._model_files import (
    FORMAT,
    FORMAT_VERSION,
    SavedModel,
    check_columns,
    load_model,
    save_model,
)
from robust_mlp.cli._table_options import Columns
from robust_mlp.cli._tables import Table, features, read_table
from tests.cli.examples import assert_mistake


def test_a_saved_model_predicts_after_pickling_as_before(trained):
    folder, _ = trained
    model = joblib.load(folder / "m.joblib")
    assert model["kinds"] == {"x": "number", "z": "number", "town": "category", "is_new": "category"}
    columns = Columns(as_text=frozenset(["town", "is_new"]))
    X = features(read_table(folder / "data.csv", columns=columns).frame, model["kinds"], "data.csv")
    again = pickle.loads(pickle.dumps(model["classifier"]))
    np.testing.assert_array_equal(again.predict_proba(X), model["classifier"].predict_proba(X))


def test_a_model_of_another_format_is_refused_with_both_versions(run, trained):
    folder, _ = trained
    content = joblib.load(folder / "m.joblib")
    joblib.dump({**content, "format_version": 99, "robust_mlp_version": "9.9"}, "later.joblib")
    message = f"'later.joblib' was written by robust_mlp 9.9 in format 99; this is {__version__}, which reads format 1."
    assert_mistake(run("predict", "later.joblib", folder / "data.csv"), message)


MODEL = SavedModel(classifier={"any": "object"}, target="label", kinds={"x": "number", "town": "category"})


def test_what_is_read_is_what_was_written(tmp_path):
    path = str(tmp_path / "m.joblib")
    save_model(MODEL, path)
    assert load_model(path) == MODEL
    assert MODEL.robust_mlp_version == __version__
    assert list(load_model(path).kinds) == ["x", "town"]  # in the order of the fit


def test_the_file_says_what_it_is(tmp_path):
    save_model(MODEL, tmp_path / "m.joblib")
    content = joblib.load(tmp_path / "m.joblib")
    assert (content["format"], content["format_version"]) == (FORMAT, FORMAT_VERSION)


@pytest.mark.parametrize(
    "write, reason",
    [
        (lambda path: path.write_bytes(b"no such format"), r" \(\w+ while reading it\.\)"),
        (lambda path: joblib.dump({"weights": [1]}, path), ""),
        (lambda path: joblib.dump([1, 2], path), ""),
    ],
)
def test_a_foreign_file_is_no_model(write, reason, tmp_path):
    path = tmp_path / "m.joblib"
    write(path)
    with pytest.raises(InputError) as caught:
        load_model(str(path))
    refusal = re.escape(f"{str(path)!r} is no model that `robust-mlp fit --model-out` wrote.")
    assert re.fullmatch(refusal + reason, str(caught.value))


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(InputError) as caught:
        load_model("no.joblib")
    assert str(caught.value) == "there is no file 'no.joblib'."


def table(frame):
    """A frame as it was read from t.csv."""
    return Table(frame=frame, names=tuple(frame.columns), shown="'t.csv'", is_text=True)


def test_columns_may_be_more_and_in_another_order_and_none_may_lack():
    check_columns(MODEL, table(pd.DataFrame({"town": ["a"], "more": [1], "x": [2]})))
    with pytest.raises(InputError) as caught:
        check_columns(MODEL, table(pd.DataFrame({"X": [1], "towns": ["a"]})))
    assert str(caught.value) == "'t.csv' lacks 2 of the model's 2 columns: 'x', 'town'. There is: X, towns."


def test_of_many_missing_columns_the_first_are_named():
    model = SavedModel(classifier=None, target="y", kinds=dict.fromkeys("abcdefgh", "number"))
    with pytest.raises(InputError) as caught:
        check_columns(model, table(pd.DataFrame({"a": [1]})))
    assert str(caught.value) == ("'t.csv' lacks 7 of the model's 8 columns: 'b', 'c', 'd', 'e', 'f', .... There is: a.")
