"""Training without a graph: the linear path learns, the hidden layers have no effect, and every array has its place."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.linear_engine import lent_for
from robust_mlp._network.training import train
from robust_mlp._network.untraced_engine import UntracedEngine, lent_untraced
from tests._network.trainings import PLAN, SEEDS, data_of

WITH_PATH = replace(PLAN, linear_path=True, n_members=2, dropout=0.0)


@pytest.mark.parametrize(
    "changes, embedding_sizes",
    [({}, ()), ({"linear_path": True}, ()), ({"batch_norm": True}, ()), ({"hidden_layer_sizes": ()}, ()), ({}, (3, 5))],
)
def test_arrays_have_the_names_and_shapes_of_the_models(changes, embedding_sizes):
    shape = NetworkShape.of(replace(PLAN, **changes), 6, 3, embedding_sizes)
    engine, model = UntracedEngine(shape), build_model(shape)
    assert [(v.name, v.shape) for v in engine.variables] == [
        (v.name, tuple(v.shape)) for v in model.trainable_variables
    ]
    n_moving = sum(v.name.startswith("moving") for v in model.non_trainable_variables)
    assert len(engine.moving(best=True)) == n_moving


def test_the_linear_path_learns_as_a_network_without_hidden_layers_does():
    data = data_of(n_members=2)
    plan = replace(WITH_PATH, learning_rate=0.05, max_iter=20)
    found = train(plan, data, SEEDS, lend=lent_untraced)
    alone = train(replace(plan, hidden_layer_sizes=(), linear_path=False), data, SEEDS, lend=lent_for)
    assert found.records[-1].loss < 0.9 * found.records[0].loss
    # The latter begins with a drawn kernel, the former with zeros: they come to the same.
    assert_allclose(found.records[-1].validation_loss, alone.records[-1].validation_loss, rtol=0.05)


def test_hidden_layers_stay_as_drawn_and_have_no_effect():
    data = data_of(n_members=2)
    network = train(WITH_PATH, data, SEEDS, lend=lent_untraced).network.weights.network()
    assert (network.kernels[-1] == 0).all()
    assert network.kernels[0].std() > 0
    rows = data.rows[:50]
    for member in range(2):
        by_hand = rows @ network.linear_path[member] + network.biases[-1][member]
        assert_allclose(network.logits(rows, member), by_hand, atol=1e-5)


def test_without_a_linear_path_the_biases_learn_the_class_shares():
    data = data_of(n_members=2)
    plan = replace(PLAN, n_members=2, max_iter=100, n_iter_no_change=100, learning_rate=0.05)
    attempt = train(plan, data, SEEDS, lend=lent_untraced)
    shares = np.bincount(data.codes, minlength=3) / len(data.codes)
    assert_allclose(attempt.held_out.probabilities.mean(axis=0), shares, atol=0.1)
    assert attempt.held_out.probabilities.std(axis=0).max() < 0.1


def test_inputs_that_a_member_does_not_see_have_no_weight():
    hidden = np.zeros((2, 4), bool)
    hidden[1, :2] = True
    data = replace(data_of(n_members=2), hidden_inputs=hidden)
    network = train(WITH_PATH, data, SEEDS, lend=lent_untraced).network.weights.network()
    assert (network.linear_path[1, :2] == 0).all()
    assert (network.linear_path[0] != 0).all()


def test_without_held_out_rows_the_training_loss_chooses():
    data = replace(data_of(), held_out=[], train_eval_rows=np.arange(20))
    attempt = train(replace(WITH_PATH, n_members=1, early_stopping=False), data, SEEDS, lend=lent_untraced)
    assert attempt.held_out.in_sample
    assert attempt.records[-1].validation_loss is None
    assert attempt.records[-1].loss < attempt.records[0].loss


def test_codes_of_levels_are_left_to_the_layers_behind_them():
    data = data_of(n_members=2)
    codes = np.zeros((len(data.rows), 1), np.float32)
    data = replace(data, rows=np.hstack([data.rows, codes]), embedding_sizes=(3,))
    data = replace(data, eval_rows=(data.rows, *data.eval_rows[1:]))
    network = train(WITH_PATH, data, SEEDS, lend=lent_untraced).network.weights.network()
    assert network.linear_path.shape == (2, 4 + 8, 3)
    assert_array_equal(network.linear_path[:, 4:], 0)
    assert (network.linear_path[:, :4] != 0).all()
