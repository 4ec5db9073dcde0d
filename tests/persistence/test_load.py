"""What is loaded is what was saved: the same bits, the same report, and it goes on in the same way."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from robust_mlp import ModelFileError, RobustMLPClassifier, load_model
from robust_mlp.exceptions import DriftWarning
from tests.persistence.fitted_examples import EXAMPLES, fitted, quietly, training_table
from tests.tiny_fits import clouds, tiny


def loaded(clf, tmp_path, **options):
    """The classifier after a way through a file."""
    clf.save_model(tmp_path / "m.rmlp", **options)
    return load_model(tmp_path / "m.rmlp")


def many(rows, n=5000):
    """So many rows that they are predicted in float32."""
    places = np.arange(n) % len(rows)
    return rows.iloc[places].reset_index(drop=True) if isinstance(rows, pd.DataFrame) else rows[places]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_loaded_classifier_gives_the_same_bits(name, tmp_path):
    clf, new = fitted(name)
    again = loaded(clf, tmp_path)
    for rows in (new, many(new), new[:1]):
        np.testing.assert_array_equal(quietly(again.predict_proba, rows), quietly(clf.predict_proba, rows))
        np.testing.assert_array_equal(quietly(again.predict, rows), quietly(clf.predict, rows))
        np.testing.assert_array_equal(quietly(again.decision_function, rows), quietly(clf.decision_function, rows))


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_attribute_comes_back(name, tmp_path):
    clf, _ = fitted(name)
    again = loaded(clf, tmp_path)
    assert set(vars(again)) == set(vars(clf)) - {"_keras_model"}
    assert_same(public(again), public(clf))
    assert str(again.report_) == str(clf.report_)
    assert again.report_.to_dict() == clf.report_.to_dict()
    assert_same(again.get_params(), clf.get_params())
    assert again._plan == clf._plan and again._first_plan == clf._first_plan


def public(clf):
    """Fitted attributes without the report, which has a comparison of its own."""
    names = [name for name in vars(clf) if name[0] != "_" and name[-1] == "_" and name != "report_"]
    return {name: getattr(clf, name) for name in sorted(names)}


def assert_same(found, expected):
    """Equal values of equal types, NaN included."""
    assert type(found) is type(expected) or isinstance(expected, (np.generic, float))
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    else:
        assert found == expected or (found != found and expected != expected)


@pytest.mark.parametrize("name", ["default_ensemble", "vectors_of_levels", "dates"])
def test_saving_a_loaded_classifier_gives_the_same_bytes(name, tmp_path):
    clf, _ = fitted(name)
    clf.save_model(tmp_path / "first.rmlp")
    load_model(tmp_path / "first.rmlp").save_model(tmp_path / "second.rmlp")
    assert (tmp_path / "second.rmlp").read_bytes() == (tmp_path / "first.rmlp").read_bytes()


@pytest.mark.parametrize("name", ["numbers", "vectors_of_levels", "batch_normalization"])
def test_partial_fit_goes_on_as_if_nothing_had_happened(name, tmp_path):
    X, y = training_table(name)
    clf = pickle.loads(pickle.dumps(fitted(name)[0]))
    for _ in range(2):  # after fit, and after partial_fit, which keeps the optimizer's state
        again = loaded(clf, tmp_path)
        for one in (clf, again):
            one.partial_fit(X, y)
        np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
        assert again.loss_curve_ == clf.loss_curve_
        assert_same(public(again), public(clf))


def test_partial_fit_alone_can_be_saved(tmp_path):
    X, y = clouds()
    clf = tiny(n_members=2).partial_fit(X, y, classes=[0, 1, 2])
    again = loaded(clf, tmp_path)
    assert str(again.report_) == str(clf.report_)
    np.testing.assert_array_equal(again.partial_fit(X, y).predict_proba(X), clf.partial_fit(X, y).predict_proba(X))


def test_warm_start_goes_on_as_if_nothing_had_happened(tmp_path):
    X, y = clouds()
    clf = tiny(warm_start=True, n_members=2, early_stopping=True).fit(X, y)
    again = loaded(clf, tmp_path)
    np.testing.assert_array_equal(again.fit(X, y).predict_proba(X), clf.fit(X, y).predict_proba(X))


def test_a_loaded_classifier_warns_of_drift(tmp_path):
    clf, new = fitted("numbers")
    again = loaded(clf, tmp_path)
    with pytest.warns(DriftWarning, match="lie outside"):
        again.predict(new + 1000)


def test_the_keras_model_is_built_from_the_file(tmp_path):
    clf, new = fitted("batch_normalization")
    again = loaded(clf, tmp_path)
    rows = again._fitted.encoding.transform(new)
    np.testing.assert_allclose(again.model_.predict(rows, verbose=0), clf.predict_proba(new), atol=1e-6)


PREDICTING = """
import json, sys, warnings
import numpy as np
from robust_mlp import load_model
clf = load_model(sys.argv[1])
rows = np.load(sys.argv[2])
probabilities, labels = clf.predict_proba(rows), clf.predict(rows)
str(clf.report_)
heavy = ["tensorflow", "keras", "scikeras", "imblearn", "polars", "matplotlib", "sklearn.model_selection"]
print(json.dumps([probabilities.tolist(), labels.tolist(), [name for name in heavy if name in sys.modules]]))
"""


@pytest.mark.parametrize("name", ["default_ensemble", "prior_correction"])
def test_a_process_that_only_predicts_loads_no_heavy_library(name, tmp_path):
    clf, new = fitted(name)
    clf.save_model(tmp_path / "m.rmlp")
    np.save(tmp_path / "new.npy", new)
    arguments = [sys.executable, "-W", "error", "-c", PREDICTING, tmp_path / "m.rmlp", tmp_path / "new.npy"]
    result = subprocess.run(arguments, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    probabilities, labels, heavy = json.loads(result.stdout)
    assert heavy == []
    np.testing.assert_array_equal(probabilities, clf.predict_proba(new))
    np.testing.assert_array_equal(labels, clf.predict(new))


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "no.rmlp")
    with pytest.raises(IsADirectoryError):
        load_model(tmp_path)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "run"), "w"))

    (tmp_path / "m.rmlp").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ModelFileError) as caught:
        load_model(tmp_path / "m.rmlp")
    assert str(caught.value) == (
        f"{str(tmp_path / 'm.rmlp')!r} is no model file that save_model wrote, but a pickle, which can run any code "
        "when it is read. If you trust whoever made it, read it with joblib.load, and save the classifier "
        "with save_model."
    )
    assert not (tmp_path / "run").exists()


def test_an_estimator_that_is_not_known_is_refused(tmp_path):
    from robust_mlp.persistence.file_format.model_file import write_model_file

    write_model_file(tmp_path / "m.rmlp", "os.system", lambda arrays: {"command": "ls"})
    with pytest.raises(ModelFileError, match="is no valid model file: its kind is none of RobustMLPClassifier"):
        load_model(tmp_path / "m.rmlp")


def test_the_error_can_be_caught_as_a_value_error(tmp_path):
    (tmp_path / "m.rmlp").write_bytes(b"no such format")
    with pytest.raises(ValueError, match="is no model file, or was cut off"):
        load_model(tmp_path / "m.rmlp")
    assert issubclass(ModelFileError, ValueError)


def test_a_loaded_classifier_is_of_the_public_class(tmp_path):
    assert type(loaded(fitted("numbers")[0], tmp_path)) is RobustMLPClassifier
