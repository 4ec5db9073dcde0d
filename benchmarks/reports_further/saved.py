"""Files, copies and exports of odd tables and names."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd

from benchmarks.reports_further.cases import accuracy, case, caught, clouds, in_folder, quick, refused, small_network
from robust_mlp import PriorShiftClassifier, RobustMLPClassifier, load_model, to_onnx
from robust_mlp.keras_classifier import GuardedKerasClassifier


def onnx_probabilities(clf, frame, folder):
    import onnxruntime

    to_onnx(clf, folder / "m.onnx")
    session = onnxruntime.InferenceSession(str(folder / "m.onnx"))
    inputs = session.get_inputs()
    if len(inputs) == 1 and not isinstance(frame, pd.DataFrame):
        feed = {inputs[0].name: np.asarray(frame, dtype="float64" if "double" in inputs[0].type else "float32")}
    else:
        feed = {}
        for node, name in zip(inputs, frame.columns, strict=True):
            cells = frame[name]
            if "string" in node.type:
                values = cells.astype(object).where(cells.notna(), "").astype(str).to_numpy(dtype=object)
            else:
                values = cells.to_numpy(
                    dtype="int64" if "int64" in node.type else "float32" if "float)" in node.type else "float64"
                )
            feed[node.name] = values.reshape(-1, 1)
    labels, probabilities = session.run(None, feed)
    return labels, np.asarray(probabilities)


def keras_probabilities(clf, frame):
    model = clf.to_keras()
    feed = {}
    for (name, node), column in zip(
        model.input.items() if isinstance(model.input, dict) else enumerate(model.inputs), frame.columns, strict=True
    ):
        cells = frame[column]
        kind = str(node.dtype)
        is_whole = "int" in kind
        feed[name] = (
            cells.to_numpy(dtype="int64")
            if is_whole
            else cells.astype(object).where(cells.notna(), "").astype(str).to_numpy()
            if "string" in kind
            else cells.to_numpy(dtype="float64")
        ).reshape(-1, 1)
    import tensorflow as tf

    feed = {
        name: tf.constant(values.tolist()) if values.dtype.kind in "OU" else tf.constant(values)
        for name, values in feed.items()
    }
    return model.predict_on_batch(feed)


def exports_agree(frame, y, **parameters):
    clf, _said, _ = caught(lambda: quick(max_iter=10, **parameters).fit(frame, y))
    assert not isinstance(clf, Exception), clf
    right = clf.predict_proba(frame)
    with in_folder() as folder:
        found, _, _ = caught(lambda: onnx_probabilities(clf, frame, folder))
        if isinstance(found, Exception):
            assert any(word in str(found) for word in ("export", "ONNX", "empty name")), found
        else:
            np.testing.assert_allclose(found[1], right, atol=1e-6)
            assert np.array_equal(np.asarray(found[0]).astype(str), clf.predict(frame).astype(str))
    found, _, _ = caught(lambda: keras_probabilities(clf, frame))
    if isinstance(found, Exception):
        assert any(word in str(found) for word in ("export", "Keras", "empty name")), found
    else:
        np.testing.assert_allclose(found, right, atol=1e-6)


@case
def exports_of_odd_column_names():
    X, y = clouds(300)
    exports_agree(pd.DataFrame(X, columns=["a/b", "a b", "a_b", ""]), y)


@case
def exports_of_names_in_other_scripts():
    X, y = clouds(300)
    exports_agree(pd.DataFrame(X, columns=["größe", "漢字", "x" * 300, "a:b\n"]), np.array(["né", ""])[y])


@case
def exports_of_odd_levels():
    X, y = clouds(600)
    rng = np.random.default_rng(0)
    levels = np.array(["other", " ", "nan", "a\nb", "🙂", "None", "Ä", "A\u0308"])
    frame = pd.DataFrame({"kind": pd.Series(levels[rng.integers(0, 8, 600)]), "n": X[:, 0]})
    frame.loc[::9, "kind"] = None
    caught_texts = caught(lambda: exports_agree(frame, y))
    assert not isinstance(caught_texts[0], Exception), caught_texts[0]


@case
def exports_of_odd_columns():
    X, y = clouds(400)
    frame = pd.DataFrame(
        {
            "is": X[:, 0] > 0,
            "one": 3.0,
            "none": np.nan,
            "count": np.arange(400) % 5,
            "big": 2**40 + np.arange(400),
            "n": np.where(np.arange(400) % 5 == 0, np.nan, X[:, 1]),
        }
    )
    exports_agree(frame, y, decision=[[0, 5], [1, 0]])


@case
def exports_of_one_column():
    X, y = clouds(300, d=1)
    exports_agree(pd.DataFrame(X, columns=["x"]), y == 1)


@case
def exports_of_large_labels():
    X, y = clouds(300, k=3)
    exports_agree(pd.DataFrame(X, columns=list("abcd")), np.array([-5, 2**62, 7])[y])
    exports_agree(pd.DataFrame(X, columns=list("abcd")), np.array([0, 2**63 + 5, 7], dtype="uint64")[y])


@case
def places_that_are_no_files():
    X, y = clouds(200)
    clf, _, _ = caught(lambda: quick(max_iter=3).fit(X, y))
    with in_folder() as folder:
        for path in (folder, folder / "no" / "m.rmlp", 7, None, b"bytes.rmlp"):
            try:
                clf.save_model(path)
            except (OSError, TypeError, ValueError) as error:
                assert str(error), error
                assert not isinstance(error, UnicodeError)
            else:
                assert isinstance(path, bytes), path
                subprocess.run(["rm", "-f", "bytes.rmlp"], check=True)
        for content in (b"", b"PK", pickle.dumps(clf), b"a,b\n1,2\n"):
            (folder / "x").write_bytes(content)
            refused(lambda: load_model(folder / "x"), "x")
        try:
            load_model(folder / "missing")
        except OSError as error:
            assert "missing" in str(error)
    try:
        RobustMLPClassifier().save_model("x")
    except ValueError as error:
        assert "fit" in str(error)


@case
def an_own_network_with_a_custom_layer_in_another_process():
    program = """
import keras, numpy as np, sys
from benchmarks.reports_further.cases import clouds, caught
from robust_mlp.keras_classifier import GuardedKerasClassifier
class Twice(keras.layers.Layer):
    def call(self, rows): return 2 * rows
def make():
    model = keras.Sequential([keras.Input((4,)), Twice(), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(.05), "binary_crossentropy")
    return model
X, y = clouds(200)
clf = caught(lambda: GuardedKerasClassifier(make, epochs=2, random_state=0).fit(X, y))[0]
result = caught(lambda: clf.save_model(sys.argv[1]))[0]
print(result)
"""
    with in_folder() as folder:
        path = folder / "own.rmlp"
        ended = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0 or "ModelFileError" in ended.stderr, ended.stderr[-300:]
        if path.exists():
            refused(lambda: load_model(path), "Twice")
        else:
            assert "Twice" in ended.stdout + ended.stderr or "make" in ended.stdout + ended.stderr, ended.stdout[-300:]


@case
def a_lambda_that_makes_a_network_is_pickled():
    X, y = clouds(200)
    clf, _, _ = caught(lambda: GuardedKerasClassifier(lambda: small_network(), epochs=2, random_state=0).fit(X, y))
    try:
        again = pickle.loads(pickle.dumps(clf))
    except Exception as error:
        assert "lambda" in str(error), error
    else:
        assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))
    other = copy.deepcopy(clf)
    assert np.array_equal(other.predict_proba(X), clf.predict_proba(X))


@case
def other_protocols_and_processes():
    X, y = clouds(200)
    frame = pd.DataFrame(X, columns=list("abcd")).assign(
        k=pd.Categorical(np.where(y == 1, "x", "z")), at=pd.date_range("2020", periods=200)
    )
    clf, _, _ = caught(lambda: quick(max_iter=5).fit(frame, y))
    for protocol in range(6):
        assert np.array_equal(
            pickle.loads(pickle.dumps(clf, protocol)).predict_proba(frame), clf.predict_proba(frame)
        ), protocol
    with in_folder() as folder:
        (folder / "m.pkl").write_bytes(pickle.dumps(clf))
        frame.to_pickle(folder / "t.pkl")
        program = """
import pickle, sys
clf, table = (pickle.load(open(path, "rb")) for path in sys.argv[1:])
print(clf.predict_proba(table).tobytes().hex())
assert "tensorflow" not in sys.modules
"""
        command = [sys.executable, "-c", program, str(folder / "m.pkl"), str(folder / "t.pkl")]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-300:]
    assert ended.stdout.strip() == clf.predict_proba(frame).tobytes().hex()


@case
def a_shifted_prior_of_a_stream():
    X, y = clouds(400)
    clf, _, _ = caught(lambda: quick(max_iter=20).fit(X, y))
    shifted, _said, _ = caught(lambda: PriorShiftClassifier(clf).fit(X, y).adapt(X[y == 1]))
    assert not isinstance(shifted, Exception), shifted
    assert accuracy(shifted, X[y == 1], y[y == 1]) > 0.9
    with in_folder() as folder:
        shifted.save_model(folder / "m.rmlp")
        again = load_model(folder / "m.rmlp")
    assert np.array_equal(again.predict_proba(X), shifted.predict_proba(X))


@case
def pages_with_markup_in_names():
    X, y = clouds(300)
    evil = "<script>alert(1)</script>"
    frame = pd.DataFrame(X, columns=[evil, "b", "c", "d"]).assign(k=np.where(np.arange(300) % 2, evil, "v"))
    clf, _, _ = caught(lambda: quick(max_iter=10).fit(frame, np.array([evil, "ok"])[y]))
    from robust_mlp import explain

    page = (
        clf.report_._repr_html_()
        + clf._repr_html_()
        + explain(clf, frame, np.array([evil, "ok"])[y], random_state=0)._repr_html_()
    )
    assert "<script>alert" not in page
