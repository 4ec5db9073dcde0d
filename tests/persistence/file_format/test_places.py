"""A place is told as one types it, and foreign values are shown safely."""

import pytest

from robust_mlp import ModelFileError
from robust_mlp.persistence.file_format.places import MOST_SHOWN, Place, shown


def test_a_place_is_told_as_one_types_it():
    assert str(Place()) == "model.json"
    assert str(Place() / "table" / "columns" / 3 / "name") == "table.columns[3].name"
    assert (Place() / "network" / "trainable" / 0).entry == "network/trainable/0"


def test_the_error_says_where_what_fits_and_what_is_there():
    error = (Place() / "report" / "kept").refuse("one", "a whole number")
    assert isinstance(error, ModelFileError)
    assert str(error) == "is no valid model file: report.kept must be a whole number, and is 'one'."


@pytest.mark.parametrize(
    "value, text", [("a\x1b[31m", r"'a\x1b[31m'"), ("\u202e", r"'\u202e'"), ([1, None], "[1, None]")]
)
def test_a_foreign_value_cannot_steer_a_terminal(value, text):
    assert shown(value) == text


def test_a_long_value_is_cut():
    assert len(shown("x" * 10_000)) == MOST_SHOWN
