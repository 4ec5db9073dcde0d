"""The search for offsets: as good as trying everything, never worse than its start."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import get_scorer

from robust_mlp._core.log_odds import log_probabilities
from robust_mlp._decision.confusion import COUNT_SCORES
from robust_mlp._decision.measures import CountScore, ScorerScore
from robust_mlp._decision.search import best_offsets, best_power
from tests._decision.gaussian_problem import LABELS, PRIORS, problem


@pytest.mark.parametrize("name", sorted(COUNT_SCORES))
def test_two_class_search_finds_the_best_of_all_thresholds(name):
    probabilities, codes = problem(120, 2)
    logits = log_probabilities(probabilities)
    measure = CountScore(COUNT_SCORES[name], codes, np.ones(120), 2)
    offsets = best_offsets(logits, np.zeros(2), measure)
    every = [measure((probabilities[:, 1] > threshold).astype(int)) for threshold in [*probabilities[:, 1], -1.0]]
    assert_allclose(measure((logits + offsets).argmax(axis=1)), max(every))


@pytest.mark.parametrize("name", sorted(set(COUNT_SCORES) - {"f1"}))
@pytest.mark.parametrize("n_classes, n_rows", [(3, 200), (5, 200), (3, 3000)])
def test_search_never_ends_below_its_start_and_reports_what_it_reaches(name, n_classes, n_rows):
    probabilities, codes = problem(n_rows, n_classes)
    logits, weights = log_probabilities(probabilities), np.random.default_rng(0).uniform(0.5, 2, n_rows)
    measure = CountScore(COUNT_SCORES[name], codes, weights, n_classes)
    start = -0.5 * np.log(PRIORS[n_classes])
    offsets = best_offsets(logits, start, measure)
    reached, before = measure((logits + offsets).argmax(axis=1)), measure((logits + start).argmax(axis=1))
    assert reached >= before
    single_steps = [  # no change of one class's offset gains more
        measure((logits + offsets + step * np.eye(n_classes)[code]).argmax(axis=1))
        for code in range(n_classes)
        for step in np.linspace(-3, 3, 61)
    ]
    assert max(single_steps) <= reached + (1e-9 if n_rows == 200 else 0.003)  # more rows than thresholds tried


def test_counted_and_called_search_agree_on_two_classes():
    probabilities, codes = problem(20, 2, separation=0.6)
    logits = log_probabilities(probabilities)
    counted = CountScore(COUNT_SCORES["balanced_accuracy"], codes, np.ones(20), 2)
    called = ScorerScore(
        get_scorer("balanced_accuracy"), "balanced", np.zeros((20, 1)), codes, np.ones(20), np.arange(2)
    )
    # so few rows that every threshold is tried by both
    assert_allclose(best_offsets(logits, np.zeros(2), called), best_offsets(logits, np.zeros(2), counted))


def test_of_equal_thresholds_the_middle_is_taken():
    logits = np.log(np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.55, 0.45]]))
    measure = CountScore(COUNT_SCORES["accuracy"], np.array([0, 0, 1, 1]), np.ones(4), 2)
    offsets = best_offsets(logits, np.zeros(2), measure)
    assert_allclose(offsets, [0.0, (np.log(0.8 / 0.2) + np.log(0.6 / 0.4)) / 2])


def test_a_start_that_is_already_best_is_kept():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]])
    measure = CountScore(COUNT_SCORES["accuracy"], np.array([0, 0, 1]), np.ones(3), 2)
    assert_array_equal(best_offsets(np.log(probabilities), np.zeros(2), measure), 0.0)
    assert_array_equal(best_power(np.log(probabilities), np.array([0.5, -0.5]), measure), 0.0)


@pytest.mark.parametrize("limit", ["MAX_SWEEP_COST", "MAX_CALLED_CLASSES"])
def test_a_search_that_would_take_too_long_is_not_begun(limit, monkeypatch):
    monkeypatch.setattr(f"robust_mlp._decision.search.{limit}", 2)
    probabilities, codes = problem(100)
    start = np.array([0.0, 0.5, 1.0])
    called = ScorerScore(get_scorer("accuracy"), "accuracy", np.zeros((100, 1)), codes, np.ones(100), LABELS)
    assert_array_equal(best_offsets(log_probabilities(probabilities), start, called), start)
