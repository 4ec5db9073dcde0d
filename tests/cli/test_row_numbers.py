"""The index that pandas writes into a file is no feature, and whoever trains on it is told."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli._row_numbers import row_number_notes
from robust_mlp.cli._tables import read_table

TABLE = pd.DataFrame({"x": [4.0, 2.0, 9.0], "y": ["a", "b", "a"]})


@pytest.mark.parametrize("begin", [0, 1, 7])
def test_the_index_of_a_written_frame_is_told_of(begin, tmp_path):
    TABLE.set_index(pd.RangeIndex(begin, begin + 3)).to_csv(tmp_path / "t.csv")
    table = read_table(tmp_path / "t.csv")
    (note,) = row_number_notes(table.frame, "'t.csv'")
    assert note == (
        "column 'Unnamed: 0' of 't.csv' has no name in the file and counts the rows, as an index does. It is learned "
        "from like any other; to leave it out, type --drop 'Unnamed: 0'."
    )


@pytest.mark.parametrize(
    "name, values",
    [
        ("x", [0, 1, 2]),  # it has a name: the user knows of it
        ("Unnamed: 0", [0, 2, 1]),
        ("Unnamed: 0", [0, 1, np.nan]),
        ("Unnamed: 0", ["0", "1", "b"]),
        ("Unnamed: 0", [0]),
        ("Unnamed: 0", [True, False, True]),
    ],
)
def test_other_columns_are_none(name, values):
    assert row_number_notes(pd.DataFrame({name: values}), "'t.csv'") == []
