"""Charts as SVG: gaps, places and labels."""

import math

from robust_mlp._report.svg import line_chart
from tests._report.html_parsing import parsed


def test_charts_leave_gaps_where_numbers_are_lost():
    svg = line_chart("Loss", (1, 2, 3, 4, 5), [("training", (1.0, 0.5, math.nan, 0.4, 0.3))])
    lines = [tag for tag in svg.split("<") if tag.startswith("polyline") and "#0072B2" in tag]
    assert len(lines) == 2
    assert line_chart("Loss", (1, 2), [("training", (math.nan, math.nan))]) == ""
    assert line_chart("Loss", (), [("training", ())]) == ""
    parsed(line_chart("Loss", (1,), [("training", (0.5,))], lines=(("prior", 0.5),), marks=(1,)))
