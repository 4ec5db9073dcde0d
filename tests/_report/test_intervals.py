"""Confidence intervals, against what they promise."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binomtest

from robust_mlp._report.intervals import auc_interval, mean_interval, mean_of, widened, wilson_interval


@pytest.mark.parametrize(
    "share, n, expected", [(0.5, 100, (0.4038, 0.5962)), (0.0, 20, (0.0, 0.1611)), (1.0, 20, (0.8389, 1.0))]
)
def test_wilson_intervals(share, n, expected):
    assert wilson_interval(share, n) == pytest.approx(expected, abs=1e-4)


def test_intervals_of_the_area_cover_it():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        negatives, positives = rng.normal(size=40), rng.normal(size=25) + 1.0
        area = (positives[:, None] > negatives).mean()
        low, high = auc_interval(area, 25, 40)
        covered += low <= 0.7602 <= high  # Phi(1 / sqrt(2))
    assert 0.92 <= covered / 400 <= 0.99


def test_the_interval_of_a_perfect_area_has_a_width():
    low, high = auc_interval(1.0, 10, 10)
    assert high == pytest.approx(1, abs=1e-6)
    assert 0.6 < low < 0.95
    assert auc_interval(1.0, 1000, 1000)[0] > 0.99
    assert all(map(math.isnan, auc_interval(0.5, 0, 10)))


def test_the_interval_of_balanced_accuracy_covers_it():
    rng = np.random.default_rng(1)
    truth, sizes, covered = np.array([0.9, 0.5, 0.7]), [200, 12, 40], 0
    for _ in range(400):
        recalls = [rng.binomial(n, p) / n for n, p in zip(sizes, truth, strict=True)]
        low, high = mean_interval([(r, *wilson_interval(r, n)) for r, n in zip(recalls, sizes, strict=True)])
        covered += low <= truth.mean() <= high
    assert 0.92 <= covered / 400 <= 0.99


@pytest.mark.parametrize("n", [1, 7, 100, 5000])
@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 1.0])
def test_wilson_intervals_are_scipys(n, share):
    hits = round(share * n)
    expected = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(hits / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("share, n", [(0.5, 0), (math.nan, 10)])
def test_a_share_of_nothing_has_no_interval(share, n):
    assert all(map(math.isnan, wilson_interval(share, n)))


@pytest.mark.parametrize("area", [0.05, 0.5, 0.8])
def test_the_ends_of_an_areas_interval_are_1_96_of_their_own_errors_away(area):
    def error(a, n=12, m=30):  # Hanley and McNeil (1982), with the mean of both numbers of rows: Newcombe's method 5
        mean_n = (n + m) / 2 - 1
        return math.sqrt(a * (1 - a) * (1 + mean_n * (1 - a) / (2 - a) + mean_n * a / (1 + a)) / (n * m))

    low = brentq(lambda a: area - a - 1.959963984540054 * error(a), 0, area)
    high = brentq(lambda a: area - a + 1.959963984540054 * error(a), area, 1)
    assert auc_interval(area, 12, 30) == pytest.approx((low, high), abs=1e-9)


def test_an_area_turned_round_has_its_interval_turned_round():
    low, high = auc_interval(0.8, 15, 40)
    assert auc_interval(0.2, 15, 40) == pytest.approx((1 - high, 1 - low), abs=1e-9)
    assert auc_interval(0.8, 40, 15) == pytest.approx((low, high))


@pytest.mark.parametrize("area", [-0.1, 1.1, math.nan])
def test_what_is_no_area_has_no_interval(area):
    assert all(map(math.isnan, auc_interval(area, 10, 10)))


def test_the_interval_of_a_mean_of_one_figure_is_its_own():
    assert mean_interval([(0.5, 0.4, 0.7)]) == pytest.approx((0.4, 0.7))


def test_errors_of_independent_figures_add_up_as_squares():
    assert mean_interval([(0.5, 0.2, 0.6), (0.7, 0.3, 0.9)]) == pytest.approx((0.6 - 0.25, 0.6 + math.sqrt(0.05) / 2))


def test_the_interval_of_a_mean_of_shares_stays_between_0_and_1():
    assert mean_interval([(0.1, -3.0, 4.0)]) == (0.0, 1.0)
    assert all(map(math.isnan, mean_interval([])))


def test_means_leave_out_what_is_not_known():
    assert mean_of([1.0, math.nan, 3.0]) == 2.0
    assert math.isnan(mean_of([math.nan])) and math.isnan(mean_of([]))


def test_an_area_of_nothing_is_that_of_everything_turned_round():
    low, high = auc_interval(0.0, 10, 10)
    assert low == pytest.approx(0, abs=1e-6)
    assert high == pytest.approx(1 - auc_interval(1.0, 10, 10)[0])


def test_a_gain_that_is_known_to_about_itself_widens_an_interval():
    share, interval = 0.8, wilson_interval(0.8, 100)
    assert widened(share, interval, 0.0) == pytest.approx(interval)
    low, high = widened(share, interval, 0.05)
    assert low == pytest.approx(0.85 - math.hypot(0.8 - interval[0], 1.96 * 0.05), abs=1e-4)
    assert high == pytest.approx(0.85 + math.hypot(interval[1] - 0.8, 1.96 * 0.05), abs=1e-4)
    assert widened(0.99, wilson_interval(0.99, 100), 0.05)[1] == 1.0
