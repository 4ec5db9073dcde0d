"""What `fit` reads, keeps and refuses; its steps have tests of their own."""

import re
import warnings

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.records import Verdict
from robust_mlp.exceptions import DataQualityWarning
from tests.tiny_fits import able, clouds, tiny

X, Y = clouds(120)


class Silent(keras.callbacks.Callback):
    """Does nothing."""


@pytest.mark.parametrize(
    "given, message",
    [
        ({"X_val": X}, "X_val was passed without y_val. Pass X_val and y_val together."),
        ({"y_val": Y}, "y_val was passed without X_val. Pass X_val and y_val together."),
        (
            {"sample_weight_val": np.ones(9)},
            "sample_weight_val was passed without X_val and y_val. Pass",
        ),
        ({"X_val": X[:, :2], "y_val": Y}, "X_val is not a table like X: X has 2 features, but"),
        ({"X_val": X, "y_val": Y + 7}, "y_val"),
    ],
)
def test_held_out_rows_that_do_not_fit_are_refused_before_training(given, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        tiny().fit(X, Y, **given)


def test_what_is_learnt_is_kept_under_its_public_names():
    clf = able(n_members=3, early_stopping=True).fit(X, Y)
    assert_array_equal(clf.classes_, [0, 1, 2])
    assert_allclose(clf.class_prior_, np.full(3, 1 / 3))
    assert (clf.n_members_, clf.n_restarts_, clf.out_activation_) == (3, 0, "softmax")
    assert clf.best_loss_ == min(clf.loss_curve_) and len(clf.loss_curve_) == clf.n_iter_
    assert clf.best_validation_score_ == max(clf.validation_scores_)
    assert clf.history_["loss"] == clf.loss_curve_
    assert set(clf.history_) == {"loss", "learning_rate", "val_loss", "val_accuracy"}
    assert clf.report_.verdict == Verdict.UNCHECKED  # the guard was off


def test_held_out_predictions_are_of_the_member_that_did_not_see_the_row():
    clf = able(n_members=3, early_stopping=True).fit(X, Y)
    probabilities = clf.oof_decision_function_
    assert probabilities.shape == (120, 3)
    assert_allclose(probabilities.sum(axis=1), 1)
    members = [np.setdiff1d(np.arange(120), rows) for rows in clf.sample_indices_]
    assert_array_equal(np.sort(np.concatenate(members)), np.arange(120))


def test_nothing_of_an_earlier_fit_is_left():
    clf = able(n_members=3, early_stopping=True).fit(X, Y)
    clf.set_params(n_members=1, early_stopping=False).fit(X, Y)
    assert not hasattr(clf, "oof_decision_function_")
    assert clf.validation_scores_ is None and clf.best_validation_score_ is None
    assert "val_loss" not in clf.history_


def test_a_decision_that_cannot_be_learnt_is_refused_before_training():
    with pytest.raises((ValueError, TypeError)):
        tiny(decision=np.zeros((2, 2))).fit(X, Y)
    with pytest.raises((ValueError, TypeError)):
        tiny(decision="no such scorer").fit(X, Y)


@pytest.mark.parametrize("n_classes, warns", [(40, True), (21, True), (20, False)])
def test_a_class_for_nearly_every_row_is_warned_of(n_classes, warns):
    X = np.random.default_rng(0).normal(size=(40, 2))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tiny(max_iter=1).fit(X, np.arange(40) % n_classes)
    told = [str(w.message) for w in caught if issubclass(w.category, DataQualityWarning)]
    assert len(told) == warns
    if warns:
        assert told[0].startswith(f"y has {n_classes} different values in 40 rows, such as 0. A class of one or two")
        assert caught[0].filename == __file__


SLOW = {"learning_rate": 3e-5, "max_iter": 40, "early_stopping": True, "n_members": 2, "collapse_guard": "repair"}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_first_training_that_simple_models_are_far_ahead_of_is_ended():
    X, y = clouds(400)
    clf = tiny(**SLOW).fit(X, y)
    first, second = clf.report_.attempts
    assert clf.report_.verdict is Verdict.REPAIRED
    assert first.stop_reason == "symptom" and first.n_epochs < SLOW["max_iter"] / 2 < second.n_epochs
    assert clf.overridden_["learning_rate"][0] == SLOW["learning_rate"]


@pytest.mark.parametrize(
    "changes",
    [{"callbacks": [Silent()]}, {"max_time": 60.0}, {"max_restarts": 0}],
    ids=["callbacks", "max_time", "max_restarts"],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_nothing_is_ended_where_somebody_watches_or_nothing_may_follow(changes):
    X, y = clouds(400)
    clf = tiny(**SLOW, **changes).fit(X, y)
    assert clf.report_.attempts[0].n_epochs == SLOW["max_iter"]
