"""Class weights: parameters in, weights out, and what the errors say."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from robust_mlp._data.balancing import class_mass, class_weights, row_weights

LABELS = np.array(["high", "low", "mid"])
CODES = np.array([0, 1, 1, 1, 2, 2])


def weigh(class_weight, classes=LABELS, codes=CODES, weights=None):
    return class_weights(class_weight, classes, codes, np.ones(len(codes)) if weights is None else weights)


def test_none_weighs_every_class_1():
    assert_array_equal(weigh(None), [1.0, 1.0, 1.0])


def test_balanced_is_what_scikit_learn_computes():
    assert_allclose(weigh("balanced"), compute_class_weight("balanced", classes=LABELS, y=LABELS[CODES]))


def test_balanced_gives_every_class_the_same_total_weight():
    weights = np.random.default_rng(0).uniform(0, 3, len(CODES))
    totals = class_mass(CODES, weights * weigh("balanced", weights=weights)[CODES], 3)
    assert_allclose(totals, totals[0])


def test_a_weight_of_2_counts_as_two_rows():
    twice = np.array([0, 0, *CODES[1:]])
    assert_allclose(weigh("balanced", weights=np.array([2.0, 1, 1, 1, 1, 1])), weigh("balanced", codes=twice))


def test_a_class_that_does_not_occur_weighs_1_and_leaves_the_others_balanced():
    weights = weigh("balanced", codes=np.array([0, 1, 1]))
    assert_allclose(weights, [1.5, 0.75, 1.0])


@pytest.mark.parametrize(
    "given",
    [{"high": 3, "mid": 0.5}, [3, 1, 0.5], np.array([3, 1, 0.5]), (np.float32(3), np.int64(1), 0.5)],
)
def test_a_dict_and_an_array_say_the_same(given):
    assert_array_equal(weigh(given), [3.0, 1.0, 0.5])
    assert weigh(given).dtype == np.float64


def test_labels_of_a_dict_may_be_numbers_of_another_type():
    assert_array_equal(weigh({0: 2, 1: 3}, np.array([0.0, 1.0]), np.array([0, 1])), [2.0, 3.0])
    assert_array_equal(weigh({False: 2, True: 3}, np.array([False, True]), np.array([0, 1])), [2.0, 3.0])


def test_a_dict_may_name_a_class_that_this_fold_lacks_if_all_others_have_their_weight():
    assert_array_equal(weigh({"high": 2, "low": 1, "mid": 4, "rare": 50}), [2.0, 1.0, 4.0])


def test_the_users_dict_is_not_changed():
    given = {"high": 3}
    weigh(given)
    assert given == {"high": 3}


@pytest.mark.parametrize(
    "given, kind, message",
    [
        (
            "balance",
            ValueError,
            "class_weight='balance' is not known. Pass class_weight='balanced', None, a dict such as {'mid': 5.0}, or "
            "one weight per class in the order of classes_.",
        ),
        (
            {"High": 2},
            ValueError,
            "class_weight has weights for 'High', which y does not contain. Did you mean 'high' for 'High'? The "
            "classes are 'high', 'low', 'mid'.",
        ),
        (
            {"high": 1, "x": 2, 7: 1},
            ValueError,
            "class_weight has weights for 'x', 7, which y does not contain. The classes are 'high', 'low', 'mid'.",
        ),
        ({"high": -1}, ValueError, "The class_weight of class 'high' is -1. Pass a finite number >= 0."),
        ([1, np.inf, 1], ValueError, "The class_weight of class 'low' is inf. Pass a finite number >= 0."),
        ([1, np.nan, 1], ValueError, "The class_weight of class 'low' is nan. Pass a finite number >= 0."),
        ({"mid": "2"}, TypeError, "The class_weight of class 'mid' is '2'. Pass a number >= 0."),
        ({"mid": True}, TypeError, "The class_weight of class 'mid' is True. Pass a number >= 0."),
        (
            [1, 2],
            ValueError,
            "class_weight has length 2, but y has 3 classes: 'high', 'low', 'mid'. Pass one weight for each, in this "
            "order, or a dict such as {'mid': 5.0}.",
        ),
        (
            5,
            TypeError,
            "class_weight=5 is of type int. Pass None, 'balanced', a dict such as {'mid': 5.0}, or one weight per "
            "class in the order of classes_.",
        ),
        (
            [0, 0, 0],
            ValueError,
            "class_weight=[0, 0, 0] gives weight 0 to every class that occurs in y, so there is nothing to learn. "
            "Give at least one of them a weight above 0.",
        ),
    ],
)
def test_a_wrong_class_weight_says_what_came_and_what_fits(given, kind, message):
    with pytest.raises(kind) as caught:
        weigh(given)
    assert str(caught.value) == message


def test_weight_0_for_the_classes_that_occur_is_refused_even_if_an_absent_class_has_one():
    with pytest.raises(ValueError, match="gives weight 0 to every class that occurs in y"):
        weigh([0, 0, 1], codes=np.array([0, 1]))


def test_an_error_lists_ten_of_many_classes():
    many = np.arange(200)
    with pytest.raises(ValueError) as caught:
        weigh([1.0], many, many)
    assert str(caught.value) == (
        "class_weight has length 1, but y has 200 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 190 more. Pass one weight "
        "for each, in this order, or a dict such as {199: 5.0}."
    )


def test_row_weights_are_sample_weight_times_class_weight_with_mean_1():
    sample_weight = np.array([1.0, 2, 0, 1, 1, 4])
    per_row = row_weights(np.array([3.0, 1, 0.5]), CODES, sample_weight)
    expected = compute_sample_weight({"high": 3, "low": 1, "mid": 0.5}, LABELS[CODES]) * sample_weight
    assert_allclose(per_row, expected / expected.mean())


@pytest.mark.parametrize("factor", [1e-300, 1e-3, 7.0, 1e300])
def test_the_scale_of_weights_means_nothing(factor):
    sample_weight = np.array([1.0, 2, 0, 1, 1, 4])
    plain = row_weights(np.array([3.0, 1, 0.5]), CODES, sample_weight)
    assert_allclose(row_weights(np.array([3.0, 1, 0.5]), CODES, sample_weight * factor), plain)
    assert_allclose(row_weights(np.array([3.0, 1, 0.5]) * factor, CODES, sample_weight), plain)


def test_rows_of_classes_without_weight_weigh_0_and_not_nan():
    assert_array_equal(row_weights(np.array([0.0, 1, 1]), np.array([0, 0]), np.ones(2)), [0.0, 0.0])
    assert row_weights(np.ones(2), np.array([], dtype=int), np.array([])).shape == (0,)
