"""Columns whose labels are no strings: another order is refused, as for names."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from robust_mlp import load_model
from tests.tiny_fits import able, clouds

X, Y = clouds(n_columns=3)
LABELS = {
    "tuples": pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "x")]),
    "numbers": pd.Index([10, 20, 30]),
    "dates": pd.to_datetime(["2020-01-01", "2021-01-01", "2022-01-01"]),
}


@pytest.mark.parametrize("kind", LABELS)
def test_another_order_is_refused_and_the_same_order_is_read(kind):
    frame = pd.DataFrame(X, columns=LABELS[kind])
    clf = able().fit(frame, Y)
    expected = clf.predict_proba(frame)
    assert_array_equal(able().fit(X, Y).predict_proba(X), expected)
    turned = frame[frame.columns[[2, 0, 1]]]
    for one in (clf, pickle.loads(pickle.dumps(clf))):
        with pytest.raises(ValueError, match=r"another order than in fit: column 0 is .* Pass X with its columns"):
            one.predict(turned)
    with pytest.raises(ValueError, match="another order than in fit"):
        clf.partial_fit(turned, Y)
    assert_array_equal(clf.predict_proba(frame), expected)
    assert_array_equal(clf.predict_proba(frame.to_numpy()), expected)


def test_other_labels_are_no_other_order():
    clf = able().fit(pd.DataFrame(X, columns=[10, 20, 30]), Y)
    other = pd.DataFrame(X, columns=[7, 8, 9])
    assert_array_equal(clf.predict_proba(other), clf.predict_proba(X))


def test_labels_0_1_2_say_nothing_and_a_refit_forgets_earlier_ones():
    plain = pd.DataFrame(X)
    clf = able().fit(pd.DataFrame(X, columns=[10, 20, 30]), Y)
    assert clf._column_labels == (10, 20, 30)
    clf.fit(plain, Y)
    assert not hasattr(clf, "_column_labels")
    clf.predict(plain[[2, 1, 0]])


def test_a_table_with_categories_is_checked_as_well():
    labels = pd.MultiIndex.from_tuples([("a", "x"), ("b", "s")])
    frame = pd.DataFrame({0: X[:, 0], 1: np.where(Y > 0, "u", "v")}).set_axis(labels, axis=1)
    clf = able().fit(frame, Y)
    with pytest.raises(ValueError, match="another order than in fit"):
        clf.predict(frame[labels[::-1]])


def test_a_model_file_does_not_hold_them(tmp_path):
    frame = pd.DataFrame(X, columns=[10, 20, 30])
    clf = able().fit(frame, Y)
    clf.save_model(tmp_path / "m.rmlp")
    assert_array_equal(load_model(tmp_path / "m.rmlp").predict_proba(frame), clf.predict_proba(frame))
