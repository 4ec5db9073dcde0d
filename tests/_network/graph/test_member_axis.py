"""Arrays of all members as one, and apart."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._network.graph.member_axis import stacked, stacked_shape, unstacked

SHAPES = [(3, 4), (4,)]


def test_members_have_an_axis_where_there_are_several():
    assert [stacked_shape(shape, 1) for shape in SHAPES] == SHAPES
    assert [stacked_shape(shape, 5) for shape in SHAPES] == [(5, 3, 4), (5, 1, 4)]


@pytest.mark.parametrize("n_members", [1, 3])
def test_what_is_put_together_comes_apart_as_it_was(n_members):
    rng = np.random.default_rng(0)
    members = [[rng.normal(size=shape) for shape in SHAPES] for _ in range(n_members)]
    together = stacked(members)
    assert [array.shape for array in together] == [stacked_shape(shape, n_members) for shape in SHAPES]
    for mine, theirs in zip(unstacked(together, SHAPES, n_members), members, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            assert_array_equal(a, b)


def test_no_arrays_are_no_arrays_of_each():
    assert stacked([[], []]) == []
    assert unstacked([], [], 2) == [[], []]
