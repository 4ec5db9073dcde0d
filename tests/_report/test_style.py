"""Colours can be told apart and read; a page is a complete document."""

import pytest

from robust_mlp._core.records import Verdict
from robust_mlp._report.style import FRAGMENT_STYLE, SEVERITY_COLOURS, VERDICT_COLOURS, chip, page_around
from tests._report.html_parsing import parsed

LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3


def luminance(colour):
    """Relative luminance of "#rrggbb" (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", sorted({*VERDICT_COLOURS.values(), *SEVERITY_COLOURS.values()}))
def test_white_text_can_be_read_on_every_colour(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= LEAST_CONTRAST


def test_each_verdict_has_a_colour_of_its_own():
    assert VERDICT_COLOURS.keys() == {verdict.value for verdict in Verdict}
    assert len(set(VERDICT_COLOURS.values())) == len(VERDICT_COLOURS)


def test_a_fragment_brings_no_colour_for_text_and_no_background_of_its_own():
    """A notebook may be light or dark, whatever the system is."""
    assert "color-scheme" not in FRAGMENT_STYLE
    assert ".robust-mlp {font" in FRAGMENT_STYLE
    own = FRAGMENT_STYLE.split(".robust-mlp {")[1].split("}")[0]
    assert "color" not in own and "background" not in own


def test_a_page_is_a_complete_document():
    page = parsed(page_around("A title", chip("ERROR", "#b42318")))
    assert page.seen[:2] == ["html", "head"]
    assert {"title", "body", "main"} <= set(page.seen)
    assert "A title" in page.texts and "ERROR" in page.texts
