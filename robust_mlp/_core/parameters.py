"""The check of constructor parameters: one table of constraints, one table of rules, one function.

Only this module uses scikit-learn's private parameter validation. It never resolves an 'auto' and never looks at data:
a condition that depends on the rows is checked where the rows are read."""

import difflib
from collections.abc import Mapping
from math import isfinite
from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    RealNotInt,
    StrOptions,
    validate_parameter_constraints,
)

from robust_mlp._core.activations import ACTIVATION_NAMES

ACTIVATIONS = tuple(sorted(ACTIVATION_NAMES))

# Keras' optimizers by name, as of Keras 3.15; a test compares them with the installed Keras.
OPTIMIZERS = (
    "adadelta",
    "adafactor",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "ftrl",
    "lamb",
    "lion",
    "muon",
    "nadam",
    "rmsprop",
    "schedulefreeadamw",
    "sgd",
)
SCHEDULES = ("auto", "constant", "cosine", "exponential", "linear")

# Minimal similarity (difflib's ratio) between a misspelt option and the suggestion: .6 finds 'cosin' and 'rmsporp', not
# 'foo'.
LIKENESS = 0.6


class _Options(StrOptions):
    """One of several strings, listed in the given order."""

    def __init__(self, *options):
        super().__init__(set(options))
        self.listed = options

    def __str__(self):
        return f"{'one of ' if len(self.listed) > 1 else ''}{', '.join(map(repr, self.listed))}"


class _OptimizerName(_Options):
    """The name of a Keras optimizer, in upper or lower case, as in Keras."""

    def is_satisfied_by(self, val):
        return isinstance(val, str) and val.lower() in self.options


class _Range(Interval):
    """Numbers between two bounds. True and False are not numbers here, although Python treats them as 1 and 0."""

    def is_satisfied_by(self, val):
        return not isinstance(val, (bool, np.bool_)) and super().is_satisfied_by(val)


_POSITIVE = _Range(Real, 0, None, closed="neither")
_NOT_NEGATIVE = _Range(Real, 0, None, closed="left")
_SHARE_BELOW_ONE = _Range(Real, 0, 1, closed="left")
_COUNT = _Range(Integral, 1, None, closed="left")

# A parameter is valid if one of its constraints is met. "no_validation": a rule below checks it.
CONSTRAINTS = {
    "hidden_layer_sizes": "no_validation",
    "activation": [_Options(*ACTIVATIONS)],
    "n_members": [_Options("auto"), _COUNT],
    "dropout": [_SHARE_BELOW_ONE],
    "input_dropout": [_SHARE_BELOW_ONE],
    "batch_norm": ["boolean"],
    "max_norm": [_POSITIVE, None],
    "linear_path": ["boolean"],
    "optimizer": [_OptimizerName(*OPTIMIZERS), HasMethods("get_config")],
    "learning_rate": [_POSITIVE],
    "learning_rate_schedule": [_Options(*SCHEDULES), callable, None],
    "weight_decay": [_NOT_NEGATIVE],
    "label_smoothing": [_SHARE_BELOW_ONE],
    "batch_size": [_Options("auto"), _COUNT],
    "max_iter": [_COUNT],
    "shuffle": ["boolean"],
    "early_stopping": [_Options("auto"), "boolean"],
    "scoring": "no_validation",
    "validation_fraction": [_Range(RealNotInt, 0, 1, closed="neither"), _COUNT],
    "validation": [_Options("random", "last")],
    "n_iter_no_change": [_COUNT],
    "tol": [_NOT_NEGATIVE],
    "max_time": [_POSITIVE, None],
    "callbacks": "no_validation",
    "checkpoint": [str, HasMethods("__fspath__"), None],
    "warm_start": ["boolean"],
    "scale": [_Options("standard", "robust"), None],
    "numerical_embedding": [_Options("auto", "mixed", "piecewise_linear"), None],
    "categorical_features": [_Options("from_dtype"), "array-like", None],
    "class_weight": [_Options("balanced"), dict, "array-like", None],
    "sampler": [_Options("over", "under", "smote", "balanced_batches"), HasMethods("fit_resample"), None],
    "prior_correction": ["boolean"],
    "decision": [str, callable, "array-like"],  # the names and the shape: _decision, which knows the classes
    "collapse_guard": [_Options("repair", "warn", "raise", "off")],
    "max_restarts": [_Range(Integral, 0, None, closed="left")],
    "random_state": ["random_state"],
    "verbose": ["verbose"],
}


def check_parameters(estimator):
    """Check all constructor parameters of an estimator.

    Parameters
    ----------
    estimator : estimator
        Its parameters that have an entry in `CONSTRAINTS` or `RULES` are checked.

    Raises
    ------
    InvalidParameterError
        It is both a ValueError and a TypeError. The message says what the user passed and what is allowed. It suggests
        the most similar option for a misspelt one.

    Examples
    --------
    >>> from sklearn.base import BaseEstimator
    >>> class Net(BaseEstimator):
    ...     def __init__(self, activation="relu", learning_rate=0.001):
    ...         self.activation = activation
    ...         self.learning_rate = learning_rate
    >>> check_parameters(Net())
    >>> try:
    ...     check_parameters(Net(learning_rate="adaptive"))
    ... except ValueError as error:
    ...     print(error)
    learning_rate='adaptive' of Net must be a number above 0. A schedule goes into learning_rate_schedule: one of \
'auto', 'constant', 'cosine', 'exponential', 'linear'.
    """
    values = estimator.get_params(deep=False)
    owner = type(estimator).__name__
    for name, value in values.items():
        for rule in RULES.get(name, ()):
            message = rule(value)
            if message:
                raise InvalidParameterError(f"{name}={value!r} of {owner} {message}")
        if name in CONSTRAINTS:
            _check_constraints(name, value, owner)


def _check_constraints(name, value, owner):
    """Check one value against its row of the table; suggest the most similar option for a misspelt one."""
    constraints = CONSTRAINTS[name]
    if constraints == "no_validation":
        return
    try:
        validate_parameter_constraints({name: constraints}, {name: value}, owner)
    except InvalidParameterError as error:
        options = [option for c in constraints if isinstance(c, _Options) for option in c.listed]
        raise InvalidParameterError(f"{error}{_did_you_mean(value, options)}") from None


def _did_you_mean(value, options):
    """ " Did you mean 'adam'?" where `value` is nearly one of the options, else ""."""
    if not isinstance(value, str):
        return ""
    near = difflib.get_close_matches(value.lower().strip().replace("-", "_"), options, n=1, cutoff=LIKENESS)
    return f" Did you mean {near[0]!r}?" if near else ""


def _is_width(value):
    """Whether a value is a whole number of units."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 1


def _widths(value):
    """`hidden_layer_sizes` is 'auto', an int, or a sequence of ints; none is a linear model."""
    if isinstance(value, str) and value == "auto":
        return None
    sizes = [value] if isinstance(value, Real) else value
    is_sequence = isinstance(sizes, (list, tuple, np.ndarray)) and np.ndim(sizes) == 1
    if is_sequence and all(_is_width(n) for n in sizes):
        return None
    return (
        "must be 'auto', an int >= 1 or a sequence of ints >= 1, one per hidden layer, for example (128, 64). "
        "() has no hidden layer: a linear model."
    )


def _step_size(value):
    """`learning_rate` is a number; schedules have a parameter of their own."""
    if isinstance(value, str) or callable(value):
        names = ", ".join(map(repr, SCHEDULES))
        return f"must be a number above 0. A schedule goes into learning_rate_schedule: one of {names}" + (
            "." if isinstance(value, str) else ", or a function of the progress from 0 to 1."
        )
    return None


def _schedule(value):
    """A schedule of one's own turns progress into a factor >= 0."""
    if isinstance(value, (str, type(None))) or not callable(value):
        return None
    if hasattr(value, "get_config"):
        return (
            "counts steps, as Keras' schedules do. Pass it within the optimizer, for example "
            "optimizer=keras.optimizers.Adam(schedule), and learning_rate_schedule=None."
        )
    for progress in (0.0, 0.5, 1.0):
        try:
            factor = value(progress)
        except Exception as error:
            return f"failed for progress {progress}: {type(error).__name__}: {error}. It gets a float from 0 to 1."
        is_number = isinstance(factor, Real) or (isinstance(factor, np.ndarray) and factor.ndim == 0)
        if not is_number or not isfinite(factor) or factor < 0:
            return f"returned {factor!r} for progress {progress}. It must return a finite factor >= 0."
    return None


def _optimizer(value):
    """An optimizer object, not its class."""
    if isinstance(value, type):
        return f"is a class. Pass its name, or an object: {value.__name__}()."
    return None


def _scoring(value):
    """'loss', the name of a scorer, or a function."""
    if callable(value) or (isinstance(value, str) and value == "loss"):
        return None
    from sklearn.metrics import get_scorer_names  # here, because few fits need scikit-learn's metrics

    names = get_scorer_names()
    if isinstance(value, str) and value in names:
        return None
    return (
        "must be 'loss', the name of a scikit-learn scorer (sklearn.metrics.get_scorer_names()), or a function "
        f"scorer(estimator, X, y).{_did_you_mean(value, ['loss', *names])}"
    )


def _callbacks(value):
    """None, a Keras callback, or several."""
    given = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    for callback in given:
        if isinstance(callback, type):
            return f"holds the class {callback.__name__}. Pass an object: {callback.__name__}()."
        if not (hasattr(callback, "on_epoch_end") and hasattr(callback, "set_model")):
            return (
                f"must be None, a Keras callback or a list of them; {callback!r} has no on_epoch_end and set_model. "
                "scikit-learn's own callbacks are registered with set_callbacks."
            )
    return None


def _class_weight(value):
    """Weights, in a dict or in a sequence, are finite and not negative."""
    if isinstance(value, (str, type(None))):
        return None
    weights = list(value.values()) if isinstance(value, Mapping) else np.asarray(value, dtype=object).ravel().tolist()
    for weight in weights:
        if not isinstance(weight, Real) or not isfinite(weight) or weight < 0:
            return f"holds the weight {weight!r}. Weights are finite numbers >= 0."
    return None


# Rules that the table cannot express. Each takes the value and returns the rest of the error message, or None.
RULES = {
    "hidden_layer_sizes": [_widths],
    "learning_rate": [_step_size],
    "learning_rate_schedule": [_schedule],
    "optimizer": [_optimizer],
    "scoring": [_scoring],
    "callbacks": [_callbacks],
    "class_weight": [_class_weight],
}
