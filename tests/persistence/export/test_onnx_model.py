"""`to_onnx`: raw columns in, labels and probabilities of the classifier out, for tables of every kind."""

import json
import pickle
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from robust_mlp import RobustMLPClassifier, to_onnx
from robust_mlp.persistence.export import onnx_model
from tests.effect_members import fitted_with_effects
from tests.persistence.export.adapted import ADAPTED, adapted
from tests.persistence.export.raw_feeds import raw_feed
from tests.persistence.export.small_tables import TABLES, answers, fitted, frame, labels, levels, table
from tests.tiny_fits import clouds, tiny

# The first is what is promised to 1e-6: probabilities are sums of the same float64 numbers.
DIGITS = {"float64": 1e-12, "float32": 1e-5}


def session_of(model):
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def run(model, feed):
    return session_of(model).run(None, feed)


@pytest.mark.parametrize("name", TABLES)
def test_labels_and_probabilities_are_those_of_the_classifier(name):
    clf, (probabilities, labels) = fitted(name), answers(name)
    feed = raw_feed(clf, table(name).X_new)
    for dtype, digits in DIGITS.items():
        label, found = run(to_onnx(clf, dtype=dtype), feed)
        assert found.dtype == dtype
        assert_allclose(found, probabilities, rtol=0, atol=digits)
        assert_array_equal(label, labels)
        assert label.dtype.kind == {"U": "O", "u": "i"}.get(labels.dtype.kind, labels.dtype.kind)


def test_members_of_all_kinds_were_compared():
    clf = fitted("missing")
    assert clf.n_members_ > 1 and clf.n_additive_members_ > 0 and clf.n_radial_members_ > 0
    assert fitted("many levels")._fitted.encoding.embedded.size == 1
    assert fitted("frame")._fitted.encoding.flagged.size > 0
    assert fitted("corrected")._fitted.offsets.any()
    assert fitted("learned decision").decision_offsets_.any()


def native_feed(session, X):
    """A frame as a user hands it in, with NaN and None in columns of texts."""
    return {i.name: X[[i.name]].to_numpy(object if i.type == "tensor(string)" else float) for i in session.get_inputs()}


def test_a_frame_is_fed_as_it_is():
    X = frame(60)[["age", "town", "grade", "smoker"]].astype({"grade": float})
    X["pet"] = pd.Categorical(levels(60, ["cat", "dog", np.nan, None, pd.NA]))
    clf = tiny().fit(X, labels(X.to_numpy()))
    session = session_of(to_onnx(clf))
    feed = native_feed(session, X)
    assert {type(value) for value in feed["town"].ravel()} - {str} <= {float, type(None)}  # by the version of pandas
    assert {type(value) for value in feed["pet"].ravel()} == {str, float}
    assert_allclose(session.run(None, feed)[1], clf.predict_proba(X), rtol=0, atol=1e-12)


def test_where_nan_is_a_level_an_empty_text_is_missing():
    X = pd.DataFrame({"c": ["nan", "b", None] * 40, "x": np.arange(120.0)})
    clf = tiny(learning_rate=0.1, max_iter=20).fit(X, X["c"].isna())
    _, found = run(to_onnx(clf), {"c": np.array([["nan"], [""]], object), "x": np.array([[5.0], [5.0]])})
    expected = clf.predict_proba(pd.DataFrame({"c": ["nan", None], "x": [5.0, 5.0]}))
    assert_allclose(found, expected, atol=1e-12)


def test_one_row_and_many_rows_are_answered_alike():
    clf, X = fitted("frame"), table("frame").X_new
    model, feed = to_onnx(clf), raw_feed(clf, X)
    _, together = run(model, feed)
    _, alone = run(model, {name: values[:1] for name, values in feed.items()})
    assert_allclose(alone, together[:1], rtol=0, atol=1e-14)


def test_inputs_and_outputs_say_what_they_are():
    session = session_of(to_onnx(fitted("times")))
    assert {i.name: i.type for i in session.get_inputs()} == {
        "sold": "tensor(int64)", "day": "tensor(int64)", "seen in Zurich": "tensor(int64)", "took": "tensor(double)",
        "id": "tensor(int64)", "clock": "tensor(double)",
    }  # fmt: skip
    assert {tuple(i.shape) for i in session.get_inputs()} == {("n_rows", 1)}
    described = {value.name: value.doc_string for value in to_onnx(fitted("times")).graph.input}
    assert "clocks in Europe/Zurich" in described["seen in Zurich"]
    (matrix,) = session_of(to_onnx(fitted("numbers"))).get_inputs()
    assert (matrix.name, matrix.type, matrix.shape) == ("X", "tensor(double)", ["n_rows", 4])
    label, probabilities = session_of(to_onnx(fitted("missing"), dtype="float32")).get_outputs()
    assert (label.name, label.type, label.shape) == ("label", "tensor(string)", ["n_rows"])
    assert (probabilities.name, probabilities.type, probabilities.shape) == (
        "probabilities",
        "tensor(float)",
        ["n_rows", 2],
    )


def test_the_model_holds_the_classes_and_an_opset_that_old_runtimes_know():
    model = to_onnx(fitted("missing"))
    assert {entry.domain: entry.version for entry in model.opset_import} == {"": 17, "ai.onnx.ml": 3}
    assert model.ir_version == 8
    assert json.loads({p.key: p.value for p in model.metadata_props}["classes"]) == ["no", "yes, it is"]
    onnx.checker.check_model(model, full_check=True)


@pytest.mark.parametrize("missing_texts, is_missing", [(("unknown",), True), (("",), False)])
def test_the_texts_that_stand_for_a_missing_value_are_the_users(missing_texts, is_missing):
    X = pd.DataFrame({"c": ["a", "b", None] * 40, "x": np.arange(120.0)})
    clf = tiny(learning_rate=0.1, max_iter=20).fit(X, X["c"].isna())
    _, found = run(
        to_onnx(clf, missing_texts=missing_texts), {"c": np.array([["unknown"]], object), "x": np.array([[5.0]])}
    )
    expected = clf.predict_proba(
        pd.DataFrame({"c": pd.Series([None if is_missing else "?"], dtype=object), "x": [5.0]})
    )
    assert_allclose(found, expected, atol=1e-12)


def test_columns_may_be_called_like_outputs_and_nodes():
    X, y = clouds(n_columns=6)
    X = pd.DataFrame(X, columns=["label", "probabilities", "sub", "center", "label_", "matmul"])
    clf = tiny().fit(X, y)
    model = to_onnx(clf)
    assert [o.name for o in model.graph.output] == ["label_2", "probabilities_"]
    assert_allclose(run(model, raw_feed(clf, X))[1], clf.predict_proba(X), atol=1e-12)


def test_a_name_is_given_once():
    unique_name = onnx_model._names({"a"})
    assert [unique_name("a"), unique_name("a"), unique_name("b"), unique_name("a")] == ["a_", "a_2", "b", "a_3"]


def test_a_classifier_that_was_trained_in_parts_is_converted():
    X, y = clouds()
    clf = tiny().partial_fit(X, y, classes=[0, 1, 2, 3])
    label, found = run(to_onnx(clf), {"X": X})
    assert found.shape == (len(X), 4)
    assert_allclose(found, clf.predict_proba(X), atol=1e-12)
    assert_array_equal(label, clf.predict(X))


def test_the_file_holds_the_model_and_replaces_an_old_one(tmp_path):
    path = tmp_path / "model.onnx"
    path.write_text("old")
    model = to_onnx(fitted("numbers"), path)
    assert onnx.load(path) == model
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


def test_the_same_classifier_gives_the_same_bytes_also_from_its_pickle():
    clf = fitted("frame")
    assert to_onnx(clf).SerializeToString() == to_onnx(pickle.loads(pickle.dumps(clf))).SerializeToString()


@pytest.mark.parametrize(
    "arguments, message",
    [({"dtype": "float16"}, "dtype='float16' is not one of"), ({"missing_texts": "NA"}, "is no sequence of texts")],
)
def test_a_parameter_out_of_range_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        to_onnx(fitted("numbers"), **arguments)


def test_what_is_no_fitted_classifier_of_ours_is_refused():
    with pytest.raises(NotFittedError):
        to_onnx(RobustMLPClassifier())
    with pytest.raises(TypeError, match=r"was given a LogisticRegression\. For a Pipeline around one, call"):
        to_onnx(LogisticRegression())


@pytest.mark.parametrize("name", ADAPTED)
def test_adapted_probabilities_are_in_the_graph(name):
    shifted, X = adapted(name)
    feed = raw_feed(shifted.estimator_, X)
    for dtype, digits in DIGITS.items():
        label, found = run(to_onnx(shifted, dtype=dtype), feed)
        assert_allclose(found, shifted.predict_proba(X), rtol=0, atol=digits)
        assert_array_equal(label, shifted.predict(X))


def test_a_model_beyond_the_limit_of_files_is_refused(monkeypatch):
    monkeypatch.setattr(onnx_model, "LARGEST_FILE", 1000)
    with pytest.raises(ValueError, match=r"GiB, and ONNX files hold less than 2\. Pass dtype='float32'"):
        to_onnx(fitted("numbers"))


def test_without_the_package_the_error_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'robust-mlp\[onnx\]'"):
        to_onnx(fitted("numbers"))


def test_conversion_in_a_fresh_process_needs_neither_tensorflow_nor_keras(tmp_path):
    path = tmp_path / "clf.pickle"
    path.write_bytes(pickle.dumps(fitted("frame")))
    body = f"""
import pickle, sys
from robust_mlp import to_onnx
to_onnx(pickle.load(open({str(path)!r}, "rb")), {str(tmp_path / "model.onnx")!r})
print(sorted({{"tensorflow", "keras", "skl2onnx"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", body], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
    assert_allclose(
        run(onnx.load(tmp_path / "model.onnx"), raw_feed(fitted("frame"), table("frame").X_new))[1],
        answers("frame")[0],
        atol=1e-12,
    )


@pytest.mark.parametrize(
    "classes, expected",
    [
        (np.array([1, 2], dtype=np.int8), np.int64),
        (np.array([1, 2], dtype=np.uint64), np.int64),
        (np.array([1, 2**63], dtype=np.uint64), np.uint64),
        (np.array([1.0, 2.0], dtype=np.float32), np.float64),
        (np.array([False, True]), np.bool_),
    ],
)
def test_labels_have_the_types_that_users_of_onnx_expect(classes, expected):
    found = onnx_model.onnx_classes(classes)
    assert found.dtype == expected
    assert_array_equal(found, classes)


def test_members_that_see_effects_are_in_the_model():
    clf, X = fitted_with_effects()
    for dtype, digits in DIGITS.items():
        label, found = run(to_onnx(clf, dtype=dtype), raw_feed(clf, X))
        assert_allclose(found, clf.predict_proba(X), rtol=0, atol=digits)
        assert_array_equal(label, clf.predict(X))
