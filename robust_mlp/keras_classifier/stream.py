"""The rows that `partial_fit` holds out of a stream, and what they say of the user's network.

The same rows and the same rules as for `RobustMLPClassifier.partial_fit`. Trains nothing."""

from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._collapse.stream_report import one_class_of, stream_report, unguarded_report
from robust_mlp._data.balancing import class_mass
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.reservoir import Reservoir, can_tell
from robust_mlp.keras_classifier.training import answer

# Rows of a call that are looked at: in so many, a class that is predicted at all is seen.
MOST_ROWS_LOOKED_AT = 1000


@dataclass(frozen=True, eq=False)
class Stream:
    """What `partial_fit` keeps of a stream beside the network.

    Attributes
    ----------
    reservoir : Reservoir
        Its rows are flat: one axis for each row.
    mass : ndarray of shape (n_classes,), dtype float64
        Total weight of each class so far.
    """

    reservoir: Reservoir
    mass: np.ndarray


def divided(estimator, table, seeds):
    """Hold out some rows of a part. Sets `_stream`.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
        With a network.
    table : LabelledTable
    seeds : dict of str to int

    Returns
    -------
    training : LabelledTable
        The rows to train on; it may have none. All rows where the guard is off, where rows carry several labels, or
        where they are no numbers.
    """
    if not _is_watched(estimator, table):
        return table
    n_classes, stream = estimator.n_classes_, getattr(estimator, "_stream", None)
    if stream is None:
        had_fit = len(estimator.history_.get("loss", ())) > 0
        stream = Stream(Reservoir.empty(n_classes, has_trained=had_fit), np.zeros(n_classes))
    flat = replace(table, X=table.X.reshape(len(table), -1))
    reservoir, training = stream.reservoir.divided(flat, seeds["split"])
    estimator._stream = Stream(reservoir, stream.mass + class_mass(table.codes, table.weights, n_classes))
    return replace(training, X=training.X.reshape(-1, *table.X.shape[1:]).astype(table.X.dtype, copy=False))


def forget_held_out(estimator):
    """Forget the rows that are held out, because they are in another unit. Sets `_stream`."""
    stream = getattr(estimator, "_stream", None)
    if stream is not None:
        estimator._stream = replace(stream, reservoir=stream.reservoir.emptied())


def judge(estimator, table):
    """Judge the network by the rows that are held out. Sets `report_`.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    table : LabelledTable
        The rows of this call.

    Returns
    -------
    sentence : str or None
        What to warn of: that `predict` gives one class.
    """
    names = [str(name) for name in estimator.classes_.tolist()] if not estimator._labels.is_multilabel else []
    if not _is_watched(estimator, table):
        if estimator.collapse_guard == "off" and names:
            estimator.report_ = unguarded_report(names)
        return None
    stream, like = estimator._stream, table.X
    kept = stream.reservoir.table
    has_rows = kept is not None and len(kept) > 0
    held_out = (kept.codes, kept.weights) if has_rows else (np.empty(0, int), np.empty(0))
    probabilities = _probabilities(estimator, kept.X, like) if has_rows else np.empty((0, len(names)))
    if not np.isfinite(probabilities).all():
        return None  # the estimator warns of weights that are no numbers
    predicted, codes, where = probabilities.argmax(axis=1), held_out[0], "held-out rows"
    if not can_tell(kept):
        some, first = table.at(np.arange(min(len(table), MOST_ROWS_LOOKED_AT))), stream.reservoir.first
        for rows in (some,) if first is None else (some, first):
            predicted = np.concatenate([predicted, _probabilities(estimator, rows.X, like).argmax(axis=1)])
            codes = np.concatenate([codes, rows.codes])
        where = "rows that are at hand"
    sentence = one_class_of(predicted, codes, int(np.count_nonzero(stream.mass)), names, where)
    estimator.report_ = stream_report(probabilities, held_out, stream.mass / stream.mass.sum(), names, sentence)
    return sentence


def _is_watched(estimator, table: LabelledTable):
    return estimator.collapse_guard != "off" and not estimator._labels.is_multilabel and table.X.dtype.kind in "biuf"


def _probabilities(estimator, rows, like):
    """Class probabilities for rows as they were read, flat or not: (n_rows, n_classes), float64."""
    rows = rows.reshape(-1, *like.shape[1:]).astype(like.dtype, copy=False)
    trained = estimator._trained
    return trained.probabilities(answer(estimator.model_, np.asarray(trained.scaler.transform(rows)), estimator._parts))
