"""A fit on Parquet files: which files and columns are meant, how windows are read, and what comes of it."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.dask import DaskRobustMLPClassifier, _memory_plan
from robust_mlp.dask._parquet import ParquetRows, parquet_rows, read_window

from .tables import frame

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def files(small, tmp_path_factory):
    """The rows of the shared table, sorted by class, in two files of several row groups."""
    folder = tmp_path_factory.mktemp("rows")
    table = small.X.assign(answer=small.y.to_numpy(), w=1.0).sort_values("answer", kind="stable")
    table[:3000].to_parquet(folder / "part-1.parquet", row_group_size=700, index=False)
    table[3000:].to_parquet(folder / "part-2.parquet", index=False)
    return folder, table.reset_index(drop=True)


def test_what_is_not_there_is_named(files, tmp_path):
    folder, _ = files
    with pytest.raises(FileNotFoundError, match=r"No file fits 'no/where\*'\. Pass a file, a folder, a pattern"):
        parquet_rows("no/where*", "answer")
    with pytest.raises(ValueError, match=r"target='anser' is no column of .*It has: 'c0'"):
        parquet_rows(folder, "anser")
    with pytest.raises(ValueError, match="sample_weight='v' is no column"):
        parquet_rows(folder, "answer", "v")
    with pytest.raises(ValueError, match="columns='c99' is no column"):
        parquet_rows(folder, "answer", columns=["c0", "c99"])
    with pytest.raises(ValueError, match="columns holds 'answer', which is the target"):
        parquet_rows(folder, "answer", columns=["c0", "answer"])
    with pytest.raises(ValueError, match="target is None"):
        parquet_rows(folder, None)
    frame(5)[0].to_parquet(tmp_path / "a.parquet")
    frame(5)[0].drop(columns="c2").to_parquet(tmp_path / "b.parquet")
    with pytest.raises(ValueError, match=r"b\.parquet' has no column 'c2', which .*a\.parquet' has"):
        parquet_rows(tmp_path, "kind")
    frame(5)[0][:0].to_parquet(tmp_path / "b.parquet")
    with pytest.raises(ValueError, match="The files hold no rows"):
        parquet_rows(tmp_path / "b.parquet", "kind")


def test_labels_are_read_alone(files):
    folder, table = files
    rows = parquet_rows(folder, "answer", "w")
    assert isinstance(rows, ParquetRows) and rows.n_rows == 5000 and "w" not in rows.columns
    parts, labels = rows.parts(1500, 0)
    assert len(parts) == len(labels) > 3
    assert all(part.X is None for part in labels)
    read = pd.concat([part.y.compute(scheduler="synchronous") for part in labels]).sort_index()
    assert read.astype(object).tolist() == table["answer"].tolist()


def test_blocks_hold_the_rows_in_their_order_as_they_were_prepared(files):
    folder, table = files
    rows = parquet_rows(folder, "answer", columns=["c1"], prepare=lambda frame: frame[frame.index % 3 == 0])
    found = pd.concat(rows.blocks(400))
    assert found.index.tolist() == list(range(0, 5000, 3)) and found.columns.tolist() == ["c1", "answer"]
    np.testing.assert_array_equal(found["c1"], table["c1"][::3])


def test_a_fit_on_sorted_files_learns_as_much_as_one_in_memory(small, files):
    folder, _ = files
    clf = DaskRobustMLPClassifier(**small.parameters | {"n_groups": 1})
    clf.fit_parquet(f"{folder}/*.parquet", "answer", sample_weight="w")
    assert clf.n_rows_ == 5000
    assert (
        np.mean(clf.predict(small.X_new) == small.y_new) > np.mean(small.clf.predict(small.X_new) == small.y_new) - 0.02
    )
    assert not [found.code for found in clf.report_.advisories if found.code.startswith("partition")]


def test_all_rows_decide_whether_numbers_are_cut_into_pieces(files, monkeypatch):
    folder, _ = files
    rows, clf = parquet_rows(folder, "answer"), DaskRobustMLPClassifier()
    assert rows.tables(clf, 2 * 10**9).settings == {}
    monkeypatch.setattr("robust_mlp._fit.resolve_plan.MOST_EMBEDDED_CELLS", 100_000)
    assert rows.tables(clf, 2 * 10**9).settings == {"numerical_embedding": None}
    clf.set_params(numerical_embedding="mixed")
    assert rows.tables(clf, 2 * 10**9).settings == {}


def test_a_small_limit_makes_a_small_sample_and_small_windows(small, files, monkeypatch):
    folder, _ = files
    per_row = parquet_rows(folder, "answer", columns=["c0", "c1"]).bytes_of_row()
    assert 16 < per_row < 100
    limit = int(_memory_plan.BYTES_OF_PROCESS + 1.3e6)
    seen = []
    monkeypatch.setattr("robust_mlp.dask._parquet.read_window", _watched(seen))
    clf = DaskRobustMLPClassifier(**small.parameters | {"sample_size": 4500}, memory_limit=limit)
    clf.fit_parquet(folder, "answer", columns=["c0", "c1"])
    plan = _memory_plan.memory_plan(limit, per_row, 2 * _memory_plan.INPUTS_OF_EMBEDDED_NUMBER)
    assert clf.n_rows_ == 5000 and plan.sample_rows < 4500
    assert max(seen) <= plan.window_rows < 5000
    assert clf.report_.settings is not None
    with pytest.raises(ValueError, match=r"memory_limit is 1,000,000 bytes"):
        DaskRobustMLPClassifier(memory_limit=10**6).fit_parquet(folder, "answer")


def _watched(seen):
    def read(window, columns, prepare):
        seen.append(sum(piece.n_rows for piece in window))
        return read_window(window, columns, prepare)

    return read


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"data": []}, ValueError, "The list of files is empty"),
        ({"data": pd.DataFrame({"a": [1]})}, TypeError, "The files are of type DataFrame"),
        ({"columns": "c0"}, TypeError, r"columns='c0' is a str. Pass a list of names: columns=\['c0'\]"),
        ({"columns": []}, ValueError, "columns is empty"),
        ({"columns": ["c1", "c1"]}, ValueError, "columns holds 'c1' twice"),
        ({"sample_weight": "answer"}, ValueError, "sample_weight='answer' is the target, too"),
        ({"sample_weight": np.ones(3)}, TypeError, "sample_weight is of type ndarray. Pass the name of a column"),
    ],
)
def test_arguments_that_cannot_be_names_are_told_so(files, arguments, error, message):
    with pytest.raises(error, match=message):
        parquet_rows(**{"data": files[0], "target": "answer"} | arguments)


def test_files_that_are_no_parquet_or_of_other_kinds_are_named(tmp_path):
    (tmp_path / "a.parquet").write_text("a,b")
    with pytest.raises(ValueError, match=r"a\.parquet' is no Parquet file .*CSV files are for fit_csv"):
        parquet_rows(tmp_path / "a.parquet", "a")
    pd.DataFrame({"a": [1.0], "b": [1]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"a": ["x"], "b": [1]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(ValueError, match=r"Column 'a' is double in .*a\.parquet' and .*string in .*b\.parquet'"):
        parquet_rows(tmp_path, "b")
    pd.DataFrame({"a": [None], "b": [1]}).to_parquet(tmp_path / "b.parquet")
    assert parquet_rows(tmp_path, "b").n_rows == 2
