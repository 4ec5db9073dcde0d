"""A workbook of several sheets: the first is read and the others are named, or the one that was asked for."""

import io

import pandas as pd
import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._sources import find_source
from robust_mlp.cli._table_options import Columns, FileFormat
from robust_mlp.cli._tables import read_table
from robust_mlp.cli._workbooks import sheet_names

pytest.importorskip("openpyxl", reason="the extra 'excel' reads workbooks")

SHEETS = {
    "Plan": pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
    "2025": pd.DataFrame({"x": [3.5, 4.5, 5.5], "y": ["c", "c", "d"]}),
    "Blank": pd.DataFrame(),
}


@pytest.fixture
def book(tmp_path):
    with pd.ExcelWriter(tmp_path / "book.xlsx") as writer:
        for name, frame in SHEETS.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    return tmp_path / "book.xlsx"


def test_the_first_sheet_is_read_and_the_others_are_named(book):
    table = read_table(book, columns=Columns(target="y"))
    assert table.frame["x"].tolist() == [1, 2]
    assert table.notes == (
        f"{table.shown} has 3 sheets, and the first, 'Plan', was read. --sheet names another: '2025', 'Blank'.",
    )


def test_a_sheet_that_is_named_is_read_without_a_note(book):
    table = read_table(book, FileFormat(sheet="2025"))
    assert table.frame["x"].tolist() == [3.5, 4.5, 5.5]
    assert table.notes == () and table.other_sheets == ()


def test_a_column_that_the_first_sheet_lacks_may_be_in_another(book):
    with pytest.raises(InputError, match=r"has no column 'z'.* To read another sheet, type --sheet '2025'\.$"):
        read_table(book).check_has(["z"], "--target")


@pytest.mark.parametrize(
    "sheet, said",
    [
        ("2026", r"^--sheet: .*book.xlsx' has no sheet '2026'\. Did you mean '2025'\?$"),
        ("Blank", r"^sheet 'Blank' of .*book.xlsx' is empty\. To read another, type --sheet 'Plan'\.$"),
    ],
)
def test_a_sheet_that_is_not_there_or_empty_is_refused(sheet, said, book):
    with pytest.raises(InputError, match=said):
        read_table(book, FileFormat(sheet=sheet))


def test_a_workbook_of_one_sheet_has_no_note(tmp_path):
    SHEETS["Plan"].to_excel(tmp_path / "one.xlsx", index=False)
    assert read_table(tmp_path / "one.xlsx").notes == ()
    assert sheet_names(find_source(str(tmp_path / "one.xlsx"))) == ["Sheet1"]


def test_a_workbook_from_standard_input_has_sheets_too(book, monkeypatch):
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": io.BytesIO(book.read_bytes())}))
    assert read_table("-", FileFormat(sheet="2025")).frame["y"].tolist() == ["c", "c", "d"]
