"""Suggestions after a mistake: the closest name, or a short list."""

from robust_mlp.cli._errors import did_you_mean


def test_a_suggestion_is_close_or_else_lists_what_there_is():
    assert did_you_mean("ag", ["age", "town"]) == "Did you mean 'age'?"
    assert did_you_mean("q", ["age", "town"]) == "There is: age, town."
    assert did_you_mean("q", list("abcdefghijklm")) == "There is: a, b, c, d, e, f, g, h, i, j, ..."
