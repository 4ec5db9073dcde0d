"""Suggestions after a mistake: the closest name, or a short list."""

from robust_mlp.cli._errors import InputError, did_you_mean


def test_a_suggestion_is_close_or_else_lists_what_there_is():
    assert did_you_mean("ag", ["age", "town"]) == "Did you mean 'age'?"
    assert did_you_mean("q", ["age", "town"]) == "There is: age, town."
    assert did_you_mean("q", list("abcdefghijklm")) == "There is: a, b, c, d, e, f, g, h, i, j, ..."


def test_names_that_are_no_text_are_suggested_as_text():
    assert did_you_mean(2021, [2020, 1999]) == "Did you mean '2020'?"
    assert did_you_mean("q", range(3)) == "There is: 0, 1, 2."


def test_an_input_error_is_no_fault_of_the_program_itself():
    assert issubclass(InputError, Exception) and not issubclass(InputError, (ValueError, TypeError))
