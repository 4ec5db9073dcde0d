"""A model file gives back what was saved, and a foreign or later one is refused."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp import __version__
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._model_files import SECTION, SavedModel, check_columns, load_model, save_model
from robust_mlp.cli._table_options import Columns
from robust_mlp.cli._tables import Table, features, read_table
from tests.cli.examples import assert_mistake, write_old_pickle
from tests.persistence.rewriting import rewrite
from tests.tiny_fits import clouds, tiny


def test_a_saved_model_predicts_as_before(trained, tmp_path):
    folder, _ = trained
    model = load_model(str(folder / "m.rmlp"))
    assert model.kinds == {"x": "number", "z": "number", "town": "category", "is_new": "category"}
    assert (model.target, model.missing, model.identifier) == ("label", None, None)
    columns = Columns(as_text=frozenset(["town", "is_new"]))
    X = features(read_table(folder / "data.csv", columns=columns).frame, model.kinds, "data.csv")
    save_model(model, tmp_path / "again.rmlp")
    assert (tmp_path / "again.rmlp").read_bytes() == (folder / "m.rmlp").read_bytes()
    again = load_model(str(tmp_path / "again.rmlp"))
    np.testing.assert_array_equal(again.classifier.predict_proba(X), model.classifier.predict_proba(X))


def test_a_pickle_of_another_format_is_refused_with_both_versions(run, trained):
    folder, _ = trained
    write_old_pickle(folder / "m.rmlp", "later.joblib", format_version=99, robust_mlp_version="9.9")
    message = f"'later.joblib' was written by robust_mlp 9.9 in format 99; this is {__version__}, which reads format 1."
    assert_mistake(run("predict", "later.joblib", folder / "data.csv", "--trust-pickle"), message)


MODEL = SavedModel(classifier=None, target="label", kinds={"x": "number", "town": "category"})


def test_a_model_saved_in_python_says_how_to_go_on(run, trained):
    folder, _ = trained
    X, y = clouds()
    tiny().fit(X, y).save_model("python.rmlp")
    message = "'python.rmlp' was saved in Python and does not say how the columns of a file are read. Predict with *"
    assert_mistake(run("predict", "python.rmlp", folder / "data.csv"), message)


@pytest.mark.parametrize(
    "change",
    [
        {"target": None},
        {"kinds": {"x": "text"}},
        {"kinds": []},
        {"missing": [1]},
        {"identifier": 5},
        {"more": 1},
    ],
)
def test_a_section_that_was_changed_is_refused(change, trained, tmp_path):
    folder, _ = trained
    path = tmp_path / "m.rmlp"
    rewrite(folder / "m.rmlp", lambda head, entries: head["more"][SECTION].update(change), path)
    with pytest.raises(InputError, match=r"is no valid model file: more\.command_line"):
        load_model(str(path))


def test_what_a_file_cannot_hold_is_a_mistake_of_the_user(tmp_path):
    X, y = clouds()
    clf = tiny().fit(X, y)
    clf.note_ = 1
    with pytest.raises(InputError, match="--model-out: A model file does not know these attributes"):
        save_model(SavedModel(classifier=clf, target="y", kinds={}), tmp_path / "m.rmlp")


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(InputError) as caught:
        load_model("no.rmlp")
    assert str(caught.value) == "there is no file 'no.rmlp'."


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
