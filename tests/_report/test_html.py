"""The report as a page: well formed, on its own, and safe from the names in the table."""

import math
import re
from dataclasses import replace

import pytest

from robust_mlp._core.records import Verdict
from robust_mlp._report import TableSummary
from robust_mlp._report.html import LEAST_ROWS_OF_CALIBRATION, MAX_CLASSES_DRAWN, as_fragment, write_page
from robust_mlp._report.records import ColumnRise
from robust_mlp._report.style import VERDICT_COLOURS
from tests._report.example_reports import ADVICE, FINDING, NOTHING, REPAIRED, report, summary
from tests._report.html_parsing import parsed


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
    # Losses and shares of two attempts, and the calibration; lost numbers leave a gap.
    assert page.seen.count("svg") == 5
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


def cells(case):
    """The HTML of every cell of the tables, in order."""
    return re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", as_fragment(case))


@pytest.mark.parametrize("verdict", Verdict)
def test_each_verdict_has_a_colour_and_its_name(verdict):
    page = parsed(as_fragment(report(verdict)))
    assert verdict.value in page.texts
    assert ("style", f"background:{VERDICT_COLOURS[verdict.value]}") in page.attributes


def test_findings_come_before_advice_with_evidence_and_fix():
    page = as_fragment(report(findings=(FINDING,), advisories=(ADVICE,)))
    assert (
        "warning</span> The network predicts the same probabilities for every row. The learning rate is too high. "
        "(learning_rate=10, usual 0.002; last training loss 812, prior 0.693)"
        '<span class="fix">Trained again with learning_rate=0.002 (was 10).</span></li>'
    ) in page
    assert (
        "info</span> Columns repeat others exactly. (&#x27;b&#x27; repeats &#x27;a&#x27;)"
        '<span class="fix">They can be dropped.</span></li>'
    ) in page.split("Trained again")[-1]


def steps(case):
    """What the page says to do next."""
    section = as_fragment(case).split("<h2>What to do next</h2>")[1].split("</section>")[0]
    return re.findall(r"<li>(.*?)</li>", section)


def test_what_to_do_next_is_each_fix_once_worst_first():
    bad = replace(FINDING, severity="error", fix="Pass more rows.")
    case = report(Verdict.COLLAPSED, findings=(FINDING, bad, FINDING), advisories=(ADVICE,))
    assert steps(case) == ["Pass more rows.", FINDING.fix, "They can be dropped."]


def test_after_a_repair_the_settings_are_to_be_typed_and_only_advice_is_left():
    first, second = steps(REPAIRED)
    assert first.startswith("Type the settings of the kept attempt")
    assert second == ADVICE.fix


def test_without_findings_the_reader_is_sent_to_new_rows_and_no_findings_are_listed():
    (only,) = steps(report())
    assert "rows that no fit has seen" in only
    assert "<h2>Findings</h2>" not in as_fragment(report())
    assert "What to do next" not in as_fragment(report(Verdict.NO_SIGNAL))


def test_figures_of_the_table_are_those_of_the_comparison():
    case = report()
    c = case.comparison
    low, high = c.accuracy_interval()
    shown = cells(case)
    place = shown.index("accuracy")
    assert shown[place : place + 4] == [
        "accuracy", f"{c.accuracy:.4f}", f"{low:.4f} to {high:.4f}", f"{c.prior_accuracy:.4f}",
    ]  # fmt: skip
    place = shown.index("class 1")
    assert shown[place : place + 3] == ["class 1", str(c.support[1]), f"{c.true_share[1]:.4f}"]
    assert f"{c.confusion[0][1] / sum(c.confusion[0]):.1%}" in shown


def test_the_best_simple_model_stands_beside_the_prior():
    shown = cells(NOTHING)
    place = shown.index("class prior")
    assert shown[place + 1] == "linear model"
    place = shown.index("log loss (nats)")
    assert shown[place + 4] == "0.6900"


def test_the_table_and_the_settings_are_listed_as_typed_and_as_used():
    table = TableSummary(n_rows=1500, n_held_out=150, n_columns=4, n_numbers=2, n_categories=1, n_times=1, n_missing=3)
    shown = cells(report(table=table, settings={"max_iter": (200, 84), "scale": ("standard", None)}))
    for name, value in (("rows", "1,500"), ("columns of numbers", "2"), ("columns of dates or durations", "1")):
        assert shown[shown.index(name) + 1] == value
    place = shown.index("max_iter")
    assert shown[place : place + 6] == ["max_iter", "200", "84", "scale", "&#x27;standard&#x27;", "None"]
    assert "The table" not in as_fragment(report()) and "Settings" not in as_fragment(report())


def test_when_and_by_what_version_the_report_was_made():
    page = as_fragment(report(created="2026-05-01T12:00:00+02:00", version="1.2.3"))
    assert "2026-05-01 12:00:00+02:00 · robust-mlp 1.2.3 · fit 2.00 s" in page


def test_a_calibration_curve_needs_rows():
    few = replace(report().comparison, n_rows=LEAST_ROWS_OF_CALIBRATION - 1)
    assert "Calibration" in as_fragment(report())
    assert "Calibration" not in as_fragment(report(comparison=few))


def test_attempts_are_listed_where_there_was_more_than_one():
    assert "your settings" not in as_fragment(report())
    shown = cells(REPAIRED)
    assert "1" in shown and "2 (kept)" in shown
    assert "learning_rate=0.002, clip_norm=1.0" in shown
    assert "--" in shown  # the loss of the first attempt is not a number


def test_what_simple_models_and_columns_tell_is_listed():
    shown = cells(NOTHING)
    place = shown.index("linear model", shown.index("p-value"))
    assert shown[place : place + 4] == ["linear model", "0.6900", "0.5100", "0.42"]
    place = shown.index("age &lt;b&gt;")
    assert shown[place : place + 6] == ["age &lt;b&gt;", "F", "2", "0.1", "0.4", "0.0010"]


def test_of_many_classes_the_most_predicted_have_lines():
    shares = tuple(tuple((k + 1) / 210 for k in range(20)) for _ in range(3))
    page = parsed(as_fragment(report(n_classes=20, attempts=(summary(predicted_share=shares),))))
    start = page.texts.index("Share of predictions")
    chart = page.texts[start : page.texts.index("Classes", start)]
    drawn = {text for text in chart if text.startswith("class ")}
    assert drawn == {f"class {k}" for k in range(20 - MAX_CLASSES_DRAWN, 20)}


def test_an_attempt_without_an_epoch_has_no_chart():
    empty = summary(epochs=(), loss=(), validation_loss=(), predicted_share=())
    assert "Log loss</text>" not in as_fragment(report(attempts=(empty,)))
    assert "The training" not in as_fragment(report(attempts=(empty,)))


def test_classes_without_a_name_are_drawn_by_number():
    numbered, unnamed = (as_fragment(report(class_names=names)) for names in (("0", "1"), ()))
    assert unnamed.split('class="figures"')[1] == numbered.split('class="figures"')[1]


def test_figures_that_are_lost_are_not_listed():
    lost = report(attempts=(summary(validation_loss=(math.nan,) * 3),), comparison=None)
    assert "held-out rows</th>" not in as_fragment(lost)
    parsed(as_fragment(lost))


def test_a_page_is_the_fragment_in_a_document_whatever_the_names_letters(tmp_path):
    odd = report(class_names=("größer", "小"))
    write_page(odd, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport"')
    assert "<title>Training report: HEALTHY<" in page
    assert as_fragment(odd) in page
    assert "größer" in page and "小" in page


def test_columns_that_carry_the_network_have_a_table_and_the_others_a_sentence():
    columns = [("<age>", 0.2, 0.1), ("noise", 0.0, -0.1)]
    rises = tuple(ColumnRise(name=name, rise=rise, low=low, high=0.3) for name, rise, low in columns)
    fragment = as_fragment(report(column_rises=rises))
    assert '<th scope="row">&lt;age&gt;</th><td>0.2000</td><td>0.1000 to 0.3000</td>' in fragment
    assert "Columns that carry nothing measurable alone: noise." in fragment
    assert "Columns that carry" not in as_fragment(report())
