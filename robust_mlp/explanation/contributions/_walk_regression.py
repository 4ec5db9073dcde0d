"""What walks count: a ridge regression on rows whose values are known, one for each column and score.

Knows neither games nor designs."""

from dataclasses import dataclass

import numpy as np

# Penalties of the ridge regression, in units of the largest squared singular value. Generalized cross-validation picks.
PENALTIES = np.geomspace(1e-6, 1e2, 25)


@dataclass(frozen=True, eq=False)
class Learned:
    """What the values of walks, their means and the features of a row count: see `learn`.

    Attributes
    ----------
    of_walks : ndarray of shape (n_scores, n_columns, n_walks)
        Of how far a walk is from the mean of all.
    of_means : ndarray of shape (n_scores, n_columns, n_columns)
        Of the means of all columns.
    of_features : ndarray of shape (n_scores, n_columns, n_features)
    shift : ndarray of shape (n_columns, n_scores)
        What is added to each value.
    """

    of_walks: np.ndarray
    of_means: np.ndarray
    of_features: np.ndarray
    shift: np.ndarray

    def values(self, found, features):
        """Values of rows, from those of each walk, (n_rows, n_walks, n_columns, n_scores), and from features."""
        means = found.mean(axis=1)
        values = means + np.einsum("rpjo,ojp->rjo", found - means[:, np.newaxis], self.of_walks, optimize=True)
        values += np.einsum("rko,ojk->rjo", means, self.of_means, optimize=True)
        return values + np.einsum("rf,ojf->rjo", features, self.of_features, optimize=True) + self.shift


def learn(found, known, features):
    """Learn what walks count from rows whose values are known, a ridge regression for each column and score.

    Parameters
    ----------
    found : ndarray of shape (n_rows, n_walks, n_columns, n_scores)
        Values of each walk.
    known : ndarray of shape (n_rows, n_columns, n_scores)
    features : ndarray of shape (n_rows, n_features)

    Returns
    -------
    learned : Learned
    """
    _, n_walks, n_columns, n_scores = found.shape
    means = found.mean(axis=1)
    # One penalty for all inputs: so features have the size of the values, which the steps and the means have.
    size = np.sqrt(np.square(found).mean(axis=(0, 1, 2)))
    slopes = np.empty((n_scores, n_columns, n_walks + n_columns + features.shape[1]))
    shift = np.empty((n_columns, n_scores))
    for o in range(n_scores):
        for j in range(n_columns):
            inputs = np.hstack([found[:, :, j, o] - means[:, j, o, np.newaxis], means[:, :, o], size[o] * features])
            slopes[o, j], shift[j, o] = ridge(inputs, known[:, j, o] - means[:, j, o])
    of_walks, of_means, of_features = np.split(slopes, [n_walks, n_walks + n_columns], axis=2)
    return Learned(of_walks, of_means, size[:, np.newaxis, np.newaxis] * of_features, shift)


def ridge(inputs, targets):
    """Ridge regression with an intercept, its penalty by generalized cross-validation.

    Parameters
    ----------
    inputs : ndarray of shape (n_rows, n_inputs)
    targets : ndarray of shape (n_rows,)

    Returns
    -------
    slopes : ndarray of shape (n_inputs,)
        With no more rows than inputs + 1 they are as good as the penalty makes them, and 0 where inputs do not vary.
    intercept : float

    References
    ----------
    Golub, Heath, Wahba (1979), "Generalized Cross-Validation as a Method for Choosing a Good Ridge Parameter",
    Technometrics 21(2), eq. 1.4.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(20.0)[:, np.newaxis]
    >>> slopes, intercept = ridge(x, 3 * x[:, 0] + 1)
    >>> slopes.round(3), round(intercept, 2)
    (array([3.]), 1.0)
    """
    center, mean = inputs.mean(axis=0), targets.mean()
    U, sizes, V = np.linalg.svd(inputs - center, full_matrices=False)
    if not sizes.size or sizes[0] <= 0:
        return np.zeros(inputs.shape[1]), float(mean)
    rotated = U.T @ (targets - mean)
    rest = np.square(targets - mean).sum() - np.square(rotated).sum()
    penalties = PENALTIES[:, np.newaxis] * sizes[0] ** 2
    kept = sizes**2 / (sizes**2 + penalties)
    errors = rest + np.square((1 - kept) * rotated).sum(axis=1)
    freedom = len(targets) - 1 - kept.sum(axis=1)
    scores = np.where(freedom > 0, errors / np.maximum(freedom, 1e-9) ** 2, np.inf)
    best = scores.argmin()
    slopes = V.T @ (sizes / (sizes**2 + penalties[best]) * rotated)
    return slopes, float(mean - center @ slopes)
