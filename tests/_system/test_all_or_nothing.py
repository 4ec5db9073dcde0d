"""A fit that fails leaves the estimator as it was: the network, the classes and the columns belong together."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._system.all_or_nothing import all_or_nothing
from tests.tiny_fits import clouds, tiny


class Holder:
    """Something with attributes."""


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_attributes_are_put_back_whatever_was_raised(error):
    holder = Holder()
    holder.kept, holder.gone = 1, 2
    with pytest.raises(error), all_or_nothing(holder):
        holder.kept, holder.new = 3, 4
        del holder.gone
        raise error
    assert vars(holder) == {"kept": 1, "gone": 2}


def test_attributes_stay_where_nothing_was_raised():
    holder = Holder()
    with all_or_nothing(holder):
        holder.new = 1
    assert vars(holder) == {"new": 1}


def failing_callback():
    """A Keras callback that raises after the first epoch."""
    import keras

    class Failing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise RuntimeError("the callback failed")

    return Failing()


def wrong_decision(*_):
    raise RuntimeError("the scorer failed")


@pytest.mark.parametrize(
    "change, X_again, y_again, error",
    [
        ({"callbacks": "failing"}, None, "flipped", RuntimeError),
        ({"decision": wrong_decision}, None, "flipped", Exception),
        ({}, "two columns", "refused", ValueError),
    ],
    ids=["a callback raises", "a decision raises", "labels that are refused"],
)
def test_a_refit_that_fails_leaves_the_old_classifier_whole(change, X_again, y_again, error):
    X, y = clouds(80)
    labels = np.where(y == y.max(), "yes", "no")
    clf = tiny().fit(X, labels)
    before, state = clf.predict_proba(X), set(vars(clf))
    change = {name: failing_callback() if value == "failing" else value for name, value in change.items()}
    # Other names in another order: under them, the old network would be wrong on nearly all rows.
    other = {"flipped": np.where(labels == "yes", "a", "b"), "refused": np.full(len(X), np.nan)}[y_again]
    with pytest.raises(error):
        clf.set_params(**change).fit(X if X_again is None else X[:, :2], other)
    assert_array_equal(clf.classes_, ["no", "yes"])
    assert clf.n_features_in_ == X.shape[1]
    assert set(vars(clf)) == state
    assert_array_equal(clf.predict_proba(X), before)


def test_a_part_that_fails_leaves_the_old_classifier_whole():
    X, y = clouds(60)
    clf = tiny().partial_fit(X, y, classes=np.unique(y))
    before = clf.predict_proba(X)
    with pytest.raises(ValueError):
        clf.partial_fit(X, np.full(len(X), 77))
    assert_array_equal(clf.predict_proba(X), before)
