"""The Keras model of a plan: its layers and names, the same for one member and for many, and weights drawn by seed."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.activations import activation_called
from robust_mlp._core.losses import softmax
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.architecture import (
    BATCH_NORM_EPSILON,
    BATCH_NORM_MOMENTUM,
    EMBEDDING_WIDTH,
    HEAD_SHRINKAGE,
    LevelEmbedding,
    NetworkShape,
    PathsAdded,
    StackedBatchNormalization,
    build_model,
    initial_weights,
    without_hidden_inputs,
)
from robust_mlp._network.graph import matmul

RNG = np.random.default_rng(0)


def drawn(shape, initializer="auto", seed=0, hidden_inputs=None):
    """The variables of a shape's model and first values for them."""
    variables = build_model(shape).trainable_variables
    return variables, initial_weights(variables, shape, initializer, seed, hidden_inputs=hidden_inputs)


def test_a_model_that_is_handed_out_holds_plain_operations():
    shape = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(4,), n_members=2), 3, 2)
    model = build_model(shape)
    graph = tf.function(model, autograph=False).get_concrete_function(tf.TensorSpec((2, None, 3))).graph
    assert matmul.OPERATION not in {operation.type for operation in graph.get_operations()}


def test_a_new_network_starts_near_the_uniform_prediction():
    plan = TrainingPlan(hidden_layer_sizes=(64, 64), activation="relu", linear_path=True)
    shape = NetworkShape.of(plan, 20, 4)
    model = build_model(shape)
    rows = np.random.default_rng(0).normal(size=(500, 20)).astype(np.float32)
    for variable, value in zip(
        model.trainable_variables, initial_weights(model.trainable_variables, shape, "auto", 0), strict=True
    ):
        variable.assign(value)
    probabilities = softmax(keras.ops.convert_to_numpy(model(rows)))
    loss_against_uniform_labels = -np.log(probabilities).mean()
    assert abs(loss_against_uniform_labels - np.log(4)) < 0.05


def test_a_shape_has_only_what_changes_the_graph():
    plan = TrainingPlan(hidden_layer_sizes=(8, 4), activation="swish", dropout=0.2, input_dropout=0.1, linear_path=True)
    shape = NetworkShape.of(plan, 7, 3, embedding_sizes=[5, 9])
    assert shape.activation == "silu"  # Keras' spelling, so that aliases share a graph
    assert shape.n_features == 5 + 2 * EMBEDDING_WIDTH
    assert shape.dropout_layers == (("input", shape.n_features), ("hidden", 8), ("hidden", 4))
    other = TrainingPlan(hidden_layer_sizes=(8, 4), activation="silu", dropout=0.9, input_dropout=0.3, linear_path=True)
    assert NetworkShape.of(other, 7, 3, (5, 9)) == shape  # a rate is a number that flows through the graph
    assert hash(NetworkShape.of(other, 7, 3, (5, 9))) == hash(shape)


def test_without_hidden_layers_there_is_neither_dropout_nor_a_path_beside_them():
    plan = TrainingPlan(hidden_layer_sizes=(), dropout=0.5, linear_path=True)
    shape = NetworkShape.of(plan, 4, 2)
    assert not shape.has_dropout and not shape.has_linear_path and shape.dropout_layers == ()
    assert [v.name for v in build_model(shape).trainable_variables] == ["kernel", "bias"]


@pytest.mark.parametrize("n_members", [1, 3])
def test_weights_come_in_the_order_that_prediction_reads_them_in(n_members):
    plan = TrainingPlan(hidden_layer_sizes=(6, 5), batch_norm=True, linear_path=True, n_members=n_members)
    model = build_model(NetworkShape.of(plan, 4, 3, (7,)))
    names = [v.name for v in model.trainable_variables]
    of_layer = ["kernel", "bias", "gamma", "beta"]
    assert names == ["embedding", *of_layer, *of_layer, "kernel", "bias", "kernel"]
    moving = [v.name for v in model.non_trainable_variables if v.name.startswith("moving_")]
    assert moving == ["moving_mean", "moving_variance"] * 2
    members = () if n_members == 1 else (n_members,)
    assert tuple(model.trainable_variables[1].shape) == (*members, 3 + EMBEDDING_WIDTH, 6)
    assert model.output.shape == ((None, 3) if n_members == 1 else (3, None, 3))


def test_the_engines_model_is_that_of_one_member_with_layers_of_its_own():
    plan = TrainingPlan(hidden_layer_sizes=(6,), activation="silu", n_members=3)
    shape = NetworkShape.of(plan, 4, 2)
    inside, outside = build_model(shape, in_engine=True), build_model(NetworkShape.of(replace_members(plan, 1), 4, 2))
    assert [tuple(v.shape) for v in inside.trainable_variables] == [(4, 6), (6,), (6, 2), (2,)]
    for mine, theirs in zip(inside.trainable_variables, outside.trainable_variables, strict=True):
        mine.assign(RNG.normal(size=mine.shape))
        theirs.assign(mine)
    rows = RNG.normal(size=(9, 4)).astype(np.float32)
    assert_allclose(inside(rows), outside(rows), rtol=1e-5, atol=1e-6)


def replace_members(plan, n_members):
    """The plan with another number of members."""
    return TrainingPlan(hidden_layer_sizes=plan.hidden_layer_sizes, activation=plan.activation, n_members=n_members)


def test_members_side_by_side_answer_as_each_would_alone():
    plan = TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", batch_norm=True, linear_path=True, n_members=2)
    together = build_model(NetworkShape.of(plan, 4, 3))
    alone_plan = TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", batch_norm=True, linear_path=True)
    alone = build_model(NetworkShape.of(alone_plan, 4, 3))
    for variable in together.variables:
        variable.assign(RNG.uniform(0.5, 1.5, size=variable.shape))
    rows = RNG.normal(size=(2, 8, 4)).astype(np.float32)
    for member in range(2):
        for mine, of_all in zip(alone.variables, together.variables, strict=True):
            mine.assign(np.reshape(of_all.numpy()[member], mine.shape))
        assert_allclose(together(rows)[member], alone(rows[member]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("n_members", [1, 3])
def test_codes_become_the_vectors_of_their_levels(n_members):
    layer = LevelEmbedding((4, 6), n_members, width=3)
    members = (n_members,) if n_members > 1 else ()
    rows = np.concatenate(
        [RNG.normal(size=(*members, 9, 2)), RNG.integers(0, 4, (*members, 9, 1)), RNG.integers(0, 6, (*members, 9, 1))],
        axis=-1,
    ).astype(np.float32)
    layer.build(rows.shape)
    for vectors in layer.vectors:
        assert_array_equal(vectors, 0)  # a level that is never met counts as an average one
        vectors.assign(RNG.normal(size=vectors.shape))
    found = layer(rows).numpy()
    assert found.shape == layer.compute_output_shape(rows.shape)
    for member in range(n_members):
        mine, answer = (rows[member], found[member]) if n_members > 1 else (rows, found)
        tables = [v.numpy()[member] if n_members > 1 else v.numpy() for v in layer.vectors]
        looked_up = [table[mine[:, 2 + i].astype(int)] for i, table in enumerate(tables)]
        assert_array_equal(answer, np.concatenate([mine[:, :2], *looked_up], axis=1))
    copied = LevelEmbedding.from_config(layer.get_config())
    assert (copied.sizes, copied.n_members, copied.width) == ((4, 6), n_members, 3)


def test_the_gradient_of_a_sum_of_paths_is_that_of_keras():
    first, second = (tf.constant(RNG.normal(size=(5, 3)).astype(np.float32)) for _ in range(2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([first, second])
        mine = tf.reduce_sum(tf.square(PathsAdded()([first, second])))
        theirs = tf.reduce_sum(tf.square(keras.layers.Add()([first, second])))
    assert_allclose(mine, theirs, rtol=1e-6)
    for found, expected in zip(
        tape.gradient(mine, [first, second]), tape.gradient(theirs, [first, second]), strict=True
    ):
        assert_allclose(found, expected, rtol=1e-6)


def test_each_member_is_normalized_by_its_own_batch_as_keras_does_it():
    stacked, single = (
        StackedBatchNormalization(),
        [keras.layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON) for _ in range(2)],
    )
    stacked.build((2, None, 4))
    scales, shifts = RNG.uniform(0.5, 2, (2, 1, 4)), RNG.normal(size=(2, 1, 4))
    stacked.gamma.assign(scales)
    stacked.beta.assign(shifts)
    for member, layer in enumerate(single):
        layer.build((None, 4))
        layer.gamma.assign(scales[member, 0])
        layer.beta.assign(shifts[member, 0])
    for is_training in (True, True, False):
        rows = RNG.normal(loc=3, scale=[[[1]], [[5]]], size=(2, 20, 4)).astype(np.float32)
        found = stacked(rows, training=is_training)
        for member, layer in enumerate(single):
            assert_allclose(found[member], layer(rows[member], training=is_training), rtol=1e-4, atol=1e-4)
    for member, layer in enumerate(single):
        assert_allclose(stacked.moving_mean[member, 0], layer.moving_mean, rtol=1e-5)
        assert_allclose(stacked.moving_variance[member, 0], layer.moving_variance, rtol=1e-5)


def test_the_same_seed_draws_the_same_weights_and_another_does_not():
    shape = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(8,), n_members=2), 4, 3)
    (_, first), (_, same), (_, other) = (drawn(shape, seed=seed) for seed in (1, 1, 2))
    for a, b in zip(first, same, strict=True):
        assert_array_equal(a, b)
        assert a.dtype == np.float32
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[0][0], first[0][1])  # members begin apart


@pytest.mark.parametrize("activation", ["relu", "tanh", "selu"])
def test_kernels_have_the_variance_that_suits_the_activation_and_the_head_is_small(activation):
    shape = NetworkShape.of(
        TrainingPlan(hidden_layer_sizes=(400, 300), activation=activation, batch_norm=True), 200, 50
    )
    variables, weights = drawn(shape)
    by_name = {}
    for variable, value in zip(variables, weights, strict=True):
        by_name.setdefault(variable.name, []).append(value)
    gain = activation_called(activation).gain
    first, second, head = by_name["kernel"]
    # Of so many draws the standard deviation is off by less than a hundredth but once in some 10,000.
    assert_allclose(first.std(), np.sqrt(gain / 200), rtol=0.02)
    assert_allclose(second.std(), np.sqrt(gain / 400), rtol=0.02)
    assert_allclose(head.std(), HEAD_SHRINKAGE / np.sqrt(300), rtol=0.03)
    assert all((bias == 0).all() for bias in by_name["bias"] + by_name["beta"])
    assert all((gamma == 1).all() for gamma in by_name["gamma"])


def test_the_linear_path_begins_as_if_it_were_not_there_and_is_not_taken_for_the_head():
    shape = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(400,), linear_path=True), 30, 100)
    _, (_, _, head, bias, path) = drawn(shape)
    assert not path.any() and not bias.any()
    assert_allclose(head.std(), HEAD_SHRINKAGE / np.sqrt(400), rtol=0.03)


def test_a_named_initializer_draws_as_keras_does():
    shape = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(300,)), 200, 100)
    _, (first, _, head, _) = drawn(shape, "random_normal")
    assert_allclose([first.std(), head.std()], 0.05, rtol=0.02)  # Keras' default, for the head as well
    _, (again, *_) = drawn(shape, "random_normal")
    assert_array_equal(first, again)


def test_inputs_that_are_not_shown_weigh_nothing_and_the_others_as_if_these_were_all():
    plan = TrainingPlan(hidden_layer_sizes=(5,), linear_path=True, n_members=2)
    shape = NetworkShape.of(plan, 4, 3)
    hidden = np.array([[False] * 4, [True, False, False, True]])
    _, shown = drawn(shape)
    _, found = drawn(shape, hidden_inputs=hidden)
    assert_array_equal(found[0][0], shown[0][0])
    assert not found[0][1, [0, 3]].any()
    assert_allclose(found[0][1, 1:3], shown[0][1, 1:3] * np.sqrt(2), rtol=1e-6)
    for a, b in zip(found[1:], shown[1:], strict=True):
        assert_array_equal(a, b)


def test_going_on_without_some_inputs_takes_them_from_both_ways_into_the_network():
    plan = TrainingPlan(hidden_layer_sizes=(5,), linear_path=True)
    shape = NetworkShape.of(plan, 4, 3)
    variables = build_model(shape).trainable_variables
    weights = [RNG.normal(size=v.shape).astype(np.float32) for v in variables]
    before = [w.copy() for w in weights]
    found = without_hidden_inputs(weights, variables, shape, np.array([[False, True, False, False]]))
    for i, (now, then) in enumerate(zip(found, before, strict=True)):
        is_first_or_path = i in (0, 4)
        rows = [0, 2, 3] if is_first_or_path else slice(None)
        assert_array_equal(now[rows], then[rows])
        assert not is_first_or_path or not now[1].any()
    for now, then in zip(weights, before, strict=True):
        assert_array_equal(now, then)  # what was given is left as it is
    assert without_hidden_inputs(weights, variables, shape, None) is weights
