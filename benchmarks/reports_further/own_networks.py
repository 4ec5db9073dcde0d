"""Networks and batches of Keras users."""

import keras
import numpy as np

from benchmarks.reports_further.cases import (
    GOOD,
    accuracy,
    case,
    caught,
    clouds,
    quick,
    refused,
    right_or_says,
    small_network,
)
from robust_mlp import CollapseGuard, diagnose, inspect_model
from robust_mlp.keras_classifier import GuardedKerasClassifier

L = keras.layers


def guarded(make=small_network, epochs=15, **parameters):
    return GuardedKerasClassifier(make, epochs=epochs, random_state=0, **parameters)


def rows(n=600, **kind):
    X, y = clouds(n, spread=3.0, **kind)
    return X.astype("float32"), y


def is_good(X, y):
    return lambda clf: clf.score(X, y) > GOOD


@case
def batches_that_repeat_for_ever():
    import tensorflow as tf

    X, y = rows()
    endless = tf.data.Dataset.from_tensor_slices((X, y)).batch(32).repeat()
    refused(lambda: guarded().fit(endless), "end")
    # What TensorFlow does not know to be endless.
    unknown = endless.filter(lambda X, y: True)
    right_or_says(lambda: inspect_model(small_network(), unknown), lambda findings: True)


@case
def single_rows_of_tensorflow():
    import tensorflow as tf

    X, y = rows(200)
    single = tf.data.Dataset.from_tensor_slices((X, y))
    right_or_says(lambda: guarded().fit(single), is_good(X, y), "batch")
    right_or_says(lambda: inspect_model(small_network(), single), lambda f: False, "batch")


@case
def batches_with_weights():
    import tensorflow as tf

    X, y = rows()
    weights = np.where(y == 1, 3.0, 1.0)
    batches = tf.data.Dataset.from_tensor_slices((X, y, weights)).batch(50)
    a, _, _ = caught(lambda: guarded().fit(batches))
    b, _, _ = caught(lambda: guarded().fit(X, y, weights))
    assert np.allclose(a.predict_proba(X), b.predict_proba(X), atol=1e-6)


@case
def functions_and_generators():
    X, y = rows(100)

    def forever():
        while True:
            yield X, y

    refused(lambda: guarded().fit(forever()), "generator")
    refused(lambda: guarded().fit(forever), "function")
    refused(lambda: inspect_model(small_network(), forever()), "generator")
    refused(lambda: diagnose(small_network(), forever()), "generator")


@case
def a_pydataset_with_weights_and_dicts():
    X, y = rows(100)

    class Rows(keras.utils.PyDataset):
        def __len__(self):
            return 4

        def __getitem__(self, i):
            part = slice(25 * i, 25 * i + 25)
            return {"left": X[part, :2], "right": X[part, 2:]}, y[part], np.ones(25)

    def make():
        left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
        model = keras.Model(
            {"left": left, "right": right}, L.Dense(1, "sigmoid")(L.Dense(8, "relu")(L.Concatenate()([left, right])))
        )
        model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
        return model

    parts = {"left": X[:, :2], "right": X[:, 2:]}
    right_or_says(lambda: guarded(make, epochs=30).fit(Rows()), lambda clf: clf.score(parts, y) > GOOD)
    right_or_says(lambda: inspect_model(make(), Rows()), lambda findings: not findings.errors)


@case
def a_network_that_cannot_learn():
    X, y = rows()

    def make():
        model = small_network()
        model.trainable = False
        model.compile("adam", "binary_crossentropy")
        return model

    clf, said, _ = caught(lambda: guarded(make, max_restarts=1).fit(X, y))
    text = said + str(clf) + str(getattr(clf, "report_", ""))
    assert "trainable" in text or (not isinstance(clf, Exception) and clf.score(X, y) > GOOD), text[:500]
    assert "trainable" in str(inspect_model(make(), X, y)), inspect_model(make(), X, y)


@case
def a_norm_over_one_unit():
    X, y = rows()
    make = lambda: small_network(layers=[L.Dense(8, "relu"), L.Dense(1), L.LayerNormalization()])  # noqa: E731
    text = str(inspect_model(make(), X, y))
    clf, said, _ = caught(lambda: guarded(make).fit(X, y))
    text += said + str(getattr(clf, "report_", clf))
    assert "ormalization" in text or clf.score(X, y) > GOOD, text[:600]


@case
def functions_that_make_no_network():
    X, y = rows(100)
    refused(lambda: guarded(lambda: None).fit(X, y), "None")
    refused(lambda: guarded(lambda size: small_network()).fit(X, y), "size")
    bare = guarded(lambda: keras.Sequential([keras.Input((4,)), L.Dense(1)]), optimizer__learning_rate=0.05)
    right_or_says(lambda: bare.fit(X, y), is_good(X, y), "compile")
    refused(lambda: guarded(keras.Sequential).fit(X, y), "model")
    refused(lambda: guarded("model.keras").fit(X, y), "model")


@case
def hinge_with_zeros_and_ones():
    X, y = rows()
    for labels in (y, 2 * y - 1, np.array(["no", "yes"])[y]):
        right_or_says(
            lambda labels=labels: guarded(lambda: small_network(head="tanh", loss="hinge")).fit(X, labels),
            is_good(X, labels),
            "hinge",
        )


@case
def heads_of_other_losses():
    X, y = rows(k=3)
    for head, loss in (
        ("softmax", "kl_divergence"),
        ("softmax", "categorical_focal_crossentropy"),
        ("softmax", "poisson"),
        ("linear", "categorical_hinge"),
        ("linear", "huber"),
        ("softmax", keras.losses.CategoricalCrossentropy(label_smoothing=0.1)),
    ):
        right_or_says(
            lambda head=head, loss=loss: guarded(lambda: small_network(head=head, loss=loss, units=3)).fit(X, y),
            is_good(X, y),
            "loss",
        )


@case
def two_outputs():
    X, y = rows(100)

    def make():
        inputs = keras.Input((4,))
        h = L.Dense(8, "relu")(inputs)
        model = keras.Model(inputs, [L.Dense(1, "sigmoid", name="a")(h), L.Dense(1, "sigmoid", name="b")(h)])
        model.compile("adam", ["binary_crossentropy"] * 2)
        return model

    refused(lambda: guarded(make).fit(X, y), "output")
    refused(lambda: inspect_model(make(), X, y), "output")
    refused(lambda: diagnose(make(), X, y), "output")


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.head = L.Dense(8, "relu"), L.Dense(1, "sigmoid")

    def call(self, rows):
        return self.head(self.hidden(rows))


@case
def a_model_class_of_the_user():
    X, y = rows()

    def make():
        model = Plain()
        model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy")
        return model

    right_or_says(lambda: guarded(make).fit(X, y), is_good(X, y), "build", "Input")


@case
def ways_to_compile():
    X, y = rows()

    def make(**settings):
        model = small_network()
        schedule = keras.optimizers.schedules.ExponentialDecay(0.02, 100, 0.9)
        model.compile(keras.optimizers.Adam(schedule), "binary_crossentropy", **settings)
        return model

    for settings in (
        {"run_eagerly": True},
        {"jit_compile": True},
        {"steps_per_execution": 7},
        {"weighted_metrics": ["accuracy"]},
        {"auto_scale_loss": True},
    ):
        right_or_says(lambda settings=settings: guarded(lambda: make(**settings), epochs=8).fit(X, y), is_good(X, y))


@case
def one_guard_for_two_fits():
    import tensorflow as tf

    X, y = rows()
    batches = tf.data.Dataset.from_tensor_slices((X, y)).batch(50)
    guard = CollapseGuard()
    model = small_network()
    model.fit(batches, validation_data=batches, epochs=10, verbose=0, callbacks=[guard])
    first = guard.report_
    noise = np.random.default_rng(1).permutation(y)
    other = small_network()
    other.fit(X, noise, validation_split=0.2, epochs=3, verbose=0, callbacks=[guard])
    assert first.verdict == "HEALTHY", first
    assert guard.report_.verdict != "HEALTHY", guard.report_


@case
def normalization_that_nobody_adapted():
    X, y = rows()
    make = lambda: small_network(layers=[L.Normalization(), L.Dense(8, "relu")])  # noqa: E731
    right_or_says(lambda: guarded(make).fit(X * 1000 + 5000, y), is_good(X * 1000 + 5000, y), "Normalization", "adapt")


@case
def averages_that_hardly_move():
    X, y = rows(300)
    make = lambda: small_network(layers=[L.Dense(16), L.BatchNormalization(momentum=0.9999), L.Activation("relu")])  # noqa: E731
    clf, said, _ = caught(lambda: guarded(make, epochs=5, scale=None).fit(X * 30 + 200, y))
    assert clf.score(X * 30 + 200, y) > GOOD or "average" in said + str(clf.report_), str(clf.report_)[:600]
    guard, model = CollapseGuard(), make()
    model.fit(X * 30 + 200, y, epochs=10, verbose=0, callbacks=[guard])
    answers = (model.predict(X * 30 + 200, verbose=0)[:, 0] > 0.5).astype(int)
    assert np.mean(answers == y) > GOOD or "average" in str(guard.report_), str(guard.report_)[:600]


@case
def batch_norm_in_a_stream_of_rows():
    X, y = rows(300)
    make = lambda: small_network(layers=[L.Dense(16), L.BatchNormalization(), L.Activation("relu")])  # noqa: E731
    clf = guarded(make, epochs=1)
    _, said, _ = caught(lambda: [clf.partial_fit(X[i : i + 1], y[i : i + 1], classes=[0, 1]) for i in range(120)])
    assert accuracy(clf, X, y) > 0.85 or "batch" in said.lower() or "one class" in said or "predict gives" in said, (
        accuracy(clf, X, y),
        said[-300:],
    )


@case
def batch_norm_that_is_frozen():
    X, y = rows(300)

    def make():
        return small_network(layers=[L.Dense(16), L.BatchNormalization(trainable=False), L.Activation("relu")])

    right_or_says(lambda: guarded(make).fit(X, y), is_good(X, y), "BatchNormalization")


@case
def noise_and_constraints_that_hold_back():
    X, y = rows()
    for layers in (
        [lambda: L.GaussianNoise(1.0), lambda: L.GaussianNoise(1.0), lambda: L.Dense(8, "relu")],
        [lambda: L.Dense(8, "relu", kernel_constraint=keras.constraints.MaxNorm(1e-6))],
        [lambda: L.Dense(8, "relu", kernel_regularizer=keras.regularizers.L1(50.0))],
        [lambda: L.Dense(8, "relu", activity_regularizer=keras.regularizers.L2(1e4))],
    ):
        make = lambda layers=layers: small_network(layers=[layer() for layer in layers])  # noqa: E731
        clf, said, _ = caught(lambda make=make: guarded(make, max_restarts=2).fit(X, y))
        text = said + str(getattr(clf, "report_", clf))
        assert (not isinstance(clf, Exception) and clf.score(X, y) > GOOD) or any(
            word in text for word in ("GaussianNoise", "constraint", "regulariz", "Noise")
        ), text[:500]


@case
def a_network_for_one_unit_too_many_or_few():
    X, y = rows(k=3)
    for units, loss in (
        (2, "sparse_categorical_crossentropy"),
        (7, "sparse_categorical_crossentropy"),
        (1, "binary_crossentropy"),
    ):
        head = "sigmoid" if units == 1 else "softmax"
        right_or_says(
            lambda units=units, loss=loss, head=head: guarded(
                lambda: small_network(units=units, head=head, loss=loss)
            ).fit(X, y),
            is_good(X, y),
            "unit",
        )


@case
def diagnose_odd_answers():
    X, y = rows(200)
    assert "NaN" in str(diagnose(lambda X: np.full((len(X), 2), np.nan), X, y))
    refused(lambda: diagnose(lambda X: np.ones(7), X, y), "7")
    refused(lambda: diagnose(lambda X: np.array(["a"] * len(X)), X, y), "a")
    assert "COLLAPSED" in str(diagnose(lambda X: np.ones((len(X), 5)) / 5, X, y))
    refused(lambda: diagnose(lambda X: None, X, y), "None")
    clf, _, _ = caught(lambda: quick(max_iter=5).fit(X, y))
    refused(lambda: diagnose(clf, X, np.array(["no", "yes"])[y]), "no")
