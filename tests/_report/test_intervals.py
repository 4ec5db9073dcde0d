"""Confidence intervals, against what they promise."""

import math

import numpy as np
import pytest

from robust_mlp._report.intervals import auc_interval, mean_interval, wilson_interval


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
