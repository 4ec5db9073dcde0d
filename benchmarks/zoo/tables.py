"""The zoo's tables: made and real, small enough that a training takes a second. Ruins nothing."""

from functools import lru_cache

import numpy as np

from benchmarks.tables import load
from robust_mlp import datasets

MAX_REAL_ROWS = 2000  # of a larger table a stratified part is drawn

MADE = {
    "clusters": lambda seed: datasets.make_clusters(1500, 20, n_classes=4, separation=2.5, random_state=seed),
    "xor": lambda seed: datasets.make_xor(1500, 6, random_state=seed),
    "rings": lambda seed: datasets.make_rings(1200, random_state=seed),
    "parity": lambda seed: datasets.make_parity(1500, 8, random_state=seed),
    "imbalanced 1:1000": lambda seed: datasets.make_imbalanced(20_000, ratio=1000, random_state=seed),
    "imbalanced 1:50": lambda seed: datasets.make_imbalanced(5000, ratio=50, random_state=seed),
    "weak 88:12": lambda seed: datasets.make_weak_signal(4000, auc=0.7, positive_share=0.116, random_state=seed),
    "weak .56": lambda seed: datasets.make_weak_signal(20_000, auc=0.56, random_state=seed),
    "20 rows": lambda seed: datasets.make_clusters(29, 5, n_classes=2, separation=3.0, random_state=seed),
    "200 classes": lambda seed: datasets.make_clusters(2000, 20, n_classes=200, separation=6.0, random_state=seed),
    "20,000 columns": lambda seed: datasets.make_clusters(
        300, 20_000, n_classes=2, n_informative=200, separation=6.0, random_state=seed
    ),
    "40 % wrong labels": lambda seed: datasets.make_noisy_labels(2000, noise=0.4, random_state=seed),
    "conflicting duplicates": lambda seed: datasets.make_conflicting_duplicates(random_state=seed),
    "identifiers": lambda seed: datasets.make_identifier_columns(random_state=seed),
    "sorted": lambda seed: datasets.make_sorted(1500, random_state=seed),
    "noise, 2 classes": lambda seed: datasets.make_pure_noise(1500, random_state=seed),
    "noise, 300 rows": lambda seed: datasets.make_pure_noise(300, 8, random_state=seed),
    "noise, 5 classes": lambda seed: datasets.make_pure_noise(
        1500, shares=(0.4, 0.2, 0.2, 0.1, 0.1), random_state=seed
    ),
    "noise, rare": lambda seed: datasets.make_pure_noise(3000, shares=(0.95, 0.05), random_state=seed),
    "misaligned": lambda seed: datasets.make_misaligned(1500, random_state=seed),
}


def table(name, seed):
    """A table of the zoo.

    Parameters
    ----------
    name : str
        In `MADE`, or a real table that `benchmarks.tables.load` knows.
    seed : int
        Of a made table; a real one is the same for every seed.

    Returns
    -------
    X : ndarray of shape (n_rows, n_columns), dtype float64
    y : ndarray of shape (n_rows,)
    """
    if name in MADE:
        return MADE[name](seed)
    return _real(name)


@lru_cache(maxsize=4)
def _real(name):
    """Number columns of a real table, missing cells filled with the mean, at most `MAX_REAL_ROWS` rows."""
    real = load(name)
    X = real.X.select_dtypes("number")
    X = X.fillna(X.mean()).to_numpy(dtype=np.float64)
    rows = np.random.default_rng(0).permutation(len(X))[:MAX_REAL_ROWS]
    return X[rows], real.y[rows]
