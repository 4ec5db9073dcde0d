"""A PriorShiftClassifier comes back adapted, calibrated and able to adapt again."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from robust_mlp import ModelFileError, PriorShiftClassifier, load_model
from robust_mlp.persistence.file_format.model_file import opened
from tests.persistence.rewriting import rewrite
from tests.tiny_fits import clouds, tiny


def around_fitted():
    X, y = clouds(150)
    return PriorShiftClassifier(tiny().fit(X, y)).fit(X + 0.3, y), X


def unfitted_before():
    X, y = clouds(150)
    return PriorShiftClassifier(tiny(), calibrate=True, alpha=0.5).fit(X, y), X


def adapted():
    X, y = clouds(150)
    shifted = PriorShiftClassifier(tiny().fit(X, y), alpha=1).fit(X, y)
    return shifted.adapt(X[(y == 0) | (np.arange(150) % 4 == 0)]), X


def adapted_without_labels():
    X, y = clouds(150)
    return PriorShiftClassifier(tiny().fit(X, y), prior=[0.2, 0.3, 0.5], alpha=1.0).adapt(X[y != 2]), X


def not_even_fitted():
    X, y = clouds(150)
    return PriorShiftClassifier(tiny().fit(X, y)), X


def by_confusion():
    X, y = clouds(150)
    return PriorShiftClassifier(tiny().fit(X, y), method="bbse").fit(X, y).adapt(X[y != 1]), X


STATES = (around_fitted, unfitted_before, adapted, adapted_without_labels, not_even_fitted, by_confusion)


@pytest.mark.parametrize("make", STATES)
def test_every_state_comes_back(make, tmp_path):
    shifted, X = make()
    shifted.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    assert type(again) is PriorShiftClassifier
    assert set(vars(again)) == set(vars(shifted))
    np.testing.assert_array_equal(again.predict_proba(X), shifted.predict_proba(X))
    np.testing.assert_array_equal(again.predict(X), shifted.predict(X))
    for name in ("target_prior_", "target_prior_interval_", "source_prior_", "shift_test_"):
        if hasattr(shifted, name):
            np.testing.assert_equal(getattr(again, name), getattr(shifted, name))
    is_same = shifted.estimator is getattr(shifted, "estimator_", shifted.estimator)
    assert (again.estimator is getattr(again, "estimator_", again.estimator)) is is_same
    np.testing.assert_array_equal(again.adapt(X[:40]).predict_proba(X), shifted.adapt(X[:40]).predict_proba(X))


def test_rows_can_be_left_out_of_the_inner_classifier(tmp_path):
    shifted, _ = around_fitted()
    shifted.save_model(tmp_path / "m.rmlp", rows=False)
    assert not hasattr(load_model(tmp_path / "m.rmlp").estimator_, "sample_indices_")


def test_other_classifiers_cannot_be_saved(tmp_path):
    X, y = clouds()
    with pytest.raises(TypeError, match="this is a PriorShiftClassifier around LogisticRegression"):
        PriorShiftClassifier(LogisticRegression()).fit(X, y).save_model(tmp_path / "m.rmlp")
    with pytest.raises(NotFittedError):
        PriorShiftClassifier(tiny()).save_model(tmp_path / "m.rmlp")
    shifted, _ = around_fitted()
    shifted.note_ = 1
    with pytest.raises(ModelFileError, match="does not know these attributes of the classifier: note_"):
        shifted.save_model(tmp_path / "m.rmlp")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("records"),
        lambda content: content.update(more=1),
        lambda content: content.update(was_fitted="yes"),
        lambda content: content["parameters"].pop("alpha"),
        lambda content: content["attributes"].update(source_prior_=[1.0]),
        lambda content: content["attributes"].update(command="ls"),
        lambda content: content["records"]["_source"].update(prior=[0.5, 0.5]),
        lambda content: content["records"]["_source"].update(mean="x"),
        lambda content: content["records"].update(_calibration={"slope": 1.0}),
        lambda content: content["records"].update(os={}),
        lambda content: content.update(attributes=[]),
        lambda content: content["classifier"].pop("network"),
    ],
)
def test_descriptions_that_were_changed_are_refused(change, tmp_path):
    shifted, _ = around_fitted()
    shifted.save_model(tmp_path / "m.rmlp")
    rewrite(tmp_path / "m.rmlp", lambda head, entries: change(head["content"]))
    with pytest.raises(ModelFileError, match=r"is no valid model file: [a-z]"):
        load_model(tmp_path / "m.rmlp")


def test_the_kind_says_what_it_is(tmp_path):
    shifted, _ = around_fitted()
    shifted.save_model(tmp_path / "m.rmlp")
    with opened(tmp_path / "m.rmlp") as found:
        assert found.kind == "PriorShiftClassifier"
    assert clone(load_model(tmp_path / "m.rmlp")).get_params()["alpha"] == 0.01
