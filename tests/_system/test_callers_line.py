"""A warning is about the line that called the package, wherever in the package it is raised."""

import numpy as np
import pytest

from robust_mlp import DriftWarning
from robust_mlp._system.callers_line import level_of_caller
from tests.tiny_fits import clouds, tiny


def test_outside_the_package_it_is_the_line_itself():
    assert level_of_caller() == 1


def test_a_warning_from_deep_within_a_prediction_is_about_the_line_that_called_it():
    X, y = clouds()
    clf = tiny().fit(X, y)
    with pytest.warns(DriftWarning) as caught:
        clf.predict(np.asarray(X) * 1e6)
    assert [w.filename for w in caught] == [__file__]
