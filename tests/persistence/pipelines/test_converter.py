"""skl2onnx: pipelines that end in the classifier are converted, in every type that their steps hand on."""

import sys

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import skl2onnx
from numpy.testing import assert_allclose, assert_array_equal
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from robust_mlp import PriorShiftClassifier, register_onnx_converter
from tests.tiny_fits import clouds, tiny

NUMBERS, TEXTS = ["a", "b", "c"], ["colour", "town"]


@pytest.fixture(autouse=True)
def registered():
    register_onnx_converter()


def run(model, feed):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feed)


def table(n_rows=120):
    """Numbers and texts, with labels."""
    X, y = clouds(n_rows, 3)
    frame = pd.DataFrame(X, columns=NUMBERS)
    rng = np.random.default_rng(0)
    frame["colour"] = rng.choice(np.array(["red", "green", "blue"], dtype=object), n_rows)
    frame["town"] = rng.choice(np.array(["A", "B", "never"], dtype=object), n_rows)
    return frame, y


def types(of_numbers=DoubleTensorType):
    return [(name, of_numbers([None, 1])) for name in NUMBERS] + [(name, StringTensorType([None, 1])) for name in TEXTS]


def feed_of(X):
    return {name: np.array(X[[name]]) for name in X}  # a copy, which may be written to


@pytest.mark.parametrize("dtype, digits", [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_a_scaler_before_the_classifier(dtype, digits):
    X, y = clouds()
    pipeline = make_pipeline(StandardScaler(), tiny(n_members=2)).fit(X, y)
    model = skl2onnx.to_onnx(pipeline, X[:1].astype(dtype), options={"zipmap": False})
    label, probabilities = run(model, {"X": X.astype(dtype)})
    assert probabilities.dtype == dtype
    assert_allclose(probabilities, pipeline.predict_proba(X), rtol=0, atol=digits)
    assert_array_equal(label, pipeline.predict(X))


def test_encoded_texts_beside_scaled_numbers():
    X, y = table()
    columns = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), TEXTS))
    pipeline = make_pipeline(columns, tiny(decision="balanced")).fit(X, np.array(["u", "v", "w"])[y])
    model = skl2onnx.convert_sklearn(pipeline, initial_types=types(), options={"zipmap": False})
    label, probabilities = run(model, feed_of(X))
    assert_allclose(probabilities, pipeline.predict_proba(X), rtol=0, atol=1e-12)
    assert_array_equal(label, pipeline.predict(X))


@pytest.mark.parametrize("of_numbers, digits", [(DoubleTensorType, 1e-12), (FloatTensorType, 1e-4)])
def test_the_classifier_alone_takes_an_input_for_each_column(of_numbers, digits):
    X, y = table()
    pipeline = make_pipeline(tiny()).fit(X, y > 0)
    model = skl2onnx.convert_sklearn(pipeline, initial_types=types(of_numbers), options={"zipmap": False})
    feed = feed_of(X.astype(dict.fromkeys(NUMBERS, np.float64 if of_numbers is DoubleTensorType else np.float32)))
    feed["town"][0], feed["colour"][1] = "unknown", "nan"
    label, probabilities = run(model, feed)
    expected = pipeline.predict_proba(X.assign(town=feed["town"][:, 0], colour=feed["colour"][:, 0]))
    assert_allclose(probabilities, expected, rtol=0, atol=digits)
    assert label.dtype == np.int64


def test_texts_beside_scaled_numbers_come_in_one_matrix_of_texts():
    X, y = table()
    columns = make_column_transformer((StandardScaler(), NUMBERS), ("passthrough", TEXTS))
    pipeline = make_pipeline(columns, tiny(categorical_features=[3, 4])).fit(X, y)
    model = skl2onnx.convert_sklearn(pipeline, initial_types=types(), options={"zipmap": False})
    label, probabilities = run(model, feed_of(X))
    assert_allclose(probabilities, pipeline.predict_proba(X), rtol=0, atol=1e-6)
    assert_array_equal(label, pipeline.predict(X))


def test_dates_are_whole_numbers():
    X, y = clouds(n_columns=1)
    dates = np.datetime64("2020-01-01", "us") + (X[:, 0] * 1e12).astype("timedelta64[us]")
    frame = pd.DataFrame({"date": dates, "x": X[:, 0]})
    clf = tiny().fit(frame, y)
    kinds = [("date", Int64TensorType([None, 1])), ("x", DoubleTensorType([None, 1]))]
    model = skl2onnx.convert_sklearn(clf, initial_types=kinds, options={"zipmap": False})
    feed = {"date": dates.astype(np.int64)[:, np.newaxis], "x": X}
    assert_allclose(run(model, feed)[1], clf.predict_proba(frame), rtol=0, atol=1e-12)
    with pytest.raises(ValueError, match=r"Column 'date' of the classifier needs int64, and comes in as Double"):
        skl2onnx.convert_sklearn(clf, initial_types=[("date", DoubleTensorType([None, 1])), kinds[1]])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_by_default_rows_are_dicts_as_skl2onnx_has_them(dtype):
    X, y = clouds()
    clf = tiny().fit(X, y)
    label, rows = run(skl2onnx.to_onnx(clf, X[:1].astype(dtype)), {"X": X.astype(dtype)})
    assert_array_equal(label, clf.predict(X))
    assert_allclose([[row[0], row[1], row[2]] for row in rows], clf.predict_proba(X), atol=1e-6)


def test_columns_and_numbers_of_classes_as_options():
    X, y = clouds()
    clf = tiny().fit(X, np.array(["u", "v", "w"])[y])
    by_column = run(skl2onnx.to_onnx(clf, X[:1], options={"zipmap": "columns"}), {"X": X})
    assert_allclose(np.column_stack(by_column[1:]), clf.predict_proba(X), atol=1e-12)
    label, _ = run(skl2onnx.to_onnx(clf, X[:1], options={"zipmap": False, "nocl": True}), {"X": X})
    assert_array_equal(clf.classes_[label], clf.predict(X))


@pytest.mark.parametrize("opset", [13, 15, 17, 21])
def test_older_and_newer_operators(opset):
    X, y = clouds()
    clf = tiny(n_members=2, activation="gelu").fit(X, y)
    model = skl2onnx.to_onnx(clf, X[:1], options={"zipmap": False}, target_opset=opset)
    assert {entry.domain: entry.version for entry in model.opset_import}[""] <= opset
    assert_allclose(run(model, {"X": X})[1], clf.predict_proba(X), atol=1e-12)


def test_operators_that_are_too_old_are_refused():
    X, y = clouds()
    with pytest.raises(ValueError, match=r"needs version 13 of ONNX's operators .* target_opset asks for 12"):
        skl2onnx.to_onnx(tiny().fit(X, y), X[:1], target_opset=12)


@pytest.mark.parametrize("n_columns", [3, 5])
def test_other_columns_than_in_training_are_refused(n_columns):
    X, y = clouds()
    clf = tiny().fit(pd.DataFrame(X, columns=list("abcd")), y)
    kinds = [(f"c{j}", DoubleTensorType([None, 1])) for j in range(n_columns)]
    with pytest.raises(ValueError, match=rf"The inputs have {n_columns} columns, and the classifier was fitted to 4"):
        skl2onnx.convert_sklearn(clf, initial_types=kinds)


def test_numbers_in_the_place_of_texts_are_refused():
    X, y = table()
    kinds = [(name, DoubleTensorType([None, 1])) for name in [*NUMBERS, *TEXTS]]
    with pytest.raises(ValueError, match=r"Column 'colour' of the classifier needs texts, and comes in as Double"):
        skl2onnx.convert_sklearn(tiny().fit(X, y), initial_types=kinds)


def test_without_the_package_the_error_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'robust-mlp\[skl2onnx\]'"):
        register_onnx_converter()


@pytest.mark.parametrize("dtype, digits", [(np.float64, 1e-12), (np.float32, 1e-4)])
def test_an_adapted_classifier_behind_a_scaler(dtype, digits):
    X, y = clouds(n_classes=3)
    scaler = StandardScaler().fit(X)
    shifted = PriorShiftClassifier(tiny(), alpha=1.0).fit(scaler.transform(X), y).adapt(scaler.transform(X[y != 2]))
    assert shifted.offsets_.any()
    pipeline = make_pipeline(scaler, shifted)
    model = skl2onnx.to_onnx(pipeline, X[:1].astype(dtype), options={"zipmap": False})
    label, probabilities = run(model, {"X": X.astype(dtype)})
    assert_allclose(probabilities, pipeline.predict_proba(X), rtol=0, atol=digits)
    assert_array_equal(label, pipeline.predict(X))


def test_an_adapted_classifier_around_a_pipeline_is_refused_by_name():
    X, y = clouds()
    shifted = PriorShiftClassifier(make_pipeline(StandardScaler(), tiny())).fit(X, y)
    with pytest.raises(TypeError, match="was given a PriorShiftClassifier around a Pipeline"):
        skl2onnx.to_onnx(shifted, X[:1], options={"zipmap": False})
