"""Products by name are those of NumPy, and only where this TensorFlow has them and the user wants them."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from robust_mlp._network.graph import matmul
from robust_mlp._network.graph.matmul import has_onednn

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True)])
def test_products_by_name_are_those_of_numpy(transposed):
    a, b = (
        RNG.normal(size=shape[::-1] if turned else shape).astype(np.float32)
        for shape, turned in zip([(7, 4), (4, 5)], transposed, strict=True)
    )
    expected = np.matmul(*(m.T if turned else m for m, turned in zip((a, b), transposed, strict=True)))
    options = dict(zip(("transpose_a", "transpose_b"), transposed, strict=True))
    product = functools.partial(matmul.matmul, **options)
    assert_allclose(tf.function(product, autograph=False)(a, b), expected, rtol=1e-5, atol=1e-5)
    assert_allclose(product(a, b), expected, rtol=1e-5, atol=1e-5)  # outside a graph


def test_onednn_is_left_alone_by_who_switched_it_off(monkeypatch):
    monkeypatch.setenv(matmul.SWITCH, "0")
    assert not has_onednn.__wrapped__()


def test_a_tensorflow_without_these_operations_multiplies_as_always(monkeypatch):
    monkeypatch.setattr(matmul, "OPERATION", "NoSuchOperation")
    assert not has_onednn.__wrapped__()
