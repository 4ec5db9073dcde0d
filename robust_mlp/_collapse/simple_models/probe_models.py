"""The simple models that a probe fits: each is a function from rows to a fitted model and what that model reads.

Whether one of them found anything, `probe` decides on rows that it was not fitted to."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.spatial.distance import cdist

from robust_mlp._collapse.simple_models.column_products import product_columns
from robust_mlp._collapse.simple_models.weights_in_trees import given

# Limits on cells times classes. They are enough to detect an area under the ROC curve of .52, and all probes together
# take about a second.
MAX_LINEAR_WORK, MAX_TREE_WORK = 10_000_000, 1_000_000
MAX_TREE_COLUMNS = 64  # one half are the most informative single columns, the other half are drawn at random
# Boosting fits one tree per class and round. With more classes than this, a forest is faster: each of its trees
# predicts all classes.
MOST_BOOSTED_CLASSES = 5
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


def linear_model(X, y, weights, seed):
    from sklearn.linear_model import LogisticRegression

    X, y, weights = _within(X, y, weights, MAX_LINEAR_WORK, seed)
    # The penalty weighs as much as one row per column. Ranks have a variance of 1/3, so C is near 1.
    model = LogisticRegression(C=1.0, max_iter=50, tol=1e-3)
    return model.fit(X, y, sample_weight=weights / weights.mean()), _same


def shallow_trees(X, y, weights, seed):
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


def products_model(X, y, weights, seed):
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


def neighbours_model(X, y, weights, seed):
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


def forest_model(X, y, weights, seed):
    from sklearn.ensemble import ExtraTreesClassifier

    chosen = _columns_for_trees(X, y, seed)
    rows = np.random.default_rng(seed).permutation(len(y))[:MAX_FOREST_ROWS]
    n_trees = int(np.clip(MOST_TREES_TIMES_CLASSES // len(np.unique(y)), FEWEST_TREES, N_TREES))
    forest = ExtraTreesClassifier(n_trees, random_state=seed).fit(X[np.ix_(rows, chosen)], y[rows], weights[rows])
    return _Smoothed(forest, y[rows]), lambda X: X[:, chosen]


def _same(X):
    return X


def _within(X, y, weights, most_work, seed):
    """The rows, or a random part of them so that rows x columns x classes is at most `most_work`."""
    most = max(most_work // (X.shape[1] * max(len(np.unique(y)), 2)), 500)
    if len(X) <= most:
        return X, y, weights
    chosen = np.random.default_rng(seed).choice(len(X), most, replace=False)
    return X[chosen], y[chosen], weights[chosen]
