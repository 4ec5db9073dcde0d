"""Parameters that change between two calls of partial_fit are followed where that is possible, else refused by name."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import clone

from robust_mlp import RobustMLPClassifier, load_model
from robust_mlp._fit.later_parameters import FIXED, FOLLOWED

X = np.random.default_rng(0).normal(size=(120, 3))
Y = (X[:, 0] > 0).astype(int)
OTHER = {
    "hidden_layer_sizes": (5,), "n_members": 2, "batch_norm": True, "linear_path": False, "scale": None,
    "numerical_embedding": "mixed", "optimizer": "sgd", "activation": "tanh", "dropout": 0.4, "input_dropout": 0.2,
    "max_norm": 2.0, "learning_rate": 0.05, "weight_decay": 0.5, "label_smoothing": 0.2, "batch_size": 40,
    "shuffle": False,
}  # fmt: skip


def stream(n_calls=2, **parameters):
    clf = RobustMLPClassifier(**{"hidden_layer_sizes": (4,), "random_state": 0} | parameters)
    for _ in range(n_calls):
        clf.partial_fit(X, Y, classes=[0, 1])
    return clf


def test_every_parameter_of_the_lists_is_tried():
    assert OTHER.keys() == {*FIXED, *FOLLOWED}


@pytest.mark.parametrize("name", FIXED)
def test_what_the_network_cannot_follow_is_refused_by_name_and_changes_nothing(name):
    clf = stream()
    before = clf.predict_proba(X)
    clf.set_params(**{name: OTHER[name]})
    with pytest.raises(ValueError, match=rf"^{name}=.* was .* in the calls before") as caught:
        clf.partial_fit(X, Y)
    assert "clone(estimator)" in str(caught.value)
    assert_array_equal(clf.predict_proba(X), before)
    clone(clf).partial_fit(X, Y, classes=[0, 1])


@pytest.mark.parametrize("name", FOLLOWED)
def test_what_can_change_between_two_steps_is_followed(name):
    clf, other = stream(), stream()
    clf.set_params(**{name: OTHER[name]})
    for each in (clf, other):
        each.partial_fit(X, Y)
    assert getattr(clf._plan, name) == OTHER[name] != getattr(other._plan, name)
    assert np.any(clf.predict_proba(X) != other.predict_proba(X))


def test_without_a_change_no_bit_changes_and_auto_changes_nothing():
    clf, other = stream(n_members="auto"), stream(n_members="auto")
    clf.set_params(n_members=1, learning_rate=0.002, hidden_layer_sizes="auto")  # what it was, or nothing
    for each in (clf, other):
        each.partial_fit(X, Y)
    assert_array_equal(clf.predict_proba(X), other.predict_proba(X))


def test_after_a_fit_the_parameters_of_the_fit_are_those_before():
    clf = RobustMLPClassifier((4,), n_members=2, max_iter=2, collapse_guard="off", random_state=0).fit(X, Y)
    clf.set_params(hidden_layer_sizes=(5,))
    with pytest.raises(ValueError, match=r"^hidden_layer_sizes=\(5,\), but it was \(4,\)"):
        clf.partial_fit(X, Y)
    clf.set_params(hidden_layer_sizes=(4,)).partial_fit(X, Y)


def test_a_network_of_a_file_goes_on_as_the_file_says(tmp_path):
    clf = stream()
    clf.save_model(tmp_path / "m.rmlp")
    again = load_model(tmp_path / "m.rmlp")
    for each in (clf, again):
        each.partial_fit(X, Y)
    assert_array_equal(clf.predict_proba(X), again.predict_proba(X))
    again.set_params(scale=None)
    with pytest.raises(ValueError, match=r"^scale=None, but it was 'standard'"):
        again.partial_fit(X, Y)
