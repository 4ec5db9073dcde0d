"""ColumnScaler: a scikit-learn transformer that scales rows of numbers to unit size and keeps the shape of X.

It scales tables column by column, images and sequences as a whole. Never drops or adds a column."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from robust_mlp._data.number_scales import SMOOTH_CLIP

SCALES = ("standard", "robust", None)
# Distance of the quartiles of a normal distribution, in standard deviations.
NORMAL_QUARTILES = 1.349
# A standard deviation below this share of the column's size is rounding: the column is constant.
CONSTANT_SHARE = 1e-6
# Rows for the quartiles: more rows change them by less than one part in a hundred.
MAX_QUANTILE_ROWS = 100_000
# Whole numbers up to this are exact in float32; rows with larger codes go on in float64.
LARGEST_EXACT = 2**24
LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


class ColumnScaler(TransformerMixin, BaseEstimator):
    """Scale rows of numbers to unit size.

    Parameters
    ----------
    scale : {'standard', 'robust', None}, default='standard'
        Mean and standard deviation; median and quartiles, smoothly clipped at +-3; or nothing.
    as_is : tuple of int, default=()
        Columns that stay as they are under any scale: codes of levels. A missing code becomes the commonest one.

    Attributes
    ----------
    center_, divisor_ : ndarray of shape (n_features,) or (1,), dtype float64
        For each column; one number for all values if a row has more than one axis.
    """

    def __init__(self, scale="standard", as_is=()):
        self.scale = scale
        self.as_is = as_is

    def fit(self, X, y=None, sample_weight=None):
        """Learn the centre and the spread.

        Parameters
        ----------
        X : ndarray of shape (n_rows, n_features) or (n_rows, ...), numeric
            NaN is ignored.
        y : None, default=None
        sample_weight : ndarray of shape (n_rows,), default=None

        Returns
        -------
        self : ColumnScaler
        """
        if self.scale not in SCALES:
            raise ValueError(f"scale={self.scale!r} is not known. Pass 'standard', 'robust' or None.")
        if self.scale is None:
            self.center_, self.divisor_ = np.zeros(1), np.ones(1)
            return self
        weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        table = X if X.ndim == 2 else X.reshape(len(X), -1)
        if X.ndim > 2:
            weights, table = np.repeat(weights, table.shape[1]), table.reshape(-1, 1)
        center, spread = _moments(table, weights)
        if self.scale == "robust":
            center, spread = _quartiles(table, center, spread)
        self.center_, self.divisor_ = center, divisor_of(center, spread)
        columns = list(self.as_is)
        self._commonest = [_commonest(table[:, j]) for j in columns]
        largest = np.abs(table[:, columns]).max(initial=0.0, where=~np.isnan(table[:, columns]))
        self._dtype = np.float32 if largest <= LARGEST_EXACT else np.float64
        return self

    def transform(self, X):
        """Scale rows.

        Parameters
        ----------
        X : ndarray with the columns of `fit`

        Returns
        -------
        X : ndarray of the same shape, dtype float32
            NaN becomes 0, the centre. With `scale=None`, X is unchanged.
        """
        if self.scale is None:
            if X.dtype.kind in "iu":
                return X
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                return X.astype(np.float32, copy=False)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):  # a new row may be as far out as it likes
            Z = (0.5 * X - 0.5 * self.center_) / (0.5 * self.divisor_)  # halves: no difference of two cells overflows
            np.nan_to_num(Z, copy=False, nan=0.0)
            if self.scale == "robust":
                Z /= np.sqrt(1 + np.square(Z / SMOOTH_CLIP))
            for j, commonest in zip(self.as_is, self._commonest, strict=True):
                Z[:, j] = np.where(np.isnan(X[:, j]), commonest, X[:, j])
            np.clip(Z, -LARGEST_FLOAT32, LARGEST_FLOAT32, out=Z)
            return Z.astype(self._dtype)


def divisor_of(center, spread):
    """What columns of a centre and a spread are divided by: the spread, infinite for a constant column."""
    return np.where(spread > CONSTANT_SHARE * np.maximum(np.abs(center), 1e-300), spread, np.inf)


def _commonest(codes):
    """The commonest of the codes of a column, the smallest of several; 0 for a column without any."""
    found, counts = np.unique(codes[~np.isnan(codes)], return_counts=True)
    return float(found[counts.argmax()]) if len(found) else 0.0


def _moments(table, weights):
    """Weighted mean and standard deviation of each column without NaN: two arrays of shape (n_columns,)."""
    table = table.astype(np.float64)
    known = ~np.isnan(table)
    mass = np.maximum((weights[:, None] * known).sum(axis=0), 1e-300)
    filled = np.where(known, table, 0.0)
    # Cells up to 1.8e308 are divided by the largest one first: their sum, and the square of each, would overflow.
    largest = np.maximum(np.abs(filled).max(axis=0, initial=0.0), 1e-300)
    with np.errstate(under="ignore"):
        filled /= largest
        mean = (weights @ filled) / mass
        centred = np.where(known, filled - mean, 0.0)
        return mean * largest, np.sqrt((weights @ np.square(centred)) / mass) * largest


def _quartiles(table, mean, deviation):
    """Median and scaled distance of the quartiles; mean and deviation if more than half of a column is one value."""
    sample = table[:: max(1, len(table) // MAX_QUANTILE_ROWS)].astype(np.float64)
    is_empty = np.isnan(sample).all(axis=0)
    sample = np.where(is_empty, 0.0, sample)  # NumPy warns of the quantiles of no cell
    with np.errstate(all="ignore"):
        low, middle, high = np.where(is_empty, np.nan, np.nanquantile(sample, [0.25, 0.5, 0.75], axis=0))
        spread = (high - low) / NORMAL_QUARTILES
        # Beside the median, not the deviation: one very large cell makes that as large as it likes.
        usable = np.isfinite(middle) & np.isfinite(spread) & (spread > CONSTANT_SHARE * np.abs(middle))
    return np.where(usable, middle, mean), np.where(usable, spread, deviation)
