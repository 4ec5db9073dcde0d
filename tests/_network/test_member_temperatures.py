"""Each held-out row is judged at a temperature that its label had no part in."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.losses import softmax
from robust_mlp._network.member_temperatures import fitted_factors
from tests._network.random_weights import weights_of
from tests._network.trainings import data_of


def with_other_labels(data, member):
    """The same data with other labels for the held-out rows of a member."""
    codes = data.codes.copy()
    codes[data.held_out[member]] = (codes[data.held_out[member]] + 1) % 3
    rows, _, weights = data.eval_rows
    return replace(data, codes=codes, eval_rows=(rows, codes, weights))


def test_a_member_is_judged_at_the_temperature_of_the_others():
    data, network = data_of(2), weights_of(2).network()
    n_first = len(data.held_out[0])
    factor, judged = fitted_factors(network, data)
    other_factor, others = fitted_factors(network, with_other_labels(data, 0))
    assert isinstance(factor, float) and factor != other_factor
    assert_array_equal(others[:n_first], judged[:n_first])
    assert not np.isclose(others[n_first:], judged[n_first:]).all()


def test_one_member_without_folds_is_judged_at_its_own():
    data, network = data_of(1), weights_of(1).network()
    factor, judged = fitted_factors(network, data)
    logits = network.member_logits(data.eval_rows[0], 0, data.held_out[0])
    assert_allclose(judged, softmax(factor * logits))


@pytest.mark.parametrize("kinds, n_factors", [((0, 0), 0), ((0, 1), 2)])
def test_members_of_different_kinds_have_temperatures_of_their_own(kinds, n_factors):
    data = replace(data_of(2), kinds=kinds)
    factor, judged = fitted_factors(weights_of(2).network(), data)
    assert np.size(factor) == max(n_factors, 1)
    assert judged.shape == (sum(map(len, data.held_out)), 3)
