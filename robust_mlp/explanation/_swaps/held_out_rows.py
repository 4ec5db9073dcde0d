"""Which member of an ensemble was not trained on which row, so that training rows can be explained honestly."""

import numpy as np
from scipy import sparse

from robust_mlp._core.losses import SMALLEST_POSITIVE, softmax
from robust_mlp._data.distinct_rows import hash_rows

# A member's probability, at the temperature of the stored ones, is the same computation: it differs by the rounding of
# float32 only.
LARGEST_DIFFERENCE = 1e-4
# A table is the training table if the stored probabilities are found again in nearly all rows that some member left
# out. Rows of another table agree in next to none.
LEAST_SHARE = 0.95
# Folds of the held-out rows of a member that is alone in its input group (`_fit/splits.py`): a temperature for each.
# Rows of another table would need another temperature each.
MOST_FACTORS = 5
# A row tells the temperature if its log-odds are of this size: rounding is then far below `ROUNDING`.
LEAST_ODDS, ROUNDING = 0.1, 1e-3
NOBODY = -1


def members_that_held_out(classifier, matrix):
    """The member that was not trained on each row, if these are the rows of the training.

    Parameters
    ----------
    classifier : RobustMLPClassifier
        Fitted.
    matrix : ndarray or csr_array of shape (n_rows, n_columns)
        Rows as read.

    Returns
    -------
    member_of : ndarray of shape (n_rows,), dtype int, or None
        -1 where each member was trained on the row. None if these are other rows, or if no rows were left out by
        members.
    """
    stored = getattr(classifier, "oof_decision_function_", None)
    trained_on = getattr(classifier, "sample_indices_", None)
    n_rows = matrix.shape[0]
    if stored is None or len(stored) != n_rows or not isinstance(trained_on, list):
        return None
    is_trained = np.zeros((len(trained_on), n_rows), dtype=bool)
    for member, rows in enumerate(trained_on):
        if len(rows) and rows.max() >= n_rows:
            return None
        is_trained[member, rows] = True
    is_left_out = is_trained.sum(axis=0) == len(trained_on) - 1
    member_of = np.where(is_left_out, np.argmin(is_trained, axis=0), NOBODY)
    member_of = _of_equal_rows(matrix, member_of)
    has_member = np.flatnonzero(member_of != NOBODY)
    if not has_member.size:
        return None
    is_same = np.zeros(n_rows, dtype=bool)
    encoding, weights = classifier._fitted.encoding, classifier._fitted.judged_weights
    network = weights.network()
    for member in range(network.n_members):
        rows = np.flatnonzero(member_of == member)
        if rows.size:
            found = network.member_probabilities(encoding.transform(matrix, rows), member)
            is_same[rows] = _is_found_again(stored[rows], found)
    if is_same[has_member].mean() < LEAST_SHARE:
        return None
    return np.where(is_same, member_of, NOBODY)


def _is_found_again(stored, found):
    """Whether the stored probabilities of each row are those that were found, at one of few temperatures.

    A fit stores each row at the temperature that other rows teach, one for each fold, and not at that of the network.
    """
    is_same = np.zeros(len(stored), dtype=bool)
    known = np.flatnonzero(np.isfinite(stored).all(axis=1))
    wanted, given = _centered_logs(stored[known]), _centered_logs(found[known])
    sizes = (given**2).sum(axis=1)
    tells = sizes >= LEAST_ODDS**2
    factors = _few_values((given * wanted).sum(axis=1)[tells] / sizes[tells])
    if len(factors) > MOST_FACTORS:
        return is_same
    difference = np.full(len(known), np.inf)
    for factor in [*factors, 1.0]:
        difference = np.minimum(difference, np.abs(softmax(factor * given) - stored[known]).max(axis=1))
    is_same[known] = difference <= LARGEST_DIFFERENCE
    return is_same


def _few_values(values):
    """The values without those that differ from a smaller one by rounding only, ascending."""
    values = np.sort(values)
    is_new = np.ones(len(values), dtype=bool)
    is_new[1:] = np.diff(values) > ROUNDING * np.abs(values[1:])
    return values[is_new]


def _centered_logs(probabilities):
    """Log-odds whose mean over the classes is 0."""
    logs = np.log(np.maximum(probabilities, SMALLEST_POSITIVE))
    return logs - logs.mean(axis=1, keepdims=True)


def _of_equal_rows(matrix, member_of):
    """Equal rows are left out by the same member, and only the first of them is among the training rows."""
    if (member_of != NOBODY).all():
        return member_of
    if sparse.issparse(matrix):
        rows = hash_rows(matrix, np.arange(matrix.shape[0]))
    else:
        rows = np.ascontiguousarray(matrix)
        rows = rows.view(f"V{rows.strides[0]}").ravel()
    _, group = np.unique(rows, return_inverse=True)
    of_group = np.full(group.max() + 1, NOBODY)
    known = member_of != NOBODY
    of_group[group[known]] = member_of[known]
    return of_group[group]
