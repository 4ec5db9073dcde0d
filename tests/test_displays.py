"""The displays: what is drawn, from what, and what is said when it cannot be drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from robust_mlp.displays import ClassShareDisplay, TrainingCurveDisplay
from tests._report.example_reports import REPAIRED, report, summary


class Fitted(ClassifierMixin, BaseEstimator):
    """A fitted classifier that answers "a" and holds a report."""

    def __init__(self, kept=REPAIRED):
        self.kept = kept
        self.report_ = kept

    def fit(self, X, y):
        """Do nothing: it is fitted."""
        return self

    def predict(self, X):
        """Always "a"."""
        return np.full(len(X), "a")

    def __sklearn_is_fitted__(self):
        return True


class Unfitted(ClassifierMixin, BaseEstimator):
    """A classifier that nobody fitted."""

    def fit(self, X, y):
        """Do nothing."""
        return self


@pytest.fixture(autouse=True)
def closed_figures():
    """Closes what a test drew."""
    yield
    plt.close("all")


def test_training_curves_are_those_of_the_kept_attempt():
    display = TrainingCurveDisplay.from_estimator(Fitted())
    training, held_out = display.lines_
    assert training.get_ydata().tolist() == [0.6, 0.4, 0.3]
    assert held_out.get_ydata().tolist() == [0.65, 0.5, 0.55]
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("Epoch", "Log loss (nats)")
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["training", "held out", "class prior", "kept epoch"]
    assert display.figure_ is display.ax_.figure


def test_another_attempt_can_be_asked_for():
    display = TrainingCurveDisplay.from_estimator(Fitted(), attempt=1)
    assert np.isnan(display.lines_[0].get_ydata()).all()
    with pytest.raises(ValueError) as error:
        TrainingCurveDisplay.from_estimator(Fitted(), attempt=3)
    assert str(error.value) == "attempt=3 is not among the 2 of this fit. Pass a number from 1 to 2, or None."


def test_without_held_out_rows_there_is_one_curve():
    bare = Fitted(report(comparison=None, attempts=(summary(validation_loss=()),)))
    assert len(TrainingCurveDisplay.from_estimator(bare).lines_) == 1


def test_axes_of_the_callers_own_are_drawn_on():
    _, ax = plt.subplots()
    assert TrainingCurveDisplay.from_estimator(Fitted(), ax=ax).ax_ is ax
    _, ax = plt.subplots()
    assert ClassShareDisplay.from_estimator(Fitted(), ax=ax).ax_ is ax


def test_class_shares_run_over_the_epochs():
    display = ClassShareDisplay.from_estimator(Fitted())
    assert [line.get_ydata().tolist() for line in display.lines_] == [[1.0, 0.7, 0.52], [0.0, 0.3, 0.48]]
    assert display.bars_ is None
    assert display.predicted_share.tolist() == [0.52, 0.48]
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["class 0", "class 1"]


def test_many_classes_draw_the_ten_most_predicted():
    shares = tuple(tuple((k + 1) / 210 for k in range(20)) for _ in range(3))
    many = Fitted(report(n_classes=20, attempts=(summary(predicted_share=shares),)))
    display = ClassShareDisplay.from_estimator(many)
    assert [line.get_label() for line in display.lines_] == [f"class {k}" for k in range(10, 20)]


def test_predictions_are_drawn_as_bars():
    display = ClassShareDisplay.from_predictions(["a", "a", "b", "c"], ["a", "a", "a", "d"])
    assert display.class_names == ["a", "b", "c", "d"]
    assert display.true_share.tolist() == [0.5, 0.25, 0.25, 0.0]
    assert display.predicted_share.tolist() == [0.75, 0.0, 0.0, 0.25]
    true, predicted = display.bars_
    assert [bar.get_height() for bar in predicted] == [0.75, 0.0, 0.0, 0.25]
    assert [bar.get_height() for bar in true] == [0.5, 0.25, 0.25, 0.0]
    assert [label.get_text() for label in display.ax_.get_xticklabels()] == ["a", "b", "c", "d"]
    assert display.lines_ is None


def test_rows_can_be_predicted_and_drawn():
    display = ClassShareDisplay.from_estimator(Fitted(), np.zeros((4, 2)), ["a", "b", "a", "b"])
    assert display.predicted_share.tolist() == [1.0, 0.0]


def test_what_cannot_be_drawn_is_said():
    with pytest.raises(ValueError) as error:
        ClassShareDisplay.from_estimator(Fitted(), np.zeros((4, 2)))
    assert str(error.value) == "Only one of X and y was passed. Pass both, or neither to draw the epochs of the fit."
    none_kept = Fitted(report(attempts=(summary(predicted_share=()),)))
    with pytest.raises(ValueError) as error:
        ClassShareDisplay.from_estimator(none_kept)
    assert str(error.value) == (
        "The fit kept no class shares per epoch: no rows were held out, or there are too many classes. Pass X and y to "
        "draw the shares of predictions."
    )


@pytest.mark.parametrize("display", [TrainingCurveDisplay, ClassShareDisplay])
def test_an_unfitted_estimator_is_refused(display):
    with pytest.raises(NotFittedError):
        display.from_estimator(Unfitted())


def test_a_display_can_be_drawn_again():
    display = ClassShareDisplay.from_predictions([0, 1], [0, 0])
    first = display.ax_
    assert display.plot() is display
    assert display.ax_ is not first
