"""Ensemble members as functions of sums over columns. It is why contributions are fast.

The first layer of a network is linear in the encoded row. So what a row gives to the first layer is a sum of one part
for each column, and a row that takes some columns from one row and the rest from another needs no first layer at all:
its sums are sums of parts. The squared distances of RBF units are sums over columns as well, and so are the levels that
effects are looked up by. A member without hidden layers is nothing but such a sum."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from robust_mlp._core.activations import activation_called
from robust_mlp._core.losses import softmax
from robust_mlp._prediction.effect_units import EffectUnits
from robust_mlp._prediction.network import Network, votes_in
from robust_mlp._prediction.radial_units import RadialUnits, squared_distances
from robust_mlp._system.threads import is_for_one_thread
from robust_mlp.explanation.contributions._activation_slopes import slope_of
from robust_mlp.explanation.contributions._effect_members import EffectMembers
from robust_mlp.explanation.contributions._linear_heads import LinearHeads, add_softmax, head_kernels, through_softmax
from robust_mlp.explanation.contributions._lines import Lines
from robust_mlp.explanation.contributions._products import times


def input_column_of_outputs(encoding):
    """The user's column that each output of an encoding belongs to.

    Parameters
    ----------
    encoding : Encoding

    Returns
    -------
    column_of : ndarray of shape (n_outputs,), dtype intp
        Numbers, missing flags, pieces, one-hot levels and codes, and the parts of a date, belong to their column.
    """
    column_of = np.empty(encoding.n_outputs, dtype=np.intp)
    of_numbers = [encoding.numbers, encoding.numbers[encoding.flagged], encoding.numbers[encoding.pieced]]
    start = sum(map(len, of_numbers))
    column_of[:start] = np.concatenate(of_numbers)
    for j, slots in zip(encoding.categories, encoding.slots, strict=True):
        column_of[slots[slots >= 0]] = j
    column_of[encoding.n_outputs - encoding.n_codes :] = encoding.code_columns
    return np.array(encoding.reader.input_of, dtype=np.intp)[column_of]


def members_of(networks, column_of, n_columns):
    """The members of several networks as functions of sums over columns.

    Parameters
    ----------
    networks : sequence of Network
    column_of : ndarray of shape (n_inputs,), dtype int
        The column that each input of the networks belongs to.
    n_columns : int

    Returns
    -------
    members : list of DenseMember, RadialMembers and EffectMembers
        Their votes sum to 1.
    """
    total = sum(votes_in(network).sum() for network in networks)
    members: list[DenseMember | RadialMembers | EffectMembers] = []
    for network in networks:
        votes = votes_in(network) / total
        if isinstance(network.units, EffectUnits):
            members.append(EffectMembers(network, network.units, column_of, n_columns, votes))
        elif network.units is not None:
            columns = _places_by_column(column_of[network.units.inputs], n_columns)
            members.append(RadialMembers(network, network.units, columns, votes))
        else:
            columns = _places_by_column(_column_of_features(network, column_of), n_columns)
            members += [DenseMember(network, columns, k, vote) for k, vote in enumerate(votes)]
    return members


def _column_of_features(network, column_of):
    """`column_of` for the inputs of the first layer, where each code has become a vector."""
    if not network.embeddings:
        return column_of
    n_numbers = len(column_of) - len(network.embeddings)
    of_vectors = [
        np.full(vectors.shape[-1], j) for j, vectors in zip(column_of[n_numbers:], network.embeddings, strict=True)
    ]
    return np.concatenate([column_of[:n_numbers], *of_vectors])


def _places_by_column(column_of, n_columns):
    """For each column the places where `column_of` is it: a slice where they lie side by side, else indices."""
    found = []
    for j in range(n_columns):
        places = np.flatnonzero(column_of == j)
        is_slice = len(places) and places[-1] - places[0] == len(places) - 1
        found.append(slice(places[0], places[-1] + 1) if is_slice else places)
    return tuple(found)


@dataclass(frozen=True, eq=False)
class DenseMember:
    """One member with dense layers.

    Parameters
    ----------
    network : Network
        Without RBF units.
    columns : tuple of slice or ndarray of int
        Which inputs of the first layer belong to each column.
    member : int
    vote : float
        Its weight in the mean probability.
    """

    network: Network
    columns: tuple
    member: int
    vote: float

    @property
    def is_for_one_thread(self):
        """Whether products lose little by running on the calling thread. The first kernel is taken column by column."""
        return all(is_for_one_thread(kernel) for kernel in self._later)

    @cached_property
    def kernels(self):
        """The kernels that read the row: that of the first layer, and that of a linear path beside hidden layers."""
        first, path = self.network.kernels[0][self.member], self.network.linear_path
        if path is None:
            return (first,)
        return (first, path[self.member]) if self._later else (first + path[self.member],)

    @cached_property
    def _later(self):
        return [kernel[self.member] for kernel in self.network.kernels[1:]]

    @cached_property
    def _biases(self):
        return [bias[self.member, 0] for bias in self.network.biases]

    @property
    def widths(self):
        """How many sums each kernel has."""
        return tuple(kernel.shape[1] for kernel in self.kernels)

    @property
    def constants(self):
        """What is added to the sums of a row, for each kernel: the bias, or 0."""
        return tuple(self._biases[0] if i == 0 else 0.0 for i in range(len(self.kernels)))

    def parts(self, encoded):
        """What each column of encoded rows adds to the sums: tuple of ndarray of shape (n_rows, n_columns, width)."""
        features = self.network.features(encoded, self.member)
        found = []
        for kernel in self.kernels:
            parts = np.empty((len(encoded), len(self.columns), kernel.shape[1]), kernel.dtype)
            for j, places in enumerate(self.columns):
                parts[:, j] = features[:, places] @ kernel[places]
            found.append(parts)
        return tuple(found)

    def add_probabilities(self, sums, total):
        """Add the member's share of the mean probability to `total`, ndarray of shape (n, n_classes)."""
        add_softmax(self.logits(sums), self.vote, total)

    def logits(self, sums):
        """Logits from the sums of each kernel, arrays of shape (n, width). Overwrites the sums."""
        return self._forward(sums)[0]

    def _forward(self, sums, *, keeps_inputs=False):
        """(Logits, what came into each activation if asked for)."""
        function, z, inputs = activation_called(self.network.activation).function, sums[0], []
        for kernel, bias in zip(self._later, self._biases[1:], strict=True):
            if keeps_inputs:
                inputs.append(z.copy())
            z = times(function(z), kernel)
            z += bias
        if self._later and len(sums) == 2:
            z += sums[1]
        return z, inputs

    def forward(self, sums):
        """(Probabilities of shape (n, n_classes), a function for the way back).

        The function takes derivatives by the member's probabilities, of shape (n, n_classes), and returns those by the
        sums of each kernel, a tuple of arrays of shape (n, width).
        """
        logits, inputs = self._forward(sums, keeps_inputs=True)
        probabilities = softmax(logits)
        slope = slope_of(self.network.activation)

        def backward(by_probability):
            by_logit = through_softmax(by_probability, probabilities)
            by_sum = by_logit
            for kernel, z in zip(self._later[::-1], inputs[::-1], strict=True):
                by_sum = (by_sum @ kernel.T) * slope(z)
            return (by_sum, by_logit) if len(self.kernels) == 2 else (by_sum,)

        return probabilities, backward

    def lines(self, row, others):
        """The lines from several rows to one, both as Ends: the sums follow straight lines, too."""
        return Lines(self, row, others)


@dataclass(frozen=True, eq=False)
class RadialMembers:
    """The members of a network of linear heads on RBF units. Its sums are the squared distances to the centers.

    They compute in the dtype of the network's weights. In float32 the units' projection magnifies rounding errors to
    about 1e-5 nats, far less than sampling leaves, and an exponential takes a tenth of the time.

    Parameters
    ----------
    network : Network
        With RBF units and without hidden layers.
    units : RadialUnits
        Its units.
    columns : tuple of slice or ndarray of int
        Which inputs of the units belong to each column.
    votes : ndarray of shape (n_members,)
    """

    network: Network
    units: RadialUnits
    columns: tuple
    votes: np.ndarray

    is_for_one_thread = True
    constants = (0.0,)

    @property
    def widths(self):
        """The number of centers."""
        return (len(self.units.centers),)

    @property
    def vote(self):
        """The weight of all members together."""
        return self._heads.vote

    @cached_property
    def _heads(self):
        """From the units to the logits of all members; the projection is a part of the kernels."""
        units, kernels = self.units, head_kernels(self.network)
        biases = [bias[0] - units.shift @ kernel for bias, kernel in zip(self.network.biases[0], kernels, strict=True)]
        return LinearHeads.of([units.projection @ kernel for kernel in kernels], biases, self.votes, self._dtype)

    @property
    def _dtype(self):
        return self.network.kernels[0].dtype

    def parts(self, encoded):
        """What each column adds to the squared distances: a tuple of one ndarray (n_rows, n_columns, n_centers)."""
        units = self.units
        scaled = encoded[:, units.inputs] * units.factors
        parts = np.zeros((len(encoded), len(self.columns), len(units.centers)), self._dtype)
        for j, places in enumerate(self.columns):
            of_column, centers = scaled[:, places], units.centers[:, places]
            if centers.shape[1] == 1:  # most columns: without the cancellation of the general formula
                parts[:, j] = np.square(of_column - centers.T)
            elif centers.shape[1]:
                parts[:, j] = squared_distances(of_column, centers)
        return (parts,)

    def add_probabilities(self, sums, total):
        """Add the members' share of the mean probability to `total`, ndarray of shape (n, n_classes)."""
        self._heads.add_probabilities(self._units(sums[0]), total)

    def _units(self, distances):
        np.negative(distances, out=distances)
        return np.exp(distances, out=distances)

    def forward(self, sums):
        """As `DenseMember.forward`, with the mean of the members as the probabilities."""
        units = self._units(sums[0])
        probabilities, backward = self._heads.forward(units)
        return probabilities, lambda by_probability: (-units * backward(by_probability),)

    def lines(self, row, others):
        """The lines from several rows to one, both as Ends."""
        return Lines(self, row, others, self.path_gaps(row.encoded[0], others.encoded))

    def path_gaps(self, encoded, others):
        """How far the squared distances bend between two rows: for a row and some others, by column.

        On the line (1 - t) b + t x the squared distance of a column is (1 - t) D(b) + t D(x) - t (1 - t) |x - b|^2.

        Parameters
        ----------
        encoded : ndarray of shape (n_inputs,)
        others : ndarray of shape (n_others, n_inputs)

        Returns
        -------
        gaps : ndarray of shape (n_others, n_columns)
            The scaled squared distance |x - b|^2 in each column.
        """
        units = self.units
        squares = np.square((encoded - others)[:, units.inputs] * units.factors)
        return np.stack([squares[:, places].sum(axis=1) for places in self.columns], axis=1)
