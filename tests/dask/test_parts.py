"""Collections become parts, and what is none is refused with what to type."""

import dask
import dask.array as da
import numpy as np
import pytest

from robust_mlp.dask._parts import delayed_parts, is_collection, parts_of

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
    parted, labels = partitioned(X, y, n_partitions=3)
    with pytest.raises(ValueError, match="y has 1 partitions, and X has 3"):
        parts_of(parted, labels.repartition(npartitions=1))
    assert not is_collection([]) and not is_collection(X)
