"""Nothing is wrong with these networks, and inspect_model says so; and they are untouched afterwards."""

import random

import keras
import numpy as np
import pytest

from robust_mlp.inspection import inspect_model
from tests.cases.healthy import HEALTHY


def state_of(model):
    """Every number of a model and its optimizer, and the compiled settings."""
    optimizer = [] if model.optimizer is None else [np.asarray(v) for v in model.optimizer.variables]
    return [np.asarray(v) for v in model.variables], optimizer, model.get_compile_config(), model.stop_training


def test_there_are_enough_of_them():
    assert len(HEALTHY) >= 60


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_network_has_no_error_and_is_left_untouched(name):
    keras.utils.set_random_seed(0)
    model, X, y, class_weight = HEALTHY[name]()
    before, global_draws = state_of(model), (random.getstate(), np.random.get_state()[1].copy())
    findings = inspect_model(model, X, y, class_weight=class_weight)
    assert findings.errors == (), str(findings)
    after = state_of(model)
    for old, new in zip(before[0] + before[1], after[0] + after[1], strict=True):
        np.testing.assert_array_equal(old, new)
    assert after[2:] == before[2:]
    assert random.getstate() == global_draws[0]
    np.testing.assert_array_equal(np.random.get_state()[1], global_draws[1])
    keras.backend.clear_session()
