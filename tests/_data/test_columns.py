"""One column: its kind, its numbers and its levels, from whatever library it comes."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp._data.columns import kind_of_values, sort_levels

NAN = np.nan


@pytest.mark.parametrize(
    "values, kind",
    [
        ([None, "a", NAN], "category"),
        ([pd.NA, "a"], "category"),
        ([1, 2.5, None, True, np.float32(3)], "number"),
        ([None, NAN], "category"),  # which reads whatever comes later
        ([], "category"),
    ],
)
def test_the_kind_of_python_values_is_that_of_those_that_are_not_missing(values, kind):
    assert kind_of_values(values, "Column 0") == kind


def test_levels_that_do_not_compare_are_sorted_by_type_and_then_as_text():
    assert sort_levels(["b", 2, "a", 1]) == (1, 2, "a", "b")
