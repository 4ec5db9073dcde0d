"""The trained network in NumPy: weights and forward pass.

Predicts without TensorFlow, pickles in kilobytes and is safe under threads. Knows nothing of training, tables or
labels."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from robust_mlp._core.activations import activation_called
from robust_mlp._core.log_odds import log_probabilities
from robust_mlp._core.losses import softmax
from robust_mlp._prediction.effect_units import EffectUnits
from robust_mlp._prediction.radial_units import RadialUnits
from robust_mlp._system.threads import is_for_one_thread, product

BATCH_NORM_EPSILON = 1e-3  # as in the Keras network; a test compares the two forward passes
# Hidden values per chunk: a MB of float32. So the outputs of one layer are still in a core's cache when the next layer
# reads them. With smaller chunks, threads wait for each other at Python's lock.
CHUNK_VALUES = 2**18


@dataclass(frozen=True, eq=False, slots=True)
class NetworkWeights:
    """The weights of a trained network, as arrays in the order of the Keras model. They suffice to rebuild it.

    Parameters
    ----------
    trainable : list of ndarray
        In this order: vectors of each embedded category; kernel and bias (and gamma and beta) of each layer, head last;
        the linear path. With several members each array has a leading member axis.
    moving : list of ndarray
        Moving mean and variance of each batch normalization.
    activation : str
    n_hidden : int
    batch_norm, has_linear_path : bool
    n_members : int
    n_embedded : int, default=0
        Number of embedded categories; their codes are the last inputs.
    member_weights : ndarray of shape (n_members,) or None
        Weight of each member in the mean; None: 1.
    units : RadialUnits or EffectUnits or None
        Inputs of the first layer instead of the row; None: the row itself.
    """

    trainable: list[np.ndarray]
    moving: list[np.ndarray]
    activation: str
    n_hidden: int
    batch_norm: bool
    has_linear_path: bool
    n_members: int
    n_embedded: int = 0
    member_weights: np.ndarray | None = None
    units: RadialUnits | EffectUnits | None = None

    @property
    def architecture(self):
        """The network's settings by their names in a TrainingPlan."""
        return {
            "hidden_layer_sizes": tuple(kernel.shape[-2] for kernel in self.network().kernels[1:]),
            "activation": self.activation,
            "batch_norm": self.batch_norm,
            "linear_path": self.has_linear_path,
            "n_members": self.n_members,
        }

    def has_shape(self, plan, n_inputs, embedding_sizes=()):
        """Whether the network of a plan, with these inputs and embedded categories, has arrays of these shapes."""
        network = self.network()
        n_features = n_inputs + sum(vectors.shape[-1] - 1 for vectors in network.embeddings)
        return (
            [kernel.shape[-2] for kernel in network.kernels] == [n_features, *plan.hidden_layer_sizes]
            and tuple(vectors.shape[-2] for vectors in network.embeddings) == tuple(embedding_sizes)
            and self.n_members == plan.n_members
            and (self.batch_norm, self.has_linear_path) == (plan.batch_norm, plan.linear_path)
        )

    def tempered(self, factor):
        """The same weights with every logit multiplied by `factor`, one number or one for each member."""
        factor = np.asarray(factor, np.float32)
        if (factor == 1).all():
            return self
        in_head = -3 if self.has_linear_path else -2  # kernel, bias and the linear path
        scaled = [w * (factor[:, np.newaxis, np.newaxis] if factor.ndim else factor) for w in self.trainable[in_head:]]
        return replace(self, trainable=[*self.trainable[:in_head], *scaled])

    def shifted(self, offsets):
        """The same weights with `offsets`, ndarray of shape (n_outputs,), added to the head's bias."""
        head = -2 if self.has_linear_path else -1
        trainable = list(self.trainable)
        trainable[head] = trainable[head] + offsets.astype(np.float32)
        return replace(self, trainable=trainable)

    def with_rare_levels(self, is_rare):
        """The same weights, with the vector of code 0 for each level that is rare for a member.

        `is_rare` holds for each embedded category an ndarray of shape (n_members, n_levels), dtype bool.
        """
        trainable = list(self.trainable)
        for i, rare in enumerate(is_rare):
            trainable[i] = trainable[i].copy()
            for vectors, is_rare_here in zip(self._by_member(trainable[i], 2), rare, strict=True):
                vectors[is_rare_here] = vectors[0]
        return replace(self, trainable=trainable)

    def without_constant_inputs(self, values):
        """The same weights, with inputs ignored that are constant for a member: their effect is moved to the bias.

        `values`, ndarray of shape (n_members, n_inputs), holds the constants, and NaN for inputs that vary. Unchanged
        if a weight is not finite.
        """
        layers = [(self.n_embedded, self.n_embedded + 1)]  # places of kernel and bias in `trainable`
        if self.has_linear_path:
            layers.append((len(self.trainable) - 1, len(self.trainable) - 2))
        trainable = list(self.trainable)
        for i, j in layers:
            if not np.isfinite(trainable[i]).all():
                return self
            trainable[i], trainable[j] = trainable[i].copy(), trainable[j].copy()
            pairs = self._by_member(trainable[i], 2), self._by_member(trainable[j], trainable[j].ndim - self._axis)
            for kernel, bias, constants in zip(*pairs, values, strict=True):
                inputs = np.flatnonzero(~np.isnan(constants))
                bias += constants[inputs] @ kernel[inputs]
                kernel[inputs] = 0
        return replace(self, trainable=trainable)

    def with_scaled_inputs(self, scales):
        """The weights that make of an input what these make of it times `scales`, (n_members, n_inputs)."""
        trainable = list(self.trainable)
        for i in {self.n_embedded, len(trainable) - 1} if self.has_linear_path else {self.n_embedded}:
            trainable[i] = trainable[i].copy()
            for kernel, of_member in zip(self._by_member(trainable[i], 2), scales, strict=True):
                n_numbers = len(of_member) - self.n_embedded  # vectors follow them
                kernel[:n_numbers] *= of_member[:n_numbers, np.newaxis]
        return replace(self, trainable=trainable)

    @property
    def _axis(self):
        """How many leading axes of an array are for the members."""
        return int(self.n_members > 1)

    @staticmethod
    def _by_member(array, n_axes):
        """A view of an array with an axis for the members; `n_axes` is the number of axes without it."""
        return array if array.ndim > n_axes else array[np.newaxis]

    def with_members(self, other, pairs):
        """The same weights, with some members replaced by members of `other`: pairs (place in other, place here)."""

        def put(arrays, others):
            put_in = [a.copy() for a in arrays]
            for array, of_other in zip(put_in, others, strict=True):
                for there, here in pairs:
                    array[here] = of_other[there] if other.n_members > 1 else of_other
            return put_in

        return replace(self, trainable=put(self.trainable, other.trainable), moving=put(self.moving, other.moving))

    def of_members(self, members):
        """The weights of some of several members, in the order of `members`."""
        if len(members) > 1:
            trainable, moving = ([a[list(members)] for a in arrays] for arrays in (self.trainable, self.moving))
        else:  # without the member axis, and biases without the row axis
            trainable, moving = (
                [a[members[0], 0] if a.shape[1] == 1 else a[members[0]] for a in arrays]
                for arrays in (self.trainable, self.moving)
            )
        member_weights = None if self.member_weights is None else self.member_weights[list(members)]
        return replace(self, trainable=trainable, moving=moving, n_members=len(members), member_weights=member_weights)

    def network(self):
        """The same network ready to predict, with batch normalization folded into the kernels."""
        trainable, moving = iter(self._with_member_axis(self.trainable)), iter(self._with_member_axis(self.moving))
        embeddings = tuple(next(trainable) for _ in range(self.n_embedded))
        kernels, biases = [], []
        for _ in range(self.n_hidden):
            kernel, bias = next(trainable), next(trainable)
            if self.batch_norm:
                gamma, beta, mean, variance = next(trainable), next(trainable), next(moving), next(moving)
                scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
                kernel, bias = kernel * scale, (bias - mean) * scale + beta
            kernels.append(kernel)
            biases.append(bias)
        kernels.append(next(trainable))
        biases.append(next(trainable))
        path = next(trainable) if self.has_linear_path else None
        return Network(
            self.activation, tuple(kernels), tuple(biases), path, embeddings, self.member_weights, self.units
        )

    def _with_member_axis(self, arrays):
        """Add the member axis to the arrays of a single member, and the row axis to its biases."""
        if self.n_members > 1:
            return arrays
        return [a[None] if a.ndim == 2 else a[None, None] for a in arrays]


@dataclass(frozen=True, eq=False)
class Network:
    """One or more members of the same shape, and their mean.

    Parameters
    ----------
    activation : str
    kernels, biases : tuple of ndarray
        Arrays of every layer, head last: shapes (n_members, inputs, units) and (n_members, 1, units), float32. They
        include batch normalization.
    linear_path : ndarray of shape (n_members, n_features, n_outputs) or None
    embeddings : tuple of ndarray of shape (n_members, n_levels, width)
        Vectors of the levels of each embedded category.
    member_weights : ndarray of shape (n_members,) or None
        As in `NetworkWeights`.
    units : RadialUnits or EffectUnits or None
        As in `NetworkWeights`.
    is_for_one_thread : bool
        Whether logits are computed on the calling thread only. Otherwise matrix products use BLAS's threads.
    """

    activation: str
    kernels: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]
    linear_path: np.ndarray | None = None
    embeddings: tuple[np.ndarray, ...] = ()
    member_weights: np.ndarray | None = None
    units: RadialUnits | EffectUnits | None = None
    is_for_one_thread: bool = False

    @property
    def n_members(self):
        """Number of members."""
        return len(self.kernels[0])

    @property
    def n_outputs(self):
        """Number of classes."""
        return self.kernels[-1].shape[-1]

    @property
    def n_units(self):
        """Number of units of a member, over all layers."""
        return sum(kernel.shape[-1] for kernel in self.kernels)

    def in_float64(self):
        """The same network with weights, and so sums, in float64."""
        kernels, biases = (tuple(a.astype(np.float64) for a in arrays) for arrays in (self.kernels, self.biases))
        path = None if self.linear_path is None else self.linear_path.astype(np.float64)
        return replace(self, kernels=kernels, biases=biases, linear_path=path)

    def for_one_thread(self):
        """The same network with every product on the calling thread; None if its layers are too wide for that."""
        path = () if self.linear_path is None else (self.linear_path,)
        if self.units is not None or not all(is_for_one_thread(kernels[0]) for kernels in (*self.kernels, *path)):
            return None
        return replace(self, is_for_one_thread=True)

    def is_finite(self):
        """Whether every weight is a number."""
        path = () if self.linear_path is None else (self.linear_path,)
        return all(np.isfinite(w).all() for w in (*self.kernels, *self.biases, *path, *self.embeddings))

    def features(self, rows, member=0):
        """Inputs of the first layer: rows with vectors in place of codes, or outputs of units."""
        if self.units is not None:
            return self.units(rows).astype(self.kernels[0].dtype, copy=False)
        if not self.embeddings:
            return rows
        n_numbers = rows.shape[1] - len(self.embeddings)
        codes = rows[:, n_numbers:].astype(np.intp)
        vectors = [vectors[member][codes[:, i]] for i, vectors in enumerate(self.embeddings)]
        return np.concatenate([rows[:, :n_numbers], *vectors], axis=1)

    def hidden_outputs(self, rows, member=0):
        """Outputs of each hidden layer of one member, a list of arrays (n_rows, units)."""
        function, outputs, z = activation_called(self.activation).function, [], self.features(rows, member)
        for kernel, bias in zip(self.kernels[:-1], self.biases[:-1], strict=True):
            z = function(z @ kernel[member] + bias[member])
            outputs.append(z)
        return outputs

    def logits(self, rows, member=0):
        """Logits of one member, ndarray of shape (n_rows, n_outputs), in the weights' dtype."""
        return self._logits_of(self.features(rows, member), member)

    def all_logits(self, rows):
        """Logits of each member in turn, as `logits` has them."""
        features = None if self.embeddings else self.features(rows)  # once for all members: units take time
        for member in range(self.n_members):
            yield self._logits_of(self.features(rows, member) if features is None else features, member)

    def _logits_of(self, features, member):
        function, times = activation_called(self.activation).function, self._product
        z = features
        with np.errstate(over="ignore", invalid="ignore"):  # a diverged network gives inf; the guard checks this later
            for kernel, bias in zip(self.kernels[:-1], self.biases[:-1], strict=True):
                z = times(z, kernel[member])
                z += bias[member]
                z = function(z)
            z = times(z, self.kernels[-1][member])
            z += self.biases[-1][member]
            if self.linear_path is not None:
                z += times(features, self.linear_path[member])
        return z

    def _product(self, z, kernel):
        """Rows times a kernel. Rows of the table may be sparse, outputs of a layer never are."""
        if sparse.issparse(z):
            return z @ kernel
        return product(z, kernel) if self.is_for_one_thread else np.matmul(z, kernel)

    def member_probabilities(self, rows, member, where=None):
        """Probabilities of one member, ndarray of shape (n_rows, n_outputs), float64, for the rows `where`, or all."""
        return self._in_chunks(lambda chunk: softmax(self.logits(chunk, member)), rows, where)

    def member_logits(self, rows, member, where=None):
        """Logits of one member, like `member_probabilities`."""
        return self._in_chunks(lambda chunk: self.logits(chunk, member), rows, where)

    def probabilities(self, rows, where=None):
        """Probabilities of all members together, like `member_probabilities`."""
        return self._in_chunks(lambda chunk: softmax(self.decide(chunk)), rows, where)

    def _in_chunks(self, function, rows, where):
        """`function` of the rows, in chunks. At most one chunk of rows is copied at a time."""
        n_rows = rows.shape[0] if where is None else len(where)
        out = np.empty((n_rows, self.n_outputs))
        for chunk in self.chunks(n_rows):
            out[chunk] = function(rows[chunk] if where is None else rows[where[chunk]])
        return out

    def decide(self, rows):
        """Logits of the one member, or the log of the members' mean probability, weighted by `member_weights`.

        Parameters
        ----------
        rows : ndarray or csr_array of shape (n_rows, n_inputs), dtype float32

        Returns
        -------
        scores : ndarray of shape (n_rows, n_outputs), dtype float64
            Their softmax is the probability of each class.
        """
        return decide_together((self,), rows)

    def chunks(self, n_rows):
        """Slices that keep the hidden values of one chunk within `CHUNK_VALUES`."""
        widest = max(max(kernel.shape[-1] for kernel in self.kernels), 0 if self.units is None else self.units.width)
        size = max(1, CHUNK_VALUES // widest)
        return [slice(start, start + size) for start in range(0, n_rows, size)]


def decide_together(networks, rows):
    """The scores of the members of several networks together, as in `Network.decide`."""
    if sum(network.n_members for network in networks) == 1:
        return networks[0].logits(rows).astype(np.float64)
    total, n_votes = 0.0, 0.0
    for network in networks:
        for logits, vote in zip(network.all_logits(rows), votes_in(network), strict=True):
            total += vote * softmax(logits)
            n_votes += vote
    return log_probabilities(total / n_votes)


def votes_in(weights):
    """The weight of each member of a Network or of NetworkWeights, ndarray of shape (n_members,)."""
    return np.ones(weights.n_members) if weights.member_weights is None else weights.member_weights
