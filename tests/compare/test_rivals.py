"""The other models read what the classifier reads, and take missing values, new levels and columns of many levels."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from robust_mlp.compare._rivals import MOST_LEVELS_OF_BOOSTING, read_for_rivals, rivals


def table(n=120, seed=0):
    """Numbers with gaps, a category with gaps, truth values and dates; and labels that the category decides."""
    rng = np.random.default_rng(seed)
    town = rng.choice(np.array(["Bern", "Genf", "Zug", None], dtype=object), n)
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n)),
            "town": pd.Series(town, dtype=object),
            "is_new": rng.random(n) < 0.5,
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
        }
    )
    return frame, np.where((town == "Zug") ^ (rng.random(n) < 0.05), "yes", "no")


def test_categories_become_level_numbers_and_dates_numbers():
    frame, _ = table()
    matrix, n_levels = read_for_rivals(frame, "from_dtype")
    assert n_levels[:3] == (None, 3, None)
    assert set(n_levels[3:]) == {None}
    assert np.isnan(matrix[:, 1]).tolist() == frame["town"].isna().tolist()
    assert set(np.unique(matrix[~frame["town"].isna().to_numpy(), 1])) == {0.0, 1.0, 2.0}


def test_polars_and_lists_are_read_alike():
    frame, _ = table()
    frame = frame[["x", "town"]]
    matrix, n_levels = read_for_rivals(frame, "from_dtype")
    other, others = read_for_rivals(pl.from_pandas(frame), "from_dtype")
    assert n_levels == others == (None, 3)
    np.testing.assert_array_equal(matrix, other)
    as_list, levels = read_for_rivals([[1.0, "a"], [2.0, "b"]], [1])
    assert (as_list.tolist(), levels) == ([[1.0, 0.0], [2.0, 1.0]], (None, 2))


@pytest.mark.parametrize("name", ["boosted trees", "random forest", "logistic regression"])
def test_each_model_learns_a_category_and_takes_gaps_and_levels_it_has_not_seen(name):
    frame, y = table()
    matrix, n_levels = read_for_rivals(frame, "from_dtype")
    train = np.flatnonzero(frame["town"].to_numpy() != "Genf")
    model = rivals(n_levels, 0)[name].fit(matrix[train], y[train])
    shown = np.flatnonzero(frame["town"].to_numpy() == "Genf")
    assert np.isfinite(model.predict_proba(matrix[shown])).all()
    assert np.mean(model.predict(matrix[train]) == y[train]) > 0.9


def test_the_class_prior_gives_every_row_the_shares_of_the_training_rows():
    y = np.array(["a"] * 3 + ["b"])
    prior = rivals((None,), 0)["class prior"].fit(np.zeros((4, 1)), y)
    assert prior.predict_proba(np.ones((1, 1))).tolist() == [[0.75, 0.25]]


def test_a_column_of_more_levels_than_boosting_takes_is_a_number_to_it():
    n_levels = (MOST_LEVELS_OF_BOOSTING + 1, 3, None)
    boosted = rivals(n_levels, 0)["boosted trees"]
    assert boosted[-1].categorical_features.tolist() == [False, True, False]
    n = 2 * n_levels[0]
    X = np.column_stack([np.arange(n) % n_levels[0], np.arange(n) % 3, np.linspace(0, 1, n)]).astype(float)
    assert boosted.fit(X, X[:, 2] > 0.5).score(X, X[:, 2] > 0.5) == 1.0


def test_a_column_without_a_value_is_taken():
    X = np.column_stack([np.full(20, np.nan), np.arange(20.0)])
    y = np.arange(20) > 9
    for name, model in rivals((None, None), 0).items():
        assert model.fit(X, y).predict_proba(X).shape == (20, 2), name
