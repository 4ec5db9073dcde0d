"""Linear heads of members that share features: logits, as far as probabilities need them.

Computes arrays from arrays. Knows nothing of columns."""

from dataclasses import dataclass

import numpy as np


def between_classes(weights):
    """Weights of a head: the difference for two classes, which is all that the probabilities need."""
    return weights[..., 1:] - weights[..., :1] if weights.shape[-1] == 2 else weights


@dataclass(frozen=True, eq=False)
class LinearHeads:
    """The heads of all members of a network, in float64.

    Parameters
    ----------
    kernel : ndarray of shape (n_features, n_members * n_logits)
    bias : ndarray of shape (n_members * n_logits,)
    n_members : int
    """

    kernel: np.ndarray
    bias: np.ndarray
    n_members: int

    @classmethod
    def of(cls, network):
        """The heads of a Network without hidden layers. A linear path is added to its kernel."""
        kernels, biases = (arrays[0].astype(np.float64) for arrays in (network.kernels, network.biases))
        if network.linear_path is not None:
            kernels = kernels + network.linear_path
        kernels, biases = between_classes(kernels), between_classes(biases)
        return cls(np.concatenate(list(kernels), axis=1), np.concatenate(list(biases[:, 0])), network.n_members)

    def logits(self, features):
        """Logits of each member: list of ndarray of shape (n_rows, n_classes or 1)."""
        return np.split(features @ self.kernel + self.bias, self.n_members, axis=1)
