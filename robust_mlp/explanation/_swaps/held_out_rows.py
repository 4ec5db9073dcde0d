"""Which member of an ensemble was not trained on which row, so that training rows can be explained honestly."""

import numpy as np

# A member's probability and the stored one are the same computation, and differ by the rounding of float32 only.
LARGEST_DIFFERENCE = 1e-4
# A table is the training table if the stored probabilities are found again in nearly all rows that some member left
# out. Rows of another table agree in next to none.
LEAST_SHARE = 0.95
NOBODY = -1


def members_that_held_out(classifier, matrix):
    """The member that was not trained on each row, if these are the rows of the training.

    Parameters
    ----------
    classifier : RobustMLPClassifier
        Fitted.
    matrix : ndarray of shape (n_rows, n_columns)
        Rows as read.

    Returns
    -------
    member_of : ndarray of shape (n_rows,), dtype int, or None
        -1 where each member was trained on the row. None if these are other rows, or if no rows were left out by
        members.
    """
    stored = getattr(classifier, "oof_decision_function_", None)
    trained_on = getattr(classifier, "sample_indices_", None)
    if stored is None or len(stored) != len(matrix) or not isinstance(trained_on, list):
        return None
    is_trained = np.zeros((len(trained_on), len(matrix)), dtype=bool)
    for member, rows in enumerate(trained_on):
        if len(rows) and rows.max() >= len(matrix):
            return None
        is_trained[member, rows] = True
    is_left_out = is_trained.sum(axis=0) == len(trained_on) - 1
    member_of = np.where(is_left_out, np.argmin(is_trained, axis=0), NOBODY)
    member_of = _of_equal_rows(matrix, member_of)
    has_member = np.flatnonzero(member_of != NOBODY)
    if not has_member.size:
        return None
    is_same = np.zeros(len(matrix), dtype=bool)
    encoding, weights = classifier._fitted.encoding, classifier._fitted.answering_weights
    network = weights.network()
    for member in range(network.n_members):
        rows = np.flatnonzero(member_of == member)
        if rows.size:
            found = network.member_probabilities(encoding.transform(matrix, rows), member)
            with np.errstate(invalid="ignore"):
                is_same[rows] = np.abs(found - stored[rows]).max(axis=1) <= LARGEST_DIFFERENCE
    if is_same[has_member].mean() < LEAST_SHARE:
        return None
    return np.where(is_same, member_of, NOBODY)


def _of_equal_rows(matrix, member_of):
    """Equal rows are left out by the same member, and only the first of them is among the training rows."""
    if (member_of != NOBODY).all():
        return member_of
    _, group = np.unique(np.ascontiguousarray(matrix).view(f"V{matrix.strides[0]}").ravel(), return_inverse=True)
    of_group = np.full(group.max() + 1, NOBODY)
    known = member_of != NOBODY
    of_group[group[known]] = member_of[known]
    return of_group[group]
