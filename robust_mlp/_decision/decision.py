"""Decision rules: take class probabilities and return class codes.

Applies learned offsets and costs. Never learns them (`learning` does)."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._core.log_odds import log_probabilities, shift_log_odds


@dataclass(frozen=True, kw_only=True, eq=False)
class Decision:
    """How probabilities become classes.

    Attributes
    ----------
    kind : {"argmax", "balanced", "scorer", "costs"}
    offsets : ndarray of shape (n_classes,), dtype float64
        Added to the log-probabilities before the class of the largest is chosen. All 0 for ``"argmax"`` and
        ``"costs"``. Their mean over the classes is 0.
    costs : ndarray of shape (n_classes, n_classes), dtype float64, or None
        For ``"costs"``: the cost of a prediction. Row: true class, column: predicted class.
    honest_offsets : ndarray of shape (n_classes,), dtype float64, or None
        For ``"costs"``: offsets that make the probabilities honest before costs are applied.
    score : float or None
        Cross-fitted held-out score under this decision, for ``"scorer"``.
    argmax_score : float or None
        Held-out score of predicting the most probable class, for ``"scorer"``.
    note : str
        One sentence about how the offsets were chosen, for ``"scorer"``; else ''.
    """

    kind: str
    offsets: np.ndarray
    costs: np.ndarray | None = None
    honest_offsets: np.ndarray | None = None
    score: float | None = None
    argmax_score: float | None = None
    note: str = ""

    def decide(self, probabilities):
        """Choose a class for each row.

        Parameters
        ----------
        probabilities : ndarray of shape (n_rows, n_classes), dtype float32 or float64

        Returns
        -------
        codes : ndarray of shape (n_rows,), dtype int64
            In a tie, the first class.
        """
        if self.costs is not None:
            honest = shift_log_odds(probabilities, self.honest_offsets)
            return (honest @ self.costs).argmin(axis=1)
        if not self.offsets.any():
            return probabilities.argmax(axis=1)
        return (log_probabilities(probabilities) + self.offsets).argmax(axis=1)
