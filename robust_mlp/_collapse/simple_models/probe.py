"""Is there anything to learn? Fits simple models and compares each with chance, on rows that it was not fitted to.

A linear model and shallow trees find most signals. Two more models find what these miss: products of two and three
columns find XOR and parity, and nearest neighbours find islands of any shape, as on a chess board. The score of each
model is compared with its distribution under randomly permuted labels. This distribution is known exactly (see
`rank_statistics`), so no model is fitted to permuted labels. Trains no network."""

import math
import warnings
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist
from scipy.special import softmax
from scipy.stats import norm, rankdata
from threadpoolctl import threadpool_limits

from robust_mlp._collapse.simple_models.column_products import product_columns
from robust_mlp._collapse.simple_models.comparison import Signal
from robust_mlp._collapse.simple_models.per_column import feature_signal
from robust_mlp._collapse.simple_models.weights_in_trees import given
from robust_mlp._collapse.symptoms.against_prior import rank_statistics
from robust_mlp._core.deadline import NO_DEADLINE, Deadline, OutOfTime
from robust_mlp._core.losses import log_losses, mean_loss
from robust_mlp._core.temperature import best_inverse_temperature, judging_factors
from robust_mlp._report import ProbeResult, SignalSummary

# In tables without a signal, a signal is reported in at most this share of cases. Together with false signals from a
# lucky epoch of the network, it stays below 5 % (tests/_collapse/simple_models/test_probe.py,
# benchmarks/collapse_zoo.py).
FALSE_SIGNAL_RATE = 0.02
# Share of such signals that a model finds if it knows the right columns. A model that must learn them from the same
# rows finds about 80 %.
POWER = 0.95
# Limits on rows, and on cells times classes. They are enough to detect an area under the ROC curve of .52, and all
# probes together take about a second.
MAX_ROWS, MAX_LINEAR_WORK, MAX_TREE_WORK, MAX_CELLS = 20_000, 10_000_000, 1_000_000, 4_000_000
MAX_TREE_COLUMNS = 64  # one half are the most informative single columns, the other half are drawn at random
FEWEST_ROWS = 12
FEW_ROWS = 400  # with fewer rows, each fold leaves out a smaller part
N_FOLDS, N_FOLDS_OF_FEW = 2, 5
# Models that must show how much is to be found learn from more of the rows. Of so many rows, two thirds are still all
# that these models take (`MAX_FOREST_ROWS`), and three folds take three fifths of the time of five. Of 1,800 rows, with
# three folds, networks were taken for healthy that are .12 of balanced accuracy behind.
MANY_ROWS, N_FINE_FOLDS_OF_MANY = 6000, 3
# The scores of the folds are dependent, even without a signal. For a model that is linear in its training rows, the
# score of fold j is s_j . sum of s_k over k != j, where s_k are the independent contributions of the folds. The sum
# over j counts each pair twice. So its variance is twice that of independent scores, for any number of folds. For other
# models it is smaller.
FOLD_DEPENDENCE = 2.0
# Boosting fits one tree per class and round. With more classes than this, a forest is faster: each of its trees
# predicts all classes.
MOST_BOOSTED_CLASSES = 5
# If a probe saves this share of the prior's loss, the probes for special shapes are not needed.
PLENTY = 0.1
# Few neighbours, because islands may hold few rows. Few rows to search, because all distances are computed. The class
# shares are added with the weight of one neighbour, so that no class gets probability 0.
N_NEIGHBOURS, MAX_NEIGHBOUR_ROWS = 5, 4000
# Trees of random cuts are fast and nearly the best that trees do; with 60 of them the loss is 3 % larger.
N_TREES, MAX_FOREST_ROWS = 100, 4000
# A tree keeps a share of each class in each node, so its time grows with the classes. Up to 40 classes there are
# 100 trees; of 1,000 classes, 100 trees took longer than everything else in the fit.
MOST_TREES_TIMES_CLASSES, FEWEST_TREES = 4000, 10
# What each row counts beside its neighbours in the kernel's least squares, and the least probability that comes of it.
# A matrix of 2,000 by 2,000 takes a tenth of a second to solve.
KERNEL_RIDGE, LEAST_OF_KERNEL, MAX_KERNEL_ROWS = 0.3, 0.02, 2000


@dataclass(frozen=True, eq=False)
class ProbeTable:
    """The sampled rows: features `X` (n, d) in [-1, 1], codes, weights, fold of each row, and where they came from.

    `groups` says which rows belong together; None if all are independent.
    """

    X: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    folds: np.ndarray
    rows: np.ndarray
    n_classes: int
    groups: np.ndarray | None = None
    fine_folds: np.ndarray | None = None  # as many as models have that must show how much is to be found
    deadline: Deadline = NO_DEADLINE


def probe_signal(source, *, seed=0, deadline=NO_DEADLINE):
    """Search the features for anything that separates the classes.

    Parameters
    ----------
    source : ProbeSource
    seed : int, default=0
    deadline : Deadline, optional

    Returns
    -------
    signal : Signal or None
        None if the time is over before all models are fitted: some of them prove nothing.
    """
    try:
        return _probed(source, seed, deadline)
    except OutOfTime:
        return None


def _probed(source, seed, deadline):
    """The Signal of `probe_signal`. Raises OutOfTime."""
    table = replace(sample_table(source, seed), deadline=deadline)
    n_classes, features = source.n_classes, partial(_features, source, seed)
    n = len(table.codes)
    if n < FEWEST_ROWS or len(np.unique(table.codes)) < 2:
        summary = SignalSummary(found=False, p_value=1.0, probes=(), n_rows=n, smallest_auc=1.0)
        return Signal(summary=summary, features=features)
    shares = np.bincount(table.codes, weights=table.weights, minlength=n_classes) / table.weights.sum()
    prior_loss = float(log_losses(shares)[table.codes].mean())
    results: list[ProbeResult] = []
    predictions = []
    # One thread: on a shared machine, waiting threads cost these small models more time than they save.
    # No warnings: a probe that does not converge, or that sees a class only once, is good enough.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        for name, make in PROBES:
            if name in SPECIAL and any(r.loss < (1 - PLENTY) * prior_loss for r in results):
                continue
            result, P = run_probe(name, make, table, seed)
            results.append(result)
            predictions.append(P)
        p_value = min(1.0, len(PROBES) * min(r.p_value for r in results))
        factors = {}
        if p_value <= FALSE_SIGNAL_RATE:  # these look for no signal, but tell more exactly how much is in one
            for name, make in THOROUGH:
                result, P, factors[name] = run_thorough(name, make, table, seed)
                results.append(result)
                predictions.append(P)
        best = min(range(len(results)), key=lambda i: results[i].loss)
        where, P, name = table.rows, predictions[best], results[best].name
        if source.has_foreign_rows:
            where, P = for_validation(dict((*PROBES, *THOROUGH))[name], table, source, seed)
            if P is not None and name in factors:
                P = _tempered(P, factors[name])
    summary = SignalSummary(
        found=p_value <= FALSE_SIGNAL_RATE,
        p_value=p_value,
        probes=tuple(results),
        n_rows=n,
        smallest_auc=smallest_detectable_auc(_independent(table)),
    )
    return Signal(summary=summary, rows=where, probabilities=P, features=features)


def sample_table(source, seed):
    """Draw the rows to use, replace their columns by ranks, and assign groups to folds, class by class."""
    rng = np.random.default_rng(seed)
    index = source.index
    size = min(MAX_ROWS, max(MAX_CELLS // source.encode(index[:1]).shape[1], 500))
    chosen = np.arange(len(index)) if len(index) <= size else np.sort(rng.choice(len(index), size, replace=False))
    codes = source.codes[chosen]
    n_fine_folds = N_FOLDS_OF_FEW if len(chosen) < MANY_ROWS else N_FINE_FOLDS_OF_MANY
    return ProbeTable(
        X=to_ranks(source.encode(index[chosen])),
        codes=codes,
        weights=source.weights[chosen],
        folds=_folds(codes, source.groups[chosen], N_FOLDS_OF_FEW if len(chosen) < FEW_ROWS else N_FOLDS, rng),
        fine_folds=_folds(codes, source.groups[chosen], n_fine_folds, np.random.default_rng(seed)),
        rows=index[chosen],
        n_classes=source.n_classes,
        groups=source.groups[chosen] if source.is_grouped else None,
    )


def to_ranks(X):
    """Columns as mid-ranks from -1 to 1, so that large or heavy-tailed columns do not disturb a probe."""
    if len(X) < 2:
        return np.zeros(X.shape)
    return (2 * rankdata(X, axis=0) - len(X) - 1) / (len(X) - 1)


def _independent(table):
    """How many independent rows each class has, int array (n_classes,): the rows of a group count once."""
    codes = table.codes
    if table.groups is not None:
        codes = np.unique(np.column_stack([table.groups, codes]), axis=0)[:, 1]
    return np.bincount(codes, minlength=table.n_classes)


def _folds(codes, groups, n_folds, rng):
    """Fold of each row. Groups stay together, and each class is spread evenly over the folds."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    shuffled = rng.permutation(len(first))
    order = shuffled[np.argsort(codes[first][shuffled], kind="stable")]
    fold = np.empty(len(first), dtype=int)
    fold[order] = np.arange(len(first)) % n_folds
    return fold[group]


def run_probe(name, make, table, seed):
    """Cross-validate a probe: for each fold, fit it to the other folds and score it on this one.

    Returns
    -------
    result : ProbeResult
    P : ndarray of shape (n, n_classes)
        Predictions for all rows. Each row is predicted by a model that was fitted without it.
    """
    P = np.full((len(table.codes), table.n_classes), np.nan)
    scores, errors = [], []
    for fold in range(table.folds.max() + 1):
        test = table.folds == fold
        P[test] = fit_predict(make, table, ~test, table.X[test], seed)
        support = np.bincount(table.codes[test], minlength=table.n_classes)
        groups = None if table.groups is None else table.groups[test]
        auc, score = rank_statistics(P[test], table.codes[test], table.weights[test], support, groups)
        scores.append(score)
        errors.append((np.nanmean(auc), test.sum()))
    loss = mean_loss(P, table.codes)
    score = math.fsum(scores) / math.sqrt(FOLD_DEPENDENCE * len(scores))
    auc, n_rows = np.array(errors).T
    known = ~np.isnan(auc)
    mean_auc = float(np.average(auc[known], weights=n_rows[known])) if known.any() else float("nan")
    result = ProbeResult(name=name, association=score, p_value=float(norm.sf(score)), loss=loss, auc=mean_auc)
    return result, P


def run_thorough(name, make, table, seed):
    """As `run_probe`, with more of the rows for each fold's model, and at the temperature that suits its predictions.

    Returns
    -------
    result : ProbeResult
    P : ndarray of shape (n, n_classes)
    factor : float
        What its log-probabilities are best multiplied by: the mean of many trees is less sure than it is right. `P` of
        a row is multiplied by what suits the other folds.
    """
    result, P = run_probe(name, make, replace(table, folds=table.fine_folds), seed)
    logs = _logs(P)
    factor = best_inverse_temperature(logs, table.codes, table.weights)
    P = _tempered(P, judging_factors(logs, table.codes, table.weights, table.fine_folds)[:, None])
    loss = mean_loss(P, table.codes)
    return replace(result, loss=float(loss)), P, factor


def _logs(P):
    return -log_losses(P)


def _tempered(P, factor):
    return softmax(factor * _logs(P), axis=1)


def fit_predict(make, table, train, X_test, seed):
    """Probabilities for `X_test` (k, d) by a probe fitted to the rows `train` (mask): ndarray (k, n_classes)."""
    table.deadline.check()
    y = table.codes[train]
    P = np.zeros((len(X_test), table.n_classes))
    present = np.unique(y)
    if len(present) < 2:
        P[:, present] = 1.0
        return P
    model, columns = make(table.X[train], y, table.weights[train], seed)
    P[:, model.classes_] = model.predict_proba(columns(X_test))
    return P


def for_validation(make, table, source, seed):
    """(rows, predictions) for the user's own held-out rows, by a probe fitted to all sampled rows. (None, None) if the
    user passed none."""
    if source.validation is None:
        return None, None
    # The probe was fitted to ranks within the sample, so new cells get their rank within the sample, too.
    sampled = np.sort(source.encode(table.rows), axis=0)
    X = np.empty(source.validation.shape)
    for j, column in enumerate(source.validation.T):
        below, above = (np.searchsorted(sampled[:, j], column, side=side) for side in ("left", "right"))
        X[:, j] = (below + above) / len(sampled) - 1
    return np.arange(len(X)), fit_predict(make, table, np.ones(len(table.codes), dtype=bool), X, seed)


def _features(source, seed):
    """What each column alone says about the classes."""
    return feature_signal(source.matrix, source.index, source.codes, source.is_number, source.names, seed=seed)


def smallest_detectable_auc(support):
    """The area under the ROC curve that would be reported as a signal in a share `POWER` of such tables.

    It is computed for the class that is easiest to detect. It uses the standard deviation of the Mann-Whitney statistic
    for random predictions, sqrt((n + 1) / (12 n1 n0)).
    """
    n = int(support.sum())
    pairs = max((int(k) * (n - int(k)) for k in support), default=0)
    if pairs == 0:
        return 1.0
    errors = norm.isf(FALSE_SIGNAL_RATE / len(PROBES)) + norm.ppf(POWER)
    return float(min(1.0, 0.5 + errors * math.sqrt(FOLD_DEPENDENCE * (n + 1) / (12 * pairs))))


# Each of these probes returns a fitted model and a function that makes the columns for it.


def linear_model(X, y, weights, seed):
    from sklearn.linear_model import LogisticRegression

    X, y, weights = _within(X, y, weights, MAX_LINEAR_WORK, seed)
    # The penalty weighs as much as one row per column. Ranks have a variance of 1/3, so C is near 1.
    model = LogisticRegression(C=1.0, max_iter=50, tol=1e-3)
    return model.fit(X, y, sample_weight=weights / weights.mean()), _same


def _trees(X, y, weights, seed):
    chosen = _columns_for_trees(X, y, seed)
    X, y, weights = _within(X[:, chosen], y, weights, MAX_TREE_WORK, seed)
    if len(np.unique(y)) > MOST_BOOSTED_CLASSES:
        from sklearn.ensemble import ExtraTreesClassifier

        model = ExtraTreesClassifier(60, min_samples_leaf=3, max_features=0.5, random_state=seed)
    else:
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            max_iter=30,
            learning_rate=0.2,
            max_leaf_nodes=8,
            min_samples_leaf=max(5, min(20, len(y) // 20)),
            l2_regularization=1.0,
            max_bins=63,
            early_stopping=False,
            random_state=seed,
        )
    return model.fit(X, y, sample_weight=given(weights)), lambda X: X[:, chosen]


def _columns_for_trees(X, y, seed):
    """At most `MAX_TREE_COLUMNS` columns, ascending: the best in an analysis of variance, and random others."""
    d = X.shape[1]
    if d <= MAX_TREE_COLUMNS:
        return np.arange(d)
    from sklearn.feature_selection import f_classif

    best = np.argsort(-np.nan_to_num(f_classif(X, y)[0]))
    others = np.random.default_rng(seed).permutation(best[MAX_TREE_COLUMNS // 2 :])
    return np.sort(np.append(best[: MAX_TREE_COLUMNS // 2], others[: MAX_TREE_COLUMNS - MAX_TREE_COLUMNS // 2]))


def _products(X, y, weights, seed):
    from sklearn.linear_model import LogisticRegression

    columns = product_columns(X, y, seed)
    model = LogisticRegression(C=1.0, max_iter=50, tol=1e-3)
    return model.fit(columns(X), y, sample_weight=weights / weights.mean()), columns


class _Neighbours:
    """Class shares among the nearest rows, mixed with a small part of the class shares among all rows."""

    def __init__(self, X, y):
        from sklearn.neighbors import KNeighborsClassifier

        self._model = KNeighborsClassifier(min(N_NEIGHBOURS, len(y))).fit(X, y)
        self.classes_ = self._model.classes_
        self._shares = np.bincount(y)[self.classes_] / len(y)

    def predict_proba(self, X):
        """Probabilities, ndarray of shape (n_rows, n_classes)."""
        return (N_NEIGHBOURS * self._model.predict_proba(X) + self._shares) / (N_NEIGHBOURS + 1)


def _neighbours(X, y, weights, seed):
    del weights  # with so few neighbours, unequal row weights are of little use
    rows = np.random.default_rng(seed).permutation(len(y))[:MAX_NEIGHBOUR_ROWS]
    return _Neighbours(X[rows], y[rows]), _same


class _Kernel:
    """Least squares on the labels' indicators in the space of a Gaussian kernel: smooth borders of any shape."""

    def __init__(self, X, y):
        self._X, self.classes_ = X, np.unique(y)
        indicators = (y[:, None] == self.classes_).astype(np.float64)
        self._shares = indicators.mean(axis=0)
        kernel = self._with(X)
        kernel[np.diag_indices(len(X))] += KERNEL_RIDGE
        self._weights = cho_solve(cho_factor(kernel, overwrite_a=True), indicators - self._shares)

    def _with(self, X):
        """Nearness to the rows that it was fitted to; ranks have a variance of 1/3, hence the 3."""
        return np.exp(-3 / X.shape[1] * cdist(X, self._X, "sqeuclidean"))

    def predict_proba(self, X):
        """Probabilities, ndarray of shape (n_rows, n_classes): least squares leaves [0, 1] now and then."""
        P = np.maximum(self._with(X) @ self._weights + self._shares, LEAST_OF_KERNEL)
        return P / P.sum(axis=1, keepdims=True)


def kernel_model(X, y, weights, seed):
    del weights
    rows = np.random.default_rng(seed).permutation(len(y))[:MAX_KERNEL_ROWS]
    return _Kernel(X[rows], y[rows]), _same


class _Smoothed:
    """A forest whose shares of trees stand beside one tree's worth of the class shares: no class has probability 0."""

    def __init__(self, forest, y):
        self._forest, self.classes_ = forest, forest.classes_
        self._shares = np.bincount(y)[self.classes_] / len(y)

    def predict_proba(self, X):
        """Probabilities, ndarray of shape (n_rows, n_classes)."""
        n_trees = self._forest.n_estimators
        return (n_trees * self._forest.predict_proba(X) + self._shares) / (n_trees + 1)


def _forest(X, y, weights, seed):
    from sklearn.ensemble import ExtraTreesClassifier

    chosen = _columns_for_trees(X, y, seed)
    rows = np.random.default_rng(seed).permutation(len(y))[:MAX_FOREST_ROWS]
    n_trees = int(np.clip(MOST_TREES_TIMES_CLASSES // len(np.unique(y)), FEWEST_TREES, N_TREES))
    forest = ExtraTreesClassifier(n_trees, random_state=seed).fit(X[np.ix_(rows, chosen)], y[rows], weights[rows])
    return _Smoothed(forest, y[rows]), lambda X: X[:, chosen]


PROBES = (
    ("linear model", linear_model),
    ("shallow trees", _trees),
    ("products of columns", _products),
    ("nearest neighbours", _neighbours),
)
SPECIAL = ("products of columns", "nearest neighbours")
# How much there is to be found: what the network is held against, row by row.
THOROUGH = (("forest", _forest), ("kernel model", kernel_model))


def _same(X):
    return X


def _within(X, y, weights, most_work, seed):
    """The rows, or a random part of them so that rows x columns x classes is at most `most_work`."""
    most = max(most_work // (X.shape[1] * max(len(np.unique(y)), 2)), 500)
    if len(X) <= most:
        return X, y, weights
    chosen = np.random.default_rng(seed).choice(len(X), most, replace=False)
    return X[chosen], y[chosen], weights[chosen]
