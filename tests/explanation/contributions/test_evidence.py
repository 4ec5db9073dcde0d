"""The evidence of one row: its columns by size, its sum, and its text."""

import json
from datetime import datetime

import numpy as np
import pytest

from robust_mlp.explanation.contributions import RowEvidence
from robust_mlp.explanation.contributions._evidence import evidence_of

NAMES = ("town", "rooms", "note", "sold")
CELLS = np.array(["north", np.float64(3), None, datetime(2024, 5, 1)], dtype=object)


def example(values=(0.5, -2.0, 0.1, 0.0), **changes):
    settings = {"base_value": 0.25, "for_class": "yes", "against": "no"} | changes
    return evidence_of(NAMES, CELLS, np.array(values), **settings)


def test_columns_are_sorted_by_size_and_sum_to_the_log_odds():
    found = example()
    assert [one.name for one in found.columns] == ["rooms", "town", "note", "sold"]
    assert found.log_odds == pytest.approx(0.25 + sum(one.contribution for one in found.columns))


def test_the_two_sides_leave_out_what_says_nothing():
    found = example()
    assert [one.name for one in found.speaks_for] == ["town", "note"]
    assert [one.name for one in found.speaks_against] == ["rooms"]


def test_the_text_has_both_sides_with_the_rows_own_values():
    assert str(example()).splitlines() == [
        "'yes' against 'no': log-odds +0.25 (background) -1.40 (columns) = -1.15",
        "  for 'yes': town = north (+0.50), note = missing (+0.10)",
        "  against it: rooms = 3 (-2.00)",
    ]
    assert str(example(against=None)).startswith("'yes' against all others: log-odds")
    assert str(example(values=(0.0, 0.0, 0.0, 0.0))).count("\n") == 0


def test_of_many_columns_the_rest_is_summed_up_and_lines_are_short():
    names = tuple(f"a long name of column {j}" for j in range(9))
    found = evidence_of(names, np.arange(9.0), np.arange(1.0, 10.0), base_value=0.0, for_class=1, against=0)
    text = str(found)
    assert "and 4 more (+10.00)" in text.replace("\n    ", " ")
    assert max(map(len, text.splitlines())) <= 118


def test_names_and_values_cannot_steer_a_terminal():
    cells = np.array(["\x1b[2J\n"], dtype=object)
    found = evidence_of(("a\x1b",), cells, np.array([1.0]), base_value=0.0, for_class="\x1b", against="b")
    text = str(found)
    assert "\x1b" not in text and len(text.splitlines()) == 2


def test_everything_fits_into_json():
    values = json.loads(json.dumps(example().to_dict(), allow_nan=False))
    assert values["columns"][0] == {"name": "rooms", "value": 3.0, "contribution": -2.0}
    assert values["columns"][2]["value"] is None
    assert values["columns"][3]["value"].startswith("2024-05-01")
    assert (values["for_class"], values["against"], values["base_value"]) == ("yes", "no", 0.25)
    assert isinstance(example(), RowEvidence)
