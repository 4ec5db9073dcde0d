"""Classifiers whose probabilities were calibrated or adapted to other class shares, each with rows to predict.

`ADAPTED` names them; `adapted(name)` gives (PriorShiftClassifier, rows)."""

import functools
import warnings

from robust_mlp import PriorShiftClassifier
from tests.persistence.export.small_tables import fitted, table
from tests.tiny_fits import clouds, tiny


def _shifted():
    """Shares that changed, by a classifier whose costs its labels follow and adapted labels do not."""
    X, y = clouds(300)
    clf = tiny(decision="balanced").fit(X, y)
    return PriorShiftClassifier(clf, alpha=1.0).adapt(X[y != 2]), X


def _calibrated():
    X, y = clouds(120)
    return PriorShiftClassifier(tiny().fit(X[::2], y[::2]), calibrate=True).fit(X[1::2], y[1::2]), X


def _both():
    X, y = clouds(240, n_classes=2)
    shifted = PriorShiftClassifier(tiny(n_members=2), alpha=1.0, calibrate=True)
    return shifted.fit(X, y).adapt(X[y == 1]), X


def _by_confusion():
    X, y = clouds(240)
    return PriorShiftClassifier(tiny(), method="bbse", alpha=1.0).fit(X, y).adapt(X[y != 0]), X


def _frame():
    """Columns of every kind, members of every kind."""
    rows = table("frame")
    return PriorShiftClassifier(fitted("frame"), alpha=1.0).adapt(rows.X_new), rows.X_new


def _unshifted():
    X, y = clouds(60)
    return PriorShiftClassifier(tiny().fit(X, y), alpha=1e-300).adapt(X), X


_MADE = {
    "shifted": _shifted, "calibrated": _calibrated, "both": _both, "by confusion": _by_confusion, "frame": _frame,
    "unshifted": _unshifted,
}  # fmt: skip
ADAPTED = tuple(_MADE)


@functools.cache
def adapted(name):
    """(fitted PriorShiftClassifier, rows to predict)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # new rows hold what a training never saw
        return _MADE[name]()
