"""Importance of the columns of a fit, measured on rows that were held out, for `feature_importances_` and the report.

Calls `explanation`; decides only which rows are looked at, and by which members."""

import numpy as np

from robust_mlp._core.printable import printable_name
from robust_mlp._report.records import ColumnRise
from robust_mlp.explanation._measures.importance import Labels, interval, permutation_rises
from robust_mlp.explanation._swaps.encoded_columns import matrix_columns
from robust_mlp.explanation._swaps.network import NetworkPredictor, Part

# Predictions of rows with a permuted column: about 2 microseconds each, so that this is far less than 2 % of the fit of
# a thousand rows. `explain` looks at more rows and permutes more often.
MOST_PREDICTIONS = 15_000
# At least so many rows are looked at, however many columns there are: of fewer nothing can be told.
LEAST_ROWS = 100
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


def _parts(table, attempt, n_wanted):
    """Which members answer for which rows: those that were not trained on them. As few members as have enough rows."""
    fitted, held_out = attempt.network, attempt.held_out
    is_of_members = len(table.held_out) > 1 and table.validation is None and not held_out.in_sample
    if not is_of_members:
        return [Part(np.unique(held_out.rows), [weights.network() for weights in fitted.all_answering])]
    weights = fitted.answering_weights
    parts: list[Part] = []
    for member, rows in enumerate(table.held_out):
        if sum(len(part.rows) for part in parts) < n_wanted and len(rows):
            parts.append(Part(rows, [weights.of_members([member]).network()]))
    return parts
