"""The report as a page: well formed, on its own, and safe from the names in the table."""

import pytest

from tests._report.example_reports import NOTHING, REPAIRED, report
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
