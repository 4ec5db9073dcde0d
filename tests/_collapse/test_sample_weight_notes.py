"""What is said of sample weights that make another table of the rows, and what is not."""

import numpy as np
import pytest

from robust_mlp._collapse.sample_weight_notes import classes_without_weight, rows_of_most_weight, with_weight_notes
from robust_mlp._core.records import Verdict
from robust_mlp._report import TrainingReport
from tests.tiny_fits import able, clouds

RNG = np.random.default_rng(0)
CODES = RNG.choice(3, 1000, p=[0.5, 0.3, 0.2])


def report(verdict=Verdict.HEALTHY):
    return TrainingReport(verdict=verdict, headline="As it was.", class_names=("a", "b", "c"))


@pytest.mark.parametrize(
    "weights",
    [
        np.ones(1000),
        RNG.integers(1, 50, 1000).astype(float),
        RNG.lognormal(0, 1, 1000),
        np.array([1.0, 3.0, 30.0])[CODES],  # balanced by hand, and more
        np.where(RNG.random(1000) < 0.1, 100.0, 1.0),
    ],
    ids=["ones", "counts", "spread", "by class", "a tenth a hundred times"],
)
def test_of_ordinary_weights_nothing_is_said(weights):
    assert with_weight_notes(report(), CODES, weights) == report()


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.REPAIRED])
def test_a_network_that_was_not_judged_on_a_common_class_is_unchecked(verdict):
    told = with_weight_notes(report(verdict), CODES, np.where(CODES == 1, 1e-7, 1.0))
    assert told.verdict is Verdict.UNCHECKED
    assert told.headline.startswith("The sample weights leave next to nothing of class 'b'. What the network")
    (note,) = told.advisories
    assert note.code == "class_without_weight" and "'b' has " in note.evidence and "sample_weight" in note.fix


@pytest.mark.parametrize("verdict", [Verdict.COLLAPSED, Verdict.NO_SIGNAL, Verdict.UNDERFIT, Verdict.UNCHECKED])
def test_other_verdicts_stay(verdict):
    told = with_weight_notes(report(verdict), CODES, np.where(CODES > 0, 1e-7, 1.0))
    assert told.verdict is verdict and told.headline == "As it was."
    assert told.advisories[0].cause == "The sample weights leave next to nothing of classes 'b', 'c'."


def test_a_few_rows_with_nearly_all_of_the_weight_are_told():
    weights = np.ones(1000)
    weights[:8] = 1e6
    told = with_weight_notes(report(), np.zeros(1000, dtype=int), weights)
    assert told.verdict is Verdict.HEALTHY
    (note,) = told.advisories
    assert (note.code, note.evidence) == ("weight_of_few_rows", "8 of 1,000 rows have 99.99% of the weight")


def test_a_rare_class_may_weigh_little():
    codes = np.r_[np.zeros(990, int), np.ones(10, int)]
    assert classes_without_weight(codes, np.where(codes == 1, 1e-7, 1.0)) == []


def test_the_heaviest_rows_are_counted():
    assert rows_of_most_weight(np.array([1.0, 1.0, 98.0])) == 1
    assert rows_of_most_weight(np.ones(100)) == 95


def test_a_fit_tells_of_a_class_that_weighs_nothing():
    X, y = clouds()
    clf = able(collapse_guard="warn", early_stopping=True).fit(X, y, sample_weight=np.where(y == 0, 1e-7, 1.0))
    assert clf.report_.verdict is Verdict.UNCHECKED
    assert "class_without_weight" in [advisory.code for advisory in clf.report_.advisories]
    usual = able(collapse_guard="warn", early_stopping=True).fit(X, y, sample_weight=np.where(y == 0, 0.5, 1.0))
    assert "class_without_weight" not in [advisory.code for advisory in usual.report_.advisories]
