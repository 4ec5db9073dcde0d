"""Columns of integer codes are never scaled; the others are."""

import keras
import numpy as np
import pytest
from keras import ops

from robust_mlp.keras_classifier import GuardedKerasClassifier

L = keras.layers
RNG = np.random.default_rng(0)
CODE, NUMBER = RNG.integers(0, 30, 1500), RNG.normal(size=1500) * 50 + 300
LABELS = (RNG.normal(size=30)[CODE] * 2 + (NUMBER - 300) / 50 > 0).astype(int)
X = np.c_[CODE, NUMBER].astype("float32")


def compiled(inputs, h):
    model = keras.Model(inputs, L.Dense(1, "sigmoid")(L.Dense(32, "relu")(h)))
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def one_hot_inside():
    inputs = keras.Input((2,))
    codes = ops.one_hot(ops.cast(inputs[:, 0], "int32"), 30)
    return compiled(inputs, L.Concatenate()([codes, inputs[:, 1:]]))


class Lookup(keras.Model):
    """A subclassed network."""

    def __init__(self):
        super().__init__()
        self.vectors, self.hidden, self.head = L.Embedding(30, 8), L.Dense(32, "relu"), L.Dense(1, "sigmoid")

    def call(self, x):
        return self.head(self.hidden(ops.concatenate([self.vectors(ops.cast(x[:, 0], "int32")), x[:, 1:]], axis=-1)))


def lookup():
    model = Lookup()
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    return model


def fitted(make, rows=X, **settings):
    return GuardedKerasClassifier(make, **{"epochs": 40, "random_state": 0, **settings}).fit(rows[:1100], LABELS[:1100])


@pytest.mark.parametrize("make", [one_hot_inside, lookup])
@pytest.mark.parametrize("scale", ["auto", "standard"])
def test_codes_stay_and_numbers_are_scaled(make, scale):
    clf = fitted(make, scale=scale)
    assert clf.feature_encoder_.as_is == (0,)
    np.testing.assert_array_equal(clf.feature_encoder_.transform(X)[:, 0], CODE)
    assert abs(clf.feature_encoder_.transform(X)[:, 1]).max() < 10
    assert clf.score(X[1100:], LABELS[1100:]) > 0.9


def test_a_missing_code_is_the_commonest_one():
    rows = X.copy()
    rows[:50, 0] = np.nan
    clf = fitted(one_hot_inside, rows, epochs=3, collapse_guard="off")
    known, counts = np.unique(CODE[50:1100], return_counts=True)
    held = clf.feature_encoder_.transform(rows)[:50, 0]
    assert len(np.unique(held)) == 1 and counts[known == held[0]] >= 0.9 * counts.max()


def test_of_several_inputs_the_embedded_one_stays_and_the_other_is_scaled():
    def make():
        code, number = keras.Input((1,), name="code"), keras.Input((1,), name="number")
        return compiled([code, number], L.Concatenate()([L.Flatten()(L.Embedding(30, 8)(code)), number]))

    parts = {"number": X[:, 1:], "code": X[:, :1]}
    half = {name: part[:1100] for name, part in parts.items()}
    clf = GuardedKerasClassifier(make, epochs=40, random_state=0).fit(half, LABELS[:1100])
    assert clf.feature_encoder_.as_is == (1,)
    assert clf.score({name: part[1100:] for name, part in parts.items()}, LABELS[1100:]) > 0.9


def test_a_table_of_codes_only_is_not_scaled_at_all():
    def make():
        inputs = keras.Input((1,))
        return compiled(inputs, ops.one_hot(ops.cast(inputs[:, 0], "int32"), 30))

    clf = GuardedKerasClassifier(make, epochs=5, random_state=0).fit(X[:, :1], LABELS)
    assert clf.feature_encoder_.scale is None


def test_large_codes_stay_exact():
    from robust_mlp.keras_classifier.scaling import ColumnScaler

    rows = np.c_[2.0**24 + np.arange(6), np.arange(6.0)]
    found = ColumnScaler(as_is=(0,)).fit(rows).transform(rows)
    np.testing.assert_array_equal(found[:, 0], rows[:, 0])


def with_batch_norm_first():
    """A network that scales its inputs itself, so that 'auto' leaves them."""
    model = keras.Sequential([keras.Input((4,)), L.BatchNormalization(), L.Dense(8, "relu"), L.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    return model


def rows_with_gaps():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 4))
    return rows, np.where(rng.random(rows.shape) < 0.1, np.nan, rows), (rows[:, 0] > 0).astype(int)


def test_missing_cells_are_filled_though_the_network_scales_its_inputs_itself():
    _, gaps, labels = rows_with_gaps()
    clf = GuardedKerasClassifier(with_batch_norm_first, epochs=20, random_state=0, collapse_guard="off")
    clf.fit(gaps, labels)
    assert clf._scale == "standard"
    assert np.isfinite(clf.predict_proba(gaps)).all() and clf.score(gaps, labels) > 0.8


def test_missing_cells_that_come_later_are_refused_where_nothing_fills_them():
    rows, gaps, labels = rows_with_gaps()
    clf = GuardedKerasClassifier(with_batch_norm_first, epochs=5, random_state=0, collapse_guard="off")
    before = clf.fit(rows, labels).predict_proba(rows)
    assert clf._scale is None
    for act in (
        clf.predict,
        lambda X: clf.partial_fit(X, labels),
        lambda X: clf.set_params(warm_start=True).fit(X, labels),
    ):
        with pytest.raises(ValueError, match=r"Input X contains NaN.*scale='standard'"):
            act(gaps)
    np.testing.assert_array_equal(clf.predict_proba(rows), before)
