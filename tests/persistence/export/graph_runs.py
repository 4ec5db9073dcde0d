"""Runs parts of an ONNX graph: a Graph with inputs, and onnxruntime to answer it."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from robust_mlp.persistence.export.onnx_graph import IR_VERSION, ML_DOMAIN, ML_OPSET, OPSET, Graph


def new_graph():
    """A Graph whose names are numbered."""
    taken = set()

    def unique_name(hint):
        name = f"{hint}_{len(taken)}"
        taken.add(name)
        return name

    return Graph(unique_name)


def run(graph, feeds, outputs):
    """Values of `outputs`, {name: NumPy dtype}, for `feeds`, {name: array}."""
    inputs = [helper.make_tensor_value_info(name, _kind(value), [None] * value.ndim) for name, value in feeds.items()]
    results = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), None)
        for name, dtype in outputs.items()
    ]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "part", inputs, results, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(ML_DOMAIN, ML_OPSET)],
        ir_version=IR_VERSION,
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def _kind(value):
    return TensorProto.STRING if value.dtype.kind in "UO" else helper.np_dtype_to_tensor_dtype(value.dtype)
