"""Classifiers whose answer is a formula, and small networks, for the tests of explanations."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from robust_mlp import RobustMLPClassifier
from robust_mlp.explanation._measures.columns import views_of
from robust_mlp.explanation._predictors import predictors_of


class Formula(ClassifierMixin, BaseEstimator):
    """A fitted classifier of two classes whose log-odds are a formula of the table."""

    def __init__(self, formula=None, classes=("no", "yes")):
        self.formula = formula
        self.classes = classes
        self.classes_ = np.array(classes)

    def fit(self, X, y):
        """Do nothing: it is fitted."""
        return self

    def predict_proba(self, X):
        """The probabilities of both classes."""
        second = 1 / (1 + np.exp(-self.formula(X)))
        return np.column_stack([1 - second, second])

    def __sklearn_is_fitted__(self):
        return True


def mixed_table(n_rows=240, seed=0):
    """(frame, labels): numbers with missing cells, levels, and dates; three classes."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n_rows),
            "city": pd.Categorical(rng.choice(["Rome", "Oslo", "Lima"], n_rows)),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 700, n_rows), unit="D"),
            "income": rng.lognormal(8, 1, n_rows),
        }
    )
    frame.loc[rng.random(n_rows) < 0.1, "income"] = np.nan
    score = (frame["age"] - 40) / 8 + np.where(frame["city"] == "Rome", 1.5, -1.0)
    y = np.digitize(score + rng.normal(size=n_rows), [-1, 1])
    return frame, np.array(["low", "middle", "high"])[y]


@cache
def numbers_network():
    """(classifier, X, y) with all kinds of members: dense, additive and radial. Two classes, numbers only."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((160, 4))
    y = (X[:, 0] + X[:, 1] * X[:, 2] + 0.3 * rng.standard_normal(160) > 0).astype(int)
    clf = RobustMLPClassifier(n_members=4, max_iter=15, hidden_layer_sizes=(16, 16), random_state=0)
    return clf.fit(X, y), X, y


@cache
def mixed_network():
    """(classifier, frame, y) of `mixed_table`."""
    frame, y = mixed_table()
    clf = RobustMLPClassifier(n_members=2, max_iter=15, hidden_layer_sizes=(16,), random_state=0)
    return clf.fit(frame, y), frame, y


@cache
def embedding_network():
    """(classifier, frame, y): one column of 150 levels, so many that the network learns vectors for them."""
    rng = np.random.default_rng(2)
    levels = np.arange(600) % 150
    frame = pd.DataFrame({"x": rng.standard_normal(600), "shop": pd.Categorical([f"s{i}" for i in levels])})
    y = (levels % 2 + frame["x"].to_numpy() + 0.5 * rng.standard_normal(600) > 0.5).astype(int)
    clf = RobustMLPClassifier(n_members=2, max_iter=10, hidden_layer_sizes=(16,), random_state=0)
    return clf.fit(frame, y), frame, y


def whole_predictor(classifier, X):
    """The predictor of all rows by all members."""
    return predictors_of(classifier, X).whole


def views(X, **kinds):
    """The columns of a table of numbers or of a frame."""
    from robust_mlp._data.tables import read_table

    return views_of(*read_table(BaseEstimator(), X, categorical_features="from_dtype", reset=True, **kinds))
