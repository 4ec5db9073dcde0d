"""Graph: the nodes and constants of an ONNX graph, written one after the other.

Knows names, types and opsets. Knows nothing of tables and networks."""

import numpy as np

# Version 17 of the operators (June 2022) and version 3 of those for machine learning. The graphs need nothing newer:
# onnxruntime runs them from its version 1.12 on, and all later ones do. Of what they need, the newest is version 13.
OPSET = 17
ML_OPSET = 3
ML_DOMAIN = "ai.onnx.ml"
# The format of files that belongs to this opset. Without it, the onnx package writes its own newest, which older
# runtimes refuse.
IR_VERSION = 8

FLOAT64, FLOAT32, INT64, BOOL = map(np.dtype, ("float64", "float32", "int64", "bool"))


class Graph:
    """An ONNX graph under construction. Every method returns the name of what it adds.

    Parameters
    ----------
    unique_name : callable
        Makes a name that no input, output or other node has, from a hint.
    """

    def __init__(self, unique_name):
        self.unique_name = unique_name
        self.nodes = []
        self.constants = []

    def constant(self, values, dtype, hint="constant"):
        """A constant array; `dtype` is that of NumPy, or None for texts and what `values` have."""
        from onnx import numpy_helper

        name = self.unique_name(hint)
        array = np.asarray(values) if dtype is None else np.asarray(values, dtype=dtype)
        if array.dtype.kind in "UO":
            array = array.astype(object)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array).reshape(array.shape), name))
        return name

    def add(self, operator, *inputs, domain="", output=None, **attributes):
        """A node of one output."""
        from onnx import helper

        output = self.unique_name(operator.lower()) if output is None else output
        self.nodes.append(helper.make_node(operator, list(inputs), [output], name=output, domain=domain, **attributes))
        return output

    def cast(self, value, dtype, output=None):
        """`value` in a dtype of NumPy."""
        from onnx import helper

        return self.add("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), output=output)

    def flat(self, value):
        """`value` of shape (n_rows, 1) as (n_rows,)."""
        return self.add("Reshape", value, self.constant([-1], INT64, "shape"))

    def columns(self, value, places):
        """Some columns of a matrix."""
        return self.add("Gather", value, self.constant(places, INT64, "places"), axis=1)

    def side_by_side(self, parts):
        """Matrices beside each other."""
        return parts[0] if len(parts) == 1 else self.add("Concat", *parts, axis=1)

    def summed(self, parts):
        """The sum of arrays of one shape."""
        total = parts[0]
        for part in parts[1:]:
            total = self.add("Add", total, part)
        return total
