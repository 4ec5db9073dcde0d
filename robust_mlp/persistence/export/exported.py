"""Exported: what of a fitted classifier an export writes, and which classifiers can be written at all.

Sees attributes only. Imports no classifier, because the classifiers import the exports."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp.persistence.export.raw_columns import RawTable, raw_table

# How else each of the other classifiers of this package leaves the process.
_OTHERWISE = {
    "GuardedKerasClassifier": (
        "Its network is a Keras model already: write clf.model_ with its own save or export, and hand it "
        "clf.feature_encoder_.transform(rows)."
    ),
    "Pipeline": (
        "For a Pipeline around one, call robust_mlp.register_onnx_converter() and then skl2onnx.to_onnx(pipeline, "
        "X[:1])."
    ),
}


@dataclass(frozen=True, eq=False)
class Adjustment:
    """A change of probabilities: the softmax of ``slope * log(max(probabilities, floor)) + offsets``.

    Attributes
    ----------
    slope : float
    offsets : ndarray of shape (n_classes,), dtype float64
    floor : float
    """

    slope: float
    offsets: np.ndarray
    floor: float


@dataclass(frozen=True, eq=False)
class Exported:
    """What an export writes.

    Attributes
    ----------
    table : RawTable
        The columns that come in.
    fitted : FittedNetwork
    adjustments : tuple of Adjustment
        What is done to the network's probabilities, one after the other.
    decision : Decision or None
        How a class is chosen; None: the most probable one.
    """

    table: RawTable
    fitted: FittedNetwork
    adjustments: tuple[Adjustment, ...] = ()
    decision: Any = None


def exported(clf, function):
    """What of a fitted classifier is written.

    Parameters
    ----------
    clf : RobustMLPClassifier, or PriorShiftClassifier around one
    function : str
        The function that the user called, for messages.

    Returns
    -------
    exported : Exported

    Raises
    ------
    NotFittedError
    TypeError
        For any other classifier. The message says what to do with it.
    ValueError
        For a column that cannot be an input; the message names it.
    """
    inner, adjustments = clf, ()
    if hasattr(type(clf), "_adjustments"):
        inner, adjustments = clf._fitted_estimator(), clf._adjustments()
    if not hasattr(type(inner), "partial_fit") or not hasattr(type(inner), "to_keras"):
        raise TypeError(_refusal(clf, inner, function))
    check_is_fitted(inner)
    fitted: FittedNetwork = inner._fitted
    decision = inner._decision if inner is clf else None
    return Exported(raw_table(fitted.encoding, inner._reader), fitted, adjustments, decision)


def _refusal(clf, inner, function):
    """Why a classifier cannot be written, and what to do."""
    given = type(clf).__name__
    around = "" if inner is clf else f" around a {type(inner).__name__}"
    otherwise = _OTHERWISE.get(type(inner).__name__, _OTHERWISE["Pipeline"])
    return (
        f"{function} converts a fitted RobustMLPClassifier, or a PriorShiftClassifier around one, and was given a "
        f"{given}{around}. {otherwise}"
    )
