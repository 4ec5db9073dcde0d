"""Several inputs lie side by side in one matrix, and come out of it as they went in."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.inspection._read.input_parts import is_parted, learn_parts

RNG = np.random.default_rng(0)
NUMBERS, IMAGES = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 2, 2, 1)).astype("float32")
CODES = RNG.integers(0, 9, size=7)


@pytest.mark.parametrize(
    "X",
    [
        [NUMBERS, CODES],
        (NUMBERS, IMAGES, CODES),
        {"numbers": NUMBERS, "codes": CODES},
        {"only": IMAGES},
        {"frame": pd.DataFrame(NUMBERS), "series": pd.Series(CODES)},
    ],
    ids=["list", "tuple", "dict", "one by name", "frames"],
)
def test_what_was_packed_comes_out_again(X):
    parts = learn_parts(X, 7)
    packed = parts.pack(X)
    assert packed.shape == (7, sum(np.asarray(part)[0].size for part in (X.values() if isinstance(X, dict) else X)))
    found = parts.unpack(packed)
    assert isinstance(found, dict) == isinstance(X, dict)
    pairs = [(found[name], X[name]) for name in X] if isinstance(X, dict) else zip(found, X, strict=True)
    for part, given in pairs:
        np.testing.assert_allclose(part, np.asarray(given))
        assert part.shape == np.asarray(given).shape


def test_whole_numbers_get_their_type_back_unless_they_were_scaled():
    parts = learn_parts([NUMBERS, CODES], 7)
    packed = parts.pack([NUMBERS, CODES])
    assert parts.unpack(packed)[1].dtype == CODES.dtype
    assert parts.unpack(packed / 2)[1].dtype == np.float64


@pytest.mark.parametrize(
    "X, n_labels, expected",
    [
        ([NUMBERS, CODES], 7, True),
        ([CODES, CODES], 7, True),
        ([CODES, CODES], 2, False),  # two rows of seven columns
        ([CODES, CODES], None, False),
        ([NUMBERS, NUMBERS], None, True),
        ([[1, 2], [3, 4]], 2, False),
        (NUMBERS, 7, False),
        ({}, 7, False),
        (pd.DataFrame(NUMBERS), 7, False),
    ],
)
def test_a_list_of_arrays_is_told_from_a_list_of_rows(X, n_labels, expected):
    assert is_parted(X, n_labels) is expected
    assert (learn_parts(X, n_labels) is not None) is expected


@pytest.mark.parametrize(
    "X, message",
    [
        ({"a": NUMBERS}, "X lacks ['b']. Pass a dict with the keys ['a', 'b']."),
        (
            {"a": NUMBERS, "b": CODES, "c": CODES},
            "X holds ['c'], which fit did not see. Pass a dict with the keys ['a', 'b'].",
        ),
        (NUMBERS, "X is a ndarray; in fit it was a dict with the keys ['a', 'b']."),
        ({"a": NUMBERS[:, :2], "b": CODES}, "X['a'] has rows of shape (2,), but in fit they had shape (3,)."),
        (
            {"a": NUMBERS, "b": CODES[:4]},
            "The inputs have different numbers of rows: X['a'] 7, X['b'] 4. Pass the same rows in each.",
        ),
    ],
)
def test_other_parts_than_those_learnt_are_refused(X, message):
    parts = learn_parts({"a": NUMBERS, "b": CODES})
    with pytest.raises(ValueError) as caught:
        parts.pack(X)
    assert str(caught.value) == message


def test_a_list_of_another_length_is_refused():
    parts = learn_parts([NUMBERS, IMAGES])
    with pytest.raises(ValueError, match=r"^X is 3 arrays; in fit it was a list of 2 arrays\. Pass as many\.$"):
        parts.pack([NUMBERS, IMAGES, NUMBERS])
    with pytest.raises(ValueError, match=r"^X\[1\] holds 'a'"):
        learn_parts([NUMBERS, np.array(["a"] * 7)], 7)
