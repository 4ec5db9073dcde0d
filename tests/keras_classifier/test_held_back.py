"""Own networks that something holds back, known to the guard or not: told, and repaired where that can be."""

import keras
import numpy as np
import pytest
from sklearn.datasets import make_blobs

from robust_mlp import Verdict
from robust_mlp.exceptions import CollapseWarning, NoSignalWarning, UnderfitWarning
from robust_mlp.keras_classifier import GuardedKerasClassifier

L = keras.layers
X, Y = make_blobs(1500, 6, centers=4, cluster_std=3.0, random_state=5)
X_NEW, Y_NEW = X[700:], Y[700:]


def fitted(*layers, optimizer="adam", labels=Y, **settings):
    def make(meta):
        head = L.Dense(meta["n_classes_"], "softmax")
        model = keras.Sequential([keras.Input((6,)), *(layer() for layer in layers), head])
        model.compile(optimizer() if callable(optimizer) else optimizer, "sparse_categorical_crossentropy")
        return model

    clf = GuardedKerasClassifier(make, **{"epochs": 20, "random_state": 0} | settings)
    return clf.fit(X[:700], labels[:700])


def hidden(**settings):
    return lambda: L.Dense(32, "relu", **settings)


def test_a_penalty_on_the_activities_is_named_and_lowered():
    clf = fitted(hidden(activity_regularizer=keras.regularizers.L1(10.0)), hidden())
    assert clf.report_.verdict is Verdict.REPAIRED
    assert [finding.code for finding in clf.report_.findings] == ["weight_decay_too_strong"]
    # Twenty epochs are few updates for a network that now can learn.
    assert clf.overridden_ == {"weight_decay": (10.0, 0.01), "epochs": (20, 106)}
    assert clf.score(X_NEW, Y_NEW) > 0.9


class Faint(L.Layer):
    """Leaves nearly nothing of its inputs, which no cause of the guard knows of."""

    def call(self, x):
        return x * 1e-3


def test_what_no_cause_knows_is_told_where_a_smooth_model_does_better():
    with pytest.warns((UnderfitWarning, CollapseWarning), match="than a simple model"):
        report = fitted(Faint, hidden(), collapse_guard="warn", scale="standard", epochs=60).report_
    assert report.verdict in (Verdict.UNDERFIT, Verdict.COLLAPSED)
    assert report.findings[0].symptom.endswith("simple model of the same table.") or "does clearly better" in str(
        report
    )


def test_what_no_cause_knows_is_trained_again():
    report = fitted(Faint, hidden(), scale="standard", epochs=60).report_
    assert report.verdict is Verdict.REPAIRED and report.findings


@pytest.mark.parametrize("layers", [(hidden(),), (hidden(), lambda: L.Dropout(0.3)), (hidden(), hidden())])
def test_a_healthy_network_is_left_alone(layers):
    report = fitted(*layers).report_
    assert report.verdict is Verdict.HEALTHY and report.findings == ()


def test_gradients_that_are_clipped_away_are_named():
    clf = fitted(hidden(), optimizer=lambda: keras.optimizers.SGD(0.05, global_clipnorm=1e-6))
    assert clf.report_.verdict is Verdict.REPAIRED
    assert clf.report_.findings[0].code == "steps_bounded"
    assert clf.score(X_NEW, Y_NEW) > 0.9


def test_dead_units_are_not_blamed_on_a_learning_rate_that_is_usual():
    dead = keras.initializers.Constant(-50.0)
    report = fitted(hidden(bias_initializer=dead), hidden(), optimizer=lambda: keras.optimizers.Adam(1e-3)).report_
    assert "learning_rate_too_low" not in [finding.code for finding in report.findings]


def test_on_noise_nothing_is_said_about_scales():
    noise = np.random.default_rng(0).integers(0, 4, len(Y))
    with pytest.warns(NoSignalWarning):
        report = fitted(hidden(), labels=noise).report_
    assert "scale_undone" not in [advisory.code for advisory in report.advisories]


def test_the_time_of_the_fit_counts_the_first_training():
    report = fitted(hidden()).report_
    assert report.seconds > report.guard_seconds > 0
    assert report.seconds >= sum(attempt.seconds for attempt in report.attempts)


def test_a_rate_that_a_schedule_halves_at_once_is_repaired():
    def halving():
        return keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.5))

    clf = fitted(hidden(), optimizer=halving)
    assert clf.report_.verdict is Verdict.REPAIRED
    assert "learning_rate_schedule" in clf.overridden_ or "learning_rate" in clf.overridden_
    assert clf.score(X_NEW, Y_NEW) > 0.9
