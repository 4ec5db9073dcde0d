"""Decisions: which classes come out of which probabilities."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._decision.confusion import COUNT_SCORES
from robust_mlp._decision.measures import CountScore
from robust_mlp._decision.search import best_offsets
from tests._decision.gaussian_problem import PRIORS, learn, problem, score


def test_argmax_is_the_argmax_ties_included():
    probabilities = np.array([[0.4, 0.4, 0.2], [0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3]])
    decision = learn("argmax", probabilities, np.array([0, 1, 2]))
    assert_array_equal(decision.decide(probabilities), probabilities.argmax(axis=1))
    assert_array_equal(decision.offsets, 0.0)


def test_balanced_divides_by_the_prior():
    probabilities, codes = problem(500)
    decision = learn("balanced", probabilities, codes, prior=PRIORS[3])
    assert_array_equal(decision.decide(probabilities), (probabilities / PRIORS[3]).argmax(axis=1))
    assert_allclose(np.diff(decision.offsets), -np.diff(np.log(PRIORS[3])))


def test_balanced_maximizes_balanced_accuracy_if_probabilities_are_true():
    probabilities, codes = problem(100_000)
    decision = learn("balanced", probabilities, codes)
    best = score("balanced_accuracy", decision, probabilities, codes)
    measure = CountScore(COUNT_SCORES["balanced_accuracy"], codes, np.ones(len(codes)), 3)
    searched = best_offsets(np.log(probabilities), decision.offsets, measure)
    gain = measure((np.log(probabilities) + searched).argmax(axis=1)) - best
    assert 0 <= gain < 0.004  # what searching the same 100,000 rows can gain by chance


def test_costs_choose_the_least_expected_cost():
    probabilities, codes = problem(300)
    costs = np.array([[0, 1, 1], [5, 0, 1], [30, 2, 0]])
    decision = learn(costs, probabilities, codes)
    expected = [
        [sum(row[true] * costs[true, given] for true in range(3)) for given in range(3)] for row in probabilities
    ]
    assert_array_equal(decision.decide(probabilities), np.argmin(expected, axis=1))
    assert_array_equal(decision.offsets, 0.0)


def test_equal_costs_are_the_argmax_and_a_two_class_matrix_is_a_threshold():
    probabilities, codes = problem(300)
    assert_array_equal(learn(1 - np.eye(3), probabilities, codes).decide(probabilities), probabilities.argmax(axis=1))
    probabilities, codes = problem(300, 2)
    threshold = 1 / (1 + 10)  # Elkan (2001), eq. 2
    decision = learn([[0, 1], [10, 0]], probabilities, codes)
    assert_array_equal(decision.decide(probabilities), (probabilities[:, 1] > threshold).astype(int))


def test_costs_are_taken_from_honest_probabilities():
    probabilities, codes = problem(300)
    offsets = np.array([0.0, 1.0, 2.0])
    costs = [[0, 1, 1], [5, 0, 1], [30, 2, 0]]
    distorted = shift_log_odds(probabilities, -offsets)
    honest = learn(costs, probabilities, codes).decide(probabilities)
    assert_array_equal(learn(costs, distorted, codes, honest_offsets=offsets).decide(distorted), honest)
