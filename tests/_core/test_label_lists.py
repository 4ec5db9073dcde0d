"""Labels of a list are not turned into other labels."""

import numpy as np
import pytest

from robust_mlp._core.label_lists import without_casts


@pytest.mark.parametrize(
    "labels, kind",
    [
        (["a", "b"], "U"), ((1, 2), "i"), ([True, False], "b"), ([1.5, np.nan], "f"), ([1, "a"], "O"),
        ([np.nan, "a"], "O"), ([None, "a"], "O"), ([True, "a"], "O"), ([np.str_("a"), "b"], "U"),
        ([[0, 1], [1, 0]], "i"),
    ],
)  # fmt: skip
def test_every_label_stays_what_it_is(labels, kind):
    found = without_casts(labels)
    assert found.dtype.kind == kind
    for given, label in zip(labels, found.tolist(), strict=True):
        assert label == given or (given != given and label != label)


def test_an_array_is_handed_back():
    labels = np.array(["a", "b"])
    assert without_casts(labels) is labels
