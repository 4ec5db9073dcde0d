"""`contributions` as users call it: fast and slow ways agree, sums are whole, and bad input is named."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from robust_mlp import Contributions, RobustMLPClassifier, contributions
from robust_mlp.explanation.contributions import _sampling
from tests.explanation.contributions.mixed_fits import classifier_with_levels, mixed_classifier, mixed_table
from tests.explanation.effect_fits import classifier_with_effects
from tests.tiny_fits import clouds, tiny

METHODS = ["exact", "sampled", "gradients"]


class Plain:
    """Another classifier's face for a `RobustMLPClassifier`, so that the slow way is taken."""

    def __init__(self, clf):
        self.clf, self.classes_ = clf, clf.classes_

    def predict_proba(self, X):
        """Probabilities of the classifier inside."""
        return self.clf.predict_proba(X)


def log_odds(clf, X):
    P = clf.predict_proba(X)
    return np.log(P) - np.log1p(-P)


@pytest.fixture(scope="module")
def mixed():
    return mixed_classifier()


@pytest.mark.parametrize("method", METHODS)
def test_values_sum_to_the_log_odds_less_those_of_the_background(mixed, method):
    clf, X = mixed
    found = contributions(clf, X[:6], X[40:60], method=method)
    assert found.values.shape == (6, 6, 3)
    assert_allclose(found.values.sum(axis=1) + found.base_values, log_odds(clf, X[:6]), atol=1e-6)
    assert_allclose(found.base_values[0], log_odds(clf, X[40:60]).mean(axis=0), atol=1e-6)
    pair = found.against("yes", "no")
    logs = clf.predict_log_proba(X[:6])
    assert_allclose(pair.values.sum(axis=1) + pair.base_values, logs[:, 2] - logs[:, 1], atol=1e-6)
    assert found.method == method and found.feature_names == tuple(X.columns)
    assert found.data[0, 3] == X["town"].iloc[0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "make", [lambda: mixed_classifier(n_classes=2), classifier_with_levels, classifier_with_effects]
)
def test_two_classes_have_one_value_for_each_column(method, make):
    clf, X = make()
    found = contributions(clf, X[:6], X[40:60], method=method)
    assert found.values.shape == (6, X.shape[1])
    assert_allclose(found.values.sum(axis=1) + found.base_values, clf.decision_function(X[:6]), atol=1e-6)
    assert found.target == (clf.classes_[1], clf.classes_[0])


@pytest.mark.parametrize("method, tolerance", [("exact", 1e-7), ("sampled", 1e-4)])
@pytest.mark.parametrize("make", [mixed_classifier, lambda: classifier_with_effects(n_classes=3)])
def test_the_fast_way_and_the_slow_way_agree(make, method, tolerance):
    clf, X = make()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slow = contributions(Plain(clf), X[:4], X[40:50], method=method)
    fast = contributions(clf, X[:4], X[40:50], method=method)
    pair = clf.classes_[[0, 2]]
    assert_allclose(fast.values, slow.values, atol=tolerance)
    assert_allclose(fast.against(*pair).values, slow.against(*pair).values, atol=tolerance)


def test_sampled_values_are_near_the_exact_ones(mixed, monkeypatch):
    clf, X = mixed
    exact = contributions(clf, X, X[40:70], method="exact").values
    size = np.sqrt(np.mean(exact**2))
    few = contributions(clf, X[:8], X[40:70], method="sampled").values
    assert np.sqrt(np.mean((few - exact[:8]) ** 2)) < 0.1 * size
    monkeypatch.setattr(_sampling, "PAIRS_WITH_LEARNED_WEIGHTS", 6)
    many = contributions(clf, X, X[40:70], method="sampled")
    assert many.n_coalitions == 6 * 10
    assert np.sqrt(np.mean((many.values - exact) ** 2)) < 0.15 * size


def test_gradients_and_shapley_values_agree_for_an_additive_network():
    X, y = clouds(120, n_classes=2)
    clf = tiny(hidden_layer_sizes=(), numerical_embedding=None).fit(X, y)
    exact, gradients = (contributions(clf, X[:5], X[20:40], method=method) for method in ("exact", "gradients"))
    assert_allclose(exact.values, gradients.values, atol=1e-9)
    assert gradients.n_coalitions == 0


def test_the_values_of_a_linear_model_are_known():
    X, y = clouds(90, n_classes=2)
    clf = LogisticRegression().fit(X, y)
    found = contributions(clf, X[:7], X[10:40])
    assert_allclose(found.values, clf.coef_[0] * (X[:7] - X[10:40].mean(axis=0)), atol=1e-5)
    assert found.feature_names == ("x0", "x1", "x2", "x3")


def test_a_pipeline_is_explained_by_its_own_columns():
    X, y = mixed_table(n_classes=2)
    X = X.drop(columns=["sold", "open"]).assign(town=X["town"].astype(object).where(X["town"].notna(), "none"))
    X["gaps"] = X["gaps"].fillna(0)
    encode = ColumnTransformer(
        [("n", StandardScaler(), ["size", "gaps"]), ("c", OneHotEncoder(), ["town", "kind"])], sparse_threshold=0
    )
    pipe = make_pipeline(encode, tiny()).fit(X, y)
    found = contributions(pipe, X[:5], X[20:40])
    assert found.feature_names == ("size", "gaps", "town", "kind")
    assert_allclose(found.values.sum(axis=1) + found.base_values, pipe.decision_function(X[:5]), atol=1e-6)
    with pytest.raises(ValueError, match=r"training table: 'gaps'\. For 'gaps' did you mean 'gap'"):
        contributions(pipe, X[:5].rename(columns={"gaps": "gap"}), X[20:40])


def test_forests_that_answer_0_and_1_have_finite_values():
    X, y = clouds(90)
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    found = contributions(forest, X[:4], X[20:40])
    assert np.isfinite(found.values).all()
    clipped = np.clip(forest.predict_proba(X[:4]), 1e-7, None)
    others = clipped @ (1 - np.eye(3))
    assert_allclose(found.values.sum(axis=1) + found.base_values, np.log(clipped / others), atol=1e-9)


def test_every_kind_of_table():
    X, y = clouds(60, n_classes=2)
    clf = tiny().fit(X, y)
    expected = contributions(clf, X[:5], X[20:40]).values
    assert_allclose(contributions(clf, X[:5].tolist(), X[20:40].tolist()).values, expected)
    assert_allclose(contributions(clf, sparse.csr_array(X[:5]), sparse.csr_array(X[20:40])).values, expected)
    names = list("abcd")
    for frame in (pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names)):
        named = tiny().fit(frame, y)
        assert_allclose(contributions(named, frame[:5], frame[20:40]).values, expected, atol=1e-6)
        assert contributions(named, frame[:5], frame[20:40]).feature_names == tuple(names)


def test_a_background_may_be_drawn_and_the_seed_decides():
    X, y = clouds(150, n_columns=12, n_classes=2)
    clf = tiny().fit(X, y)
    first, again, other = (contributions(clf, X[:40], 20, random_state=seed) for seed in (0, 0, 1))
    assert first.method == "sampled"
    assert_array_equal(first.values, again.values)
    assert (first.values != other.values).any()
    assert_allclose(first.values.sum(axis=1) + first.base_values, clf.decision_function(X[:40]), atol=1e-6)


def test_a_row_has_the_same_exact_values_alone_and_with_others(mixed):
    clf, X = mixed
    together = contributions(clf, X[:6], X[40:50]).values
    assert_allclose(contributions(clf, X[3:4], X[40:50]).values[0], together[3], atol=1e-9)


def test_a_column_that_the_network_never_sees_vary_gets_nothing():
    X, y = clouds(90, n_classes=2)
    X = np.column_stack([X, np.full(90, 3.0)])
    clf = tiny().fit(X, y)
    for method in METHODS:
        assert_allclose(contributions(clf, X[:5], X[20:40], method=method).values[:, -1], 0, atol=1e-6)


def test_the_result_is_public():
    clf, X = mixed_classifier(n_classes=2)
    assert isinstance(contributions(clf, X[:2], X[40:45]), Contributions)


@pytest.mark.parametrize(
    "settings, error, said",
    [
        ({"method": "shapley"}, ValueError, "method='shapley' must be one of 'auto', 'exact', 'sampled', 'gradients'"),
        ({"n_coalitions": 0}, ValueError, "n_coalitions=0 must be 'auto' or an int >= 1"),
        ({"background": 10_000}, ValueError, "background=10000 asks for more rows than X has, which are 120"),
        ({"random_state": "x"}, ValueError, "'x' cannot be used to seed"),
    ],
)
def test_settings_that_cannot_be_used(mixed, settings, error, said):
    clf, X = mixed
    with pytest.raises(error, match=said):
        contributions(clf, X, **settings)


def test_gradients_need_our_network_and_all_coalitions_few_columns():
    X, y = clouds(60, n_columns=20, n_classes=2)
    clf = LogisticRegression().fit(X, y)
    with pytest.raises(TypeError, match=r"needs a RobustMLPClassifier, .* got LogisticRegression"):
        contributions(clf, X, method="gradients")
    with pytest.raises(ValueError, match=r"X has d = 20 columns\. Pass method='sampled'"):
        contributions(clf, X, method="exact")


def test_other_columns_and_an_unfitted_classifier_are_refused(mixed):
    clf, X = mixed
    with pytest.raises(ValueError, match=r"training table: 'town'\. For 'town' did you mean 'twon'"):
        contributions(clf, X.rename(columns={"town": "twon"}))
    with pytest.raises(ValueError, match="background lacks columns of the training table: 'sold'"):
        contributions(clf, X, X.drop(columns="sold"))
    with pytest.raises(Exception, match="not fitted"):
        contributions(RobustMLPClassifier(), X)
