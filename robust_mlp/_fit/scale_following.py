"""`ScaleFollowing`: whether the network of a stream follows the scale of its inputs, as the rows of the calls tell.

A network that follows gives a row the answer that it gave before. That is right where the scale is only known better.
Where the columns themselves grow or shrink, the answer to the scaled row is to stay. Trains nothing."""

from dataclasses import dataclass

import numpy as np

# Standard errors by which following must be worse before a network stops to follow. One is enough: where the two differ
# by less, little is lost with either.
LEAST_ERRORS = 1.0
# Of the evidence of earlier rows, what is left after another one: about 500 rows count. A stream may become steady.
KEPT_PER_ROW = 0.998


@dataclass(frozen=True)
class ScaleFollowing:
    """Losses of the rows of a stream, before they are trained on: of a network that follows, minus of one that stays.

    Attributes
    ----------
    total : float
        Sum of the differences, in nats. Those of earlier rows count less.
    squares : float
        Sum of their squares.
    """

    total: float = 0.0
    squares: float = 0.0

    @property
    def is_worse(self) -> bool:
        """Whether rows were predicted worse by a network that follows."""
        return self.total > LEAST_ERRORS * self.squares**0.5

    def after(self, differences: np.ndarray, weights: np.ndarray) -> "ScaleFollowing":
        """What is known after another call.

        Parameters
        ----------
        differences : ndarray of shape (n_rows,), dtype float64
            Loss with the network that follows, minus the loss with the one that stays. An infinite one counts nothing.
        weights : ndarray of shape (n_rows,), dtype float64
            Positive.

        Returns
        -------
        after : ScaleFollowing
            The same for any factor on all weights.

        Examples
        --------
        >>> known = ScaleFollowing().after(np.array([0.3, 0.1, 0.2]), np.ones(3))
        >>> known.is_worse
        True
        >>> known.after(np.array([-2.0, -1.0]), np.ones(2)).is_worse
        False
        """
        kept = KEPT_PER_ROW ** len(differences)
        counted = np.where(np.isfinite(differences), differences, 0.0) * (weights / weights.mean())
        return ScaleFollowing(
            kept * self.total + float(counted.sum()), kept**2 * self.squares + float(counted @ counted)
        )
