"""Numbers written in another way than expected are told instead of taken for categories."""

import pandas as pd
import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._number_like_text import check_number_marks, mostly_numbers_notes

EITHER = "--decimal ',' (1,234 is 1.234) or --thousands ',' (1,234 is 1234)"


def table_of(values):
    return pd.DataFrame({"c": values}), {"c": "category"}


@pytest.mark.parametrize(
    "values, options",
    [
        (["1,5", "2", None], "--decimal ','"),
        (["-0,317", "+12,250"], "--decimal ','"),
        (["1,234", "12,345"], EITHER),
        (["1,234", "12,345,678"], "--thousands ','"),
        (["1,234.5", "7"], "--thousands ','"),
        (["1.234,5", "0,5", "12"], "--decimal ',' --thousands '.'"),
    ],
)
def test_numbers_with_other_marks_are_refused_with_the_options_that_read_them(values, options):
    table, kinds = table_of(values)
    with pytest.raises(InputError) as error:
        check_number_marks(table, kinds, (), "'t.csv'")
    assert str(error.value) == (
        f"column 'c' of 't.csv' holds numbers written like {values[0]!r}. To read them as numbers, type {options}. "
        "If they are categories, type --categorical 'c'."
    )
    check_number_marks(table, kinds, ("c",), "'t.csv'")


@pytest.mark.parametrize(
    "values",
    [
        ["a", "1,5"],
        ["1", "2"],
        [None, None],
        ["1,2,3", "4,5"],
        ["1.2.3", "1.2"],
        ["1,", "2,5"],
        ["10,5 kg"],
        ["12,34,567"],
    ],
)
def test_other_texts_are_categories(values):
    check_number_marks(*table_of(values), (), "'t.csv'")


def test_a_few_words_among_numbers_are_told():
    table, kinds = table_of([str(n) for n in range(20)] + ["?", "not known", "?"])
    assert mostly_numbers_notes(table, kinds, (), "'t.csv'") == [
        "column 'c' of 't.csv' is a category, since 3 of its 23 values are no numbers: '?' 'not known'. If that "
        "means missing, type --na '?' 'not known'."
    ]
    assert mostly_numbers_notes(table, kinds, ("c",), "'t.csv'") == []


@pytest.mark.parametrize(
    "values",
    [["7", "7a", "8", "8b"], ["a", "b"], [None, None], ["1", "2", "3", "a", "b", "c", "4"]],
)
def test_codes_and_words_are_categories_without_a_word(values):
    assert mostly_numbers_notes(*table_of(values), (), "'t.csv'") == []


def test_numbers_that_a_file_with_types_holds_as_text_are_told():
    table, kinds = table_of(["007", "12", None])
    assert mostly_numbers_notes(table, kinds, (), "'t.parquet'") == [
        "column 'c' of 't.parquet' holds numbers stored as text, such as '007', and is taken as a category. If they "
        "are numbers, store them as such; if not, --categorical 'c' says so."
    ]
    assert mostly_numbers_notes(table, kinds, ("c",), "'t.parquet'") == []
