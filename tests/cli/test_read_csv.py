"""CSV as numbers and text: what stands in the file, with nothing renamed, dropped or shifted."""

import numpy as np
import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._table_options import USUAL_MISSING, Columns, FileFormat
from robust_mlp.cli._tables import column_kinds, read_table


def table_of(text, tmp_path, file_format=None, columns=None, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return read_table(path, file_format, columns)


@pytest.mark.parametrize(
    "text, options",
    [
        ("a;b\n1,5;x\n-2,25;y\n", {"decimal": ","}),
        ("a\tb\n1.5\tx\n-2.25\ty\n", {}),
        ("a|b\n1.5|x\n-2.25|y\n", {}),
        ("a#b\n1.5#x\n-2.25#y\n", {"sep": "#"}),
        ('a,b\n"1,5",x\n"-2,25",y\n', {"decimal": ",", "sep": ","}),
        ('a,b\n"1,5",x\n"-2,25",y\n', {"decimal": ","}),
        ("a;b\n1,5;x\n-2,25;y\n", {"decimal": ",", "thousands": "."}),
        ("\ufeffa,b\r\n1.5,x\r\n-2.25,y\r\n", {}),
        ('"a","b"\n"1.5","x"\n"-2.25","y"', {}),
    ],
)
def test_the_same_table_however_it_is_written(text, options, tmp_path):
    frame = table_of(text, tmp_path, FileFormat(**options)).frame
    assert frame["a"].tolist() == [1.5, -2.25]
    assert frame["b"].tolist() == ["x", "y"]


def test_thousands_marks(tmp_path):
    frame = table_of("a;b\n1.234,5;1\n12.345.678;2\n", tmp_path, FileFormat(decimal=",", thousands=".")).frame
    assert frame["a"].tolist() == [1234.5, 12345678.0]
    frame = table_of('a,b\n"1,234.5",1\n"12,345,678",2\n', tmp_path, FileFormat(thousands=",")).frame
    assert frame["a"].tolist() == [1234.5, 12345678.0]


def test_a_tsv_file_is_cut_at_tabs_whatever_else_is_in_it(tmp_path):
    frame = table_of("a,b\tc\n1,2\t3\n", tmp_path, name="t.tsv").frame
    assert list(frame.columns) == ["a,b", "c"]


@pytest.mark.parametrize("word", USUAL_MISSING)
def test_a_label_is_text_as_it_stands(word, tmp_path):
    columns = Columns(target="y", identifier="id")
    table = table_of(f"id,x,y\n{word},{word},{word}\n,1,a\n2,2,\n", tmp_path, columns=columns)
    assert table.frame["y"].tolist()[:2] == [word, "a"] and table.frame["y"].isna().tolist() == [False, False, True]
    assert table.frame["id"].tolist() == [word, "", "2"]
    assert table.frame["x"].isna().tolist() == [True, False, False]
    assert table.notes == (f"counted as missing in {table.shown}: 'x' ({word!r} in 1 cell). --na says what counts.",)


@pytest.mark.parametrize(
    "missing, numbers, words, labels",
    [
        (None, [1, np.nan, -999], ["a", None, "?"], ["NA", "b", "?"]),
        ((), None, ["a", "NA", "?"], ["NA", "b", "?"]),  # nothing but empty cells
        (("?", "-999"), None, ["a", "NA", None], ["NA", "b", None]),
        (("NA", "-999"), [1, np.nan, np.nan], ["a", None, "?"], [None, "b", "?"]),
    ],
)
def test_what_counts_as_missing_can_be_typed(missing, numbers, words, labels, tmp_path):
    columns, file_format = Columns(target="y"), FileFormat(missing=missing)
    frame = table_of("n,w,y\n1,a,NA\nNA,NA,b\n-999,?,?\n", tmp_path, file_format, columns).frame
    if numbers is None:
        assert column_kinds(frame)["n"] == "category"
    else:
        np.testing.assert_array_equal(frame["n"], numbers)
    assert frame["w"].astype(object).where(frame["w"].notna(), None).tolist() == words
    assert frame["y"].astype(object).where(frame["y"].notna(), None).tolist() == labels


def test_a_note_counts_the_words_for_missing_and_not_empty_cells(tmp_path):
    table = table_of("n,w,e\n1,NA,\nNA,null,1\n3,NA,2\n", tmp_path)
    assert table.notes == (
        f"counted as missing in {table.shown}: 'n' ('NA' in 1 cell), 'w' ('NA' in 2 cells, 'null' in 1 cell). "
        "--na says what counts.",
    )


def test_true_and_false_stay_as_they_are_written_where_some_are_missing(tmp_path):
    table = table_of("t,u\nTRUE,true\nNA,false\nFALSE,true\n", tmp_path)
    assert table.frame["t"].astype(object).where(table.frame["t"].notna(), None).tolist() == ["TRUE", None, "FALSE"]
    assert table.frame["u"].tolist() == ["true", "false", "true"]
    assert "'t' ('NA' in 1 cell)" in table.notes[0]


def test_only_what_is_wanted_is_kept_and_all_names_are_known(tmp_path):
    columns = Columns(target="y", identifier="i", only=frozenset(["a"]), dropped=frozenset(["d"]))
    table = table_of("d,i,a,b,y\n1,2,3,4,5\n1,2,3,4,6\n", tmp_path, columns=columns)
    assert list(table.frame.columns) == ["i", "a", "y"]
    assert table.names == ("d", "i", "a", "b", "y")


@pytest.mark.parametrize(
    "text, message",
    [
        ("a,b\n1,2,3\n4,5,6\n", "the first rows of {} hold more cells than its header. Give every column a name."),
        ("a,b\n1,2\n4,5,6\n", "cannot read {} with ',' between cells: Expected 2 fields in line 3, saw 3."),
        ("a,a\n1,2\n", "{} has two columns named 'a'. Rename one."),
    ],
)
@pytest.mark.parametrize("only", [None, frozenset(["a"])])
def test_rows_that_do_not_fit_the_header_are_refused(text, message, only, tmp_path):
    with pytest.raises(InputError) as error:
        table_of(text, tmp_path, columns=Columns(only=only))
    assert str(error.value) == message.format(repr(str(tmp_path / "t.csv")))


def test_a_separator_at_the_end_of_every_row_is_no_column(tmp_path):
    frame = table_of("a,b\n1,2,\n3,4,\n", tmp_path).frame
    assert frame.to_numpy().tolist() == [[1, 2], [3, 4]]
