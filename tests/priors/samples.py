"""Gaussian classes in any shares, with their true probabilities."""

import numpy as np

from robust_mlp._core.losses import softmax

# The class shares of the training and the test set in the first founding question.
SOURCE = np.array([0.1624, 0.3993, 0.0931, 0.2086, 0.1366])


TARGET = np.array([0.1083, 0.3539, 0.1986, 0.1625, 0.1767])


CENTRES = np.random.default_rng(7).normal(size=(5, 6))


def sample(n_rows, prior, seed):
    """Rows of five Gaussian classes in given shares."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(len(prior), size=n_rows, p=prior / prior.sum())
    return CENTRES[codes] + rng.normal(size=(n_rows, 6)), codes


def posterior(X, prior):
    """True class probabilities of `sample`."""
    return softmax(np.log(prior) - ((X[:, None] - CENTRES) ** 2).sum(axis=2) / 2)
