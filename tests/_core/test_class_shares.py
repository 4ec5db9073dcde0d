"""Class shares of data and loss, and what leads from the one to the other."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.class_shares import ClassShares
from robust_mlp._core.log_odds import shift_log_odds

CLASSES = np.array(["a", "b", "c"])
EVEN = np.ones(3)


def shares(data_mass, loss_mass):
    return ClassShares(np.array(data_mass, float), np.array(loss_mass, float), EVEN)


def test_priors_are_shares_of_the_mass():
    found = shares([60, 30, 10], [1, 1, 2])
    assert_allclose(found.prior, [0.6, 0.3, 0.1])
    assert_allclose(found.loss_prior, [0.25, 0.25, 0.5])


def test_row_factors_make_the_data_weigh_as_the_loss_and_have_mean_one():
    found = shares([60, 30, 10], [1, 1, 2])
    assert_allclose(found.prior * found.row_factors, found.loss_prior)
    assert np.average(found.row_factors, weights=found.data_mass) == pytest.approx(1)


def test_offsets_lead_probabilities_of_the_loss_back_to_those_of_the_data():
    found = shares([60, 30, 10], [1, 1, 2])
    assert_allclose(shift_log_odds(found.loss_prior[np.newaxis], found.offsets(CLASSES))[0], found.prior)


@pytest.mark.parametrize("factor", [1.0, 1e-3, 7.0])
def test_the_same_shares_have_no_offsets_whatever_their_unit(factor):
    found = shares([60, 30, 10], factor * np.array([60, 30, 10]))
    assert_array_equal(found.offsets(CLASSES), np.zeros(3))


def test_a_class_that_does_not_occur_leaves_nothing_out():
    found = shares([60, 40, 0], [1, 1, 0])
    assert not found.leaves_out_a_class
    assert found.offsets(CLASSES)[2] == 0
    assert_array_equal(found.row_factors[2:], [0.0])


def test_a_class_without_weight_in_the_loss_is_left_out_and_nothing_leads_back():
    found = shares([60, 30, 10], [1, 0, 1])
    assert found.leaves_out_a_class
    with pytest.raises(ValueError, match="cannot undo a class_weight of 0, which class 'b' has"):
        found.offsets(CLASSES)


def test_the_correction_undoes_the_factors_of_rows():
    found = shares([60, 30, 10], [1, 1, 2])
    offsets, inverse = found.correction(CLASSES)
    assert_array_equal(offsets, found.offsets(CLASSES))
    assert_allclose(inverse * found.row_factors, EVEN)
