"""Names in figures: short, on one line, and no formulas."""

import matplotlib.pyplot as plt
import pytest

from robust_mlp._report.figure_texts import LONGEST_NAME, shown_text


@pytest.mark.parametrize("name", ["price in $", r"$\\alpha_{x}$ and $b$", "plain"])
def test_matplotlib_shows_the_name_itself(name):
    figure = plt.figure()
    text = figure.text(0, 0, shown_text(name))
    figure.canvas.draw()
    assert not text._preprocess_math(text.get_text())[1]  # no formula
    plt.close(figure)


def test_names_are_short_and_on_one_line():
    assert len(shown_text("n" * 100)) == LONGEST_NAME
    assert shown_text("a\nb") == "a\\nb"
