"""The network in an ONNX graph: from encoded rows to scores, probabilities and labels.

The same numbers as `FittedNetwork`. All members of one shape are computed by one product, with a leading member axis.
Knows no columns of a table."""

import numpy as np

from robust_mlp._core.losses import SMALLEST_POSITIVE, SMALLEST_POSITIVE_OF_FLOAT32
from robust_mlp._prediction.effect_matrices import matrices_of
from robust_mlp._prediction.effect_units import LARGEST_SLOPED, NONE, EffectUnits
from robust_mlp._prediction.network import votes_in
from robust_mlp.persistence.export.onnx_activations import activate
from robust_mlp.persistence.export.onnx_graph import BOOL, FLOAT32, FLOAT64, INT64


def probabilities_of(graph, rows, fitted, dtype):
    """Probabilities of all members together.

    Parameters
    ----------
    graph : Graph
    rows : EncodedRows
    fitted : FittedNetwork
    dtype : dtype
        In which the members are computed: float32 or float64.

    Returns
    -------
    name : str
        Shape (n_rows, n_classes), in `dtype`.
    """
    networks = [weights.network() for weights in fitted.all_answering]
    answers = [graph.add("Softmax", _Members(graph, network, dtype).logits(rows), axis=-1) for network in networks]
    answers = answers[0] if len(answers) == 1 else graph.add("Concat", *answers, axis=0)
    votes = np.concatenate([votes_in(network) for network in networks])
    if len(votes) > 1:
        shares = graph.constant((votes / votes.sum())[:, np.newaxis, np.newaxis], dtype, "votes")
        answers = graph.add("Mul", answers, shares)
    return graph.add("ReduceSum", answers, graph.constant([0], INT64, "axis"), keepdims=0)


def adjusted(graph, probabilities, adjustments, dtype):
    """Probabilities after what is done to them.

    Parameters
    ----------
    graph : Graph
    probabilities : str
        Shape (n_rows, n_classes), in `dtype`.
    adjustments : sequence of Adjustment
    dtype : dtype

    Returns
    -------
    name : str
        Of the same shape and dtype.
    """
    for adjustment in adjustments:
        raised = graph.add("Max", probabilities, graph.constant(adjustment.floor, dtype, "floor"))
        scaled = graph.add("Mul", log_of(graph, raised, dtype), graph.constant(adjustment.slope, dtype, "slope"))
        shifted = graph.add("Add", scaled, graph.constant(adjustment.offsets, dtype, "offsets"))
        probabilities = graph.add("Softmax", shifted, axis=-1)
    return probabilities


def labels_of(graph, probabilities, classes, decision, dtype, output):
    """The class that is predicted for each row, as `Decision` chooses it.

    Parameters
    ----------
    graph : Graph
    probabilities : str
    classes : ndarray of shape (n_classes,)
    decision : Decision or None
        None: the most probable class.
    dtype : dtype
        That of the probabilities.
    output : str
        Name of the result.

    Returns
    -------
    name : str
        Shape (n_rows,), of the type of the classes.
    """
    values = _compared(graph, probabilities, decision, dtype)
    operator = "ArgMin" if decision is not None and decision.costs is not None else "ArgMax"
    codes = graph.add(operator, values, axis=1, keepdims=0)
    return graph.add("Gather", graph.constant(classes, None, "classes"), codes, axis=0, output=output)


def _compared(graph, probabilities, decision, dtype):
    """What the classes of a row are compared by."""
    if decision is not None and decision.costs is not None:
        honest = log_of(graph, probabilities, dtype)
        honest = graph.add("Add", honest, graph.constant(decision.honest_offsets, dtype, "offsets"))
        return graph.add(
            "MatMul", graph.add("Softmax", honest, axis=-1), graph.constant(decision.costs, dtype, "costs")
        )
    if decision is None or not decision.offsets.any():
        return probabilities
    return graph.add("Add", log_of(graph, probabilities, dtype), graph.constant(decision.offsets, dtype, "offsets"))


def log_of(graph, probabilities, dtype):
    """Logarithm of probabilities, finite where they are 0 too."""
    least = SMALLEST_POSITIVE if np.dtype(dtype) == np.float64 else SMALLEST_POSITIVE_OF_FLOAT32
    smallest = graph.constant(least, dtype, "tiny")
    return graph.add("Log", graph.add("Max", probabilities, smallest))


class _Members:
    """The members of one Network. Arrays have the shape (n_members, n_rows, ...)."""

    def __init__(self, graph, network, dtype):
        self.graph, self.network, self.dtype = graph, network, dtype

    def logits(self, rows):
        """Name of the logits, (n_members, n_rows, n_classes)."""
        network = self.network
        features = self._features(rows)
        hidden, z = network.kernels[:-1], None
        for kernel, bias in zip(hidden, network.biases[:-1], strict=True):
            z = self._product(features, kernel) if z is None else self._times(z, kernel)
            z = self.graph.add("Add", z, self._constant(bias, "bias"))
            z = activate(self.graph, network.activation, z, self.dtype)
        head = network.kernels[-1]
        logits = self._product(features, head) if z is None else self._times(z, head)
        logits = self.graph.add("Add", logits, self._constant(network.biases[-1], "bias"))
        if network.linear_path is not None:
            logits = self.graph.add("Add", logits, self._product(features, network.linear_path))
        return logits

    def _features(self, rows):
        """Inputs of the first layer, as a list of names and of how many rows of a kernel each takes."""
        network = self.network
        if network.units is not None:
            is_effects = isinstance(network.units, EffectUnits)
            outputs = self._effect_outputs(rows) if is_effects else self._radial_outputs(rows.plain)
            return [(outputs, network.units.n_outputs)]
        n_vectors = sum(vectors.shape[-1] for vectors in network.embeddings)
        n_plain = network.kernels[0].shape[1] - n_vectors
        features = [(self.graph.cast(rows.plain, self.dtype), n_plain)] if n_plain else []
        for vectors, codes in zip(network.embeddings, rows.codes, strict=True):
            table = self._constant(vectors, "vectors")
            features.append((self.graph.add("Gather", table, codes, axis=1), vectors.shape[-1]))
        return features

    def _product(self, features, kernel):
        """Features, side by side, times a kernel: each part times its rows of the kernel, added up."""
        ends = np.cumsum([width for _, width in features])
        parts = [
            self._times(name, kernel[:, end - width : end]) for (name, width), end in zip(features, ends, strict=True)
        ]
        return self.graph.summed(parts)

    def _times(self, z, kernel):
        return self.graph.add("MatMul", z, self._constant(kernel, "kernel"))

    def _constant(self, values, hint):
        return self.graph.constant(values, self.dtype, hint)

    def _radial_outputs(self, plain):
        """Outputs of RBF units, in float64 as in `RadialUnits`: the projection magnifies rounding errors."""
        graph, units = self.graph, self.network.units

        def constant(values, hint):
            return graph.constant(values, FLOAT64, hint)

        rows = graph.cast(graph.columns(plain, units.inputs), FLOAT64)
        rows = graph.add("Mul", rows, constant(units.factors, "factors"))
        distances = graph.add("MatMul", rows, constant(-2 * units.centers.T, "centers"))
        squares = graph.add("ReduceSum", graph.add("Mul", rows, rows), graph.constant([1], INT64, "axis"), keepdims=1)
        distances = graph.add("Add", distances, squares)
        of_centers = np.einsum("ij,ij->i", units.centers, units.centers)
        distances = graph.add("Add", distances, constant(of_centers, "squares"))
        gaussians = graph.add("Exp", graph.add("Neg", graph.add("Max", distances, constant(0.0, "zero"))))
        outputs = graph.add("MatMul", gaussians, constant(units.projection, "projection"))
        outputs = graph.add("Sub", outputs, constant(units.shift, "shift"))
        return graph.cast(outputs, self.dtype)

    def _effect_outputs(self, rows):
        """Sums of effects, as `EffectUnits` has them."""
        graph, units = self.graph, self.network.units
        row = _with_codes(graph, rows)
        found = graph.add("Gather", self._constant(units.table, "effects"), self._cells(row), axis=0)
        slopes = graph.columns(row, np.where(units.numbers == NONE, 0, units.numbers))
        limits = (graph.constant(limit, FLOAT32, "limit") for limit in (-LARGEST_SLOPED, LARGEST_SLOPED))
        slopes = graph.add("Clip", slopes, *limits)
        has_none = graph.constant(units.numbers == NONE, BOOL, "has_none")
        slopes = graph.add("Where", has_none, graph.constant(1.0, FLOAT32, "one"), slopes)
        slopes = graph.add("Unsqueeze", graph.cast(slopes, self.dtype), graph.constant([2], INT64, "axis"))
        return graph.add("ReduceSum", graph.add("Mul", found, slopes), graph.constant([1], INT64, "axis"), keepdims=0)

    def _cells(self, row):
        """The cell of each effect: int64 of shape (n_rows, n_effects). Levels are whole numbers, exact as floats."""
        graph, matrices = self.graph, matrices_of(self.network.units)
        is_above = graph.add(
            "Greater",
            graph.columns(row, matrices.step_inputs),
            graph.constant(matrices.thresholds, FLOAT32, "thresholds"),
        )
        read = [graph.cast(is_above, FLOAT32)]
        if matrices.code_inputs.size:
            read.append(graph.columns(row, matrices.code_inputs))
        levels = graph.add("MatMul", graph.side_by_side(read), graph.constant(matrices.added, FLOAT32, "added"))
        zero, n_levels = graph.constant(0.0, FLOAT32, "zero"), graph.constant(matrices.n_levels, FLOAT32, "n_levels")
        is_known = graph.add("And", graph.add("GreaterOrEqual", levels, zero), graph.add("Less", levels, n_levels))
        levels = graph.cast(graph.add("Where", is_known, levels, zero), FLOAT64)
        cells = graph.add("MatMul", levels, graph.constant(matrices.strides, FLOAT64, "strides"))
        cells = graph.add("Add", cells, graph.constant(self.network.units.starts, FLOAT64, "starts"))
        return graph.cast(cells, INT64)


def _with_codes(graph, rows):
    """Encoded rows as one float32 matrix, codes last, as `Encoding.transform` gives them."""
    parts = [] if rows.plain is None else [rows.plain]
    for codes in rows.codes:
        column = graph.add("Reshape", codes, graph.constant([-1, 1], INT64, "shape"))
        parts.append(graph.cast(column, FLOAT32))
    return graph.side_by_side(parts)
