"""What counted as missing is said in one sentence."""

import pandas as pd

from robust_mlp.cli._missing import label_note, mask_missing, missing_note
from robust_mlp.cli._table_options import USUAL_MISSING, Columns


def test_cells_are_masked_and_words_counted():
    column, counts = mask_missing(pd.Series(["NA", "", " ", "a", "NA"]), ["", "NA", " "])
    assert column.isna().tolist() == [True, True, True, False, True]
    assert counts == {"NA": 2}


def test_the_note_names_five_columns_and_counts_the_rest():
    counts = {name: {"NA": 1} for name in "abcdefg"} | {"y": {"NA": 1}, "z": {}}
    assert missing_note(counts, "'t.csv'", Columns(target="y")) == (
        "counted as missing in 't.csv': 'a' ('NA' in 1 cell), 'b' ('NA' in 1 cell), 'c' ('NA' in 1 cell), "
        "'d' ('NA' in 1 cell), 'e' ('NA' in 1 cell) and 2 more columns. --na says what counts."
    )
    assert missing_note({"y": {"NA": 1}}, "'t.csv'", Columns(target="y")) == ""


def test_classes_named_like_something_missing_are_told_with_what_to_type():
    labels = pd.Series(["None", "#N/A N/A", "None", "b"])
    assert label_note(labels, "y", "'t.csv'", USUAL_MISSING) == (
        "taken as a class of 'y' in 't.csv': 'None' (2 rows), '#N/A N/A' (1 row). If that means missing, type "
        "--na None '#N/A N/A'."
    )
    assert label_note(pd.Series(["a", "b"]), "y", "'t.csv'", USUAL_MISSING) == ""
    assert label_note(pd.Series([1, 2]), "y", "'t.csv'", USUAL_MISSING) == ""
