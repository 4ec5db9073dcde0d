"""What the situations share: the list of cases, small tables, and what counts as right."""

import contextlib
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from robust_mlp import RobustMLPClassifier

CASES = {}
# What a network should at least reach where a forest or MLPClassifier is far above.
GOOD = 0.9
# Warnings that are for the authors of a library, not for its users.
INTERNAL = (
    RuntimeWarning,
    FutureWarning,
    DeprecationWarning,
    PendingDeprecationWarning,
    ResourceWarning,
    SyntaxWarning,
)


def case(function):
    """Take a function up as a case: it raises AssertionError where the situation ends wrongly."""
    CASES[function.__name__] = function
    return function


def caught(call):
    """(result or the error, texts of the warnings, the warnings) of a call."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            result = call()
        except (ValueError, TypeError) as error:
            result = error
    return result, " | ".join(str(w.message) for w in told), told


def clouds(n=600, d=4, k=2, seed=0, spread=2.0):
    """Gaussian clouds, one a class."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % k)
    return rng.normal(size=(k, d))[y] * spread + rng.normal(size=(n, d)), y


def quick(**parameters):
    """A classifier that trains in a few seconds."""
    return RobustMLPClassifier(**({"n_members": 2, "random_state": 0} | parameters))


def accuracy(clf, X, y):
    """Share of rows that are predicted right."""
    return float(np.mean(clf.predict(X) == y))


def right_or_says(call, is_right, *words):
    """A call ends in what is right and leaks no warning, or in an error or a warning with one of the words."""
    result, said, told = caught(call)
    leaked = [w for w in told if issubclass(w.category, INTERNAL)]
    assert not leaked, f"leaked {leaked[0].category.__name__}: {leaked[0].message} ({leaked[0].filename})"
    if isinstance(result, Exception):
        assert any(word in str(result) for word in words), f"{type(result).__name__} without the cause: {result}"
        return
    assert is_right(result) or any(word in said for word in words), f"wrong without a word: {result}; warnings: {said}"


def refused(call, *words):
    """A call ends in a ValueError or TypeError that holds every one of the words."""
    result, _, _ = caught(call)
    assert isinstance(result, (ValueError, TypeError)), f"not refused: {result}"
    lacking = [word for word in words if word not in str(result)]
    assert not lacking, f"the error does not say {lacking}: {result}"


def told_by(told, category):
    """Whether a warning of the category is among those."""
    return any(issubclass(w.category, category) for w in told)


def learns_or_says(X, y, *words, good=GOOD):
    """A fit on 2/3 of the rows is good on the others, or an error or a warning has these words."""
    n = 2 * len(y) // 3
    found, said, _ = caught(lambda: quick().fit(X[:n], y[:n]))
    if isinstance(found, Exception):
        assert any(word in str(found) for word in words), f"error without the cause: {found}"
        return
    score = accuracy(found, X[n:], y[n:])
    text = said + str(found.report_)
    assert score >= good or any(word in text for word in words), f"accuracy {score:.3f}, and nothing was said: {said}"


def formatted(X, form):
    """A frame of cells written by a function."""
    return pd.DataFrame({f"c{j}": [form(v) for v in X[:, j]] for j in range(X.shape[1])})


def in_a_process(program, *, options=(), environment=None, output=None):
    """Run a program in a process of its own; AssertionError with its last lines if it failed, or printed otherwise."""
    command = [sys.executable, *options, "-c", program]
    settings = os.environ | (environment or {})
    ended = subprocess.run(command, capture_output=True, env=settings, check=False, timeout=300)
    said = ended.stderr.decode(errors="replace")
    assert ended.returncode == 0, said[-500:]
    if output is not None:
        got = ended.stdout.decode(errors="replace")
        assert got == output and not said, f"printed {got[-200:]!r} and {said[-300:]!r}"


def small_network(*, head="sigmoid", units=1, loss="binary_crossentropy", n_columns=4, learning_rate=0.02, layers=()):
    """A compiled Keras network."""
    L = keras.layers
    body = list(layers) or [L.Dense(8, "relu")]
    model = keras.Sequential([keras.Input((n_columns,)), *body, L.Dense(units, head)])
    model.compile(keras.optimizers.Adam(learning_rate), loss)
    return model


@contextlib.contextmanager
def in_folder():
    """A temporary folder as a Path."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
