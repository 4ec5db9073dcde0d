"""Measurements of the kept weights per hidden layer: dead and saturated units, weight norms and gradient norms.

Measures only. `_collapse` decides what the figures mean."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from robust_mlp._core.activations import activation_called
from robust_mlp._core.losses import softmax
from robust_mlp._core.records import LayerRecord

PROBE_ROWS = 512  # if a unit is active for one row in a hundred, these rows show it with probability .99
DEAD_SPREAD = 1e-6  # relative to the size of the unit's output: an output that varies less is constant
SATURATED_SHARE = 0.95  # of the probe rows within `FLAT_MARGIN` of a flat end
FLAT_MARGIN = 0.01  # of the activation's range
RANGES = {"tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0)}


class LayersWhenAsked(Sequence):
    """The LayerRecords of a network, measured when the first one is read. A healthy fit never measures them."""

    def __init__(self, network, data):
        self._network, self._data = network, data

    @cached_property
    def _records(self):
        return look_at_layers(self._network, self._data)

    def __len__(self):
        return len(self._network.kernels) - 1

    def __getitem__(self, index):
        return self._records[index]


def look_at_layers(network, data):
    """Measure every hidden layer, over all members, on at most `PROBE_ROWS` training rows.

    Parameters
    ----------
    network : Network
    data : TrainingData

    Returns
    -------
    layers : tuple of LayerRecord
    """
    n_hidden = len(network.kernels) - 1
    per_member = [_member_figures(network, data, member) for member in range(network.n_members)]
    records = []
    for i in range(n_hidden):
        figures = np.mean([member[i] for member in per_member], axis=0)
        records.append(
            LayerRecord(
                name=f"layer {i + 1}",
                n_units=network.kernels[i].shape[-1],
                dead_fraction=float(figures[0]),
                saturated_fraction=float(figures[1]),
                weight_norm=float(figures[2]),
                gradient_norm=float(figures[3]),
            )
        )
    return tuple(records)


def _member_figures(network, data, member):
    """(dead, saturated, weight norm, gradient norm) of each hidden layer of one member."""
    train = data.train[member]
    where = train[np.linspace(0, len(train) - 1, min(PROBE_ROWS, len(train))).astype(int)]
    rows, codes = data.rows[where], data.codes[where]
    if data.hidden_inputs is not None:
        rows = np.where(data.hidden_inputs[member], np.float32(0), rows)
    with np.errstate(all="ignore"):  # a diverged network has figures that are not finite; they are reported unchanged
        outputs = network.hidden_outputs(rows, member)
        gradients = _kernel_gradients(network, rows, codes, outputs, member)
        return [
            (*_unit_fractions(output, network.activation), np.linalg.norm(network.kernels[i][member]), gradients[i])
            for i, output in enumerate(outputs)
        ]


def _unit_fractions(output, activation):
    """Share of constant units, and share of units at a flat end of their activation."""
    size = np.abs(output).max(axis=0)
    dead = float(np.mean(output.std(axis=0) <= DEAD_SPREAD * np.maximum(size, 1.0)))
    name = activation_called(activation).name
    if name not in RANGES:
        return dead, 0.0
    low, high = RANGES[name]
    margin = FLAT_MARGIN * (high - low)
    at_end = (output < low + margin) | (output > high - margin)
    return dead, float(np.mean(at_end.mean(axis=0) >= SATURATED_SHARE))


def _kernel_gradients(network, rows, codes, outputs, member):
    """Norm of the mean cross-entropy's gradient with respect to each hidden kernel (plain back-propagation)."""
    error = softmax(network.logits(rows, member))
    error[np.arange(len(codes)), codes] -= 1
    error /= len(codes)
    norms = []
    function = activation_called(network.activation).function
    for i in range(len(outputs) - 1, -1, -1):
        inputs = outputs[i - 1] if i else network.features(rows, member)
        z = (inputs @ network.kernels[i][member] + network.biases[i][member]).astype(np.float64)
        error = (error @ network.kernels[i + 1][member].T) * _slope(function, z)
        norms.append(np.linalg.norm(inputs.T @ error))
    return norms[::-1]


def _slope(function, z, step=1e-4):
    """Derivative of an activation by central difference: exact enough for a norm, and right for every activation."""
    return (function(z + step) - function(z - step)) / (2 * step)
