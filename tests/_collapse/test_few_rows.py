"""Few held-out rows: who speaks for a network, and for which networks nobody does."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from robust_mlp._collapse.few_rows import others_speak_for_it
from robust_mlp._collapse.simple_models.comparison import Signal
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._report import ProbeResult, SignalSummary
from tests.invented_attempts import EVEN, attempt, constant, from_scores, held_out


def signal(found, auc=0.9, p_value=1e-4):
    """What simple models found, and how well the best of them ranks."""
    probes = (ProbeResult(name="linear model", association=4.0, p_value=1e-4, loss=0.6, auc=auc),)
    return Signal(summary=SignalSummary(found=found, p_value=p_value, probes=probes, n_rows=300, smallest_auc=0.6))


FEW = held_out(8, 3.0, codes=np.arange(8) % 2)  # too few to be judged
UNSURE = held_out(60, 0.5, seed=3)  # enough rows, and a skill that they do not prove
FITTED = replace(held_out(300, 2.0, seed=1), in_sample=True)


def speaks(held=FEW, training=FITTED, found=True, **of_signal):
    made = replace(attempt(held), training_rows=None if training is None else lambda: training)
    return others_speak_for_it(look(made, EVEN), EVEN, None if found is None else signal(found, **of_signal))


def test_the_invented_rows_are_what_they_are_called():
    assert not look(attempt(FEW), EVEN).can_be_judged
    judged = look(attempt(UNSURE), EVEN)
    assert judged.codes == ("no_skill",)
    assert judged.comparison.gain > 0 and 1.64 < judged.comparison.association < 3.3


@pytest.mark.parametrize("held", [FEW, UNSURE], ids=["too few", "not sure"])
def test_training_rows_and_simple_models_speak_for_a_network_together_only(held):
    assert speaks(held)
    assert not speaks(held, found=False)
    assert not speaks(held, found=None)
    assert not speaks(held, training=None)
    assert not speaks(held, training=replace(constant(300), in_sample=True))
    assert not speaks(held, training=replace(held_out(300, 0.3, seed=1), in_sample=True))  # hardly fitted


def test_held_out_rows_that_lean_the_other_way_are_not_outvoted():
    wrong = replace(FEW, probabilities=FEW.probabilities[:, ::-1])
    assert not speaks(wrong)
    assert not speaks(held_out(60, 0.0, seed=0))


def test_rows_that_were_trained_on_are_no_held_out_rows():
    assert not speaks(replace(FEW, in_sample=True))


def test_rows_that_all_get_one_class_speak_for_no_network():
    scores = np.log(UNSURE.probabilities) + np.array([0.0, 9.0])
    assert not speaks(from_scores(scores, UNSURE.codes))


def test_a_rare_class_that_few_rows_are_not_given_to_counts_only_if_training_rows_are_not_either():
    prior = np.array([0.85, 0.15])
    rare = held_out(60, 0.5, prior=prior, seed=4)
    judged_few = look(attempt(rare), prior)
    assert judged_few.codes == ("no_skill",)
    assert judged_few.comparison.predicted_share == (1.0, 0.0) and judged_few.comparison.gain > 0
    assert judged_few.comparison.association > 1.64

    def speaks_with(most):
        """With training rows that are given to the rare class by at most so much."""
        fitted = replace(held_out(1200, 0.9, prior=prior, seed=1), in_sample=True)
        by_rare = np.minimum(fitted.probabilities[:, 1], most)
        fitted = replace(fitted, probabilities=np.column_stack([1 - by_rare, by_rare]))
        assert look(attempt(fitted), prior).comparison.relative_gain > 0.1
        made = replace(attempt(rare), training_rows=lambda: fitted)
        return others_speak_for_it(look(made, prior), prior, signal(True))

    assert speaks_with(1.0)
    assert not speaks_with(0.49)


def hardly(n, auc, seed=0):
    """Held-out rows, half of each class, that a network ranks with about this area under the ROC curve."""
    codes, scores = np.arange(n) % 2, norm.ppf(auc) * np.sqrt(2) * (np.arange(n) % 2 - 0.5)
    # Quantiles in place of draws: the area is near the wanted one, and so are the probabilities.
    noise = norm.ppf((np.random.default_rng(seed).permutation(n // 2) + 0.5) / (n // 2))
    logit = norm.ppf(auc) * np.sqrt(2) * (scores + np.repeat(noise, 2))
    return from_scores(np.column_stack([-logit / 2, logit / 2]), codes)


def test_rows_too_few_to_contradict_leave_it_to_the_others():
    few = look(attempt(hardly(24, 0.63)), EVEN).comparison
    assert 0 < few.association < 1.64
    assert few.gain > 0
    assert speaks(hardly(24, 0.63), auc=0.75)
    assert not speaks(hardly(24, 0.63), auc=0.75, p_value=0.01)
    assert not speaks(hardly(24, 0.63), auc=0.95)  # as good a network would rank them better
    assert not speaks(hardly(24, 0.63), auc=0.75, found=False)
    assert not speaks(hardly(24, 0.63), auc=0.75, training=replace(constant(300), in_sample=True))


def test_hardly_any_rank_of_many_rows_contradicts_simple_models():
    many = look(attempt(hardly(200, 0.55)), EVEN).comparison
    assert 0 < many.association < 1.64
    assert not speaks(hardly(200, 0.55), auc=0.75)


def test_a_network_that_learned_its_training_rows_by_heart_is_seldom_spoken_for():
    """On 24 rows that it predicts by chance, where simple models rank at .85."""
    spoken_for = [speaks(held_out(24, 0.0, seed=seed), auc=0.85) for seed in range(400)]
    assert np.mean(spoken_for) < 0.2
