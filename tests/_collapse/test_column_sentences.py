"""What is said of columns: names and cells are quoted, long lists are cut, and each kind of finding has a sentence."""

import pytest

from robust_mlp._collapse.column_sentences import COLUMN_ADVICE, MAX_NAMES, cells_of, names_of, reading_lines
from robust_mlp._core.records import ColumnFinding


def test_names_are_quoted_and_long_lists_are_cut():
    assert names_of(["age", 3]) == "'age', '3'"
    many = [f"c{i}" for i in range(MAX_NAMES + 3)]
    assert names_of(many).endswith("and 3 more")
    assert names_of(many).count("'c") == MAX_NAMES


def finding(code="numbers_in_text", **parts):
    return ColumnFinding(
        **({"code": code, "name": "price", "label": "price", "share": 0.75, "examples": ("1,5", "?")} | parts)
    )


def test_cells_are_shown_with_the_share_that_they_stand_for():
    assert cells_of([finding()]) == "'price': 75.0% of the cells, such as 1,5, ?"


@pytest.mark.parametrize("code", sorted(COLUMN_ADVICE))
def test_each_kind_of_finding_has_a_sentence_evidence_and_a_fix(code):
    sentence, evidence, fix = COLUMN_ADVICE[code]
    numbers = {
        "findings": (finding(code),),
        "container": "pandas",
        "is_serious": False,
        "names": ("price",),
        "labels": ("price",),
        "pairs": (("price", "cost"),),
    }
    assert sentence.endswith(".")
    # Labels have no name: their examples stand for them.
    assert ("1,5" if code == "similar_labels" else "price") in evidence(numbers)
    text = fix(numbers) if callable(fix) else fix
    assert text.strip().endswith((".", ")"))


def test_the_lines_that_read_a_column_name_it():
    assert "price" in reading_lines({"findings": (finding(),), "container": "pandas", "is_serious": True})
