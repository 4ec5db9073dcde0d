"""`InputChange`: how the inputs of a network change where its encoding has learnt more of the table.

Made by the encoding, applied by whoever holds the network. Plain arrays; knows neither."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class InputChange:
    """From the inputs of a network to those that it is to have, so that its answers stay as they were.

    An old input is ``factor * new + shift``. So a kernel takes the factor, and the bias takes what the shift adds.

    Attributes
    ----------
    source : ndarray of shape (n_inputs,), dtype intp
        For each new input the old one that it was; -1 for one that did not exist. Codes of levels are not counted.
    factor, shift : ndarray of shape (n_inputs,), dtype float64
        1 and 0 for an input that did not exist.
    flags : ndarray of shape (n_flags, 2), dtype intp
        A missing flag and the number that it belongs to, both as new inputs. A missing number is 0 before and after the
        change, so the flag gives back what the shift added to the bias.
    vectors : tuple of (int, int)
        For each category with a vector per level: the old one that it was or -1, and how many vectors it has room for.
    """

    source: np.ndarray
    factor: np.ndarray
    shift: np.ndarray
    flags: np.ndarray
    vectors: tuple[tuple[int, int], ...] = ()

    @property
    def is_old(self) -> np.ndarray:
        """Which inputs existed, ndarray of shape (n_inputs,), dtype bool."""
        return self.source >= 0

    @property
    def rescales(self) -> bool:
        """Whether an input has another scale or another center."""
        return bool((self.factor != 1).any() or self.shift.any())

    @property
    def without_scales(self) -> "InputChange":
        """The change of a network that gives scaled values the answers that it gave before."""
        return replace(self, factor=np.ones_like(self.factor), shift=np.zeros_like(self.shift))

    def of_kernel(self, kernel: np.ndarray) -> np.ndarray:
        """The kernel of the new inputs.

        Parameters
        ----------
        kernel : ndarray of shape (..., n_old_inputs, n_units)

        Returns
        -------
        changed : ndarray of shape (..., n_inputs, n_units), dtype float64
            Zeros for inputs that did not exist.
        """
        rows = self._taken(kernel)
        changed = rows * self.factor[:, np.newaxis]
        flag, number = self.flags.T
        changed[..., flag, :] -= rows[..., number, :] * self.shift[number, np.newaxis]
        return changed

    def into_bias(self, kernel: np.ndarray) -> np.ndarray:
        """What is added to the bias, ndarray of shape (..., 1, n_units); `kernel` as for `of_kernel`."""
        return self.shift[np.newaxis] @ self._taken(kernel)

    def of_mean_gradient(self, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
        """The mean gradient of the new kernel, from that of the old kernel and of the bias, of shape (n_units,)."""
        changed = (self._taken(kernel) - self.shift[:, np.newaxis] * bias) / self.factor[:, np.newaxis]
        changed[..., ~self.is_old, :] = 0.0
        return changed

    def of_mean_square(self, kernel: np.ndarray) -> np.ndarray:
        """The mean squared gradient of the new kernel, from that of the old one; without what a shift does to it."""
        return self._taken(kernel) / self.factor[:, np.newaxis] ** 2

    def _taken(self, kernel):
        rows = kernel[..., np.maximum(self.source, 0), :].astype(np.float64)
        rows[..., ~self.is_old, :] = 0.0
        return rows
