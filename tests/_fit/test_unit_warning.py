"""The warning of columns in other units: which columns, from what to what, and what to do."""

import pytest

from robust_mlp import DriftWarning
from robust_mlp._data.unit_changes import UnitChange
from robust_mlp._fit.unit_warning import units_text, warn_of_units


def changes(n):
    return [(f"width {i}", UnitChange(i, 5000.0, 1020.0, 5.0, 1.02, False)) for i in range(n)]


def test_the_columns_and_the_change_are_named():
    text = units_text(changes(1))
    assert text.startswith(
        "partial_fit seems to get other units than before: 'width 0', of which mean and standard deviation were "
        "5e+03 and 1.02e+03 and are now 5 and 1.02. The scale now follows the new rows alone"
    )
    assert "begin again with clone(estimator)" in text


@pytest.mark.parametrize("n, said", [(3, "'width 2'"), (4, "; and 1 more column."), (9, "; and 6 more columns.")])
def test_three_columns_are_described_and_the_others_are_counted(n, said):
    text = units_text(changes(n))
    assert said in text and "'width 3'" not in text


def test_columns_that_are_not_scaled_are_not_said_to_be():
    text = units_text(changes(1), is_scaled=False)
    assert "With scale=None the network gets them as they are" in text and "follows" not in text


def test_nothing_is_said_without_a_change():
    assert units_text([]) is None


def test_the_warning_is_one_of_drift():
    with pytest.warns(DriftWarning, match="^partial_fit seems to get other units"):
        warn_of_units(units_text(changes(2)))
