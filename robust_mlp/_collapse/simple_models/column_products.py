"""Products of two and three columns that correlate with the labels. XOR and parity show in products only.

Chooses products on the rows that it is given. Other rows must show whether the choice predicts anything."""

import numpy as np

# Most columns that are searched. The work is rows x columns^2 for pairs and rows x columns^3 for triples, as matrix
# products: 0.1 s each.
MAX_PAIR_COLUMNS, MAX_TRIPLE_COLUMNS = 300, 40
MAX_ROWS = 4000
MAX_CLASSES = 4  # only the most frequent classes are searched
N_KEPT = 12  # products


def product_columns(X, codes, seed):
    """Find the products of columns that differ most between the classes.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Columns centred near 0.
    codes : ndarray of shape (n,), dtype int
    seed : int
        Draws rows, and columns if there are too many.

    Returns
    -------
    columns : callable
        Takes an ndarray of shape (k, d) and returns the chosen products, ndarray of shape (k, n_products).
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(len(X)) if len(X) <= MAX_ROWS else rng.choice(len(X), MAX_ROWS, replace=False)
    d = X.shape[1]
    candidates = np.arange(d) if d <= MAX_PAIR_COLUMNS else np.sort(rng.choice(d, MAX_PAIR_COLUMNS, replace=False))
    Z = _unit_columns(X[np.ix_(rows, candidates)])
    targets = _targets(codes[rows])
    found = _pairs(Z, targets)
    few = np.arange(len(candidates))
    if len(few) > MAX_TRIPLE_COLUMNS:
        few = np.sort(rng.choice(len(few), MAX_TRIPLE_COLUMNS, replace=False))
    found += [(score, tuple(few[list(places)])) for score, places in _triples(Z[:, few], targets)]
    found.sort(key=lambda pair: -pair[0])
    chosen = [candidates[list(places)] for _, places in found[:N_KEPT]]

    def columns(X):
        if not chosen:
            return np.zeros((len(X), 1))
        return np.column_stack([X[:, places].prod(axis=1) for places in chosen]) * 3.0

    return columns


def _unit_columns(X):
    """Columns with mean 0 and mean square 1; constant ones are 0."""
    Z = X - X.mean(axis=0)
    deviation = Z.std(axis=0)
    return np.divide(Z, deviation, out=np.zeros_like(Z), where=deviation > 1e-12)


def _targets(codes):
    """Centred indicators of the most frequent classes, with mean square 1: ndarray (n, at most MAX_CLASSES)."""
    counts = np.bincount(codes)
    classes = np.argsort(-counts)[: min(MAX_CLASSES, np.count_nonzero(counts))]
    if len(classes) == 2:
        classes = classes[:1]
    return _unit_columns((codes[:, None] == classes).astype(np.float64))


def _pairs(Z, targets):
    """The best pairs of columns as (score, places). The score is the squared correlation of product and class."""
    d = Z.shape[1]
    if d < 2:
        return []
    first, second = np.triu_indices(d, 1)
    score = np.zeros(len(first))
    for target in targets.T:
        moments = (Z * target[:, None]).T @ Z / len(Z)
        score = np.maximum(score, moments[first, second] ** 2)
    best = np.argsort(-score)[:N_KEPT]
    return [(float(score[i]), (int(first[i]), int(second[i]))) for i in best]


def _triples(Z, targets):
    """The best triples of columns, in the form of `_pairs`."""
    d = Z.shape[1]
    found = []
    for i in range(d - 2):
        rest = Z[:, i + 1 :]
        score = np.zeros((d - i - 1, d - i - 1))
        for target in targets.T:
            score = np.maximum(score, ((rest * (target * Z[:, i])[:, None]).T @ rest / len(Z)) ** 2)
        score[np.tril_indices(len(score))] = -1.0
        for place in np.argsort(-score, axis=None)[: min(3, score.size)]:
            j, k = divmod(int(place), len(score))
            if score[j, k] >= 0:
                found.append((float(score[j, k]), (i, i + 1 + j, i + 1 + k)))
    return found
