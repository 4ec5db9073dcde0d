"""Where scaled columns make a network worse, the user's own version is kept, and the report says so."""

import keras
import numpy as np
import pytest
from keras import ops

from robust_mlp.keras_classifier import GuardedKerasClassifier
from tests.keras_classifier.examples import X, Y, classifier

L = keras.layers
RNG = np.random.default_rng(0)
ANGLES = RNG.uniform(0, 40, size=(1500, 2)).astype("float32")
PHASE = (np.sin(2 * np.pi * ANGLES[:, 0]) + 0.2 * np.sin(2 * np.pi * ANGLES[:, 1]) > 0).astype(int)
INCOMES = np.exp(RNG.normal(size=(1500, 2)) * 3).astype("float32")
RICH = (np.log(INCOMES[:, 0]) + np.log(INCOMES[:, 1]) > 0).astype(int)


class Waves(L.Layer):
    """Sines and cosines of whole turns."""

    def call(self, x):
        return ops.concatenate([ops.sin(2 * np.pi * x), ops.cos(2 * np.pi * x)], axis=-1)


class Logs(L.Layer):
    """Logarithms of positive numbers."""

    def call(self, x):
        return ops.log(x)


def beginning_with(layer):
    def make():
        model = keras.Sequential([keras.Input((2,)), layer(), L.Dense(16, "relu"), L.Dense(1, "sigmoid")])
        model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
        return model

    return make


@pytest.mark.parametrize("layer, rows, labels", [(Waves, ANGLES, PHASE), (Logs, INCOMES, RICH)], ids=["waves", "logs"])
def test_the_own_version_is_kept_where_scaling_spoils_it(layer, rows, labels):
    clf = GuardedKerasClassifier(beginning_with(layer), epochs=25, random_state=0).fit(rows[:1200], labels[:1200])
    assert clf.report_.verdict.value == "HEALTHY" and clf.n_restarts_ == 0
    (told,) = [finding for finding in clf.report_.advisories if finding.code == "scale_undone"]
    assert told.cause == "Scaled columns made this network worse, so its rows go in as they are."
    np.testing.assert_array_equal(clf.feature_encoder_.transform(rows), rows)
    assert clf.score(rows[1200:], labels[1200:]) > 0.85
    same = GuardedKerasClassifier(beginning_with(layer), epochs=25, random_state=0, scale=None).fit(
        rows[:1200], labels[:1200]
    )
    np.testing.assert_allclose(clf.predict_proba(rows), same.predict_proba(rows), rtol=1e-4, atol=1e-5)


def test_a_scale_that_was_typed_is_not_undone():
    clf = classifier(beginning_with(Waves), epochs=3, scale="standard", collapse_guard="off").fit(ANGLES, PHASE)
    assert clf.feature_encoder_.scale == "standard"


def test_scaled_rows_are_kept_where_they_are_better():
    wild = X * np.logspace(0, 5, 8, dtype="float32")
    clf = classifier().fit(wild, Y)
    assert clf.feature_encoder_.scale == "standard" and clf.score(wild, Y) > 0.85
    assert "scale_undone" not in [finding.code for finding in clf.report_.advisories]
