"""Predictions of collections are lazy and equal to those in memory; tables in memory are predicted at once."""

import dask
import dask.array as da
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from robust_mlp.dask import DaskRobustMLPClassifier

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


@pytest.mark.parametrize("method", METHODS)
def test_lazy_predictions_are_those_of_the_same_rows_in_memory(small, method):
    lazy = getattr(small.clf, method)(small.parts)
    assert isinstance(lazy, da.Array) and lazy.numblocks[0] == 4
    expected = np.concatenate(
        [getattr(small.clf.to_local(), method)(part) for part in dask.compute(*small.parts.to_delayed())]
    )
    np.testing.assert_array_equal(lazy.compute(), expected)


def test_tables_in_memory_are_predicted_at_once(small):
    assert isinstance(small.clf.predict(small.X[:5]), np.ndarray)


def test_score_is_that_of_the_rows_in_memory(small):
    local = small.clf.to_local()
    expected = local.score(small.X, small.y)
    assert small.clf.score(small.parts, small.labels) == pytest.approx(expected, abs=1e-12)
    assert small.clf.score(small.X, small.y) == expected
    weights = small.labels.map(lambda label: 3.0 if label == "no" else 1.0, meta=("w", "f8"))
    of_rows = np.where(small.y == "no", 3.0, 1.0)
    assert small.clf.score(small.parts, small.labels, weights) == pytest.approx(
        local.score(small.X, small.y, of_rows), abs=1e-12
    )
    with pytest.raises(TypeError, match="y is a Series, and DaskRobustMLPClassifier takes"):
        small.clf.score(small.parts, small.y)
    with pytest.raises(NotFittedError):
        DaskRobustMLPClassifier().score(small.parts, small.labels)
