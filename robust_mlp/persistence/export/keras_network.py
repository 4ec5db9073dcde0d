"""The network in a Keras model: from encoded rows to probabilities.

The same numbers as `FittedNetwork`, with Keras' own layers only. Members of one shape are computed together: arrays
have the shape (n_rows, n_members, ...). Knows no columns of a table."""

import keras
import numpy as np
from keras import ops

from robust_mlp._core.activations import activation_called
from robust_mlp._core.losses import SMALLEST_POSITIVE, SMALLEST_POSITIVE_OF_FLOAT32
from robust_mlp._prediction.network import votes_in


def probabilities_of(rows, fitted, dtype):
    """Probabilities of all members together.

    Parameters
    ----------
    rows : EncodedTensors
    fitted : FittedNetwork
    dtype : {"float64", "float32"}
        In which the members are computed.

    Returns
    -------
    probabilities : KerasTensor of shape (n_rows, n_classes), `dtype`
    """
    networks = [weights.network() for weights in fitted.all_answering]
    softmax = keras.layers.Softmax(dtype=dtype)
    answers = [softmax(_logits(network, rows, dtype)) for network in networks]
    together = answers[0] if len(answers) == 1 else keras.layers.Concatenate(axis=1, dtype=dtype)(answers)
    votes = np.concatenate([votes_in(network) for network in networks])
    n_classes = networks[0].n_outputs
    mean = keras.layers.EinsumDense("bmc,m->bc", (n_classes,), trainable=False, dtype=dtype, name="mean_over_members")
    return _with_weights(mean, together, [votes / votes.sum()])


def adjusted(probabilities, adjustments):
    """Probabilities after what is done to them.

    Parameters
    ----------
    probabilities : KerasTensor of shape (n_rows, n_classes)
    adjustments : sequence of Adjustment

    Returns
    -------
    probabilities : KerasTensor of the same shape and dtype
    """
    dtype = probabilities.dtype
    smallest = SMALLEST_POSITIVE if dtype == "float64" else SMALLEST_POSITIVE_OF_FLOAT32
    for adjustment in adjustments:
        # Arrays, because Keras takes Python's numbers for float32.
        floor = np.array(max(adjustment.floor, smallest), dtype=dtype)
        scaled = ops.multiply(ops.log(ops.maximum(probabilities, floor)), np.array(adjustment.slope, dtype=dtype))
        shifted = ops.add(scaled, adjustment.offsets.astype(dtype))
        probabilities = keras.layers.Softmax(dtype=dtype)(shifted)
    return probabilities


def _logits(network, rows, dtype):
    """Logits of the members of one Network: KerasTensor (n_rows, n_members, n_classes)."""
    features = _features(network, rows, dtype)
    z, activation = features, activation_called(network.activation).name
    for kernel, bias in zip(network.kernels[:-1], network.biases[:-1], strict=True):
        z = _dense(z, kernel, bias, dtype)
        z = keras.layers.Activation(activation, dtype=dtype)(z)
    logits = _dense(z, network.kernels[-1], network.biases[-1], dtype)
    if network.linear_path is not None:
        logits = keras.layers.Add(dtype=dtype)([logits, _dense(features, network.linear_path, None, dtype)])
    return logits


def _features(network, rows, dtype):
    """Inputs of the first layer: (n_rows, n_features), or with a member axis where members have own vectors."""
    if network.units is not None:
        return _radial_outputs(network.units, rows.plain, dtype)
    plain = None if rows.plain is None else ops.cast(rows.plain, dtype)
    if not network.embeddings:
        return plain
    parts = [] if plain is None else [keras.layers.RepeatVector(network.n_members, dtype=dtype)(plain)]
    for vectors, codes in zip(network.embeddings, rows.codes, strict=True):
        n_members, n_levels, width = vectors.shape
        embedding = keras.layers.Embedding(n_levels, n_members * width, dtype=dtype)
        of_levels = np.moveaxis(vectors, 0, 1).reshape(n_levels, n_members * width)
        found = _with_weights(embedding, codes, [of_levels])
        parts.append(keras.layers.Reshape((n_members, width), dtype=dtype)(found))
    return parts[0] if len(parts) == 1 else keras.layers.Concatenate(dtype=dtype)(parts)


def _dense(z, kernel, bias, dtype):
    """One layer of all members; `kernel` has the shape (n_members, inputs, units), `bias` (n_members, 1, units)."""
    n_members, _, units = kernel.shape
    if len(z.shape) == 2:
        equation, kernel = "bf,fmu->bmu", np.moveaxis(kernel, 0, 1)
    else:
        equation = "bmf,mfu->bmu"
    bias_axes = None if bias is None else "mu"
    layer = keras.layers.EinsumDense(equation, (n_members, units), bias_axes=bias_axes, dtype=dtype)
    return _with_weights(layer, z, [kernel] if bias is None else [kernel, bias[:, 0]])


def _radial_outputs(units, plain, dtype):
    """Outputs of RBF units, in float64 as in `RadialUnits`: the projection magnifies rounding errors."""
    rows = ops.multiply(ops.cast(ops.take(plain, units.inputs, axis=1), "float64"), units.factors)
    of_centers = np.einsum("ij,ij->i", units.centers, units.centers)
    distances = _frozen_dense(rows, -2 * units.centers.T, of_centers)
    distances = ops.add(distances, ops.sum(ops.square(rows), axis=1, keepdims=True))
    gaussians = ops.exp(ops.negative(ops.maximum(distances, 0.0)))
    return ops.cast(_frozen_dense(gaussians, units.projection, -units.shift), dtype)


def _frozen_dense(z, kernel, bias):
    layer = keras.layers.Dense(kernel.shape[1], trainable=False, dtype="float64")
    return _with_weights(layer, z, [kernel, bias])


def _with_weights(layer, z, weights):
    """What a new layer makes of `z` with these weights."""
    outputs = layer(z)
    layer.set_weights(weights)
    return outputs
