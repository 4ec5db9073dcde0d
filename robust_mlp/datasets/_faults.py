"""Tables with well separated classes and one fault each: in labels, duplicates, scales, order or balance.

Every generator starts from Gaussian clouds and adds one fault. So only this fault can prevent learning."""

import numpy as np

from robust_mlp.datasets._shared import check_count, check_number, gaussian_classes, new_generator
from robust_mlp.datasets._signals import make_clusters

N_INFORMATIVE = 5
EASY = 4.0  # distance of a centre from the origin: two clouds of unit width then hardly overlap


def make_noisy_labels(n_rows=2000, n_columns=10, *, n_classes=2, noise=0.4, random_state=None):
    """Well separated classes. Some rows have the label of another class.

    Parameters
    ----------
    n_rows : int, default=2000
        Rows, at least `n_classes`.
    n_columns : int, default=10
        Columns, at least 5; the first 5 inform.
    n_classes : int, default=2
        Classes, at least 2.
    noise : float, default=0.4
        Share of rows with a wrong label, in [0, 1]; rounded to whole rows.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 to ``n_classes - 1``, including the wrong ones.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_noisy_labels
    >>> X, clean = make_noisy_labels(n_rows=100, noise=0, random_state=0)
    >>> X, y = make_noisy_labels(n_rows=100, noise=0.4, random_state=0)
    >>> int((y != clean).sum())
    40
    """
    check_number(noise, "noise", low=0, high=1)
    X, y, rng = _easy(n_rows, n_columns, n_classes, random_state)
    wrong = rng.permutation(n_rows)[: round(noise * n_rows)]
    y[wrong] = (y[wrong] + rng.integers(1, n_classes, size=len(wrong))) % n_classes
    return X, y


def make_conflicting_duplicates(n_rows=2000, n_columns=10, *, n_copies=4, conflict=0.25, random_state=None):
    """Rows that occur several times, some of them with both labels, so that no classifier can be correct on all rows.

    Parameters
    ----------
    n_rows : int, default=2000
        Rows, at least `n_copies`.
    n_columns : int, default=10
        Columns, at least 5; the first 5 inform.
    n_copies : int, default=4
        How often each row occurs, at least 2. The last row occurs less often if `n_rows` is not a multiple.
    conflict : float, default=0.25
        Share of rows whose label is not that of their cloud, in [0, 1]; rounded to whole rows.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> from robust_mlp.datasets import make_conflicting_duplicates
    >>> X, y = make_conflicting_duplicates(n_rows=100, random_state=0)
    >>> np.unique(X, axis=0).shape[0]
    25
    """
    check_count(n_copies, "n_copies", at_least=2)
    check_count(n_rows, "n_rows", at_least=n_copies)
    check_number(conflict, "conflict", low=0, high=1)
    n_distinct = max(2, -(-n_rows // n_copies))
    X, y, rng = _easy(n_distinct, n_columns, 2, random_state)
    rows = rng.permutation(np.resize(np.arange(n_distinct), n_rows))
    y = y[rows]
    y[rng.permutation(n_rows)[: round(conflict * n_rows)]] ^= 1
    return X[rows], y


def make_many_decades(n_rows=2000, n_columns=20, *, n_classes=3, decades=(-6, 6), offset=1.0, random_state=None):
    """Well separated classes in columns whose standard deviations span many powers of ten.

    Parameters
    ----------
    n_rows : int, default=2000
        Rows, at least `n_classes`.
    n_columns : int, default=20
        Columns, at least 5; the informative ones are spread over the decades.
    n_classes : int, default=3
        Classes, at least 2.
    decades : tuple of two float, default=(-6, 6)
        Powers of ten of the smallest and the largest standard deviation, in [-30, 30], the smaller first.
    offset : float, default=1.0
        Mean of each column, in units of its standard deviation.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 to ``n_classes - 1``.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_many_decades
    >>> X, y = make_many_decades(n_rows=1000, random_state=0)
    >>> bool(X.std(axis=0).max() / X.std(axis=0).min() > 1e10)
    True
    """
    check_number(offset, "offset")
    low, high = decades
    if not -30 <= low <= high <= 30:
        raise ValueError(f"decades={decades!r}: pass two powers of ten in [-30, 30], the smaller first.")
    X, y, rng = _easy(n_rows, n_columns, n_classes, random_state)
    order = rng.permutation(n_columns)
    return (X[:, order] + offset) * 10.0 ** np.linspace(low, high, n_columns), y


def make_imbalanced(n_rows=20_000, n_columns=10, *, ratio=1000, separation=2.0, random_state=None):
    """One frequent and one rare class, partly overlapping.

    Parameters
    ----------
    n_rows : int, default=20_000
        Rows, at least 4.
    n_columns : int, default=10
        Columns, at least 5; the first 5 inform.
    ratio : float, default=1000
        Rows of class 0 per row of class 1, at least 1. Class 1 has at least two rows.
    separation : float, default=2.0
        Distance of each class's centre from the origin, at least 0.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_imbalanced
    >>> X, y = make_imbalanced(n_rows=10_010, ratio=1000, random_state=0)
    >>> int(y.sum())
    10
    """
    check_count(n_rows, "n_rows", at_least=4)
    check_count(n_columns, "n_columns", at_least=N_INFORMATIVE)
    check_number(ratio, "ratio", low=1)
    check_number(separation, "separation", low=0)
    rng = new_generator(random_state)
    n_rare = max(2, round(n_rows / (ratio + 1)))
    y = rng.permutation((np.arange(n_rows) < n_rare).astype(np.int64))
    return gaussian_classes(rng, y, 2, n_columns, N_INFORMATIVE, separation), y


def make_identifier_columns(n_rows=2000, n_columns=10, *, n_identifiers=3, n_classes=2, random_state=None):
    """Well separated classes, with additional columns that only number the rows.

    The first identifier counts the rows from a million on. The others are shuffled numbers. Each value occurs once.

    Parameters
    ----------
    n_rows : int, default=2000
        Rows, at least `n_classes`.
    n_columns : int, default=10
        Columns without the identifiers, at least 5; the first 5 inform.
    n_identifiers : int, default=3
        Identifier columns, at least 1; they come last.
    n_classes : int, default=2
        Classes, at least 2.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns + n_identifiers), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 to ``n_classes - 1``.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_identifier_columns
    >>> X, y = make_identifier_columns(n_rows=100, random_state=0)
    >>> X[:3, 10].tolist()
    [1000000.0, 1000001.0, 1000002.0]
    """
    check_count(n_identifiers, "n_identifiers")
    X, y, rng = _easy(n_rows, n_columns, n_classes, random_state)
    numbers = 1_000_000.0 + np.arange(n_rows)
    identifiers = [numbers, *(rng.permutation(numbers) for _ in range(n_identifiers - 1))]
    return np.column_stack([X, *identifiers]), y


def make_sorted(n_rows=2000, n_columns=10, *, n_classes=5, random_state=None):
    """Well separated classes, with the rows sorted by class. So the last rows are a class that occurs nowhere else.

    Parameters
    ----------
    n_rows : int, default=2000
        Rows, at least `n_classes`.
    n_columns : int, default=10
        Columns, at least 5; the first 5 inform.
    n_classes : int, default=5
        Classes, at least 2.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 to ``n_classes - 1``, in ascending order.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_sorted
    >>> X, y = make_sorted(n_rows=10, random_state=0)
    >>> y.tolist()
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    """
    X, y, _ = _easy(n_rows, n_columns, n_classes, random_state)
    order = np.argsort(y, kind="stable")
    return X[order], y[order]


def make_misaligned(n_rows=2000, n_columns=10, *, n_classes=2, random_state=None):
    """Well separated clouds with shuffled labels, so that there is nothing to learn.

    Parameters
    ----------
    n_rows : int, default=2000
        Rows, at least `n_classes`.
    n_columns : int, default=10
        Columns, at least 5.
    n_classes : int, default=2
        Classes, at least 2.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
        The rows still form clouds.
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 to ``n_classes - 1``, independent of the rows.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_misaligned
    >>> X, y = make_misaligned(n_rows=100, random_state=0)
    >>> int(y.sum())
    50
    """
    X, y, rng = _easy(n_rows, n_columns, n_classes, random_state)
    return X, rng.permutation(y)


def _easy(n_rows, n_columns, n_classes, random_state):
    """(X, y, rng): well separated clouds, and the random generator for further draws."""
    rng = new_generator(random_state)
    X, y = make_clusters(
        n_rows,
        n_columns,
        n_classes=n_classes,
        n_informative=N_INFORMATIVE,
        separation=EASY,
        random_state=int(rng.integers(2**31 - 1)),
    )
    return X, y, rng
