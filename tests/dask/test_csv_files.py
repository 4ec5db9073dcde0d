"""CSV files become Parquet files with the same cells, and a column has one kind in all of them."""

import os

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from robust_mlp.dask import DaskRobustMLPClassifier, _csv_files
from robust_mlp.dask._csv_files import as_parquet

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


def test_cells_are_kept_and_the_folder_is_deleted(tmp_path, monkeypatch):
    monkeypatch.setattr(_csv_files, "ROWS_OF_BLOCK", 4)
    texts = ["7", "True", "01", "a b", "", "x,y"] * 2
    table = pd.DataFrame({"n": np.arange(12) / 3, "whole": range(12), "late": [*range(11), "end"], "t": texts})
    table["gap"] = [1, *[np.nan] * 11]
    table["empty"] = np.nan
    table.iloc[:7].to_csv(tmp_path / "1.csv", index=False)
    table.iloc[7:].to_csv(tmp_path / "2.csv.gz", index=False)
    with as_parquet([tmp_path / "1.csv", tmp_path / "2.csv.gz"]) as folder:
        files = sorted(os.listdir(folder))
        found = pq.read_table(folder).to_pandas()
        assert pq.read_metadata(os.path.join(folder, files[0])).num_row_groups == 2
    assert not os.path.exists(folder)
    np.testing.assert_array_equal(found["n"], table["n"])
    assert found["whole"].tolist() == list(range(12)) and found["whole"].dtype == np.int64
    assert found["late"].tolist() == [*map(str, range(11)), "end"]
    assert found["t"].fillna("").tolist() == texts
    np.testing.assert_array_equal(found["gap"], table["gap"])
    assert found["empty"].isna().all() and found["empty"].dtype == np.float64


def test_files_with_other_columns_are_refused_and_options_reach_pandas(tmp_path):
    (tmp_path / "1.csv").write_text("a;b\n1;x\n")
    with as_parquet(tmp_path / "1.csv", {"sep": ";"}) as folder:
        assert pq.read_table(folder).to_pydict() == {"a": [1], "b": ["x"]}
    (tmp_path / "2.csv").write_text("a;c\n1;x\n")
    with (
        pytest.raises(ValueError, match=r"2\.csv' has the columns a, c, and .*1\.csv' has a, b\. All files need"),
        as_parquet(tmp_path, {"sep": ";"}),
    ):
        pass
    with pytest.raises(FileNotFoundError, match="No file fits"), as_parquet(tmp_path / "3.csv"):
        pass


def test_a_fit_on_csv_files_is_that_on_the_same_rows_in_parquet(small, tmp_path):
    table = small.X[:2500].assign(answer=small.y[:2500].to_numpy())
    table.to_csv(tmp_path / "rows.csv", index=False)
    parameters = small.parameters | {"sample_size": 1000, "n_groups": 1}
    clf = DaskRobustMLPClassifier(**parameters).fit_csv(f"{tmp_path}/*.csv", "answer", columns=["c0", "c3", "kind"])
    assert clf.n_rows_ == 2500 and clf.feature_names_in_.tolist() == ["c0", "c3", "kind"]
    table.to_parquet(tmp_path / "rows.parquet", index=False)
    other = DaskRobustMLPClassifier(**parameters)
    other.fit_parquet(tmp_path / "rows.parquet", "answer", columns=["c0", "c3", "kind"])
    X = small.X_new[["c0", "c3", "kind"]]
    np.testing.assert_array_equal(clf.predict_proba(X), other.predict_proba(X))


@pytest.mark.parametrize(
    ("text", "options", "error", "message"),
    [
        ("a,b\n1,2\n", {}, ValueError, r"target='t' is no column of .*rows\.csv'. It has: 'a', 'b'\.$"),
        ("a;t\n1;2\n", {}, ValueError, r"It has: 'a;t'\. Is another separator meant\? Pass read_options={'sep': ';'}"),
        ("", {}, ValueError, r"rows\.csv' cannot be read as CSV: No columns to parse"),
        ("a,t\n1,2\n", {"chunksize": 10}, ValueError, "read_options holds 'chunksize', which fit_csv sets itself"),
        ("a,t\n1,2\n", {"qq": 1}, TypeError, "read_options does not suit pandas.read_csv.*qq"),
        ("a,t\n1,2\n", "sep", TypeError, "read_options is of type str. Pass a dict"),
    ],
)
def test_files_and_options_that_do_not_fit_are_named(tmp_path, text, options, error, message):
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(error, match=message):
        DaskRobustMLPClassifier().fit_csv(tmp_path / "rows.csv", "t", read_options=options)


def test_a_file_that_is_no_text_is_named(tmp_path):
    pd.DataFrame({"t": np.arange(300.0)}).to_parquet(tmp_path / "rows.csv")
    with pytest.raises(ValueError, match=r"rows\.csv' cannot be read as CSV.*Parquet files are for fit_parquet"):
        DaskRobustMLPClassifier().fit_csv(tmp_path / "rows.csv", "t")
