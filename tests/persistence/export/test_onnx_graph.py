"""The nodes and constants of a graph."""

import numpy as np
import onnx
import pytest
from numpy.testing import assert_array_equal

from robust_mlp.persistence.export.onnx_graph import FLOAT32, FLOAT64, INT64, IR_VERSION, OPSET
from tests.persistence.export.graph_runs import new_graph, run


@pytest.mark.parametrize(
    "values, dtype", [(3, INT64), ([1.5, -2], FLOAT64), ([[1.0], [2.0]], FLOAT32), (["ä", ""], None)]
)
def test_a_constant_is_what_it_was_given(values, dtype):
    graph = new_graph()
    name = graph.constant(values, dtype)
    (tensor,) = graph.constants
    found = onnx.numpy_helper.to_array(tensor)
    expected = np.asarray(values, dtype=dtype)
    assert tensor.name == name and found.shape == expected.shape
    assert [_text(value) for value in found.ravel().tolist()] == expected.ravel().tolist()


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def test_nodes_give_what_their_names_say():
    graph, X = new_graph(), np.arange(6.0).reshape(3, 2)
    last = graph.columns("X", [1])
    both = graph.side_by_side([last, last])
    total = graph.summed([last, last, last])
    whole = graph.cast(graph.flat(last), INT64)
    names = {last: FLOAT64, both: FLOAT64, total: FLOAT64, whole: INT64}
    found = run(graph, {"X": X}, names)
    for values, expected in zip(found, (X[:, 1:], X[:, [1, 1]], 3 * X[:, 1:], [1, 3, 5]), strict=True):
        assert_array_equal(values, expected)


def test_one_part_needs_no_node():
    graph = new_graph()
    assert graph.side_by_side(["X"]) == graph.summed(["X"]) == "X"
    assert graph.nodes == []


def test_the_format_of_the_file_is_no_newer_than_the_operators_need():
    first = min(version for version, _, opset, *_ in onnx.helper.VERSION_TABLE if opset >= OPSET)
    assert first == "1.12.0"
    assert {ir for version, ir, *_ in onnx.helper.VERSION_TABLE if version == first} == {IR_VERSION}
