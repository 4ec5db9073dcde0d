"""The report: its numbers, its printed form, its page, and that it is small and frozen."""

import copy
import dataclasses
import json
import math
import pickle
from html.parser import HTMLParser

import numpy as np
import pytest

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import AttemptSummary, FeatureSignal, ProbeResult, SignalSummary, TrainingReport
from robust_mlp._report.intervals import auc_interval, mean_interval, wilson_interval
from robust_mlp._report.svg import line_chart
from robust_mlp._report.text import MAX_LINES
from tests.invented_attempts import constant, held_out

FINDING = Finding(
    symptom="The network predicts the same probabilities for every row.",
    cause="The learning rate is too high.",
    evidence="learning_rate=10, usual 0.002; last training loss 812, prior 0.693",
    fix="Trained again with learning_rate=0.002 (was 10).",
    code="learning_rate_too_high",
)
ADVICE = Finding(
    symptom="",
    cause="Columns repeat others exactly.",
    evidence="'b' repeats 'a'",
    fix="They can be dropped.",
    code="duplicate_columns",
    severity="info",
)


def summary(number=1, **fields):
    values = {
        "number": number,
        "stop_reason": "early_stopping",
        "n_epochs": 3,
        "best_epoch": 2,
        "epochs": (1, 2, 3),
        "loss": (0.6, 0.4, 0.3),
        "validation_loss": (0.65, 0.5, 0.55),
        "learning_rate": (0.002,) * 3,
        "predicted_share": ((1.0, 0.0), (0.7, 0.3), (0.52, 0.48)),
        "held_out_loss": 0.5,
        "held_out_accuracy": 0.8,
        "seconds": 1.5,
    }
    return AttemptSummary(**(values | fields))


def report(verdict=Verdict.HEALTHY, n_classes=2, **fields):
    prior = np.full(n_classes, 1 / n_classes)
    values = {
        "headline": "The network beats the class shares.",
        "attempts": (summary(),),
        "comparison": compare(held_out(500, 1.0, prior=prior), prior),
        "class_names": tuple(f"class {k}" for k in range(n_classes)),
        "seconds": 2.0,
        "guard_seconds": 0.001,
    }
    return TrainingReport(verdict=verdict, **(values | fields))


REPAIRED = report(
    Verdict.REPAIRED,
    headline="The first training collapsed.",
    findings=(FINDING,),
    advisories=(ADVICE,),
    attempts=(
        summary(1, held_out_loss=math.nan, loss=(math.nan,) * 3),
        summary(2, changes={"learning_rate": (10.0, 0.002), "clip_norm": (None, 1.0)}),
    ),
    kept=2,
)
NOTHING = report(
    Verdict.NO_SIGNAL,
    signal=SignalSummary(
        found=False,
        p_value=0.3,
        probes=(ProbeResult(name="linear model", association=0.2, p_value=0.42, loss=0.69, auc=0.51),),
        n_rows=500,
        smallest_auc=0.6,
    ),
    feature_signal=(
        FeatureSignal(
            name="age <b>", test="F", statistic=2.0, p_value=0.1, adjusted_p_value=0.4, mutual_information=0.001
        ),
    ),
)


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
        "Attempt 1: held-out loss nan, 3 epochs, as asked",
        "Attempt 2 (kept): held-out loss 0.500, 3 epochs, learning_rate=0.002, clip_norm=1",
        "! The network predicts the same probabilities for every row. The learning rate is too high. "
        "(learning_rate=10, usual",
        "  0.002; last training loss 812, prior 0.693)",
        "  Trained again with learning_rate=0.002 (was 10).",
        "- Columns repeat others exactly. ('b' repeats 'a')",
        "  They can be dropped.",
        "2.00 s in all, of which the guard 0.001 s.",
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
    assert lines[-1].startswith("2.00 s in all")


def test_what_does_not_fit_is_counted():
    lines = str(report(advisories=(ADVICE,) * 30)).splitlines()
    shown = sum("Columns repeat" in line or "can be dropped" in line for line in lines)
    assert lines[-2] == f"  ... and {60 - shown} more lines in to_dict()."


def test_many_classes_are_summed_up():
    lines = str(report(n_classes=200)).splitlines()
    assert sum(line.startswith("  class ") for line in lines) == 5
    assert any(line.startswith("  ... and 195 more classes; never predicted in all: ") for line in lines)


def test_without_a_comparison_it_still_prints():
    bare = report(comparison=None, attempts=(), verdict=Verdict.UNCHECKED, headline="Nobody looked.")
    assert str(bare).splitlines() == ["UNCHECKED: Nobody looked.", "2.00 s in all, of which the guard 0.001 s."]


def test_rows_in_sample_are_called_training_rows():
    seen = report(comparison=compare(held_out(50, in_sample=True), [0.5, 0.5]))
    assert str(seen).splitlines()[1].startswith("On 50 training rows (none were held out)")


@pytest.mark.parametrize("case", [report(), REPAIRED, NOTHING, report(comparison=None)])
def test_dict_and_json_hold_the_same_plain_values(case):
    values = case.to_dict()
    assert json.loads(case.to_json()) == values == json.loads(json.dumps(values, allow_nan=False))
    assert list(values) == [
        "schema_version",
        "verdict",
        "headline",
        "findings",
        "advisories",
        "attempts",
        "kept",
        "comparison",
        "signal",
        "feature_signal",
        "class_names",
        "seconds",
        "guard_seconds",
    ]
    assert "\n" in case.to_json(indent=2)


def test_the_dict_holds_every_figure_that_is_printed():
    values = REPAIRED.to_dict()
    assert values["verdict"] == "REPAIRED"
    assert values["attempts"][1]["changes"] == {"learning_rate": [10.0, 0.002], "clip_norm": [None, 1.0]}
    assert values["attempts"][0]["held_out_loss"] is None
    assert values["findings"][0]["code"] == "learning_rate_too_high"
    comparison = values["comparison"]
    assert comparison["balanced_accuracy"] == pytest.approx(REPAIRED.comparison.balanced_accuracy)
    assert comparison["auc_interval"] == pytest.approx(REPAIRED.comparison.auc_interval())
    assert NOTHING.to_dict()["signal"]["probes"][0]["name"] == "linear model"
    assert NOTHING.to_dict()["feature_signal"][0]["adjusted_p_value"] == 0.4


def test_it_is_frozen_and_survives_copies():
    with pytest.raises(dataclasses.FrozenInstanceError):
        REPAIRED.verdict = Verdict.HEALTHY
    for again in (copy.deepcopy(REPAIRED), pickle.loads(pickle.dumps(REPAIRED))):
        assert again.to_dict() == REPAIRED.to_dict()
    assert len(pickle.dumps(REPAIRED)) < 5000


def test_restarts_are_the_attempts_after_the_first():
    assert (report().n_restarts, REPAIRED.n_restarts, report(attempts=()).n_restarts) == (0, 1, 0)


class WellFormed(HTMLParser):
    """Checks that tags are closed in order; collects tag names and text."""

    VOID = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.texts, self.attributes = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def parsed(html):
    parser = WellFormed()
    parser.feed(html)
    assert parser.open == []
    return parser


@pytest.mark.parametrize("case", [report(), REPAIRED, NOTHING, report(comparison=None, attempts=())])
def test_the_page_is_one_well_formed_file_that_needs_no_other(case, tmp_path):
    path = tmp_path / "report.html"
    case.to_html(path)
    page = parsed(path.read_text(encoding="utf-8"))
    assert page.seen[:2] == ["html", "head"]
    assert "script" not in page.seen and "link" not in page.seen and "img" not in page.seen
    assert not any(name in ("src", "href") for name, _ in page.attributes)
    assert any(case.headline in text for text in page.texts)


def test_the_page_shows_figures_findings_and_tables():
    page = parsed(REPAIRED._repr_html_())
    assert page.seen.count("svg") == 4  # losses and shares of two attempts; lost numbers leave a gap
    text = " ".join(page.texts)
    for words in (
        "The learning rate is too high.",
        "balanced accuracy",
        "class 1",
        "Share of predictions of attempt 2",
    ):
        assert words in text


def test_names_from_the_table_cannot_break_the_page():
    odd = report(class_names=("<script>alert(1)</script>", "a & b"))
    page = parsed(odd._repr_html_())
    assert "script" not in page.seen
    assert "<script>alert(1)</script>" in "".join(page.texts)
    assert "age <b>" in "".join(parsed(NOTHING._repr_html_()).texts)


def test_charts_leave_gaps_where_numbers_are_lost():
    svg = line_chart("Loss", (1, 2, 3, 4, 5), [("training", (1.0, 0.5, math.nan, 0.4, 0.3))])
    lines = [tag for tag in svg.split("<") if tag.startswith("polyline") and "#0072B2" in tag]
    assert len(lines) == 2
    assert line_chart("Loss", (1, 2), [("training", (math.nan, math.nan))]) == ""
    assert line_chart("Loss", (), [("training", ())]) == ""
    parsed(line_chart("Loss", (1,), [("training", (0.5,))], lines=(("prior", 0.5),), marks=(1,)))


def test_the_figure_shows_the_attempt_that_was_kept():
    pytest.importorskip("matplotlib")
    figure = REPAIRED.plot()
    loss, shares = figure.axes
    assert loss.get_lines()[0].get_ydata().tolist() == [0.6, 0.4, 0.3]
    assert [text.get_text() for text in shares.get_legend().get_texts()] == ["class 0", "class 1"]
    assert "REPAIRED: attempt 2 of 2" in figure.get_suptitle()


# Intervals, against what they promise


@pytest.mark.parametrize(
    "share, n, expected", [(0.5, 100, (0.4038, 0.5962)), (0.0, 20, (0.0, 0.1611)), (1.0, 20, (0.8389, 1.0))]
)
def test_wilson_intervals(share, n, expected):
    assert wilson_interval(share, n) == pytest.approx(expected, abs=1e-4)


def test_intervals_of_the_area_cover_it():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        negatives, positives = rng.normal(size=40), rng.normal(size=25) + 1.0
        area = (positives[:, None] > negatives).mean()
        low, high = auc_interval(area, 25, 40)
        covered += low <= 0.7602 <= high  # Phi(1 / sqrt(2))
    assert 0.92 <= covered / 400 <= 0.99


def test_the_interval_of_a_perfect_area_has_a_width():
    low, high = auc_interval(1.0, 10, 10)
    assert high == pytest.approx(1, abs=1e-6)
    assert 0.6 < low < 0.95
    assert auc_interval(1.0, 1000, 1000)[0] > 0.99
    assert all(map(math.isnan, auc_interval(0.5, 0, 10)))


def test_the_interval_of_balanced_accuracy_covers_it():
    rng = np.random.default_rng(1)
    truth, sizes, covered = np.array([0.9, 0.5, 0.7]), [200, 12, 40], 0
    for _ in range(400):
        recalls = [rng.binomial(n, p) / n for n, p in zip(sizes, truth, strict=True)]
        low, high = mean_interval([(r, *wilson_interval(r, n)) for r, n in zip(recalls, sizes, strict=True)])
        covered += low <= truth.mean() <= high
    assert 0.92 <= covered / 400 <= 0.99


def test_the_interval_of_the_log_loss_is_not_below_zero():
    perfect = held_out(20, 9.0)
    low, _ = compare(perfect, [0.5, 0.5]).loss_interval()
    assert low == 0.0


def test_a_constant_network_prints_chance():
    text = str(report(comparison=compare(constant(), [0.5, 0.5])))
    assert "area under the ROC curve                   0.500  [0.444, 0.556]        0.500" in text


def test_names_that_steer_the_terminal_are_written_out_when_the_report_is_shown():
    steering = dataclasses.replace(ADVICE, evidence="'\x1b[31mb' repeats 'a\x9bb'")
    shown = report(class_names=("\x1b[2J", "two\nlines"), headline="\x1b]0;title\x07", advisories=(steering,))
    text = str(shown)
    assert not any(ord(character) < 32 and character != "\n" for character in text) and "\x9b" not in text
    for part in (r"\x1b[2J ", r"two\nlines ", r"\x1b]0;title\x07", r"'\x1b[31mb' repeats 'a\x9bb'"):
        assert part in text
    assert shown.to_dict()["class_names"] == ["\x1b[2J", "two\nlines"]
