"""What is asked of a file: which spellings are missing where, and which columns are read, in the file's order."""

import io

import pandas as pd
import pytest

from robust_mlp.cli._table_options import USUAL_MISSING, Columns, FileFormat


@pytest.mark.parametrize("word", USUAL_MISSING)
def test_the_usual_words_are_those_that_pandas_takes_for_missing(word):
    table = pd.read_csv(io.StringIO(f"a,b\n{word},1\n"), dtype=str)
    assert table["a"].isna().all()


def test_by_default_words_are_missing_in_features_alone():
    usual = FileFormat()
    assert usual.missing_features == USUAL_MISSING
    assert usual.missing_typed == ()  # "None" may be the name of a class


def test_words_that_the_user_names_count_everywhere_and_alone():
    asked = FileFormat(missing=("?", "-"))
    assert asked.missing_features == asked.missing_typed == ("?", "-")
    none = FileFormat(missing=())
    assert none.missing_features == none.missing_typed == ()


NAMES = ["id", "age", "town", "label", "note"]


@pytest.mark.parametrize(
    "columns, wanted",
    [
        (Columns(), NAMES),
        (Columns(target="label", identifier="id"), NAMES),
        (Columns(dropped=frozenset({"note", "age"})), ["id", "town", "label"]),
        (Columns(only=frozenset({"town", "age"})), ["age", "town"]),
        (Columns(target="label", identifier="id", only=frozenset({"town"})), ["id", "town", "label"]),
        (Columns(only=frozenset({"town", "age"}), dropped=frozenset({"age"})), ["town"]),
        (Columns(target="label", dropped=frozenset({"label"})), ["id", "age", "town", "note"]),
        (Columns(only=frozenset({"nothing"})), []),
    ],
)
def test_columns_are_read_in_the_order_of_the_file(columns, wanted):
    assert columns.wanted(NAMES) == wanted
