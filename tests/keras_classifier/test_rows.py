"""Rows of any form reach the network: several inputs as a list or a dict, and data sets of batches."""

import pickle

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from tests.keras_classifier.examples import X, Y, classifier, create_mlp

L = keras.layers
LEFT, RIGHT = X[:, :3], X[:, 3:]


def two_inputs(as_dict=False):
    left, right = keras.Input((3,), name="left"), keras.Input((5,), name="right")
    h = L.Dense(16, "relu")(L.Concatenate()([left, right]))
    inputs = {"left": left, "right": right} if as_dict else [left, right]
    model = keras.Model(inputs, L.Dense(1, "sigmoid")(h))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def by_name():
    return two_inputs(as_dict=True)


class Subclassed(keras.Model):
    """Takes a dict, and knows its inputs only when it is called."""

    def __init__(self):
        super().__init__()
        self.hidden, self.head = L.Dense(16, "relu"), L.Dense(1, "sigmoid")

    def call(self, x):
        return self.head(self.hidden(keras.ops.concatenate([x["left"], x["right"]], axis=-1)))


def subclassed():
    model = Subclassed()
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


DATASET = tf.data.Dataset.from_tensor_slices((X, Y)).batch(9)
AS_DICT = {"right": RIGHT, "left": LEFT}


@pytest.mark.parametrize(
    "make, rows",
    [
        (two_inputs, [LEFT, RIGHT]),
        (two_inputs, (pd.DataFrame(LEFT), RIGHT)),
        (two_inputs, AS_DICT),
        (by_name, AS_DICT),
        (subclassed, AS_DICT),
    ],
    ids=["list", "tuple with a frame", "dict for a list", "dict", "subclassed"],
)
def test_several_inputs(make, rows):
    clf = classifier(make, epochs=10).fit(rows, Y)
    assert clf.report_.verdict.value == "HEALTHY"
    assert clf.score(rows, Y) > 0.8
    shapes = clf.input_shapes_
    assert (dict(shapes) if isinstance(shapes, dict) else tuple(shapes)) in (
        {"right": (5,), "left": (3,)},
        ((3,), (5,)),
    )
    same = pickle.loads(pickle.dumps(clf))
    np.testing.assert_allclose(same.predict_proba(rows), clf.predict_proba(rows), rtol=1e-5)


def test_several_inputs_learn_what_one_table_would_and_count_weights():
    rows, weights = [LEFT, RIGHT], np.random.default_rng(0).integers(0, 3, len(Y))
    whole = [np.repeat(part, weights, axis=0) for part in rows]
    weighted = classifier(two_inputs, epochs=3).fit(rows, Y, sample_weight=weights)
    repeated = classifier(two_inputs, epochs=3).fit(whole, np.repeat(Y, weights))
    np.testing.assert_allclose(weighted.predict_proba(rows), repeated.predict_proba(rows), rtol=1e-4, atol=1e-5)


def test_several_inputs_in_partial_fit_and_with_held_out_rows():
    clf = classifier(two_inputs)
    for _ in range(8):
        clf.partial_fit([LEFT, RIGHT], Y)
    assert clf.score([LEFT, RIGHT], Y) > 0.7
    clf = classifier(two_inputs, epochs=5).fit(
        [LEFT[:600], RIGHT[:600]], Y[:600], X_val=[LEFT[600:], RIGHT[600:]], y_val=Y[600:]
    )
    assert clf.report_.comparison.n_rows == 200


@pytest.mark.parametrize(
    "data",
    [
        lambda: tf.data.Dataset.from_tensor_slices((X, Y)).batch(50),
        lambda: tf.data.Dataset.from_tensor_slices((X, Y, np.ones(len(Y)))).batch(7),
    ],
    ids=["pairs", "with weights"],
)
def test_a_data_set_is_read_whole(data):
    clf = classifier(epochs=5).fit(data())
    np.testing.assert_allclose(clf.predict_proba(X), classifier(epochs=5).fit(X, Y).predict_proba(X), rtol=1e-5)


@pytest.mark.parametrize(
    "make, rows, labels, message",
    [
        (two_inputs, X, Y, r"^The network has 2 inputs, .*, and X is one table\. Pass a list with one array for each"),
        (create_mlp, [LEFT, RIGHT], Y, r"^The network has 1 inputs, .*, and X is 2 arrays\."),
        (two_inputs, [LEFT, RIGHT[:5]], Y, r"^The inputs have different numbers of rows: X\[0\] 800, X\[1\] 5\."),
        (
            two_inputs,
            [LEFT, RIGHT],
            [Y, Y],
            r"^y holds 2 arrays; GuardedKerasClassifier trains ",
        ),
        (create_mlp, iter([(X, Y)]), None, r"^X is a list_iterator, which can be read only once"),
        (
            create_mlp,
            tf.data.Dataset.from_tensor_slices((X, Y)).batch(9).repeat(),
            None,
            r"^X is a data set without an end\.",
        ),
        (create_mlp, DATASET, Y, r"holds its own labels, and y came too\."),
    ],
    ids=["one table", "two tables", "uneven", "two outputs", "iterator", "endless", "labels twice"],
)
def test_what_does_not_fit_is_refused(make, rows, labels, message):
    with pytest.raises(ValueError, match=message):
        classifier(make, epochs=1).fit(rows, labels)


def test_new_rows_must_have_the_same_parts():
    clf = classifier(two_inputs, epochs=1, collapse_guard="off").fit([LEFT, RIGHT], Y)
    with pytest.raises(ValueError, match=r"^X is a ndarray; in fit it was a list of 2 arrays\. Pass as many\.$"):
        clf.predict(X)
    clf = classifier(epochs=1, collapse_guard="off").fit(X, Y)
    with pytest.raises(ValueError, match=r"^X is a dict; in fit it was one table\. Pass an array\.$"):
        clf.predict({"a": X})
