"""Helpers for all dataset generators: one random generator, exact class counts, Gaussian classes."""

import numpy as np
from sklearn.utils import check_random_state, check_scalar


def new_generator(random_state):
    """A NumPy generator from a scikit-learn `random_state`. If this is a RandomState instance, one number is drawn."""
    return np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))


def check_count(value, name, *, at_least=1, at_most=None):
    """Raise the usual TypeError or ValueError unless `value` is an integer in [at_least, at_most]."""
    return check_scalar(value, name, (int, np.integer), min_val=at_least, max_val=at_most)


def check_number(value, name, *, low=None, high=None, boundaries="both"):
    """Raise the usual TypeError or ValueError unless `value` is a real number between `low` and `high`."""
    number = (int, float, np.integer, np.floating)
    return check_scalar(value, name, number, min_val=low, max_val=high, include_boundaries=boundaries)


def exact_codes(rng, n_rows, shares):
    """Class codes in random order, ndarray of shape (n_rows,). Their counts are as near to `shares` as possible."""
    exact = np.asarray(shares, dtype=float) / np.sum(shares) * n_rows
    counts = np.floor(exact).astype(np.int64)
    counts[np.argsort(counts - exact, kind="stable")[: n_rows - counts.sum()]] += 1  # largest remainders first
    return rng.permutation(np.repeat(np.arange(len(counts)), counts))


def random_centres(rng, n_centres, n_columns, separation):
    """Points at distance `separation` from the origin, ndarray of shape (n_centres, n_columns).

    Their directions are random. If there are enough columns, they are orthogonal: all pairs of points then have the
    same distance, and tables with different seeds are equally difficult.
    """
    if n_centres <= n_columns:
        return separation * np.linalg.qr(rng.standard_normal((n_columns, n_centres)))[0].T
    centres = rng.standard_normal((n_centres, n_columns))
    return separation * centres / np.linalg.norm(centres, axis=1, keepdims=True)


def gaussian_classes(rng, codes, n_classes, n_columns, n_informative, separation):
    """Unit Gaussian rows around one centre per class, ndarray of shape (n_rows, n_columns).

    Only the first `n_informative` columns differ between the classes."""
    X = rng.standard_normal((len(codes), n_columns))
    X[:, :n_informative] += random_centres(rng, n_classes, n_informative, separation)[codes]
    return X
