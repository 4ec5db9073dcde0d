"""A training goes on from its state in the same bits, in an engine that has trained something else meanwhile."""

from dataclasses import replace

import pytest
from numpy.testing import assert_array_equal

from robust_mlp._core.training_data import Hooks
from robust_mlp._network import call_lengths
from robust_mlp._network.training import train
from tests._network.trainings import PLAN, SEEDS, data_of


class Kept:
    """A checkpoint in memory: all states that were kept."""

    def __init__(self, state=None):
        self.state, self.states, self.is_due = state, [], []

    def __call__(self, plan, data, seeds, start):
        return self

    def keep(self, make_state, *, is_due):
        self.states.append(make_state())
        self.is_due.append(is_due)


@pytest.fixture(autouse=True)
def one_epoch_a_call(monkeypatch):
    monkeypatch.setattr(call_lengths, "SECONDS_PER_CALL", 0.0)


PLANS = {
    "plain": PLAN,
    "members": replace(PLAN, n_members=3),
    "moving averages": replace(PLAN, batch_norm=True, dropout=0.2),
    "a schedule": replace(PLAN, learning_rate_schedule="cosine", optimizer="rmsprop"),
    "last weights": replace(PLAN, early_stopping=False),
}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("epoch", [1, 3])
def test_the_rest_of_a_training_has_the_same_bits(name, epoch):
    plan = PLANS[name]
    data = data_of(plan.n_members)
    kept = Kept()
    whole = train(plan, data, SEEDS, hooks=Hooks(checkpoint=kept))
    assert kept.is_due == [False] * plan.max_iter + [True]
    train(replace(plan, learning_rate=0.1), data, SEEDS)
    rest = Kept(kept.states[epoch - 1])
    again = train(plan, data, SEEDS, hooks=Hooks(checkpoint=rest))
    assert len(rest.states) == plan.max_iter - epoch + 1
    assert [replace(r, seconds=0) for r in again.records] == [replace(r, seconds=0) for r in whole.records]
    for mine, theirs in zip(again.network.weights.trainable, whole.network.weights.trainable, strict=True):
        assert_array_equal(mine, theirs)
    for mine, theirs in zip(again.network.weights.moving, whole.network.weights.moving, strict=True):
        assert_array_equal(mine, theirs)
    assert (again.best_epoch, again.stop_reason) == (whole.best_epoch, whole.stop_reason)


@pytest.mark.parametrize("epoch", [1, 2, 5, 9])
def test_a_schedule_that_became_longer_is_as_long_after_a_restart(epoch):
    plan = replace(PLAN, learning_rate_schedule="cosine", optimizer="adam", learning_rate=0.01, longest_schedule=16)
    data, kept = data_of(n_rows=256), Kept()
    whole = train(plan, data, SEEDS, hooks=Hooks(checkpoint=kept))
    assert plan.max_iter < len(whole.records) <= 16
    rest = Kept(kept.states[epoch - 1])
    again = train(plan, data, SEEDS, hooks=Hooks(checkpoint=rest))
    assert [replace(r, seconds=0) for r in again.records] == [replace(r, seconds=0) for r in whole.records]
    for mine, theirs in zip(again.network.weights.trainable, whole.network.weights.trainable, strict=True):
        assert_array_equal(mine, theirs)


def test_a_training_that_had_ended_does_not_go_on():
    kept = Kept()
    whole = train(PLAN, data_of(), SEEDS, hooks=Hooks(checkpoint=kept))
    assert kept.states[-1].stop_reason == "max_iter"
    ended = Kept(kept.states[-1])
    again = train(PLAN, data_of(), SEEDS, hooks=Hooks(checkpoint=ended))
    assert ended.states == []
    assert again.stop_reason == "max_iter" and again.records == whole.records
    assert_array_equal(again.held_out.probabilities, whole.held_out.probabilities)


def test_weights_of_another_shape_are_refused():
    kept = Kept()
    train(PLAN, data_of(), SEEDS, hooks=Hooks(checkpoint=kept))
    with pytest.raises(ValueError, match=r"^The checkpoint holds weights of the shapes \[\(4, 8\), "):
        train(replace(PLAN, hidden_layer_sizes=(9,)), data_of(), SEEDS, hooks=Hooks(checkpoint=Kept(kept.states[0])))
