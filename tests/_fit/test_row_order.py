"""An index in another order is told of; rows stay paired by position."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp import DataQualityWarning
from robust_mlp._fit.row_order import notes_on_order
from tests.tiny_fits import able, clouds

X, Y = clouds()
NAMES = [f"r{i}" for i in range(len(Y))]
NAMED, FRESH = pd.DataFrame(X, index=NAMES), pd.DataFrame(X)


def severities(table, **others):
    return [note.severity for note in notes_on_order(table, **others)]


def test_the_same_order_another_index_and_no_index_are_no_matter():
    for table, labels in (
        (NAMED, pd.Series(Y, index=NAMES)),
        (NAMED, pd.Series(Y)),
        (NAMED, Y),
        (NAMED, Y.tolist()),
        (X, pd.Series(Y, index=NAMES)),
        (FRESH, pd.Series(Y, index=np.arange(len(Y)) + 1)),
        (FRESH, None),
        (pd.DataFrame(X, index=np.zeros(len(Y), int)), pd.Series(Y)),
    ):
        assert severities(table, y=labels) == []


def test_another_order_is_a_warning_where_the_index_names_rows_and_else_a_note():
    assert severities(NAMED, y=pd.Series(Y, index=NAMES[::-1])) == ["warning"]
    assert severities(FRESH, y=pd.Series(Y).iloc[::-1]) == ["info"]  # a scaled table has a new index
    ones = pd.Series(1.0, index=NAMES).iloc[::-1]
    assert severities(NAMED, y=pd.Series(Y, index=NAMES), sample_weight=ones, groups=ones) == ["warning", "warning"]


def test_the_note_says_what_to_type():
    (note,) = notes_on_order(NAMED, y=pd.Series(Y, index=NAMES[::-1]))
    assert note.evidence == "row 0: 'r0' in X, 'r89' in y"
    assert note.fix == "If the index says which rows belong together, pass y.loc[X.index]."


def test_a_fit_pairs_rows_by_position_and_tells():
    labels = pd.Series(Y, index=NAMES[::-1])
    with pytest.warns(DataQualityWarning, match="X and y have the same index in another order"):
        clf = able().fit(NAMED, labels)
    assert clf.score(NAMED, Y) > 0.9
    codes = [
        advice.code for advice in able().fit(FRESH, pd.Series(Y).sample(frac=1, random_state=0)).report_.advisories
    ]
    assert "index_in_another_order" in codes
