"""The loop over epochs: which batches a step gets, what is measured, when it ends, and what it keeps as the best.

Run without a graph, and with steps that only note what they were given."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._network.graph.epochs import MEASURED, Epochs, GraphOptions, NetworkInTraining, StepLoop
from robust_mlp._network.graph.graph_inputs import NEVER, GraphInputs
from robust_mlp._network.graph.masks import KINDS
from robust_mlp._network.graph.replicas import Replicas
from robust_mlp._network.graph.split_weights import Weights
from robust_mlp._network.graph.training_step import SCALARS, run_steps
from robust_mlp._network.graph.weight_layout import WeightLayout

RNG = np.random.default_rng(0)
ROWS, CODES = RNG.normal(size=(12, 2)).astype(np.float32), (np.arange(12) % 3).astype(np.int32)
WEIGHTS = np.arange(1, 13, dtype=np.float32)
NO_MASKS = (*[np.zeros(0, np.float32)] * len(KINDS), np.zeros((0, 1), np.int32))


def network_of(*, has_held_out=False):
    """One linear head from two inputs to three logits, all weights 0."""
    rows = keras.Input((2,))
    model = keras.Model(rows, keras.layers.Dense(3, kernel_initializer="zeros")(rows))
    shapes = [tuple(v.shape) for v in model.trainable_variables]
    layout = WeightLayout(shapes, [True, False], may_join=True)
    zeros = layout.joined([np.zeros(shape, np.float32) for shape in shapes])
    now, best = ([keras.Variable(z, dtype="float32") for z in zeros] for _ in range(2))
    network = NetworkInTraining(
        model=model,
        options=GraphOptions(has_held_out=has_held_out),
        dropout_layers=(),
        group_of=np.zeros(1, int),
        now=Weights(now, layout, optimizer=SimpleNamespace()),
        best=best,
        replicas=Replicas(1),
    )
    network.replicas.add([*now, *best])
    return network


def run(network, losses, *, orders, patience=np.inf, tol=0.0):
    """Epochs whose steps cost what `losses` says and add 1 to all weights; also what each step was given."""
    given, left = [], iter(losses)

    def update(batch, state, rate, scalars, masks):
        given.append(([part.numpy() for part in batch], float(rate), {k: float(v) for k, v in scalars.items()}, masks))
        network.now.assign([value + 1 for value in network.now.values()])
        return tf.constant(next(left), tf.float32), state

    table = tuple(map(tf.constant, (ROWS, CODES, WEIGHTS)))
    held_out = np.arange(4, dtype=np.int32)[np.newaxis]
    inputs = GraphInputs(
        table=table,
        held_out=table,
        orders=tf.constant(orders),
        rates=tf.range(orders.shape[0] * orders.shape[2], dtype=tf.float32),
        scalars=tf.range(len(SCALARS), dtype=tf.float32),
        masks=tuple(map(tf.constant, NO_MASKS)),
        parts=(tf.constant(held_out), tf.ones(held_out.shape)),
        rule=tf.constant([[np.inf] * 2, [0.0] * 2], tf.float32),
        limits=tf.constant([patience, tol, 0.0], tf.float32),
        correction=tf.constant([[0.0] * 3, [1.0] * 3] * 2),
        shown=tf.zeros((1, 0)),
        state=[],
        best_state=[],
    )
    outputs = Epochs(network, StepLoop(run_steps, update, on_one_thread=False), inputs).run()
    return outputs, given


def orders_of(n_epochs, n_steps=2, batch_size=3):
    return (
        np.stack([RNG.permutation(12)[: n_steps * batch_size] for _ in range(n_epochs)])
        .reshape(n_epochs, 1, n_steps, batch_size)
        .astype(np.int32)
    )


def figure(outputs, name):
    n_run, measured = outputs[3], outputs[4]
    return measured.numpy()[: int(n_run), MEASURED.index(name)]


def test_each_step_gets_the_rows_of_its_batch_its_rate_and_the_scalars():
    orders = orders_of(2)
    _, given = run(network_of(), [1.0] * 4, orders=orders)
    for number, (batch, rate, scalars, masks) in enumerate(given):
        where = orders.reshape(4, 3)[number]
        assert_array_equal(batch[0], ROWS[where])
        assert_array_equal(batch[1], CODES[where])
        assert_allclose(batch[2], WEIGHTS[where] / 3, rtol=1e-6)  # what each row counts in the batch's mean
        assert rate == number
        assert scalars == dict(zip(SCALARS, range(len(SCALARS)), strict=True))
        assert masks == []


def test_the_loss_of_an_epoch_is_the_mean_of_its_steps_and_the_update_is_measured():
    network = network_of()
    outputs, _ = run(network, [1.0, 3.0, 5.0, 5.0], orders=orders_of(2))
    assert_allclose(figure(outputs, "loss"), [2.0, 5.0])
    # All nine weights go from 0 to 2 and from 2 to 4: the first from next to nothing.
    assert figure(outputs, "update_ratio")[0] > 1e6
    assert_allclose(figure(outputs, "update_ratio")[1], 1.0)
    assert (figure(outputs, "held_out_loss") == np.float32(NEVER)).all()


def test_the_best_weights_are_those_of_the_least_loss():
    network = network_of()
    outputs, _ = run(network, [3.0, 1.0, 2.0], orders=orders_of(3, n_steps=1))
    assert_array_equal(figure(outputs, "improved"), [1, 1, 0])
    assert all((value.numpy() == 2).all() for value in network.best)
    assert all((value.numpy() == 3).all() for value in network.now.values())
    # The best value, and one epoch since: of the group, and of the member, which nobody waits for.
    assert_allclose(outputs[0], [[1.0, 1.0], [1.0, NEVER]])


@pytest.mark.parametrize(
    "losses, patience, tol, n_run",
    [
        ([5, 4, 3, 2, 1], 2, 0.0, 5),  # gains all the time
        ([5, 6, 6, 6, 6], 2, 0.0, 3),
        ([5.0, 4.9, 4.8, 4.7, 4.6], 2, 0.5, 3),  # gains too small to count
        ([np.nan] * 5, 2, 0.0, 2),  # a loss that is no number is no gain
        ([5, np.nan, 4, 3, 2], 2, 0.0, 5),  # nor is it the best ever
        ([5, 6, 6, 6, 6], np.inf, 0.0, 5),
    ],
)
def test_it_ends_after_as_many_epochs_without_a_gain_as_the_rule_says(losses, patience, tol, n_run):
    outputs, given = run(network_of(), losses, orders=orders_of(5, n_steps=1), patience=patience, tol=tol)
    assert int(outputs[3]) == len(given) == n_run


def test_held_out_rows_are_what_is_watched_where_there_are_some():
    network = network_of(has_held_out=True)
    outputs, _ = run(network, [3.0, 1.0], orders=orders_of(2, n_steps=1))
    logits = ROWS[:4].sum(axis=1, keepdims=True) + np.zeros(3)  # equal weights: each class gets a third
    assert np.ptp(logits, axis=1).max() == 0
    assert_allclose(figure(outputs, "held_out_loss"), np.log(3), rtol=1e-5)
    assert_array_equal(figure(outputs, "improved"), [1, 0])  # although the training loss fell
    assert_allclose(outputs[4].numpy()[:, len(MEASURED) :].sum(axis=1), 1.0)
