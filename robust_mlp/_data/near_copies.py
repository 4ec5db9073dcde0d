"""Near copies: rows that differ from another row by so little that both stem from one thing.

Augmentation by noise, measurements repeated within a second, and numbers that were rounded otherwise make them. A table
is looked at by itself: nothing is learned from labels, and no row is changed."""

import numpy as np
from scipy import sparse

# Near: in one cell of a grid with this step, in robust standard deviations of each column. Noise that is added on
# purpose, and the noise of a sensor that is read twice, may be larger, so that two grids are laid.
STEPS = (1e-3, 1e-2)
# Rows that lie this many times farther apart count as other things. Where points fill a curve, a surface or a volume,
# thirty times the step holds thirty times as many rows or more; around copies there is nothing.
FARTHER = 30
# So many rows may be in the wider cell for each row in the narrow one. Two clumps share a wide cell by chance.
MOST_ROWS_AROUND = 2.0
# Columns that are compared. Rows that agree in eight of a hundred columns of real numbers agree by no chance, and
# each further column takes time and makes it likelier that a border of the grid parts two copies.
MOST_COLUMNS = 8
# Fewer columns tell too little: in one column, numbers come near each other by chance.
FEWEST_COLUMNS = 2
# A column is compared if so many of the sampled cells differ. Codes and counts repeat by nature.
DIFFERENT_SHARE = 0.5
SAMPLED_ROWS = 1000
# Of more rows, those in some slices of one column are looked at: copies lie in the same slice.
MOST_ROWS = 100_000
_WIDEST = FARTHER * max(STEPS)

# Odd numbers, one for each column, so that the sum of products in 64 bits tells cells apart.
_FACTORS = np.random.default_rng(35).integers(1, 2**62, size=MOST_COLUMNS, dtype=np.int64) * 2 + 1


def near_copies_share(matrix, numbers):
    """The share of rows that have a near copy, and no other row around the two.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float, or csr_array
        Rows as read.
    numbers : sequence of int
        The columns that hold numbers.

    Returns
    -------
    share : float
        In [0, 1]. 0 for a sparse table, and for one with less than two columns of real numbers. Equal rows are no near
        copies of each other.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> rows = rng.normal(size=(100, 3))
    >>> near_copies_share(rows, range(3))
    0.0
    >>> near_copies_share(np.concatenate([rows, rows + 1e-5 * rng.normal(size=rows.shape)]), range(3)) > 0.9
    True
    """
    if sparse.issparse(matrix) or len(matrix) < 2:
        return 0.0
    cells = _compared(matrix, list(numbers))
    if cells is None or len(cells) < 2:
        return 0.0
    exact = _places(cells.view(np.int64))
    return max(_clumped_share(cells, exact, step) for step in STEPS)


def _compared(matrix, numbers):
    """The scaled cells of the columns that are compared, (n_rows, n_compared) float64; None if they are too few."""
    sample = matrix[np.linspace(0, len(matrix) - 1, min(SAMPLED_ROWS, len(matrix))).astype(np.intp)][:, numbers]
    known = np.isfinite(sample)
    n_different = [len(np.unique(column[here])) for column, here in zip(sample.T, known.T, strict=True)]
    wide = [i for i, n in enumerate(n_different) if n > DIFFERENT_SHARE * len(sample)]
    chosen = sorted(sorted(wide, key=lambda i: -n_different[i])[:MOST_COLUMNS])
    if len(chosen) < FEWEST_COLUMNS:
        return None
    low, middle, high = np.nanquantile(sample[:, chosen].astype(np.float64), [0.25, 0.5, 0.75], axis=0)
    spread = np.where(high > low, (high - low) / 1.349, 1.0)  # the standard deviation of a normal distribution
    columns = [numbers[i] for i in chosen]
    if len(matrix) > MOST_ROWS:
        slices = np.nan_to_num((matrix[:, columns[0]] - middle[0]) / spread[0]).clip(-1e6, 1e6) // _WIDEST
        matrix = matrix[slices.astype(np.int64) % (len(matrix) // MOST_ROWS + 1) == 0]
    cells = np.ascontiguousarray(matrix[:, columns], dtype=np.float64)
    return np.nan_to_num((cells - middle) / spread, nan=-1e6).clip(-1e6, 1e6)


def _clumped_share(cells, exact, step):
    """The share of rows that lie in one narrow cell with a row that is not equal, and hardly any in the wide cell."""
    # Borders at no round number: a column of whole numbers would else lie on them.
    narrow, wide = (_places(np.floor(cells / size + 0.37).astype(np.int64)) for size in (step, FARTHER * step))
    n_narrow, n_wide = np.bincount(narrow)[narrow], np.bincount(wide)[wide]
    pairs = np.unique(np.stack([narrow, exact]), axis=1)[0] if n_narrow.max() > 1 else narrow
    n_different = np.bincount(pairs)[narrow]
    return float(np.mean((n_different > 1) & (n_wide <= MOST_ROWS_AROUND * n_narrow)))


def _places(values):
    """The number of each row's cell, from 0: ndarray of shape (n_rows,), dtype int64."""
    with np.errstate(over="ignore"):
        keys = (values * _FACTORS[: values.shape[1]]).sum(axis=1)
    return np.unique(keys, return_inverse=True)[1]
