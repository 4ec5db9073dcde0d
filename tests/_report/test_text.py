"""The report as text: what it prints, and that it never prints more than fits on a screen."""

import math
from dataclasses import replace

import pytest

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._core.records import Verdict
from robust_mlp._report.records import ColumnRise
from robust_mlp._report.text import MAX_ATTEMPTS_PRINTED, MAX_LINES, WIDTH, as_text
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


def test_what_is_expected_of_all_members_stands_below_what_one_of_them_shows():
    one = REPAIRED.comparison
    together = replace(REPAIRED, comparison=replace(one, averaging_gain=0.02, averaging_accuracy_gain=0.01))
    lines = str(together).splitlines()
    assert lines[2:6] == [
        "  log loss                                   0.468  [0.427, 0.510]        0.693",
        "    all members together, expected           0.448  [0.391, 0.506]",
        "  accuracy                                   0.760  [0.721, 0.795]        0.446",
        "    all members together, expected           0.770  [0.726, 0.810]",
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
    bare = report(comparison=None, attempts=(), verdict=Verdict.UNCHECKED, headline="Not checked.")
    tail = "The fit took 2.00 s, of which the guard took 0.001 s."
    assert str(bare).splitlines() == ["UNCHECKED: Not checked.", tail]


def test_rows_in_sample_are_called_training_rows():
    seen = report(comparison=compare(held_out(50, in_sample=True), [0.5, 0.5]))
    assert str(seen).splitlines()[1].startswith("On 50 training rows (none were held out)")


def test_a_constant_network_prints_chance():
    text = str(report(comparison=compare(constant(), [0.5, 0.5])))
    assert "area under the ROC curve                   0.500  [0.444, 0.556]        0.500" in text


def lines_of(case, start):
    """The lines that begin so."""
    return [line for line in str(case).splitlines() if line.startswith(start)]


def test_a_long_class_name_is_cut_to_its_column():
    long, fitting = "n" * 37, "m" * 36
    shown = str(report(class_names=(long, fitting)))
    assert "  " + "n" * 33 + "...  " in shown
    assert "  " + fitting + "  " in shown
    assert long not in shown


def test_classes_are_listed_by_their_share_and_by_number_where_they_have_no_name():
    shown = str(report(class_names=())).splitlines()
    place = next(i for i, line in enumerate(shown) if line.startswith("Class "))
    assert [line.split()[0] for line in shown[place + 1 : place + 3]] == ["1", "0"]  # 55.4 % and 44.6 %


def test_a_class_without_rows_has_no_recall():
    c = report().comparison
    lost = report(comparison=replace(c, recalls=(c.recalls[0], math.nan)))
    assert lines_of(lost, "  class 1")[0].endswith("    --")


def test_classes_that_are_never_predicted_count_where_they_have_rows():
    c = report(n_classes=8).comparison
    case = report(n_classes=8, comparison=replace(c, predicted_share=(1.0, *[0.0] * 7), support=(9,) * 7 + (0,)))
    assert lines_of(case, "  ... and 3 more classes") == ["  ... and 3 more classes. Never predicted: 6 in total."]


def test_of_many_attempts_the_first_are_printed():
    case = report(attempts=tuple(summary(k + 1) for k in range(9)))
    assert len(lines_of(case, "Attempt ")) == MAX_ATTEMPTS_PRINTED


def test_changes_that_do_not_fit_end_after_a_whole_one():
    changes = {f"setting_{k}": (0, k) for k in range(20)}
    (_, line) = lines_of(report(attempts=(summary(1), summary(2, changes=changes))), "Attempt ")
    assert WIDTH - 15 < len(line) <= WIDTH
    assert line.endswith(", ...")
    assert all(f"setting_{k}={k}" in line for k in range(5))
    last = line.removesuffix(", ...").rpartition(", ")[2]
    assert last in {f"setting_{k}={k}" for k in range(20)}


def test_numbers_of_a_change_are_short():
    case = report(
        attempts=(summary(1), summary(2, changes={"learning_rate": (0.1, 0.000123456), "max_iter": (5, 400)}))
    )
    assert lines_of(case, "Attempt 2")[0].endswith("learning_rate=0.000123, max_iter=400")


def test_predictions_that_are_no_numbers_have_no_table():
    lost = report(comparison=replace(report().comparison, is_finite=False))
    assert "log loss" not in str(lost)


@pytest.mark.parametrize("severity, mark", [("error", "!"), ("warning", "!"), ("info", "-")])
def test_advice_is_told_from_what_went_wrong_by_its_mark(severity, mark):
    finding = replace(ADVICE, severity=severity)
    assert lines_of(report(findings=(finding,)), f"{mark} Columns repeat others exactly.")


def test_a_finding_without_a_fix_or_evidence_is_one_line():
    bare = replace(ADVICE, evidence="", fix="")
    assert lines_of(report(findings=(bare,)), "- ") == ["- Columns repeat others exactly."]


def rises(*values):
    """Columns c0, c1, ... with these rises of the loss, each known to .01."""
    return tuple(
        ColumnRise(name=f"c{i}", rise=value, low=value - 0.01, high=value + 0.01) for i, value in enumerate(values)
    )


def test_five_columns_that_carry_the_network_are_named_and_all_that_carry_nothing():
    text = as_text(report(column_rises=rises(0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.005, -0.01)))
    assert (
        "Columns that carry the network (rise of the log loss if permuted): c0 (0.600), c1 (0.500), c2 (0.400), "
        "c3 (0.300), c4 (0.200) Columns that carry nothing measurable alone (2): c6, c7 "
    ) in " ".join(text.split())


@pytest.mark.parametrize("verdict", [Verdict.COLLAPSED, Verdict.NO_SIGNAL])
def test_columns_of_a_network_that_learned_nothing_are_not_told_of(verdict):
    assert "Columns that carry" not in as_text(report(verdict=verdict, column_rises=rises(0.6, 0.0)))


def test_where_no_column_is_measurable_none_is_called_useless():
    text = as_text(report(column_rises=rises(0.001, 0.0)))
    assert "Columns that carry" not in text
    assert "No column alone carries the network measurably. explain(clf, X, y) measures groups of columns, too." in text
