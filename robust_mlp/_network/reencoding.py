"""`reencoded`: a training that goes on with other inputs, and answers as before.

The encoding says how its outputs changed (`InputChange`); here the first kernels, their biases and the optimizer's
state follow. Trains nothing."""

from dataclasses import replace

import numpy as np

from robust_mlp._core.activations import activation_called
from robust_mlp._core.training_data import OptimizerState
from robust_mlp._network.architecture import EMBEDDING_WIDTH

# Optimizer states by the ends of their names in Keras: means of gradients, and means or sums of their squares.
MEANS, SQUARES = ("momentum",), ("velocity", "accumulator")


def reencoded(trained, change, seed):
    """The same training behind another encoding.

    Parameters
    ----------
    trained : Trained
    change : InputChange
    seed : int
        Draws the kernels of categories that get vectors for the first time. Their vectors are 0, so answers stay.

    Returns
    -------
    trained : Trained
        `slots` is None if nobody knows how the optimizer's state follows: it then begins afresh.
    """
    weights = trained.weights
    places = _Places.of(weights)
    n_plain = weights.trainable[places.kernel].shape[-2] - EMBEDDING_WIDTH * weights.n_embedded
    gain = activation_called(weights.activation).gain
    rng = np.random.default_rng(seed)

    def kernel_of(kernel, draws):
        plain = change.of_kernel(kernel[..., :n_plain, :])
        parts = [plain]
        for source, _ in change.vectors:
            if source >= 0:
                start = n_plain + EMBEDDING_WIDTH * source
                parts.append(kernel[..., start : start + EMBEDDING_WIDTH, :])
                continue
            shape = (*kernel.shape[:-2], EMBEDDING_WIDTH, kernel.shape[-1])
            deviation = np.sqrt(gain / (plain.shape[-2] + EMBEDDING_WIDTH * len(change.vectors))) if draws else 0.0
            parts.append(rng.standard_normal(shape) * deviation)
        return np.concatenate(parts, axis=-2).astype(np.float32)

    arrays = list(weights.trainable[weights.n_embedded :])
    for kernel, bias in places.pairs:
        kernel, bias = kernel - weights.n_embedded, bias - weights.n_embedded
        added = change.into_bias(arrays[kernel][..., :n_plain, :])
        arrays[bias] = (arrays[bias] + added.reshape(arrays[bias].shape)).astype(np.float32)
        arrays[kernel] = kernel_of(arrays[kernel], draws=kernel == 0)
    vectors = _vectors_of(change, weights.trainable[: weights.n_embedded], weights.n_members)
    changed = replace(weights, trainable=[*vectors, *arrays], n_embedded=len(vectors))
    slots = trained.slots
    if slots is not None:
        states = [_state_of(state, change, weights.n_embedded, places, n_plain) for state in slots]
        slots = None if any(state is None for state in states) else states
    return replace(trained, weights=changed, slots=slots)


class _Places:
    """Where the arrays of the first layers stand among `NetworkWeights.trainable`."""

    def __init__(self, kernel, pairs):
        self.kernel, self.pairs = kernel, pairs

    @classmethod
    def of(cls, weights):
        """The first kernel, and (kernel, bias) of each layer that sees the inputs."""
        kernel, last = weights.n_embedded, len(weights.trainable) - 1
        pairs = [(kernel, kernel + 1)]
        if weights.has_linear_path:
            pairs.append((last, last - 1))  # the path has no bias of its own; the head's is added to the same sum
        return cls(kernel, pairs)


def _vectors_of(change, old, n_members=1):
    """The vectors of each embedded category: those that exist stay, further ones are 0."""
    vectors = []
    for source, size in change.vectors:
        members = (n_members,) if n_members > 1 else ()
        table = np.zeros((*members, size, EMBEDDING_WIDTH), np.float32)
        if source >= 0:
            table[..., : old[source].shape[-2], :] = old[source]
        vectors.append(table)
    return vectors


def _state_of(state, change, n_embedded, places, n_plain):
    """The OptimizerState of one member behind the other inputs; None if it is unknown what becomes of it."""
    if any(value.ndim for value in state.others):
        return None
    found = {}
    for name, arrays in state.of_weights.items():
        if not name.endswith(MEANS + SQUARES):
            return None
        arrays = list(arrays)
        for kernel, bias in places.pairs:
            plain = arrays[kernel][:n_plain]
            changed = (
                change.of_mean_gradient(plain, arrays[bias]) if name.endswith(MEANS) else change.of_mean_square(plain)
            )
            parts = [changed]
            for source, _ in change.vectors:
                start = n_plain + EMBEDDING_WIDTH * source
                of_vectors = arrays[kernel][start : start + EMBEDDING_WIDTH]
                parts.append(of_vectors if source >= 0 else np.zeros((EMBEDDING_WIDTH, plain.shape[-1])))
            arrays[kernel] = np.concatenate(parts).astype(np.float32)
            if not np.isfinite(arrays[kernel]).all():
                return None
        found[name] = [*_vectors_of(change, arrays[:n_embedded]), *arrays[n_embedded:]]
    return OptimizerState(found, state.others)
