"""Importance at fit time: honest, summing to one, and fit for scikit-learn's selectors."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import RFE, SelectFromModel

from robust_mlp import RobustMLPClassifier, explain


def table(n_rows=400, n_noise=6, seed=0):
    """(X, y): columns 1 and 3 matter."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_rows, 4 + n_noise))
    y = (1.5 * X[:, 1] - 1.5 * X[:, 3] + rng.logistic(size=n_rows) > 0).astype(int)
    return X, y


def small(**settings):
    """A classifier that is fitted in seconds."""
    return RobustMLPClassifier(
        **({"n_members": 3, "max_iter": 10, "hidden_layer_sizes": (16,), "random_state": 0} | settings)
    )


def test_importances_sum_to_one_and_the_columns_that_matter_have_most():
    X, y = table()
    clf = small().fit(X, y)
    assert clf.feature_importances_.shape == (10,)
    assert clf.feature_importances_.sum() == pytest.approx(1)
    assert (clf.feature_importances_ >= 0).all()
    assert set(np.argsort(clf.feature_importances_)[-2:]) == {1, 3}


def test_they_agree_with_explain_on_the_training_rows():
    X, y = table()
    clf = small().fit(X, y)
    rises = {one.name: one for one in clf.report_.column_rises}
    for one in explain(clf, X, y, random_state=0).importance:
        rise = rises[one.name]
        assert rise.low <= one.high and one.low <= rise.high


def test_noise_has_no_importance_in_the_mean_over_fits_although_the_network_reads_it():
    found = []
    for seed in range(6):
        X, y = table(150, seed=seed)
        clf = small(random_state=seed, n_members=2, max_iter=6).fit(X, y)
        found += [one.rise for one in clf.report_.column_rises if one.name not in ("x1", "x3")]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(len(found))


@pytest.mark.parametrize(
    "settings",
    [
        {"n_members": 1},
        {"n_members": 1, "early_stopping": False},
        {"sampler": "over"},
        {"class_weight": "balanced"},
        {"collapse_guard": "off"},
        {"numerical_embedding": None},
    ],
    ids=str,
)
def test_every_kind_of_fit_has_importances(settings):
    X, y = table()
    clf = small(**settings).fit(X, y)
    assert set(np.argsort(clf.feature_importances_)[-2:]) == {1, 3}


def test_own_validation_rows_are_the_ones_looked_at():
    X, y = table(600)
    clf = small().fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    assert set(np.argsort(clf.feature_importances_)[-2:]) == {1, 3}


def test_one_number_for_each_input_column_also_of_dates_and_levels():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 300), unit="D")})
    frame["city"] = pd.Categorical(rng.choice(list("abc"), 300))
    frame["x"] = rng.standard_normal(300)
    y = (frame["city"] == "a").to_numpy() ^ (rng.random(300) < 0.1)
    clf = small().fit(frame, y)
    assert clf.feature_importances_.shape == (3,)
    assert clf.feature_importances_.argmax() == 1
    assert clf.report_.column_rises[0].name == "city"


@pytest.mark.parametrize("is_frame", [False, True])
def test_select_from_model_keeps_the_columns_that_matter(is_frame):
    X, y = table()
    X = pd.DataFrame(X, columns=[f"c{j}" for j in range(10)]) if is_frame else X
    selector = SelectFromModel(small()).fit(X, y)
    assert set(np.flatnonzero(selector.get_support())) == {1, 3}
    assert selector.transform(X).shape == (400, 2)


def test_rfe_keeps_the_columns_that_matter():
    X, y = table(n_noise=2)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    selector = RFE(small(max_iter=6), n_features_to_select=2, step=2).fit(frame, y)
    assert set(selector.get_feature_names_out()) == {"b", "d"}


def test_the_same_fit_gives_the_same_importances_and_partial_fit_none():
    X, y = table(200)
    first, second = (small(max_iter=3).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(first.feature_importances_, second.feature_importances_)
    first.partial_fit(X, y)
    assert not hasattr(first, "feature_importances_")


def test_the_report_names_the_columns_that_carry_the_network_and_those_that_carry_nothing():
    X, y = table()
    frame = pd.DataFrame(X, columns=["a", "signal", "b", "other_signal", *"cdefgh"])
    lines = str(small().fit(frame, y).report_).splitlines()
    carrying = next(line for line in lines if line.startswith("Columns that carry the network"))
    nothing = next(line for line in lines if line.startswith("Columns that carry nothing measurable alone (8)"))
    assert "signal (" in carrying and "other_signal (" in carrying
    assert "signal" not in nothing
