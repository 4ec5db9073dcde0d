"""skops keeps fitted classifiers: what is loaded with the types that it names predicts and goes on as before."""

import pickle

import numpy as np
import pytest
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import PriorShiftClassifier, Verdict
from tests.persistence.fitted_examples import EXAMPLES, fitted, quietly, training_table
from tests.tiny_fits import clouds, tiny


def through_skops(clf, folder):
    """(the classifier after a way through a file, types that the file names and skops does not know)."""
    skops.io.dump(clf, folder / "clf.skops")
    named = skops.io.get_untrusted_types(file=folder / "clf.skops")
    return skops.io.load(folder / "clf.skops", trusted=named), named


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_loaded_predicts_the_same_bits(name, tmp_path):
    clf, new = fitted(name)
    again, named = through_skops(clf, tmp_path)
    # So whoever trusts this package, trusts the file.
    assert [one for one in named if not one.startswith("robust_mlp.")] == []
    np.testing.assert_array_equal(quietly(again.predict_proba, new), quietly(clf.predict_proba, new))
    np.testing.assert_array_equal(quietly(again.predict, new), quietly(clf.predict, new))
    assert str(again.report_) == str(clf.report_)
    assert again.report_.verdict is Verdict(clf.report_.verdict)
    assert again.report_.to_dict() == clf.report_.to_dict()
    assert again.input_columns_ == clf.input_columns_


def test_nothing_is_loaded_that_nobody_trusts(tmp_path):
    skops.io.dump(fitted("numbers")[0], tmp_path / "clf.skops")
    with pytest.raises(skops.io.exceptions.UntrustedTypesFoundException, match="robust_mlp"):
        skops.io.load(tmp_path / "clf.skops")


@pytest.mark.parametrize("name", ["numbers", "vectors_of_levels", "batch_normalization"])
def test_partial_fit_goes_on(name, tmp_path):
    X, y = training_table(name)
    clf = pickle.loads(pickle.dumps(fitted(name)[0]))
    for _ in range(2):  # after fit, and after partial_fit, which keeps the optimizer's state
        again, named = through_skops(clf, tmp_path)
        assert [one for one in named if not one.startswith("robust_mlp.")] == []
        for one in (clf, again):
            one.partial_fit(X, y)
        np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))


def test_pipelines_and_adapted_classifiers_are_kept(tmp_path):
    X, y = clouds(60)
    for clf in (make_pipeline(StandardScaler(), tiny()).fit(X, y), PriorShiftClassifier(tiny()).fit(X, y).adapt(X)):
        again, named = through_skops(clf, tmp_path)
        assert [one for one in named if not one.startswith("robust_mlp.")] == []
        np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))


def test_an_unfitted_classifier_is_kept(tmp_path):
    again, named = through_skops(tiny(max_iter=7, class_weight={0: 1.0, 2: 3.0}), tmp_path)
    assert named == ["robust_mlp.classifier.RobustMLPClassifier"]
    assert again.get_params() == tiny(max_iter=7, class_weight={0: 1.0, 2: 3.0}).get_params()
