"""Files whose own types say what is a number, what is text and what is missing."""

import importlib
import io
import json
import sys

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli import _tables, _workbooks
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._table_options import Columns, FileFormat
from robust_mlp.cli._tables import column_kinds, features, read_table

FRAME = pd.DataFrame({"n": [0.1, None, -999.0], "w": ["NA", None, "a"], "y": ["None", "b", "c"]})


def write(frame, path):
    """Write in the format that the name says."""
    if path.suffix == ".jsonl":
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        getattr(frame, f"to_{path.suffix[1:]}")(path)
    return path


@pytest.fixture(params=["t.parquet", "t.feather", "t.jsonl"])
def path(request, tmp_path):
    return write(FRAME, tmp_path / request.param)


def test_only_the_file_says_what_is_missing(path):
    table = read_table(path, columns=Columns(target="y"))
    np.testing.assert_array_equal(table.frame["n"], FRAME["n"])
    assert table.frame["w"].astype(object).where(table.frame["w"].notna(), None).tolist() == ["NA", None, "a"]
    assert table.frame["y"].tolist() == ["None", "b", "c"]
    assert table.notes == ()
    assert column_kinds(table.frame) == {"n": "number", "w": "category", "y": "category"}


def test_words_for_missing_that_are_typed_count_in_text_and_numbers(path):
    table = read_table(path, FileFormat(missing=("NA", "-999", "None")), Columns(target="y"))
    assert table.frame.isna().to_numpy().tolist() == [[False, True, True], [True, True, False], [True, False, False]]
    assert table.notes == (
        f"counted as missing in {table.shown}: 'n' ('-999.0' in 1 cell), 'w' ('NA' in 1 cell). --na says what counts.",
    )


def test_standard_input_and_compressed_files_are_read_too(path, monkeypatch):
    import gzip

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    expected = read_table(path).frame
    pd.testing.assert_frame_equal(read_table("-").frame, expected)
    squeezed = path.with_name(f"{path.name}.gz")
    squeezed.write_bytes(gzip.compress(path.read_bytes()))
    pd.testing.assert_frame_equal(read_table(squeezed).frame, expected)


def test_numbers_of_json_are_read_exactly_and_texts_stay_texts(tmp_path):
    numbers = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-10, 10).repeat(25)
    frame = pd.DataFrame({"x": numbers, "code": "007", "day": "2020-01-01"})
    read = read_table(write(frame, tmp_path / "t.jsonl")).frame
    np.testing.assert_allclose(read["x"], numbers, rtol=1e-15)
    assert (read["code"] == "007").all() and (read["day"] == "2020-01-01").all()


def test_a_category_of_whole_numbers_has_the_levels_that_a_csv_file_has(tmp_path):
    frame = pd.DataFrame({"code": [7.0, None, 12.0], "part": [1.5, 2.0, 3.0], "big": [7, 8, 9]})
    kinds = dict.fromkeys(frame.columns, "category")
    frame.to_csv(tmp_path / "t.csv", index=False)
    columns = Columns(as_text=frozenset(kinds))
    typed = features(read_table(write(frame, tmp_path / "t.parquet"), columns=columns).frame, kinds, "")
    assert typed["code"].cat.categories.tolist() == ["12", "7"]
    assert typed["part"].cat.categories.tolist() == ["1.5", "2.0", "3.0"]
    assert typed["big"].cat.categories.tolist() == ["7", "8", "9"]


def test_the_index_of_a_frame_is_no_column_and_rows_are_counted_from_the_first(tmp_path):
    FRAME.set_index(pd.Index(["a", "b", "c"], name="k")).to_parquet(tmp_path / "t.parquet")
    frame = read_table(tmp_path / "t.parquet").frame
    assert list(frame.columns) == ["n", "w", "y"] and frame.index.tolist() == [0, 1, 2]


def test_a_workbook_without_openpyxl_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(InputError) as error:
        read_table(tmp_path / "t.xlsx")
    assert str(error.value) == f"reading {str(tmp_path / 't.xlsx')!r} needs openpyxl. Type: pip install openpyxl"


SHEET = pd.DataFrame({"n": [1.5, "NA", 3], "w": ["NA", "b", None], "y": ["None", "b", "NA"], 2019: [1, 2, 3]})


def cells_of(sheet):
    """What pandas makes of a sheet without a header: each cell as it is, an empty one as an empty text."""
    rows = [list(sheet.columns), *sheet.astype(object).where(sheet.notna(), "").to_numpy().tolist()]
    return pd.DataFrame(rows, dtype=object)


@pytest.mark.parametrize("is_written", [True, False])
def test_a_workbook_is_read_like_csv(is_written, tmp_path, monkeypatch):
    if is_written:
        SHEET.to_excel(tmp_path / "t.xlsx", index=False)
    else:
        (tmp_path / "t.xlsx").write_bytes(b"PK\x03\x04")
        monkeypatch.setitem(sys.modules, "openpyxl", importlib.import_module("json"))
        monkeypatch.setattr(pd, "read_excel", lambda *args, **options: cells_of(SHEET))
        for module in (_tables, _workbooks):
            monkeypatch.setattr(module, "sheet_names", lambda source: ["Sheet1"])
    table = read_table(tmp_path / "t.xlsx", columns=Columns(target="y"))
    np.testing.assert_array_equal(table.frame["n"], [1.5, np.nan, 3.0])
    assert table.frame["w"].isna().tolist() == [True, False, True]
    assert table.frame["y"].tolist() == ["None", "b", "NA"]
    assert column_kinds(table.frame) == {"n": "number", "w": "category", "y": "category", "2019": "number"}
    assert table.notes == (
        f"counted as missing in {table.shown}: 'n' ('NA' in 1 cell), 'w' ('NA' in 1 cell). --na says what counts.",
    )


@pytest.mark.parametrize(
    "text, said",
    [
        ('{"x": 1}\n[1]\n', "line 2 is no JSON object"),
        ('{"x": 1}\n{"x": \n', "line 2 is no JSON."),
        ('{"x": 1}\n\n{x: 1}\n', "line 3 is no JSON."),
    ],
)
def test_a_bad_line_of_json_is_named(text, said, tmp_path):
    (tmp_path / "t.jsonl").write_text(text)
    with pytest.raises(InputError, match=said):
        read_table(tmp_path / "t.jsonl")


def test_columns_of_one_name_are_refused(tmp_path, monkeypatch):
    write(FRAME, tmp_path / "t.parquet")
    monkeypatch.setattr(pd, "read_parquet", lambda path: pd.DataFrame([[1, 2]], columns=[1, "1"]))
    with pytest.raises(InputError, match=r"has two columns named '1'\. Rename one\."):
        read_table(tmp_path / "t.parquet")
