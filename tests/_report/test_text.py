"""The report as text: what it prints, and that it never prints more than fits on a screen."""

import pytest

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._core.records import Verdict
from robust_mlp._report.text import MAX_LINES
from tests._report.example_reports import ADVICE, REPAIRED, report, summary
from tests.invented_attempts import constant, held_out


def test_it_prints_as_lines_that_can_be_read():
    assert str(REPAIRED).splitlines() == [
        "REPAIRED: The first training collapsed.",
        "On 500 held-out rows                       network  95 % interval     class prior",
        "  log loss                                   0.468  [0.427, 0.510]        0.693",
        "  accuracy                                   0.760  [0.721, 0.795]        0.446",
        "  balanced accuracy                          0.764  [0.724, 0.798]        0.500",
        "  area under the ROC curve                   0.859  [0.822, 0.889]        0.500",
        "Class                                   true share  predicted share   recall",
        "  class 1                                   0.5540           0.4940    0.729",
        "  class 0                                   0.4460           0.5060    0.798",
        "Attempt 1: held-out loss nan, 3 epochs, your settings",
        "Attempt 2 (kept): held-out loss 0.500, 3 epochs, learning_rate=0.002, clip_norm=1",
        "! The network predicts the same probabilities for every row. The learning rate is too high. "
        "(learning_rate=10, usual",
        "  0.002; last training loss 812, prior 0.693)",
        "  Trained again with learning_rate=0.002 (was 10).",
        "- Columns repeat others exactly. ('b' repeats 'a')",
        "  They can be dropped.",
        "The fit took 2.00 s, of which the guard took 0.001 s.",
    ]


@pytest.mark.parametrize("n_classes", [2, 5, 200])
@pytest.mark.parametrize("n_notes", [0, 3, 30])
@pytest.mark.parametrize("n_attempts", [1, 4, 40])
def test_it_never_prints_more_than_25_lines(n_classes, n_notes, n_attempts):
    case = report(
        n_classes=n_classes,
        advisories=(ADVICE,) * n_notes,
        attempts=tuple(summary(k + 1) for k in range(n_attempts)),
    )
    lines = str(case).splitlines()
    assert len(lines) <= MAX_LINES == 25
    assert max(map(len, lines)) <= 118
    assert lines[-1].startswith("The fit took 2.00 s")


def test_what_does_not_fit_is_counted():
    lines = str(report(advisories=(ADVICE,) * 30)).splitlines()
    shown = sum("Columns repeat" in line or "can be dropped" in line for line in lines)
    assert lines[-2] == f"  ... and {60 - shown} more lines in to_dict()."


def test_many_classes_are_summed_up():
    lines = str(report(n_classes=200)).splitlines()
    assert sum(line.startswith("  class ") for line in lines) == 5
    assert any(line.startswith("  ... and 195 more classes. Never predicted: ") for line in lines)


def test_without_a_comparison_it_still_prints():
    bare = report(comparison=None, attempts=(), verdict=Verdict.UNCHECKED, headline="Nobody looked.")
    tail = "The fit took 2.00 s, of which the guard took 0.001 s."
    assert str(bare).splitlines() == ["UNCHECKED: Nobody looked.", tail]


def test_rows_in_sample_are_called_training_rows():
    seen = report(comparison=compare(held_out(50, in_sample=True), [0.5, 0.5]))
    assert str(seen).splitlines()[1].startswith("On 50 training rows (none were held out)")


def test_a_constant_network_prints_chance():
    text = str(report(comparison=compare(constant(), [0.5, 0.5])))
    assert "area under the ROC curve                   0.500  [0.444, 0.556]        0.500" in text
