"""Displays of explanations: from an estimator and from an explanation, on given axes, and what they refuse."""

import matplotlib.pyplot as plt
import pytest

from robust_mlp.displays import FeatureEffectDisplay, FeatureImportanceDisplay
from tests.explanation.example_explanations import example
from tests.explanation.known_answers import mixed_network


@pytest.fixture(autouse=True)
def closed_figures():
    """Closes what a test drew."""
    yield
    plt.close("all")


def test_importances_are_drawn_from_an_estimator():
    clf, frame, y = mixed_network()
    display = FeatureImportanceDisplay.from_estimator(clf, frame, y, max_columns=3, random_state=0)
    assert len(display.bars_) == 3
    assert display.figure_ is display.ax_.figure
    assert display.ax_.get_yticklabels()[-1].get_text() in ("age", "city")


def test_importances_of_groups_are_drawn_from_an_explanation_on_given_axes():
    ax = plt.subplots()[1]
    display = FeatureImportanceDisplay.from_explanation(example(), kind="group", ax=ax)
    assert display.ax_ is ax
    assert [text.get_text() for text in ax.get_yticklabels()] == ["noise", "age + city"]


def test_effects_are_drawn_from_an_estimator():
    clf, frame, _ = mixed_network()
    display = FeatureEffectDisplay.from_estimator(clf, frame, columns=["city", "day"], random_state=0)
    assert [ax.get_xlabel() for ax in display.axes_] == ["city", "day"]
    assert [len(lines) for lines in display.lines_] == [3, 3]  # three classes
    assert display.axes_[1].get_xticklabels()[0].get_text().startswith("20")


def test_effects_are_drawn_from_an_explanation_for_the_classes_asked_for():
    display = FeatureEffectDisplay.from_explanation(example(), "age", classes=["no"], scale="probability")
    ((line,),) = display.lines_
    assert line.get_label() == "no"
    assert line.get_ydata().tolist() == [0.875, 0.625, 0.375, 0.125]


def test_without_names_the_largest_effects_are_drawn():
    display = FeatureEffectDisplay.from_explanation(example())
    assert [ax.get_xlabel() for ax in display.axes_] == ["age", "city", "noise"]
    assert len(display.figure_.axes) == 3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"columns": "agee"}, "There is no column 'agee'. Did you mean 'age'?"),
        ({"columns": "age", "classes": ["yess"]}, "There is no class 'yess'. Did you mean 'yes'?"),
        ({"columns": "age", "scale": "odds"}, "scale='odds' is unknown. Pass 'log_odds' or 'probability'."),
    ],
)
def test_what_does_not_exist_is_refused(arguments, message):
    with pytest.raises(ValueError) as error:
        FeatureEffectDisplay.from_explanation(example(), **arguments)
    assert str(error.value) == message


@pytest.mark.parametrize("max_columns", [0, -1, 2.5, True])
def test_at_least_one_bar_is_drawn(max_columns):
    with pytest.raises(ValueError) as error:
        FeatureImportanceDisplay.from_explanation(example(), max_columns=max_columns)
    assert str(error.value) == f"max_columns={max_columns!r} must be an int >= 1."


def test_no_column_is_no_figure():
    with pytest.raises(ValueError) as error:
        FeatureEffectDisplay.from_explanation(example(), [])
    assert str(error.value) == "columns names no column. Pass at least one name or number, or None for all columns."


def test_each_effect_needs_axes():
    with pytest.raises(ValueError) as error:
        FeatureEffectDisplay.from_explanation(example(), ["age", "city"], ax=plt.subplots()[1])
    assert str(error.value) == "ax holds 1 axes, and there are 2 effects. Pass one for each."


@pytest.mark.parametrize("display", [FeatureImportanceDisplay, FeatureEffectDisplay])
def test_what_is_no_explanation_is_refused(display):
    with pytest.raises(TypeError, match=r"dict is no explanation\. Pass what robust_mlp\.explain returns"):
        display.from_explanation({})


def test_nothing_to_draw_is_an_error():
    with pytest.raises(ValueError, match="There is no importance to draw"):
        FeatureImportanceDisplay([]).plot()
    with pytest.raises(ValueError, match="There is no effect to draw"):
        FeatureEffectDisplay([], ["a"]).plot()
    with pytest.raises(ValueError, match="classes is empty"):
        FeatureEffectDisplay.from_explanation(example(), classes=[])


def test_columns_by_number_and_one_class_by_its_name():
    names = example().class_names
    display = FeatureEffectDisplay.from_explanation(example(), [1, 0], classes=names[0])
    assert [ax.get_xlabel() for ax in display.axes_] == [example().columns[1], example().columns[0]]
    assert display.axes_[0].get_ylabel() == f"Effect on the log-odds of {names[0]}"
