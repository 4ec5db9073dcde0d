"""Figures of a report: the attempt that was kept, its prior and its classes."""

import math

import pytest
from matplotlib.figure import Figure

from robust_mlp._report.figures import MAX_CLASSES_DRAWN, draw_loss, draw_report, draw_shares
from tests._report.example_reports import REPAIRED, report, summary


def test_the_figure_shows_the_attempt_that_was_kept():
    figure = REPAIRED.plot()
    loss, shares = figure.axes
    assert loss.get_lines()[0].get_ydata().tolist() == [0.6, 0.4, 0.3]
    assert [text.get_text() for text in shares.get_legend().get_texts()] == ["class 0", "class 1"]
    assert "REPAIRED: attempt 2 of 2" in figure.get_suptitle()


@pytest.fixture
def ax():
    """Axes of a figure of its own, which no window shows."""
    return Figure().subplots()


def labels(ax):
    """What stands in the legend."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_both_losses_are_drawn_over_the_epochs_with_prior_and_kept_epoch(ax):
    training, held_out = draw_loss(ax, summary(), prior_loss=0.693)
    assert training.get_xdata().tolist() == held_out.get_xdata().tolist() == [1, 2, 3]
    assert held_out.get_ydata().tolist() == [0.65, 0.5, 0.55]
    assert labels(ax) == ["training", "held out", "class prior", "kept epoch"]
    prior, kept = ax.get_lines()[2:]
    assert set(prior.get_ydata()) == {0.693} and set(kept.get_xdata()) == {2}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Epoch", "Log loss (nats)")


def test_what_was_not_measured_is_not_drawn(ax):
    (line,) = draw_loss(ax, summary(validation_loss=()), prior_loss=math.nan)
    assert line.get_label() == "training"
    assert labels(ax) == ["training", "kept epoch"]


def test_each_class_has_a_line_of_its_shares_and_a_mark_of_the_truth_in_its_colour(ax):
    lines = draw_shares(ax, summary(), ["no", "yes"], true_share=(0.6, 0.4))
    assert [line.get_ydata().tolist() for line in lines] == [[1.0, 0.7, 0.52], [0.0, 0.3, 0.48]]
    assert labels(ax) == ["no", "yes"]
    marks = [line for line in ax.get_lines() if line not in lines]
    assert [set(mark.get_ydata()) for mark in marks] == [{0.6}, {0.4}]
    assert [mark.get_color() for mark in marks] == [line.get_color() for line in lines]
    # Just right of the axes, whatever the epochs, where matplotlib would else cut them off.
    assert all(list(mark.get_xdata()) == [1.0, 1.03] and not mark.get_clip_on() for mark in marks)
    assert ax.get_ylim() == (-0.02, 1.02)


def test_of_many_classes_the_most_predicted_are_drawn_in_the_order_of_classes(ax):
    shares = tuple(tuple((k + 1) / 210 for k in range(20)) for _ in range(3))
    lines = draw_shares(ax, summary(predicted_share=shares), range(20))
    assert [line.get_label() for line in lines] == [str(k) for k in range(20 - MAX_CLASSES_DRAWN, 20)]


def test_an_attempt_without_shares_has_axes_and_no_legend(ax):
    assert draw_shares(ax, summary(predicted_share=()), ["no", "yes"]) == []
    assert ax.get_legend() is None


def test_a_report_without_a_comparison_is_drawn_without_prior_and_truth():
    loss, shares = draw_report(report(comparison=None)).axes
    assert "class prior" not in labels(loss)
    assert len(shares.get_lines()) == 2
