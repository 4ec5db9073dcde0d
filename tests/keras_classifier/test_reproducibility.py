"""The same seed gives the same bits, whatever the order of the rows; and the process is left as it was."""

import gc
import random
import resource

import keras
import numpy as np
from sklearn.base import clone

from tests.keras_classifier.examples import X, Y, classifier


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    one, same, other = (classifier(random_state=seed, model__dropout=0.3, epochs=4).fit(X, Y) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.predict_proba(X), same.predict_proba(X))
    assert not np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_the_order_of_the_rows_changes_nothing():
    order = np.random.default_rng(0).permutation(len(X))
    one, other = classifier(epochs=3).fit(X, Y), classifier(epochs=3).fit(X[order], Y[order])
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_no_global_generator_or_setting_is_changed():
    from tensorflow.python.framework import config

    keras.utils.set_random_seed(5)
    before = random.getstate(), np.random.get_state()[1].tolist(), config.is_op_determinism_enabled()
    classifier(epochs=2).fit(X, Y)
    assert (random.getstate(), np.random.get_state()[1].tolist(), config.is_op_determinism_enabled()) == before


def test_memory_stays_flat_over_fits():
    clf = classifier(epochs=2)
    for _ in range(4):
        clf.fit(X, Y)
    gc.collect()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(25):
        clone(clf).fit(X, Y)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 40, f"{grown:.0f} MB"
