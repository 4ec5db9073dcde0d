"""Checks the parameters and arguments of PriorShiftClassifier.

Raises an error or returns clean values. Never predicts."""

from numbers import Real

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

METHODS = ("em", "bbse")


def check_parameters(classifier):
    """Raise an error if a parameter of a PriorShiftClassifier is not valid."""
    if classifier.method not in METHODS:
        raise ValueError(f"method={classifier.method!r} is not known. Pass one of 'em', 'bbse'.")
    if classifier.calibrate != "auto" and not isinstance(classifier.calibrate, bool | np.bool_):
        raise ValueError(f"calibrate={classifier.calibrate!r} is not known. Pass 'auto', True or False.")
    if not isinstance(classifier.alpha, Real) or not 0 < float(classifier.alpha) <= 1:
        raise ValueError(f"alpha={classifier.alpha!r} is out of range. Pass a number in (0, 1].")
    if not isinstance(classifier.confidence, Real) or not 0 < float(classifier.confidence) < 1:
        raise ValueError(f"confidence={classifier.confidence!r} is out of range. Pass a number in (0, 1).")
    if not hasattr(classifier.estimator, "predict_proba"):
        name = type(classifier.estimator).__name__
        raise TypeError(
            f"{name} has no predict_proba, but class shares are estimated from probabilities. Wrap it first: "
            f"CalibratedClassifierCV({name}())."
        )


def check_prior(prior, classes):
    """`prior` as float64 (n_classes,) summing to 1."""
    shares = np.asarray(prior, dtype=np.float64)
    if shares.shape != (len(classes),) or not np.isfinite(shares).all() or shares.min() < 0 or shares.sum() <= 0:
        raise ValueError(
            f"prior={prior!r} is not one share, >= 0, for each of the {len(classes)} classes. Pass for example "
            f"prior={[round(1 / len(classes), 3)] * len(classes)}."
        )
    return shares / shares.sum()


def codes_of(y, classes):
    """Class codes (n_rows,) of labels. Every label must be among `classes`."""
    codes = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
    strange = classes[codes] != y
    if strange.any():
        raise ValueError(
            f"y holds {y[strange].tolist()[0]!r}, which the classifier was not trained on. Its classes are "
            f"{', '.join(map(repr, classes.tolist()))}."
        )
    return codes


def is_fitted(estimator):
    """Whether an estimator is fitted, by `check_is_fitted`."""
    try:
        check_is_fitted(estimator)
    except (NotFittedError, TypeError):
        return False
    return True
