"""The trained network: `FittedNetwork` with its weights as values of a model file.

Checks that every shape follows from the ones before it, so that a file that was read can predict."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from robust_mlp._core.activations import ACTIVATION_NAMES
from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp._prediction.network import NetworkWeights
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    Array,
    Flag,
    Maybe,
    Number,
    Record,
    Several,
    Text,
    Vector,
    Whole,
    read_fields,
)
from robust_mlp.persistence.file_format.table import Encoded
from robust_mlp.persistence.file_format.units import Units, misfit_of_units

# Far more layers or members than anybody trains; a file cannot ask for longer loops than that.
_COUNT = Whole(0, 100_000)
WEIGHTS = Record(
    NetworkWeights,
    {
        "activation": Text(tuple(ACTIVATION_NAMES)),
        "n_hidden": _COUNT,
        "batch_norm": Flag(),
        "has_linear_path": Flag(),
        "n_members": Whole(1, 100_000),
        "n_embedded": _COUNT,
        "member_weights": Maybe(Vector()),
        "units": Maybe(Units()),
        "trainable": Several(Array(FLOATS), list),
        "moving": Several(Array(FLOATS), list),
    },
)


@dataclass(frozen=True)
class Factor:
    """Codec of an inverse temperature: a number, or an array of one for each member, whose dtype is kept."""

    def write(self, value, place, arrays):
        return Array(FLOATS, 1).write(value, place, arrays) if np.ndim(value) else Number().write(value, place, arrays)

    def read(self, data, place, arrays):
        if isinstance(data, str):
            return Array(FLOATS, 1).read(data, place, arrays)
        return Number().read(data, place, arrays)


_NETWORK: dict[str, Any] = {
    "encoding": Encoded(),
    "weights": WEIGHTS,
    "offsets": Vector(),
    "inverse_temperature": Factor(),
    "member_weights": Maybe(Vector()),
    "companions": Several(WEIGHTS),
}


@dataclass(frozen=True)
class Fitted:
    """Codec of a `FittedNetwork`, whose reader and number of classes are known."""

    def write(self, value, place, arrays):
        return {name: codec.write(getattr(value, name), place / name, arrays) for name, codec in _NETWORK.items()}

    def read(self, data, place, arrays, reader, n_classes):
        rest = {name: codec for name, codec in _NETWORK.items() if name != "encoding"}
        if not isinstance(data, dict) or "encoding" not in data:
            raise place.refuse(data, "an object with the key 'encoding'")
        encoding = Encoded().read(data["encoding"], place / "encoding", arrays, reader)
        others = {name: value for name, value in data.items() if name != "encoding"}
        network = FittedNetwork(encoding=encoding, **read_fields(rest, set(rest), others, place, arrays))
        self._check(network, place, n_classes)
        return network

    def _check(self, network, place, n_classes):
        n_inputs, sizes = network.encoding.n_outputs, network.encoding.embedding_sizes
        wrong = misfit(network.weights, n_inputs, sizes, n_classes)
        if wrong or network.weights.units is not None:
            raise (place / "weights").refuse(wrong or "units", "a network that fits the encoded rows")
        for i, weights in enumerate(network.companions):
            wrong = misfit(weights, n_inputs, sizes if weights.n_embedded else (), n_classes)
            if wrong:
                raise (place / "companions" / i).refuse(wrong, "a network that fits the encoded rows")
        n_members = network.weights.n_members
        if len(network.offsets) != n_classes:
            raise (place / "offsets").refuse(len(network.offsets), f"a list of {n_classes} numbers")
        if np.ndim(network.inverse_temperature) and len(network.inverse_temperature) != n_members:
            raise (place / "inverse_temperature").refuse(len(network.inverse_temperature), f"{n_members} numbers")
        if not _are_votes(network.member_weights, n_members):
            raise (place / "member_weights").refuse(network.member_weights, f"{n_members} numbers >= 0, not all 0")


def misfit(weights, n_inputs, embedding_sizes, n_classes):
    """What does not fit in a network's weights, or ''.

    Parameters
    ----------
    weights : NetworkWeights
    n_inputs : int
        Outputs of the encoding.
    embedding_sizes : tuple of int
        How many codes each of the last inputs has; () for a companion that reads no vectors.
    n_classes : int

    Returns
    -------
    wrong : str
    """
    if not _are_votes(weights.member_weights, weights.n_members):
        return f"member_weights are not {weights.n_members} numbers >= 0, not all 0"
    if weights.n_embedded != len(embedding_sizes):
        return f"n_embedded is {weights.n_embedded}, not {len(embedding_sizes)}"
    n_needed = weights.n_embedded + weights.n_hidden * (4 if weights.batch_norm else 2) + 2 + weights.has_linear_path
    n_moving = 2 * weights.n_hidden if weights.batch_norm else 0
    if (len(weights.trainable), len(weights.moving)) != (n_needed, n_moving):
        return f"{len(weights.trainable)} and {len(weights.moving)} arrays, not {n_needed} and {n_moving}"
    n_features = n_inputs
    if weights.units is not None:
        wrong = "units beside vectors of levels" if embedding_sizes else misfit_of_units(weights.units, n_inputs)
        if wrong:
            return wrong
        n_features = weights.units.n_outputs
    found = [array.shape for array in weights.trainable], [array.shape for array in weights.moving]
    expected = _shapes(weights, n_features, embedding_sizes, n_classes)
    return "" if found == expected else "arrays of other shapes than their layers have"


def _shapes(weights, n_features, embedding_sizes, n_classes):
    """The shapes of `trainable` and of `moving`; widths of vectors and of hidden layers are those of the arrays."""
    is_one = weights.n_members == 1
    members = () if is_one else (weights.n_members,)

    def matrix(*shape):
        return (*members, *shape)

    def row(width):
        return (width,) if is_one else (*members, 1, width)

    arrays = iter(weights.trainable)
    trainable, moving = [], []
    for size in embedding_sizes:
        width = _width(next(arrays))
        trainable.append(matrix(size, width))
        n_features += width - 1
    n_before = n_features
    for _ in range(weights.n_hidden):
        width = _width(next(arrays))
        trainable += [matrix(n_before, width), row(width)]
        next(arrays)
        if weights.batch_norm:
            trainable += [row(width)] * 2
            moving += [row(width)] * 2
            next(arrays), next(arrays)
        n_before = width
    trainable += [matrix(n_before, n_classes), row(n_classes)]
    if weights.has_linear_path:
        trainable.append(matrix(n_features, n_classes))
    return trainable, moving


def _width(array):
    return array.shape[-1] if array.ndim else 0


def _are_votes(member_weights, n_members):
    """Whether these can be weights of members in a mean."""
    if member_weights is None:
        return True
    return len(member_weights) == n_members and bool((member_weights >= 0).all() and member_weights.sum() > 0)
