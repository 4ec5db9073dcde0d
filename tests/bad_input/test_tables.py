"""Rows, labels and weights that cannot be learnt from are refused in words."""

import numpy as np
import pandas as pd
import pytest

from tests.bad_input.examples import FRAME, INFINITE, TOO_LARGE, TWO_CLASSES, X, Y, with_cell
from tests.tiny_fits import tiny

ONE_COLUMN = "If it is one-hot, pass y.argmax(axis=1); several targets at once are not supported."
NO_LABEL = "Leave them out, for example with keep = ~pandas.isna(y), or give them a label of their own."

# Tables and labels: X, y, other arguments of fit, whole message.
TABLES = {
    "inf": (with_cell(X, (0, 0), np.inf), Y, {}, f"Input X {TOO_LARGE} {INFINITE}"),
    "minus inf": (with_cell(X, (0, 0), -np.inf), Y, {}, f"Input X {TOO_LARGE} {INFINITE}"),
    "inf in a frame": (FRAME.assign(b=np.inf), Y, {}, f"Input X {TOO_LARGE} {INFINITE}"),
    "inf in float32": (
        with_cell(X, (0, 0), np.inf).astype("float32"),
        Y,
        {},
        f"Input X {TOO_LARGE} {INFINITE}".replace("float64", "float32"),
    ),
    "3-D": (
        X.reshape(90, 2, 2),
        Y,
        {},
        "Found array with dim 3, while dim <= 2 is required by RobustMLPClassifier.",
    ),
    "no rows": (
        X[:0],
        Y[:0],
        {},
        "Found array with 0 sample(s) (shape=(0, 4)) while a minimum of 1 is required by RobustMLPClassifier.",
    ),
    "no columns": (
        X[:, :0],
        Y,
        {},
        "Found array with 0 feature(s) (shape=(90, 0)) while a minimum of 1 is required by RobustMLPClassifier.",
    ),
    "strings among objects": (
        np.array([["a"]] * 90, dtype=object),
        Y,
        {},
        "could not convert string to float: 'a'. Pass categorical_features with the indices of the columns that hold "
        "strings, or X as a DataFrame, whose string columns are read as categories.",
    ),
    "fewer labels than rows": (X, Y[:50], {}, "Found input variables with inconsistent numbers of samples: [90, 50]"),
    "no labels": (X, None, {}, "This classifier requires y to be passed, but the target y is None."),
    "NaN label": (X, with_cell(Y, 3, np.nan), {}, f"Input y contains NaN: rows without a label: 1. {NO_LABEL}"),
    "None label": (
        X,
        np.array([None, None] + ["a", "b"] * 44, dtype=object),
        {},
        f"Input y contains NaN: rows without a label: 2. {NO_LABEL}",
    ),
    "NA label": (
        X,
        pd.Series(Y, dtype="Int64").where(Y > 0),
        {},
        f"Input y contains NaN: rows without a label: 30. {NO_LABEL}",
    ),
    "infinite label": (X, with_cell(Y, 3, np.inf), {}, f"Input y {TOO_LARGE} Pass labels as strings or whole numbers."),
    "labels of two types": (
        X,
        np.array(["a", 1, 2] * 30, dtype=object),
        {},
        "Unknown label type: y has dtype object and holds int, str. Pass labels of one type, for example y.astype(str) "
        "or y.astype(int).",
    ),
    "continuous labels": (
        X,
        np.arange(90) + 0.5,
        {},
        "Unknown label type: continuous. y holds numbers such as 0.5, which look like a regression target. Pass "
        "classes; np.digitize(y, bins) makes classes of numbers.",
    ),
    "one class": (X, np.ones(90), {}, f"y holds only one class: 1.0. {TWO_CLASSES}"),
    "one class among rows that count": (
        X,
        Y,
        {"sample_weight": (Y == 0) * 1.0},
        f"y holds only one class: 0 in the rows of positive sample_weight. {TWO_CLASSES}",
    ),
    "one-hot labels": (
        X,
        np.eye(3)[Y],
        {},
        f"y should be a 1d array, got an array of shape (90, 3) instead. {ONE_COLUMN}",
    ),
    "several targets": (
        X,
        X[:, :2],
        {},
        f"y should be a 1d array, got an array of shape (90, 2) instead. {ONE_COLUMN}",
    ),
    "too few weights": (
        X,
        Y,
        {"sample_weight": [1, 2]},
        "sample_weight holds 2 weights, but X has 90 rows. Pass one weight for each row.",
    ),
    "a negative weight": (
        X,
        Y,
        {"sample_weight": with_cell(np.ones(90), 4, -1)},
        "sample_weight holds negative weights: -1 at row 4. Weights say how often a row counts; drop a row with weight "
        "0.",
    ),
    "weights that are all zero": (
        X,
        Y,
        {"sample_weight": np.zeros(90)},
        "All weights in sample_weight are zero, which leaves no row. Give some row a weight above 0.",
    ),
    "NaN weight": (
        X,
        Y,
        {"sample_weight": with_cell(np.ones(90), 4, np.nan)},
        "Input sample_weight contains NaN.",
    ),
    "infinite weight": (X, Y, {"sample_weight": with_cell(np.ones(90), 4, np.inf)}, f"Input sample_weight {TOO_LARGE}"),
    "weights in two columns": (
        X,
        Y,
        {"sample_weight": np.ones((90, 2))},
        "sample_weight has shape (90, 2). Sample weights must be 1D array or scalar-like: pass one number per row.",
    ),
    "weights that are words": (
        X,
        Y,
        {"sample_weight": ["a"] * 90},
        "sample_weight cannot be read as numbers: could not convert string to float: 'a'. Pass one number for each "
        "row.",
    ),
    "infinity in X_val": (
        X,
        Y,
        {"X_val": with_cell(X, (3, 1), np.inf), "y_val": Y},
        f"X_val is not a table like X: Input X {TOO_LARGE} {INFINITE}",
    ),
    "X_val alone": (X, Y, {"X_val": X}, "X_val was passed without y_val. Pass X_val and y_val together."),
    "y_val alone": (X, Y, {"y_val": Y}, "y_val was passed without X_val. Pass X_val and y_val together."),
    "sample_weight_val alone": (
        X,
        Y,
        {"sample_weight_val": np.ones(90)},
        "sample_weight_val was passed without X_val and y_val. Pass X_val and y_val together.",
    ),
    "X_val with too few columns": (
        X,
        Y,
        {"X_val": X[:, :2], "y_val": Y},
        "X_val is not a table like X: X has 2 features, but RobustMLPClassifier is expecting 4 features as input.",
    ),
    "y_val of another length": (
        X,
        Y,
        {"X_val": X, "y_val": Y[:3]},
        "Found input variables with inconsistent numbers of samples: [90, 3]",
    ),
    "sample_weight_val that is all zero": (
        X,
        Y,
        {"X_val": X, "y_val": Y, "sample_weight_val": np.zeros(90)},
        "All weights in sample_weight_val are zero, which leaves no row. Give some row a weight above 0.",
    ),
}


@pytest.mark.parametrize("table, labels, others, message", TABLES.values(), ids=TABLES)
def test_a_table_that_cannot_be_learnt_from_is_refused(no_training, table, labels, others, message):
    with pytest.raises((ValueError, TypeError)) as caught:
        tiny(early_stopping=True).fit(table, labels, **others)
    assert str(caught.value) == message


@pytest.mark.parametrize("table", [X[:, 0], X[0]])
def test_a_flat_table_is_refused_with_how_to_reshape_it(no_training, table):
    with pytest.raises(ValueError, match=r"^Expected 2D array, got 1D array instead:(.|\n)*Reshape your data"):
        tiny().fit(table, Y)


def test_complex_numbers_are_refused(no_training):
    with pytest.raises(ValueError, match=r"^Complex data not supported"):
        tiny().fit(X + 1j, Y)


def test_an_array_of_strings_is_refused(no_training):
    with pytest.raises(ValueError, match=r"^dtype='numeric' is not compatible with arrays of bytes/strings"):
        tiny().fit(X.astype(str), Y)


def test_ragged_rows_are_refused(no_training):
    with pytest.raises(ValueError, match="inhomogeneous"):
        tiny().fit([[1, 2], [3]], [0, 1])


def test_bytes_as_labels_are_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().fit(X, np.array([b"a", b"b", b"c"])[Y])
    assert str(caught.value) == (
        "Unknown label type: y has dtype |S1. Pass labels as strings or whole numbers, for example y.astype(str)."
    )


def test_one_row_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny().fit(X[:1], Y[:1])
    assert str(caught.value) == f"y holds only one class: 0. {TWO_CLASSES}"


def test_a_validation_part_that_no_class_can_spare_a_row_for_is_refused(no_training):
    with pytest.raises(ValueError) as caught:
        tiny(early_stopping=True).fit(X[:3], Y[:3])
    assert str(caught.value) == (
        "No row can be held out: no class has two different rows, and each class needs one training row. Pass more "
        "rows (with groups: rows of more groups), or early_stopping=False, or your own held-out rows as X_val and "
        "y_val."
    )


def test_a_validation_label_that_training_has_not_is_named(no_training):
    with pytest.raises(
        ValueError, match=r"^y_val holds labels that are not among the classes: 3\. The classes are 0, 1, 2"
    ):
        tiny(early_stopping=True).fit(X, Y, X_val=X, y_val=Y + 1)
