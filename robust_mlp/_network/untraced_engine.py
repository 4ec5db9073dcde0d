"""Training without a graph, where a time budget leaves no time to trace one: of the linear path and the biases alone.

The network has all its layers, and the hidden ones stay as they were drawn, without an effect: the head's kernel is 0.
So the network can be stored, predicts, and can be trained on like any other."""

import contextlib
from dataclasses import replace

import numpy as np

from robust_mlp._network.architecture import EMBEDDING_WIDTH, NetworkShape
from robust_mlp._network.graph.member_axis import WeightArray, stacked_shape
from robust_mlp._network.linear_engine import LinearEngine, TableArrays


@contextlib.contextmanager
def lent_untraced(
    plan, n_inputs, n_outputs, has_held_out, embedding_sizes=(), input_groups=(), hides_inputs=False, shares=False
):
    """Lend an engine that needs no graph. Parameters and yielded values are those of `engine_cache.borrowed_engine`."""
    del hides_inputs, shares
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    yield UntracedEngine(shape, input_groups, has_held_out=has_held_out), shape


class UntracedEngine:
    """Trains the linear path of a network and the biases of its head in NumPy, with the methods of `Engine`.

    Where the network has no linear path, the biases alone are trained: it then predicts the class shares.

    Parameters
    ----------
    shape : NetworkShape
    input_groups : tuple of int
        The group of each member; empty: one group for all.
    has_held_out : bool
    """

    dropout_layers = ()

    def __init__(self, shape, input_groups=(), *, has_held_out=True):
        self._shape = shape
        is_linear = not shape.hidden_layer_sizes
        n_numbers = shape.n_inputs - len(shape.embedding_sizes)
        self._n_seen = n_numbers if shape.has_linear_path or is_linear else 0
        inner = NetworkShape(
            n_inputs=self._n_seen,
            n_outputs=shape.n_outputs,
            hidden_layer_sizes=(),
            activation=shape.activation,
            n_members=shape.n_members,
            batch_norm=False,
            has_dropout=False,
            has_input_dropout=False,
            has_linear_path=False,
        )
        self._linear = LinearEngine(inner, input_groups, has_held_out=has_held_out)
        self.n_watched = self._linear.n_watched
        self.variables = _arrays_of(shape)
        # Places of the head's kernel, of its bias, and of the kernel that is trained.
        kernels = [i for i, array in enumerate(self.variables) if array.name == "kernel"]
        self._head = kernels[-2] if shape.has_linear_path else kernels[-1]
        self._bias, self._path = self._head + 1, kernels[-1]

    compiles = staticmethod(LinearEngine.compiles)

    @property
    def shapes(self):
        """Of the weight arrays, in the model's order."""
        return [variable.shape for variable in self.variables]

    def tables(self, trained_on, eval_rows):
        """Two tables of (rows, codes, weights) as `run` wants them."""
        return tuple(
            TableArrays(rows[:, : self._n_seen], codes, weights) for rows, codes, weights in (trained_on, eval_rows)
        )

    def reset(self, weights, moving=None, slots=None):
        """Start from the drawn weights, arrays of `shapes`. No training is continued without a graph."""
        del moving, slots
        self._weights = [array.copy() for array in weights]
        self._weights[self._head][...] = 0
        path = self._weights[self._path][..., : self._n_seen, :]
        self._linear.reset([np.zeros_like(path), np.zeros_like(self._weights[self._bias])])

    def weights(self, *, best):
        """Trainable weights as a list of arrays: of the best epoch, or of the last."""
        kernel, bias = self._linear.weights(best=best)
        weights = list(self._weights)
        weights[self._bias] = bias
        if self._n_seen:
            weights[self._path] = weights[self._path].copy()
            weights[self._path][..., : self._n_seen, :] = kernel
        return weights

    def moving(self, *, best):
        """Means of 0 and variances of 1, as batch normalization begins with."""
        del best
        if not self._shape.batch_norm:
            return []
        shapes = [stacked_shape((width,), self._shape.n_members) for width in self._shape.hidden_layer_sizes]
        return [make(shape, np.float32) for shape in shapes for make in (np.zeros, np.ones)]

    def slots(self):
        """None: the optimizer starts afresh where the training is continued."""
        return None

    def run(self, table, held_out, epochs, settings, stopping):
        """Train for some epochs: see `Engine.run`."""
        if settings.hidden_inputs is not None:
            settings = replace(settings, hidden_inputs=settings.hidden_inputs[:, : self._n_seen])
        return self._linear.run(table, held_out, epochs, settings, stopping)


def _arrays_of(shape):
    """Name and shape of each weight array of a network, in the order of the Keras model's."""
    arrays: list[tuple[str, tuple]] = [("embedding", (size, EMBEDDING_WIDTH)) for size in shape.embedding_sizes]
    n_inputs = shape.n_features
    for width in shape.hidden_layer_sizes:
        arrays += [("kernel", (n_inputs, width)), ("bias", (width,))]
        arrays += [("gamma", (width,)), ("beta", (width,))] if shape.batch_norm else []
        n_inputs = width
    arrays += [("kernel", (n_inputs, shape.n_outputs)), ("bias", (shape.n_outputs,))]
    if shape.has_linear_path:
        arrays.append(("kernel", (shape.n_features, shape.n_outputs)))
    return [WeightArray(name, stacked_shape(dims, shape.n_members)) for name, dims in arrays]
