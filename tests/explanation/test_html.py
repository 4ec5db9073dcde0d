"""The explanation as HTML: complete, escaped, and without other files."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from robust_mlp.explanation._html import as_fragment, effect_chart, row_chart, write_page
from robust_mlp.explanation.contributions import ColumnContribution, RowEvidence
from tests.explanation.example_explanations import example, importance, number_effect, row_contributions


def test_the_page_has_every_section(tmp_path):
    path = tmp_path / "page.html"
    write_page(example(), path)
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<h1>Which columns matter</h1>" in page
    for title in ("Importance", "Columns that say nearly the same", "How they matter", "Pairs of columns"):
        assert f"<h2>{title}</h2>" in page
    assert page.count("<svg") == 1 + 3 + 1  # importance, effects, pair
    assert "http://www.w3.org/2000/svg" in page and "<script" not in page and "href" not in page


def test_every_figure_is_well_formed():
    fragment = as_fragment(example())
    for piece in fragment.split("<svg")[1:]:
        ElementTree.fromstring("<svg" + piece.split("</svg>")[0] + "</svg>")


def test_names_of_columns_and_classes_are_escaped():
    odd = example(
        class_names=("<no>", "yes & no"),
        columns=("<b>",),
        importance=(importance("<b>", per_class=(0.1, 0.1)),),
        groups=(),
        effects=(number_effect("<b>"),),
        pairs=(),
    )
    fragment = as_fragment(odd)
    assert "<b>" not in fragment
    assert "&lt;b&gt;" in fragment and "&lt;no&gt;" in fragment


def test_what_was_not_measured_has_no_section():
    fragment = as_fragment(example(groups=(), effects=(), pairs=()))
    assert fragment.count("<h2>") == 1


@pytest.mark.parametrize("n_classes, n_lines", [(2, 1), (3, 3), (12, 8)])
def test_one_of_two_classes_is_drawn_and_of_many_those_that_move_most(n_classes, n_lines):
    curve = np.outer(np.arange(4.0), np.arange(n_classes))
    effect = number_effect()
    effect = type(effect)(
        **{**{name: getattr(effect, name) for name in effect.__dataclass_fields__}, "log_odds": curve}
    )
    chart = effect_chart(effect, tuple(f"class {i}" for i in range(n_classes)))
    assert chart.count('stroke-width="1.6"') == n_lines


def test_the_additive_curve_is_drawn_beside_the_effect():
    chart = effect_chart(number_effect(additive=number_effect().log_odds / 2), ("no", "yes"))
    assert "yes, additive members" in chart


def test_rows_with_contributions_have_a_section_and_a_figure_each():
    fragment = as_fragment(example(contributions=row_contributions(3)))
    assert "<h2>What speaks for the prediction of single rows</h2>" in fragment
    assert fragment.count('aria-label="Row ') == 3
    assert "age = 32" in fragment and "The first" not in fragment
    many = as_fragment(example(contributions=row_contributions(25)))
    assert many.count('aria-label="Row ') == 20 and "The first 20 of 25 rows." in many
    assert "single rows" not in as_fragment(example())


def test_the_weak_columns_of_a_row_are_drawn_together():
    columns = [ColumnContribution(name=f"c{j}", value="<&>", contribution=1.0 - 0.05 * j) for j in range(12)]
    evidence = RowEvidence(for_class="<b>", against=None, base_value=0.0, log_odds=8.7, columns=tuple(columns))
    chart = row_chart(evidence, "Row 1")
    ElementTree.fromstring(chart)
    assert chart.count("<rect") == 11 and "2 other columns" in chart and "+0.95" in chart
    assert "1 other column<" in row_chart(
        RowEvidence(for_class=1, against=0, base_value=0.0, log_odds=8.7, columns=tuple(columns[:11])), "Row 1"
    )
