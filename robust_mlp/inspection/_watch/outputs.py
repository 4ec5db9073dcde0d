"""Conversion of labels to class codes, and of a head's outputs to probabilities.

Pure NumPy on facts. Never runs a network."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._core.losses import softmax_in_place
from robust_mlp.inspection._read.distributions import are_shares
from robust_mlp.inspection._rules.labels import describe_labels


@dataclass(frozen=True, eq=False)
class ClassCodes:
    """A class number for each row.

    `codes` ndarray of shape (n_rows,), int, in [0, n_classes); `names` the user's labels, by code.
    """

    codes: np.ndarray
    n_classes: int
    names: tuple


def class_codes(y, units, known=None):
    """Class codes of labels in any form that a loss takes; None if a row does not belong to exactly one class.

    Parameters
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, width)
    units : int
        Units of the head.
    known : ClassCodes, default=None
        Codes of other rows; the same label gets the same code.

    Returns
    -------
    classes : ClassCodes or None
    """
    labels = describe_labels(y)
    if labels.n_missing or labels.kind in ("multilabel", "continuous", "strings") or labels.n_classes == 0:
        return None
    if labels.width > 1:
        return ClassCodes(np.argmax(y, axis=1), labels.width, tuple(range(labels.width)))
    flat = np.asarray(y, dtype=float).ravel()
    if labels.kind == "probabilities":
        return ClassCodes((flat > 0.5).astype(int), 2, (0, 1))
    if labels.kind == "codes" and units > 1 and labels.smallest >= 0 and labels.largest < units:
        return ClassCodes(flat.astype(int), units, tuple(range(units)))
    values = np.unique(flat) if known is None else np.union1d(np.asarray(known.names, dtype=float), flat)
    if units == 1 and len(values) == 1 and values[0] in (0.0, 1.0):
        values = np.array([0.0, 1.0])
    names = tuple(int(value) if value == int(value) else float(value) for value in values)
    return ClassCodes(np.searchsorted(values, flat), max(len(values), units, 2), names)


def middle_of(head, loss):
    """The output of one unit from which on the second class is the likelier one."""
    if loss.from_logits and head.activation not in ("sigmoid", "softmax"):
        return 0.0
    return 0.0 if loss.family == "hinge" or head.activation == "tanh" else 0.5


def as_probabilities(outputs, head, loss, n_classes):
    """Probabilities of shape (n_rows, n_classes), float64, from a head's outputs of shape (n_rows, units).

    Logits go through the function of the loss. Other outputs are clipped or normalized, which keeps their order.
    """
    P = np.asarray(outputs, dtype=np.float64)
    if P.shape[1] == 1:
        share = _one_unit(P[:, 0], head, loss)
        P = np.zeros((len(share), max(n_classes, 2)))
        P[:, 0], P[:, 1] = 1 - share, share
        return P
    sums = P.sum(axis=1, keepdims=True)
    if loss.from_logits or not np.isfinite(P).all():
        P = softmax_in_place(P.copy()) if np.isfinite(P).all() else P
    elif are_shares(P):
        P = P / sums
    elif loss.family == "regression":
        P = _of_regression(P)
    elif P.min() >= 0:
        P = np.divide(P, sums, out=np.full_like(P, 1 / P.shape[1]), where=sums > 0)
    else:
        P = softmax_in_place(P.copy())
    if P.shape[1] < n_classes:
        P = np.hstack([P, np.zeros((len(P), n_classes - P.shape[1]))])
    return P


def _of_regression(P):
    """Shares from estimates of 0 and 1, one for each class. An estimate may lie outside [0, 1]."""
    shares = np.clip(P, 0, None)
    sums = shares.sum(axis=1, keepdims=True)
    says_nothing = sums[:, 0] <= 0
    shares = np.divide(shares, sums, out=shares, where=sums > 0)
    shares[says_nothing] = softmax_in_place(P[says_nothing].copy())
    return shares


def _one_unit(column, head, loss):
    """The probability of the second class, from one unit."""
    if loss.from_logits and head.activation not in ("sigmoid", "softmax"):
        return 0.5 * np.tanh(0.5 * column) + 0.5
    if loss.family == "hinge" or head.activation == "tanh":
        return np.clip((column + 1) / 2, 0, 1)
    return np.clip(column, 0, 1)
