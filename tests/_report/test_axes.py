"""Axes of the caller and new ones."""

import matplotlib.pyplot as plt
import pytest

from robust_mlp._report.axes import axes_for_each, axes_or_new


@pytest.fixture(autouse=True)
def closed_figures():
    """Closes what a test drew."""
    yield
    plt.close("all")


def test_the_callers_axes_are_used_and_no_figure_is_made():
    ax = plt.subplots()[1]
    n_figures = len(plt.get_fignums())
    assert axes_or_new(ax, (3, 3)) is ax
    assert axes_for_each(ax, 1, (3, 3), "effects") == [ax]
    assert len(plt.get_fignums()) == n_figures


def test_new_axes_have_the_size_asked_for():
    assert axes_or_new(None, (3, 2)).figure.get_size_inches().tolist() == [3, 2]
    assert axes_or_new(None).figure.get_size_inches().tolist() == plt.rcParams["figure.figsize"]


@pytest.mark.parametrize("n_wanted, size", [(1, (4, 3)), (2, (8, 3)), (3, (12, 3)), (4, (12, 6))])
def test_new_axes_lie_beside_each_other_and_unused_places_are_empty(n_wanted, size):
    axes = axes_for_each(None, n_wanted, (4, 3), "effects")
    assert len(axes) == n_wanted == len(axes[0].figure.axes)
    assert tuple(axes[0].figure.get_size_inches()) == size


def test_too_few_axes_are_refused():
    with pytest.raises(ValueError) as error:
        axes_for_each(plt.subplots()[1], 2, (4, 3), "effects")
    assert str(error.value) == "ax holds 1 axes, and there are 2 effects. Pass one for each."
