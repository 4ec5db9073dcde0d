"""Samplers: they repeat, drop or make training rows, or draw rows so that every batch is balanced.

Works on training rows after the split. Never sees a held-out row and never weights a class (`balancing` does)."""

import difflib
import warnings
from dataclasses import dataclass

import numpy as np

from robust_mlp._data.balancing import class_mass, listed
from robust_mlp._data.imblearn_sampler import run_foreign_sampler
from robust_mlp._data.smote import N_NEIGHBORS, grow, spread_draws

SAMPLERS = ("over", "under", "smote", "balanced_batches")
# Samplers that draw rows anew for every epoch (`balanced_epoch`), so that every row is used in some epoch.
DRAWN_EACH_EPOCH = ("under", "balanced_batches")


def is_one_of(sampler, *names):
    """Whether a sampler is a string among `names`. Checks the type first: a user's object may not support ``==``."""
    return isinstance(sampler, str) and sampler in names


@dataclass(frozen=True, kw_only=True, eq=False)
class Resampled:
    """Training rows after a sampler: rows selected from the originals, then rows that the sampler made.

    Attributes
    ----------
    original : ndarray of shape (n_rows, n_columns)
        The matrix that was passed, not a copy.
    made : ndarray of shape (n_made, n_columns)
        New rows; none for ``"over"`` and ``"under"``.
    codes : ndarray of shape (n_selected + n_made,), dtype int
    weights : ndarray of shape (n_selected + n_made,), dtype float64
    source_index : ndarray of shape (n_selected + n_made,), dtype int64
        The row of `original` that each row is, or was made from.
    """

    original: np.ndarray
    made: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    source_index: np.ndarray

    @property
    def n_selected(self):
        """Number of original rows. They come first."""
        return len(self.source_index) - self.made.shape[0]

    @property
    def matrix(self):
        """All rows, (n_selected + n_made, n_columns): a copy, made on each use. Of a dense table."""
        return np.concatenate([self.original[self.source_index[: self.n_selected]], self.made])


def check_sampler(sampler):
    """Raise if `sampler` is not None, one of `SAMPLERS`, or an object with ``fit_resample``."""
    if sampler is None or (isinstance(sampler, str) and sampler in SAMPLERS):
        return
    known = f"None, {', '.join(repr(name) for name in SAMPLERS)}, or an imbalanced-learn sampler such as TomekLinks()"
    if isinstance(sampler, str):
        close = difflib.get_close_matches(sampler.lower(), SAMPLERS, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        raise ValueError(f"sampler={sampler!r} is not known. {hint}Pass {known}.")
    if isinstance(sampler, type):
        raise TypeError(f"sampler={sampler.__name__} is a class. Pass an instance: sampler={sampler.__name__}().")
    if not hasattr(sampler, "fit_resample"):
        raise TypeError(f"sampler={sampler!r} has no method fit_resample. Pass {known}.")


def resample(sampler, matrix, reader_kinds, codes, weights, seed, *, classes=None, names=None):
    """Apply a sampler to training rows.

    Parameters
    ----------
    sampler : None, {"over", "under", "smote", "balanced_batches"} or imbalanced-learn sampler
        ``"over"`` repeats rows of the smaller classes until every class has the total weight of the largest.
        ``"under"`` drops rows of the larger classes until every class has the total weight of the smallest.
        ``"smote"`` makes new rows between neighbours, with numbers and categories. ``None`` and ``"balanced_batches"``
        leave the rows as they are (for the latter see `balanced_epoch`). A sampler instance is cloned; the clone gets a
        seed if it has none.
    matrix : ndarray of shape (n_rows, n_columns), dtype float32 or float64
        Level codes in category columns, NaN where a value is missing.
    reader_kinds : sequence of {"number", "category"}, of length n_columns
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        Positive sample weights without class weights. A row with weight 2 counts as a row that occurs twice.
    seed : int
    classes : ndarray of shape (n_classes,), default=None
        Labels, for messages and for samplers whose ``sampling_strategy`` names them; the codes if None.
    names : sequence of str, default=None
        Column names, for samplers whose ``categorical_features`` names them.

    Returns
    -------
    resampled : Resampled
        Every class that occurs in `codes` occurs in it.

    Warns
    -----
    UserWarning
        If a class has too few rows for the sampler. The warning says what was done instead.

    Raises
    ------
    ValueError
        If `sampler` is an unknown string, or a sampler instance failed.
    TypeError
        If `sampler` is a class or has no ``fit_resample``.

    Examples
    --------
    >>> import numpy as np
    >>> matrix, codes = np.arange(5.0)[:, None], np.array([0, 0, 0, 1, 1])
    >>> resampled = resample("under", matrix, ["number"], codes, np.ones(5), 0)
    >>> np.bincount(resampled.codes)
    array([2, 2])
    """
    check_sampler(sampler)
    classes = np.arange(codes.max() + 1) if classes is None else classes
    rng = np.random.default_rng(seed)
    if sampler is None or sampler == "balanced_batches":
        return _selected(matrix, codes, weights, np.arange(len(codes)))
    if isinstance(sampler, str):
        if sampler == "over":
            return _over(matrix, codes, weights, rng)
        if sampler == "under":
            return _under(matrix, codes, weights, rng)
        return _smote(matrix, np.asarray(reader_kinds) == "category", codes, weights, classes, rng)
    found = run_foreign_sampler(sampler, matrix, reader_kinds, codes, weights, seed, classes, names)
    return Resampled(original=matrix, **found)


def balanced_epoch(codes, weights, n_draws, rng):
    """Draw one epoch of rows in which every batch, of any size, holds each class equally often.

    Within a class, each row is drawn in proportion to its weight, exactly up to rounding. With equal weights, no
    majority row is drawn twice before all were drawn once. The loss must not use the sample weights again.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        Positive.
    n_draws : int
        Rows in the epoch, >= 0.
    rng : numpy.random.Generator
        The call advances it, so the next call draws a different epoch.

    Returns
    -------
    index : ndarray of shape (n_draws,), dtype int64
        In any run of consecutive rows, the counts of any two classes that occur differ by at most 1.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([0] * 98 + [1] * 2)
    >>> index = balanced_epoch(codes, np.ones(100), 64, np.random.default_rng(0))
    >>> [int(codes[batch].sum()) for batch in index.reshape(4, 16)]
    [8, 8, 8, 8]
    """
    # With int16, NumPy's stable sort is a radix sort, which is ten times faster. It fits up to 32,767 classes.
    by_class = np.argsort(codes.astype(np.int16) if codes.max() < 2**15 else codes, kind="stable")
    counts = np.bincount(codes)
    ends = np.cumsum(counts)
    present = rng.permutation(np.flatnonzero(counts))  # the first classes may get one more draw
    is_even = weights.min() == weights.max()
    index = np.empty(n_draws, dtype=np.int64)
    for place, code in enumerate(present):
        slots = index[place :: len(present)]
        rows = by_class[ends[code] - counts[code] : ends[code]]
        if is_even or np.ptp(weights[rows]) == 0:
            slots[:] = _passes(rows, len(slots), rng)
        else:
            slots[:] = _weighted(rows, weights[rows], len(slots), rng)
    return index


def n_undersampled(codes, weights):
    """Number of rows of an epoch that takes from each class the total weight of the smallest.

    Examples
    --------
    >>> import numpy as np
    >>> n_undersampled(np.array([0] * 98 + [1] * 2), np.ones(100))
    4
    """
    mass = class_mass(codes, weights, codes.max() + 1)
    mass = mass[mass > 0]
    return len(mass) * max(1, round(mass.min() / weights.mean()))


def _passes(rows, n_draws, rng):
    """Draw `n_draws` of `rows`: whole passes over all of them, each in random order, and then a part of one pass."""
    if n_draws <= len(rows):
        return rng.permutation(rows)[:n_draws]
    n_passes = -(-n_draws // len(rows))
    return rng.permuted(np.tile(rows, (n_passes, 1)), axis=1).ravel()[:n_draws]


def _weighted(rows, weights, n_draws, rng):
    """Draw `n_draws` of `rows` in proportion to their weights, in random order."""
    draws = np.repeat(rows, spread_draws(weights, n_draws, rng))
    rng.shuffle(draws)
    return draws


def _selected(matrix, codes, weights, index):
    """`Resampled` of original rows only; `weights` are those of the selected rows."""
    return Resampled(original=matrix, made=matrix[:0], codes=codes[index], weights=weights, source_index=index)


def _over(matrix, codes, weights, rng):
    """Repeat rows until every class has the total weight of the heaviest."""
    index, drawn_weights = [np.arange(len(codes))], [weights]
    for rows, n_draws, weight in _shortages(codes, weights):
        draws = np.repeat(rows, spread_draws(weights[rows], n_draws, rng))
        index.append(draws)
        drawn_weights.append(np.full(n_draws, weight))
    return _selected(matrix, codes, np.concatenate(drawn_weights), np.concatenate(index))


def _under(matrix, codes, weights, rng):
    """Keep a part of each class whose total weight is that of the lightest class."""
    mass = class_mass(codes, weights, codes.max() + 1)
    target = mass[mass > 0].min()
    index, kept_weights = [], []
    for code in np.flatnonzero(mass):
        rows = np.flatnonzero(codes == code)
        if mass[code] == target:
            counts, weight_of_draw = weights[rows], 1.0
        else:
            n_draws = max(1, round(target / weights.mean()))
            counts, weight_of_draw = spread_draws(weights[rows], n_draws, rng), target / n_draws
        index.append(rows[counts > 0])
        kept_weights.append(counts[counts > 0] * weight_of_draw)
    order = np.argsort(np.concatenate(index), kind="stable")  # the order of the originals
    return _selected(matrix, codes, np.concatenate(kept_weights)[order], np.concatenate(index)[order])


def _smote(matrix, is_category, codes, weights, classes, rng):
    """Make new rows until every class has the total weight of the heaviest. Warn about classes too small for it."""
    scale = _column_scale(matrix, weights)
    selected, selected_weights = [np.arange(len(codes))], [weights]
    made, made_from, made_weights, lonely, few = [matrix[:0]], [], [], [], []
    for rows, n_draws, weight in _shortages(codes, weights):
        n_neighbors = min(N_NEIGHBORS, len(rows) - 1)
        if n_neighbors == 0:
            lonely.append(classes[codes[rows[0]]])
            selected.append(np.repeat(rows, n_draws))
            selected_weights.append(np.full(n_draws, weight))
            continue
        if n_neighbors < N_NEIGHBORS:
            few.append(classes[codes[rows[0]]])
        new, source = grow(matrix[rows], weights[rows], is_category, scale, n_draws, n_neighbors, rng)
        made.append(new)
        made_from.append(rows[source])
        made_weights.append(np.full(n_draws, weight))
    _warn_of_small_classes(lonely, few)
    index = np.concatenate(selected + made_from)
    return Resampled(
        original=matrix,
        made=np.concatenate(made),
        codes=codes[index],
        weights=np.concatenate(selected_weights + made_weights),
        source_index=index,
    )


def _shortages(codes, weights):
    """For each class lighter than the heaviest: (its rows, number of rows to draw, weight of each drawn row).

    A drawn row weighs about as much as the average row of the table. So the number of drawn rows stays in proportion to
    the table, even with very unequal weights. The class totals become exactly equal.
    """
    mass = class_mass(codes, weights, codes.max() + 1)
    for code in np.flatnonzero((mass > 0) & (mass < mass.max())):
        lack = mass.max() - mass[code]
        n_draws = round(lack / weights.mean())
        if n_draws > 0:
            yield np.flatnonzero(codes == code), n_draws, lack / n_draws


def _column_scale(matrix, weights):
    """Weighted standard deviation of each column over its known values, (n_columns,) float64. 1 if it is constant."""
    scale = np.ones(matrix.shape[1])
    for column, values in enumerate(matrix.T):
        known = ~np.isnan(values)
        if known.any():
            kept, kept_weights = values[known].astype(np.float64), weights[known]
            largest = np.abs(kept).max() or 1.0  # squares of values above 1e154 would overflow
            kept = kept / largest
            centre = np.average(kept, weights=kept_weights)
            scale[column] = largest * np.sqrt(np.average((kept - centre) ** 2, weights=kept_weights)) or 1.0
    return scale


def _warn_of_small_classes(lonely, few):
    """Warn about classes (labels) whose single row was repeated, and about classes with too few rows."""
    said = []
    if lonely:
        labels = listed(np.asarray(lonely).tolist())
        said.append(f"Class {labels} has one training row and so no neighbour. The row was repeated instead.")
    if few:
        labels = listed(np.asarray(few).tolist())
        said.append(
            f"Class {labels} has {N_NEIGHBORS} training rows or fewer: new rows lie between all of them "
            f"instead of {N_NEIGHBORS} neighbours."
        )
    if said:
        warnings.warn(f"sampler='smote': {' '.join(said)} Pass sampler='over' for plain repetition.", stacklevel=2)
