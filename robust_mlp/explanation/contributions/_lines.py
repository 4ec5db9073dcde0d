"""Lines between two rows, as the sums of one ensemble member: the way of integrated gradients.

Computes arrays from arrays. Knows no table."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Ends:
    """Rows at which lines begin or end, as one member takes them.

    Parameters
    ----------
    encoded : ndarray of shape (n_rows, n_inputs)
    parts : tuple of ndarray of shape (n_rows, n_columns, width)
        What each column adds to the member's sums, for each kernel.
    sums : tuple of ndarray of shape (n_rows, width)
        Without the member's constants.
    """

    encoded: np.ndarray
    parts: tuple
    sums: tuple

    @classmethod
    def of(cls, member, encoded):
        """Encoded rows for a member."""
        parts = member.parts(encoded)
        return cls(encoded, parts, tuple(part.sum(axis=1) for part in parts))


class Lines:
    """Lines from several rows to one row along which each encoded cell moves straight.

    Parameters
    ----------
    member : DenseMember or RadialMembers
    row : Ends
        Of one row.
    others : Ends
    gaps : ndarray of shape (n_others, n_columns) or None
        How far the sums bend, as from `RadialMembers.path_gaps`; None: they follow a straight line, too.
    """

    def __init__(self, member, row, others, gaps=None):
        self.member = member
        self._row_parts, self._row_sums = [part[0] for part in row.parts], [sums[0] for sums in row.sums]
        self._parts, self._sums = others.parts, others.sums
        self._gaps = gaps

    def sums_at(self, t):
        """What the member's `forward` takes at share `t` of each line: tuple of ndarray of shape (n_others, width)."""
        found = []
        for of_row, of_others, constant in zip(self._row_sums, self._sums, self.member.constants, strict=True):
            sums = (1 - t) * of_others + t * of_row + constant
            if self._gaps is not None:
                sums -= t * (1 - t) * self._gaps.sum(axis=1, keepdims=True)
            found.append(sums)
        return tuple(found)

    def moved(self, by_sums, t):
        """Derivatives by the sums times how each column moves them, the mean over lines: ndarray (n_columns,)."""
        total = 0.0
        for by_sum, of_row, of_others in zip(by_sums, self._row_parts, self._parts, strict=True):
            total = total + of_row @ by_sum.sum(axis=0) - np.einsum("bw,bjw->j", by_sum, of_others)
            if self._gaps is not None:  # the derivative of -t (1 - t) by t
                total = total - (1 - 2 * t) * (by_sum.sum(axis=1) @ self._gaps)
        return total / len(by_sums[0])
