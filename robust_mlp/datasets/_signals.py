"""Tables with different signals: XOR, parity, rings, clusters, a weak linear signal, and none.

All columns are well scaled. Tables with faults are in `_faults.py`."""

import numpy as np
from scipy.special import ndtri

from robust_mlp.datasets._shared import check_count, check_number, exact_codes, gaussian_classes, new_generator


def make_xor(n_rows=1000, n_columns=2, *, noise=0.3, random_state=None):
    """Two classes that no single column and no line can separate: the label is the XOR of two signs.

    The rows are four Gaussian clouds around the corners of a square. Columns after the second are standard normal
    noise.

    Parameters
    ----------
    n_rows : int, default=1000
        Rows, at least 4; the classes are equally frequent.
    n_columns : int, default=2
        Columns, at least 2.
    noise : float, default=0.3
        Standard deviation of a cloud, at least 0; the corners are 2 apart.
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
    >>> from robust_mlp.datasets import make_xor
    >>> X, y = make_xor(n_rows=100, noise=0, random_state=0)
    >>> bool(((X[:, 0] * X[:, 1] < 0) == y).all())
    True
    """
    check_count(n_rows, "n_rows", at_least=4)
    check_count(n_columns, "n_columns", at_least=2)
    check_number(noise, "noise", low=0)
    rng = new_generator(random_state)
    corner = exact_codes(rng, n_rows, np.ones(4))
    first, second = corner // 2, corner % 2
    X = rng.standard_normal((n_rows, n_columns))
    X[:, :2] = noise * X[:, :2] + 2 * np.column_stack([first, second]) - 1
    return X, first ^ second


def make_parity(n_rows=1000, n_columns=10, *, n_bits=3, random_state=None):
    """Binary columns. The label is 1 if an odd number of the first `n_bits` columns is 1.

    Fewer than `n_bits` columns say nothing about the label.

    Parameters
    ----------
    n_rows : int, default=1000
        Rows, at least 2.
    n_columns : int, default=10
        Columns, at least `n_bits`.
    n_bits : int, default=3
        Columns that determine the label, at least 1.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
        Zeros and ones.
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_parity
    >>> X, y = make_parity(n_rows=100, n_bits=2, random_state=0)
    >>> bool(((X[:, 0] != X[:, 1]) == y).all())
    True
    """
    check_count(n_rows, "n_rows", at_least=2)
    check_count(n_bits, "n_bits")
    check_count(n_columns, "n_columns", at_least=n_bits)
    X = new_generator(random_state).integers(2, size=(n_rows, n_columns))
    return X.astype(np.float64), X[:, :n_bits].sum(axis=1) % 2


def make_rings(n_rows=1000, *, noise=0.1, radius=0.5, scale=1.0, random_state=None):
    """Two rings around the same point, one class each.

    Parameters
    ----------
    n_rows : int, default=1000
        Rows, at least 2; the classes are equally frequent.
    noise : float, default=0.1
        Standard deviation around the ring, at least 0.
    radius : float, default=0.5
        Radius of class 1, in (0, 1); class 0 has radius 1.
    scale : float, default=1.0
        Factor for the columns, above 0.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, 2), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_rings
    >>> X, y = make_rings(n_rows=10, noise=0, random_state=0)
    >>> sorted({round(float(r), 6) for r in (X**2).sum(axis=1) ** 0.5})
    [0.5, 1.0]
    """
    check_count(n_rows, "n_rows", at_least=2)
    check_number(noise, "noise", low=0)
    check_number(radius, "radius", low=0, high=1, boundaries="neither")
    check_number(scale, "scale", low=0, boundaries="neither")
    rng = new_generator(random_state)
    y = exact_codes(rng, n_rows, np.ones(2))
    angle = rng.uniform(0, 2 * np.pi, n_rows)
    X = np.where(y == 1, radius, 1.0)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return scale * (X + noise * rng.standard_normal(X.shape)), y


def make_clusters(n_rows=1000, n_columns=20, *, n_classes=3, n_informative=5, separation=3.0, random_state=None):
    """One unit Gaussian cloud per class. All classes are equally frequent.

    With ``n_rows=2000, n_classes=200`` it is a table of many classes with few rows each.

    Parameters
    ----------
    n_rows : int, default=1000
        Rows, at least `n_classes`.
    n_columns : int, default=20
        Columns, at least `n_informative`; the others are noise.
    n_classes : int, default=3
        Classes, at least 2.
    n_informative : int, default=5
        Columns in which the clouds' centres differ, at least 1.
    separation : float, default=3.0
        Distance of each centre from the origin, at least 0; directions are random.
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
    >>> from robust_mlp.datasets import make_clusters
    >>> X, y = make_clusters(n_rows=2000, n_classes=200, random_state=0)
    >>> X.shape, len(set(y.tolist()))
    ((2000, 20), 200)
    """
    check_count(n_classes, "n_classes", at_least=2)
    check_count(n_rows, "n_rows", at_least=n_classes)
    check_count(n_informative, "n_informative")
    check_count(n_columns, "n_columns", at_least=n_informative)
    check_number(separation, "separation", low=0)
    rng = new_generator(random_state)
    y = exact_codes(rng, n_rows, np.ones(n_classes))
    return gaussian_classes(rng, y, n_classes, n_columns, n_informative, separation), y


def make_weak_signal(n_rows=20_000, n_columns=20, *, auc=0.56, n_informative=5, positive_share=0.5, random_state=None):
    """Two Gaussian classes. The best possible ranking has an area under the ROC curve of `auc`.

    Unit Gaussians at distance d have the AUC ``Phi(d / sqrt(2))`` [1]_. So ``d = sqrt(2) Phi^-1(auc)``. The distance is
    spread evenly over the informative columns.

    Parameters
    ----------
    n_rows : int, default=20_000
        Rows, at least 4.
    n_columns : int, default=20
        Columns, at least `n_informative`; the others are noise.
    auc : float, default=0.56
        Largest possible area under the ROC curve, in [0.5, 1).
    n_informative : int, default=5
        Columns that carry the signal, at least 1.
    positive_share : float, default=0.5
        Share of class 1, in (0, 1). Each class has at least one row.
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

    References
    ----------
    .. [1] D. Bamber (1975), The area above the ordinal dominance graph and the area below the receiver operating
       characteristic graph. Journal of Mathematical Psychology 12, 387-415.

    Examples
    --------
    >>> from robust_mlp.datasets import make_weak_signal
    >>> from sklearn.metrics import roc_auc_score
    >>> X, y = make_weak_signal(auc=0.6, n_informative=5, random_state=0)
    >>> round(roc_auc_score(y, X[:, :5].sum(axis=1)), 1)
    0.6
    """
    check_count(n_rows, "n_rows", at_least=4)
    check_count(n_informative, "n_informative")
    check_count(n_columns, "n_columns", at_least=n_informative)
    check_number(auc, "auc", low=0.5, high=1, boundaries="left")
    check_number(positive_share, "positive_share", low=0, high=1, boundaries="neither")
    rng = new_generator(random_state)
    n_positive = min(max(1, round(positive_share * n_rows)), n_rows - 1)
    y = rng.permutation((np.arange(n_rows) < n_positive).astype(np.int64))
    X = rng.standard_normal((n_rows, n_columns))
    X[:, :n_informative] += y[:, None] * np.sqrt(2 / n_informative) * ndtri(auc)
    return X, y


def make_pure_noise(n_rows=2000, n_columns=20, *, shares=(0.5, 0.5), random_state=None):
    """Labels that are independent of the columns: no classifier can be better than the class shares.

    Parameters
    ----------
    n_rows : int, default=2000
        Rows, at least two for each class.
    n_columns : int, default=20
        Standard normal columns, at least 1.
    shares : sequence of float, default=(0.5, 0.5)
        One positive weight per class, at least two weights. They are divided by their sum.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
    y : ndarray of shape (n_rows,), dtype int64
        Labels 0 to ``len(shares) - 1``.

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of its range.

    Examples
    --------
    >>> from robust_mlp.datasets import make_pure_noise
    >>> X, y = make_pure_noise(n_rows=100, shares=(0.88, 0.12), random_state=0)
    >>> int(y.sum())
    12
    """
    if len(shares) < 2 or min(shares) <= 0:
        raise ValueError(f"shares={shares!r}: pass at least two positive numbers, one for each class.")
    check_count(n_rows, "n_rows", at_least=2 * len(shares))
    check_count(n_columns, "n_columns")
    rng = new_generator(random_state)
    y = exact_codes(rng, n_rows, shares)
    return rng.standard_normal((n_rows, n_columns)), y
