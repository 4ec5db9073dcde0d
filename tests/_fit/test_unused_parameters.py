"""A report says which parameter that the user typed had no effect."""

import inspect

import numpy as np
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._fit.unused_parameters import DEFAULT_VALIDATION_FRACTION

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))
Y = (X[:, 0] > 0).astype(int)
QUICK = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0}


def notes(fraction, n_members, with_validation=False):
    """Advice of a fit about `validation_fraction`."""
    clf = RobustMLPClassifier(**QUICK, n_members=n_members, validation_fraction=fraction)
    clf.fit(X[:250], Y[:250], **({"X_val": X[250:], "y_val": Y[250:]} if with_validation else {}))
    found = [advice for advice in clf.report_.advisories if advice.code == "validation_fraction_unused"]
    assert all(advice.severity == "info" for advice in found)
    return [(advice.symptom, advice.cause, advice.fix) for advice in found]


def test_a_fraction_that_members_have_no_use_for_is_told():
    assert notes(0.3, n_members=3) == [
        (
            "validation_fraction has no effect.",
            "Each of the 3 members holds out a different part of the rows, one in 3.",
            "Pass n_members=1 to hold out validation_fraction=0.3, or X_val and y_val.",
        )
    ]


def test_a_fraction_beside_rows_of_ones_own_is_told():
    assert notes(0.3, n_members=1, with_validation=True) == [
        (
            "validation_fraction has no effect.",
            "The rows of X_val are held out instead.",
            "Leave X_val and y_val out to hold out a part of X.",
        )
    ]


@pytest.mark.parametrize("fraction, n_members", [(0.1, 3), (0.3, 1)])
def test_nothing_is_said_of_the_default_nor_of_a_fraction_that_counts(fraction, n_members):
    assert notes(fraction, n_members) == []


def test_the_default_is_the_classifiers():
    assert inspect.signature(RobustMLPClassifier).parameters["validation_fraction"].default == (
        DEFAULT_VALIDATION_FRACTION
    )
