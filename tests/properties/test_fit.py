"""Every call of `fit` ends in a valid classifier, or is refused before any training and changes nothing."""

import pickle
import re
import warnings
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from scipy import sparse

from robust_mlp import RobustMLPClassifier, exceptions
from robust_mlp._fit import fit as fit_module
from tests.properties.strategies import bad_calls, good_calls

OWN_WARNINGS = tuple(
    value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Warning)
)

# What a message may call an argument, beside its own name. scikit-learn writes most of these sentences.
CALLED = {
    "X": r"\bX\b|2D array|feature|sample|array|row|number",
    "y": r"\by\b|label|class|array|sample",
    "sample_weight": r"sample_weight|weight|row|sample",
}


def fit(case):
    """The classifier of a case, fitted while every warning but the package's own is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for category in OWN_WARNINGS:
            warnings.simplefilter("ignore", category)
        return RobustMLPClassifier(**case.parameters).fit(case.X, case.y, case.sample_weight)


def check_valid(clf, X):
    """A fitted classifier keeps scikit-learn's promises for the rows it was trained on."""
    probabilities = clf.predict_proba(X)
    assert probabilities.shape[1] == len(clf.classes_)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-9)
    assert np.isin(clf.predict(X), clf.classes_).all()
    assert str(clf.report_.verdict) in str(clf.report_)
    assert pickle.loads(pickle.dumps(clf)).predict_proba(X).tobytes() == probabilities.tobytes()


def n_different_rows(X):
    """How many rows of a table differ in some cell."""
    cells = X.toarray() if sparse.issparse(X) else X
    return len(pd.DataFrame(np.asarray(cells, dtype=object)).astype(str).drop_duplicates())


@given(good_calls())
def test_a_call_that_ought_to_work_gives_a_valid_classifier(case):
    try:
        clf = fit(case)
    except ValueError as error:  # equal rows stay together: with as few as that, none can be held out as was asked for
        assert case.parameters.get("early_stopping") is True, error
        assert n_different_rows(case.X) <= len(np.unique(case.y)), error
        assert re.match(r"No row can be held out: .* early_stopping=False", str(error)), error
        return
    check_valid(clf, case.X)


@given(bad_calls())
def test_a_call_with_a_bad_argument_is_refused_by_name_before_any_training(case):
    (fault,) = case.faults
    clf = RobustMLPClassifier(**case.parameters)
    before = dict(vars(clf))
    spied = mock.patch.object(fit_module, "run_attempt", wraps=fit_module.run_attempt)
    with spied as runs, pytest.raises((ValueError, TypeError)) as error, warnings.catch_warnings():
        warnings.simplefilter("error")
        clf.fit(case.X, case.y, case.sample_weight)
    assert runs.call_count == 0, "it trained first"
    assert re.search(CALLED.get(fault, fault), str(error.value)), f"{fault}: {error.value}"
    assert vars(clf).keys() == before.keys(), "a refused fit left something behind"
