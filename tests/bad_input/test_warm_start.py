"""Warm starts and parts that do not go on from what was there."""

import pytest

from tests.bad_input.examples import X, Y
from tests.tiny_fits import tiny


def test_a_warm_start_with_other_classes_is_refused():
    estimator = tiny(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError) as caught:
        estimator.fit(X, Y % 2)
    assert str(caught.value) == (
        "warm_start=True continues with the classes of the previous fit, [0, 1, 2], but y has [0, 1]. Pass "
        "warm_start=False, or clone the estimator."
    )


def test_a_warm_start_with_other_columns_is_refused_in_words():
    estimator = tiny(warm_start=True).fit(X, Y)
    with pytest.raises(ValueError) as caught:
        estimator.fit(X[:, :2], Y)
    assert str(caught.value) == (
        "warm_start=True continues with the network of the previous fit, but its layers, members or encoded columns "
        "differ from those of this fit. Pass warm_start=False, or the same columns and network settings."
    )


def test_the_first_part_without_all_classes_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().partial_fit(X, Y)
    assert str(caught.value) == (
        "The first call of partial_fit needs every class that will ever come: pass classes=np.unique(all_labels)."
    )


def test_a_part_with_an_unknown_class_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().partial_fit(X, Y, classes=[0, 1])
    assert str(caught.value) == (
        "y holds labels that are not among the classes: 2. The classes are 0, 1. Name every class before training, "
        "with partial_fit(..., classes=...), or leave these rows out."
    )


def test_a_later_part_with_other_classes_is_refused():
    estimator = tiny().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError) as caught:
        estimator.partial_fit(X, Y, classes=[0, 1])
    assert str(caught.value) == (
        "classes=[0, 1] are not the classes of the earlier calls: [0, 1, 2]. Leave classes out, or begin again with "
        "clone(estimator)."
    )


def test_a_later_part_with_fewer_columns_is_refused():
    estimator = tiny().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError) as caught:
        estimator.partial_fit(X[:, :2], Y)
    assert str(caught.value) == "X has 2 features, but RobustMLPClassifier is expecting 4 features as input."
