"""Which rows of Parquet files are read together: slices of row groups, mixed into windows.

Files are often sorted by time or by class. A window takes its slices from all over the files, so that neighbouring rows
are not trained on one after the other. Reads nothing."""

from itertools import pairwise

import numpy as np

from robust_mlp._data.parquet_slices import Slice

# A window mixes so many slices where row groups are small enough.
SLICES_OF_WINDOW = 8
# To read the last rows of a row group, those before are decoded and dropped: with four slices a pass over the file
# decodes 2.5 times its rows. More slices are cut only where a row group is larger than windows.
MOST_SLICES_FOR_MIXING = 4


def sliced(row_group, most_rows):
    """A row group in slices of about equally many rows, at most `most_rows`.

    Parameters
    ----------
    row_group : Slice
    most_rows : int
        Of a window.

    Returns
    -------
    slices : list of Slice
    """
    n = row_group.n_rows
    n_mixed = min(MOST_SLICES_FOR_MIXING, -(-n * SLICES_OF_WINDOW // most_rows))
    n_slices = min(n, max(n_mixed, -(-n // most_rows)))
    ends = np.linspace(0, n, n_slices + 1).astype(int)
    return [
        Slice(row_group.path, row_group.row_group, int(start), int(end - start), row_group.first + int(start))
        for start, end in pairwise(ends)
    ]


def windows_of(row_groups, most_rows, seed):
    """Slices from all over the files, grouped into windows.

    Parameters
    ----------
    row_groups : list of Slice
    most_rows : int
        Rows of a window at most.
    seed : int

    Returns
    -------
    windows : list of list of Slice
        The slices of a window in the order of the files, so that a row group is read forwards. Each row lies in one
        window.

    Examples
    --------
    >>> from robust_mlp._data.parquet_slices import Slice
    >>> from robust_mlp.dask._row_groups import windows_of
    >>> windows = windows_of([Slice("a", 0, 0, 600, 0), Slice("b", 0, 0, 600, 600)], 300, 0)
    >>> [sum(piece.n_rows for piece in window) for window in windows]
    [300, 300, 300, 300]
    """
    slices = [piece for row_group in row_groups for piece in sliced(row_group, most_rows)]
    order = _order_all_over(len(slices), seed)
    n_windows = -(-sum(piece.n_rows for piece in slices) // most_rows)
    fair = sum(piece.n_rows for piece in slices) / n_windows if n_windows else 0
    windows: list[list[Slice]] = [[]]
    n_rows = 0
    for i in order:
        piece = slices[i]
        if windows[-1] and (n_rows + piece.n_rows > most_rows or n_rows + piece.n_rows / 2 > fair):
            windows.append([])
            n_rows = 0
        windows[-1].append(piece)
        n_rows += piece.n_rows
    return [sorted(window, key=lambda piece: piece.first) for window in windows if window]


def _order_all_over(n, seed):
    """The numbers below n in an order in which each run of `SLICES_OF_WINDOW` has one of every part of the range."""
    rng = np.random.default_rng(seed)
    parts = [rng.permutation(part) for part in np.array_split(np.arange(n), SLICES_OF_WINDOW)]
    longest = max(map(len, parts))
    return [int(part[k]) for k in range(longest) for part in parts if k < len(part)]
