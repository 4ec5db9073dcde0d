"""Rows to predict that are unlike those of the training."""

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

from benchmarks.reports_further.cases import GOOD, case, caught, clouds, quick
from robust_mlp import DriftWarning


@case
def rows_in_other_units():
    X, y = load_breast_cancer(return_X_y=True)
    clf, _, _ = caught(lambda: quick(max_iter=20).fit(X, y))
    _, said, told = caught(lambda: clf.predict(X * 1000))
    assert any(issubclass(w.category, DriftWarning) for w in told), said


@case
def levels_with_blanks_around():
    X, y = clouds(600, 2)
    rng = np.random.default_rng(0)
    town = np.where(y == 1, rng.choice(["Rome", "Oslo"], 600), rng.choice(["Kyiv", "Lima"], 600))
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(town=pd.Categorical(town))
    clf, _, _ = caught(lambda: quick(max_iter=20).fit(frame, y))
    other = frame.assign(town=pd.Categorical([f" {name} " for name in town]))
    found, said, _ = caught(lambda: clf.predict(other))
    assert "town" in said or np.mean(found == y) > GOOD, said


@case
def columns_in_another_order():
    X, y = clouds()
    frame = pd.DataFrame(X, columns=list("abcd"))
    clf, _, _ = caught(lambda: quick(max_iter=10).fit(frame, y))
    found, _, _ = caught(lambda: clf.predict(frame[["b", "a", "c", "d"]]))
    assert isinstance(found, ValueError) and "order" in str(found), found
