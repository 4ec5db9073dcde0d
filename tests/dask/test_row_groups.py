"""Slices of row groups make windows that hold each row once, from all over the files."""

import numpy as np
import pytest

from robust_mlp._data.parquet_slices import Slice
from robust_mlp.dask._row_groups import MOST_SLICES_FOR_MIXING, SLICES_OF_WINDOW, sliced, windows_of


def groups(sizes, path="a"):
    firsts = np.cumsum([0, *sizes])
    return [Slice(path, i, 0, n, int(firsts[i])) for i, n in enumerate(sizes)]


def rows_of(pieces):
    return np.concatenate([np.arange(piece.first, piece.first + piece.n_rows) for piece in pieces])


@pytest.mark.parametrize(
    ("n_rows", "window", "n_slices"),
    [
        (100, 100_000, 1),  # a small row group is read whole
        (100_000, 100_000, MOST_SLICES_FOR_MIXING),  # one that fills a window is cut, to be mixed with others
        (1_000_000, 100_000, 10),  # one that is larger than windows has to be cut
        (3, 1, 3),
    ],
)
def test_row_groups_are_cut_no_more_than_mixing_and_memory_need(n_rows, window, n_slices):
    pieces = sliced(Slice("a", 0, 0, n_rows, 7), window)
    assert len(pieces) == n_slices
    assert max(piece.n_rows for piece in pieces) <= window
    np.testing.assert_array_equal(rows_of(pieces), np.arange(7, 7 + n_rows))
    assert [piece.start for piece in pieces] == [piece.first - 7 for piece in pieces]


@pytest.mark.parametrize("sizes", [[1000] * 40, [5, 70_000, 300, 2000], [10_000], [999] * 3])
@pytest.mark.parametrize("most_rows", [1000, 4000, 10**6])
def test_each_row_lies_in_one_window_and_no_window_is_too_large(sizes, most_rows):
    windows = windows_of(groups(sizes), most_rows, 3)
    np.testing.assert_array_equal(np.sort(np.concatenate([rows_of(w) for w in windows])), np.arange(sum(sizes)))
    assert max(sum(piece.n_rows for piece in w) for w in windows) <= most_rows
    assert windows == windows_of(groups(sizes), most_rows, 3)


def test_a_window_mixes_the_whole_length_of_the_files_and_reads_forwards():
    windows = windows_of(groups([1000] * 64), 8000, 0)
    assert len(windows) == 8
    for window in windows:
        assert len(window) == SLICES_OF_WINDOW
        assert np.ptp([piece.first for piece in window]) > 48_000
        assert [piece.first for piece in window] == sorted(piece.first for piece in window)
    assert windows != windows_of(groups([1000] * 64), 8000, 1)
