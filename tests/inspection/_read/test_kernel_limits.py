"""What keeps a kernel small is read from a layer of any kind."""

import keras
import pytest

from robust_mlp.inspection._read.kernel_limits import norm_bound_of, penalty_of

L = keras.layers


@pytest.mark.parametrize(
    "layer, penalty, bound",
    [
        (L.Dense(2), 0.0, None),
        (L.Dense(2, kernel_regularizer=keras.regularizers.L1L2(0.1, 2.0)), 2.0, None),
        (L.Dense(2, kernel_constraint=keras.constraints.MaxNorm(0.25)), 0.0, 0.25),
        (L.Conv1D(2, 1, kernel_constraint=keras.constraints.MinMaxNorm(0.0, 0.5)), 0.0, 0.5),
        (L.Dense(2, kernel_constraint=keras.constraints.UnitNorm()), 0.0, None),
        (L.Dropout(0.5), 0.0, None),
    ],
)
def test_penalty_and_bound(layer, penalty, bound):
    assert penalty_of(layer) == pytest.approx(penalty)
    assert norm_bound_of(layer) == (None if bound is None else pytest.approx(bound))
