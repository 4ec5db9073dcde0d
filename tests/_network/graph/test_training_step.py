"""One update: what Keras' own step does, and decay and norms as asked for."""

from dataclasses import replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

import robust_mlp
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.graph import training_step
from robust_mlp._network.graph.epochs import GraphOptions
from robust_mlp._network.graph.split_weights import Weights
from robust_mlp._network.graph.training_step import SCALARS, Steps, run_steps
from robust_mlp._network.graph.weight_layout import WeightLayout
from robust_mlp._network.training import train
from tests._network.trainings import PLAN, SEEDS, data_of

RNG = np.random.default_rng(0)


def test_weight_decay_shrinks_kernels_and_leaves_biases_alone():
    data = data_of(held_out=False)
    plan = replace(PLAN, optimizer="sgd", early_stopping=False, learning_rate=1e-12, weight_decay=1e10, max_iter=1)
    start = train(replace(plan, weight_decay=0.0), data, SEEDS).network.weights.trainable
    shrunk = train(plan, data, SEEDS).network.weights.trainable
    n_steps = 8
    assert_allclose(shrunk[0], start[0] * (1 - 0.01) ** n_steps, rtol=1e-4)
    assert_allclose(shrunk[1], start[1], atol=1e-9)


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("n_members", [1, 5])
def test_large_kernels_decay_as_small_ones(n_members, weight_decay, optimizer, monkeypatch):
    data = data_of(n_members)
    plan = replace(
        PLAN, hidden_layer_sizes=(20_000,), optimizer=optimizer, weight_decay=weight_decay, n_members=n_members
    )
    expected = train(plan, data, SEEDS).network.weights.trainable
    robust_mlp.clear_cache()
    monkeypatch.setattr(training_step, "LARGE", 2**16)
    found = train(plan, data, SEEDS).network.weights.trainable
    robust_mlp.clear_cache()
    for now, before in zip(found, expected, strict=True):
        assert_array_equal(now, before)


def test_max_norm_bounds_every_unit():
    attempt = train(replace(PLAN, max_norm=0.5, learning_rate=0.1), data_of(), SEEDS)
    kernel = attempt.network.weights.trainable[0]
    assert np.linalg.norm(kernel, axis=0).max() <= 0.5 + 1e-6


def model_of(**settings):
    """A small Keras model, as the engine has it, with random weights; and the plan's shape."""
    shape = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", **settings), 4, 3)
    model = build_model(shape, in_engine=True)
    for variable in model.trainable_variables:
        variable.assign(RNG.normal(size=variable.shape))
    return model


def weights_of(model, optimizer):
    """The model's weights in variables of the engine's, and the optimizer built for them."""
    shapes = [tuple(v.shape) for v in model.trainable_variables]
    layout = WeightLayout(shapes, [v.name == "kernel" for v in model.trainable_variables])
    now = [keras.Variable(value) for value in layout.joined([v.numpy() for v in model.trainable_variables])]
    optimizer.build(now)
    return Weights(now, layout, optimizer)


def batch_of(n_rows=12):
    """Rows, codes and shares of the loss, as tensors."""
    rows, codes = RNG.normal(size=(n_rows, 4)).astype(np.float32), RNG.integers(0, 3, n_rows).astype(np.int32)
    return tuple(map(tf.constant, (rows, codes, RNG.uniform(0, 0.2, n_rows).astype(np.float32))))


def one_update(model, weights, batch, *, n_slices=1, rate=0.1, options=None, has_own_schedule=False, **scalars):
    """The loss before one update of the weights."""
    options = options or GraphOptions(has_held_out=False)
    scalars = {name: tf.constant(float(scalars.get(name, 0.0))) for name in SCALARS}
    state = [v.value for v in model.non_trainable_variables]
    steps = Steps(model, options, has_own_schedule=has_own_schedule)
    loss, _ = steps.update(weights, n_slices, batch, state, tf.constant(rate), scalars, [])
    return float(loss)


def keras_gradients(model, batch, smoothing=0.0):
    """Loss and gradients of Keras' own cross-entropy, for the model's weights as they are."""
    rows, codes, shares = batch
    targets = tf.one_hot(codes, 3) * (1 - smoothing) + smoothing / 3
    with tf.GradientTape() as tape:
        losses = keras.losses.categorical_crossentropy(targets, model(rows), from_logits=True)
        total = tf.reduce_sum(losses * shares)
    return float(total), [g.numpy() for g in tape.gradient(total, [v.value for v in model.trainable_variables])]


@pytest.mark.parametrize("n_slices", [1, 2, 4])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_a_step_goes_along_keras_gradient_whatever_the_slices(n_slices, smoothing):
    model, batch = model_of(), batch_of()
    weights = weights_of(model, keras.optimizers.SGD())
    total, gradients = keras_gradients(model, batch, smoothing)
    options = GraphOptions(has_held_out=False, has_label_smoothing=smoothing > 0)
    loss = one_update(model, weights, batch, n_slices=n_slices, options=options, label_smoothing=smoothing)
    assert_allclose(loss, total, rtol=1e-5)
    for part, variable, gradient in zip(weights.parts(), model.trainable_variables, gradients, strict=True):
        assert_allclose(part, variable.numpy() - 0.1 * gradient, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("bound", [0.01, 1e6])
def test_the_gradients_norm_over_all_weights_is_bounded(bound):
    model, batch = model_of(), batch_of()
    weights = weights_of(model, keras.optimizers.SGD())
    gradients = keras_gradients(model, batch)[1]
    norm = np.sqrt(sum((g**2).sum() for g in gradients))
    assert 0.01 < norm < 1e6
    options = GraphOptions(has_held_out=False, has_clip_norm=True)
    one_update(model, weights, batch, options=options, clip_norm=bound)
    moved = [v.numpy() - part.numpy() for v, part in zip(model.trainable_variables, weights.parts(), strict=True)]
    assert_allclose(np.sqrt(sum((m**2).sum() for m in moved)), 0.1 * min(norm, bound), rtol=1e-3)


def test_kernels_decay_by_the_rate_and_biases_do_not():
    model, batch = model_of(), batch_of()
    batch = (*batch[:2], tf.zeros_like(batch[2]))  # rows that count nothing: only the decay moves weights
    weights = weights_of(model, keras.optimizers.SGD())
    assert one_update(model, weights, batch, rate=0.1, weight_decay=0.5) == 0
    for part, variable in zip(weights.parts(), model.trainable_variables, strict=True):
        assert_allclose(part, variable.numpy() * (0.95 if variable.name == "kernel" else 1.0), rtol=1e-6)


def test_a_step_too_long_for_the_norm_ends_at_the_norm_of_each_units_inputs():
    model, batch = model_of(), batch_of()
    weights = weights_of(model, keras.optimizers.SGD())
    one_update(model, weights, batch, options=GraphOptions(has_held_out=False, has_max_norm=True), max_norm=1.0)
    free = weights_of(model, keras.optimizers.SGD())
    one_update(model, free, batch)
    for bounded, part, variable in zip(weights.parts(), free.parts(), model.trainable_variables, strict=True):
        part = part.numpy()
        if variable.name == "kernel":
            norms = np.linalg.norm(part, axis=0)
            assert norms.max() > 1
            part = part / np.maximum(norms, 1)
        assert_allclose(bounded, part, rtol=1e-5, atol=1e-6)


def test_an_optimizer_with_a_schedule_of_its_own_keeps_it():
    model, batch = model_of(), batch_of()
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [0.01, 0.0])
    weights = weights_of(model, keras.optimizers.SGD(schedule))
    gradients = keras_gradients(model, batch)[1]
    one_update(model, weights, batch, rate=0.5, has_own_schedule=True)
    for part, variable, gradient in zip(weights.parts(), model.trainable_variables, gradients, strict=True):
        assert_allclose(part, variable.numpy() - 0.01 * gradient, rtol=1e-4, atol=1e-6)


def test_moving_means_come_back_as_the_new_state():
    model, batch = model_of(batch_norm=True), batch_of()
    weights = weights_of(model, keras.optimizers.SGD())
    state = [v.value for v in model.non_trainable_variables]
    scalars = dict.fromkeys(SCALARS, tf.constant(0.0))
    steps = Steps(model, GraphOptions(has_held_out=False))
    _, after = steps.update(weights, 1, batch, state, tf.constant(0.1), scalars, [])
    model(batch[0], training=True)  # Keras' own way to move them
    assert len(after) == 2
    for found, variable in zip(after, model.non_trainable_variables, strict=True):
        assert_allclose(found, variable.numpy(), rtol=1e-5)


@pytest.mark.parametrize("fetches_ahead", [False, True])
def test_an_epoch_is_its_steps_one_by_one(fetches_ahead):
    asked = []

    def batch_of_step(i):
        asked.append(1)
        return (10 * tf.cast(i, tf.float32),)

    def step(batch, settings, state):
        (now,), (rate,) = batch, settings
        return now + rate, [state[0] * 2 + now]

    @tf.function(autograph=False)
    def run():
        return run_steps(
            step, batch_of_step, lambda i: (tf.cast(i, tf.float32),), 4, [tf.constant(1.0)], fetches_ahead=fetches_ahead
        )

    total, (state,) = run()
    assert float(total) == sum(10 * i + i for i in range(4))
    expected = 1.0
    for i in range(4):
        expected = expected * 2 + 10 * i
    assert float(state) == expected
    assert len(asked) <= 2  # traced, not called for each step
