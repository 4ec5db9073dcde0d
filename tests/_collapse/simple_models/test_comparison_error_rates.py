"""The network beside a simple model on the same rows: how often chance alone says that it is behind."""

import numpy as np
import pytest

from robust_mlp._collapse.simple_models.comparison import HELD_BACK_GAIN, Signal, is_behind, is_held_back
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._report import ProbeResult, SignalSummary
from tests.invented_attempts import EVEN, attempt, from_scores, held_out


def signal_of(held):
    """A Signal whose simple model predicts as `held` does."""
    best = ProbeResult(name="forest", association=9.0, p_value=1e-9, loss=0.3, auc=0.9)
    summary = SignalSummary(found=True, p_value=1e-9, probes=(best,), n_rows=len(held.codes), smallest_auc=0.55)
    return Signal(summary=summary, rows=held.rows, probabilities=held.probabilities)


def pair(n, skill, other_skill, seed):
    """A network and a simple model for the same labels, whose errors are independent: the widest that chance can be."""
    network = held_out(n, skill, seed=seed)
    return look(attempt(network), EVEN), signal_of(held_out(codes=network.codes, skill=other_skill, seed=seed + 10_000))


@pytest.mark.parametrize("n, skill", [(50, 1.5), (200, 1.0), (1000, 1.0)])
def test_a_simple_model_that_is_as_good_is_hardly_ever_said_to_be_clearly_better(n, skill):
    said = sum(is_held_back(*pair(n, skill, skill, seed)) for seed in range(400))
    assert said <= 2  # one in two thousand is expected


def test_a_simple_model_that_is_clearly_better_is_nearly_always_said_to_be():
    assert sum(is_held_back(*pair(600, 0.9, 1.6, seed)) for seed in range(60)) >= 57


def test_a_certain_difference_that_does_not_matter_is_none():
    judged, _ = pair(50_000, 1.0, 1.0, 0)
    P = judged.attempt.held_out.probabilities
    codes = judged.attempt.held_out.codes
    # Each row a little surer of its own label: certain, and less than the margin.
    slightly = from_scores(np.log(P) + 0.03 * np.eye(2)[codes], codes)
    assert 0 < look(attempt(slightly), EVEN).comparison.gain - judged.comparison.gain < HELD_BACK_GAIN * np.log(2)
    assert not is_held_back(judged, signal_of(slightly))
    clearly = from_scores(np.log(P) + 0.3 * np.eye(2)[codes], codes)
    assert is_held_back(judged, signal_of(clearly))
    assert not is_behind(judged, signal_of(clearly))


def test_where_simple_models_find_no_signal_nothing_is_held_back():
    judged, found = pair(600, 0.5, 2.0, 0)
    nothing = SignalSummary(found=False, p_value=0.3, probes=found.summary.probes, n_rows=600, smallest_auc=0.55)
    assert is_held_back(judged, found)
    assert not is_held_back(judged, Signal(summary=nothing, rows=found.rows, probabilities=found.probabilities))
