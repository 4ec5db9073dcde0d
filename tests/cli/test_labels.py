"""Labels: what a column's values become, which rows are kept aside, and labels of another table."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._labels import check_divisible, known_labels, labels_of, many_classes_note, split_rows


@pytest.mark.parametrize(
    "values, labels, kind",
    [
        ([1, 2, 1], [1, 2, 1], "i"),
        ([1.0, 2.0, 1.0], [1, 2, 1], "i"),
        ([True, False, True], [True, False, True], "b"),
        (pd.array([True, False, True], dtype="boolean"), [True, False, True], "b"),
        (["None", "NA", "NA"], ["None", "NA", "NA"], "O"),
        ([1, "b", 1], ["1", "b", "1"], "O"),
        (pd.Categorical(["b", "a", "b"]), ["b", "a", "b"], "O"),
    ],
)
def test_labels_are_whole_numbers_truth_values_or_texts(values, labels, kind):
    y = labels_of(pd.Series(values), "y", "'t.csv'")
    assert (y.tolist(), y.dtype.kind) == (labels, kind)


@pytest.mark.parametrize("values", [[1, 2, 3], ["a", "b", "c"], [1.0, 2.0, 9.0]])
def test_a_class_for_each_row_is_refused(values):
    with pytest.raises(InputError, match=r"^--target: column 'y' of 't.csv' is different in each of its 3 rows, "):
        labels_of(pd.Series(values), "y", "'t.csv'")


def test_nearly_a_class_for_each_row_is_told():
    assert many_classes_note(np.array([1, 1, 2, 2]), "y", "'t.csv'") == ""
    assert many_classes_note(np.array([1, 2, 3, 3]), "y", "'t.csv'") == (
        "column 'y' of 't.csv' has 3 classes in 4 rows. Is it the right --target?"
    )


def test_a_class_of_one_row_is_trained_on():
    y = np.array(["a"] * 10 + ["b"] * 10 + ["c"])
    train, test = split_rows(y, 0.2, 0)
    assert sorted([*train, *test]) == list(range(21))
    assert (sorted(y[test]), 20 in train) == (["a", "a", "b", "b"], True)


@pytest.mark.parametrize(
    "classes, values, labels, is_known",
    [
        (["1", "a"], ["1", "a", None, "b"], ["1", "a"], [1, 1, 0, 0]),
        ([1, 2], ["1", "2.0", "b", "2.5"], [1, 2], [1, 1, 0, 0]),
        ([1, 2], [1.0, np.nan, 2.0, 3.0], [1, 2], [1, 0, 1, 0]),
        ([False, True], ["True", "False", "true", None], [True, False], [1, 1, 0, 0]),
        ([False, True], [True, False, None, None], [True, False], [1, 1, 0, 0]),
        (["a", "b"], [None, None], [], [0, 0]),
    ],
)
def test_labels_of_another_table_are_found_among_those_of_the_model(classes, values, labels, is_known):
    classes = np.array(classes, dtype=object if isinstance(classes[0], str) else None)
    y, known = known_labels(pd.Series(values), classes)
    assert (y.tolist(), known.tolist()) == (labels, [bool(k) for k in is_known])
    assert y.dtype == classes.dtype


@pytest.mark.parametrize(
    "y, found",
    [(["a", "a", "a", "b"], "only one class"), (["a", "b", "c"], "no class"), (["a", "a"], "only one class")],
)
def test_labels_that_cannot_be_on_both_sides_of_a_fold_are_refused(y, found):
    with pytest.raises(InputError) as raised:
        check_divisible(np.array(y), "y", "'t.csv'")
    assert str(raised.value) == (
        f"--target: {found} of column 'y' of 't.csv' has two rows or more, and folds need two such classes: each with "
        "a row to train on and one to test."
    )
    check_divisible(np.array([*y, *y, "b", "b"]), "y", "'t.csv'")
