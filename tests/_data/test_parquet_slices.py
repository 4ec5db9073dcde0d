"""Parquet files are found, and read piece by piece, whatever their row groups and kinds are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.dataset
import pytest

from robust_mlp._data.parquet_slices import Slice, column_names, files_of, read_blocks, read_slices, row_groups_of


def table_of(n_rows):
    """Numbers with gaps, texts, and a label."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"c3": rng.normal(size=n_rows), "kind": rng.choice(["a", "b"], n_rows), "answer": "yes"})
    table.loc[rng.random(n_rows) < 0.1, "c3"] = np.nan
    return table


@pytest.fixture
def files(tmp_path):
    """A table in two files, and the table."""
    table = table_of(5000)
    table[:3000].to_parquet(tmp_path / "part-1.parquet", row_group_size=700, index=False)
    table[3000:].to_parquet(tmp_path / "part-2.parquet", index=False)
    return tmp_path, table


@pytest.mark.parametrize("way", ["folder", "pattern", "list", "dataset", "path"])
def test_files_are_named_in_several_ways(files, way):
    folder, _ = files
    expected = [str(folder / f"part-{i}.parquet") for i in (1, 2)]
    data = {
        "folder": str(folder),
        "path": folder,
        "pattern": f"{folder}/part-*.parquet",
        "list": expected,
        "dataset": pyarrow.dataset.dataset(folder),
    }[way]
    assert list(map(Path, files_of(data, (".parquet",)))) == list(map(Path, expected))


def test_metadata_tell_the_row_groups_of_all_files(tmp_path):
    table = table_of(100)
    table[:70].to_parquet(tmp_path / "a.parquet", row_group_size=30)
    table[:0].to_parquet(tmp_path / "b.parquet")
    table[70:].to_parquet(tmp_path / "c.parquet")
    found = row_groups_of([str(tmp_path / f"{name}.parquet") for name in "abc"])
    assert [(piece.row_group, piece.n_rows, piece.first) for piece in found] == [
        (0, 30, 0),
        (1, 30, 30),
        (2, 10, 60),
        (0, 30, 70),
    ]


def test_a_window_holds_the_rows_of_its_slices_whatever_batches_they_lie_in(files, monkeypatch):
    monkeypatch.setattr("robust_mlp._data.parquet_slices.ROWS_OF_BATCH", 64)
    folder, table = files
    first, second = (str(folder / f"part-{i}.parquet") for i in (1, 2))
    window = [Slice(first, 1, 100, 333, 800), Slice(second, 0, 1000, 900, 4000)]
    found = read_slices(window, ["c3", "kind", "answer"])
    assert found.index.tolist() == [*range(800, 1133), *range(4000, 4900)]
    expected = table.loc[found.index]
    np.testing.assert_array_equal(found["c3"], expected["c3"])
    assert found["kind"].astype(object).tolist() == expected["kind"].tolist()


def test_files_may_differ_in_the_kind_of_numbers_and_in_their_levels(tmp_path):
    pd.DataFrame({"a": [1, 2], "k": ["x", "y"]}).to_parquet(tmp_path / "1.parquet")
    pd.DataFrame({"a": [0.5, np.nan], "k": ["z", None]}).to_parquet(tmp_path / "2.parquet")
    window = [Slice(str(tmp_path / f"{i}.parquet"), 0, 0, 2, 2 * i - 2) for i in (1, 2)]
    found = read_slices(window, ["a", "k"])
    np.testing.assert_array_equal(found["a"], [1, 2, 0.5, np.nan])
    assert found["k"].cat.categories.tolist() == ["x", "y", "z"] and found["k"].isna().tolist() == [False] * 3 + [True]


def test_an_index_that_pandas_has_written_is_no_column(tmp_path):
    table_of(5).set_index("c3").to_parquet(tmp_path / "a.parquet")
    table_of(9)[::2].to_parquet(tmp_path / "b.parquet")
    assert column_names(str(tmp_path / "a.parquet")) == ["kind", "answer"]
    assert column_names(str(tmp_path / "b.parquet")) == ["c3", "kind", "answer"]


def test_blocks_follow_each_other_to_the_end_of_a_row_group(files):
    folder, table = files
    second = row_groups_of([str(folder / f"part-{i}.parquet") for i in (1, 2)])[-1]
    blocks = list(read_blocks(second, ["answer", "c3"], 700))
    assert [len(block) for block in blocks] == [700, 700, 600]
    found = pd.concat(blocks)
    assert found.index.tolist() == list(range(3000, 5000)) and found.columns.tolist() == ["answer", "c3"]
    np.testing.assert_array_equal(found["c3"], table["c3"][3000:])
