"""Checks of what the user hands over, with the way out in each message, and the look into wrapped classifiers."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from robust_mlp.priors._checks import check_parameters, check_prior, codes_of, is_fitted

X, Y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2


def asked_for(**changes):
    """As much of a PriorShiftClassifier as is checked."""
    usual = {"estimator": GaussianNB(), "method": "em", "calibrate": "auto", "alpha": 0.01, "confidence": 0.95}
    return SimpleNamespace(**usual | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"method": "bbse"},
        {"calibrate": False},
        {"calibrate": np.True_},
        {"alpha": 1},
        {"alpha": np.float32(0.5)},
        {"confidence": 0.5},
    ],
)
def test_parameters_in_range_pass(changes):
    check_parameters(asked_for(**changes))


@pytest.mark.parametrize(
    "changes, error, message",
    [
        ({"method": None}, ValueError, "method=None is not known. Pass one of 'em', 'bbse'."),
        ({"calibrate": 1}, ValueError, "calibrate=1 is not known. Pass 'auto', True or False."),
        ({"alpha": 1.01}, ValueError, "alpha=1.01 is out of range. Pass a number in (0, 1]."),
        ({"alpha": "0.1"}, ValueError, "alpha='0.1' is out of range. Pass a number in (0, 1]."),
        ({"alpha": float("nan")}, ValueError, "alpha=nan is out of range. Pass a number in (0, 1]."),
        ({"confidence": 0}, ValueError, "confidence=0 is out of range. Pass a number in (0, 1)."),
        (
            {"estimator": LinearSVC()},
            TypeError,
            "LinearSVC has no predict_proba, but class shares are estimated from probabilities. Wrap it first: "
            "CalibratedClassifierCV(LinearSVC()).",
        ),
    ],
)
def test_what_is_out_of_range_is_told(changes, error, message):
    with pytest.raises(error) as caught:
        check_parameters(asked_for(**changes))
    assert str(caught.value) == message


def test_shares_may_be_counts_and_may_lack_a_class():
    shares = check_prior([30, 10, 0], np.arange(3))
    assert shares.dtype == np.float64
    assert_allclose(shares, [0.75, 0.25, 0])


@pytest.mark.parametrize("prior", [[1.0], [0.5, -0.1, 0.6], [0.0, 0.0, 0.0], [np.nan, 0.5, 0.5], [[0.2, 0.3, 0.5]]])
def test_shares_that_are_none_are_told_with_an_example(prior):
    with pytest.raises(ValueError) as caught:
        check_prior(prior, np.arange(3))
    assert str(caught.value) == (
        f"prior={prior!r} is not one share, >= 0, for each of the 3 classes. Pass for example "
        "prior=[0.333, 0.333, 0.333]."
    )


@pytest.mark.parametrize("classes", [np.array([-1, 3, 7]), np.array(["a", "b", "d"]), np.array([0.5, 1.5, 2.5])])
def test_labels_become_their_places_among_the_classes(classes):
    places = np.array([2, 0, 1, 1, 2])
    assert_array_equal(codes_of(classes[places], classes), places)


@pytest.mark.parametrize(
    "y, classes, message",
    [
        (
            np.array(["a", "c", "e"]),
            np.array(["a", "b", "d"]),
            "y holds 'c', which the classifier was not trained on. Its classes are 'a', 'b', 'd'.",
        ),
        (
            np.array([1, 9]),
            np.array([0, 1]),
            "y holds 9, which the classifier was not trained on. Its classes are 0, 1.",
        ),
    ],
)
def test_a_label_that_is_none_of_the_classes_is_named(y, classes, message):
    with pytest.raises(ValueError) as caught:
        codes_of(y, classes)
    assert str(caught.value) == message


def test_fitted_is_what_scikit_learn_calls_so_and_whatever_else_is_not():
    assert is_fitted(GaussianNB().fit(X, Y))
    assert is_fitted(FrozenEstimator(GaussianNB().fit(X, Y)))
    assert not is_fitted(GaussianNB())
    assert not is_fitted(object())
