"""Attempts at training a user's network: the first is the user's own, later ones are made as the guard wants them."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp.keras_classifier import first_attempt as first_attempt_module
from robust_mlp.keras_classifier import fit as fit_module
from robust_mlp.keras_classifier.run_attempt import changed_optimizer, changes_of
from tests.keras_classifier.examples import X, Y, classifier, still

PLAN = TrainingPlan(hidden_layer_sizes=(8,), optimizer="adam", learning_rate=0.01)


@pytest.mark.parametrize(
    "change, name, expected",
    [
        ({"hidden_layer_sizes": (4, 4)}, "hidden_sizes", (4, 4)),
        ({"activation": "tanh"}, "activation", "tanh"),
        ({"dropout": 0.25}, "dropout", 0.25),
        ({"max_norm": 2.0}, "max_norm", 2.0),
        ({"batch_norm": True}, "batch_norm", True),
    ],
)
def test_what_a_plan_changes_is_built_and_nothing_else(change, name, expected):
    changes = changes_of(replace(PLAN, **change), PLAN, fresh=False)
    assert getattr(changes, name) == expected
    assert replace(changes, **{name: getattr(changes_of(PLAN, PLAN, fresh=False), name)}) == changes_of(
        PLAN, PLAN, fresh=False
    )


def test_an_equal_plan_changes_nothing_but_may_want_other_first_weights():
    assert not changes_of(PLAN, PLAN, fresh=False).fresh_weights
    assert changes_of(PLAN, PLAN, fresh=True).fresh_weights
    assert changes_of(replace(PLAN, kernel_initializer="he_normal"), PLAN, fresh=False).fresh_weights


def optimizer_of(plan, user=None):
    user = keras.optimizers.SGD(0.5, momentum=0.3) if user is None else user
    kind, config = changed_optimizer((type(user), user.get_config()), plan, PLAN)
    return kind.from_config(config)


def test_an_optimizer_that_the_plan_leaves_alone_stays_the_users():
    made = optimizer_of(PLAN)
    assert isinstance(made, keras.optimizers.SGD)
    assert (float(made.learning_rate), made.momentum) == (0.5, 0.3)


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"learning_rate": 0.002}, {"learning_rate": 0.002, "momentum": 0.3}),
        ({"clip_norm": 1.0}, {"global_clipnorm": 1.0, "learning_rate": 0.5}),
        ({"weight_decay": 0.1}, {"weight_decay": 0.1, "learning_rate": 0.5}),
    ],
)
def test_a_changed_setting_is_the_only_one_that_changes(change, expected):
    config = optimizer_of(replace(PLAN, **change)).get_config()
    for name, value in expected.items():
        assert config[name] == pytest.approx(value)


def test_another_optimizer_comes_with_the_plans_learning_rate():
    made = optimizer_of(replace(PLAN, optimizer="rmsprop", learning_rate=0.003))
    assert isinstance(made, keras.optimizers.RMSprop)
    assert float(made.learning_rate) == pytest.approx(0.003)


@pytest.fixture
def attempts(monkeypatch):
    """Every attempt of a fit: (plan, number, Attempt)."""
    noted, run = [], fit_module.run_attempt

    def noting(job, plan, number):
        attempt = run(job, plan, number)
        noted.append((plan, number, attempt))
        return attempt

    for module in (first_attempt_module, fit_module):
        monkeypatch.setattr(module, "run_attempt", noting)
    return noted


def test_the_first_attempt_trains_the_users_own_network_as_it_is(attempts):
    clf = classifier(epochs=3, collapse_guard="off").fit(X, Y)
    ((_, number, attempt),) = attempts
    assert number == 1
    assert attempt.network.model is clf.model_
    assert attempt.held_out is not None and not attempt.held_out.in_sample
    assert len(attempt.records) == 3


def test_later_attempts_make_the_network_anew_with_the_changes_of_the_plan(attempts):
    classifier(still, epochs=4).fit(X, Y)
    # What did not learn from scaled rows is trained on raw ones once, before anything is repaired.
    assert [number for _, number, _ in attempts[:3]] == [1, 1, 2]
    assert [plan.scale for plan, _, _ in attempts[:2]] == ["standard", None]
    (plan, _, first), (repaired, _, second) = attempts[0], attempts[2]
    assert second.network.model is not first.network.model
    assert float(second.network.model.optimizer.learning_rate) == pytest.approx(repaired.learning_rate)
    assert repaired.learning_rate > plan.learning_rate
    before, after = (np.concatenate([w.ravel() for w in a.network.trained.weights]) for a in (first, second))
    assert not np.allclose(before, after)
