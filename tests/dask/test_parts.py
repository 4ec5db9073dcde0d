"""Collections become parts, and what is none is refused with what to type."""

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
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
