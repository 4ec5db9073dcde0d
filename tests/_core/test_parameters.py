"""Parameters: everything that fits is let through, and everything else is named before training."""

import importlib.util
import inspect
import re
from pathlib import Path

import numpy as np
import pytest
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import BaseEstimator

import robust_mlp
from robust_mlp._core.activations import ACTIVATION_NAMES
from robust_mlp._core.parameters import ACTIVATIONS, CONSTRAINTS, OPTIMIZERS, RULES, SCHEDULES, check_parameters
from robust_mlp.classifier import RobustMLPClassifier


class Optimizer:
    """Looks like a Keras optimizer."""

    def get_config(self):
        return {}


class Callback:
    """Looks like a Keras callback."""

    def set_model(self, model):
        """Unused."""

    def on_epoch_end(self, epoch, logs):
        """Unused."""


class StepSchedule:
    """Looks like a Keras learning-rate schedule."""

    def __call__(self, step):
        return 1.0

    def get_config(self):
        return {}

    def __repr__(self):
        return "StepSchedule()"


def net(name, value):
    """An estimator with a single parameter."""

    class Net(BaseEstimator):
        def get_params(self, deep=True):
            return {name: value}

    return Net()


def message(name, value):
    """What checking the value raises."""
    with pytest.raises(ValueError) as caught:
        check_parameters(net(name, value))
    assert isinstance(caught.value, TypeError)  # scikit-learn's own error for parameters is both
    return str(caught.value)


GOOD = [
    ("hidden_layer_sizes", ["auto", (128, 64), [3], 5, np.array([4, 2]), [np.int64(3)], (), []]),
    ("activation", ACTIVATION_NAMES),
    ("n_members", ["auto", 1, np.int32(8)]),
    ("dropout", [0, 0.0, 0.5, np.float32(0.1)]),
    ("input_dropout", [0, 0.99]),
    ("batch_norm", [True, False, np.bool_(True)]),
    ("max_norm", [None, 1, 0.5]),
    ("linear_path", [True, False]),
    ("optimizer", [*OPTIMIZERS, "Adam", "SGD", Optimizer()]),
    ("learning_rate", [1, 1e-9, np.float32(0.1)]),
    (
        "learning_rate_schedule",
        [None, *SCHEDULES, lambda p: 1 - p, np.cos, lambda p: np.float32(1)],
    ),
    ("weight_decay", [0, 0.1]),
    ("label_smoothing", [0, 0.1]),
    ("batch_size", ["auto", 1, np.int64(32)]),
    ("max_iter", [1, np.int16(5)]),
    ("shuffle", [True, False]),
    ("early_stopping", ["auto", True, False]),
    ("scoring", ["loss", "accuracy", "roc_auc_ovr", "neg_log_loss", lambda estimator, X, y: 1.0]),
    ("validation_fraction", [0.1, 1e-9, 0.999, 1, 100, np.float64(0.2), np.int64(3)]),
    ("validation", ["random", "last"]),
    ("n_iter_no_change", [1, 10]),
    ("tol", [0, 1e-4]),
    ("max_time", [None, 1, 0.5]),
    ("callbacks", [None, [], (), Callback(), [Callback(), Callback()]]),
    ("checkpoint", [None, "fit.rmlp", Path("fit.rmlp")]),
    ("warm_start", [True, False]),
    ("scale", ["standard", "robust", None]),
    ("numerical_embedding", ["auto", "mixed", "piecewise_linear", None]),
    ("categorical_features", ["from_dtype", None, [0], ["a"], np.array([True, False])]),
    ("class_weight", [None, "balanced", {0: 1, "a": 2.5}, [1, 2], np.array([0.5, 1]), {}]),
    ("sampler", [None, "over", "under", "smote", "balanced_batches", RandomUnderSampler()]),
    ("prior_correction", [True, False, np.True_]),
    ("decision", ["argmax", "balanced", "f1_macro", len, [[0, 1], [5, 0]]]),
    ("collapse_guard", ["repair", "warn", "raise", "off"]),
    ("max_restarts", [0, 3]),
    ("random_state", [None, 0, 2**32 - 1, np.random.RandomState(0), np.int64(4)]),
    ("verbose", [0, 1, 2, True, False]),
]
BAD = [
    (
        "hidden_layer_sizes",
        [0, -1, (5, 0), (1.5,), "128", ("a",), None, True, (True,), 2.0, [[1, 2]], np.zeros((1, 1))],
    ),
    ("activation", ["rleu", "", None, 1, len]),
    ("n_members", [0, -1, 1.5, "all", None, True]),
    ("dropout", [1, 1.0, -0.1, np.nan, "0.1", None, True]),
    ("input_dropout", [1, -0.1]),
    ("batch_norm", [1, 0, "yes", None]),
    ("max_norm", [0, -1, np.inf, "1", True]),
    ("linear_path", [1, "no", None]),
    ("optimizer", ["adm", "", 3, None, Optimizer]),
    ("learning_rate", [0, -1, np.inf, np.nan, "adaptive", "constant", None, True, StepSchedule()]),
    ("learning_rate_schedule", ["cosin", "adaptive", 0.1, lambda: 1, lambda p: "a", lambda p: -1.0, lambda p: np.nan]),
    ("weight_decay", [-1e-9, np.nan, np.inf, "a", None, True]),
    ("label_smoothing", [1, -0.1, None]),
    ("batch_size", [0, 1.5, "Auto", None, True]),
    ("max_iter", [0, 1.0, "10", None, True]),
    ("shuffle", [1, "no", None]),
    ("early_stopping", ["yes", 1, None]),
    ("scoring", ["acuracy", None, 1, ["accuracy"]]),
    ("validation_fraction", [0.0, 1.0, 0, -1, -0.1, 1.5, np.nan, None, "0.1", True]),
    ("validation", ["Last", "first", None, 0.1, True]),
    ("n_iter_no_change", [0, 1.5, None, np.inf]),
    ("tol", [-1, np.nan, None, "a"]),
    ("max_time", [0, -1, "10", np.nan]),
    ("callbacks", ["a", ["a"], [None], 3, Callback, [Callback]]),
    ("checkpoint", [3, True, 0.5, ["a"]]),
    ("warm_start", [1, "yes", None]),
    ("scale", ["std", "minmax", True, False, 1]),
    ("numerical_embedding", ["periodic", 16, True]),
    ("categorical_features", ["from_dtpye", 3, True]),
    ("class_weight", ["balance", 3, {0: -1}, {0: "a"}, {0: np.nan}, [1, None], [np.inf]]),
    ("sampler", ["upper", 3, True, [1]]),
    ("prior_correction", ["yes", 1.0, None]),
    ("decision", [3, None, 1.5]),
    ("collapse_guard", ["repiar", None, True, False, "restart"]),
    ("max_restarts", [-1, 1.5, None, True]),
    ("random_state", ["a", -1, 2**32, 0.5]),
    ("verbose", [-1, "a", None, 0.5]),
]


def cases(table):
    """One pytest case for each value of a table."""
    return [pytest.param(name, value, id=f"{name}-{i}") for name, values in table for i, value in enumerate(values)]


@pytest.mark.parametrize("name, value", cases(GOOD))
def test_what_fits_is_let_through(name, value):
    check_parameters(net(name, value))


@pytest.mark.parametrize("name, value", cases(BAD))
def test_what_does_not_fit_is_named_with_its_value(name, value):
    text = message(name, value)
    assert name in text and "Net" in text
    assert repr(value) in text


def test_every_parameter_has_cases_and_every_rule_a_parameter():
    assert [name for name, _ in GOOD] == [name for name, _ in BAD] == list(CONSTRAINTS)
    assert set(RULES) <= set(CONSTRAINTS)
    assert {name for name, constraints in CONSTRAINTS.items() if constraints == "no_validation"} <= set(RULES)


def test_every_parameter_of_the_classifier_is_checked():
    assert set(inspect.signature(RobustMLPClassifier).parameters) == set(CONSTRAINTS)


def test_the_defaults_are_let_through():
    check_parameters(RobustMLPClassifier())


@pytest.mark.parametrize(
    "name, value, offered",
    [
        ("activation", "rleu", "relu"),
        ("activation", "leaky-relu", "leaky_relu"),
        ("optimizer", "adm", "adam"),
        ("optimizer", "RMSporp", "rmsprop"),
        ("learning_rate_schedule", "cosin", "cosine"),
        ("batch_size", "Auto", "auto"),
        ("scoring", "acuracy", "accuracy"),
        ("scoring", "los", "loss"),
        ("scale", "standart", "standard"),
        ("class_weight", "balance", "balanced"),
        ("collapse_guard", "repiar", "repair"),
        ("numerical_embedding", "piecewise", "piecewise_linear"),
        ("categorical_features", "from_dtpye", "from_dtype"),
    ],
)
def test_a_misspelt_option_is_offered_the_right_one(name, value, offered):
    assert message(name, value).endswith(f" Did you mean {offered!r}?")


def test_nothing_is_offered_where_nothing_is_alike():
    assert "Did you mean" not in message("optimizer", "zzz")


@pytest.mark.parametrize(
    "name, value, expected",
    [
        (
            "scale",
            "minmax",
            "The 'scale' parameter of Net must be one of 'standard', 'robust' or None. Got 'minmax' instead.",
        ),
        (
            "batch_size",
            0,
            "The 'batch_size' parameter of Net must be 'auto' or an int in the range [1, inf). Got 0 instead.",
        ),
        (
            "hidden_layer_sizes",
            (8, 0),
            "hidden_layer_sizes=(8, 0) of Net must be 'auto', an int >= 1 or a sequence of ints >= 1, one per hidden "
            "layer, for example (128, 64). () has no hidden layer: a linear model.",
        ),
        (
            "learning_rate",
            "adaptive",
            "learning_rate='adaptive' of Net must be a number above 0. A schedule goes into learning_rate_schedule: "
            "one of 'auto', 'constant', 'cosine', 'exponential', 'linear'.",
        ),
        (
            "learning_rate",
            StepSchedule(),
            "learning_rate=StepSchedule() of Net must be a number above 0. A schedule goes into "
            "learning_rate_schedule: one of 'auto', 'constant', 'cosine', 'exponential', 'linear', or a function of "
            "the progress from 0 to 1.",
        ),
        (
            "learning_rate_schedule",
            StepSchedule(),
            "learning_rate_schedule=StepSchedule() of Net counts steps, as Keras' schedules do. Pass it within the "
            "optimizer, for example optimizer=keras.optimizers.Adam(schedule), and learning_rate_schedule=None.",
        ),
        (
            "callbacks",
            ["a"],
            "callbacks=['a'] of Net must be None, a Keras callback or a list of them; 'a' has no on_epoch_end and "
            "set_model. scikit-learn's own callbacks are registered with set_callbacks.",
        ),
        (
            "class_weight",
            {0: -1},
            "class_weight={0: -1} of Net holds the weight -1. Weights are finite numbers >= 0.",
        ),
    ],
)
def test_a_message_says_what_came_and_what_fits(name, value, expected):
    assert message(name, value) == expected


def test_classes_in_the_place_of_objects_are_told_to_be_called():
    assert message("optimizer", Optimizer).endswith("of Net is a class. Pass its name, or an object: Optimizer().")
    assert message("callbacks", [Callback]).endswith("holds the class Callback. Pass an object: Callback().")


def test_a_schedule_that_fails_says_for_what():
    def schedule(progress):
        raise KeyError("oops")

    assert message("learning_rate_schedule", schedule).endswith(
        "failed for progress 0.0: KeyError: 'oops'. It gets a float from 0 to 1."
    )


def test_unknown_parameters_are_left_to_those_who_know_them():
    check_parameters(net("alpha", "anything"))


def test_names_are_those_that_the_network_knows():
    assert set(ACTIVATIONS) == set(ACTIVATION_NAMES)
    path = Path(robust_mlp.__file__).parent / "_network" / "schedule_curves.py"  # alone: its package would load Keras
    spec = importlib.util.spec_from_file_location("schedules", path)
    schedules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(schedules)
    assert set(SCHEDULES) == {"auto", *schedules.SCHEDULES}


def test_every_optimizer_of_the_installed_keras_is_known():
    listing = Path(importlib.util.find_spec("keras").origin).parent / "optimizers" / "__init__.py"
    names = set(re.findall(r"^from keras\.src\.optimizers\.\w+ import (\w+) as", listing.read_text(), re.MULTILINE))
    names |= set(re.findall(r"^    (\w+) as \w+,$", listing.read_text(), re.MULTILINE))
    not_trainable_by_name = {"Optimizer", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap"}  # they wrap others
    assert {"Adam", "SGD"} <= names
    assert {name.lower() for name in names - not_trainable_by_name} <= set(OPTIMIZERS)
