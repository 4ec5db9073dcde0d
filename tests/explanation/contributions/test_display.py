"""Figures of contributions: bars for one row, points for many, and what cannot be drawn."""

from dataclasses import replace
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from robust_mlp.displays import ContributionDisplay
from robust_mlp.explanation.contributions import Contributions

RNG = np.random.default_rng(0)
TWO = Contributions(
    values=np.array([[0.5, -2.0, 0.1], [1.0, 0.2, 0.3]]),
    base_values=np.array([0.25, 0.25]),
    data=np.array([["north", 2.0, None], ["south", 3.0, "x" * 40]], dtype=object),
    feature_names=("region", "rooms", "note"),
    classes=("no", "yes"),
    target=("yes", "no"),
    method="exact",
    n_coalitions=6,
)
THREE = replace(
    TWO,
    values=RNG.normal(size=(2, 3, 3)),
    base_values=RNG.normal(size=(2, 3)),
    classes=("a", "b", "c"),
    target=(),
    _log_probabilities=(RNG.normal(size=(2, 3, 3)), RNG.normal(size=(2, 3))),
)


@pytest.fixture(autouse=True)
def closed_figures():
    """Closes what a test drew."""
    yield
    plt.close("all")


def labels_of(display):
    return [text.get_text() for text in display.ax_.get_yticklabels()]


def test_bars_are_the_values_of_the_row_with_the_users_own_cells():
    display = ContributionDisplay.from_explanation(TWO, row=0)
    assert [bar.get_width() for bar in display.bars_] == [-2.0, 0.5, 0.1]
    assert labels_of(display) == ["rooms = 2", "region = north", "note = missing"]
    assert display.ax_.get_title() == "Log-odds: +0.25 (background) -1.40 (columns) = -1.15"
    assert display.ax_.get_xlabel() == "Contribution to the log-odds of 'yes' against 'no' (nats)"
    assert display.points_ is None and display.figure_ is display.ax_.figure


def test_the_largest_columns_are_drawn_and_the_rest_summed_up():
    display = ContributionDisplay.from_explanation(TWO, row=0, max_columns=1)
    assert_allclose([bar.get_width() for bar in display.bars_], [-2.0, 0.6])
    assert labels_of(display) == ["rooms = 2", "2 other columns"]
    assert labels_of(ContributionDisplay.from_explanation(TWO, row=-1, max_columns=2))[-1] == "1 other column"


def test_a_long_cell_is_cut():
    assert max(map(len, labels_of(ContributionDisplay.from_explanation(TWO, row=1)))) < 40


def test_points_are_the_values_of_all_rows():
    display = ContributionDisplay.from_explanation(TWO)
    assert labels_of(display) == ["rooms", "region", "note"]
    assert_allclose([points.get_offsets()[:, 0] for points in display.points_], TWO.values[:, [1, 0, 2]].T)
    assert display.bars_ is None


def test_points_of_a_column_stay_in_its_line():
    many = replace(TWO, values=RNG.normal(size=(500, 3)), base_values=np.zeros(500), data=RNG.normal(size=(500, 3)))
    display = ContributionDisplay.from_explanation(many)
    for place, points in zip((2, 1, 0), display.points_, strict=True):
        heights = points.get_offsets()[:, 1]
        assert np.abs(heights - place).max() <= 0.5
        assert len(np.unique(heights.round(6))) > 10


def test_points_of_missing_cells_are_seen():
    data = RNG.normal(size=(30, 3))
    data[::3, 0] = np.nan
    some = replace(TWO, values=RNG.normal(size=(30, 3)), base_values=np.zeros(30), data=data)
    display = ContributionDisplay.from_explanation(some)
    display.figure_.canvas.draw()
    for name, points in zip(labels_of(display), display.points_, strict=True):
        colours = points.get_facecolors()
        assert (colours[:, 3] == 1).all()
        is_grey = np.ptp(colours[:, :3], axis=1) == 0
        assert is_grey.tolist() == (np.isnan(data[:, 0]) if name == "region" else np.zeros(30, dtype=bool)).tolist()


def test_constant_columns_and_equal_values_can_be_drawn():
    same = replace(TWO, values=np.zeros((2, 3)), data=np.ones((2, 3)))
    ContributionDisplay.from_explanation(same).figure_.canvas.draw()
    ContributionDisplay.from_explanation(same, row=0).figure_.canvas.draw()


def test_several_classes_need_a_label():
    with pytest.raises(ValueError) as error:
        ContributionDisplay.from_explanation(THREE)
    assert str(error.value) == "There are 3 classes. Pass label, one of 'a', 'b', 'c', and against if needed."
    display = ContributionDisplay.from_explanation(THREE, label="b", row=0)
    assert "'b' against all others" in display.ax_.get_xlabel()
    pair = ContributionDisplay.from_explanation(THREE, label="b", against="c", row=0)
    assert_allclose(sorted(bar.get_width() for bar in pair.bars_), sorted(THREE.against("b", "c").values[0]))
    with pytest.raises(ValueError, match="against='c' needs a label"):
        ContributionDisplay.from_explanation(THREE, against="c")


def test_the_bars_of_a_row_are_for_its_predicted_class_where_none_is_named():
    evidence = THREE.evidence(1)
    display = ContributionDisplay.from_explanation(THREE, row=1)
    assert display.contributions.target == (evidence.for_class, evidence.against)
    assert_allclose([bar.get_width() for bar in display.bars_], [one.contribution for one in evidence.columns])


@pytest.mark.parametrize("row", [2, -3, 0.5, True, "0"])
def test_rows_that_do_not_exist(row):
    with pytest.raises(ValueError, match=r"is not one of the 2 rows\. Pass an int from 0 to 1, or None"):
        ContributionDisplay.from_explanation(TWO, row=row)


def test_an_explanation_may_hold_the_contributions():
    assert ContributionDisplay.from_explanation(SimpleNamespace(contributions=TWO), row=0).contributions is TWO
    for empty in ([1, 2], SimpleNamespace(contributions=None)):
        with pytest.raises(TypeError) as error:
            ContributionDisplay.from_explanation(empty)
        assert str(error.value) == (
            f"{type(empty).__name__} holds no contributions. Pass what robust_mlp.contributions returns, or an "
            "explanation that was made with explain(..., contributions_of=rows)."
        )


def test_an_estimator_is_explained_and_drawn_on_the_callers_axes():
    X = RNG.normal(size=(40, 3))
    clf = LogisticRegression().fit(X, X[:, 0] > 0)
    _, ax = plt.subplots()
    display = ContributionDisplay.from_estimator(clf, X[:5], X[10:20], row=2, ax=ax)
    assert display.ax_ is ax
    expected = clf.coef_[0] * (X[2] - X[10:20].mean(axis=0))
    assert_allclose(sorted(bar.get_width() for bar in display.bars_), sorted(expected), atol=1e-9)
    first = display.ax_
    assert display.plot().ax_ is not first
