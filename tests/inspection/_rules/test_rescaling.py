"""A trained network on rows of another scale is found by showing it the rows rescaled; any other fault is not."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from robust_mlp.inspection._read.runner import show
from robust_mlp.inspection._rules.rescaling import FACTORS, rescaled_rows, scale_mismatch
from tests.inspection.examples import L, model_of

RNG = np.random.default_rng(0)
X = RNG.uniform(0.1, 1, size=(200, 4)).astype(np.float32)
Y = (X[:, 0] > 0.5).astype(int)


@pytest.fixture(scope="module")
def trained():
    """A network that cuts the first column at a half."""
    model = model_of(L.Dense(1, activation="sigmoid"))
    model.layers[-1].set_weights([np.float32([[20], [0], [0], [0]]), np.float32([-10])])
    return model


def found(model, rows, y=Y, *, is_trained=True, **changes):
    loss = keras.losses.BinaryCrossentropy()
    value = float(loss(y[:, None], model(rows)))
    facts = {"is_trained": is_trained, "prior_loss": np.log(2), "loss": value} | changes
    return scale_mismatch(show(model, rows), y, loss, SimpleNamespace(**facts), y, middle=0.5)


@pytest.mark.parametrize(
    "factor, typed", [(255, "X / 255"), (100, "X / 100"), (10, "X / 10"), (0.1, "X * 10"), (0.01, "X * 100")]
)
def test_the_scale_of_the_training_is_found_with_what_to_type(trained, factor, typed):
    rows = X * np.float32(factor)
    (finding,) = found(trained, rows)
    assert (finding.code, finding.severity) == ("scale_differs_from_training", "error")
    assert finding.fix == f"model.predict({typed})  # the same scaling as in training"
    loss = keras.losses.BinaryCrossentropy()
    as_given, rescaled = (float(loss(Y[:, None], trained(shown))) for shown in (rows, X))
    assert finding.evidence == (
        f"Loss {as_given:.4g} on the rows as given, {rescaled:.4g} on {typed}; guessing costs 0.6931. "
        "100.0% of the rows get one class as given."
    )


def test_rows_that_were_standardized_in_training_are_found():
    model = model_of(L.Dense(1, activation="sigmoid"))
    model.layers[-1].set_weights([np.float32([[8], [0], [0], [0]]), np.float32([0])])
    (finding,) = found(model, 1000 + 50 * X)
    assert finding.fix.startswith("model.predict(StandardScaler().fit_transform(X))")


def test_a_network_that_fails_on_every_scale_is_another_matter():
    model = model_of(L.Dense(1, activation="sigmoid"))
    model.layers[-1].set_weights([np.float32([[0], [9], [0], [0]]), np.float32([1])])  # looks at the wrong column
    assert found(model, X * 255) == []


def test_a_network_that_answers_several_classes_or_rows_of_one_class_is_left_alone(trained):
    assert found(trained, X[:, [1, 0, 2, 3]]) == []  # wrong, and not constant
    assert found(trained, X * 255, np.ones(200, int)) == []


def test_rows_that_are_no_single_array_are_not_rescaled(trained):
    shown = SimpleNamespace(rows=[X, X])
    assert scale_mismatch(shown, Y, None, SimpleNamespace(is_trained=True, prior_loss=1, loss=9), Y, middle=0.5) == []


def test_pairs_say_what_to_type():
    rows = RNG.normal(loc=3, scale=7, size=(50, 3))
    rows[:, 2] = 5  # a constant column stays finite
    pairs = dict(rescaled_rows(rows))
    assert len(pairs) == len(FACTORS) + 2
    for typed, rescaled in pairs.items():
        if typed.startswith("X"):
            assert_allclose(eval(typed, {"X": rows}), rescaled)
    assert_allclose(pairs["StandardScaler().fit_transform(X)"], StandardScaler().fit_transform(rows), atol=1e-12)
    assert_allclose(pairs["MinMaxScaler().fit_transform(X)"], MinMaxScaler().fit_transform(rows), atol=1e-12)


@pytest.mark.parametrize(
    "changes", [{"is_trained": False}, {"prior_loss": None}, {"loss": None}, {"loss": 0.1}], ids=str
)
def test_nothing_is_tried_where_nothing_failed_or_can_be_told(trained, changes):
    assert found(trained, X * 255, **changes) == []
