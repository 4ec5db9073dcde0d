"""Columns of a stream that come in another unit than before: `Settling` tells them from chance and outliers.

Sees the statistics of columns of numbers and the cells of one call. Scales nothing, never warns."""

from dataclasses import dataclass, fields

import numpy as np

from robust_mlp._data.column_statistics import Moments

# A column is in another unit if its values spread over this many times less than before, or are, in the median, this
# many standard deviations away. Metres and centimetres are 100 apart. Tables of one stream hardly ever differ by so
# much by chance, and a scale that is wrong by less slows a training down without ending it.
OTHER_UNIT = 30.0
# From so many rows on it is no outlier.
FEWEST_ROWS_OF_OTHER_UNIT = 20.0
# Values that spread less may also be calm, such as those of a sensor that is idle. There must be as many of them as of
# the rows before, but no more than so many.
MOST_ROWS_TO_WAIT = 200.0
# The deviation of five values is hardly ever so small that a sixth is thirty of them away: Student's t with four
# degrees of freedom gives one in 80,000. Of fewer values it often is.
FEWEST_ROWS_BEFORE = 5.0
# A range of more deviations comes from a few values that are far from all others. A million rows of a normal column
# have one of ten.
WIDEST_RANGE = 12.0


@dataclass(frozen=True)
class UnitChange:
    """A column that came in another unit.

    Attributes
    ----------
    number : int
        Its place among the columns of numbers.
    mean_before, std_before, mean, std : float
        Mean and standard deviation of its rows before, and since.
    is_by_few : bool
        Whether a few values made the deviation before that large. Then the unit may be the same.
    """

    number: int
    mean_before: float
    std_before: float
    mean: float
    std: float
    is_by_few: bool


@dataclass(frozen=True, eq=False)
class Settling:
    """Statistics of a stream, in which rows that may be in another unit are kept apart until it is clear.

    Attributes
    ----------
    settled : Moments
        Of the rows of which it is clear.
    recent : Moments
        Of the last rows, where they may be in another unit; empty for the other columns.
    """

    settled: Moments
    recent: Moments

    @classmethod
    def of(cls, moments):
        """From the Moments of all rows so far."""
        return cls(moments, _emptied(moments))

    @property
    def total(self) -> Moments:
        """The statistics of all rows that count."""
        return _chosen(self.recent.present_weight > 0, self.settled.merged(self.recent), self.settled)

    def after(self, here, cells, discount):
        """The statistics after another table.

        Parameters
        ----------
        here : Moments
            Of the table.
        cells : ndarray of shape (n_rows, n_numbers), dtype float64
            Its columns of numbers; NaN where a cell is missing.
        discount : callable
            Takes the Moments of the rows before; returns them with less weight where the column has moved a little.

        Returns
        -------
        after : Settling
        changes : tuple of UnitChange
            Columns of which the rows before were forgotten now.
        """
        is_narrow, is_far = self._kinds(here, cells)
        goes_on = is_narrow & self._waits_as_narrow() | is_far & self._waits_as_far()
        # Rows that were kept apart, and are followed by others, belong to the rest.
        settled = discount(_chosen(goes_on, self.settled, self.total))
        recent = _chosen(goes_on, self.recent.merged(here), here)
        is_other = is_narrow | is_far
        settled, recent = (
            _chosen(is_other, settled, settled.merged(here)),
            _chosen(is_other, recent, _emptied(here)),
        )
        wanted = np.where(
            is_far,
            FEWEST_ROWS_OF_OTHER_UNIT,
            np.clip(self.settled.present_weight, FEWEST_ROWS_OF_OTHER_UNIT, MOST_ROWS_TO_WAIT),
        )
        is_clear = is_other & (recent.present_weight >= wanted) & (recent.std > 0)
        before = self.settled
        is_by_few = is_narrow & (before.high / 2 - before.low / 2 > WIDEST_RANGE / 2 * before.std)
        changes = tuple(
            UnitChange(
                number=int(i),
                mean_before=float(before.mean[i]),
                std_before=float(before.std[i]),
                mean=float(recent.mean[i]),
                std=float(recent.std[i]),
                is_by_few=bool(is_by_few[i]),
            )
            for i in np.flatnonzero(is_clear)
        )
        missing = settled.missing_weight + recent.missing_weight
        settled, recent = _chosen(is_clear, recent, settled), _chosen(is_clear, _emptied(recent), recent)
        settled.missing_weight[is_clear] = missing[is_clear]
        return Settling(settled, recent), changes

    def _kinds(self, here, cells):
        """(is_narrow, is_far): which columns of a table spread over far less than before, or lie far away."""
        before = self.settled
        has_scale = (before.std > 0) & np.isfinite(before.std) & (here.present_weight > 0)
        far = np.where(np.isnan(cells), np.nan, np.abs(cells - before.mean))
        far[:, ~has_scale] = 0.0
        n_far = np.count_nonzero(far > OTHER_UNIT * before.std, axis=0)
        is_far = has_scale & (before.present_weight >= FEWEST_ROWS_BEFORE)
        is_far &= 2 * n_far > np.count_nonzero(~np.isnan(cells), axis=0)
        together = _chosen(self._waits_as_narrow(), self.recent.merged(here), here)
        with np.errstate(over="ignore", invalid="ignore"):
            factor = np.divide(together.std, before.std, out=np.ones_like(before.std), where=has_scale)
            # Another unit makes the values themselves smaller, not only their differences. Those of a clock grow.
            size, size_before = np.hypot(together.mean, together.std), np.hypot(before.mean, before.std)
        return has_scale & ~is_far & (factor * OTHER_UNIT <= 1) & (size * OTHER_UNIT <= size_before), is_far

    def _waits_as_narrow(self):
        return (self.recent.present_weight > 0) & (self.recent.std * OTHER_UNIT <= self.settled.std)

    def _waits_as_far(self):
        return (self.recent.present_weight > 0) & ~self._waits_as_narrow()


def _chosen(which, one, other):
    """Moments with the columns `which` of one and the rest of the other."""
    return Moments(**{f.name: np.where(which, getattr(one, f.name), getattr(other, f.name)) for f in fields(Moments)})


def _emptied(moments):
    """Moments of as many columns, of no rows."""
    return Moments(**{f.name: np.zeros_like(getattr(moments, f.name)) for f in fields(Moments)})
