"""Held-out rows that are not new are told: near copies, rows of X_val that are trained on, groups that are classes."""

import numpy as np
import pytest

from robust_mlp import DataQualityWarning, RobustMLPClassifier
from robust_mlp._fit.doubts import doubts_about
from robust_mlp._fit.labelled_table import LabelledTable
from tests.tiny_fits import tiny

NUMBERS = (0, 1, 2)
RNG = np.random.default_rng(0)


def table(X, y=None, groups=None):
    y = np.arange(len(X)) % 2 if y is None else y
    return LabelledTable(X, np.asarray(y), np.ones(len(X)), groups=groups)


def codes(*arguments, **keywords):
    return [doubt.code for doubt in doubts_about(*arguments, **keywords)]


ROWS = RNG.normal(size=(200, 3))
COPIES = np.repeat(RNG.normal(size=(30, 3)), 8, axis=0) + RNG.normal(scale=1e-6, size=(240, 3))


def test_near_copies_are_a_doubt_unless_groups_hold_them_together():
    assert codes(table(COPIES), None, NUMBERS) == ["near_copies"]
    assert codes(table(COPIES, groups=np.repeat(np.arange(30), 8)), None, NUMBERS) == []
    assert codes(table(COPIES), table(RNG.normal(size=(50, 3))), NUMBERS) == []  # other rows judge
    assert codes(table(ROWS), None, NUMBERS) == []
    assert codes(table(COPIES[:10]), None, NUMBERS) == []


def test_rows_to_judge_by_that_are_trained_on_are_a_doubt():
    known = table(ROWS)
    assert codes(known, known, NUMBERS) == ["known_validation_rows"]
    half = table(np.concatenate([ROWS[:50], RNG.normal(size=(50, 3))]))
    assert codes(known, half, NUMBERS) == ["known_validation_rows"]
    assert codes(known, half, NUMBERS, is_last=True) == []
    assert codes(known, table(RNG.normal(size=(50, 3))), NUMBERS) == []
    assert codes(known, table(ROWS, 1 - known.codes), NUMBERS) == []  # another label, another fact


def test_rows_that_repeat_by_nature_are_none():
    kinds = RNG.integers(0, 2, size=(300, 3)).astype(float)
    new = RNG.integers(0, 2, size=(100, 3)).astype(float)
    assert codes(table(kinds, kinds[:, 0].astype(int)), table(new, new[:, 0].astype(int)), NUMBERS) == []


def test_groups_that_are_the_classes_are_a_doubt():
    y = np.arange(200) % 3
    assert codes(table(ROWS, y, groups=y), None, NUMBERS) == ["one_group_each"]
    assert codes(table(ROWS, y, groups=np.zeros(200, int) + (y == 2)), None, NUMBERS) == ["one_group_each"]
    assert codes(table(ROWS, y, groups=np.arange(200) // 10), None, NUMBERS) == []


def test_a_fit_warns_once_and_the_report_keeps_it():
    clf = RobustMLPClassifier((8,), n_members=2, max_iter=60, random_state=0)
    y = np.repeat(COPIES[::8, 0] > 0, 8)  # a table of noise labels is memorized in the same way
    with pytest.warns(DataQualityWarning, match="copies of others but for tiny differences.* Pass groups=") as caught:
        clf.fit(COPIES, y)
    assert sum("tiny differences" in str(w.message) for w in caught) == 1
    assert "near_copies" in [advice.code for advice in clf.report_.advisories]
    assert "Pass groups=" in str(clf.report_)


def test_a_usual_fit_has_no_doubts():
    clf = tiny().fit(ROWS, (ROWS[:, 0] > 0).astype(int))
    assert not {"near_copies", "known_validation_rows", "one_group_each"} & {a.code for a in clf.report_.advisories}
