"""More situations of the kinds of public reports: each must be right, or warn or fail with the cause in words.

``make bench-reports-further`` runs all of them, ``ARGS="--only NAME ..."`` some. Each case runs in this process, unless
it changes settings of the whole process: then in one of its own. Prints a line for each and ends in PASS or FAIL."""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import textwrap
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_iris

from robust_mlp import DataQualityWarning, DriftWarning, OneClassWarning, RobustMLPClassifier, diagnose, load_model
from robust_mlp.keras_classifier import GuardedKerasClassifier

L = keras.layers
CASES = {}
# What a network should at least reach where a forest or MLPClassifier is far above.
GOOD = 0.9


def case(function):
    """Take a function up as a case: it raises AssertionError where the situation ends wrongly."""
    CASES[function.__name__] = function
    return function


def caught(call):
    """(result or the error, texts of the warnings) of a call."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            result = call()
        except (ValueError, TypeError) as error:
            result = error
    return result, " | ".join(str(w.message) for w in told), told


def clouds(n=600, d=4, k=2, seed=0, spread=2.0):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % k)
    return rng.normal(size=(k, d))[y] * spread + rng.normal(size=(n, d)), y


def quick(**parameters):
    return RobustMLPClassifier(**({"n_members": 2, "random_state": 0} | parameters))


def accuracy(clf, X, y):
    return float(np.mean(clf.predict(X) == y))


def learns_or_says(X, y, *words, good=GOOD):
    """A fit on 2/3 of the rows is good on the others, or an error or a warning has these words."""
    n = 2 * len(y) // 3
    found, said, _ = caught(lambda: quick().fit(X[:n], y[:n]))
    if isinstance(found, Exception):
        assert any(word in str(found) for word in words), f"error without the cause: {found}"
        return
    score = accuracy(found, X[n:], y[n:])
    text = said + str(found.report_)
    assert score >= good or any(word in text for word in words), f"accuracy {score:.3f}, and nothing was said: {said}"


def formatted(X, form):
    return pd.DataFrame({f"c{j}": [form(v) for v in X[:, j]] for j in range(X.shape[1])})


# ---- numbers in text columns


@case
def decimal_commas():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"{v:.4f}".replace(".", ",")), y, "c0")


@case
def thousands_separators():
    X, y = clouds()
    learns_or_says(formatted(X * 5000, lambda v: f"{v:,.1f}"), y, "c0")


@case
def percent_signs():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"{v:.2f}%"), y, "c0")


@case
def currency():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"$ {v:.2f}"), y, "c0")


@case
def scientific_notation_with_blanks():
    X, y = clouds()
    learns_or_says(formatted(X, lambda v: f"  {v:.6e} "), y, "c0")


@case
def bytes_in_an_object_array():
    X, y = clouds()
    learns_or_says(np.array([[f"{v:.4f}".encode() for v in row] for row in X], dtype=object), y, "bytes", "c0", "x0")


@case
def decimals_and_fractions():
    from decimal import Decimal

    X, y = clouds()
    learns_or_says(formatted(X, lambda v: Decimal(f"{v:.4f}")), y, "c0")


# ---- the first call of a stream


def streamed(parts, classes):
    clf = RobustMLPClassifier(random_state=0)
    _, said, told = caught(lambda: [clf.partial_fit(X, y, classes=classes) for X, y in parts])
    return clf, said, told


@case
def stream_whose_first_rows_are_all_missing():
    X, y = clouds(900)
    first = np.full((20, 4), np.nan)
    clf, said, _ = streamed([(first, y[:20])] + [(X[i : i + 50], y[i : i + 50]) for i in range(0, 900, 50)] * 4, [0, 1])
    assert accuracy(clf, X, y) > GOOD - 0.05, said[-300:]


@case
def stream_in_other_units_at_first():
    X, y = clouds(900)
    parts = [(X[i : i + 50] * (1000 if i == 0 else 1), y[i : i + 50]) for i in range(0, 900, 50)] * 4
    clf, said, _ = streamed(parts, [0, 1])
    assert accuracy(clf, X, y) > GOOD - 0.05, said[-300:]


@case
def stream_of_single_rows():
    X, y = clouds(300)
    clf, said, _ = streamed([(X[i : i + 1], y[i : i + 1]) for i in range(300)], [0, 1])
    assert accuracy(clf, X, y) > 0.8 or "predict gives" in said, accuracy(clf, X, y)


@case
def own_network_in_a_stream_of_one_class():
    X, y = clouds(600)

    def make():
        model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
        return model

    clf = GuardedKerasClassifier(make, random_state=0)
    order = np.argsort(y, kind="stable")[:300]

    def stream():
        for _ in range(5):
            clf.partial_fit(X[order], y[order], classes=[0, 1])

    _, said, told = caught(stream)
    assert any(issubclass(w.category, OneClassWarning) for w in told), said


# ---- what all rows have taught


@case
def identifiers_as_numbers():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.permutation(1000) + 10**6, rng.normal(size=(1000, 2))])
    held_out_is_honest(X, rng.integers(0, 2, 1000))


@case
def rare_words():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(
        {"word": pd.Categorical([f"w{int(v)}" for v in rng.pareto(0.7, 900) * 30]), "n": rng.normal(size=900)}
    )
    held_out_is_honest(X, rng.integers(0, 2, 900))


@case
def copied_rows_with_noise_labels():
    rng = np.random.default_rng(2)
    X = np.repeat(rng.normal(size=(150, 3)), 6, axis=0)
    held_out_is_honest(X, np.repeat(rng.integers(0, 2, 150), 6))


def held_out_is_honest(X, y):
    """On labels without any signal, the reported accuracy is that of new rows: one half, within three errors."""
    clf, _, _ = caught(lambda: quick(max_restarts=0).fit(X, y))
    if isinstance(clf, Exception):
        return
    c = clf.report_.comparison
    limit = max(np.mean(y), 1 - np.mean(y)) + 3 * 0.5 / np.sqrt(min(c.n_rows, len(pd.DataFrame(X).drop_duplicates())))
    assert c.accuracy <= limit, f"held-out accuracy {c.accuracy:.3f} on noise, limit {limit:.3f}"


# ---- harm by repairs of own networks


def embedding_network():
    rows = keras.Input((2,))
    vectors = [L.Flatten()(L.Embedding(40, 4)(rows[:, j : j + 1])) for j in range(2)]
    outputs = L.Dense(1, "sigmoid")(L.Dense(16, "relu")(L.Concatenate()(vectors)))
    model = keras.Model(rows, outputs)
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


def codes_table():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 40, size=(900, 2)).astype("float32")
    good = rng.permutation(40) < 20
    return X, (good[X[:, 0].astype(int)] ^ good[X[:, 1].astype(int)]).astype(int)


@case
def codes_in_embeddings():
    X, y = codes_table()
    clf, said, _ = caught(
        lambda: GuardedKerasClassifier(embedding_network, epochs=40, random_state=0).fit(X[:600], y[:600])
    )
    assert clf.score(X[600:], y[600:]) > GOOD, (clf.score(X[600:], y[600:]), said)


@case
def distances_computed_inside():
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(900, 2)).astype("float32")
    y = (np.hypot(X[:, 0] - 1, X[:, 1]) < 1.5).astype(int)

    def make():
        rows = keras.Input((2,))
        near = keras.ops.sum(keras.ops.square(rows - np.array([1.0, 0.0], "float32")), axis=1, keepdims=True)
        model = keras.Model(rows, L.Dense(1, "sigmoid")(near))
        model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
        return model

    clf, said, _ = caught(lambda: GuardedKerasClassifier(make, epochs=30, random_state=0).fit(X[:600], y[:600]))
    assert clf.score(X[600:], y[600:]) > GOOD, (clf.score(X[600:], y[600:]), said)


@case
def trained_network_with_a_wrong_loss():
    X, y = clouds(600, spread=3.0)
    X = X.astype("float32")
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(2, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    model.fit(X, np.eye(2)[y], epochs=30, verbose=0)
    before = float(np.mean(model.predict(X, verbose=0).argmax(axis=1) == y))
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    clf, said, _ = caught(lambda: GuardedKerasClassifier(model, epochs=1, random_state=0).fit(X, y))
    assert clf.score(X, y) > before - 0.05, (before, clf.score(X, y), said)


# ---- missing words in labels and categories


def through_the_command_line(names, *arguments):
    """(exit code, text) of `robust-mlp fit` on a CSV whose labels have these names."""
    X, y = clouds(300, 2, len(names), spread=4.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        pd.DataFrame(X, columns=["a", "b"]).assign(label=np.array(names, dtype=object)[y]).to_csv(path, index=False)
        command = [sys.executable, "-m", "robust_mlp", "fit", str(path), "--target", "label", *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout + ended.stderr


@case
def classes_called_na_and_null():
    code, text = through_the_command_line(["NA", "null", "yes"])
    assert "300" in text or "240 rows" in text or "missing" in text, text[-400:]
    assert "NA" in text and "null" in text and code == 0, text[-400:]


@case
def classes_called_true_and_false():
    code, text = through_the_command_line(["True", "False"])
    assert code == 0 and "True" in text and "False" in text, text[-400:]


@case
def classes_that_are_formulas_and_escapes():
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "p.csv"
        code, text = through_the_command_line(["=1+1", "\x1b[31mred"], "--out", str(out))
        assert "\x1b[31m" not in text, "an escape reached the terminal"
        assert code == 0 or "--out" in text, text[-300:]


@case
def levels_called_nan():
    X, y = clouds(600, 2)
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(kind=pd.Categorical(np.where(y == 1, "nan", "other")))
    learns_or_says(frame, y, "kind")


# ---- settings of the whole process


def in_a_process(setting, *, fit="RobustMLPClassifier(max_iter=30, n_members=2, random_state=0)"):
    """Run a fit after a line of settings in a process of its own; raises with its last lines if it failed."""
    program = f"""
        import warnings; warnings.simplefilter("ignore")
        import numpy as np, os
        {setting}
        from sklearn.datasets import load_iris
        from robust_mlp import RobustMLPClassifier
        X, y = load_iris(return_X_y=True)
        clf = {fit}.fit(X, y)
        assert clf.score(X, y) > .9, clf.score(X, y)
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-400:]


@case
def eager_functions():
    in_a_process("import tensorflow as tf; tf.config.run_functions_eagerly(True)")


@case
def jit_for_everything():
    in_a_process("import tensorflow as tf; tf.config.optimizer.set_jit(True)")


@case
def soft_placement_off():
    in_a_process("import tensorflow as tf; tf.config.set_soft_device_placement(False)")


@case
def seeds_and_determinism():
    in_a_process(
        "import keras, tensorflow as tf; keras.utils.set_random_seed(1); tf.config.experimental.enable_op_determinism()"
    )


@case
def channels_first():
    in_a_process("import keras; keras.config.set_image_data_format('channels_first')")


@case
def bfloat16_policy():
    in_a_process("import keras; keras.config.set_dtype_policy('mixed_bfloat16')")


@case
def pandas_copy_on_write_and_strings():
    in_a_process("import pandas as pd; pd.set_option('future.infer_string', True)")


@case
def scikit_learn_output_and_routing():
    in_a_process("import sklearn; sklearn.set_config(transform_output='pandas', enable_metadata_routing=True)")


# ---- persistence


@case
def cloudpickle_and_joblib():
    import cloudpickle
    import joblib

    X, y = load_iris(return_X_y=True)
    clf, _, _ = caught(lambda: quick(max_iter=5).fit(X, y))
    file = io.BytesIO()
    joblib.dump(clf, file, compress=3)
    file.seek(0)
    for again in (cloudpickle.loads(cloudpickle.dumps(clf)), joblib.load(file)):
        assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))


@case
def keras_file_of_raw_columns():
    X, y = load_iris(return_X_y=True)
    clf, _, _ = caught(lambda: quick(max_iter=5).fit(X, y))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.keras")
        clf.to_keras().save(path)
        program = f"import keras; keras.models.load_model({path!r})"
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-300:]


@case
def model_file_of_a_stream():
    X, y = clouds(300)
    clf, _, _ = streamed([(X, y)] * 3, [0, 1])
    with tempfile.TemporaryDirectory() as folder:
        clf.save_model(os.path.join(folder, "m.rmlp"))
        again = load_model(os.path.join(folder, "m.rmlp"))
    caught(lambda: [c.partial_fit(X, y) for c in (clf, again)])
    assert np.array_equal(again.predict_proba(X), clf.predict_proba(X))


# ---- shapes of inputs


def two_inputs():
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    model = keras.Model([left, right], L.Dense(1, "sigmoid")(L.Dense(8, "relu")(L.Concatenate()([left, right]))))
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
    return model


@case
def a_dict_of_inputs():
    X, y = clouds(spread=3.0)
    parts = {"left": X[:, :2].astype("float32"), "right": X[:, 2:].astype("float32")}
    clf, said, _ = caught(lambda: GuardedKerasClassifier(two_inputs, epochs=15, random_state=0).fit(parts, y))
    assert not isinstance(clf, Exception) and clf.score(parts, y) > GOOD, (clf, said)


@case
def batches_of_tensorflow():
    import tensorflow as tf

    X, y = clouds(spread=3.0)
    batches = tf.data.Dataset.from_tensor_slices((X.astype("float32"), y)).batch(32)

    def make():
        model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
        return model

    clf, said, _ = caught(lambda: GuardedKerasClassifier(make, epochs=15, random_state=0).fit(batches, None))
    assert not isinstance(clf, Exception) and clf.score(X, y) > GOOD, (clf, said)


@case
def labels_as_a_column():
    X, y = clouds(spread=3.0)
    clf, said, _ = caught(lambda: quick(max_iter=20).fit(X, y.reshape(-1, 1)))
    assert isinstance(clf, Exception) or accuracy(clf, X, y) > GOOD, said


# ---- training and inference differ


@case
def one_row_a_batch_with_batch_norm():
    X, y = clouds(200, spread=3.0)

    def make():
        layers = [keras.Input((4,)), L.Dense(8), L.BatchNormalization(), L.Activation("relu"), L.Dense(1, "sigmoid")]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        return model

    clf, said, _ = caught(lambda: GuardedKerasClassifier(make, epochs=5, batch_size=1, random_state=0).fit(X, y))
    text = said + str(clf.report_)
    assert clf.score(X, y) > GOOD or "batch" in text.lower(), (clf.score(X, y), text[-400:])


# ---- what predict sees and fit did not


@case
def rows_in_other_units():
    X, y = load_breast_cancer(return_X_y=True)
    clf, _, _ = caught(lambda: quick(max_iter=20).fit(X, y))
    _, said, told = caught(lambda: clf.predict(X * 1000))
    assert any(issubclass(w.category, DriftWarning) for w in told), said


@case
def levels_with_blanks_around():
    X, y = clouds(600, 2)
    rng = np.random.default_rng(0)
    town = np.where(y == 1, rng.choice(["Rome", "Oslo"], 600), rng.choice(["Kyiv", "Lima"], 600))
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(town=pd.Categorical(town))
    clf, _, _ = caught(lambda: quick(max_iter=20).fit(frame, y))
    other = frame.assign(town=pd.Categorical([f" {name} " for name in town]))
    found, said, _ = caught(lambda: clf.predict(other))
    assert "town" in said or np.mean(found == y) > GOOD, said


@case
def columns_in_another_order():
    X, y = clouds()
    frame = pd.DataFrame(X, columns=list("abcd"))
    clf, _, _ = caught(lambda: quick(max_iter=10).fit(frame, y))
    found, _, _ = caught(lambda: clf.predict(frame[["b", "a", "c", "d"]]))
    assert isinstance(found, ValueError) and "order" in str(found), found


# ---- heads in diagnose


@case
def logits_without_a_softmax():
    X, y = clouds(spread=3.0)
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, "relu"), L.Dense(2)])
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X.astype("float32"), y, epochs=15, verbose=0)
    told = float(np.mean(model.predict(X.astype("float32"), verbose=0).argmax(axis=1) == y))
    text = str(diagnose(model, X.astype("float32"), y))
    assert f"accuracy {told:.3f}" in text, (told, text[:300])


# ---- tables that are nearly no classification


@case
def a_class_for_each_row():
    X, _ = clouds(200)
    found, said, told = caught(lambda: quick(max_iter=3, max_restarts=0).fit(X, np.arange(200)))
    is_told = any(issubclass(w.category, DataQualityWarning) for w in told) or isinstance(found, ValueError)
    assert is_told, said


def main():
    """Run the cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=sorted(CASES), default=list(CASES), metavar="NAME")
    wrong = []
    only = parser.parse_args().only
    for name in only:
        try:
            CASES[name]()
        except Exception as error:
            wrong.append(name)
            print(f"wrong  {name}: {type(error).__name__}: {str(error)[:300]}", flush=True)
        else:
            print(f"right  {name}", flush=True)
    print(f"{'FAIL' if wrong else 'PASS'}: {len(only) - len(wrong)} of {len(only)} right")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
