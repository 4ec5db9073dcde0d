"""Processes forked from one where TensorFlow had started say that they cannot train, rather than wait forever."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")

IN_A_COPY = """
import json, multiprocessing
from robust_mlp import RobustMLPClassifier
from tests.tiny_fits import clouds, tiny

X, y = clouds(60)
clf = tiny()
{before}

def said(expression):
    try:
        return str(eval(expression, globals()))
    except RuntimeError as error:
        return str(error)

def say(queue):
    queue.put([said(expression) for expression in {inside}])

def say_in_a_copy_of_a_copy(queue):
    multiprocessing.get_context("fork").Process(target=say, args=(queue,)).start()

context = multiprocessing.get_context("fork")
queue = context.Queue()
context.Process(target={target}, args=(queue,)).start()
print(json.dumps(queue.get(timeout=100)))
"""
GUARDED = """
import keras
from robust_mlp import GuardedKerasClassifier
def network():
    return keras.Sequential([keras.Input((X.shape[1],)), keras.layers.Dense(3)])
guarded = GuardedKerasClassifier(network, loss="sparse_categorical_crossentropy", epochs=1, verbose=0)
fitted = GuardedKerasClassifier(network, loss="sparse_categorical_crossentropy", epochs=1, verbose=0).fit(X, y)
"""
TRAININGS = ["tiny().fit(X, y)", "tiny().partial_fit(X, y, sorted(set(y)))"]


def answers(before, inside, target="say"):
    """What a copy of a process, made after `before`, says of each expression."""
    script = IN_A_COPY.format(before=before, inside=inside, target=target)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def assert_refused(answer):
    assert "forked from one in which TensorFlow had started" in answer
    assert "get_context('spawn')" in answer


def test_after_a_fit_training_is_refused_and_predicting_works():
    *refused, predicted = answers("clf.fit(X, y)", [*TRAININGS, "clf.model_", "(clf.predict(X) == y).mean() > 0.5"])
    for answer in refused:
        assert_refused(answer)
    assert predicted == "True"


def test_where_the_user_started_tensorflow_it_is_refused_also_in_copies_of_copies():
    for answer in answers("import tensorflow; tensorflow.zeros(1)", TRAININGS, target="say_in_a_copy_of_a_copy"):
        assert_refused(answer)


def test_networks_of_ones_own_are_refused():
    inside = ["guarded.fit(X, y)", "guarded.partial_fit(X, y)", "fitted.predict(X)", "fitted.partial_fit(X, y)"]
    for answer in answers(GUARDED, inside):
        assert_refused(answer)


def test_where_tensorflow_was_imported_and_not_started_training_works():
    assert answers("import tensorflow", ["tiny().fit(X, y).score(X, y) > 0.5"]) == ["True"]
