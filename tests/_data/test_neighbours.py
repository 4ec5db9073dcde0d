"""Nearest neighbours: they agree where there is a signal, and by chance where there is none."""

import numpy as np
import pytest

from tests._data.learnt_facts import learn, normal


def test_neighbours_agree_where_there_is_a_signal_and_only_there():
    X = normal(600)
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    clear = learn(X, y).neighbour_agreement()
    assert clear.agreement > clear.chance + 10 * clear.standard_error
    assert clear.chance == pytest.approx(0.5, abs=0.01)
    noise = learn(X, np.random.default_rng(3).permutation(y)).neighbour_agreement()
    assert abs(noise.agreement - noise.chance) < 3.5 * noise.standard_error


def test_neighbour_agreement_is_calibrated():
    scores = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found = learn(rng.normal(size=(200, 3)), rng.integers(0, 2, 200)).neighbour_agreement()
        scores.append((found.agreement - found.chance) / found.standard_error)
    assert np.std(scores) < 1.25
    assert abs(np.mean(scores)) < 0.5


def test_neighbours_compare_categories_and_missing_cells():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 5, 400).astype(float), normal(400, 1)[:, 0]])
    X[::5, 1] = np.nan
    y = (X[:, 0] >= 2).astype(int)
    found = learn(X, y, categories={0}).neighbour_agreement()
    assert found.agreement > 0.9
