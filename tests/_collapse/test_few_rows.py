"""Few held-out rows: who speaks for a network, and for which networks nobody does."""

from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._collapse.few_rows import others_speak_for_it
from robust_mlp._collapse.simple_models.comparison import Signal
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._report import SignalSummary
from tests.invented_attempts import EVEN, attempt, constant, from_scores, held_out


def signal(found):
    """What simple models found."""
    return Signal(summary=SignalSummary(found=found, p_value=0.01, probes=(), n_rows=300, smallest_auc=0.6))


FEW = held_out(8, 3.0, codes=np.arange(8) % 2)  # too few to be judged
UNSURE = held_out(60, 0.5, seed=3)  # enough rows, and a skill that they do not prove
FITTED = replace(held_out(300, 2.0, seed=1), in_sample=True)


def speaks(held=FEW, training=FITTED, found=True):
    made = replace(attempt(held), training_rows=None if training is None else lambda: training)
    return others_speak_for_it(look(made, EVEN), EVEN, None if found is None else signal(found))


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
