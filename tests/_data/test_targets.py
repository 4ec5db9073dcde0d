"""Labels: every type of label gets its codes back, and what is no classification target says why."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import DataConversionWarning

from robust_mlp._data.targets import encode_labels, learn_labels

WORDS = ["low", "high", "low", "mid"]


@pytest.mark.parametrize(
    "y",
    [
        pytest.param(WORDS, id="list of str"),
        pytest.param(tuple(WORDS), id="tuple"),
        pytest.param(np.array(WORDS), id="str array"),
        pytest.param(np.array(WORDS, dtype=object), id="object array"),
        pytest.param(pd.Series(WORDS), id="pandas"),
        pytest.param(pd.Series(WORDS, dtype="string"), id="pandas string"),
        pytest.param(pd.Series(WORDS, dtype="string[pyarrow]"), id="pandas arrow"),
        pytest.param(pd.Series(WORDS, dtype="category"), id="pandas category"),
        pytest.param(pl.Series(WORDS), id="polars"),
        pytest.param(pl.Series(WORDS, dtype=pl.Categorical), id="polars category"),
    ],
)
def test_strings_of_every_container_are_labels(y):
    classes, codes = learn_labels(y)
    assert_array_equal(classes, ["high", "low", "mid"])
    assert_array_equal(codes, [1, 0, 1, 2])
    assert codes.dtype == np.int32
    assert_array_equal(encode_labels(y, classes), codes)


@pytest.mark.parametrize(
    "y, dtype",
    [
        ([-5, 7, -5, 100], np.int64),
        (np.array([-5, 7, -5, 100], dtype=np.int8), np.int8),
        ([-5.0, 7.0, -5.0, 100.0], np.float64),
        (np.array([-5, 7, -5, 100], dtype=np.float16), np.float16),
        (pd.Series([-5, 7, -5, 100], dtype="Int64"), np.int64),
        (pd.Series([-5, 7, -5, 100], dtype="int64[pyarrow]"), np.int64),
        (pd.Series([-5, 7, -5, 100], dtype="Float64"), np.float64),
        (pd.Series([-5, 7, -5, 100], dtype="category"), np.int64),
        (pl.Series([-5, 7, -5, 100]), np.int64),
    ],
)
def test_numbers_of_every_container_are_labels(y, dtype):
    classes, codes = learn_labels(y)
    assert_array_equal(classes, np.array([-5, 7, 100], dtype=dtype), strict=True)
    assert_array_equal(codes, [0, 1, 0, 2])


BOOLS = [True, False, True]


@pytest.mark.parametrize("y", [BOOLS, np.array(BOOLS), pd.Series(BOOLS, dtype="boolean"), pl.Series(BOOLS)])
def test_bools_are_labels(y):
    classes, codes = learn_labels(y)
    assert_array_equal(classes, [False, True], strict=True)
    assert_array_equal(codes, [1, 0, 1])


def test_labels_far_apart_and_beyond_int64_are_kept():
    y = np.array([2**63, 0, 2**63 + 1], dtype=np.uint64)
    classes, codes = learn_labels(y)
    assert_array_equal(classes[codes], y, strict=True)


def test_a_thousand_classes_are_learnt():
    y = np.random.default_rng(0).permutation(np.arange(1000) * 3)
    classes, codes = learn_labels(y)
    assert_array_equal(classes[codes], y)


def test_a_column_vector_is_taken_with_scikit_learns_warning():
    for y in (np.array([["a"], ["b"]]), pd.DataFrame({"y": ["a", "b"]})):
        with pytest.warns(DataConversionWarning, match="A column-vector y was passed"):
            classes, codes = learn_labels(y)
        assert_array_equal(classes[codes], ["a", "b"])


def test_a_label_of_unused_rows_only_is_no_class():
    classes, codes = learn_labels(["c", "a", "b", "a"], used=np.array([False, True, True, True]))
    assert_array_equal(classes, ["a", "b"])
    assert_array_equal(codes, [-1, 0, 1, 0])


def test_used_rows_all_used_change_nothing():
    for mine, plain in zip(learn_labels(WORDS, used=np.ones(4, dtype=bool)), learn_labels(WORDS), strict=True):
        assert_array_equal(mine, plain, strict=True)


def test_integers_and_equal_floats_are_the_same_labels():
    assert_array_equal(encode_labels([2.0, 5.0], np.array([2, 3, 5])), [0, 2])


# ------------------------------------------------------------------------------------------------------------- errors


def message(y, **kwargs):
    """What learning the labels `y` raises."""
    with pytest.raises(ValueError) as caught:
        learn_labels(y, **kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    "y",
    [
        [1.0, np.nan, 2.0],
        [1, None, 2],
        ["a", None, "b"],
        np.array(["a", np.nan, "b"], dtype=object),
        pd.Series(["a", None, "b"]),
        pd.Series([1, None, 2], dtype="Int64"),
        pd.Series(["a", None, "b"], dtype="category"),
        pl.Series([1, None, 2]),
        pl.Series(["a", None, "b"]),
    ],
)
def test_missing_labels_are_counted_and_refused(y):
    assert message(y) == (
        "Input y contains NaN: rows without a label: 1. Leave them out, for example with keep = ~pandas.isna(y), or "
        "give them a label of their own."
    )


@pytest.mark.parametrize(
    "y, expected",
    [
        (None, "This classifier requires y to be passed, but the target y is None."),
        (
            [0.5, 1.0, 2.25],
            "Unknown label type: continuous. y holds numbers such as 0.5, which look like a regression target. Pass "
            "classes; np.digitize(y, bins) makes classes of numbers.",
        ),
        (
            [[1, 0], [0, 1]],
            "y should be a 1d array, got an array of shape (2, 2) instead. If it is one-hot, pass y.argmax(axis=1); "
            "several targets at once are not supported.",
        ),
        (
            np.array([1, 2], dtype=object),
            "Unknown label type: y has dtype object and holds int. Pass labels of one type, for example y.astype(str) "
            "or y.astype(int).",
        ),
        (
            np.array(["a", 2], dtype=object),
            "Unknown label type: y has dtype object and holds int, str. Pass labels of one type, for example "
            "y.astype(str) or y.astype(int).",
        ),
        (
            np.array(["2020-01-01"], dtype="datetime64[D]"),
            "Unknown label type: y has dtype datetime64[D]. Pass labels as strings or whole numbers, for example "
            "y.astype(str).",
        ),
        (
            np.array([b"a", b"b"]),
            "Unknown label type: y has dtype |S1. Pass labels as strings or whole numbers, for example y.astype(str).",
        ),
        (
            [1.0, np.inf],
            "Input y contains infinity or a value too large for dtype('float64'). Pass labels as strings or whole "
            "numbers.",
        ),
        (
            ["a", "a"],
            "y holds only one class: 'a'. A classifier needs rows of at least 2 classes; check how y was made, or how "
            "the data was split.",
        ),
        (
            [],
            "y holds no class. A classifier needs rows of at least 2 classes; check how y was made, or how the data "
            "was split.",
        ),
    ],
)
def test_what_is_no_target_is_refused_with_the_fix(y, expected):
    assert message(y) == expected


def test_complex_labels_are_refused_in_scikit_learns_words():
    assert message(np.array([1 + 1j, 2])).startswith("Complex data not supported")


def test_one_class_left_by_the_weights_says_so():
    assert message([0, 1, 0], used=np.array([True, False, True])) == (
        "y holds only one class: 0 in the rows of positive sample_weight. A classifier needs rows of at least 2 "
        "classes; check how y was made, or how the data was split."
    )


def test_labels_that_are_no_classes_are_listed():
    with pytest.raises(ValueError) as caught:
        encode_labels([1, 9, 8, 9], np.array([1, 2, 3]))
    assert str(caught.value) == (
        "y holds labels that are not among the classes: 9, 8. The classes are 1, 2, 3. Name every class before "
        "training, with partial_fit(..., classes=...), or leave these rows out."
    )


def test_long_lists_of_labels_are_cut():
    with pytest.raises(ValueError) as caught:
        encode_labels(np.arange(100), np.arange(1000, 1020))
    assert str(caught.value).startswith(
        "y holds labels that are not among the classes: 0, 1, 2, 3, 4, .... The classes are 1000, 1001, 1002, 1003, "
        "1004, 1005, 1006, 1007, 1008, 1009, ... (20 in all). "
    )


@pytest.mark.parametrize(
    "y, said",
    [
        (["a", "b", float("nan")], "rows without a label: 1"),
        (["a", "b", None], "rows without a label: 1"),
        ([1, "a", 1], "y has dtype object and holds int, str"),
        ([True, "a", "a"], "y has dtype object and holds bool, str"),
        ([b"a", 1], "y has dtype object and holds bytes, int"),
        (np.ma.array([0, 1, 1], mask=[True, True, False]), "rows without a label: 2"),
    ],
)
def test_labels_of_a_list_are_not_turned_into_text(y, said):
    with pytest.raises(ValueError) as caught:
        learn_labels(y)
    assert said in str(caught.value)


def test_masked_labels_without_a_masked_one_are_labels():
    assert_array_equal(learn_labels(np.ma.array([3, 4, 3]))[0], [3, 4])


def test_labels_of_arrow_are_labels_and_nulls_are_missing():
    arrow = pytest.importorskip("pyarrow")
    assert learn_labels(arrow.array(["b", "a", "b"]))[1].tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match="rows without a label: 1"):
        learn_labels(arrow.chunked_array([["a", None], ["b"]]))


@pytest.mark.parametrize(
    "y, kind", [({0, 1}, "set"), ({"a": [0, 1]}, "dict"), (iter([0, 1]), "list_iterator"), ("ab", "str"), (7, "int")]
)
def test_what_has_no_order_is_no_column_of_labels(y, kind):
    with pytest.raises(TypeError) as caught:
        learn_labels(y)
    assert str(caught.value) == (
        f"y is a {kind}; one label for each row is needed, in the order of the rows. Pass a list, an array or a Series."
    )


@pytest.mark.parametrize(
    ("y", "classes", "types"),
    [
        (["1", "0"], np.array([0, 1]), ("str", "int")),
        ([1, 0], np.array(["0", "1"], dtype=object), ("int", "str")),
    ],
)
def test_strings_are_not_numbers(y, classes, types):
    message = f"y holds labels of type {types[0]}: .* of type {types[1]}. Pass labels of the same type, such as "
    with pytest.raises(ValueError, match=message):
        encode_labels(y, classes)
