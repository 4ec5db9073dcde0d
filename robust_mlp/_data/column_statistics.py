"""Weighted statistics of columns: mean, standard deviation, range, quantiles.

In one pass over the chosen rows, in float64, in an order and in pieces that depend on nothing else: no BLAS, whose
sums depend on its number of threads. Never fills, scales or decides."""

from dataclasses import dataclass, replace

import numpy as np

# Cells of one piece: 2 MB of float64, so that a piece stays in a core's cache.
CHUNK_CELLS = 1 << 18

# A standard deviation below this comes from squares that have lost digits to underflow.
SMALLEST_STD = 1e-150


@dataclass(frozen=True, eq=False)
class Moments:
    """Statistics of some columns, each an ndarray of shape (n_columns,), dtype float64; NaN cells are left out.

    A column without any value has mean, std, low and high 0.
    """

    mean: np.ndarray
    std: np.ndarray
    low: np.ndarray
    high: np.ndarray
    present_weight: np.ndarray
    missing_weight: np.ndarray

    def merged(self, other):
        """The statistics of the rows of both: those of one table that holds the rows of two.

        Parameters
        ----------
        other : Moments
            Of the same columns over other rows.

        Returns
        -------
        moments : Moments
        """
        total = self.present_weight + other.present_weight
        share = np.divide(other.present_weight, total, out=np.zeros_like(total), where=total > 0)
        with np.errstate(over="ignore", invalid="ignore"):
            delta = other.mean - self.mean  # Chan, Golub, LeVeque (1983), eq. 2.1
            # With a root of squares in place of a sum, a range of 1e200 does not leave float64.
            spread = np.hypot(np.sqrt(1 - share) * self.std, np.sqrt(share) * other.std)
            spread = np.hypot(spread, np.sqrt(share * (1 - share)) * np.abs(delta))
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        low, high = (
            np.where(self.present_weight > 0, np.where(other.present_weight > 0, both, own), new)
            for both, own, new in ((low, self.low, other.low), (high, self.high, other.high))
        )
        return Moments(
            mean=self.mean + share * delta,
            std=spread,
            low=low,
            high=high,
            present_weight=total,
            missing_weight=self.missing_weight + other.missing_weight,
        )

    def discounted(self, factors):
        """The same statistics with other weights: as if each row counted `factors`, ndarray of shape (n_columns,)."""
        return replace(self, present_weight=self.present_weight * factors, missing_weight=self.missing_weight * factors)


def row_chunks(n_rows, n_columns):
    """Slices that cover `n_rows` rows, `CHUNK_CELLS` cells each."""
    size = max(1, CHUNK_CELLS // max(1, n_columns))
    return [slice(start, min(start + size, n_rows)) for start in range(0, n_rows, size)]


def learn_moments(matrix, rows, weights, columns):
    """Statistics of columns over weighted rows.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
    rows : ndarray of shape (n_used,), dtype int
    weights : ndarray of shape (n_used,), dtype float64
        Positive.
    columns : ndarray of shape (n_columns,), dtype int
        Columns to look at, ascending.

    Returns
    -------
    moments : Moments
        `std` is that of the weighted population: divided by the sum of weights.

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque (1983). Algorithms for computing the sample variance: analysis and
    recommendations. The American Statistician 37(3), eq. 2.1: pieces of two passes each, merged pairwise.
    """
    moments = _scaled_moments(matrix, rows, weights, columns, None)
    # Squares of such values leave float64's range; a power of two brings them back without rounding.
    with np.errstate(invalid="ignore"):
        span = moments.high / 2 - moments.low / 2
        lost = ~np.isfinite(moments.mean) | ~np.isfinite(moments.std) | ((moments.std < SMALLEST_STD) & (span > 0))
    if lost.any():
        lost = np.flatnonzero(lost)
        largest = np.maximum(np.abs(moments.low[lost]), np.abs(moments.high[lost]))
        exponents = -np.frexp(largest)[1]
        again = _scaled_moments(matrix, rows, weights, columns[lost], exponents)
        moments.mean[lost] = np.ldexp(again.mean, -exponents)
        moments.std[lost] = np.ldexp(again.std, -exponents)
    return moments


def _scaled_moments(matrix, rows, weights, columns, exponents):
    """`learn_moments` of the columns times 2 to the `exponents`, an int array (n_columns,) or None."""
    n_columns = columns.size
    is_whole = n_columns == matrix.shape[1]
    mean, square, total = np.zeros(n_columns), np.zeros(n_columns), np.zeros(n_columns)
    missing = np.zeros(n_columns)
    is_unweighted = bool((weights == 1).all())
    low, high = np.full(n_columns, np.inf), np.full(n_columns, -np.inf)
    with np.errstate(over="ignore", invalid="ignore"):
        for part in row_chunks(rows.shape[0], matrix.shape[1]):
            cells = matrix[rows[part]] if is_whole else matrix[rows[part]][:, columns]
            cells = cells.astype(np.float64, order="C")  # the order in memory is the order of the sums
            if exponents is not None:
                cells = np.ldexp(cells, exponents)
            w = None if is_unweighted else weights[part, None]
            lost = np.isnan(cells)
            if lost.any():
                w = ~lost if w is None else w * ~lost
                missing += (lost * weights[part, None]).sum(axis=0)
                np.fmin(low, np.fmin.reduce(cells, axis=0), out=low)
                np.fmax(high, np.fmax.reduce(cells, axis=0), out=high)
                cells[lost] = 0.0
            else:
                np.minimum(low, cells.min(axis=0), out=low)
                np.maximum(high, cells.max(axis=0), out=high)
            here = np.full(n_columns, float(len(cells))) if w is None else w.sum(axis=0) + np.zeros(n_columns)
            count = np.where(here > 0, here, 1.0)
            shift = (cells if w is None else cells * w).sum(axis=0) / count
            cells -= shift
            # The mean of what is left after the shift corrects its rounding (corrected two-pass algorithm).
            weighted = cells if w is None else cells * w
            rest = weighted.sum(axis=0) / count
            squares = np.multiply(weighted, cells, out=weighted).sum(axis=0) - rest * rest * here
            delta = shift + rest - mean
            joint = np.where(total + here > 0, total + here, 1.0)
            mean += delta * (here / joint)
            square += squares + delta * delta * (total * here / joint)
            total += here
    any_value = total > 0
    variance = np.maximum(square, 0.0) / np.where(any_value, total, 1.0)
    return Moments(
        mean=mean,
        std=np.sqrt(np.where(np.isnan(square), np.inf, variance)),
        low=np.where(any_value, low, 0.0),
        high=np.where(any_value, high, 0.0),
        present_weight=total,
        missing_weight=missing,
    )


def weighted_quantiles(matrix, rows, weights, columns, levels):
    """Quantiles of columns over weighted rows, NaN cells left out.

    A row of weight 2 counts exactly as two rows: the quantile is the mean of the smallest values at which the
    cumulated weight reaches, and at which it exceeds, the wanted share ("averaged inverted CDF").

    Parameters
    ----------
    matrix, rows, weights, columns
        As for `learn_moments`.
    levels : sequence of float in (0, 1)

    Returns
    -------
    quantiles : ndarray of shape (n_levels, n_columns), dtype float64
        NaN for a column without any value.

    References
    ----------
    R. J. Hyndman, Y. Fan (1996). Sample quantiles in statistical packages. The American Statistician 50(4),
    definition 2.
    """
    quantiles = np.full((len(levels), columns.size), np.nan)
    is_equal = weights.size > 0 and bool((weights == weights[0]).all())
    block = max(1, CHUNK_CELLS // max(1, rows.shape[0]))
    for start in range(0, columns.size, block):
        cells = matrix[rows[:, None], columns[None, start : start + block]].T
        for i, values in enumerate(np.ascontiguousarray(cells), start):
            present = ~np.isnan(values)
            n_present = int(np.count_nonzero(present))
            if n_present == 0:
                continue
            if is_equal:
                places = _equal_places(n_present, levels)
                values = np.sort(values)[:n_present]  # NaN sorts last
            else:
                order = np.argsort(values, kind="stable")[:n_present]
                places = _weighted_places(weights[order], levels)
                values = values[order]
            left, right = values[places].astype(np.float64)
            quantiles[:, i] = left / 2 + right / 2
    return quantiles


def _equal_places(n_values, levels):
    """Places of quantiles among `n_values` sorted values of equal weight: int array of shape (2, n_levels)."""
    wanted = np.asarray(levels) * n_values
    return np.clip([np.ceil(wanted) - 1, np.floor(wanted)], 0, n_values - 1).astype(np.intp)


def _weighted_places(weights, levels):
    """Places of quantiles among sorted values of the given weights: int array of shape (2, n_levels)."""
    reached = np.cumsum(weights)
    wanted = np.asarray(levels) * reached[-1]
    places = [np.searchsorted(reached, wanted, side="left"), np.searchsorted(reached, wanted, side="right")]
    return np.clip(places, 0, weights.size - 1)
