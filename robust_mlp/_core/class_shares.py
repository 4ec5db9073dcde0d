"""`ClassShares`: how much of each class is in the data, how much in the loss, and what leads back.

Class weights and samplers move the shares in the loss away from those in the data."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._core.log_odds import prior_offsets

# Shares that agree to this relative difference are the same: what is left is rounding of sums in float64.
SAME_SHARES = 1e-12


@dataclass(frozen=True, eq=False)
class ClassShares:
    """Class shares of the data and of the loss.

    Attributes
    ----------
    data_mass : ndarray of shape (n_classes,), dtype float64
        Total sample weight of each class in the training rows, >= 0.
    loss_mass : ndarray of shape (n_classes,), dtype float64
        Total weight of each class in the loss, >= 0; sampling and class weights are counted.
    class_weights : ndarray of shape (n_classes,), dtype float64
        Weight of each class, which a row of it is multiplied by.
    """

    data_mass: np.ndarray
    loss_mass: np.ndarray
    class_weights: np.ndarray

    @property
    def prior(self) -> np.ndarray:
        """Class shares in the data, ndarray of shape (n_classes,)."""
        return self.data_mass / self.data_mass.sum()

    @property
    def loss_prior(self) -> np.ndarray:
        """Class shares in the loss, ndarray of shape (n_classes,)."""
        return self.loss_mass / self.loss_mass.sum()

    @property
    def leaves_out_a_class(self) -> bool:
        """Whether a class occurs in the data and has no weight in the loss, so that nothing leads back."""
        return bool((self.loss_mass[self.data_mass > 0] == 0).any())

    @property
    def row_factors(self) -> np.ndarray:
        """What the weight of a row of each class is multiplied by to count as in the loss, mean 1 over the data."""
        is_there = self.data_mass > 0
        return np.divide(self.loss_prior, self.prior, out=np.zeros(len(self.loss_mass)), where=is_there)

    def offsets(self, classes: np.ndarray) -> np.ndarray:
        """What to add to log-probabilities of the loss's shares to get those of the data's.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
            Labels, for the message of the error.

        Returns
        -------
        offsets : ndarray of shape (n_classes,), dtype float64
            Zeros where the shares are the same.

        Raises
        ------
        ValueError
            If the loss `leaves_out_a_class`.
        """
        if np.allclose(self.loss_prior, self.prior, rtol=SAME_SHARES):
            return np.zeros(len(self.loss_mass))
        return prior_offsets(self.data_mass, self.loss_mass, classes)

    def correction(self, classes: np.ndarray) -> np.ndarray:
        """`offsets`, and the inverse of `row_factors`: ndarray of shape (2, n_classes)."""
        factors = self.row_factors
        return np.stack([self.offsets(classes), np.divide(1, factors, out=np.zeros_like(factors), where=factors > 0)])
