"""Standard errors where rows belong together."""

import numpy as np
import pytest
from scipy.stats import norm, t

from robust_mlp._core.group_errors import error_of_mean, normal_errors, sums_of_groups


def test_copies_of_rows_make_no_mean_more_certain():
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=50), rng.uniform(1, 3, 50)
    alone = error_of_mean(values, weights)
    groups = np.repeat(rng.permutation(50), 7)
    copied = np.repeat(values, 7), np.repeat(weights, 7)
    assert error_of_mean(*copied, groups) == pytest.approx(alone)
    assert error_of_mean(*copied) == pytest.approx(alone / np.sqrt(7))
    assert error_of_mean(values, weights, np.arange(50)) == pytest.approx(alone)


def test_it_is_the_spread_of_means_of_grouped_rows():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 5)
    draws = [rng.normal(size=40)[groups] + rng.normal(size=200) for _ in range(2000)]
    errors = [error_of_mean(values, np.ones(200), groups) for values in draws]
    assert np.mean(errors) == pytest.approx(np.std([values.mean() for values in draws]), rel=0.05)


def test_groups_may_have_any_numbers():
    assert sums_of_groups(np.array([1.0, 2.0, 4.0]), np.array([70, -3, 70])).tolist() == [2.0, 5.0]


@pytest.mark.parametrize("n_groups", [3, 6, 21, 200])
@pytest.mark.parametrize("errors", [0.5, 2.0, 4.0, 9.0])
def test_errors_of_few_groups_are_those_of_students_distribution(n_groups, errors):
    exact = norm.isf(t.sf(errors, n_groups - 1))
    groups = np.repeat(np.arange(n_groups), 7)
    assert normal_errors(errors, groups) == pytest.approx(exact, rel=0.05)
    assert normal_errors(-errors, groups) == -normal_errors(errors, groups)


def test_a_group_that_holds_most_rows_leaves_little_evidence():
    giant = np.concatenate([np.zeros(1200, int), np.repeat(np.arange(1, 21), 12)])
    assert normal_errors(6.0, giant) < 1.2
    assert normal_errors(6.0, np.zeros(50, int)) == 0.0
    assert normal_errors(3.0, np.arange(10**5)) == pytest.approx(3.0, abs=1e-3)
