"""Figures of a report: the attempt that was kept, its prior and its classes."""

import pytest

from tests._report.example_reports import REPAIRED


def test_the_figure_shows_the_attempt_that_was_kept():
    pytest.importorskip("matplotlib")
    figure = REPAIRED.plot()
    loss, shares = figure.axes
    assert loss.get_lines()[0].get_ydata().tolist() == [0.6, 0.4, 0.3]
    assert [text.get_text() for text in shares.get_legend().get_texts()] == ["class 0", "class 1"]
    assert "REPAIRED: attempt 2 of 2" in figure.get_suptitle()
