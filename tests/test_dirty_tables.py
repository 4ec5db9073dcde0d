"""Seventy dirty tables: the right kind in the right column, and nothing else; none in the clean table."""

import numpy as np
import pytest

from benchmarks import dirty_tables
from benchmarks.dirty_tables import DIRTY, clean, drifts, findings, found_in, is_true


def test_there_are_seventy_and_all_kinds_are_among_them():
    assert len(DIRTY) == 70
    assert {dirty.kind for dirty in DIRTY.values()} == {
        "numbers_in_text",
        "text_read_as_numbers",
        "dates_in_text",
        "unique_levels",
        "identifier_like_columns",
        "telling_columns",
        "duplicate_columns",
        "constant_columns",
        "mostly_missing_columns",
        "similar_levels",
        "similar_labels",
        "rounded_integers",
        "duplicated_names",
        "far",
        "unknown",
        "missing",
    }


@pytest.mark.parametrize("name", DIRTY)
def test_each_is_found_in_its_column_alone(name):
    found, expected = found_in(name)
    assert found == expected


def test_the_clean_table_beside_it_has_no_finding():
    assert findings(clean(), dirty_tables.Y) == []
    half = np.random.default_rng(0).random(dirty_tables.N) < 0.5
    assert drifts(clean()[half], clean()[~half]) == []


def test_a_finding_on_a_clean_table_is_checked_by_its_cells():
    X = clean(copy=dirty_tables.SIZE, one=1, hardly=np.nan)
    assert is_true(X, "duplicate_columns", "copy") and not is_true(X, "duplicate_columns", "other")
    assert is_true(X, "constant_columns", "one") and not is_true(X, "constant_columns", "town")
    assert is_true(X, "mostly_missing_columns", "hardly") and not is_true(X, "mostly_missing_columns", "size")
    assert not is_true(X, "telling_columns", "size")


def test_the_program_says_how_many_are_found(capsys):
    assert dirty_tables.main([]) == 0
    assert capsys.readouterr().out == "70 of 70 dirty tables: the right kind in the right column, and nothing else\n"
