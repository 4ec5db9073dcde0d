"""What the classifier adds to scikeras' parameters: ranges with what to pass, and who wins among arguments of a fit."""

from types import SimpleNamespace

import numpy as np
import pytest

from robust_mlp.keras_classifier.parameters import DEFAULT_BATCH_SIZE, check_parameters, fit_settings
from tests.keras_classifier.examples import classifier


def asked_for(**changes):
    usual = {
        "model": lambda: None,
        "build_fn": None,
        "scale": "auto",
        "collapse_guard": "repair",
        "max_restarts": 3,
        "repair_head": True,
        "validation_fraction": 0.1,
        "max_time": None,
        "validation_split": 0.0,
        "sampler": None,
    }
    return SimpleNamespace(**usual | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"model": None, "build_fn": lambda: None},
        {"scale": None},
        {"scale": "robust"},
        {"collapse_guard": "off", "max_restarts": np.int64(0)},
        {"validation_fraction": None},
        {"validation_split": np.float32(0.5)},
        {"sampler": "smote"},
    ],
)
def test_parameters_in_range_pass(changes):
    check_parameters(asked_for(**changes))


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"model": None},
            "model is None. Pass the function that makes the network: GuardedKerasClassifier(create_model).",
        ),
        ({"scale": "minmax"}, "scale='minmax' is not known. Pass 'auto', 'standard', 'robust' or None."),
        (
            {"collapse_guard": None},
            "collapse_guard=None is not known. Pass one of 'repair', 'warn', 'raise', 'off'.",
        ),
        ({"max_restarts": True}, "max_restarts=True does not fit. Pass an int >= 0."),
        ({"max_restarts": 1.0}, "max_restarts=1.0 does not fit. Pass an int >= 0."),
        ({"repair_head": 1}, "repair_head=1 does not fit. Pass True or False."),
        ({"validation_split": 1}, "validation_split=1 does not fit. Pass a number in [0, 1)."),
        ({"validation_fraction": -0.1}, "validation_fraction=-0.1 does not fit. Pass a number in [0, 1)."),
        ({"max_time": 0}, "max_time=0 does not fit. Pass a number of seconds > 0, or None."),
        ({"max_time": "1"}, "max_time='1' does not fit. Pass a number of seconds > 0, or None."),
        ({"max_time": True}, "max_time=True does not fit. Pass a number of seconds > 0, or None."),
    ],
)
def test_what_is_out_of_range_is_told_with_what_to_pass(changes, message):
    with pytest.raises(ValueError) as caught:
        check_parameters(asked_for(**changes))
    assert str(caught.value) == message


def test_arguments_of_fit_come_before_those_for_fit_before_plain_ones():
    assert fit_settings(classifier(epochs=3), {}, 100)["epochs"] == 3
    assert fit_settings(classifier(epochs=3, fit__epochs=5), {}, 100)["epochs"] == 5
    assert fit_settings(classifier(epochs=3, fit__epochs=5), {"epochs": 7}, 100)["epochs"] == 7


def test_batches_have_keras_size_unless_told_and_may_be_all_rows():
    assert fit_settings(classifier(), {}, 100)["batch_size"] == DEFAULT_BATCH_SIZE
    assert fit_settings(classifier(batch_size=-1), {}, 100)["batch_size"] == 100
    assert fit_settings(classifier(batch_size=np.int32(7)), {}, 100)["batch_size"] == 7


def test_the_rest_has_keras_defaults():
    assert fit_settings(classifier(epochs=2), {}, 9) == {
        "epochs": 2,
        "batch_size": DEFAULT_BATCH_SIZE,
        "shuffle": True,
        "initial_epoch": 0,
    }
    found = fit_settings(classifier(shuffle=False), {"initial_epoch": 4, "verbose": 1}, 9)
    assert (found["shuffle"], found["initial_epoch"]) == (False, 4)


@pytest.mark.parametrize(
    "given, error, message",
    [
        (
            {"epoch": 3, "callback": 1},
            TypeError,
            "fit got unexpected keyword arguments: callback, epoch. It takes batch_size, epochs, initial_epoch, "
            "shuffle, verbose.",
        ),
        ({"epochs": -1}, ValueError, "epochs=-1 does not fit. Pass an int >= 0."),
        ({"epochs": True}, ValueError, "epochs=True does not fit. Pass an int >= 0."),
        (
            {"batch_size": -2},
            ValueError,
            "batch_size=-2 does not fit. Pass an int >= 1, or -1 for all rows at once.",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_told(given, error, message):
    with pytest.raises(error) as caught:
        fit_settings(classifier(), given, 100)
    assert str(caught.value) == message
