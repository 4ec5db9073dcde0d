"""Radial units: how near a row is to each of some centers. What radial members see in place of the row itself.

Arrays in, arrays out; knows nothing of training."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class RadialUnits:
    """Gaussian units, exp(-|factors * row - center|^2), as in radial basis function networks [1]_.

    Parameters
    ----------
    factors : ndarray of shape (n_inputs,), float
        What each input is multiplied by before distances are taken; an input with 0 is not looked at.
    centers : ndarray of shape (n_units, n_inputs), float
        Multiplied by `factors`.

    References
    ----------
    .. [1] Broomhead, Lowe (1988), "Multivariable Functional Interpolation and Adaptive Networks", Complex Systems 2.

    Examples
    --------
    >>> import numpy as np
    >>> units = RadialUnits(factors=np.array([1.0, 0.0]), centers=np.array([[0.0, 0.0], [2.0, 0.0]]))
    >>> units(np.array([[0.0, 7.0]])).round(3)
    array([[1.   , 0.018]])
    """

    factors: np.ndarray
    centers: np.ndarray

    @property
    def n_units(self):
        """How many centers."""
        return len(self.centers)

    def __call__(self, rows):
        """Outputs for rows (n_rows, n_inputs): ndarray of shape (n_rows, n_units), in the dtype of the centers."""
        outputs = squared_distances((rows * self.factors).astype(self.centers.dtype, copy=False), self.centers)
        np.negative(outputs, out=outputs)
        return np.exp(outputs, out=outputs)

    def astype(self, dtype):
        """The same units with another dtype."""
        return replace(self, factors=self.factors.astype(dtype), centers=self.centers.astype(dtype))


def squared_distances(rows, centers):
    """Squared distance of each row (n_rows, n_inputs) to each center: ndarray of shape (n_rows, n_centers)."""
    distances = rows @ centers.T
    distances *= -2
    distances += np.einsum("ij,ij->i", rows, rows)[:, np.newaxis]
    distances += np.einsum("ij,ij->i", centers, centers)
    return np.maximum(distances, 0, out=distances)  # rounding may lead below zero
