"""The estimator: parameters of the in-memory class and its own, clone, pickle, to_local, partial_fit, bad calls."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from robust_mlp import RobustMLPClassifier, load_model
from robust_mlp.dask import DaskRobustMLPClassifier

OWN = {"sample_size", "n_groups", "members_per_task", "client", "memory_limit"}


def test_it_has_every_parameter_of_the_in_memory_class_with_its_default():
    own, base = DaskRobustMLPClassifier().get_params(), RobustMLPClassifier().get_params()
    assert set(own) - set(base) == OWN
    assert {name: own[name] for name in base} == base


def test_clone_and_pickle(small):
    again = clone(small.clf)
    assert not hasattr(again, "classes_") and again.get_params() == small.clf.get_params()
    restored = pickle.loads(pickle.dumps(small.clf))
    np.testing.assert_array_equal(restored.predict_proba(small.X), small.clf.predict_proba(small.X))
    assert pickle.loads(pickle.dumps(DaskRobustMLPClassifier(client=lambda: None))).client is None


def test_to_local_is_an_ordinary_classifier_that_can_be_saved(small, tmp_path):
    local = small.clf.to_local()
    assert type(local) is RobustMLPClassifier
    small.clf.save_model(tmp_path / "m.rmlp")
    loaded = load_model(tmp_path / "m.rmlp")
    np.testing.assert_array_equal(loaded.predict_proba(small.X), small.clf.predict_proba(small.X))


def test_partial_fit_goes_through_the_partitions(small):
    clf = DaskRobustMLPClassifier(**small.parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(3):
            clf.partial_fit(small.parts, small.labels, classes=np.unique(small.y))
        clf.partial_fit(small.X[:100], small.y[:100])
    assert clf.n_iter_ == 13  # four partitions three times, and one table in memory
    assert np.mean(clf.predict(small.X) == small.y) > 0.6


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sample_size": 10}, "sample_size=10 is no whole number from 1,000 on"),
        ({"sample_size": True}, "sample_size=True is no whole number"),
        ({"n_groups": 0}, "n_groups=0 is neither 'auto' nor a whole number from 1 on"),
        ({"n_groups": "many"}, "n_groups='many' is neither"),
        ({"members_per_task": 0}, "members_per_task=0 is neither 'all' nor a whole number from 1 on"),
        ({"members_per_task": "auto"}, "members_per_task='auto' is neither 'all' nor"),
        ({"client": "tcp://host:8786"}, "client is a str. Pass a distributed.Client"),
        ({"memory_limit": "a lot"}, "memory_limit='a lot' is no size. Pass bytes, or a text such as '2GB'"),
        ({"memory_limit": 0}, "memory_limit=0 leaves no memory"),
        ({"sampler": "smote"}, "sampler='smote' draws from the whole table. Pass class_weight='balanced'"),
        ({"warm_start": True}, "warm_start=True is not supported on partitions"),
        ({"validation": "last"}, "validation='last' has no meaning without an order of the partitions"),
        ({"scoring": "accuracy"}, "scoring='accuracy' needs the held-out rows of all partitions at once"),
        ({"learning_rate": -1}, "learning_rate"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_read(small, parameters, message):
    with pytest.raises((ValueError, TypeError), match=message.replace("(", r"\(")):
        DaskRobustMLPClassifier(**parameters).fit(small.parts, small.labels)


def test_an_unfitted_classifier_says_so(small):
    for method in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(NotFittedError):
            getattr(DaskRobustMLPClassifier(), method)(small.parts)
    with pytest.raises(NotFittedError):
        DaskRobustMLPClassifier().to_local()


def test_a_refit_that_fails_leaves_the_classifier_as_it_was(small):
    clf = pickle.loads(pickle.dumps(small.clf))
    before = clf.predict_proba(small.X)
    with pytest.raises(ValueError, match="contains infinity"):
        clf.fit(small.parts.assign(c0=np.inf), small.labels)
    np.testing.assert_array_equal(clf.predict_proba(small.X), before)


def test_a_clone_has_the_client_which_cannot_be_copied():
    class Client:
        def submit(self):
            """As a client has it."""

        def __deepcopy__(self, memo):
            raise TypeError("cannot pickle '_asyncio.Task' object")

        def __reduce__(self):
            raise TypeError("cannot pickle '_asyncio.Task' object")

    client = Client()
    clf = DaskRobustMLPClassifier(client=client, n_groups=3, random_state=1)
    again = clone(clf)
    assert again.client is client and again.get_params() == clf.get_params()
    assert clone(DaskRobustMLPClassifier()).client is None
