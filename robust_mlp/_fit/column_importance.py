"""Importance of the columns of a fit, measured on rows that were held out, for `feature_importances_` and the report.

Calls `explanation`; decides only which rows are looked at, and by which members."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from robust_mlp._core.printable import printable_name
from robust_mlp._report.records import ColumnRise
from robust_mlp.explanation._measures.importance import Labels, interval, permutation_rises
from robust_mlp.explanation._swaps.encoded_columns import matrix_columns
from robust_mlp.explanation._swaps.network import NetworkPredictor, Part
from robust_mlp.explanation._swaps.sparse_rows import columns_of_outputs, sparse_rises

# Predictions of rows with a permuted column: about 2 microseconds each, so that this is far less than 2 % of the fit of
# a thousand rows. `explain` looks at more rows and permutes more often.
MOST_PREDICTIONS = 15_000
# At least so many rows are looked at, however many columns there are: of fewer nothing can be told.
LEAST_ROWS = 100
# Held-out rows of a sparse table that are looked at. There are two predictions for each stored cell: of the row that
# loses it, and of the row that gets it. For twenty cells a row that is a few tenths of a second.
MOST_SPARSE_ROWS = 1_000
# More permutations of the same rows add little: then the rows decide how exact the mean is.
MOST_REPEATS = 5


def importance_of_columns(table, attempt):
    """How much the held-out log loss rises when a column is permuted.

    Parameters
    ----------
    table : TrainingTable
    attempt : Attempt of FittedNetwork
        With held-out predictions. If no rows were held out, training rows are looked at.

    Returns
    -------
    shares : ndarray of shape (n_features,), dtype float64
        The rise of each input column; 0 where the loss falls. Divided by their sum, unless all are 0.
    rises : tuple of ColumnRise
        The largest first. Empty if a prediction is no number.
    """
    reader, rows_table = table.reader, table.eval_rows
    if sparse.issparse(rows_table.X):
        return _importance_of_sparse(table, attempt)
    n_columns = len(matrix_columns(reader))
    wanted = max(LEAST_ROWS, MOST_PREDICTIONS // n_columns)
    predictor = NetworkPredictor(rows_table.X, attempt.network.encoding, _parts(table, attempt, wanted))
    rows = np.random.default_rng(table.seeds["signal"]).permutation(predictor.rows)[:wanted]
    n_repeats = int(np.clip(MOST_PREDICTIONS // (len(rows) * n_columns), 1, MOST_REPEATS))
    found = permutation_rises(
        predictor,
        rows,
        Labels(rows_table.codes, rows_table.weights),
        [[column] for column in range(n_columns)],
        n_repeats=n_repeats,
        seed=table.seeds["signal"],
    )
    if not np.isfinite(found.mean).all():
        return np.zeros(n_columns), ()
    shares = np.maximum(found.mean, 0.0)
    names = [printable_name(str(reader.name_of(where[0]))) for where in matrix_columns(reader)]
    rises = []
    for name, mean, error in zip(names, found.mean, found.error, strict=True):
        low, high = interval(mean, error, n_columns)
        rises.append(ColumnRise(name=name, rise=float(mean), low=low, high=high))
    return shares / (shares.sum() or 1.0), tuple(sorted(rises, key=lambda one: -one.rise))


def _importance_of_sparse(table, attempt):
    """`importance_of_columns` of a sparse table. A column without a stored cell in the rows looked at has no rise."""
    reader, rows_table = table.reader, table.eval_rows
    # Without the linear member, which was trained on held-out rows, too.
    own = replace(attempt, network=replace(attempt.network, companions=()))
    parts = _parts(table, own, MOST_SPARSE_ROWS)
    rng = np.random.default_rng(table.seeds["signal"])
    rises, square, total = np.zeros(reader.n_features), np.zeros(reader.n_features), 0.0
    n_left = MOST_SPARSE_ROWS
    for part in parts:
        rows = rng.permutation(part.rows)[:n_left]
        n_left -= len(rows)
        if len(rows):
            labels = rows_table.codes[rows], rows_table.weights[rows]
            encoded = attempt.network.encoding.transform(rows_table.X, rows)
            of_outputs = sparse_rises(encoded, part.networks, *labels, rng)
            columns = columns_of_outputs(attempt.network.encoding)
            rises += np.bincount(columns, of_outputs[0], minlength=len(rises))
            square += np.bincount(columns, of_outputs[1], minlength=len(rises))
            total += labels[1].sum()
    if not np.isfinite(rises).all():
        return np.zeros(len(rises)), ()
    mean, error = rises / total, np.sqrt(square) / total
    seen = np.flatnonzero(error)
    told = []
    for j in seen[np.argsort(-mean[seen], kind="stable")]:
        low, high = interval(mean[j], error[j], len(seen))
        told.append(ColumnRise(name=printable_name(str(reader.name_of(j))), rise=float(mean[j]), low=low, high=high))
    shares = np.maximum(mean, 0.0)
    return shares / (shares.sum() or 1.0), tuple(told)


def _parts(table, attempt, n_wanted):
    """Which members answer for which rows: those that were not trained on them. As few members as have enough rows."""
    fitted, held_out = attempt.network, attempt.held_out
    is_of_members = len(table.held_out) > 1 and table.validation is None and not held_out.in_sample
    if not is_of_members:
        return [Part(np.unique(held_out.rows), [weights.network() for weights in fitted.all_answering])]
    weights = fitted.judged_weights
    parts: list[Part] = []
    for member, rows in enumerate(table.held_out):
        if sum(len(part.rows) for part in parts) < n_wanted and len(rows):
            parts.append(Part(rows, [weights.of_members([member]).network()]))
    return parts
