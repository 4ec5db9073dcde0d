"""RBF units: how near a row is to each of some centers. Radial members see these units instead of the row.

Computes arrays from arrays. Knows nothing of training."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class RadialUnits:
    """Gaussian units exp(-|factors * row - center|^2), as in radial basis function networks [1]_, and their projection.

    Units with neighbouring centers are nearly equal. `projection` maps the units to outputs that are not redundant.

    Parameters
    ----------
    inputs : ndarray of shape (n_used,), dtype int
        Positions of the inputs that are used.
    factors : ndarray of shape (n_used,), dtype float64
        Factor of each of these inputs in the distances.
    centers : ndarray of shape (n_centers, n_used), dtype float64
        They are already multiplied by `factors`.
    projection : ndarray of shape (n_centers, n_outputs), dtype float64
    shift : ndarray of shape (n_outputs,), dtype float64
        Subtracted from the outputs.

    References
    ----------
    .. [1] Broomhead, Lowe (1988), "Multivariable Functional Interpolation and Adaptive Networks", Complex Systems 2.

    Examples
    --------
    >>> import numpy as np
    >>> units = RadialUnits(
    ...     inputs=np.array([0]),
    ...     factors=np.array([1.0]),
    ...     centers=np.array([[0.0], [2.0]]),
    ...     projection=np.eye(2),
    ...     shift=np.zeros(2),
    ... )
    >>> units(np.array([[0.0, 7.0]])).round(3)
    array([[1.   , 0.018]])
    """

    inputs: np.ndarray
    factors: np.ndarray
    centers: np.ndarray
    projection: np.ndarray
    shift: np.ndarray

    @property
    def n_outputs(self):
        """Number of outputs."""
        return self.projection.shape[1]

    @property
    def width(self):
        """Values that one row takes at once."""
        return len(self.centers)

    def __call__(self, rows):
        """Outputs for rows (n_rows, n_inputs): ndarray of shape (n_rows, n_outputs), dtype float64.

        The dtype is float64 for all rows, because `projection` magnifies the rounding errors of the units.
        """
        outputs = self.gaussians(rows) @ self.projection
        outputs -= self.shift
        return outputs

    def gaussians(self, rows):
        """Outputs of the units themselves: ndarray of shape (n_rows, n_centers), dtype float64."""
        outputs = squared_distances(self._scaled(rows), self.centers)
        np.negative(outputs, out=outputs)
        return np.exp(outputs, out=outputs)

    def mean_squared_slopes(self, rows, heads, weights):
        """The effect of each used input on the logits of linear heads.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_inputs)
        heads : ndarray of shape (n_heads, n_outputs)
        weights : ndarray of shape (n_rows,)

        Returns
        -------
        slopes : ndarray of shape (n_used,), dtype float64
            The weighted mean over rows of the squared derivative, summed over heads.
        """
        gaussians, scaled = self.gaussians(rows), self._scaled(rows)
        slopes, of_heads = np.zeros(len(self.factors)), heads @ self.projection.T
        if len(of_heads) > of_heads.shape[1]:
            return self._slopes_of_many_heads(gaussians, scaled, of_heads, weights)
        for of_units in of_heads:
            # The unit exp(-|f x - c|^2) has the derivative -2 f (f x - c) exp(-|f x - c|^2).
            parts = gaussians * of_units
            derivatives = scaled * parts.sum(axis=1, keepdims=True) - parts @ self.centers
            slopes += np.average((2 * self.factors * derivatives) ** 2, axis=0, weights=weights)
        return slopes

    def _slopes_of_many_heads(self, gaussians, scaled, of_heads, weights):
        """The same sum input by input, which takes less time than head by head where there are more heads than units.

        Sums of squares depend on H'H alone: of a thousand heads, as many rows as there are units say the same.
        """
        reduced = np.transpose(np.asarray(np.linalg.qr(of_heads, mode="r")))
        slopes = np.zeros(len(self.factors))
        for j, factor in enumerate(self.factors):
            derivatives = (gaussians * np.subtract.outer(scaled[:, j], self.centers[:, j])) @ reduced
            each = np.einsum("ij,ij->i", derivatives, derivatives)
            slopes[j] = 4 * factor**2 * np.average(each, weights=weights)
        return slopes

    def _scaled(self, rows):
        return rows[:, self.inputs] * self.factors


def squared_distances(rows, centers):
    """Squared distance of each row (n_rows, n_inputs) to each center: ndarray of shape (n_rows, n_centers)."""
    distances = rows @ centers.T
    distances *= -2
    distances += np.einsum("ij,ij->i", rows, rows)[:, np.newaxis]
    distances += np.einsum("ij,ij->i", centers, centers)
    return np.maximum(distances, 0, out=distances)  # rounding can give negative values
