"""Charts of explanations as SVG: bars as long as their values, and nothing where there is nothing to draw."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from robust_mlp.explanation._svg import (
    MAX_STRENGTH,
    NOTHING,
    contribution_chart,
    curve_chart,
    heat_map,
    importance_chart,
    level_chart,
)
from tests.explanation.example_explanations import importance


def bars(svg):
    """(width, fill) of each bar."""
    return [(float(width), fill) for width, fill in re.findall(r'<rect .*?width="([\d.]+)".*?fill="(#\w+)"', svg)]


def test_bars_are_as_long_as_the_importance_and_grey_where_the_interval_holds_zero():
    svg = importance_chart([importance("a", value=0.2), importance("b", value=0.1), importance("c", value=0.01)])
    (first, _), (second, _), (_, grey) = bars(svg)
    assert first == pytest.approx(2 * second, abs=0.2)
    assert grey == NOTHING
    ElementTree.fromstring(svg)


@pytest.mark.parametrize("name, least, most", [("x1", 300, 358), ("n" * 80, 450, 540)])
def test_a_chart_of_importances_is_as_wide_as_its_names_need(name, least, most):
    svg = importance_chart([importance(name, value=0.2)])
    assert least <= float(re.search(r'width="(\d+)"', svg)[1]) <= most


def test_an_interval_that_is_no_number_is_left_out():
    assert importance_chart([importance("a", value=float("nan"))]) == ""


def test_levels_have_a_bar_for_each_class_and_their_share():
    svg = level_chart("city", ["Rome", "Oslo"], [("no", [-1.0, 0.5]), ("yes", [1.0, -0.5])], [0.75, 0.25])
    assert "Rome (75%)" in svg and "Oslo (25%)" in svg
    widths = [width for width, _ in bars(svg)][:4]
    assert widths[0] == pytest.approx(2 * widths[2], abs=0.2)
    ElementTree.fromstring(svg)


def test_cells_of_a_heat_map_are_as_strong_as_their_values():
    svg = heat_map("a x b", ["0", "1"], ["u", "v"], [[1.0, -0.5], [0.0, 0.25]])
    strengths = [float(strength) for strength in re.findall(r'fill-opacity="([\d.]+)"', svg)]
    assert strengths == pytest.approx([MAX_STRENGTH * share for share in (1.0, 0.5, 0.0, 0.25)], abs=0.01)
    ElementTree.fromstring(svg)


def test_long_names_are_cut_and_odd_ones_escaped():
    svg = importance_chart([importance("<" + "n" * 80, value=0.2)])
    assert "n" * 40 not in svg
    ElementTree.fromstring(svg)


def test_curves_run_over_the_whole_axis_with_the_density_below():
    x, shares = [0.0, 0.001, 0.003], [0.0, 0.5, 0.5]
    svg = curve_chart("small", x, [("yes", [-1.0, 0.0, 1.0], False), ("no", [0.0] * 3, True)], shares, [(0.0, "zero")])
    solid, dashed = re.findall(r'<polyline points="([^"]+)" stroke="#\w+" stroke-width="1.6"', svg)
    points = [tuple(map(float, point.split(","))) for point in solid.split()]
    assert points[0][0] < points[1][0] < points[2][0]
    assert points[1][0] - points[0][0] == pytest.approx((points[2][0] - points[0][0]) / 3, abs=0.2)
    assert points[0][1] > points[1][1] > points[2][1]
    assert len(dashed.split()) == 3
    first, second = [float(height) for height in re.findall(r'height="([\d.]+)" fill="currentColor"', svg)]
    assert first == pytest.approx(2 * second, abs=0.1)  # the same share over half the length
    assert ">zero</text>" in svg
    ElementTree.fromstring(svg)


def test_bars_of_contributions_go_to_both_sides_of_zero():
    svg = contribution_chart("Row 1", [("a", 2.0), ("b", -1.0), ("c", 0.0)], "a note")
    ElementTree.fromstring(svg)
    (first, blue), (second, orange), (nothing, _) = bars(svg)
    assert first == pytest.approx(2 * second, abs=0.2) and nothing == 0
    assert blue != orange
    left = [float(x) for x in re.findall(r'<rect x="([\d.]+)"', svg)]
    assert left[1] + second == pytest.approx(left[0], abs=0.2)  # both begin at 0
    assert "+2.00" in svg and "-1.00" in svg and "a note" in svg
    ElementTree.fromstring(contribution_chart("nothing", [("a", 0.0)], ""))
