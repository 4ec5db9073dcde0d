"""The explanation as text."""

import pytest

from robust_mlp.explanation._text import as_text, listed, number
from tests.explanation.example_explanations import example, importance, row_contributions


def test_the_text_has_columns_groups_pairs_and_what_shows_nothing():
    lines = as_text(example()).splitlines()
    assert lines[0] == "Log loss 0.4000 on 500 rows (rows as given)."
    assert lines[2].split() == ["age", "0.2000", "[0.1600,", "0.2400]", "0.1000"]
    assert lines[6].split()[:4] == ["age", "+", "city", "0.3000"]
    assert "Strongest pairs, in log-odds beyond both columns alone: age x city (0.50)." in lines
    assert lines[-1] == "No measurable rise when permuted alone: noise."


def test_without_labels_nothing_is_said_to_be_noise():
    text = as_text(example(has_labels=False))
    assert text.startswith("Mean entropy of the predictions 0.4000")
    assert "No measurable rise" not in text


def test_long_names_and_many_columns_are_cut():
    many = tuple(importance("n" * 60 + str(i)) for i in range(14))
    lines = as_text(example(importance=many, groups=(), pairs=())).splitlines()
    assert "  ... and 4 more columns." in lines
    assert max(map(len, lines)) <= 118


def test_control_characters_of_names_are_written_out():
    assert "\x1b" not in as_text(example(importance=(importance("a\x1b[2J", value=0.0),)))


@pytest.mark.parametrize("n, expected", [(2, "a, b"), (4, "a, b, c and 1 more")])
def test_names_beyond_the_limit_are_counted(n, expected):
    assert listed(list("abcd")[:n], 3) == expected


def test_a_missing_number_is_two_dashes():
    assert (number(float("nan")), number(0.5)) == ("--", "0.5000")


def test_the_columns_of_a_large_group_are_listed_below_it():
    lines = as_text(example(groups=(importance("a", "b", "c", value=0.3),))).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("  a + 2 more "))
    assert lines[at + 1] == "    a, b, c"


def test_rows_with_contributions_are_told_for_and_against():
    lines = as_text(example(contributions=row_contributions())).splitlines()
    at = lines.index("What speaks for the predicted class and against the next one, in nats of log-odds")
    assert lines[at + 1 :] == [
        "  Row 1: 'no' against 'yes': log-odds -0.50 (background) +0.75 (columns) = +0.25",
        "    for 'no': age = 30 (+0.50), city = Rome (+0.25)",
        "  Row 2: 'yes' against 'no': log-odds +0.50 (background) +0.25 (columns) = +0.75",
        "    for 'yes': age = 31 (+0.50)",
        "    against it: city = Rome (-0.25)",
    ]
    assert as_text(example(contributions=row_contributions(13))).splitlines()[-1] == "  ... and 3 more rows."
