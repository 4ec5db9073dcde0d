"""Whole fits under settings that hold a network back, or on rows that prove nothing: the verdict says what is so."""

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.metrics import balanced_accuracy_score

from robust_mlp import RobustMLPClassifier


def moons():
    X, y = make_moons(1000, noise=0.2, random_state=0)
    return 40 * X[:500], y[:500], 40 * X[500:], y[500:]


def scored(**settings):
    """(classifier, balanced accuracy on rows that it did not see) of a fit to `moons`."""
    X, y, X_test, y_test = moons()
    clf = RobustMLPClassifier(n_members=2, random_state=0, **settings).fit(X, y)
    return clf, balanced_accuracy_score(y_test, clf.predict(X_test))


@pytest.mark.parametrize(
    "settings, cause",
    [
        ({"batch_size": 100_000, "max_iter": 3}, "batch_too_large"),
        ({"weight_decay": 50.0}, "weight_decay_too_strong"),
    ],
)
def test_settings_that_hold_a_network_back_are_named_and_repaired(settings, cause):
    clf, score = scored(**settings)
    assert clf.report_.verdict.value == "REPAIRED"
    assert cause in [finding.code for finding in clf.report_.findings]
    assert score >= scored()[1] - 0.02
    assert {name: pair[0] for name, pair in clf.overridden_.items()} == settings


@pytest.mark.parametrize("seed", range(3))
def test_noise_that_is_learnt_by_heart_is_no_repair(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, 3)), rng.integers(0, 2, 40)
    clf = RobustMLPClassifier(n_members=1, max_iter=3, random_state=seed).fit(X, y)
    assert clf.report_.verdict.value in ("UNCHECKED", "NO_SIGNAL")
    assert clf.n_iter_ == 3  # as typed
    assert clf.overridden_ == {}


def test_a_users_own_network_that_is_hardly_trained_is_not_healthy_for_its_loss_on_training_rows():
    import keras

    from robust_mlp import GuardedKerasClassifier

    def build(meta):
        layers = [keras.Input((2,)), keras.layers.Dense(2, "sigmoid"), keras.layers.Dense(2, "softmax")]
        model = keras.Sequential(layers)
        model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy")
        return model

    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.uniform(size=(200, 2)) + 2.0 * y[:, None]
    clf = GuardedKerasClassifier(build, epochs=20, random_state=0).fit(X, y)
    assert clf.report_.verdict.value == "REPAIRED"
    assert clf.score(X, y) > 0.98
    assert clf.overridden_["epochs"][0] == 20
