"""Moving averages of batch normalization: estimated anew they are those of the rows, and the model stays as it was."""

import keras
import numpy as np
import pytest

from robust_mlp.inspection._read.runner import Runner
from robust_mlp.inspection._watch.batch_statistics import (
    AverageLag,
    averaging_layers,
    estimated_state,
    lag_between,
    lag_finding,
    statistics_of_batches,
)

L = keras.layers
RNG = np.random.default_rng(0)
X = (RNG.normal(size=(3000, 4)) * [1, 10, 100, 1] + [5, 0, 0, -3]).astype("float32")


def model_of(*layers):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), *layers, L.Dense(1, "sigmoid")])


def estimated(model, rows=X):
    runner = Runner(model)
    before = [w.copy() for w in model.get_weights()]
    state = [keras.ops.convert_to_numpy(value) for value in estimated_state(runner, runner.as_inputs(rows), len(rows))]
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    return dict(zip(map(path_of, model.non_trainable_variables), state, strict=True))


def path_of(variable):
    """Layer and name, without the model."""
    return "/".join(variable.path.split("/")[-2:])


def test_the_averages_are_those_of_the_rows_and_the_model_does_not_change():
    model = model_of(L.BatchNormalization(name="first", momentum=0.9))
    state = estimated(model)
    np.testing.assert_allclose(state["first/moving_mean"], X.mean(axis=0), rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(state["first/moving_variance"], X.var(axis=0), rtol=2e-2)
    assert model.layers[0].momentum == 0.9 and "call" not in vars(model.layers[0])


def test_later_layers_see_what_earlier_ones_normalized_and_dropout_is_off():
    model = model_of(L.BatchNormalization(), L.Dropout(0.9), L.Dense(8), L.BatchNormalization(name="second"))
    state = estimated(model)
    normalized = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + 1e-3)
    hidden = normalized @ np.asarray(model.layers[2].kernel)
    np.testing.assert_allclose(state["second/moving_mean"], hidden.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(state["second/moving_variance"], hidden.var(axis=0), rtol=0.05)


def test_other_variables_stay_and_a_single_row_changes_nothing():
    model = model_of(L.Normalization(mean=1.0, variance=2.0), L.Dropout(0.5), L.BatchNormalization(name="bn"))
    own = {path_of(v): np.asarray(v) for v in model.non_trainable_variables}
    for path, value in estimated(model).items():
        assert path.startswith("bn/") or np.array_equal(value, own[path])
    for path, value in estimated(model, X[:1]).items():
        np.testing.assert_array_equal(value, own[path])


def test_frozen_layers_and_networks_without_any_are_left_alone():
    model = model_of(L.BatchNormalization(), L.Dense(3), L.BatchNormalization(trainable=False))
    assert averaging_layers(model) == [model.layers[0]]
    assert averaging_layers(model_of(L.LayerNormalization())) == []


def test_the_layers_are_as_before_after_an_error():
    layer = L.BatchNormalization(momentum=0.7)
    layer.build((None, 4))
    with pytest.raises(RuntimeError), statistics_of_batches([layer]):
        raise RuntimeError
    assert layer.momentum == 0.7 and "call" not in vars(layer)


CODES = RNG.integers(0, 2, 400)
GOOD = np.clip(np.where(np.eye(2)[CODES] == 1, 0.9, 0.1) + RNG.normal(size=(400, 1)) * 0.02, 0.01, 0.99)
FACTS = {"n_training_rows": 500, "momentum": 0.99, "n_updates": 45}


def test_a_clear_gain_is_a_lag_with_its_numbers():
    lag = lag_between(np.full((400, 2), 0.5), GOOD, CODES, **FACTS)
    assert lag.n_rows == 400 and lag.new_loss < 0.2 < lag.loss
    assert round(lag.left, 3) == round(0.99**45, 3)
    finding = lag_finding(lag, "type this")
    assert finding.code == "batch_averages_lag" and finding.fix == "type this"
    assert "45 updates with momentum 0.99 leave 64% of their first values" in finding.evidence


@pytest.mark.parametrize(
    "old, new",
    [
        (GOOD, GOOD),
        (GOOD, np.full((400, 2), 0.5)),
        (np.full((400, 2), 0.5), np.full((400, 2), np.nan)),
        (np.full((400, 2), 0.5), np.clip(0.5 + RNG.normal(size=(400, 2)) * 0.01, 0, 1)),
    ],
    ids=["the same", "worse", "not a number", "noise"],
)
def test_no_clear_gain_is_no_lag(old, new):
    assert lag_between(old, new, CODES, **FACTS) is None


def test_predictions_that_are_not_numbers_may_be_mended():
    assert lag_between(np.full((400, 2), np.nan), GOOD, CODES, **FACTS) is not None


def test_unknown_updates_say_nothing_of_what_is_left():
    lag = AverageLag(loss=1.0, new_loss=0.1, n_rows=10, n_training_rows=20, momentum=0.9)
    assert lag.left is None and lag_finding(lag, "").evidence.endswith("on 10 rows.")
