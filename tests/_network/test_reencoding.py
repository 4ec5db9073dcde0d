"""A training behind another encoding: the same answers, and the same optimizer state where it is known."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.input_change import InputChange
from robust_mlp._network.reencoding import reencoded
from robust_mlp._network.training import train
from tests._network.trainings import PLAN, SEEDS, data_of

NO_FLAGS = np.empty((0, 2), dtype=int)
# Of four inputs, the first two are scaled otherwise, and a fifth is new.
CHANGE = InputChange(
    source=np.array([0, 1, 2, 3, -1]),
    factor=np.array([3.0, 0.2, 1.0, 1.0, 1.0]),
    shift=np.array([-1.0, 2.0, 0.0, 0.0, 0.0]),
    flags=NO_FLAGS,
)


def scaled_otherwise(rows):
    """Rows as `CHANGE` has them, and any values in the new input."""
    new = np.column_stack([rows, np.random.default_rng(0).standard_normal(len(rows))])
    new[:, :4] = (rows - CHANGE.shift[:4]) / CHANGE.factor[:4]
    return new.astype(np.float32)


@pytest.mark.parametrize(
    "settings",
    [{}, {"n_members": 3}, {"linear_path": True}, {"batch_norm": True}, {"hidden_layer_sizes": ()}],
    ids=str,
)
def test_the_network_answers_as_before(settings):
    data = data_of(n_members=settings.get("n_members", 1))
    trained = train(replace(PLAN, **settings), data, SEEDS).network
    again = reencoded(trained, CHANGE, seed=0)
    before = trained.weights.network().in_float64().probabilities(data.rows)
    after = again.weights.network().in_float64().probabilities(scaled_otherwise(data.rows))
    assert_allclose(after, before, atol=1e-5)
    assert again.n_steps == trained.n_steps


def test_the_optimizer_goes_on():
    data = data_of()
    trained = train(PLAN, data, SEEDS).network
    state, again = trained.slots[0], reencoded(trained, CHANGE, seed=0).slots[0]
    for old, new in zip(state.others, again.others, strict=True):
        assert_array_equal(old, new)
    squares = next(name for name in state.of_weights if name.endswith("velocity"))
    assert_allclose(again.of_weights[squares][0][0], state.of_weights[squares][0][0] / 9, rtol=1e-6)
    assert (again.of_weights[squares][0][4] == 0).all()
    assert_array_equal(again.of_weights[squares][2], state.of_weights[squares][2])


def test_a_state_that_nobody_knows_begins_afresh():
    trained = train(replace(PLAN, optimizer="adafactor"), data_of(), SEEDS).network
    assert reencoded(trained, CHANGE, seed=0).slots is None
    trained = train(replace(PLAN, optimizer="adadelta"), data_of(), SEEDS).network
    assert reencoded(trained, CHANGE, seed=0).slots is None


def test_a_category_that_gets_vectors_changes_nothing_at_first_and_can_learn():
    data = data_of()
    trained = train(replace(PLAN, linear_path=True), data, SEEDS).network
    change = replace(CHANGE, vectors=((-1, 6),))
    again = reencoded(trained, change, seed=0).weights
    rows = np.column_stack([scaled_otherwise(data.rows), np.arange(len(data.rows)) % 6]).astype(np.float32)
    before = trained.weights.network().in_float64().probabilities(data.rows)
    assert_allclose(again.network().probabilities(rows), before, atol=1e-5)
    assert again.n_embedded == 1 and again.trainable[0].shape == (6, 8)
    assert (again.trainable[1][5:] != 0).all()  # the vectors get gradients


def test_vectors_stay_and_there_is_room_for_more():
    change = replace(CHANGE, vectors=((-1, 6),))
    trained = reencoded(train(PLAN, data_of(), SEEDS).network, change, seed=0)
    vectors = np.random.default_rng(0).standard_normal((6, 8)).astype(np.float32)
    weights = replace(trained.weights, trainable=[vectors, *trained.weights.trainable[1:]])
    same = InputChange(np.arange(5), np.ones(5), np.zeros(5), NO_FLAGS, vectors=((0, 9),))
    again = reencoded(replace(trained, weights=weights), same, seed=1).weights
    assert_array_equal(again.trainable[0][:6], vectors)
    assert (again.trainable[0][6:] == 0).all()
    assert_array_equal(again.trainable[1], weights.trainable[1])
