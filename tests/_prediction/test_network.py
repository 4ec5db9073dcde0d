"""The NumPy forward pass answers what the Keras model answers."""

import pickle
from dataclasses import replace

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.activations import ACTIVATION_NAMES, activation_called
from robust_mlp._core.losses import softmax
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.public_model import public_model
from robust_mlp._prediction.network import NetworkWeights
from tests.effect_members import fitted_with_effects


def random_weights(plan, n_inputs=5, n_outputs=3, seed=0, embedding_sizes=()):
    """NetworkWeights of a plan with random values everywhere, moving variances positive."""
    rng = np.random.default_rng(seed)
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    model = build_model(shape)
    trainable = [rng.normal(size=v.shape).astype(np.float32) for v in model.trainable_variables]
    moving = [
        rng.uniform(0.5, 2, size=v.shape).astype(np.float32)
        for v in model.non_trainable_variables
        if v.name.startswith("moving_")
    ]
    return NetworkWeights(
        trainable,
        moving,
        shape.activation,
        len(shape.hidden_layer_sizes),
        shape.batch_norm,
        shape.has_linear_path,
        shape.n_members,
        len(embedding_sizes),
    )


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_each_activation_is_keras_activation_of_that_name(name):
    z = np.linspace(-30, 30, 2001, dtype=np.float32)
    expected = keras.ops.convert_to_numpy(keras.activations.get(activation_called(name).name)(z))
    found = activation_called(name).function(z)
    assert found.dtype == np.float32
    assert_allclose(found, expected, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("n_members", [1, 3])
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("linear_path", [False, True])
@pytest.mark.parametrize("sizes", [(), (4,), (8, 6, 4)])
def test_numpy_and_keras_give_the_same_probabilities(n_members, batch_norm, linear_path, sizes):
    plan = TrainingPlan(
        hidden_layer_sizes=sizes, activation="tanh", n_members=n_members, batch_norm=batch_norm, linear_path=linear_path
    )
    weights = random_weights(plan)
    rows = np.random.default_rng(1).normal(size=(40, 5)).astype(np.float32)
    model = public_model(plan, 5, 3, weights)
    assert_allclose(weights.network().probabilities(rows), model(rows), atol=2e-6)


@pytest.mark.parametrize("n_members", [1, 3])
def test_codes_are_looked_up_alike_in_numpy_and_in_keras(n_members):
    plan = TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", n_members=n_members, linear_path=True)
    sizes = (4, 7)
    weights = random_weights(plan, embedding_sizes=sizes)
    rng = np.random.default_rng(1)
    codes = [rng.integers(0, size, 40) for size in sizes]
    rows = np.column_stack([rng.normal(size=(40, 3)), *codes]).astype(np.float32)
    model = public_model(plan, 5, 3, weights, embedding_sizes=sizes)
    assert_allclose(weights.network().probabilities(rows), model(rows), atol=2e-6)
    assert weights.has_shape(plan, 5, sizes)
    assert not weights.has_shape(plan, 5, (4, 8))
    assert not weights.has_shape(plan, 5)
    copied = keras.models.model_from_json(model.to_json())
    copied.set_weights(model.get_weights())
    assert_array_equal(copied(rows), model(rows))


def test_sums_in_float64_are_the_same_to_the_precision_of_float32():
    network = random_weights(TrainingPlan(hidden_layer_sizes=(8,), linear_path=True)).network()
    rows = np.random.default_rng(1).normal(size=(30, 5)).astype(np.float32)
    exact = network.in_float64()
    assert exact.logits(rows).dtype == np.float64
    assert_allclose(exact.probabilities(rows), network.probabilities(rows), rtol=1e-4)
    # In float64 the place of a row in its batch does not matter, to all digits that anyone compares.
    assert_allclose(exact.probabilities(rows[::-1])[::-1], exact.probabilities(rows), rtol=1e-12)


def test_members_are_averaged_as_probabilities():
    network = random_weights(TrainingPlan(hidden_layer_sizes=(4,), n_members=3)).network()
    rows = np.random.default_rng(1).normal(size=(10, 5)).astype(np.float32)
    mean = np.mean([network.member_probabilities(rows, i) for i in range(3)], axis=0)
    assert_allclose(network.probabilities(rows), mean, rtol=1e-12)


def test_rows_are_answered_alike_alone_and_in_chunks(monkeypatch):
    network = random_weights(TrainingPlan(hidden_layer_sizes=(4,))).network()
    rows = np.random.default_rng(1).normal(size=(50, 5)).astype(np.float32)
    whole = network.probabilities(rows)
    monkeypatch.setattr("robust_mlp._prediction.network.CHUNK_VALUES", 28)
    assert len(network.chunks(50)) == 8
    assert_allclose(network.probabilities(rows), whole, rtol=1e-6)


def test_weights_survive_pickling_without_the_folded_copies():
    weights = random_weights(TrainingPlan(hidden_layer_sizes=(8,), batch_norm=True))
    copy = pickle.loads(pickle.dumps(weights))
    rows = np.ones((2, 5), np.float32)
    assert_array_equal(copy.network().probabilities(rows), weights.network().probabilities(rows))


def test_softmax_of_large_scores_neither_overflows_nor_warns():
    assert_allclose(softmax(np.array([[1e30, 0.0], [-1e30, 0.0]])), [[1, 0], [0, 1]])


def test_weights_that_are_no_numbers_are_noticed():
    weights = random_weights(TrainingPlan(hidden_layer_sizes=(4,)))
    assert weights.network().is_finite()
    weights.trainable[0][0, 0] = np.nan
    assert not weights.network().is_finite()


def test_weights_know_which_plans_they_fit():
    plan = TrainingPlan(hidden_layer_sizes=(8, 4))
    weights = random_weights(plan)
    assert weights.has_shape(plan, 5)
    assert not weights.has_shape(plan, 6)
    assert not weights.has_shape(TrainingPlan(hidden_layer_sizes=(8, 5)), 5)
    assert not weights.has_shape(TrainingPlan(hidden_layer_sizes=(8, 4), n_members=2), 5)


@pytest.mark.parametrize("n_members", [1, 2])
def test_some_of_the_members_answer_as_they_do_among_all(n_members):
    plan = TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", n_members=3, batch_norm=True, linear_path=True)
    weights = replace(random_weights(plan), member_weights=np.array([0.5, 1.0, 1.5]))
    rows = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
    some = weights.of_members([2, 0][:n_members])
    assert some.n_members == n_members
    assert_array_equal(some.member_weights, [1.5, 0.5][:n_members])
    for i, member in enumerate([2, 0][:n_members]):
        assert_allclose(some.network().logits(rows, i), weights.network().logits(rows, member), rtol=1e-6)


@pytest.mark.parametrize("companion", [0, 1])
def test_members_that_see_effects_are_linear_in_them(companion, monkeypatch):
    clf, X = fitted_with_effects()
    rows, weights = clf._fitted.encoding.transform(clf._reader.read(clf, X)), clf._fitted.companions[companion]
    network, features = weights.network(), weights.units(rows)
    for exact in (network, network.in_float64()):
        for member, logits in enumerate(exact.all_logits(rows)):
            expected = features @ exact.kernels[0][member] + exact.biases[0][member]
            assert logits.dtype == exact.kernels[0].dtype
            assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)
            assert_array_equal(logits, exact.logits(rows, member))
    whole = network.probabilities(rows)
    monkeypatch.setattr("robust_mlp._prediction.network.CHUNK_VALUES", 10 * weights.units.width)
    assert len(network.chunks(len(rows))) == 15
    assert_allclose(network.probabilities(rows), whole, rtol=1e-5)


def test_members_that_see_effects_survive_pickling():
    clf, X = fitted_with_effects()
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X))
