"""Additive members: who has them, when they join, and that every way to predict knows of them."""

import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import make_classification

from robust_mlp import RobustMLPClassifier, _additive, clear_cache
from robust_mlp._additive import MEMBERS_PER_ADDITIVE, MOST_BEHIND, PACE, lag_behind, plan_beside
from robust_mlp._inference import NetworkWeights
from robust_mlp._network import cache
from robust_mlp._network.engine import Engine
from robust_mlp._plan import TrainingPlan
from robust_mlp._records import HeldOut
from robust_mlp.exceptions import CollapseWarning

PLAN = TrainingPlan(n_members=9, numerical_embedding="mixed", optimizer="adam", learning_rate=1e-3)


def table(n_rows=300):
    X, y = make_classification(n_rows, 6, n_informative=3, random_state=0)
    return X, y


@pytest.fixture(scope="module")
def fitted():
    X, y = table()
    return RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def alone():
    X, y = table()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_additive, "lag_behind", lambda *_: True)
        return RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y)


def test_plan_has_a_quarter_of_the_members_and_no_hidden_units():
    beside = plan_beside(PLAN)
    assert (beside.n_members, beside.hidden_layer_sizes) == (9 // MEMBERS_PER_ADDITIVE, ())
    assert beside.learning_rate == PACE * PLAN.learning_rate
    assert beside.weight_decay * beside.learning_rate == pytest.approx(PLAN.weight_decay * PLAN.learning_rate)


@pytest.mark.parametrize(
    "change",
    [
        {"n_members": MEMBERS_PER_ADDITIVE - 1},
        {"numerical_embedding": None},
        {"numerical_embedding": "pieces"},
        {"optimizer": "sgd"},
        {"hidden_layer_sizes": ()},
    ],
)
def test_other_plans_have_none(change):
    assert plan_beside(replace(PLAN, **change)) is None


def test_members_of_a_fit_are_what_they_are_without_additive_ones(fitted, alone):
    assert (fitted.n_additive_members_, alone.n_additive_members_) == (1, 0)
    for a, b in zip(fitted._fitted.weights.trainable, alone._fitted.weights.trainable, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(fitted.oof_decision_function_, alone.oof_decision_function_)


def test_every_member_has_one_vote(fitted, alone):
    X, _ = table()
    rows = fitted._fitted.encoding.transform(X)
    of_additive = fitted._fitted.additive.network().probabilities(rows)
    expected = (5 * alone.predict_proba(X) + of_additive) / 6
    np.testing.assert_allclose(fitted.predict_proba(X), expected, atol=1e-6)


def test_their_graph_is_traced_once_and_while_the_others_train(monkeypatch):
    clear_cache()
    tracers = set()
    of_engine = Engine._run
    monkeypatch.setattr(Engine, "_run", lambda *args: (tracers.add(threading.current_thread()), of_engine(*args))[1])
    fit = RobustMLPClassifier((7,), n_members=5, max_iter=3, random_state=0).fit(*table())
    assert fit.n_additive_members_ == 1
    assert cache.count_traces() == 2
    assert len(tracers) == 2


def test_no_graph_is_traced_for_members_that_nobody_asks_for():
    clear_cache()
    RobustMLPClassifier((7,), n_members=5, max_iter=3, collapse_guard="off", random_state=0).fit(*table())
    assert cache.count_traces() == 1


def test_keras_model_and_pickle_answer_alike(fitted):
    X, _ = table()
    expected = fitted.predict_proba(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), expected)
    rows = fitted._fitted.encoding.transform(X)
    np.testing.assert_allclose(fitted.model_.predict(rows, verbose=0), expected, atol=1e-5)


def test_additive_members_have_no_interactions(fitted):
    """The effect of one column does not depend on another's value."""
    network = fitted._fitted.additive.network()
    rng = np.random.default_rng(0)
    X, n_columns = table()[0], table()[0].shape[1]
    low, high = X[rng.integers(0, len(X), 50)], X[rng.integers(0, len(X), 50)]
    other = np.arange(n_columns) != 0

    def logits(first, rest):
        mixed = np.where(other, rest, first)
        return network.logits(fitted._fitted.encoding.transform(mixed).astype(np.float64))

    effect_here, effect_there = logits(high, low) - logits(low, low), logits(high, high) - logits(low, high)
    np.testing.assert_allclose(effect_here, effect_there, atol=1e-4)
    assert np.abs(effect_here).max() > 0.01


@pytest.mark.parametrize("batch_norm", [False, True])
def test_linear_members_take_any_shape(batch_norm):
    rng = np.random.default_rng(0)

    def drawn(*shape):
        return rng.normal(size=shape).astype(np.float32)

    norm = [np.ones((2, 1, 4), np.float32), drawn(2, 1, 4)] if batch_norm else []
    moving = [drawn(2, 1, 4), drawn(2, 1, 4) ** 2] if batch_norm else []
    trainable = [
        drawn(2, 7, 3),
        drawn(2, 10, 4),
        drawn(2, 1, 4),
        *norm,
        drawn(2, 4, 2),
        drawn(2, 1, 2),
        drawn(2, 10, 2),
    ]
    weights = NetworkWeights(trainable, moving, "sigmoid", 1, batch_norm, True, n_members=2, n_embedded=1)
    linear = NetworkWeights([drawn(7, 3), drawn(10, 2), drawn(2)], [], "sigmoid", 0, False, False, 1, n_embedded=1)
    joined = weights.with_linear_members(linear).network()
    rows = np.column_stack([rng.normal(size=(20, 7)), rng.integers(0, 7, 20)]).astype(np.float32)
    assert joined.n_members == 3
    for member in range(2):
        np.testing.assert_allclose(joined.logits(rows, member), weights.network().logits(rows, member), rtol=1e-6)
    np.testing.assert_allclose(joined.logits(rows, 2), linear.network().logits(rows), rtol=1e-5)


def held_out(rows, probabilities):
    codes = np.zeros(len(rows), int)
    return HeldOut(codes=codes, probabilities=probabilities, weights=np.ones(len(rows)), rows=np.asarray(rows))


def test_members_lag_behind_from_a_tenth_more_loss_on_whatever_the_order_of_rows():
    rng = np.random.default_rng(0)
    rows = rng.permutation(500)
    losses = np.linspace(0.1, 0.9, 500)[rows]
    of_others = held_out(rows, of_losses(losses))
    some = np.flatnonzero(rows % 4 == 3)[::-1]
    for factor in (0.5, 1, 1 + 0.9 * MOST_BEHIND):
        assert not lag_behind(held_out(rows[some], of_losses(factor * losses[some])), of_others)
    for factor in (1 + 1.1 * MOST_BEHIND, 2):
        assert lag_behind(held_out(rows[some], of_losses(factor * losses[some])), of_others)


def of_losses(losses):
    """Probabilities of two classes; the first is the true one, with this log loss."""
    return np.column_stack([np.exp(-losses), -np.expm1(-losses)])


def test_rows_weigh_what_they_weigh():
    losses = np.array([0.1, 0.1, 0.9])
    others = held_out(np.arange(3), of_losses(losses))
    mine = held_out(np.arange(3), of_losses(losses * [1, 1, 3]))
    assert lag_behind(mine, others)
    assert not lag_behind(replace(mine, weights=np.array([1, 1, 1e-9])), others)


@pytest.mark.parametrize("is_additive", [True, False])
def test_additive_members_join_where_columns_act_one_by_one(is_additive):
    X = np.random.default_rng(0).uniform(-2, 2, (900, 3))
    score = np.sin(2 * X[:, 0]) + X[:, 1] if is_additive else 2 * X[:, 0] * X[:, 1]
    y = score > 0
    clf = RobustMLPClassifier((32,), n_members=8, numerical_embedding="mixed", random_state=0).fit(X, y)
    assert clf.n_additive_members_ == (2 if is_additive else 0)


@pytest.mark.parametrize(("guard", "n_additive"), [("off", 0), ("warn", 1)])
def test_with_rows_to_validate_by_and_every_part_of_a_network(guard, n_additive):
    """Unguarded, nobody knows whether the others collapsed, and additive members would hide it."""
    X, y = table()
    settings = {"batch_norm": True, "max_norm": 2.0, "sampler": "over", "max_iter": 8, "collapse_guard": guard}
    clf = RobustMLPClassifier((8, 4), n_members=4, random_state=0, **settings)
    clf.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    assert clf.n_additive_members_ == n_additive
    rows = clf._fitted.encoding.transform(X)
    np.testing.assert_allclose(clf.model_.predict(rows, verbose=0), clf.predict_proba(X), atol=1e-5)


def test_a_collapsed_network_is_not_hidden():
    X, y = table()
    settings = {"learning_rate": 1e-7, "max_restarts": 0, "random_state": 0}
    with pytest.warns(CollapseWarning):
        clf = RobustMLPClassifier((8,), n_members=4, **settings).fit(X, y)
    assert (clf.report_.verdict.value, clf.n_additive_members_) == ("COLLAPSED", 0)


def test_going_on_from_a_fit_goes_on_from_the_members_with_hidden_units():
    X, y = table()
    clf = RobustMLPClassifier((8,), n_members=4, max_iter=8, warm_start=True, random_state=0).fit(X, y)
    assert clf.fit(X, y).n_additive_members_ == 1
    assert clf.partial_fit(X, y).n_additive_members_ == 0
    assert len(clf.predict_proba(X)) == len(X)


def test_an_interrupt_leaves_the_members_that_are_there(monkeypatch):
    X, y = table()

    def interrupted(*args, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(_additive, "train_beside", interrupted)
    assert RobustMLPClassifier((8,), n_members=4, max_iter=8, random_state=0).fit(X, y).n_additive_members_ == 0
