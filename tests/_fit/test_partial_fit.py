"""Trainings that go on: warm_start and partial_fit."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.records import Verdict
from tests.tiny_fits import able, clouds, tiny

X, Y = clouds()


def test_warm_start_goes_on_from_the_weights_before():
    cold = able(max_iter=30).fit(X, Y)
    clf = able(max_iter=30, warm_start=True).fit(X, Y)
    assert_array_equal(clf.predict_proba(X), cold.predict_proba(X))
    first_loss = clf.loss_curve_[0]
    clf.fit(X, Y)
    assert clf.loss_curve_[0] < first_loss / 2


def test_warm_start_goes_on_with_the_same_network_on_a_table_that_has_grown():
    rows = np.random.default_rng(0).normal(size=(2_100, 3))
    clf = RobustMLPClassifier(max_iter=1, warm_start=True, random_state=0)
    for n in (500, 2_100):  # alone, the second would have wider layers and fewer members
        clf.fit(rows[:n], rows[:n, 0] > 0)
        architecture = clf._fitted.weights.architecture
        assert (architecture["hidden_layer_sizes"], architecture["n_members"]) == ((64, 64), 12)


def test_warm_start_refuses_other_classes():
    clf = able(warm_start=True).fit(X, Y)
    predicted = clf.predict(X)
    message = (
        "warm_start=True continues with the classes of the previous fit, [0, 1, 2], but y has [0, 1]. "
        "Pass warm_start=False, or clone the estimator."
    )
    with pytest.raises(ValueError) as error:
        clf.fit(X[Y < 2], Y[Y < 2])
    assert str(error.value) == message
    assert_array_equal(clf.predict(X), predicted)  # nothing is lost: not the names of the classes, either
    assert len(np.unique(predicted)) == 3


def test_partial_fit_learns_piece_by_piece():
    clf = tiny(learning_rate=0.02)
    for _ in range(15):
        for part in np.array_split(np.arange(90), 3):
            clf.partial_fit(X[part], Y[part], classes=[0, 1, 2])
    assert clf.n_iter_ == 45
    assert clf.score(X, Y) > 0.9


def test_partial_fit_may_meet_a_class_late():
    clf = tiny().partial_fit(X[Y < 2], Y[Y < 2], classes=[0, 1, 2])
    assert clf.predict_proba(X).shape == (90, 3)
    clf.partial_fit(X, Y)
    assert clf.n_iter_ == 2


def test_partial_fit_goes_on_with_a_repaired_network():
    rows = np.random.default_rng(0).normal(size=(400, 5))
    labels = rows[:, 0] > 0
    ruined = RobustMLPClassifier((8,) * 12, activation="sigmoid", max_iter=30, learning_rate=1e-5, n_members=1)
    ruined.set_params(random_state=0).fit(rows, labels)
    assert ruined.report_.verdict == Verdict.REPAIRED
    before = ruined.score(rows, labels)
    assert ruined.partial_fit(rows, labels).score(rows, labels) > before - 0.05


def test_partial_fit_does_not_take_its_first_piece_for_the_table():
    few = RobustMLPClassifier(random_state=0).partial_fit(X, Y, classes=[0, 1, 2])
    assert few._fitted.weights.architecture["hidden_layer_sizes"] == (128, 128)


def test_partial_fit_goes_on_after_a_pickle_as_without():
    def begun():
        return tiny(dropout=0.2).partial_fit(X, Y, classes=[0, 1, 2])

    straight = begun().partial_fit(X, Y).predict_proba(X)
    assert_array_equal(pickle.loads(pickle.dumps(begun())).partial_fit(X, Y).predict_proba(X), straight)


def test_partial_fit_goes_on_after_fit():
    clf = able().fit(X, Y)
    before = clf.predict_proba(X)
    clf.partial_fit(X, Y)
    after = clf.predict_proba(X)
    assert 0 < np.abs(after - before).max() < 0.2


def test_partial_fit_needs_all_classes_at_first_and_the_same_later():
    with pytest.raises(ValueError, match=r"^The first call of partial_fit needs every class that will ever come"):
        tiny().partial_fit(X, Y)
    clf = tiny().partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="are not the classes of the earlier calls: \\[0, 1, 2\\]"):
        clf.partial_fit(X, Y, classes=[0, 1])


def test_partial_fit_after_fit_knows_how_often_classes_were_met():
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(400, 2)), np.arange(400) % 10 == 0
    clf = able(class_weight="balanced", prior_correction=True).fit(rows, labels)
    clf.partial_fit(rows[labels][:20], labels[labels][:20])
    assert clf.class_prior_.tolist() == [360 / 420, 60 / 420]


def test_inputs_that_a_member_no_longer_sees_no_longer_count():
    settings = {"n_members": 3, "warm_start": True}
    clf = able(numerical_embedding="piecewise_linear", **settings).fit(X, Y)
    clf.set_params(numerical_embedding="mixed").fit(X, Y)
    kernel, is_piece = clf._fitted.weights.trainable[0], clf._fitted.encoding.is_piece
    assert (kernel[:, is_piece] != 0).any(axis=(1, 2)).tolist() == [True, False, True]


def ruined(**changes):
    """A classifier with a network that the guard repairs, and its table."""
    rows = np.random.default_rng(0).normal(size=(400, 5))
    clf = RobustMLPClassifier((8,) * 12, activation="sigmoid", max_iter=30, learning_rate=1e-5, n_members=1)
    return clf.set_params(random_state=0, warm_start=True, **changes), rows, rows[:, 0] > 0


def test_a_warm_start_after_a_repair_goes_on_with_what_was_repaired():
    clf, rows, labels = ruined()
    first = clf.fit(rows, labels)._plan
    assert clf.report_.verdict == Verdict.REPAIRED
    assert clf.fit(rows, labels)._plan.hidden_layer_sizes == first.hidden_layer_sizes
    assert clf.score(rows, labels) > 0.9


def test_a_warm_start_takes_what_was_typed_since():
    clf, rows, labels = ruined()
    assert clf.fit(rows, labels)._plan.learning_rate != 1e-5
    assert clf.set_params(learning_rate=0.003).fit(rows, labels)._plan.learning_rate == 0.003
