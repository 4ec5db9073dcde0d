"""A network that only is at the wrong level learned as much as one at the right level."""

import numpy as np
import pytest

from robust_mlp._collapse.calibrated import calibrated
from robust_mlp._collapse.symptoms.rules import look
from tests.invented_attempts import attempt, from_scores, held_out


def judged(rows):
    return look(attempt(rows), np.array([0.5, 0.5]))


def test_a_wrong_level_is_mended_and_the_ranking_stays():
    right = held_out(400, 1.0)
    wrong = from_scores(np.log(right.probabilities) * 6 + [0, 5], right.codes)
    before, after = judged(wrong), calibrated(judged(wrong))
    assert before.comparison.loss > before.comparison.prior_loss
    assert after.comparison.loss == pytest.approx(judged(right).comparison.loss, abs=0.02)
    assert after.comparison.auc == pytest.approx(before.comparison.auc)
