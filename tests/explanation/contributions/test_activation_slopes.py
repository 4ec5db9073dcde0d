"""Derivatives of the activations, against differences of the activations themselves."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._core.activations import ACTIVATION_NAMES, activation_called
from robust_mlp.explanation.contributions._activation_slopes import slope_of

# Away from the kinks at -3, 0, 3 and 6.
POINTS = np.array([-7.3, -3.4, -1.2, -0.31, 0.27, 0.9, 2.2, 3.7, 5.1, 7.9])


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_the_slope_is_that_of_the_activation(name):
    function = activation_called(name).function
    numeric = (function(POINTS + 1e-6) - function(POINTS - 1e-6)) / 2e-6
    assert_allclose(slope_of(name)(POINTS.copy()), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_the_slope_leaves_its_argument_as_it_is(name):
    z = POINTS.copy()
    slope_of(name)(z)
    assert (z == POINTS).all()
