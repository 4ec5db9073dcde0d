"""Optimizer objects of Keras with settings that hold a network back: named and repaired, and their figures are true."""

import keras
import numpy as np
import pytest
from sklearn.datasets import make_blobs

from robust_mlp import RobustMLPClassifier, Verdict

X, Y = make_blobs(1200, 6, centers=4, cluster_std=3.0, random_state=6)
X_NEW, Y_NEW = X[600:], Y[600:]


def fitted(optimizer, **settings):
    return RobustMLPClassifier(n_members=2, random_state=0, optimizer=optimizer, **settings).fit(X[:600], Y[:600])


def decaying(steps):
    return keras.optimizers.schedules.ExponentialDecay(1e-3, steps, 0.5)


@pytest.mark.parametrize(
    "make, code",
    [
        (lambda: keras.optimizers.Adam(1e-3, epsilon=100.0), "steps_bounded"),
        (lambda: keras.optimizers.Adam(decaying(2)), "schedule_too_short"),
        (lambda: keras.optimizers.AdamW(2e-3, weight_decay=400.0), "weight_decay_too_strong"),
    ],
    ids=["epsilon", "schedule", "decay"],
)
def test_the_setting_is_named_and_the_optimizer_is_used_without_it(make, code):
    clf = fitted(make())
    assert clf.report_.verdict is Verdict.REPAIRED
    assert code in [finding.code for finding in clf.report_.findings]
    assert clf.overridden_["optimizer"][1] in ("adam", "adamw")
    assert clf.score(X_NEW, Y_NEW) > 0.9


def test_the_rates_in_the_history_are_those_of_the_schedule():
    clf = fitted(keras.optimizers.Adam(decaying(100)), max_iter=12, collapse_guard="off")
    rates = clf.history_["learning_rate"]
    assert rates[0] == pytest.approx(1e-3)
    n_steps = round(np.log(rates[0] / rates[1]) / np.log(2) * 100)
    assert 2 <= n_steps <= 600 // clf._plan.batch_size + 1  # of an epoch
    np.testing.assert_allclose(rates, [1e-3 * 0.5 ** (i * n_steps / 100) for i in range(len(rates))], rtol=1e-4)


def test_a_rate_that_was_typed_in_an_optimizer_is_told_as_it_was_typed():
    clf = fitted(keras.optimizers.Adam(1e-3, epsilon=100.0))
    assert clf.overridden_["learning_rate"] == (0.001, 0.002)


def test_a_usual_optimizer_object_is_left_alone():
    clf = fitted(keras.optimizers.Adam(2e-3))
    assert clf.report_.verdict is Verdict.HEALTHY and clf.overridden_ == {}
