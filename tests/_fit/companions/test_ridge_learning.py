"""Penalized logistic regression on sparse rows, against that of scikit-learn."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from robust_mlp._core.deadline import OutOfTime
from robust_mlp._fit.companions import ridge_learning
from robust_mlp._fit.companions.ridge_learning import RidgeRows


def rows_of(n_classes, sizes=1.0, seed=0):
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((400, 12)) < 0.3, rng.normal(size=(400, 12)), 0)
    codes = (dense @ rng.normal(size=(12, n_classes)) + rng.gumbel(size=(400, n_classes))).argmax(axis=1)
    weights = rng.uniform(0.5, 2, 400)
    rows = sparse.csr_array((dense * sizes).astype(np.float32))
    return RidgeRows(rows, codes, weights, np.full(12, sizes), n_classes), dense


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("penalty", [0.5, 20.0])
@pytest.mark.parametrize("sizes", [1.0, 30.0])
def test_the_weights_are_those_of_scikit_learn(n_classes, penalty, sizes, monkeypatch):
    monkeypatch.setattr(ridge_learning, "SMALLEST_GAIN", 1e-12)
    monkeypatch.setattr(ridge_learning, "MOST_ITERATIONS", 1000)
    table, dense = rows_of(n_classes, sizes)
    kernel, bias = table.layers(table.fitted(penalty))
    model = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=5000).fit(dense, table.codes, table.weights)
    scores = table.rows @ kernel + bias
    expected = model.predict_log_proba(dense)
    assert_allclose(scores - scores[:, :1], expected - expected[:, :1], atol=5e-3)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_slopes_are_differences_of_the_loss(n_classes):
    table, _ = rows_of(n_classes, 2.0)
    rng = np.random.default_rng(1)
    vector = rng.normal(size=13 * table.n_columns) * 0.3
    direction = rng.normal(size=vector.shape)
    transposed = table.rows.T
    ahead, back = (table._loss_and_slopes(vector + h * direction, 3.0, transposed)[0] for h in (1e-3, -1e-3))
    assert_allclose(table._loss_and_slopes(vector, 3.0, transposed)[1] @ direction, (ahead - back) / 2e-3, rtol=1e-3)


def test_a_fit_goes_on_from_another_and_can_be_ended():
    table, _ = rows_of(2)
    start = table.fitted(1.0)
    assert np.abs(table.fitted(1.0, start) - start).max() < 0.05

    def check():
        raise OutOfTime

    with pytest.raises(OutOfTime):
        table.fitted(1.0, None, check)
