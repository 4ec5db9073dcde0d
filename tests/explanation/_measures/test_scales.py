"""Log-odds: usual ones for two classes, differences of logs for several, and the same from logits."""

import numpy as np
import pytest

from robust_mlp.explanation._measures.scales import log_odds_against, mean_log_odds, mean_log_odds_of_logits


def test_two_classes_have_the_usual_log_odds():
    found = mean_log_odds(np.array([[0.1, 0.9], [0.5, 0.5]]))
    np.testing.assert_allclose(found[:, 1], [np.log(9), 0], atol=1e-12)
    np.testing.assert_allclose(found[:, 0], -found[:, 1])


def test_log_odds_of_several_classes_are_the_mean_against_each_other_class():
    p = np.array([0.2, 0.3, 0.5])
    expected = np.mean([np.log(p[2] / p[0]), np.log(p[2] / p[1])])
    assert mean_log_odds(p)[2] == pytest.approx(expected)
    assert mean_log_odds(p).sum() == pytest.approx(0)


def test_one_class_against_another_is_the_log_of_their_ratio():
    p = np.array([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]])
    np.testing.assert_allclose(log_odds_against(mean_log_odds(p), 2, 0), np.log(p[:, 2] / p[:, 0]))


def test_a_constant_added_to_logits_changes_nothing():
    logits = np.array([[1.0, 2.0, -1.0]])
    probabilities = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(mean_log_odds_of_logits(logits + 5), mean_log_odds(probabilities))


def test_a_probability_of_zero_stays_finite():
    assert np.isfinite(mean_log_odds(np.array([[0.0, 1.0]]))).all()
