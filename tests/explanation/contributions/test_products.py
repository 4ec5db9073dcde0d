"""Products on the calling thread, in halves and in blocks: the same numbers as NumPy's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._products import times


@pytest.mark.parametrize(
    "shape", [(40, 5, 3), (33, 128, 128), (1, 128, 130), (70, 100, 129), (0, 128, 128), (9, 600, 128)]
)
def test_products_are_those_of_numpy(shape):
    n_rows, n_inputs, width = shape
    rng = np.random.default_rng(0)
    rows, kernel = rng.normal(size=(n_rows, n_inputs)), rng.normal(size=(n_inputs, width))
    assert_allclose(times(rows, kernel), rows @ kernel, atol=1e-12)
