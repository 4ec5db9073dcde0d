"""Members beside a plan's own: who has them, when they join, and that every way to predict knows of them."""

import pickle
import signal
import threading
import time
from dataclasses import replace

import keras
import numpy as np
import pytest
from sklearn.datasets import make_classification

from robust_mlp import RobustMLPClassifier, clear_cache
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import HeldOut
from robust_mlp._core.training_data import TrainingData
from robust_mlp._fit import run_attempt
from robust_mlp._fit.companions import joint_training
from robust_mlp._fit.companions.common import (
    LEARNING_RATE_FACTOR,
    MEMBERS_PER_COMPANION,
    MOST_BEHIND,
    BackgroundTask,
    Companions,
    is_much_worse,
    plan_without_hidden_units,
)
from robust_mlp._network import engine_cache
from robust_mlp._network.graph.epochs import Epochs
from robust_mlp.exceptions import CollapseWarning

PLAN = TrainingPlan(n_members=9, numerical_embedding="mixed", optimizer="adam", learning_rate=1e-3)


@pytest.fixture(scope="module", autouse=True)
def _short_on_purpose():
    """These fits have few epochs, and the guard is not to ask whether more would be better."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("robust_mlp._collapse.judge.may_be_held_back", lambda inputs: False)
        yield


def table(n_rows=300):
    X, y = make_classification(n_rows, 6, n_informative=3, random_state=0)
    return X, y


@pytest.fixture(scope="module")
def fitted():
    X, y = table()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_attempt, "is_much_worse", lambda *_: False)
        patch.setattr(run_attempt, "vote_of_kind", lambda held_out, of_others, usual, *_: usual)
        return RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y)


@pytest.fixture(scope="module")
def alone():
    X, y = table()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_attempt, "is_much_worse", lambda *_: True)
        return RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y)


def test_plan_has_a_quarter_of_the_members_and_no_hidden_units():
    beside = plan_without_hidden_units(PLAN)
    assert (beside.n_members, beside.hidden_layer_sizes) == (9 // MEMBERS_PER_COMPANION, ())
    assert plan_without_hidden_units(PLAN, n_kinds=3).n_members == 3 * (9 // MEMBERS_PER_COMPANION)
    assert beside.learning_rate == LEARNING_RATE_FACTOR * PLAN.learning_rate
    assert beside.weight_decay * beside.learning_rate == pytest.approx(PLAN.weight_decay * PLAN.learning_rate)


@pytest.mark.parametrize(
    "change",
    [
        {"n_members": MEMBERS_PER_COMPANION - 1},
        {"numerical_embedding": None},
        {"numerical_embedding": "pieces"},
        {"optimizer": "sgd"},
        {"hidden_layer_sizes": ()},
    ],
)
def test_other_plans_have_none(change):
    assert plan_without_hidden_units(replace(PLAN, **change)) is None


def n_companions(clf):
    return clf.n_additive_members_, clf.n_radial_members_


def test_members_of_a_fit_are_what_they_are_without_companions(fitted, alone):
    assert (n_companions(fitted), n_companions(alone)) == ((1, 3), (0, 0))
    for a, b in zip(fitted._fitted.weights.trainable, alone._fitted.weights.trainable, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(fitted.oof_decision_function_, alone.oof_decision_function_)


class Later(BackgroundTask):
    """The task is done by the thread that wants its result, and not before."""

    def start(self):
        pass

    def result(self, deadline=None):
        self.release()
        return self._task(self)


def test_trained_ahead_they_are_what_they_are_trained_later(monkeypatch, fitted):
    monkeypatch.setattr(run_attempt, "is_much_worse", lambda *_: False)
    monkeypatch.setattr(run_attempt, "vote_of_kind", lambda held_out, of_others, usual, *_: usual)
    monkeypatch.setattr(joint_training, "BackgroundTask", Later)
    X, y = table()
    later = RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y)
    assert n_companions(later) == n_companions(fitted) == (1, 3)
    np.testing.assert_array_equal(later.predict_proba(X), fitted.predict_proba(X))


class Waits:
    """In place of `Companions.train`: goes on until told to stop, as a long training does."""

    def __init__(self):
        self.was_cancelled, self.has_begun = [], threading.Event()

    def __call__(self, companions, seeds, deadline=None, is_cancelled=None):
        self.has_begun.set()
        deadline = time.monotonic() + 60
        while not is_cancelled() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.was_cancelled.append(is_cancelled())
        return []


def waiting(monkeypatch):
    waits = Waits()
    monkeypatch.setattr(Companions, "train", lambda *args: waits(*args))
    return waits


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


class Ends(keras.callbacks.Callback):
    """Ends a fit after its first epoch, once the other training goes on: one that never began need not be ended."""

    has_begun: threading.Event  # of the class, since a fit copies its callbacks

    def on_epoch_end(self, epoch, logs=None):
        assert self.has_begun.wait(60)
        self.end()


class Fails(Ends):
    def end(self):
        raise RuntimeError("no more")


class Interrupts(Ends):
    def end(self):
        signal.raise_signal(signal.SIGINT)


def test_they_are_prepared_at_once_and_trained_once_the_others_begin(monkeypatch):
    begun, order = threading.Event(), []
    of_trace, of_additive, of_train = engine_cache._new_engine, joint_training.additive.companions, Companions.train

    def traced(*args):
        assert begun.wait(60)  # another thread prepares companions while this one traces
        engine = of_trace(*args)
        order.append("traced")
        return engine

    def prepared(*args):
        begun.set()
        return of_additive(*args)

    def trained(*args):
        order.append("trained")
        return of_train(*args)

    clear_cache()
    monkeypatch.setattr(engine_cache, "_new_engine", traced)
    monkeypatch.setattr(joint_training.additive, "companions", prepared)
    monkeypatch.setattr(Companions, "train", trained)
    RobustMLPClassifier((7,), n_members=5, max_iter=3, random_state=0).fit(*table())
    assert order == ["traced", "trained", "trained"]


def test_a_fit_that_fails_before_it_trains_leaves_no_thread_that_waits(monkeypatch):
    def broken(*args):
        raise RuntimeError("no graph")

    clear_cache()
    monkeypatch.setattr(engine_cache, "_new_engine", broken)
    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="no graph"):
        RobustMLPClassifier((7,), n_members=5, max_iter=3, random_state=0).fit(*table())
    wait_for(lambda: set(threading.enumerate()) <= before)


@pytest.mark.parametrize("callback", [Fails, Interrupts])
def test_a_fit_that_fails_or_is_interrupted_ends_their_training(monkeypatch, callback):
    waits = waiting(monkeypatch)
    monkeypatch.setattr(Ends, "has_begun", waits.has_begun, raising=False)
    clf = RobustMLPClassifier((8,), n_members=4, max_iter=8, random_state=0, callbacks=[callback()])
    with pytest.raises(RuntimeError, match="no more") if callback is Fails else pytest.warns(UserWarning):
        clf.fit(*table())
    wait_for(lambda: waits.was_cancelled)
    assert waits.was_cancelled == [True]


def test_a_training_that_is_told_to_stop_stops_between_epochs():
    X, y = table()
    data = TrainingData(
        X.astype(np.float32),
        y.astype(np.int32),
        np.ones(len(y), np.float32),
        2,
        [np.arange(200)] * 4,
        (X.astype(np.float32), y.astype(np.int32), np.ones(len(y), np.float32)),
        [np.arange(200, 300)] * 4,
    )
    plan = replace(PLAN, hidden_layer_sizes=(4,), n_members=4, max_iter=1_000_000, early_stopping=False)
    asked = []
    beside = Companions(plan, data, lambda attempt: [(attempt, data)])
    is_cancelled = lambda: asked.append(0) or len(asked) == 2  # noqa: E731
    ((attempt, _),) = beside.train({"weights": 0, "shuffle": 0, "dropout": 0}, is_cancelled=is_cancelled)
    assert len(asked) == 2
    assert len(attempt.records) < 1_000_000


def test_a_repaired_plan_has_its_own(monkeypatch):
    """Those of the plan that collapsed are told to stop, and what is left of them is not used."""
    of_companions, rates = Companions.train, []

    def train(companions, seeds, deadline=None, is_cancelled=None):
        rates.append((companions.plan.learning_rate, threading.current_thread() is threading.main_thread()))
        return of_companions(companions, seeds, deadline, is_cancelled)

    monkeypatch.setattr(Companions, "train", train)
    monkeypatch.setattr(run_attempt, "is_much_worse", lambda *_: False)
    monkeypatch.setattr(run_attempt, "vote_of_kind", lambda held_out, of_others, usual, *_: usual)
    clf = RobustMLPClassifier((8,), n_members=4, learning_rate=1e-7, random_state=0).fit(*table())
    assert (clf.report_.verdict.value, n_companions(clf)) == ("REPAIRED", (1, 3))
    in_main = [rate for rate, is_main in rates if is_main]
    assert len(in_main) == 2
    assert min(in_main) > 1e-5


def test_no_graph_is_traced_for_them(monkeypatch):
    clear_cache()
    monkeypatch.setattr(run_attempt, "is_much_worse", lambda *_: False)
    monkeypatch.setattr(run_attempt, "vote_of_kind", lambda held_out, of_others, usual, *_: usual)
    for n_rows in (300, 260, 90):
        # Eight epochs: of three, the guard says that they held the network back, and trains another one.
        fit = RobustMLPClassifier((7,), n_members=5, max_iter=8, random_state=0).fit(*table(n_rows))
        assert (n_companions(fit), fit.n_restarts_) == ((1, 3), 0)
    assert engine_cache.count_traces() == 1


def test_graphs_that_they_need_all_the_same_are_traced_once_and_while_the_others_train(monkeypatch):
    clear_cache()
    tracers = set()
    of_engine = Epochs.run
    monkeypatch.setattr(Epochs, "run", lambda *args: (tracers.add(threading.current_thread()), of_engine(*args))[1])
    for n_rows in (300, 260):
        fit = RobustMLPClassifier((7,), n_members=5, max_norm=9.0, max_iter=8, random_state=0).fit(*table(n_rows))
        assert fit.n_additive_members_ == 1
    assert engine_cache.count_traces() == 3
    assert len(tracers) == 2


def test_no_graph_is_traced_for_members_that_nobody_asks_for():
    clear_cache()
    RobustMLPClassifier((7,), n_members=5, max_iter=3, collapse_guard="off", random_state=0).fit(*table())
    assert engine_cache.count_traces() == 1


def test_keras_model_and_pickle_answer_alike(fitted):
    X, _ = table()
    expected = fitted.predict_proba(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict_proba(X), expected)
    rows = fitted._fitted.encoding.transform(X)
    np.testing.assert_allclose(fitted.model_.predict(rows, verbose=0), expected, atol=1e-5)


def test_the_saved_keras_model_answers_alike(fitted, tmp_path):
    rows = fitted._fitted.encoding.transform(table()[0])
    fitted.model_.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(rows, verbose=0), fitted.predict_proba(table()[0]), atol=1e-5)


def test_additive_members_have_no_interactions(fitted):
    """The effect of one column does not depend on another's value."""
    network = fitted._fitted.companions[0].network()
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


def held_out(rows, probabilities):
    codes = np.zeros(len(rows), int)
    return HeldOut(codes=codes, probabilities=probabilities, weights=np.ones(len(rows)), rows=np.asarray(rows))


def test_members_lag_behind_from_so_much_more_loss_on_whatever_the_order_of_rows():
    rng = np.random.default_rng(0)
    rows = rng.permutation(500)
    losses = np.linspace(0.1, 0.9, 500)[rows]
    of_others = held_out(rows, of_losses(losses))
    some = np.flatnonzero(rows % 4 == 3)[::-1]
    for factor in (0.5, 1, 1 + 0.9 * MOST_BEHIND):
        assert not is_much_worse(held_out(rows[some], of_losses(factor * losses[some])), of_others, of_others)
    for factor in (1 + 1.1 * MOST_BEHIND, 2):
        assert is_much_worse(held_out(rows[some], of_losses(factor * losses[some])), of_others, of_others)


@pytest.mark.parametrize(("loss_of_voters", "is_left_out"), [(1.0, False), (0.85, False), (0.7, True)])
def test_members_that_are_far_behind_those_that_count_are_left_out(loss_of_voters, is_left_out):
    """Those that count hold out the last 50 rows, the companions the first 50, on which they are as good as others."""
    losses = np.repeat([1.0, loss_of_voters], 50)
    of_others = held_out(np.arange(100), of_losses(losses))
    of_voters = held_out(np.arange(50, 100), of_losses(losses[50:]))
    companions = held_out(np.arange(50), of_losses(losses[:50]))
    assert is_much_worse(companions, of_others, of_voters) == is_left_out


def of_losses(losses):
    """Probabilities of two classes; the first is the true one, with this log loss."""
    return np.column_stack([np.exp(-losses), -np.expm1(-losses)])


def test_rows_weigh_what_they_weigh():
    losses = np.array([0.1, 0.1, 0.9])
    others = held_out(np.arange(3), of_losses(losses))
    mine = held_out(np.arange(3), of_losses(losses * [1, 1, 3]))
    assert is_much_worse(mine, others, others)
    assert not is_much_worse(replace(mine, weights=np.array([1, 1, 1e-9])), others, others)


@pytest.mark.parametrize("is_additive", [True, False])
def test_additive_members_join_where_columns_act_one_by_one(is_additive):
    X = np.random.default_rng(0).uniform(-2, 2, (900, 3))
    score = np.sin(2 * X[:, 0]) + X[:, 1] if is_additive else 2 * X[:, 0] * X[:, 1]
    y = score > 0
    clf = RobustMLPClassifier((32,), n_members=8, numerical_embedding="mixed", random_state=0).fit(X, y)
    assert clf.n_additive_members_ == (2 if is_additive else 0)


@pytest.mark.parametrize(("guard", "expected"), [("off", (0, 0)), ("warn", (1, 3))])
def test_with_rows_to_validate_by_and_every_part_of_a_network(monkeypatch, guard, expected):
    """Unguarded, nobody knows whether the others collapsed, and companions would hide it."""
    X, y = table()
    monkeypatch.setattr(run_attempt, "is_much_worse", lambda *_: False)
    monkeypatch.setattr(run_attempt, "vote_of_kind", lambda held_out, of_others, usual, *_: usual)
    settings = {"batch_norm": True, "max_norm": 2.0, "sampler": "over", "max_iter": 8, "collapse_guard": guard}
    clf = RobustMLPClassifier((8, 4), n_members=4, random_state=0, **settings)
    clf.fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    assert n_companions(clf) == expected
    rows = clf._fitted.encoding.transform(X)
    np.testing.assert_allclose(clf.model_.predict(rows, verbose=0), clf.predict_proba(X), atol=1e-5)


def test_a_collapsed_network_is_not_hidden():
    X, y = table()
    settings = {"learning_rate": 1e-7, "max_restarts": 0, "random_state": 0}
    with pytest.warns(CollapseWarning):
        clf = RobustMLPClassifier((8,), n_members=4, **settings).fit(X, y)
    assert (clf.report_.verdict.value, n_companions(clf)) == ("COLLAPSED", (0, 0))


def test_going_on_from_a_fit_goes_on_from_the_members_with_hidden_units():
    X, y = table()
    clf = RobustMLPClassifier((8,), n_members=4, max_iter=8, warm_start=True, random_state=0).fit(X, y)
    assert clf.fit(X, y).n_additive_members_ == 1
    assert n_companions(clf.partial_fit(X, y)) == (0, 0)
    assert len(clf.predict_proba(X)) == len(X)


def test_an_interrupt_leaves_the_members_that_are_there(monkeypatch):
    X, y = table()

    class Interrupted(BackgroundTask):
        def result(self, deadline=None):
            raise KeyboardInterrupt

    monkeypatch.setattr(joint_training, "BackgroundTask", Interrupted)
    assert n_companions(RobustMLPClassifier((8,), n_members=4, max_iter=8, random_state=0).fit(X, y)) == (0, 0)
