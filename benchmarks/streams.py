"""Streams: `partial_fit` beside MLPClassifier and SGDClassifier on 20 streams of tables, and on 10 more kept aside.
Five more begin, or go on, in other units (``--part units``).

    python -m benchmarks.streams [--part main|aside|units] [--seeds 5] [--only NAME]

Each stream is trained once, call by call, and scored on fresh rows as they are at its end. The rivals get numbers that
a running StandardScaler scales, 0 for missing numbers, and an input for each level that will come. Claims: the mean
accuracy over the seeds is at most .01 below MLPClassifier's, and each call after which `predict` gives one class to all
fresh rows has warned of it. Results go to results/streams.jsonl as they come."""

import argparse
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.speed.common import claim
from robust_mlp import RobustMLPClassifier
from robust_mlp.exceptions import OneClassWarning

# Accuracy by which RobustMLPClassifier may be below MLPClassifier: what another seed of either changes.
MARGIN = 0.01
N_FRESH = 2000
# Rows that came last, which show whether one class is predicted: more than are held out, of all that comes.
N_LAST = 500


@dataclass(frozen=True)
class Stream:
    """Tables in the order in which they come, and fresh rows as they are at the end.

    chunks : list of (X, y); fresh : (X, y). X is an array, or a frame with columns of text.
    """

    chunks: list
    fresh: tuple

    @property
    def classes(self):
        """All labels."""
        return np.unique(np.concatenate([self.fresh[1], *(y for _, y in self.chunks)]))


STREAMS: dict[str, Callable] = {}
ASIDE: dict[str, Callable] = {}
UNITS: dict[str, Callable] = {}


def stream(registry):
    """Register a function from a generator of random numbers to a Stream."""

    def register(function):
        registry[function.__name__] = function
        return function

    return register


# ---- tables


def table(rng, n, n_classes=2, n_columns=10, sep=1.0):
    """Clusters of each class in a few of the columns, standardized."""
    X, y = make_classification(
        n + N_FRESH,
        n_features=n_columns,
        n_informative=max(4, n_columns // 2),
        n_redundant=0,
        n_classes=n_classes,
        class_sep=sep,
        flip_y=0.02,
        random_state=int(rng.integers(2**31)),
    )
    return X, y


def split(X, y, size):
    """The last rows fresh, the others in chunks."""
    n = len(y) - N_FRESH
    return Stream(chunks_of(X[:n], y[:n], size), (X[n:], y[n:]))


def chunks_of(X, y, size):
    """Chunks of so many rows, in order."""
    return [(X[i : i + size], y[i : i + size]) for i in range(0, len(y), size)]


def in_order(X, y, order, size):
    """The last rows fresh, the others in chunks in another order."""
    n = len(y) - N_FRESH
    return Stream(chunks_of(X[:n][order], y[:n][order], size), (X[n:], y[n:]))


# ---- the twenty


@stream(STREAMS)
def first_row(rng):
    X, y = table(rng, 1001)
    n = len(y) - N_FRESH
    return Stream([(X[:1], y[:1]), *chunks_of(X[1:n], y[1:n], 50)], (X[n:], y[n:]))


@stream(STREAMS)
def first_class(rng):
    X, y = table(rng, 1500, n_classes=3)
    n = len(y) - N_FRESH
    order = np.concatenate(
        [np.flatnonzero(y[:n] == 0)[:60], np.setdiff1d(np.arange(n), np.flatnonzero(y[:n] == 0)[:60])]
    )
    rest = rng.permutation(order[60:])
    return in_order(X, y, np.concatenate([order[:60], rest]), 60)


@stream(STREAMS)
def sorted_by_class(rng):
    X, y = table(rng, 1500, n_classes=3)
    return in_order(X, y, np.argsort(y[: len(y) - N_FRESH], kind="stable"), 50)


@stream(STREAMS)
def sorted_by_class_ten_times(rng):
    X, y = table(rng, 600, n_classes=3)
    once = in_order(X, y, np.argsort(y[: len(y) - N_FRESH], kind="stable"), 50)
    return Stream(once.chunks * 10, once.fresh)


@stream(STREAMS)
def late_sensor(rng):
    X, y = table(rng, 2000)
    X = np.column_stack([X, 20 + 5 * (y + 0.5 * rng.standard_normal(len(y)))])
    X[:1000, -1] = 0.0
    return split(X, y, 50)


@stream(STREAMS)
def drift(rng):
    n_chunks, size = 40, 50
    w = rng.standard_normal(6)

    def rows(n, t):
        Z = rng.standard_normal((n, 6))
        return Z + 3 * t, (Z @ w + 0.3 * rng.standard_normal(n) > 0).astype(int)

    return Stream([rows(size, i / n_chunks) for i in range(n_chunks)], rows(N_FRESH, 1.0))


def leveled(rng, n, n_levels, is_late, effect=2.0):
    """A number and a category, of which later rows have more levels."""
    effects = effect * rng.standard_normal(n_levels)
    most = np.maximum(3, (np.arange(n) / n * n_levels).astype(int) + 1) if is_late else np.full(n, n_levels)
    most = np.concatenate([most, np.full(N_FRESH, n_levels)])
    level = (rng.random(n + N_FRESH) * most).astype(int)
    x = rng.standard_normal(n + N_FRESH)
    y = (x + effects[level] + 0.3 * rng.standard_normal(n + N_FRESH) > 0).astype(int)
    X = pd.DataFrame({"x": x, "level": [f"level {i}" for i in level]})
    fresh = (X.iloc[n:].reset_index(drop=True), y[n:])
    return Stream([(X.iloc[i : i + 100].reset_index(drop=True), y[i : i + 100]) for i in range(0, n, 100)], fresh)


@stream(STREAMS)
def new_levels(rng):
    return leveled(rng, 4000, 30, is_late=True)


@stream(STREAMS)
def many_levels(rng):
    return leveled(rng, 8000, 250, is_late=True)


@stream(STREAMS)
def growing_scale(rng):
    X, y = table(rng, 2000)
    n, size = 2000, 50
    chunks = [(1.2**i * a, b) for i, (a, b) in enumerate(chunks_of(X[:n], y[:n], size))]
    return Stream(chunks, (1.2 ** (n // size - 1) * X[n:], y[n:]))


@stream(STREAMS)
def imbalance(rng):
    X, y = make_classification(
        6000 + N_FRESH, 10, n_informative=5, weights=[0.95], class_sep=1.5, random_state=int(rng.integers(2**31))
    )
    return split(X, y, 100)


@stream(STREAMS)
def tiny_chunks(rng):
    return split(*table(rng, 1200), 3)


@stream(STREAMS)
def huge_chunks(rng):
    return split(*table(rng, 24000, n_classes=3), 8000)


@stream(STREAMS)
def single_rows(rng):
    return split(*table(rng, 600), 1)


@stream(STREAMS)
def missing_late(rng):
    X, y = table(rng, 2000)
    is_missing = rng.random(X.shape) < np.where(y == 1, 0.3, 0.1)[:, np.newaxis]
    is_missing[:1000] = False
    return split(np.where(is_missing, np.nan, X), y, 50)


@stream(STREAMS)
def heavy_tails(rng):
    X, y = table(rng, 3000)
    return split(np.sinh(2 * X), y, 50)


@stream(STREAMS)
def unscaled(rng):
    X, y = table(rng, 2000)
    return split(X * 10.0 ** rng.integers(-6, 7, X.shape[1]) + 10.0 ** rng.integers(-3, 4, X.shape[1]), y, 50)


@stream(STREAMS)
def cancer_ten_times(rng):
    X, y = load_breast_cancer(return_X_y=True)
    order = rng.permutation(len(y))
    train, fresh = order[:400], order[400:]
    return Stream(chunks_of(X[train], y[train], 50) * 10, (X[fresh], y[fresh]))


@stream(STREAMS)
def exclusive_or(rng):
    X = rng.standard_normal((6000 + N_FRESH, 4))
    return split(X, (X[:, 0] * X[:, 1] > 0).astype(int), 100)


@stream(STREAMS)
def late_class(rng):
    X, y = table(rng, 2400, n_classes=3)
    n = len(y) - N_FRESH
    first = np.flatnonzero((y[:n] < 2) & (np.arange(n) < 1500))
    rest = np.setdiff1d(np.arange(n), first)
    return in_order(X, y, np.concatenate([first, rng.permutation(rest)]), 60)


@stream(STREAMS)
def wide(rng):
    return split(*table(rng, 2500, n_columns=150, sep=2.0), 50)


# ---- aside


@stream(ASIDE)
def constant_until_late(rng):
    X, y = table(rng, 2000)
    X[:1500, :5] = 7.0
    return split(X, y, 50)


@stream(ASIDE)
def other_units(rng):
    X, y = table(rng, 2000)
    X[1000:] *= 1000
    return split(X, y, 50)


@stream(ASIDE)
def shrinking_scale(rng):
    X, y = table(rng, 2000)
    chunks = [(0.9**i * a, b) for i, (a, b) in enumerate(chunks_of(X[:2000], y[:2000], 50))]
    return Stream(chunks, (0.9**39 * X[2000:], y[2000:]))


@stream(ASIDE)
def sorted_by_column(rng):
    X, y = table(rng, 2000, n_classes=3)
    return in_order(X, y, np.argsort(X[:2000, 0]), 50)


@stream(ASIDE)
def classes_in_turn(rng):
    X, y = table(rng, 2400)
    zeros, ones = (np.flatnonzero(y[:2400] == code)[:1100] for code in (0, 1))
    pairs = zip(np.array_split(zeros, 22), np.array_split(ones, 22), strict=True)
    order = np.concatenate([part for pair in pairs for part in pair])
    return in_order(X, y, order, 50)


@stream(ASIDE)
def counts(rng):
    n = 3000 + N_FRESH
    rate = np.exp(rng.standard_normal((n, 5)))
    X = rng.poisson(rate).astype(float)
    w = rng.standard_normal(5)
    return split(X, (np.log1p(X) @ w + 0.3 * rng.standard_normal(n) > 0).astype(int), 50)


@stream(ASIDE)
def digits(rng):
    X, y = load_digits(return_X_y=True)
    order = rng.permutation(len(y))
    train, fresh = order[:1200], order[1200:]
    return Stream(chunks_of(X[train], y[train], 30) * 3, (X[fresh], y[fresh]))


@stream(ASIDE)
def rare_flags(rng):
    n = 4000 + N_FRESH
    X = (rng.random((n, 20)) < 0.03).astype(float)
    w = 3 * rng.standard_normal(20)
    return split(X, (X @ w + 0.5 * rng.standard_normal(n) > 0).astype(int), 50)


@stream(ASIDE)
def concept_switch(rng):
    X, y = table(rng, 4000)
    y[:1500] = 1 - y[:1500]
    return split(X, y, 50)


@stream(ASIDE)
def levels_replaced(rng):
    """Levels of the first half never come again."""
    made = leveled(rng, 4000, 40, is_late=False)
    half = len(made.chunks) // 2
    chunks = [(X.assign(level="old " + X["level"]) if i < half else X, y) for i, (X, y) in enumerate(made.chunks)]
    return Stream(chunks, made.fresh)


# ---- units


def with_other_units(rng, which, factor, columns=slice(None), mean=0.0):
    """Some of the calls times a factor."""
    X, y = table(rng, 2000)
    made = split(X + mean, y, 50)
    for i in which:
        X, y = made.chunks[i]
        X = X.copy()
        X[:, columns] *= factor
        made.chunks[i] = X, y
    return made


@stream(UNITS)
def metres_after_millimetres(rng):
    return with_other_units(rng, [0], 1000)


@stream(UNITS)
def millimetres_after_metres(rng):
    return with_other_units(rng, range(5), 0.001, mean=5.0)


@stream(UNITS)
def first_quarter_of_three_columns(rng):
    return with_other_units(rng, range(10), 1e6, slice(0, 3))


@stream(UNITS)
def one_call_of_many(rng):
    return with_other_units(rng, [20], 1000)


@stream(UNITS)
def first_row_unscaled(rng):
    X, y = table(rng, 2001)
    n = len(y) - N_FRESH
    return Stream([(1e4 * X[:1], y[:1]), *chunks_of(X[1:n], y[1:n], 50)], (X[n:], y[n:]))


# ---- contenders


class ForRivals:
    """Tables as plain numbers: a running scaler, 0 for missing numbers, and an input for each level that will come."""

    def __init__(self, made):
        self._is_frame = isinstance(made.fresh[0], pd.DataFrame)
        self._levels = sorted(set(pd.concat([X["level"] for X, _ in made.chunks]).tolist())) if self._is_frame else ()
        self._scaler = StandardScaler()

    def _numbers(self, X):
        return X[["x"]].to_numpy() if self._is_frame else X

    def learn(self, X):
        """Update the scaler, and transform."""
        self._scaler.partial_fit(self._numbers(X))
        return self.transform(X)

    def transform(self, X):
        """Numbers and levels."""
        numbers = np.nan_to_num(self._scaler.transform(self._numbers(X)))
        if not self._is_frame:
            return numbers
        codes = X["level"].map({level: i for i, level in enumerate(self._levels)}).fillna(-1).to_numpy(int)
        return np.hstack([numbers, codes[:, np.newaxis] == np.arange(len(self._levels))])


def accuracy_of_rival(clf, made):
    """Accuracy of a classifier of scikit-learn on the fresh rows."""
    prepared = ForRivals(made)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for X, y in made.chunks:
            clf.partial_fit(prepared.learn(X), y, classes=made.classes)
    return float(np.mean(clf.predict(prepared.transform(made.fresh[0])) == made.fresh[1]))


def last_rows(chunks):
    """The last rows that came, up to `N_LAST`."""
    tables, n_rows = [], 0
    for X, _ in reversed(chunks):
        tables.append(X)
        n_rows += len(X)
        if n_rows >= N_LAST:
            break
    joined = pd.concat(tables) if isinstance(tables[0], pd.DataFrame) else np.vstack(tables)
    return joined[:N_LAST]


def trained(clf, made):
    """Train on a stream.

    Returns
    -------
    n_silent : int
        Calls after which `predict` gives one class to the last rows of the stream, and which did not warn. Of the last
        call, to all fresh rows.
    n_one_class : int
        Calls after which it does so.
    """
    n_silent = n_one_class = 0
    for i, (X, y) in enumerate(made.chunks):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            clf.partial_fit(X, y, classes=made.classes)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            last = made.fresh[0] if i == len(made.chunks) - 1 else last_rows(made.chunks[: i + 1])
            gives_one = len(np.unique(clf.predict(last))) == 1
        n_one_class += gives_one
        n_silent += gives_one and not any(issubclass(w.category, OneClassWarning) for w in caught)
    return n_silent, n_one_class


def measured(make, seed):
    """One line of results."""
    made = make(np.random.default_rng(seed))
    clf = RobustMLPClassifier(random_state=seed)
    n_silent, n_one_class = trained(clf, made)
    X, y = made.fresh
    comparison = clf.report_.comparison
    return {
        "ours": float(clf.score(X, y)),
        "mlp": accuracy_of_rival(MLPClassifier(random_state=seed), made),
        "sgd": accuracy_of_rival(SGDClassifier(loss="log_loss", random_state=seed), made),
        "held_out": None if comparison is None else comparison.accuracy,
        "verdict": str(clf.report_.verdict),
        "silent": int(n_silent),
        "one_class": int(n_one_class),
        "calls": len(made.chunks),
    }


def main(arguments=None):
    """Measure what is missing, print the table and the claims."""
    parser = argparse.ArgumentParser(prog="streams", description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("main", "aside", "units"), default="main")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", metavar="NAME")
    parser.add_argument("--out", default=RESULTS / "streams.jsonl")
    options = parser.parse_args(arguments)
    registry = {"main": STREAMS, "aside": ASIDE, "units": UNITS}[options.part]
    names = [options.only] if options.only else list(registry)
    lines = ResultLines(options.out, keys=("stream", "seed"))
    print(f"{'stream':28}{'ours':>8}{'MLP':>8}{'SGD':>8}{'held out':>10}{'one class':>11}{'silent':>8}")
    behind, silent = [], []
    for name in names:
        found = []
        for seed in range(options.seeds):
            key = {"stream": name, "seed": seed}
            line = lines.find(**key)
            if line is None:
                line = key | measured(registry[name], seed) | {"versions": versions()}
                lines.add(line)
            found.append(line)
        ours, mlp, sgd = (float(np.mean([line[which] for line in found])) for which in ("ours", "mlp", "sgd"))
        held_out = [line["held_out"] for line in found if line["held_out"] is not None]
        n_one, n_silent = (sum(line[which] for line in found) for which in ("one_class", "silent"))
        shown = f"{np.mean(held_out):10.3f}" if held_out else f"{'-':>10}"
        print(f"{name:28}{ours:8.3f}{mlp:8.3f}{sgd:8.3f}{shown}{n_one:11}{n_silent:8}", flush=True)
        behind += [name] if ours < mlp - MARGIN else []
        silent += [name] if n_silent else []
    holds = claim(not behind, f"at most {MARGIN} below MLPClassifier on all of {len(names)} streams; below: {behind}")
    return 0 if claim(not silent, f"one class is never predicted in silence; silent: {silent}") and holds else 1


if __name__ == "__main__":
    sys.exit(main())
