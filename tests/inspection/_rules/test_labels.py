"""Labels: what they are taken for, and which of them no network can live with."""

import numpy as np
import pytest

from robust_mlp.inspection._rules.labels import describe_labels, judge_labels
from tests.inspection.examples import BITS, ONE_HOT, SEVERAL, THREE


@pytest.mark.parametrize(
    "y, kind",
    [
        (BITS, "codes"),
        (BITS.astype(bool), "codes"),
        (BITS[:, None], "codes"),
        (THREE.astype(float), "codes"),
        (np.array([0, 1, 0, 1], dtype=object), "codes"),
        (THREE - 1, "codes"),
        (THREE / 255, "scaled"),
        ((THREE - THREE.mean()) / THREE.std(), "scaled"),  # standardized
        (THREE / 2, "scaled"),  # min-max scaled
        (ONE_HOT / 255, "scaled"),
        (np.where(BITS, 0.95, 0.05), "probabilities"),  # smoothed by hand
        (np.linspace(0, 1, 50), "probabilities"),
        (np.linspace(-3, 3, 50), "continuous"),
        (np.random.default_rng(0).normal(size=(20, 3)), "continuous"),
        (ONE_HOT, "one_hot"),
        (0.9 * ONE_HOT + 0.1 / 3, "shares"),
        (SEVERAL, "multilabel"),
        (np.array(["yes", "no"] * 5), "strings"),
        (np.array(["yes", None] * 5, dtype=object), "strings"),
    ],
)
def test_labels_are_recognized(y, kind):
    assert describe_labels(y).kind == kind


@pytest.mark.parametrize(
    "y, code, fix",
    [
        (np.array(["b", "a"] * 9), "labels_strings", "classes, y = np.unique(y, return_inverse=True)"),
        (np.arange(10).repeat(9) / 255, "labels_scaled", "y = np.rint(y * 255).astype(int)  # scale X only"),
        ((THREE - 1) / 0.8164, "labels_scaled", "classes, y = np.unique(y, return_inverse=True)  # scale X only"),
        (ONE_HOT / 255, "labels_scaled", "y = (y * 255).round()  # scale X only"),
        (np.linspace(-3, 3, 50), "labels_continuous", "y = np.digitize(y, bins=np.quantile(y, [1 / 3, 2 / 3]))"),
        (np.ones(9), "one_class", "Check how y was made"),
        (np.eye(3)[np.zeros(9, int)], "one_class", "Check how y was made"),
        (np.array([0, 1, np.nan] * 3), "labels_missing", "known = ~pandas.isna(y); X, y = X[known], y[known]"),
    ],
)
def test_labels_that_no_network_can_live_with(y, code, fix):
    (finding,) = judge_labels(describe_labels(y))
    assert (finding.code, finding.severity) == (code, "error")
    assert finding.fix.startswith(fix)


@pytest.mark.parametrize("y", [BITS, THREE + 1, ONE_HOT, SEVERAL, np.linspace(0, 1, 50)])
def test_usable_labels_are_left_alone(y):
    assert judge_labels(describe_labels(y)) == []


def test_scaled_labels_are_told_with_what_the_loss_makes_of_them():
    (finding,) = judge_labels(describe_labels(np.arange(10).repeat(10) / 255))
    assert finding.evidence == (
        "10 distinct labels between 0 and 0.03529; cut to whole numbers, 100 of 100 become class 0."
    )
