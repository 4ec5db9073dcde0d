"""What a model file cannot hold is named, and nothing is left out that was not asked for."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from robust_mlp import ModelFileError, RobustMLPClassifier, load_model
from robust_mlp.persistence.file_format.classifier import ATTRIBUTES, NEEDED, NEEDED_LATER
from tests.persistence.fitted_examples import fitted
from tests.tiny_fits import clouds, tiny


def a_scorer(estimator, X, y):
    return -float(np.mean(estimator.predict_proba(X)[:, 0]))


def a_schedule(progress):
    return 1.0 - progress / 2


def test_a_classifier_that_is_not_fitted_cannot_be_saved(tmp_path):
    with pytest.raises(NotFittedError):
        RobustMLPClassifier().save_model(tmp_path / "m.rmlp")
    assert list(tmp_path.iterdir()) == []


def test_parameters_that_hold_code_are_named_with_what_to_type(tmp_path):
    X, y = clouds()
    clf = tiny(scoring=a_scorer, learning_rate_schedule=a_schedule, early_stopping=True, n_members=2).fit(X, y)
    with pytest.raises(ModelFileError) as caught:
        clf.save_model(tmp_path / "m.rmlp")
    text = str(caught.value)
    assert "scoring holds <function a_scorer" in text and "learning_rate_schedule holds <function a_sch" in text
    assert "Pass leave_out=['learning_rate_schedule', 'scoring'] to write the classifier without" in text
    assert list(tmp_path.iterdir()) == []
    clf.save_model(tmp_path / "m.rmlp", leave_out=["learning_rate_schedule", "scoring"])
    again = load_model(tmp_path / "m.rmlp")
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
    assert (again.scoring, again.learning_rate_schedule) == ("loss", "auto")
    assert again._plan.learning_rate_schedule is None and again.tol == clf.tol


def test_an_optimizer_object_is_left_out_and_its_settings_stay(tmp_path):
    import keras

    X, y = clouds()
    clf = tiny(optimizer=keras.optimizers.Adam(0.01)).fit(X, y)
    with pytest.raises(ModelFileError, match="optimizer holds"):
        clf.save_model(tmp_path / "m.rmlp")
    clf.save_model(tmp_path / "m.rmlp", leave_out=["optimizer"])
    again = load_model(tmp_path / "m.rmlp")
    assert again.optimizer == "adam" and again._plan.optimizer == clf._plan.optimizer


def test_partial_fit_goes_on_with_the_settings_of_an_optimizer_object(tmp_path):
    import keras

    X, y = clouds()
    clf = tiny(optimizer=keras.optimizers.SGD(0.1, momentum=0.9)).partial_fit(X, y, classes=[0, 1, 2])
    clf.save_model(tmp_path / "m.rmlp", leave_out=["optimizer"])
    again = load_model(tmp_path / "m.rmlp")
    np.testing.assert_array_equal(again.partial_fit(X, y).predict_proba(X), clf.partial_fit(X, y).predict_proba(X))


def test_attributes_that_the_format_does_not_know_are_named(tmp_path):
    X, y = clouds()
    clf = tiny().fit(X, y)
    clf.note_ = "mine"
    with pytest.raises(ModelFileError, match=r"does not know these attributes of the classifier: note_\. Delete them"):
        clf.save_model(tmp_path / "m.rmlp")
    clf.save_model(tmp_path / "m.rmlp", leave_out=["note_"])
    assert not hasattr(load_model(tmp_path / "m.rmlp"), "note_")


def test_a_class_of_ones_own_cannot_be_saved(tmp_path):
    class Mine(RobustMLPClassifier):
        pass

    X, y = clouds()
    clf = Mine(**tiny().get_params()).fit(X, y)
    with pytest.raises(TypeError, match="Mine is a class of its own"):
        clf.save_model(tmp_path / "m.rmlp")


@pytest.mark.parametrize(
    "leave_out, kind, message",
    [
        ("scoring", TypeError, r"is a text. Pass a list of names: \['scoring'\]"),
        (["scorer"], ValueError, "names 'scorer', which this classifier does not have"),
        (["_fitted"], ValueError, "names '_fitted', without which the classifier cannot predict or go on"),
        (["class_prior_"], ValueError, "without which the classifier cannot predict or go on"),
    ],
)
def test_a_wrong_leave_out_is_told(leave_out, kind, message, tmp_path):
    with pytest.raises(kind, match=message):
        fitted("numbers")[0].save_model(tmp_path / "m.rmlp", leave_out=leave_out)


@pytest.mark.parametrize("name", sorted(set(ATTRIBUTES) - NEEDED - NEEDED_LATER))
def test_what_is_not_needed_can_be_left_out(name, tmp_path):
    clf, new = fitted("default_ensemble")
    clf.save_model(tmp_path / "m.rmlp", leave_out=[name])
    again = load_model(tmp_path / "m.rmlp")
    assert name not in vars(again)
    np.testing.assert_array_equal(again.predict_proba(new), clf.predict_proba(new))


def test_levels_of_a_foreign_type_are_named_with_their_column(tmp_path):
    X, y = clouds()
    frame = pd.DataFrame({"age": pd.cut(X[:, 0], 4), "x": X[:, 1]})
    clf = tiny().fit(frame, y)
    with pytest.raises(ModelFileError) as caught:
        clf.save_model(tmp_path / "m.rmlp")
    assert "Column 'age' is a category with the level Interval(" in str(caught.value)
    assert "X['age'] = X['age'].astype(str)" in str(caught.value)


def test_a_network_that_is_not_finite_cannot_be_saved(tmp_path):
    X, y = clouds()
    clf = tiny().fit(X, y)
    clf._fitted.weights.trainable[0][0, 0] = np.nan
    with pytest.raises(ModelFileError, match="holds numbers that are not finite, so the classifier predicts nothing"):
        clf.save_model(tmp_path / "m.rmlp")


@pytest.mark.parametrize(
    "labels",
    [
        ["b", "a"],
        [True, False],
        [3, -1],
        [2.0, 1.0],
        np.array(["b", "a"], dtype=object),
        np.array([200, 7], dtype=np.uint8),
        np.array(["b\ud800", "a\x1b"]),  # a lone surrogate and a control character
        np.array([2**63 + 5, 2**63 + 2], dtype=np.uint64),
        np.array([2, 1], dtype=np.float16),
    ],
)
def test_labels_keep_their_type(labels, tmp_path):
    X, y = clouds(n_classes=2)
    clf = tiny().fit(X, np.asarray(labels)[y])
    clf.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    assert again.classes_.dtype == clf.classes_.dtype
    assert again.classes_.tolist() == clf.classes_.tolist()
    np.testing.assert_array_equal(again.predict(X), clf.predict(X))


@pytest.mark.parametrize(
    "parameters",
    [
        {"hidden_layer_sizes": np.array([8, 4])},
        {"hidden_layer_sizes": [8], "tol": np.float64(1e-3), "max_iter": np.int64(3)},
        {"random_state": np.random.RandomState(3)},
        {"class_weight": {0: 2, 1: 1.5, 2: 1}},
        {"class_weight": np.array([1, 2, 1.5])},
        {"categorical_features": [False, True, False, False]},
        {"categorical_features": np.array([1])},
        {"max_norm": 2, "validation_fraction": 7},
        {"sampler": "over", "decision": "balanced"},
    ],
)
def test_parameters_come_back(parameters, tmp_path):
    X, y = clouds()
    X[:, 1] = np.arange(len(X)) % 3
    clf = tiny(**parameters).fit(X, y)
    clf.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    for name, value in parameters.items():
        found = getattr(again, name)
        if isinstance(value, np.random.RandomState):
            assert found.randint(2**31, size=5).tolist() == clf.random_state.randint(2**31, size=5).tolist()
        else:
            np.testing.assert_equal(found, value)
    np.testing.assert_array_equal(again.predict_proba(X), clf.predict_proba(X))
