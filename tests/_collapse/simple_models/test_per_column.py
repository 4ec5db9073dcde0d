"""What each column alone tells, held against scikit-learn and SciPy."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency, false_discovery_control
from sklearn.feature_selection import f_classif
from sklearn.metrics import mutual_info_score

from robust_mlp._collapse.simple_models.per_column import MAX_LISTED, adjust, feature_signal, mutual_information


def table_of(X, y, is_number=None, names=None):
    X = np.asarray(X, dtype=float)
    is_number = np.ones(X.shape[1], dtype=bool) if is_number is None else np.array(is_number)
    names = [f"x{j}" for j in range(X.shape[1])] if names is None else names
    rows = feature_signal(X, np.arange(len(y)), np.asarray(y), is_number, names)
    return {row.name: row for row in rows}


def mixed(n=600):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    X = rng.normal(size=(n, 4))
    X[:, 0] += y
    X[:, 2] = np.where(rng.random(n) < 0.3, y, rng.integers(0, 4, n))
    X[:, 3] = rng.integers(0, 4, n)
    return X, y


def test_number_columns_have_scikit_learns_analysis_of_variance():
    X, y = mixed()
    table = table_of(X[:, :2], y)
    statistics, p_values = f_classif(X[:, :2], y)
    for j in range(2):
        assert table[f"x{j}"].statistic == pytest.approx(statistics[j])
        assert table[f"x{j}"].p_value == pytest.approx(p_values[j])
        assert table[f"x{j}"].test == "F"


def test_category_columns_have_scipys_chi_squared_test():
    X, y = mixed()
    table = table_of(X, y, [True, True, False, False])
    for j in (2, 3):
        counts = np.zeros((4, 3))
        np.add.at(counts, (X[:, j].astype(int), y), 1)
        expected = chi2_contingency(counts, correction=False)
        assert table[f"x{j}"].statistic == pytest.approx(expected.statistic)
        assert table[f"x{j}"].p_value == pytest.approx(expected.pvalue)
        assert table[f"x{j}"].test == "chi-squared"


def test_p_values_are_adjusted_as_scipy_does():
    p = np.random.default_rng(0).uniform(size=40) ** 2
    assert adjust(p) == pytest.approx(false_discovery_control(p))
    assert adjust(np.array([0.5])) == pytest.approx([0.5])


def test_mutual_information_is_scikit_learns_less_what_chance_gives():
    rng = np.random.default_rng(0)
    bins, y = rng.integers(0, 5, 400), rng.integers(0, 3, 400)
    bins[:300] = y[:300]
    by_chance = 4 * 2 / 800
    assert mutual_information(bins, y) == pytest.approx(mutual_info_score(bins, y) - by_chance)


def test_unrelated_columns_have_about_no_mutual_information():
    values = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        values.append(mutual_information(rng.integers(0, 8, 500), rng.integers(0, 3, 500)))
    assert np.mean(values) < 0.005


def test_the_most_telling_column_comes_first_and_only_it_is_significant():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(500, 30)), rng.integers(0, 2, 500)
    X[:, 17] += y
    rows = list(table_of(X, y).values())
    assert rows[0].name == "x17"
    assert rows[0].adjusted_p_value < 1e-6
    assert [row.p_value for row in rows] == sorted(row.p_value for row in rows)
    assert sum(row.adjusted_p_value < 0.05 for row in rows) == 1
    assert rows[0].mutual_information > max(row.mutual_information for row in rows[1:])


def test_missing_cells_are_left_out():
    X, y = mixed()
    whole = table_of(X[:300], y[:300], [True, True, False, False])
    X[300:] = np.nan
    holed = table_of(X, y, [True, True, False, False])
    for name, row in whole.items():
        assert holed[name].statistic == pytest.approx(row.statistic)
        assert holed[name].p_value == pytest.approx(row.p_value)


@pytest.mark.parametrize("column", [np.full(40, 3.0), np.full(40, np.nan), np.append(np.full(39, np.nan), 1.0)])
@pytest.mark.parametrize("is_number", [True, False])
def test_columns_with_nothing_to_compare_tell_nothing(column, is_number):
    (row,) = table_of(column[:, None], np.arange(40) % 2, [is_number]).values()
    assert (row.statistic, row.p_value, row.adjusted_p_value, row.mutual_information) == (0.0, 1.0, 1.0, 0.0)


def test_a_column_that_is_the_label_tells_everything():
    y = np.arange(60) % 3
    (row,) = table_of(y[:, None] * 1e300, y).values()
    assert (row.statistic, row.p_value) == (float("inf"), 0.0)
    assert row.mutual_information == pytest.approx(np.log(3), abs=0.05)


def test_the_list_is_bounded():
    rng = np.random.default_rng(0)
    assert len(table_of(rng.normal(size=(50, 200)), np.arange(50) % 2)) == MAX_LISTED
