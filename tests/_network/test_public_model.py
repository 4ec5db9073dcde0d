"""The Keras model that is handed out."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.public_model import (
    MeanOverMembers,
    RandomEffects,
    SameRowsForEachMember,
    public_model,
    set_weights,
)
from tests._network.random_weights import PLAN, RNG, ROWS, weights_of
from tests.effect_members import fitted_with_effects
from tests.persistence.export.made_networks import effects, slopes
from tests.persistence.export.made_networks import weights_of as own_weights_of


def test_each_member_is_given_the_same_rows():
    layer = SameRowsForEachMember(3)
    found = layer(ROWS)
    assert found.shape == layer.compute_output_shape(ROWS.shape) == (3, 20, 4)
    for member in range(3):
        assert_array_equal(found[member], ROWS)
    assert SameRowsForEachMember.from_config(layer.get_config()).n_members == 3


@pytest.mark.parametrize("member_weights", [None, [0.5, 1.0, 1.5]])
def test_members_are_averaged_by_their_weights(member_weights):
    layer = MeanOverMembers(member_weights)
    answers = RNG.random((3, 20, 2)).astype(np.float32)
    assert_allclose(layer(answers), np.average(answers, axis=0, weights=member_weights), rtol=1e-5)
    assert layer.compute_output_shape(answers.shape) == (20, 2)
    assert MeanOverMembers.from_config(layer.get_config()).member_weights == member_weights


@pytest.mark.parametrize("member_weights", [None, np.array([2.0, 1.0, 3.0]), np.array([2.0, 2.0, 2.0])])
def test_companions_vote_beside_the_plans_own_members(member_weights):
    own = weights_of(3, member_weights)
    beside = weights_of(2, np.array([0.25, 0.5]), n_hidden=0)
    model = public_model(TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", n_members=3), 4, 3, own, [beside])
    votes = [*(np.ones(3) if member_weights is None else member_weights), 0.25, 0.5]
    answers = [own.network().member_probabilities(ROWS, k) for k in range(3)]
    answers += [beside.network().member_probabilities(ROWS, k) for k in range(2)]
    assert_allclose(model(ROWS), np.average(answers, axis=0, weights=votes), atol=1e-6)


def test_a_single_member_beside_a_single_companion_is_a_mean_of_two():
    own, beside = weights_of(), weights_of(n_hidden=0)
    model = public_model(PLAN, 4, 3, own, [beside])
    expected = (own.network().probabilities(ROWS) + beside.network().probabilities(ROWS)) / 2
    assert_allclose(model(ROWS), expected, atol=1e-6)


def test_it_is_compiled_by_the_plan_and_goes_on_training():
    model = public_model(PLAN, 4, 3, weights_of())
    assert isinstance(model.optimizer, keras.optimizers.SGD) and model.optimizer.built
    assert float(model.optimizer.learning_rate) == pytest.approx(0.03)
    codes = RNG.integers(0, 3, 20)
    loss, accuracy = model.evaluate(ROWS, codes, verbose=0)
    probabilities = model(ROWS).numpy()
    assert loss == pytest.approx(-np.log(probabilities[np.arange(20), codes]).mean(), rel=1e-5)
    assert accuracy == pytest.approx(np.mean(probabilities.argmax(axis=1) == codes))
    history = model.fit(ROWS, codes, epochs=30, verbose=0).history["loss"]
    assert history[-1] < history[0]


def test_an_optimizer_with_a_schedule_keeps_it():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.4, 10, 0.5)
    plan = TrainingPlan(hidden_layer_sizes=(6,), optimizer=keras.optimizers.serialize(keras.optimizers.SGD(schedule)))
    assert float(public_model(plan, 4, 3).optimizer.learning_rate) == pytest.approx(0.4)


def test_a_saved_model_comes_back_with_its_answers_and_its_optimizer(tmp_path):
    model = public_model(
        TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", n_members=2), 4, 3, weights_of(2, np.array([1.0, 3.0]))
    )
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_array_equal(loaded(ROWS), model(ROWS))
    assert len(loaded.optimizer.variables) == len(model.optimizer.variables)


def test_set_weights_leaves_dropouts_seeds_alone():
    plan = TrainingPlan(hidden_layer_sizes=(6,), batch_norm=True, dropout=0.5)
    model = public_model(plan, 4, 3)
    trainable = [RNG.normal(size=v.shape) for v in model.trainable_variables]
    moving = [RNG.random(v.shape) for v in model.non_trainable_variables if v.name.startswith("moving_")]
    others = [v for v in model.non_trainable_variables if not v.name.startswith("moving_")]
    before = [v.numpy() for v in others]
    assert len(moving) == 2 and others
    set_weights(model, trainable, moving)
    for variable, value in zip(model.trainable_variables, trainable, strict=True):
        assert_allclose(variable.numpy(), value, rtol=1e-6)
    for variable, value in zip(others, before, strict=True):
        assert_array_equal(variable.numpy(), value)
    with pytest.raises(ValueError):
        set_weights(model, trainable, moving[:1])


def test_random_effects_answer_as_their_units_and_are_not_trained():
    clf, X = fitted_with_effects()
    rows = clf._fitted.encoding.transform(clf._reader.read(clf, X))
    (layer, _) = [layer for layer in clf.model_.layers if isinstance(layer, RandomEffects)]
    assert_allclose(layer(rows), clf._fitted.companions[0].units(rows), rtol=1e-12, atol=1e-12)
    assert layer.trainable_variables == [] and len(layer.weights) == 9
    assert layer.compute_output_shape((None, 8)) == (None, 5)
    assert RandomEffects.from_config(layer.get_config()).get_config() == layer.get_config()
    assert_allclose(clf.model_(rows), clf.predict_proba(X), rtol=0, atol=2e-6)


@pytest.mark.parametrize("make", [effects, lambda rng, n_members: slopes(rng)])
def test_a_saved_model_comes_back_with_its_effects(make, tmp_path):
    rng = np.random.default_rng(0)
    own, beside = own_weights_of(rng, 1, (5, 6, 3), activation="tanh"), make(rng, 2)
    model = public_model(PLAN, 5, 3, own, [beside])
    rows = rng.normal(size=(20, 5)).astype(np.float32)
    votes = [1] * (1 + beside.n_members)
    answers = [own.network().probabilities(rows)]
    answers += [beside.network().member_probabilities(rows, k) for k in range(beside.n_members)]
    assert_allclose(model(rows), np.average(answers, axis=0, weights=votes), atol=1e-6)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_array_equal(loaded(rows), model(rows))
    codes = RNG.integers(0, 3, 20)
    loaded.fit(rows, codes, epochs=1, verbose=0)
