"""Ensemble members as functions of sums over columns. It is why contributions are fast.

The first layer of a network is linear in the encoded row. So what a row gives to the first layer is a sum of one part
for each column, and a row that takes some columns from one row and the rest from another needs no first layer at all:
its sums are sums of parts. The squared distances of RBF units are sums over columns as well. A member without hidden
layers is nothing but such a sum."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from robust_mlp._core.activations import activation_called
from robust_mlp._core.losses import softmax
from robust_mlp._prediction.network import Network, votes_in
from robust_mlp._prediction.radial_units import RadialUnits, squared_distances
from robust_mlp._system.threads import LARGEST_PRODUCT_OF_ONE_THREAD, is_for_one_thread, product
from robust_mlp.explanation.contributions._activation_slopes import slope_of

# Kernels of so many columns are multiplied in halves. It made products with 128 x 128 kernels 14 % faster.
LEAST_WIDTH_TO_HALVE = 128


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
    members : list of DenseMember and RadialMembers
        Their votes sum to 1.
    """
    total = sum(votes_in(network).sum() for network in networks)
    members: list[DenseMember | RadialMembers] = []
    for network in networks:
        votes = votes_in(network) / total
        if network.units is not None:
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


def times(rows, kernel):
    """``rows @ kernel`` for two matrices, on the calling thread where the kernel is small enough for that.

    A product on one thread has few rows where the kernel is large, and BLAS packs the kernel again for each. So a wide
    kernel is taken in halves with twice the rows.
    """
    if not is_for_one_thread(kernel):
        return rows @ kernel
    width = kernel.shape[1]
    if width < LEAST_WIDTH_TO_HALVE or width % 2:
        return product(rows, kernel)
    at_once = LARGEST_PRODUCT_OF_ONE_THREAD // (kernel.size // 2)
    even = len(rows) - len(rows) % at_once
    outputs = np.empty((len(rows), width), np.result_type(rows, kernel))
    for half in (slice(0, width // 2), slice(width // 2, width)):
        for some, at in ((slice(0, even), at_once), (slice(even, len(rows)), len(rows) - even)):
            if at and some.stop > some.start:
                blocks = outputs[some].reshape(-1, at, width)[:, :, half]
                np.matmul(rows[some].reshape(-1, at, rows.shape[1]), kernel[:, half], out=blocks)
    return outputs


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
        _add_softmax(self.logits(sums), self.vote, total)

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
            by_logit = _through_softmax(by_probability, probabilities)
            by_sum = by_logit
            for kernel, z in zip(self._later[::-1], inputs[::-1], strict=True):
                by_sum = (by_sum @ kernel.T) * slope(z)
            return (by_sum, by_logit) if len(self.kernels) == 2 else (by_sum,)

        return probabilities, backward

    def path_gaps(self, encoded, others):
        """None: along a straight line between two rows the sums follow a straight line, too."""
        return None


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

    @cached_property
    def _heads(self):
        """(Kernel from the units to the logits of all members, bias)."""
        units, kernels = self.units, self.network.kernels[0].astype(np.float64)
        if self.network.linear_path is not None:
            kernels = kernels + self.network.linear_path
        biases = [bias[0] - units.shift @ kernel for bias, kernel in zip(self.network.biases[0], kernels, strict=True)]
        head = np.hstack([units.projection @ kernel for kernel in kernels])
        return head.astype(self._dtype), np.concatenate(biases).astype(self._dtype)

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
        kernel, bias = self._heads
        logits = times(self._units(sums[0]), kernel)
        logits += bias
        for k, vote in enumerate(self.votes):
            _add_softmax(logits[:, self._place(k)], vote, total)

    def _units(self, distances):
        np.negative(distances, out=distances)
        return np.exp(distances, out=distances)

    def _place(self, k):
        return slice(k * self.network.n_outputs, (k + 1) * self.network.n_outputs)

    @property
    def vote(self):
        """The weight of all members together."""
        return self.votes.sum()

    def forward(self, sums):
        """As `DenseMember.forward`, with the mean of the members as the probabilities."""
        kernel, bias = self._heads
        units = self._units(sums[0])
        logits = units @ kernel + bias
        each = [softmax(logits[:, self._place(k)]) for k in range(len(self.votes))]
        shares = self.votes / self.vote

        def backward(by_probability):
            by_logit = np.hstack(
                [share * _through_softmax(by_probability, P) for share, P in zip(shares, each, strict=True)]
            )
            return (-units * (by_logit @ kernel.T),)

        return sum(share * P for share, P in zip(shares, each, strict=True)), backward

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


def _add_softmax(logits, vote, total):
    """Add a share of the probabilities to `total`. Those of two classes need only the gap between their logits."""
    if logits.shape[1] != 2:
        total += vote * softmax(logits)
        return
    gaps = np.subtract(logits[:, 1], logits[:, 0], dtype=np.float64)
    with np.errstate(over="ignore"):  # a probability of 0, as it should be
        for k, gap in enumerate((gaps, -gaps)):
            odds = np.exp(gap)
            odds += 1.0
            total[:, k] += np.divide(vote, odds, out=odds)


def _through_softmax(by_probability, probabilities):
    """Derivatives by logits from those by probabilities, for each row."""
    mean = (by_probability * probabilities).sum(axis=1, keepdims=True)
    return probabilities * (by_probability - mean)
