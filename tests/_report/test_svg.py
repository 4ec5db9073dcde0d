"""Charts as SVG: gaps, places and labels."""

import math
import re

import numpy as np
import pytest

from robust_mlp._report.svg import (
    BOTTOM,
    COLOURS,
    HEIGHT,
    LEFT,
    MOST_TICKS,
    QUIET,
    RIGHT,
    TOP,
    WIDTH,
    line_chart,
    ticks,
)
from tests._report.html_parsing import parsed


def test_charts_leave_gaps_where_numbers_are_lost():
    svg = line_chart("Loss", (1, 2, 3, 4, 5), [("training", (1.0, 0.5, math.nan, 0.4, 0.3))])
    lines = [tag for tag in svg.split("<") if tag.startswith("polyline") and COLOURS[0] in tag]
    assert len(lines) == 2
    assert line_chart("Loss", (1, 2), [("training", (math.nan, math.nan))]) == ""
    assert line_chart("Loss", (), [("training", ())]) == ""
    parsed(line_chart("Loss", (1,), [("training", (0.5,))], lines=(("prior", 0.5),), marks=(1,)))


X, LOSSES = (1, 2, 3, 4), (1.0, 0.5, 0.25, 0.75)


def points(svg, colour):
    """Lists of the points (x, y) of each line whose stroke is of a colour, or of a kind: "level" or "mark"."""
    kinds = {"level": f'{QUIET} stroke-dasharray="6 3"', "mark": f'{QUIET} stroke-dasharray="2 3"'}
    colour = kinds.get(colour, f'stroke="{colour}"')
    lines = re.findall(rf'<polyline points="([^"]+)" {colour}', svg)
    return [[tuple(map(float, point.split(","))) for point in line.split()] for line in lines]


def test_a_line_goes_from_the_left_edge_to_the_right_and_higher_values_lie_higher():
    ((first, second, third, last),) = points(line_chart("Loss", X, [("training", LOSSES)]), COLOURS[0])
    assert (first[0], last[0]) == (LEFT, WIDTH - RIGHT)
    assert second[0] - first[0] == pytest.approx(third[0] - second[0], abs=0.11)  # places have one decimal
    assert first[1] < last[1] < second[1] < third[1]  # SVG counts from the top
    # In proportion to the values: from 1.0 to .25 is three times as far as from .5 to .25.
    assert third[1] - first[1] == pytest.approx(3 * (third[1] - second[1]), abs=0.3)


@pytest.mark.parametrize("values", [LOSSES, (0.3,) * 4, (0.0,) * 4, (-1e9, 1e9, 0.0, 5.0)])
def test_every_point_lies_within_the_frame(values):
    svg = line_chart("Loss", X, [("training", values)], lines=(("prior", 0.3),), marks=(2,))
    for colour in (COLOURS[0], "level", "mark"):
        for line in points(svg, colour):
            assert all(LEFT <= x <= WIDTH - RIGHT and TOP <= y <= HEIGHT - BOTTOM for x, y in line)


def test_a_level_line_is_level_and_a_mark_is_upright():
    svg = line_chart("Loss", X, [("training", LOSSES)], lines=(("prior", 0.6),), marks=(3,))
    ((left, right),) = points(svg, "level")
    assert left[1] == right[1] and (left[0], right[0]) == (LEFT, WIDTH - RIGHT)
    ((low, high),) = points(svg, "mark")
    assert low[0] == high[0] and (high[1], low[1]) == (TOP, HEIGHT - BOTTOM)


def test_a_level_line_belongs_to_the_range():
    svg = line_chart("Loss", X, [("training", LOSSES)], lines=(("prior", 9.0),))
    ((left, _),) = points(svg, "level")
    assert left[1] < min(y for _, y in points(svg, COLOURS[0])[0])


def test_a_level_line_that_is_no_number_is_left_out():
    svg = line_chart("Loss", X, [("training", LOSSES)], lines=(("prior", math.nan),))
    assert svg == line_chart("Loss", X, [("training", LOSSES)])


def test_lines_of_many_series_have_colours_in_turn_and_a_legend():
    svg = line_chart("Shares", X, [(f"class {k}", LOSSES) for k in range(len(COLOURS) + 1)])
    assert len(points(svg, COLOURS[0])) == 2
    assert all(len(points(svg, colour)) == 1 for colour in COLOURS[1:])
    assert all(f"class {k}" in parsed(svg).texts for k in range(len(COLOURS) + 1))


def test_the_legend_makes_the_chart_longer_and_long_names_shorter():
    def height(*names):
        svg = line_chart("Loss", X, [(name, LOSSES) for name in names])
        return float(re.search(rf'viewBox="0 0 {WIDTH} (\d+)"', svg).group(1))

    assert height("a") == height("a", "b") < height("a", "b", "c")
    assert "n" * 25 + "..." in parsed(line_chart("Loss", X, [("n" * 40, LOSSES)])).texts
    assert "n" * 26 in parsed(line_chart("Loss", X, [("n" * 26, LOSSES)])).texts


def test_names_and_titles_cannot_break_the_chart():
    odd = '<b> & "c"'
    page = parsed(line_chart(odd, X, [(odd, LOSSES)], x_label=odd, y_label=odd, lines=((odd, 0.5),)))
    assert "b" not in page.seen
    assert page.texts.count(odd) == 5
    assert ("aria-label", odd) in page.attributes


def test_axes_have_the_ends_of_the_data_written_on_them():
    texts = parsed(line_chart("Loss", (10, 20, 30), [("training", (0.0, 1.0, 0.5))], y_label="nats")).texts
    assert {"10", "15", "20", "25", "30", "epoch", "nats"} <= set(texts)
    assert {"0", "0.5", "1"} <= set(texts)


@pytest.mark.parametrize(
    "low, high, expected",
    [
        (1, 12, [1, 5, 10]),
        (1, 3, [1, 2, 3]),
        (1, 200, [1, 50, 100, 150, 200]),
        (1, 41, [1, 10, 20, 30, 40]),
        (0, 112, [0, 50, 100]),
    ],
)
def test_epochs_are_whole_numbers_and_the_first_is_named(low, high, expected):
    assert ticks(low, high, is_whole=True) == expected


@pytest.mark.parametrize("low, high", [(0.0, 1.0), (-1e-9, 1e-9), (0.2371, 0.2379), (-3e7, 8e8), (1e-300, 3e-300)])
def test_ticks_are_few_round_and_within_the_range(low, high):
    values = ticks(low, high)
    assert 2 <= len(values) <= MOST_TICKS
    assert all(low - 1e-9 * (high - low) <= value <= high + 1e-9 * (high - low) for value in values)
    steps = np.diff(values)
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
    assert f"{steps[0]:.0e}"[0] in "125"


def test_with_a_diagonal_both_axes_go_from_0_to_1():
    svg = line_chart("Calibration", (0.25, 0.75), [("network", (0.5, 1.0))], diagonal="calibrated")
    ((first, last),) = points(svg, COLOURS[0])
    ((start, end),) = points(svg, "level")
    assert start == (LEFT, HEIGHT - BOTTOM) and end == (WIDTH - RIGHT, TOP)
    assert first[1] == (TOP + HEIGHT - BOTTOM) / 2 and last[1] == TOP
    assert svg.count("<circle") == 2


def test_text_and_axes_take_the_colour_of_the_page():
    svg = line_chart("Loss", X, [("training", LOSSES)], lines=(("prior", 0.5),), marks=(1,))
    assert 'fill="currentColor"' in svg
    assert set(re.findall(r'stroke="([^"]+)"', svg)) == {"currentColor", COLOURS[0]}


def test_the_legend_has_two_names_a_line_within_the_chart():
    svg = line_chart("Loss", X, [(name, LOSSES) for name in "abc"])
    places = [
        tuple(map(float, place)) for place in re.findall(r'<line x1="([\d.]+)" y1="([\d.]+)"[^>]* stroke-width', svg)
    ]
    (left, top), (right, beside), (below_left, below) = places
    assert left == below_left == LEFT < right < WIDTH / 2 + LEFT
    assert HEIGHT < top == beside < below < float(re.search(rf'viewBox="0 0 {WIDTH} (\d+)"', svg).group(1))
