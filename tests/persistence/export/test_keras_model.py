"""`to_keras`: raw columns in, probabilities of the classifier out, in files that load without this package."""

import json
import pickle
import subprocess
import sys
import warnings

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from robust_mlp import PriorShiftClassifier, RobustMLPClassifier
from robust_mlp.persistence.export import keras_model
from tests.effect_members import fitted_with_effects
from tests.persistence.export.adapted import ADAPTED, adapted
from tests.persistence.export.raw_feeds import raw_feed
from tests.persistence.export.small_tables import answers, fitted, table
from tests.tiny_fits import clouds, tiny

# One for each kind of column, scaling, network and label; what they share with the others is tested by its parts.
TABLES = [
    "missing", "one column", "constant columns", "unscaled in pieces", "robust", "deep, normalized", "many classes",
    "corrected", "frame", "array of objects", "levels that are numbers", "intervals", "times", "many levels only",
    "many levels that are numbers",
]  # fmt: skip


def feed_of(name):
    feed = raw_feed(fitted(name), table(name).X_new)
    return feed["X"] if list(feed) == ["X"] else feed


@pytest.mark.parametrize("name", TABLES)
def test_probabilities_are_those_of_the_classifier(name):
    found = np.asarray(fitted(name).to_keras()(feed_of(name)))
    assert found.dtype == np.float64
    assert_allclose(found, answers(name)[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["missing", "frame", "many levels"])
def test_the_network_may_be_computed_in_float32(name):
    found = np.asarray(fitted(name).to_keras(dtype="float32")(feed_of(name)))
    assert found.dtype == np.float32
    assert_allclose(found, answers(name)[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ADAPTED)
def test_adapted_probabilities_are_in_the_model(name, tmp_path):
    shifted, X = adapted(name)
    feed = raw_feed(shifted.estimator_, X)
    feed = feed["X"] if list(feed) == ["X"] else feed
    for dtype, digits in (("float64", 1e-12), ("float32", 1e-5)):
        model = shifted.to_keras(dtype=dtype)
        model.save(tmp_path / "model.keras")
        with warnings.catch_warnings():
            # A column whose name no tensor may have: the guide says so.
            warnings.filterwarnings("ignore", message="When providing `inputs` as a dict")
            loaded = keras.models.load_model(tmp_path / "model.keras", safe_mode=True)
        for one in (model, loaded):
            found = np.asarray(one(feed))
            assert found.dtype == dtype
            assert_allclose(found, shifted.predict_proba(X), rtol=0, atol=digits)


# What a process without this package does with the files, and what it prints.
LOADING = """
import json, pickle, sys
import numpy as np
import keras
import tensorflow as tf

sys.modules["robust_mlp"] = None  # an import of it would fail
with open("feed.pickle", "rb") as file:
    feed = pickle.load(file)
tensors = {key: tf.constant(value) for key, value in feed.items()} if isinstance(feed, dict) else tf.constant(feed)
by_keras = keras.models.load_model("model.keras", safe_mode=True).predict_on_batch(feed)
saved = tf.saved_model.load("saved")
by_tensorflow = saved.serve(tensors)
print(json.dumps([np.asarray(by_keras).tolist(), np.asarray(by_tensorflow).tolist()]))
"""


@pytest.mark.parametrize("name", ["frame", "times", "many levels that are numbers"])
def test_files_load_in_a_process_without_this_package(name, tmp_path):
    model, feed = fitted(name).to_keras(), feed_of(name)
    model.save(tmp_path / "model.keras")
    model.export(tmp_path / "saved", verbose=False)
    (tmp_path / "feed.pickle").write_bytes(pickle.dumps(feed))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADING], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    for found in json.loads(done.stdout.splitlines()[-1]):
        assert_allclose(np.array(found), answers(name)[0], rtol=0, atol=1e-12)


def test_a_file_with_plain_names_loads_without_a_warning(tmp_path):
    X, y = clouds()
    clf = tiny().fit(pd.DataFrame(X, columns=list("abcd")), y)
    clf.to_keras().save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")  # a warning would be an error here
    assert sorted(loaded.input) == list("abcd")


def test_inputs_have_the_names_and_types_of_the_columns():
    model = fitted("times").to_keras()
    assert {name: tensor.dtype for name, tensor in model.input.items()} == {
        "sold": "int64", "day": "int64", "seen in Zurich": "int64", "took": "float64", "id": "int64",
        "clock": "float64",
    }  # fmt: skip
    assert {name: fitted("frame").to_keras().input[name].dtype for name in ("colour", "grade")} == {
        "colour": "string",
        "grade": "float64",
    }
    matrix = fitted("numbers").to_keras().input
    assert (matrix.name, matrix.dtype, matrix.shape) == ("X", "float64", (None, 4))


def test_columns_may_be_called_like_operations_and_layers():
    X, y = clouds(n_columns=6)
    names = ["add", "network", "robust_mlp_classifier", "a/b", "a_b", "A_B"]
    clf = tiny().fit(pd.DataFrame(X, columns=names), y)
    found = clf.to_keras()({name: X[:, [j]] for j, name in enumerate(names)})
    assert_allclose(np.asarray(found), clf.predict_proba(pd.DataFrame(X, columns=names)), atol=1e-12)


@pytest.mark.parametrize(
    "columns, expected",
    [
        (["a", "b c", "ä"], ["a", "b_c", "x_"]),
        (["a/b", "a b", "A_B"], ["a_b", "a_b_1", "A_B_2"]),
        (["_a", "-", "1"], ["x_a", "x-", "1"]),
    ],
)
def test_tensors_have_names_that_tensorflow_takes(columns, expected):
    assert keras_model._tensor_names(columns) == expected


def test_a_tensor_of_rows_and_a_data_set_are_answered_without_rounding():
    X, y = clouds()
    X = X / 10 + 1e6  # float32 keeps a tenth of this
    clf = tiny().fit(X, y)
    model, expected = clf.to_keras(), clf.predict_proba(X)
    assert_allclose(model(tf.constant(X)), expected, atol=1e-12)
    assert_allclose(model.predict(tf.data.Dataset.from_tensor_slices(X).batch(32), verbose=0), expected, atol=1e-12)
    assert abs(model.predict(X, verbose=0) - expected).max() > 1e-6  # which is why the documentation warns of it


def test_the_model_of_encoded_rows_stays_what_it_is():
    clf = fitted("frame")
    assert clf.model_.input_shape == (None, clf._fitted.encoding.n_outputs)
    assert clf.to_keras() is not clf.to_keras()


def test_the_texts_that_stand_for_a_missing_value_are_the_users():
    X = pd.DataFrame({"c": ["a", "b", None] * 40, "x": np.arange(120.0)})
    clf = tiny(learning_rate=0.1, max_iter=20).fit(X, X["c"].isna())
    row = {"c": np.array([["NA"]], object), "x": np.array([[5.0]])}
    missing, unknown = (
        clf.predict_proba(pd.DataFrame({"c": pd.Series([cell], dtype=object), "x": [5.0]})) for cell in (None, "?")
    )
    assert_allclose(clf.to_keras(missing_texts=("NA",))(row), missing, atol=1e-12)
    assert_allclose(clf.to_keras()(row), unknown, atol=1e-12)
    assert abs(missing - unknown).max() > 1e-3


def test_what_cannot_be_converted_is_refused():
    with pytest.raises(NotFittedError):
        RobustMLPClassifier().to_keras()
    with pytest.raises(ValueError, match="dtype='float16' is not one of"):
        fitted("numbers").to_keras(dtype="float16")
    with pytest.raises(NotFittedError):
        PriorShiftClassifier(RobustMLPClassifier()).to_keras()
    X, y = clouds()
    with pytest.raises(TypeError, match="was given a PriorShiftClassifier around a LogisticRegression"):
        PriorShiftClassifier(LogisticRegression()).fit(X, y).to_keras()


@pytest.mark.parametrize("dtype, digits", [("float64", 1e-12), ("float32", 1e-5)])
def test_members_that_see_effects_are_in_the_model_and_in_its_file(dtype, digits, tmp_path):
    clf, X = fitted_with_effects()
    model = clf.to_keras(dtype=dtype)
    model.save(tmp_path / "model.keras")
    for one in (model, keras.models.load_model(tmp_path / "model.keras", safe_mode=True)):
        assert_allclose(np.asarray(one(raw_feed(clf, X))), clf.predict_proba(X), rtol=0, atol=digits)
