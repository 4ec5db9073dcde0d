"""Names that the user typed: columns by name or number, and suggestions for those that do not exist."""

import numpy as np
import pytest

from robust_mlp.explanation._names import chosen_columns, unknown_name

NAMES = ["age", "income", "city"]


@pytest.mark.parametrize(
    "columns, expected",
    [
        (None, [0, 1, 2]),
        ("city", [2]),
        (1, [1]),
        (-1, [2]),
        (np.int64(0), [0]),
        (["city", "age", "city"], [2, 0]),
        ([0, "age"], [0]),
    ],
)
def test_columns_are_found_by_name_and_by_number_in_the_order_of_the_question(columns, expected):
    assert chosen_columns(columns, NAMES) == expected


def test_a_number_that_is_a_name_is_the_name():
    assert chosen_columns([2], ["1", "2", "3"]) == [1]


@pytest.mark.parametrize(
    "columns, message",
    [
        ("incom", "There is no column 'incom'. Did you mean 'income'?"),
        ("zzz", "There is no column 'zzz'. There is: 'age', 'income', 'city'."),
        (3, "There is no column 3: X has 3 columns, from 0 to 2."),
        ([], "columns names no column. Pass at least one name or number, or None for all columns."),
        (1.5, "There is no column 1.5. There is: 'age', 'income', 'city'."),
    ],
)
def test_columns_that_do_not_exist_are_refused_with_a_suggestion(columns, message):
    with pytest.raises(ValueError) as error:
        chosen_columns([columns] if columns == 1.5 else columns, NAMES)
    assert str(error.value) == message


def test_of_many_names_some_are_shown():
    assert str(unknown_name("class", "?", [str(i) for i in range(30)])).endswith("'8', '9', ....")


@pytest.mark.parametrize(
    "columns, message",
    [
        (1.0, "columns is of type float. Pass names or numbers"),
        (slice(2), "columns is of type slice"),
        (b"age", "columns is of type bytes"),
        ([True, False, True], "True or False, as a mask does"),
        (True, "True or False, as a mask does"),
    ],
)
def test_what_is_no_list_of_columns_is_told_so(columns, message):
    with pytest.raises(TypeError, match=message):
        chosen_columns(columns, NAMES)
