"""A Source is what NumPy finds in the predictions, and forgets the rows."""

import numpy as np

from robust_mlp.priors._source import effective_rows


def test_unequal_weights_are_worth_fewer_rows():
    assert effective_rows(np.ones(7)) == 7.0
    assert effective_rows(np.array([1.0, 0.0])) == 1.0
