"""Logistic regression with a penalty on squared weights, on sparse rows, by L-BFGS. Chooses nothing."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array

from robust_mlp._core.log_odds import logits_of_shares
from robust_mlp._core.losses import softmax

# Iterations of one fit. A fit begins where that with the next larger penalty ended, so that few are needed.
MOST_ITERATIONS = 40
# A fit ends when an iteration makes the mean loss smaller by less than this. The size of the derivatives tells nothing:
# of a column that is stored in one row of a thousand, it is small at the start, too.
SMALLEST_GAIN = 1e-5
# Pairs of vectors that L-BFGS keeps; each is as large as all weights.
N_PAIRS = 5


@dataclass(frozen=True, eq=False)
class RidgeRows:
    """Rows to learn from.

    Attributes
    ----------
    rows : csr_array of shape (n_rows, n_inputs), dtype float32
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,)
    sizes : ndarray of shape (n_inputs,)
        The size of a stored cell of each input. The penalty is on weights of cells of size 1.
    n_classes : int
    """

    rows: csr_array
    codes: np.ndarray
    weights: np.ndarray
    sizes: np.ndarray
    n_classes: int

    @property
    def n_columns(self):
        """Columns of the kernel that are learned: two classes need one."""
        return 1 if self.n_classes == 2 else self.n_classes

    def fitted(self, penalty, start=None, check=None):
        """Fit the weights.

        Parameters
        ----------
        penalty : float
            Half of it times the sum of squared weights is added to the summed loss, as scikit-learn's 1 / C.
        start : ndarray or None
            The result for another penalty.
        check : callable or None, default=None
            Takes no arguments. Called after each iteration; what it raises ends the fit.

        Returns
        -------
        vector : ndarray of shape ((n_inputs + 1) * n_columns,), dtype float64
            Kernel for cells of size 1, then biases.
        """
        if start is None:
            start = np.zeros((self.rows.shape[1] + 1) * self.n_columns)
            start[-self.n_columns :] = logits_of_shares(self.codes, self.weights, self.n_classes)
        transposed = self.rows.T  # a view in csc
        found = minimize(
            self._loss_and_slopes,
            start,
            args=(penalty, transposed),
            jac=True,
            method="L-BFGS-B",
            callback=None if check is None else lambda _: check(),
            options={"maxiter": MOST_ITERATIONS, "maxcor": N_PAIRS, "ftol": SMALLEST_GAIN, "gtol": 0.0},
        )
        return found.x

    def layers(self, vector):
        """(kernel (n_inputs, n_classes), bias (n_classes,)) for the rows as they are, float32."""
        kernel, bias = self._parted(vector)
        kernel = kernel / self.sizes[:, np.newaxis]
        if self.n_columns == 1:
            kernel, bias = np.hstack([np.zeros_like(kernel), kernel]), np.append(0.0, bias)
        return kernel.astype(np.float32), bias.astype(np.float32)

    def _parted(self, vector):
        return vector[: -self.n_columns].reshape(-1, self.n_columns), vector[-self.n_columns :]

    def _loss_and_slopes(self, vector, penalty, transposed):
        """Mean loss with its penalty, and the derivative by `vector`."""
        kernel, bias = self._parted(vector)
        total = self.weights.sum()
        scores = (self.rows @ (kernel / self.sizes[:, np.newaxis]).astype(np.float32)).astype(np.float64) + bias
        losses, slopes = self._row_losses(scores)
        slopes *= (self.weights / total)[:, np.newaxis]
        of_kernel = (transposed @ slopes.astype(np.float32)).astype(np.float64) / self.sizes[:, np.newaxis]
        of_kernel += penalty / total * kernel
        loss = self.weights @ losses / total + penalty / total / 2 * np.vdot(kernel, kernel)
        return float(loss), np.concatenate([of_kernel.ravel(), slopes.sum(axis=0)])

    def _row_losses(self, scores):
        """(losses (n_rows,), their derivatives by the scores (n_rows, n_columns))."""
        if self.n_columns == 1:
            is_second = self.codes == 1
            signs = np.where(is_second, -scores[:, 0], scores[:, 0])
            return np.logaddexp(0.0, signs), (0.5 * np.tanh(0.5 * scores[:, 0]) + 0.5 - is_second)[:, np.newaxis]
        slopes = softmax(scores)
        where = np.arange(len(self.codes))
        top = scores.max(axis=1)
        losses = np.log(np.exp(scores - top[:, np.newaxis]).sum(axis=1)) + top - scores[where, self.codes]
        slopes[where, self.codes] -= 1.0
        return losses, slopes
