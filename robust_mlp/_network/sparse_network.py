"""One network whose inputs are sparse rows: its weights in one vector, its forward and its backward pass, in NumPy.

The first kernel and the linear path are one matrix, so that stored cells are read once for both. Updates nothing."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from robust_mlp._core.activations import activation_called
from robust_mlp._network.architecture import BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM

# Step of the central difference that stands for the slope of a rare activation. In float64 it is right to 1e-8, which
# float32 does not see.
STEP = 1e-4


def _slope_of_silu(z):
    sigmoid = 0.5 * np.tanh(0.5 * z) + 0.5
    return sigmoid * (1 + z * (1 - sigmoid))


# Slopes of the activations that most networks have, as functions of the unit's input.
SLOPES = {
    "silu": _slope_of_silu,
    "relu": lambda z: (z > 0).astype(z.dtype),
    "linear": np.ones_like,
    "tanh": lambda z: 1 - np.square(np.tanh(z)),
}


def slope_of(activation):
    """The derivative of an activation, as a function of arrays.

    Parameters
    ----------
    activation : str
        Keras' name.

    Returns
    -------
    slope : callable
        From float32 arrays to float32 arrays of the same shape.
    """
    if activation in SLOPES:
        return SLOPES[activation]
    function = activation_called(activation).function

    def slope(z):
        z = z.astype(np.float64)
        return ((function(z + STEP) - function(z - STEP)) / (2 * STEP)).astype(np.float32)

    return slope


@dataclass(frozen=True, eq=False, slots=True)
class Layer:
    """The arrays of one dense layer, views of a vector of all weights: kernel (inputs, units), bias (units,).

    `gamma` and `beta`, (units,), belong to batch normalization; None without it.
    """

    kernel: np.ndarray
    bias: np.ndarray
    gamma: np.ndarray | None = None
    beta: np.ndarray | None = None


class SparseWeights:
    """Views of one vector: the weights of one member, or their gradients, or what an optimizer keeps of them.

    Parameters
    ----------
    shape : NetworkShape
        Without embedded categories.
    vector : ndarray of shape (n_weights(shape),), dtype float32

    Attributes
    ----------
    first : ndarray of shape (n_inputs, n_units + n_outputs)
        What sparse rows are multiplied by: the first kernel, and beside it the linear path if there is one.
    layers : list of Layer
        Head last.
    path : ndarray of shape (n_inputs, n_outputs) or None
    """

    def __init__(self, shape, vector):
        self.vector = vector
        widths = [*shape.hidden_layer_sizes, shape.n_outputs]
        n_first = widths[0] + (shape.n_outputs if shape.has_linear_path else 0)
        self._places = iter([0])
        self._end = 0
        self.first = self._next(shape.n_inputs, n_first)
        self.layers = []
        kernel = self.first[:, : widths[0]]
        for i, width in enumerate(widths):
            bias = self._next(width)
            has_norm = shape.batch_norm and i < len(widths) - 1
            norm = (self._next(width), self._next(width)) if has_norm else (None, None)
            self.layers.append(Layer(kernel, bias, *norm))
            if i + 1 < len(widths):
                kernel = self._next(width, widths[i + 1])
        self.path = self.first[:, widths[0] :] if shape.has_linear_path else None

    def _next(self, *dims):
        """The next weights of the vector, in this shape."""
        start, self._end = self._end, self._end + int(np.prod(dims))
        return self.vector[start : self._end].reshape(dims)

    @property
    def n_used(self):
        """Number of weights."""
        return self._end

    @property
    def kernels(self):
        """All kernels, each once; the first with the linear path beside it."""
        return [self.first, *(layer.kernel for layer in self.layers[1:])]

    def arrays(self):
        """The weight arrays in the order of the Keras model."""
        found = []
        for layer in self.layers:
            found += [layer.kernel, layer.bias]
            found += [array for array in (layer.gamma, layer.beta) if array is not None]
        return found if self.path is None else [*found, self.path]


def n_weights(shape):
    """Number of weights of one member of a NetworkShape."""
    widths = [*shape.hidden_layer_sizes, shape.n_outputs]
    n_first = widths[0] + (shape.n_outputs if shape.has_linear_path else 0)
    inner = sum(a * b for a, b in pairwise(widths))
    n_norm = 2 * sum(widths[:-1]) if shape.batch_norm else 0
    return shape.n_inputs * n_first + inner + sum(widths) + n_norm


class Passes:
    """Forward and backward passes of one member.

    Parameters
    ----------
    shape : NetworkShape
    weights, gradient : SparseWeights
        The gradient of `first` is returned by `backward`, and no part of `gradient`.
    moving : list of ndarray
        Moving mean and variance of each batch normalization, changed in place by `forward` in training.
    """

    def __init__(self, shape, weights, gradient, moving):
        self._weights, self._gradient, self._moving = weights, gradient, moving
        self._n_units = shape.hidden_layer_sizes[0] if shape.hidden_layer_sizes else shape.n_outputs
        self._function = activation_called(shape.activation).function
        self._slope = slope_of(shape.activation)

    def logits(self, rows):
        """Logits of rows, as they are predicted: ndarray of shape (n_rows, n_outputs), float32."""
        return self._forward(rows, None, is_training=False)

    def forward(self, rows, masks):
        """Logits of a batch in training. Keeps what `backward` needs.

        Parameters
        ----------
        rows : csr_array of shape (n_rows, n_inputs), dtype float32
        masks : list of ndarray of shape (n_rows, units)
            Dropout masks of the hidden layers; empty if there is no dropout.

        Returns
        -------
        logits : ndarray of shape (n_rows, n_outputs), dtype float32
        """
        self._tape, self._masks = [], masks
        return self._forward(rows, masks, is_training=True)

    def _forward(self, rows, masks, *, is_training):
        z = rows @ self._weights.first
        straight = z[:, self._n_units :]
        z = z[:, : self._n_units]
        *hidden, head = self._weights.layers
        for i, layer in enumerate(hidden):
            inputs, z = z, (z if i == 0 else z @ layer.kernel) + layer.bias
            norm = None
            if layer.gamma is not None:
                z, norm = self._normalized(i, layer, z, is_training)
            outputs = self._function(z.copy())  # a function may overwrite its argument
            if is_training:
                self._tape.append((inputs, z, norm))
                if masks:
                    outputs = outputs * masks[i]
            z = outputs
        if is_training:
            self._last = z
        logits = (z @ head.kernel if hidden else z) + head.bias
        return logits + straight if self._weights.path is not None else logits

    def _normalized(self, i, layer, z, is_training):
        """(outputs of batch normalization, what its gradient needs), with the formulas of Keras' layer."""
        mean, variance = self._moving[2 * i : 2 * i + 2]
        if is_training:
            now = z.mean(axis=0), z.var(axis=0)
            for moving, value in zip((mean, variance), now, strict=True):
                moving *= BATCH_NORM_MOMENTUM
                moving += value * np.float32(1 - BATCH_NORM_MOMENTUM)
            mean, variance = now
        scale = 1 / np.sqrt(variance + np.float32(BATCH_NORM_EPSILON))
        centred = (z - mean) * scale
        return centred * layer.gamma + layer.beta, (centred, scale)

    def backward(self, rows, slopes):
        """Gradients of the last batch. Writes those of all weights but `first` into the gradient.

        Parameters
        ----------
        rows : csr_array of shape (n_rows, n_inputs)
        slopes : ndarray of shape (n_rows, n_outputs), dtype float32
            Derivatives of the loss by the logits.

        Returns
        -------
        of_first : ndarray of the shape of `first`
        """
        *hidden, _ = self._weights.layers
        *_, of_head = self._gradient.layers
        np.sum(slopes, axis=0, out=of_head.bias)
        if not hidden:
            return rows.T @ slopes
        np.matmul(self._last.T, slopes, out=of_head.kernel)
        after = slopes @ self._weights.layers[-1].kernel.T
        for i in range(len(hidden) - 1, -1, -1):
            inputs, z, norm = self._tape[i]
            if self._masks:
                after = after * self._masks[i]
            after = after * self._slope(z)
            if norm is not None:
                after = self._through_norm(i, norm, after)
            np.sum(after, axis=0, out=self._gradient.layers[i].bias)
            if i:
                np.matmul(inputs.T, after, out=self._gradient.layers[i].kernel)
                after = after @ hidden[i].kernel.T
        both = after if self._weights.path is None else np.concatenate([after, slopes], axis=1)
        return rows.T @ both

    def _through_norm(self, i, norm, after):
        """The gradient by the inputs of batch normalization (Ioffe and Szegedy 2015, section 3)."""
        (centred, scale), layer, of_layer = norm, self._weights.layers[i], self._gradient.layers[i]
        np.sum(after * centred, axis=0, out=of_layer.gamma)
        np.sum(after, axis=0, out=of_layer.beta)
        after = after * layer.gamma
        return scale * (after - after.mean(axis=0) - centred * (after * centred).mean(axis=0))
