"""Collections become parts, and what is none is refused with what to type."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from robust_mlp.dask._parts import delayed_parts, is_collection, label_parts, parts_of

from .tables import frame, partitioned


def test_frames_arrays_and_delayed_tables_are_lists_of_parts():
    X, y = partitioned(*frame(100), n_partitions=3)
    assert len(parts_of(X, y)) == 3
    array = da.ones((40, 4), chunks=(10, 2))
    assert [part.compute().shape for part in delayed_parts(array, "X")] == [(10, 4)] * 4
    tables = [dask.delayed(np.ones)((5, 2)) for _ in range(2)]
    assert is_collection(tables) and len(parts_of(tables, tables, tables)) == 2


def test_tables_in_memory_and_other_partitions_are_refused():
    X, y = frame(100)
    with pytest.raises(
        TypeError, match=r"X is a DataFrame, and DaskRobustMLPClassifier takes .*dask.dataframe.from_pandas"
    ):
        parts_of(X, y)
    with pytest.raises(ValueError, match="y has 1 partitions, and X has 3"):
        parts_of(da.ones((9, 2), chunks=(3, 2)), da.ones(9, chunks=9))
    assert not is_collection([]) and not is_collection(X)


def test_files_are_read_in_the_partitions_of_the_whole_table(tmp_path):
    X, y = frame(1000)
    parted, labels = partitioned(X, y, n_partitions=4)
    parted.assign(answer=labels, times=2.0).to_parquet(tmp_path)
    table = dd.read_parquet(tmp_path)  # of a single column, Dask reads several files at once
    parts = parts_of(table.drop(columns=["answer", "times"]), table["answer"], table["times"])
    read = [dask.compute(part.X, part.y, part.weights) for part in parts]
    assert [len(rows) for rows, _, _ in read] == [250] * 4
    assert all(len(rows) == len(found) == len(weights) for rows, found, weights in read)
    assert list(read[0][0].columns) == list(X.columns) and set(read[0][2]) == {2.0}
    counted = label_parts(table["answer"], table["times"])
    assert sum(len(dask.compute(part.y)[0]) for part in counted) == 1000


def written(folder, table, n_files=4):
    """A folder of Parquet files whose index begins with 0 in each."""
    folder.mkdir()
    for i, where in enumerate(np.array_split(np.arange(len(table)), n_files)):
        table.iloc[where].reset_index(drop=True).to_parquet(folder / f"{i}.parquet")
    return dd.read_parquet(folder)


def test_frames_of_files_of_their_own_meet_row_by_row(tmp_path):
    rows = pd.DataFrame({"a": np.arange(4000.0), "b": 1.0})
    X = written(tmp_path / "x", rows)
    y, weights = (written(tmp_path / name, pd.DataFrame({name: rows["a"] + i}))[name] for i, name in enumerate("yw"))
    assert not X.known_divisions
    for parts in (parts_of(X, y), parts_of(X, y, weights)):
        for part in parts:
            found = dask.compute(part.X, part.y)
            np.testing.assert_array_equal(found[0]["a"], found[1])
    for part in label_parts(y, weights):
        found = dask.compute(part.y, part.weights)
        np.testing.assert_array_equal(found[0] + 1, found[1])


def test_rows_that_cannot_meet_are_an_error(tmp_path):
    X = written(tmp_path / "x", pd.DataFrame({"a": np.arange(400.0)}))
    other_order = X["a"].map_partitions(lambda column: column[::-1], meta=("a", "f8"))
    with pytest.raises(ValueError, match=r"y have other labels in their index than those of X.*reset_index"):
        dask.compute(parts_of(X, other_order)[0].y)
    shorter = X["a"].map_partitions(lambda column: column[:30], meta=("a", "f8"))
    with pytest.raises(ValueError, match="A partition of y has 30 rows, and that of X has 100"):
        dask.compute(parts_of(X, shorter)[0].y)
    with pytest.raises(ValueError, match="y has 2 partitions, and X has 4"):
        parts_of(X, written(tmp_path / "y", pd.DataFrame({"a": np.arange(400.0)}), 2)["a"])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([], TypeError, r"X is a list that is empty.*dask\.delayed\(part\) for part in parts"),
        ([pd.DataFrame()], TypeError, "X is a list that holds objects that are not delayed"),
        (dask.delayed(1), TypeError, r"X is one delayed object. Pass a list of delayed partitions: \[X\]"),
        (da.ones((4, 3, 2)), ValueError, "X is a Dask Array of 3 dimensions"),
    ],
)
def test_what_is_no_list_of_partitions_is_told_so(X, error, message):
    with pytest.raises(error, match=message):
        delayed_parts(X, "X")
