"""The parts of the training graph against TensorFlow's and Keras' own, and the statistics of dropout's masks."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.temperature import DEVIATION_OF_LOG, best_inverse_temperature, refined_losses
from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.graph import matmul
from robust_mlp._network.graph.cross_entropy import cross_entropy
from robust_mlp._network.graph.dense import LARGEST_SINGLE, EngineDense, StackedDense, silu
from robust_mlp._network.graph.held_out import held_out_figures
from robust_mlp._network.graph.masks import KINDS, LEVELS, Masks, lengths_of_masks, masked, masks_of_step
from robust_mlp._network.graph.matmul import has_onednn
from robust_mlp._network.optimizers import FusedAdam, fused, make_optimizer

RNG = np.random.default_rng(0)


def of_members(n_members=3, n_rows=40, n_classes=4):
    """(codes, logits) of members."""
    codes = RNG.integers(0, n_classes, (n_members, n_rows)).astype(np.int32)
    logits = RNG.normal(scale=2, size=(n_members, n_rows, n_classes)) + 3 * np.eye(n_classes)[codes]
    return codes, logits.astype(np.float32)


@pytest.mark.parametrize("smoothing", [None, 0.2])
def test_cross_entropy_and_its_slopes_are_those_of_tensorflow(smoothing):
    codes, logits = (of_all[0] for of_all in of_members())
    given = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(given)
        smooth = 0.0 if smoothing is None else smoothing
        targets = tf.one_hot(codes, 4) * (1 - smooth) + smooth / 4
        expected = tf.nn.softmax_cross_entropy_with_logits(targets, given)
    losses, slopes = cross_entropy(tf.constant(codes), given, smoothing)
    assert_allclose(losses, expected, rtol=1e-5, atol=1e-6)
    assert_allclose(slopes, tape.gradient(expected, given), rtol=1e-4, atol=1e-6)


def test_cross_entropy_survives_large_logits():
    logits = np.float32([[1e4, -1e4], [-1e4, 1e4]])
    losses, slopes = cross_entropy(tf.constant([0, 0]), tf.constant(logits))
    assert_allclose(losses, [0, 2e4])
    assert_allclose(slopes, [[0, 0], [-1, 1]], atol=1e-7)


def same_values(layer, other):
    """Build both layers for stacks of rows, or for rows, and give them the same random weights."""
    shape = (2, 9, 5) if isinstance(layer, StackedDense) else (9, 5)
    for built in (layer, other):
        built.build(shape)
    for mine, theirs in zip(layer.trainable_variables, other.trainable_variables, strict=True):
        mine.assign(RNG.normal(size=mine.shape))
        theirs.assign(mine)
    return RNG.normal(size=shape).astype(np.float32)


def in_a_graph(layer, inputs):
    """Output and gradients of inputs and weights, as the engine computes them."""

    @tf.function(autograph=False)
    def run(inputs):
        with tf.GradientTape() as tape:
            weights = [v.value for v in layer.trainable_variables]
            tape.watch(inputs)
            output = layer(inputs)
            loss = tf.reduce_sum(tf.square(output))
        return [output, *tape.gradient(loss, [inputs, *weights])]

    return run(tf.constant(inputs))


@pytest.mark.parametrize("is_by_name", [True, False])
@pytest.mark.parametrize("use_bias", [True, False])
def test_the_layer_of_the_engine_computes_what_that_of_a_public_model_does(use_bias, is_by_name, monkeypatch):
    if is_by_name and not has_onednn():
        pytest.skip("this TensorFlow has no products by name")
    monkeypatch.setattr(matmul, "has_onednn", lambda: is_by_name)
    mine, theirs = (layer(6, use_bias=use_bias) for layer in (EngineDense, keras.layers.Dense))
    inputs = same_values(mine, theirs)
    for found, expected in zip(in_a_graph(mine, inputs), in_a_graph(theirs, inputs), strict=True):
        assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "n_inputs, on_one_thread, is_by_name",
    [(LARGEST_SINGLE // 64, False, True), (LARGEST_SINGLE // 64 + 1, False, False), (LARGEST_SINGLE, True, True)],
)
def test_large_kernels_are_left_to_tensorflow_where_all_threads_are_free(n_inputs, on_one_thread, is_by_name):
    if not has_onednn():
        pytest.skip("this TensorFlow has no products by name")
    layer = EngineDense(64, on_one_thread=on_one_thread)
    layer.build((None, n_inputs))
    graph = tf.function(layer, autograph=False).get_concrete_function(tf.TensorSpec((None, n_inputs))).graph
    assert (matmul.OPERATION in {operation.type for operation in graph.get_operations()}) == is_by_name


def test_the_engines_silu_is_that_of_keras():
    z = tf.constant(np.float32([-100, -3, -0.5, 0, 0.5, 3, 100]))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(z)
        mine, theirs = silu(z), keras.activations.silu(z)
    assert_allclose(mine, theirs, rtol=1e-6)
    assert_allclose(tape.gradient(mine, z), tape.gradient(theirs, z), rtol=1e-5, atol=1e-6)


def test_stacked_layers_are_single_ones_side_by_side():
    stacked, single = StackedDense(2, 4), keras.layers.Dense(4)
    inputs = same_values(stacked, StackedDense(2, 4))
    single.build((9, 5))
    for member in range(2):
        single.kernel.assign(stacked.kernel[member])
        single.bias.assign(stacked.bias[member, 0])
        assert_allclose(stacked(inputs)[member], single(inputs[member]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True)])
def test_products_by_name_are_those_of_numpy(transposed):
    a, b = (
        RNG.normal(size=shape[::-1] if turned else shape).astype(np.float32)
        for shape, turned in zip([(7, 4), (4, 5)], transposed, strict=True)
    )
    expected = np.matmul(*(m.T if turned else m for m, turned in zip((a, b), transposed, strict=True)))
    options = dict(zip(("transpose_a", "transpose_b"), transposed, strict=True))
    product = functools.partial(matmul.matmul, **options)
    assert_allclose(tf.function(product, autograph=False)(a, b), expected, rtol=1e-5, atol=1e-5)
    assert_allclose(product(a, b), expected, rtol=1e-5, atol=1e-5)  # outside a graph


def test_onednn_is_left_alone_by_who_switched_it_off(monkeypatch):
    monkeypatch.setenv(matmul.SWITCH, "0")
    assert not has_onednn.__wrapped__()


def test_a_tensorflow_without_these_operations_multiplies_as_always(monkeypatch):
    monkeypatch.setattr(matmul, "OPERATION", "NoSuchOperation")
    assert not has_onednn.__wrapped__()


def test_a_model_that_is_handed_out_holds_plain_operations():
    shape = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(4,), n_members=2), 3, 2)
    model = build_model(shape)
    graph = tf.function(model, autograph=False).get_concrete_function(tf.TensorSpec((2, None, 3))).graph
    assert matmul.OPERATION not in {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize("name", ["Adam", "AdamW"])
@pytest.mark.parametrize("size", [10, FusedAdam.FEWEST])
def test_the_fused_kernel_makes_the_steps_of_keras_adam(name, size):
    settings = {"learning_rate": 0.01, "beta_1": 0.8, "epsilon": 1e-3}
    theirs = getattr(keras.optimizers, name)(**settings)
    ours = fused(getattr(keras.optimizers, name)(**settings))
    assert isinstance(ours, FusedAdam)
    a, b = (keras.Variable(np.ones(size), dtype="float32") for _ in range(2))
    for _ in range(5):
        gradient = tf.constant(RNG.normal(size=size).astype(np.float32))
        theirs.apply([gradient], [a])
        ours.apply([gradient], [b])
    assert_allclose(b.numpy(), a.numpy(), rtol=1e-5)
    for mine, keras_own in zip(ours.variables, theirs.variables, strict=True):
        assert_allclose(mine.numpy(), keras_own.numpy(), rtol=1e-4, atol=1e-7)


def test_optimizers_without_a_fused_kernel_stay_as_they_are():
    for optimizer in (make_optimizer("sgd"), keras.optimizers.Adam(amsgrad=True), keras.optimizers.Nadam()):
        assert fused(optimizer) is optimizer


def test_held_out_figures_are_those_of_numpy():
    codes, logits = of_members()
    mask = np.ones((3, 40), np.float32)
    mask[1, 30:] = 0
    weights = RNG.uniform(0.5, 2, (3, 40)).astype(np.float32) * mask
    offsets, factors = np.float32([0.1, -0.2, 0, 0.3]), np.float32([1, 2, 1, 0.5])
    views = np.array([0, 1, 0])
    loss, refined, accuracy, share, spread = held_out_figures(
        *map(tf.constant, (logits, codes, weights, mask, np.stack([offsets, factors]))), views
    )
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    own = np.take_along_axis(probabilities, codes[..., np.newaxis], -1)[..., 0]
    chosen, seen = logits.argmax(-1), mask > 0
    assert_allclose(loss, (weights * -np.log(own)).sum() / weights.sum(), rtol=1e-5)
    assert_allclose(accuracy, (weights * (chosen == codes)).sum() / weights.sum(), rtol=1e-6)
    assert_allclose(share, np.bincount(chosen[seen], minlength=4) / seen.sum(), rtol=1e-6)
    assert_allclose(spread, max(probabilities[k][seen[k]].std(0).max() for k in range(3)), rtol=1e-5)
    for view in (0, 1):
        of_view = views == view
        cells = of_view[:, np.newaxis] & seen
        row_weights = weights[cells] * factors[codes[cells]]
        factor = best_inverse_temperature(logits[cells], codes[cells], row_weights, offsets)
        z = factor * logits[cells] + offsets
        losses = np.log(np.exp(z).sum(-1)) - z[np.arange(len(z)), codes[cells]]
        cost = (np.log(factor) / DEVIATION_OF_LOG) ** 2 / 2
        assert_allclose(refined[view], (row_weights @ losses + cost) / row_weights.sum(), rtol=1e-3)
    of_numpy = refined_losses(logits.swapaxes(1, 2), codes, weights, np.stack([offsets, factors]), views)
    assert_allclose(of_numpy, refined, rtol=1e-5)


def masks_of(seed, n_steps, n_values, rate):
    """The masks of some steps, as (steps, values) of 0 and 1 / (1 - rate)."""
    layers = [("hidden", n_values)]
    masks = Masks(seed, layers, 1, {"hidden": rate})
    begins, lengths = masks.begins(0, n_steps), lengths_of_masks(tf.constant(1), layers)
    return np.concatenate([masks_of_step(masks.tables, row, lengths, layers)[0].numpy() for row in begins])


def test_what_is_dropped_has_no_gradient():
    inputs, mask = tf.constant([[1.0, 2.0, 3.0]]), tf.constant([[0.0, 2.0, 2.0]])

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            tape.watch([inputs, mask])
            total = tf.reduce_sum(masked(inputs, mask) * [[5.0, 6.0, 7.0]])
        return tape.gradient(total, [inputs, mask], unconnected_gradients=tf.UnconnectedGradients.ZERO)

    of_inputs, of_mask = gradients()
    assert_array_equal(of_inputs, [[0.0, 12.0, 14.0]])
    assert_array_equal(of_mask, [[0.0, 0.0, 0.0]])  # nobody asks for it


def test_where_a_step_reads_does_not_depend_on_how_many_are_asked_for():
    masks, other = (Masks(seed, [("input", 7), ("hidden", 5)], 10, dict.fromkeys(KINDS, 0.5)) for seed in (3, 4))
    assert_array_equal(masks.begins(0, 10)[4:7], masks.begins(4, 3))
    assert not np.array_equal(masks.begins(0, 10), other.begins(0, 10))


def test_members_read_at_places_of_their_own():
    masks = Masks(3, [("hidden", 5)], 10, {"hidden": 0.5}, n_members=3)
    first, second, third = masks.begins(7, 4).reshape(3, 4)
    assert_array_equal(first, Masks(3, [("hidden", 5)], 10, {"hidden": 0.5}).begins(7, 4).ravel())
    assert len({*first, *second, *third}) == 12


def test_without_dropout_nothing_is_drawn():
    masks = Masks(0, [], 10, {})
    assert [table.size for table in masks.tables] == [0, 0]
    assert lengths_of_masks(tf.constant(10), []) == {}


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.95])
def test_masks_drop_the_rate_and_keep_the_mean(rate):
    masks = masks_of(1, 40, 5_001, rate)
    kept = masks > 0
    assert_allclose(np.unique(masks), [0, 1 / (1 - rate)], rtol=1e-5)
    # Within five standard errors: once in two million such tests by chance.
    error = 5 * np.sqrt(rate * (1 - rate) / masks.size) + 1 / LEVELS
    assert abs(kept.mean() - (1 - rate)) < error


def test_values_and_steps_are_dropped_independently():
    """Neighbours in a step, the same value in two steps, and shifted values in two steps are uncorrelated."""
    kept = masks_of(2, 30, 20_000, 0.5) > 0
    signs = np.where(kept, 1.0, -1.0)
    pairs = [signs[:, 1:] * signs[:, :-1], signs[1:] * signs[:-1], signs[1:, 1:] * signs[:-1, :-1]]
    bound = norm.isf(1e-6)
    for products in pairs:
        assert abs(products.sum()) / np.sqrt(products.size) < bound
    # And each value over the steps: no value is kept always, or never.
    assert kept.any(axis=0).all() and not kept.all(axis=0).any()


def test_every_layer_of_a_step_has_its_own_mask_and_rate():
    layers = [("input", 51), ("hidden", 100), ("hidden", 100)]
    masks = Masks(5, layers, 80, {"input": 0.9, "hidden": 0.5})
    step = masks_of_step(masks.tables, masks.begins(0, 1)[0], lengths_of_masks(tf.constant(80), layers), layers)
    inputs, first, second = (mask.numpy() for mask in step)
    assert inputs.shape == (80, 51) and first.shape == second.shape == (80, 100)
    assert abs((inputs > 0).mean() - 0.1) < 0.05
    assert abs((first == second).mean() - 0.5) < 0.05


def test_a_rate_next_to_one_keeps_next_to_nothing():
    assert 0 < (Masks(0, [("hidden", 10)], 1, {"hidden": 1 - 1e-9}).tables[1] > 0).sum() < 40
