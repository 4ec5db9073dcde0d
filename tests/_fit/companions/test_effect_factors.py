"""The factors of a table: ranges, levels and gaps, as the encoded rows of a fit have them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._fit.companions.effect_factors import MOST_VALUES, N_COARSE_RANGES, N_RANGES, learn_factors
from tests.tiny_fits import able

N_ROWS = 900


@pytest.fixture(scope="module")
def fitted():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "length": rng.normal(size=N_ROWS),
            "hour": rng.integers(0, 24, N_ROWS).astype(float),
            "gaps": np.where(rng.random(N_ROWS) < 0.2, np.nan, rng.normal(size=N_ROWS)),
            "constant": 1.0,
            "color": pd.Categorical(rng.choice(["red", "green", "blue"], N_ROWS)),
            "code": pd.Categorical([f"c{i}" for i in rng.integers(0, 200, N_ROWS)]),
        }
    )
    y = (X["length"] + 0.5 * (X["color"] == "red") + rng.normal(size=N_ROWS) > 0).astype(int)
    clf = able(max_iter=2, collapse_guard="off", numerical_embedding="mixed").fit(X, y)
    encoding = clf._fitted.encoding
    rows = encoding.transform(clf._reader.read(clf, X))
    return X, rows, encoding, *learn_factors(encoding, rows)


def levels_of(fitted, factor):
    X, rows, _, units, _, _ = fitted
    return X, units.levels(rows)[:, factor]


def test_numbers_come_first_and_a_constant_is_none(fitted):
    _, _, encoding, units, is_coarse, number_of = fitted
    assert len(units.n_levels) == len(number_of) == 8
    assert number_of.tolist()[6:] == [-1, -1]
    names = [encoding.reader.name_of(encoding.numbers[n]) for n in number_of[:6]]
    assert names == ["length", "length", "hour", "hour", "gaps", "gaps"]
    assert is_coarse.tolist() == [False, True] * 3 + [False] * 2


def test_a_number_of_many_values_is_cut_at_quantiles(fitted):
    X, levels = levels_of(fitted, 0)
    assert fitted[3].n_levels[0] == N_RANGES
    counts = np.bincount(levels, minlength=N_RANGES)
    assert counts.min() >= 0.9 * N_ROWS / N_RANGES and counts.max() <= 1.1 * N_ROWS / N_RANGES
    assert (np.diff(levels[np.argsort(X["length"].to_numpy())]) >= 0).all()


def test_a_number_of_few_values_has_a_level_for_each(fitted):
    X, levels = levels_of(fitted, 2)
    assert_array_equal(levels, X["hour"].astype(int))


def test_a_second_factor_has_few_ranges(fitted):
    X, levels = levels_of(fitted, 1)
    assert_array_equal(levels, pd.qcut(X["length"], N_COARSE_RANGES, labels=False))


def test_a_gap_is_a_level_of_its_own(fitted):
    X, levels = levels_of(fitted, 4)
    is_gap = X["gaps"].isna().to_numpy()
    assert set(levels[is_gap]) == {N_RANGES} and fitted[3].n_levels[4] == N_RANGES + 1
    assert levels[~is_gap].max() == N_RANGES - 1


@pytest.mark.parametrize(("factor", "column"), [(6, "color"), (7, "code")])
def test_levels_of_categories_stay_apart(fitted, factor, column):
    X, levels = levels_of(fitted, factor)
    common = X[column].map(X[column].value_counts()).to_numpy() >= 2
    pairs = set(zip(levels[common], X[column].to_numpy()[common], strict=True))
    assert len(pairs) == len({level for level, _ in pairs}) == X[column][common].nunique()
    assert 0 not in levels[common]


def test_a_level_that_was_never_seen_is_level_0(fitted):
    rows, encoding, units = fitted[1][:1].copy(), fitted[2], fitted[3]
    for slots in encoding.slots:
        rows[:, slots[slots >= 0]] = 0
    rows[:, encoding.n_outputs - encoding.n_codes :] = 0
    assert units.levels(rows)[0, 6:].tolist() == [0, 0]


def test_cuts_lie_between_values_and_not_half_way():
    rows = np.repeat(np.arange(MOST_VALUES + 1, dtype=np.float32), 40)[:, np.newaxis]
    none = np.empty(0, int)
    encoding = SimpleNamespace(
        numbers=np.array([0]), flagged=none, slots=(), embedding_sizes=(), embedded=none, n_outputs=1, n_codes=0
    )
    units, is_coarse, _ = learn_factors(encoding, rows)
    assert is_coarse.tolist() == [False, True]
    beyond = units.thresholds - np.floor(units.thresholds)
    assert (np.abs(beyond - 0.5) > 0.1).all() and (beyond > 0.1).all()
    fine = units.thresholds[units.step_factors == 0]
    assert len(np.unique(fine)) == len(fine) < MOST_VALUES
