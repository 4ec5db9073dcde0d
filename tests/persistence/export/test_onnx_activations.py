"""Activations in ONNX graphs: the functions of `_core/activations`."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import erf

from robust_mlp._core.activations import ACTIVATION_NAMES, activation_called
from robust_mlp.persistence.export import onnx_activations
from robust_mlp.persistence.export.onnx_activations import activate
from tests.persistence.export.graph_runs import new_graph, run

Z = np.concatenate([np.linspace(-30, 30, 4001), np.linspace(-1e-6, 1e-6, 101), [-700.0, -1e3, 80.0]])


@pytest.mark.parametrize("dtype, digits", [(np.float64, 1e-14), (np.float32, 1e-5)])
@pytest.mark.parametrize("name", ACTIVATION_NAMES)
def test_an_activation_is_that_of_the_network(name, dtype, digits):
    graph, z = new_graph(), Z.astype(dtype)
    output = activate(graph, name, "z", np.dtype(dtype))
    if not graph.nodes:
        output = graph.add("Identity", "z")
    found = run(graph, {"z": z}, {output: dtype})[0]
    expected = activation_called(name).function(z.astype(np.float64))
    assert_allclose(found, expected, rtol=digits, atol=digits)


def test_the_error_function_has_all_digits_of_float64():
    graph = new_graph()
    output = onnx_activations._Functions(graph, np.dtype(np.float64))._erf("z")
    found = run(graph, {"z": Z}, {output: np.float64})[0]
    assert_allclose(found, erf(Z), rtol=0, atol=5e-15)
