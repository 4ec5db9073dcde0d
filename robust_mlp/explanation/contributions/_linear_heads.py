"""Heads of ensemble members: from logits to shares of the mean probability, and the way back.

Computes arrays from arrays. Knows nothing of columns."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._core.losses import softmax
from robust_mlp.explanation.contributions._products import times


def head_kernels(network):
    """Kernels of members without hidden layers, the linear path included: (n_members, n_features, n_classes), float64.

    Parameters
    ----------
    network : Network
        Without hidden layers.
    """
    kernels = network.kernels[0].astype(np.float64)
    return kernels if network.linear_path is None else kernels + network.linear_path


@dataclass(frozen=True, eq=False)
class LinearHeads:
    """Linear heads of several members that read the same features.

    Parameters
    ----------
    kernel : ndarray of shape (n_features, n_members * n_classes)
    bias : ndarray of shape (n_members * n_classes,)
    votes : ndarray of shape (n_members,)
        The weight of each member in the mean probability.
    """

    kernel: np.ndarray
    bias: np.ndarray
    votes: np.ndarray

    @classmethod
    def of(cls, kernels, biases, votes, dtype):
        """Heads that compute in `dtype`, from a kernel (n_features, n_classes) and a bias (n_classes,) of each."""
        return cls(np.hstack(kernels).astype(dtype), np.concatenate(biases).astype(dtype), votes)

    @property
    def vote(self):
        """The weight of all members together."""
        return self.votes.sum()

    def add_probabilities(self, features, total):
        """Add the members' share of the mean probability to `total`, ndarray of shape (n, n_classes)."""
        logits = times(features, self.kernel)
        logits += self.bias
        for part, vote in zip(self._of_members(logits), self.votes, strict=True):
            add_softmax(part, vote, total)

    def forward(self, features):
        """(The mean of the members' probabilities, a function for the way back).

        The function takes derivatives by the probabilities, of shape (n, n_classes), and returns those by the features,
        of shape (n, n_features).
        """
        each = [softmax(part) for part in self._of_members(features @ self.kernel + self.bias)]
        shares = self.votes / self.vote

        def backward(by_probability):
            by_logit = [share * through_softmax(by_probability, P) for share, P in zip(shares, each, strict=True)]
            return np.hstack(by_logit) @ self.kernel.T

        return sum(share * P for share, P in zip(shares, each, strict=True)), backward

    def _of_members(self, logits):
        """The logits of each member."""
        return np.split(logits, len(self.votes), axis=1)


def add_softmax(logits, vote, total):
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


def through_softmax(by_probability, probabilities):
    """Derivatives by logits from those by probabilities, for each row."""
    mean = (by_probability * probabilities).sum(axis=1, keepdims=True)
    return probabilities * (by_probability - mean)
