"""Fits, predictions, pickles, threads and processes for minutes or hours; every answer is checked.

``make soak`` runs 15 minutes, ``make soak SOAK_MINUTES=1440`` a day. What comes next is drawn from ``--seed``. The end
is a line with PASS or FAIL. The exit code is 0 only if every answer was right and memory did not grow. Lines of time
and memory go to ``--out``, and a figure of them to ``--figure``."""

import argparse
import contextlib
import gc
import io
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import clone

from robust_mlp import RobustMLPClassifier, clear_cache, load_model

# Memory is compared from this share of the time on: before, caches fill, and modules are loaded.
WARM_SHARE = 0.4
# Growth of memory in the rest of the run that is allowed, in MB: of the caches that are kept for the next fit.
MOST_GROWTH = 80.0
# Beyond that, this much for each further hour: a leak of one table of a fit would be more.
MOST_GROWTH_PER_HOUR = 20.0
SIZES = [(), (4,), (8,), (16, 8), (32,)]


def memory():
    """Resident memory of this process in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def drawn_table(rng):
    """A table of 60 to 400 rows, with categories and missing values in some: (X, y)."""
    n_rows, n_columns, n_classes = int(rng.integers(60, 400)), int(rng.integers(1, 8)), int(rng.integers(2, 5))
    y = rng.permutation(np.arange(n_rows) % n_classes)
    X = rng.normal(size=(n_classes, n_columns))[y] * rng.uniform(0, 3) + rng.normal(size=(n_rows, n_columns))
    if rng.random() < 0.3:
        X[rng.random(X.shape) < 0.1] = np.nan
    labels = y if rng.random() < 0.5 else np.array([f"class {code}" for code in y])
    if rng.random() < 0.4:
        frame = pd.DataFrame(X, columns=[f"c{j}" for j in range(n_columns)])
        return frame.assign(town=pd.Categorical([f"town {t}" for t in rng.integers(0, 9, n_rows)])), labels
    return X, labels


def drawn_classifier(rng):
    """A classifier with settings of many kinds, whose fit takes seconds."""
    return RobustMLPClassifier(
        hidden_layer_sizes=SIZES[rng.integers(len(SIZES))],
        n_members=int(rng.integers(1, 5)),
        max_iter=int(rng.integers(1, 12)),
        batch_norm=bool(rng.random() < 0.2),
        optimizer=str(rng.choice(["adam", "sgd"])),
        class_weight=None if rng.random() < 0.7 else "balanced",
        sampler=None if rng.random() < 0.8 else "over",
        collapse_guard=str(rng.choice(["repair", "warn", "off"])),
        max_restarts=1,
        random_state=int(rng.integers(2**31)),
    )


def check_answers(clf, X, y):
    """Raise AssertionError if predictions are not what a classifier promises."""
    P = clf.predict_proba(X)
    assert P.shape == (len(X), len(np.unique(y))), P.shape
    assert np.isfinite(P).all() and np.allclose(P.sum(axis=1), 1), "probabilities do not sum to 1"
    assert np.isin(clf.predict(X), clf.classes_).all(), "a label that is no class"
    assert clf.report_.verdict is not None


def same_bits(clf, X, y, rng):
    del rng
    again = clone(clf).fit(X, y)
    assert np.array_equal(again.predict_proba(X), clf.predict_proba(X)), "the same fit gave other bits"


def through_a_pickle(clf, X, y, rng):
    del y, rng
    assert np.array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X), clf.predict_proba(X)), "after a pickle"


def through_a_file(clf, X, y, rng):
    del y, rng
    with tempfile.TemporaryDirectory() as folder:
        clf.save_model(Path(folder) / "model.rmlp")
        assert np.array_equal(load_model(Path(folder) / "model.rmlp").predict_proba(X), clf.predict_proba(X)), "a file"


def in_threads(clf, X, y, rng):
    del y, rng
    expected = clf.predict_proba(X)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: clf.predict_proba(X), range(8)):
            assert np.array_equal(found, expected), "in a thread"


def fits_in_threads(clf, X, y, rng):
    del rng
    with ThreadPoolExecutor(2) as pool:
        fits = list(pool.map(lambda _: clone(clf).fit(X, y).predict_proba(X), range(2)))
    assert np.array_equal(fits[0], fits[1]), "two fits in threads differ"


def in_a_process(clf, X, y, rng):
    del y, rng
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "both.pickle"
        path.write_bytes(pickle.dumps((clf, X)))
        program = (
            "import pickle, sys; clf, X = pickle.load(open(sys.argv[1], 'rb')); "
            "sys.stdout.buffer.write(clf.predict_proba(X).tobytes())"
        )
        said = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=True).stdout
    assert np.allclose(np.frombuffer(said), clf.predict_proba(X).ravel(), rtol=1e-12), "in a process"


def a_stream(clf, X, y, rng):
    stream = clone(clf).set_params(sampler=None)
    half = len(y) // 2
    for part in (slice(0, half), slice(half, None), slice(0, None)):
        stream.partial_fit(X[part], y[part], classes=np.unique(y))
    check_answers(stream, X, y)
    del rng


def a_refused_fit(clf, X, y, rng):
    before = clf.predict_proba(X)
    with contextlib.suppress(ValueError, TypeError):
        clf.fit(X, y[:-1] if rng.random() < 0.5 else np.zeros(len(y)))
        raise AssertionError("a wrong y was taken")
    assert np.array_equal(clf.predict_proba(X), before), "a refused fit changed the classifier"


def caches_cleared(clf, X, y, rng):
    del rng
    clear_cache()
    check_answers(clf, X, y)


STEPS = [
    same_bits, through_a_pickle, through_a_pickle, through_a_file, in_threads, fits_in_threads, in_a_process, a_stream,
    a_refused_fit, caches_cleared,
]  # fmt: skip


def one_round(seed):
    """Fit once and do something with the classifier. Returns what, and what was wrong or ''."""
    rng = np.random.default_rng(seed)
    (X, y), clf = drawn_table(rng), drawn_classifier(rng)
    step = STEPS[rng.integers(len(STEPS))]
    try:
        clf.fit(X, y)
        check_answers(clf, X, y)
        step(clf, X, y, rng)
    except Exception as error:
        return step.__name__, f"{type(error).__name__}: {error}"
    return step.__name__, ""


def growth(lines):
    """(MB that memory grew after the warm part, MB that are allowed)."""
    end = lines[-1]["seconds"]
    late = [line for line in lines if line["seconds"] >= WARM_SHARE * end]
    third = max(len(late) // 3, 1)
    first, last = (np.median([line["mb"] for line in part]) for part in (late[:third], late[-third:]))
    return float(last - first), MOST_GROWTH + MOST_GROWTH_PER_HOUR * end / 3600


def draw(lines, path):
    """A figure of memory over time."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    axes.plot([line["seconds"] / 60 for line in lines], [line["mb"] for line in lines], linewidth=1)
    axes.set(xlabel="minutes", ylabel="resident memory, MB", ylim=(0, None))
    axes.set_title(f"{len(lines)} rounds of fits, predictions, pickles, threads and processes")
    figure.savefig(path, dpi=110)


def main():
    """Run rounds until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "soak.jsonl")
    parser.add_argument("--figure", type=Path, help="file of the figure; none by default")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    began, number, lines = time.monotonic(), 0, []
    with args.out.open("w", encoding="utf-8") as file:
        while time.monotonic() - began < 60 * args.minutes:
            with contextlib.redirect_stdout(io.StringIO()):
                step, wrong = one_round([args.seed, number])
            gc.collect()
            line = {
                "round": number,
                "seconds": round(time.monotonic() - began, 1),
                "step": step,
                "mb": round(memory(), 1),
                "wrong": wrong,
            }
            lines.append(line)
            file.write(json.dumps(line) + "\n")
            file.flush()
            if wrong:
                print(f"seed {[args.seed, number]}, {step}: {wrong}", flush=True)
            number += 1
    if args.figure:
        draw(lines, args.figure)
    grown, allowed = growth(lines)
    n_wrong = sum(bool(line["wrong"]) for line in lines)
    passed = n_wrong == 0 and grown <= allowed
    print(
        f"{'PASS' if passed else 'FAIL'}: {len(lines)} rounds in {args.minutes:g} minutes, {n_wrong} wrong; memory "
        f"grew by {grown:.0f} MB after the first {WARM_SHARE:.0%} of the time, to {lines[-1]['mb']:.0f} MB "
        f"(allowed: {allowed:.0f} MB)"
    )
    sys.exit(not passed)


if __name__ == "__main__":
    main()
