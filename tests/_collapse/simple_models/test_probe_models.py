"""The simple models of a probe: probabilities of all classes, and no more work than allowed."""

import numpy as np
import pytest

from robust_mlp._collapse.simple_models import probe_models
from robust_mlp._collapse.simple_models.probe_models import (
    forest_model,
    kernel_model,
    linear_model,
    neighbours_model,
    products_model,
    shallow_trees,
)

MODELS = (linear_model, shallow_trees, products_model, neighbours_model, forest_model, kernel_model)


@pytest.mark.parametrize("make", MODELS)
@pytest.mark.parametrize("n_classes", [2, 7])
def test_every_model_gives_probabilities_of_the_classes_it_saw(make, n_classes):
    rng = np.random.default_rng(0)
    y = 2 * (np.arange(300) % n_classes)
    X = np.clip(rng.normal(size=(300, 4)) / 3, -1, 1)
    X[:, 0] = y / y.max() - 0.5
    X[:, 1] = np.sign(X[:, 1])
    X[:, 2] = X[:, 0] * X[:, 1]  # a product of two columns tells the class, too
    model, columns = make(X, y, np.ones(300), 0)
    P = model.predict_proba(columns(X))
    assert model.classes_.tolist() == list(range(0, 2 * n_classes, 2))
    assert P.shape == (300, n_classes) and P.min() >= 0
    np.testing.assert_allclose(P.sum(axis=1), 1)
    assert np.mean(model.classes_[P.argmax(axis=1)] == y) > 1.5 / n_classes


@pytest.mark.parametrize("make", [linear_model, shallow_trees])
def test_of_too_many_cells_a_part_is_learned_from(make, monkeypatch):
    monkeypatch.setattr(probe_models, "MAX_LINEAR_WORK", 8_000)
    monkeypatch.setattr(probe_models, "MAX_TREE_WORK", 8_000)
    sizes = []
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    for kind in (LogisticRegression, HistGradientBoostingClassifier):
        fit = kind.fit
        monkeypatch.setattr(kind, "fit", lambda self, X, y, fit=fit, **k: sizes.append(len(X)) or fit(self, X, y, **k))
    rng = np.random.default_rng(0)
    make(rng.normal(size=(5000, 4)), rng.integers(0, 2, 5000), np.ones(5000), 0)
    assert sizes[0] == 1000


def test_of_many_columns_trees_see_the_best_and_others():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    X = rng.normal(size=(200, 300))
    X[:, 250] += 3 * y
    _, columns = shallow_trees(X, y, np.ones(200), 0)
    seen = columns(X)
    assert seen.shape[1] == probe_models.MAX_TREE_COLUMNS
    assert (seen == X[:, [250]]).all(axis=0).any()


@pytest.mark.parametrize("n_classes, n_trees", [(2, 100), (40, 100), (80, 50), (300, 13), (900, 10)])
def test_a_forest_of_many_classes_has_fewer_trees_and_probabilities_of_all(n_classes, n_trees):
    rng = np.random.default_rng(0)
    y = np.arange(2 * n_classes) % n_classes
    X = rng.normal(size=(len(y), 3))
    model, columns = forest_model(X, y, np.ones(len(y)), 0)
    assert model._forest.n_estimators == n_trees
    P = model.predict_proba(columns(X))
    assert P.shape == (len(y), n_classes) and P.min() > 0
    np.testing.assert_allclose(P.sum(axis=1), 1)
