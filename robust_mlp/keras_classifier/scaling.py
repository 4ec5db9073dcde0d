"""ColumnScaler: a scikit-learn transformer that scales rows of numbers to unit size and keeps the shape of X.

It scales tables column by column, images and sequences as a whole. Never drops or adds a column."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from robust_mlp._data.encoding import SMOOTH_CLIP

SCALES = ("standard", "robust", None)
# Distance of the quartiles of a normal distribution, in standard deviations.
NORMAL_QUARTILES = 1.349
# A standard deviation below this share of the column's size is rounding: the column is constant.
CONSTANT_SHARE = 1e-6
# Rows for the quartiles: more rows change them by less than one part in a hundred.
MAX_QUANTILE_ROWS = 100_000


class ColumnScaler(TransformerMixin, BaseEstimator):
    """Scale rows of numbers to unit size.

    Parameters
    ----------
    scale : {'standard', 'robust', None}, default='standard'
        Mean and standard deviation; median and quartiles, smoothly clipped at +-3; or nothing.

    Attributes
    ----------
    center_, divisor_ : ndarray of shape (n_features,) or (1,), dtype float64
        For each column; one number for all values if a row has more than one axis.
    """

    def __init__(self, scale="standard"):
        self.scale = scale

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
        size = np.maximum(np.abs(center), 1e-300)
        self.center_ = center
        self.divisor_ = np.where(spread > CONSTANT_SHARE * size, spread, np.inf)
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
            return X if X.dtype.kind in "iu" else X.astype(np.float32, copy=False)
        Z = (X - self.center_) / self.divisor_
        np.nan_to_num(Z, copy=False, nan=0.0)
        if self.scale == "robust":
            Z /= np.sqrt(1 + (Z / SMOOTH_CLIP) ** 2)
        return Z.astype(np.float32)


def _moments(table, weights):
    """Weighted mean and standard deviation of each column without NaN: two arrays of shape (n_columns,)."""
    table = table.astype(np.float64)
    known = ~np.isnan(table)
    mass = np.maximum((weights[:, None] * known).sum(axis=0), 1e-300)
    filled = np.where(known, table, 0.0)
    mean = (weights @ filled) / mass
    centred = np.where(known, table - mean, 0.0)
    return mean, np.sqrt((weights @ np.square(centred)) / mass)


def _quartiles(table, mean, deviation):
    """Median and scaled distance of the quartiles; mean and deviation if more than half of a column is one value."""
    step = max(1, len(table) // MAX_QUANTILE_ROWS)
    with np.errstate(all="ignore"):
        low, middle, high = np.nanquantile(table[::step].astype(np.float64), [0.25, 0.5, 0.75], axis=0)
    spread = (high - low) / NORMAL_QUARTILES
    # Beside the median, not the deviation: one very large cell makes that as large as it likes.
    usable = np.isfinite(middle) & (spread > CONSTANT_SHARE * np.abs(middle))
    return np.where(usable, middle, mean), np.where(usable, spread, deviation)
