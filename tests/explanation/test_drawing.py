"""What is drawn of importances and effects."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from robust_mlp.explanation._drawing import classes_to_draw, draw_effect, draw_importances
from tests.explanation.example_explanations import importance, level_effect, number_effect


@pytest.fixture
def ax():
    """Axes that are closed after the test."""
    yield plt.subplots()[1]
    plt.close("all")


def test_the_most_important_column_is_at_the_top_and_noise_is_grey(ax):
    bars = draw_importances(ax, [importance("a", value=0.3), importance("b", value=0.2), importance("c", value=0.0)])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["c", "b", "a"]
    assert [bar.get_width() for bar in bars] == [0.0, 0.2, 0.3]
    colours = [bar.get_facecolor() for bar in bars]
    assert colours[0] != colours[1] == colours[2]


def test_a_number_is_a_line_with_its_density_below(ax):
    (line,) = draw_effect(ax, number_effect(), ("no", "yes"))
    assert line.get_ydata().tolist() == [-1.5, -0.5, 0.5, 1.5]
    heights = [patch.get_height() for patch in ax.patches]
    assert heights[1] == pytest.approx(2 * heights[0]) and len(heights) == 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "Effect on the log-odds of yes")


def test_levels_are_points_over_their_names(ax):
    (line,) = draw_effect(ax, level_effect(), ("no", "yes"))
    assert line.get_linestyle() == "None"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["Rome", "Oslo", "Lima"]


def test_probabilities_are_drawn_when_asked_for(ax):
    (line,) = draw_effect(ax, number_effect(), ("no", "yes"), scale="probability")
    np.testing.assert_allclose(line.get_ydata(), [0.125, 0.375, 0.625, 0.875])
    assert ax.get_ylabel() == "Mean probability of yes"


def test_the_additive_members_are_dashed_beside_the_whole(ax):
    both = draw_effect(ax, number_effect(additive=number_effect().log_odds / 2), ("no", "yes"))
    assert [line.get_linestyle() for line in both] == ["-", "--"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["yes", "yes, additive members"]


def test_of_many_classes_those_that_move_most_are_drawn():
    assert classes_to_draw(np.zeros((3, 2))) == [1]
    assert classes_to_draw(np.outer([0.0, 1.0], np.arange(12))) == list(range(4, 12))


def test_of_several_classes_the_additive_members_are_not_drawn(ax):
    lines = draw_effect(ax, number_effect(additive=number_effect().log_odds / 2), ("no", "yes"), codes=[0, 1])
    assert [line.get_linestyle() for line in lines] == ["-", "-"]


@pytest.mark.parametrize("n_classes", [2, 3, 5, 8])
@pytest.mark.parametrize("kind", ["number", "levels"])
def test_the_names_of_the_classes_hide_no_curve(kind, n_classes):
    effect = number_effect() if kind == "number" else level_effect()
    values = np.outer(effect.log_odds[:, 1], np.linspace(0.5, 1, n_classes))
    ax = plt.subplots(figsize=(4.2, 3.2), layout="constrained")[1]
    lines = draw_effect(
        ax, replace(effect, log_odds=values), [f"class {k}" for k in range(n_classes)], codes=range(n_classes)
    )
    ax.figure.canvas.draw()
    bottom = ax.get_legend().get_window_extent().y0
    highest = max(ax.transData.transform((0, line.get_ydata().max()))[1] for line in lines)
    assert highest < bottom
    plt.close("all")
