"""What is drawn of importances and effects."""

from dataclasses import replace
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from robust_mlp.explanation._drawing import classes_to_draw, draw_effect, draw_importances
from tests.explanation.example_explanations import importance, level_effect, number_effect


def fine_effect(additive=None):
    """The effect of a number at 13 values, from 0 to 3."""
    effect, x = number_effect(), np.linspace(0, 3, 13)

    def between(values):
        return np.column_stack([np.interp(x, effect.positions, column) for column in values.T])

    return replace(
        effect,
        values=tuple(x),
        positions=tuple(x),
        shares=np.concatenate([[0.0], np.repeat(effect.shares[1:] / 4, 4)]),
        log_odds=between(effect.log_odds),
        probability=between(effect.probability),
        additive=additive,
    )


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
    (line,) = draw_effect(ax, fine_effect(), ("no", "yes"))
    assert line.get_ydata()[::4].tolist() == [-1.5, -0.5, 0.5, 1.5]
    heights = [patch.get_height() for patch in ax.patches]
    assert heights[4] == pytest.approx(2 * heights[0]) and len(heights) == 12
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("age", "Effect on the log-odds of yes")


def test_a_number_of_few_values_is_points_at_these_values_without_a_density(ax):
    (line,) = draw_effect(ax, replace(number_effect(), positions=(0.0, 1.0, 2.5, 4.0)), ("no", "yes"))
    assert (line.get_marker(), line.get_linestyle()) == ("o", ":")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1", "2.5", "4"]
    assert not ax.patches


@pytest.mark.parametrize(("n_levels", "length"), [(3, 4), (4, 25), (20, 3), (20, 25)])
def test_names_of_levels_do_not_overlap(n_levels, length):
    ax = plt.subplots(figsize=(4.2, 3.2), layout="constrained")[1]
    names = [str(i).rjust(length, "x") for i in range(n_levels)]
    values = np.zeros((n_levels, 2))
    shares = np.full(n_levels, 1 / n_levels)
    places = tuple(map(float, range(n_levels)))
    effect = replace(level_effect(), values=tuple(names), positions=places, shares=shares, log_odds=values)
    draw_effect(ax, effect, ("no", "yes"))
    ax.figure.canvas.draw()
    assert [text.get_text() for text in ax.get_xticklabels()] == names
    if ax.get_xticklabels()[0].get_rotation() % 90 == 0:  # the boxes of slanted texts overlap, the texts do not
        boxes = [text.get_window_extent() for text in ax.get_xticklabels()]
        assert all(left.x1 <= right.x0 + 1 for left, right in pairwise(boxes))
    plt.close("all")


def test_levels_are_points_over_their_names(ax):
    (line,) = draw_effect(ax, level_effect(), ("no", "yes"))
    assert line.get_linestyle() == "None"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["Rome", "Oslo", "Lima"]


def test_probabilities_are_drawn_when_asked_for(ax):
    (line,) = draw_effect(ax, fine_effect(), ("no", "yes"), scale="probability")
    np.testing.assert_allclose(line.get_ydata()[::4], [0.125, 0.375, 0.625, 0.875])
    assert ax.get_ylabel() == "Mean probability of yes"


def test_the_additive_members_are_dashed_beside_the_whole(ax):
    both = draw_effect(ax, fine_effect(additive=fine_effect().log_odds / 2), ("no", "yes"))
    assert [line.get_linestyle() for line in both] == ["-", "--"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["yes", "yes, additive members"]


def test_of_many_classes_those_that_move_most_are_drawn():
    assert classes_to_draw(np.zeros((3, 2))) == [1]
    assert classes_to_draw(np.outer([0.0, 1.0], np.arange(12))) == list(range(4, 12))


def test_of_several_classes_the_additive_members_are_not_drawn(ax):
    lines = draw_effect(ax, fine_effect(additive=fine_effect().log_odds / 2), ("no", "yes"), codes=[0, 1])
    assert [line.get_linestyle() for line in lines] == ["-", "-"]


@pytest.mark.parametrize("n_classes", [2, 3, 5, 8])
@pytest.mark.parametrize("kind", ["number", "levels"])
def test_the_names_of_the_classes_hide_no_curve(kind, n_classes):
    effect = fine_effect() if kind == "number" else level_effect()
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
