"""The models that a classifier is compared with: boosted trees, forest, logistic regression and the class prior.

Reads a table once, the way the classifier reads it, so that all models see the same columns. Never scores anything."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from robust_mlp._data.columns import CATEGORY
from robust_mlp._data.tables import read_table

# HistGradientBoosting takes a column as a category up to so many levels (its max_bins); more are taken as numbers.
MOST_LEVELS_OF_BOOSTING = 255
# A forest's share of trees is a probability only with leaves of several rows: with leaves of one row it says 0 for
# classes that do occur, and the log loss is infinite (Malley et al. 2012, "Probability machines").
ROWS_OF_LEAF = 5
TREES = 300  # with the default of 100 the log loss still falls by some thousandths
# More levels of a column than that: the rarest share one column of the one-hot encoding.
MOST_ONE_HOT = 100
LINEAR_ITERATIONS = 1000  # the default of 100 does not converge on some tables of scaled columns

PRIOR = "class prior"


def read_for_rivals(X, categorical_features):
    """The table as numbers, and the number of levels of each of its columns.

    Parameters
    ----------
    X : table of shape (n_rows, n_features)
        Anything that `RobustMLPClassifier` reads.
    categorical_features : 'from_dtype', None, or array-like of bool, int or str
        As the classifier has it.

    Returns
    -------
    matrix : ndarray of shape (n_rows, n_columns), dtype float
        Categories as level numbers; NaN where a value is missing.
    n_levels : tuple of (int or None)
        None for a column of numbers.

    Raises
    ------
    ValueError
        For infinite numbers, and columns of a dtype that cannot be read.
    """
    matrix, reader = read_table(BaseEstimator(), X, categorical_features=categorical_features, reset=True)
    levels = zip(reader.kinds, reader.levels, strict=True)
    return matrix, tuple(len(found) if kind == CATEGORY else None for kind, found in levels)


def rivals(n_levels, random_state):
    """The models by name, strongest kind first, unfitted. They take the matrix of `read_for_rivals`.

    Parameters
    ----------
    n_levels : tuple of (int or None)
    random_state : int, RandomState instance or None

    Returns
    -------
    models : dict of str to estimator
    """
    categories = [j for j, n in enumerate(n_levels) if n is not None]
    numbers = [j for j, n in enumerate(n_levels) if n is None]
    return {
        "boosted trees": _boosted(n_levels, random_state),
        "random forest": make_pipeline(
            ColumnTransformer([("numbers", "passthrough", numbers), ("categories", _one_hot(), categories)]),
            RandomForestClassifier(TREES, min_samples_leaf=ROWS_OF_LEAF, random_state=random_state),
        ),
        "logistic regression": make_pipeline(
            ColumnTransformer([("numbers", _scaled(), numbers), ("categories", _one_hot(), categories)]),
            LogisticRegression(max_iter=LINEAR_ITERATIONS),
        ),
        PRIOR: DummyClassifier(strategy="prior"),
    }


def _boosted(n_levels, random_state):
    mask = np.array([n is not None and n <= MOST_LEVELS_OF_BOOSTING for n in n_levels])
    boosting = HistGradientBoostingClassifier(categorical_features=mask, random_state=random_state)
    return make_pipeline(EmptyColumns(), boosting)


class EmptyColumns(TransformerMixin, BaseEstimator):
    """Writes 0 into columns without a value in the training rows, in which HistGradientBoosting cannot find bins."""

    def fit(self, X, y=None):
        """Learn which columns have no value."""
        self.empty_ = np.isnan(X).all(axis=0)
        return self

    def transform(self, X):
        """A copy with 0 in those columns."""
        return np.where(self.empty_, 0.0, X)


def _scaled():
    """Missing numbers become the mean, and a column of 0 and 1 says where; then all are scaled."""
    return make_pipeline(SimpleImputer(add_indicator=True, keep_empty_features=True), StandardScaler())


def _one_hot():
    return OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_ONE_HOT, sparse_output=False)
