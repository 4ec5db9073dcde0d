"""Does a fit on many rows say so where boosted trees suit the table far better, and only there?

    python -m benchmarks.trees_ahead [--half choosing aside] [--kinds NAME ...] [--large NAME ...] [--out FILE]

Each generated table is fitted with the defaults, and so is HistGradientBoostingClassifier with its own. Fresh rows tell
how far the trees are truly ahead. Seeds 0 and 1 are for choosing, 2 and 3 were set aside;
of 2, eight tables were seen before the last change. `--large` takes real
tables of `benchmarks.accuracy.large` instead, a fifth of whose rows is held back. Resumable."""

import argparse
import sys
import time
import warnings
from contextlib import contextmanager

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from benchmarks.lines import RESULTS, ResultLines, versions

SEEDS = {"choosing": (0, 1), "aside": (2, 3)}
N_FRESH = 20_000
# A lead that must be told, and one that must not be spoken of.
CLEAR_LEAD, NO_LEAD = 0.05, 0.0
LEAST_TOLD, MOST_WRONGLY_TOLD, MOST_TIME = 0.8, 0, 0.02


def _drawn(rng, score):
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(int)


def board(law, rng, n):
    """A chess board of five to twelve fields a side, beside columns of noise."""
    n_fields, X = law.integers(5, 13), rng.uniform(size=(n, 6))
    is_black = np.floor(X[:, :2] * n_fields).sum(axis=1).astype(int) % 2
    return X, _drawn(rng, np.where(is_black == 1, 2.2, -2.2))


def cubes(law, rng, n):
    """A chess board in three dimensions."""
    X = rng.uniform(size=(n, 5))
    is_black = np.floor(X[:, :3] * law.integers(2, 4)).sum(axis=1).astype(int) % 2
    return X, _drawn(rng, np.where(is_black == 1, 2.0, -2.0))


def regions_and_hours(law, rng, n):
    """Square regions of a map, each with an effect of its own for each quarter of the day."""
    at, hour, day = rng.uniform(size=(n, 2)), rng.integers(0, 24, n), rng.integers(0, 7, n)
    region = (np.floor(at[:, 0] * 6) * 6 + np.floor(at[:, 1] * 6)).astype(int)
    score = law.normal(0, 1.3, (36, 4))[region, hour // 6] + law.normal(0, 0.5, 7)[day]
    return np.c_[at, hour, day, rng.normal(size=(n, 4))], _drawn(rng, score)


def steps_of_a_ratio(law, rng, n):
    """Twelve steps of a ratio, which is a column itself."""
    a, b, c = (rng.lognormal(0, 0.4, n) for _ in range(3))
    ratio = a * b / c
    step = np.searchsorted(np.quantile(ratio, np.linspace(0, 1, 13)[1:-1]), ratio)
    shown = ratio + rng.normal(0, 0.02, n)
    return np.c_[a, b, c, shown, rng.normal(size=(n, 3))], _drawn(rng, law.normal(0, 1.5, 12)[step])


def rules(law, rng, n):
    """Twenty-five rules of three thresholds each."""
    X, score = rng.normal(size=(n, 12)), np.zeros(n)
    for _ in range(25):
        score += law.normal(0, 1.4) * np.all(X[:, law.choice(12, 3, replace=False)] > law.normal(0, 0.6, 3), axis=1)
    return X, _drawn(rng, score - score.mean())


def tiles(law, rng, n):
    """Forty-nine square tiles in five colours, one label in seven drawn anew."""
    X = rng.uniform(size=(n, 6))
    y = law.integers(0, 5, 49)[(np.floor(X[:, 0] * 7) * 7 + np.floor(X[:, 1] * 7)).astype(int)]
    return X, np.where(rng.random(n) < 0.15, rng.integers(0, 5, n), y)


def smooth(law, rng, n):
    """A small network's own function."""
    X = rng.normal(size=(n, 10))
    hidden = np.tanh(X @ law.normal(0, 1 / 3, (10, 6)))
    return X, _drawn(rng, 1.5 * hidden @ law.normal(0, 1, 6) + X @ law.normal(0, 0.4, 10))


def line(law, rng, n):
    """A linear score of fifteen columns."""
    X = rng.normal(size=(n, 15))
    return X, _drawn(rng, X @ law.normal(0, 0.5, 15))


def little(law, rng, n):
    """Hardly anything to learn."""
    X = rng.normal(size=(n, 10))
    return X, _drawn(rng, X @ law.normal(0, 0.1, 10) + 0.2 * np.sin(3 * X[:, 1]))


def clusters(law, rng, n):
    """Six clouds that overlap."""
    y = rng.integers(0, 6, n)
    return law.normal(0, 1.2, (6, 8))[y] + rng.normal(size=(n, 8)), y


KINDS = {
    kind.__name__: kind
    for kind in (board, cubes, regions_and_hours, steps_of_a_ratio, rules, tiles, smooth, line, little, clusters)
}


def table(kind, seed):
    """(X, y, fresh X, fresh y) of a kind: 8,000 to 24,000 rows."""
    number = list(KINDS).index(kind)
    n_rows = int(np.random.default_rng([seed, number, 0]).integers(8, 25)) * 1000
    parts = []
    for stream, n in ((2, n_rows), (3, N_FRESH)):
        law = np.random.default_rng([seed, number, 1])  # the same for both
        parts.extend(KINDS[kind](law, np.random.default_rng([seed, number, stream]), n))
    return parts


def large_table(name):
    """(X, y, fresh X, fresh y) of a real table."""
    from benchmarks.accuracy.large import load_large

    found = load_large(name)
    train, fresh = train_test_split(np.arange(len(found.y)), test_size=0.2, stratify=found.y, random_state=0)
    return found.X.iloc[train], found.y[train], found.X.iloc[fresh], found.y[fresh]


@contextmanager
def time_of_trees():
    """Processor seconds of what is done for the advice, in a list."""
    from robust_mlp._collapse import guard

    seconds, usual = [], guard.trees_ahead

    def timed(*arguments):
        start = time.thread_time()
        advice = usual(*arguments)
        seconds.append(time.thread_time() - start)
        return advice

    guard.trees_ahead = timed
    try:
        yield seconds
    finally:
        guard.trees_ahead = usual


def measure(X, y, X_fresh, y_fresh):
    """Fit both models: what the report says, and what fresh rows say."""
    from robust_mlp import RobustMLPClassifier

    with warnings.catch_warnings(), time_of_trees() as seconds:
        warnings.simplefilter("ignore")
        start = time.process_time()
        clf = RobustMLPClassifier(random_state=0).fit(X, y)
        total = time.process_time() - start
        loss = log_loss(y_fresh, clf.predict_proba(X_fresh), labels=clf.classes_)
        trees = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0).fit(X, y)
        other = log_loss(y_fresh, trees.predict_proba(X_fresh), labels=trees.classes_)
    told = [advice.evidence for advice in clf.report_.advisories if advice.code == "trees_do_better"]
    return {
        "n_rows": len(y),
        "verdict": clf.report_.verdict.value,
        "told": told[0] if told else "",
        "loss": loss,
        "trees_loss": other,
        "lead": 1 - other / loss,
        "seconds_of_trees": sum(seconds),
        "processor_seconds": total,
        "versions": versions(),
    }


def figures(lines):
    """Rows of (what, text, whether it is enough)."""
    lines = [line for line in lines if line["verdict"] in ("HEALTHY", "REPAIRED")]
    clear = [bool(line["told"]) for line in lines if line["lead"] > CLEAR_LEAD]
    none = [bool(line["told"]) for line in lines if line["lead"] <= NO_LEAD]
    shares = [line["seconds_of_trees"] / line["processor_seconds"] for line in lines]
    rows = []
    if clear:
        text = f"{sum(clear)} of {len(clear)}"
        rows.append(("fits that trees beat by more than 5 %, and that say so", text, np.mean(clear) >= LEAST_TOLD))
    if none:
        text = f"{sum(none)} of {len(none)}"
        rows.append(("fits that trees do not beat, and that say they do", text, sum(none) <= MOST_WRONGLY_TOLD))
    if shares:
        text = f"{np.median(shares):.4f} in the median, {max(shares):.4f} at most"
        rows.append(("processor time of the trees, as a share of the fit", text, max(shares) <= MOST_TIME))
    return rows


def main(arguments=None):
    """Measure what is missing, print the figures, and say whether every claim holds."""
    parser = argparse.ArgumentParser(prog="trees_ahead", description=__doc__.splitlines()[0])
    parser.add_argument("--half", nargs="+", default=list(SEEDS), choices=list(SEEDS))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--large", nargs="*", default=None)
    parser.add_argument("--out", default=RESULTS / "trees_ahead.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("half", "table", "seed"))
    cells = [(half, kind, seed) for half in options.half for seed in SEEDS[half] for kind in options.kinds]
    if options.large is not None:
        cells = [("large", name, 0) for name in options.large]
    for half, name, seed in cells:
        key = {"half": half, "table": name, "seed": seed}
        if results.find(**key) is None:
            print(name, seed, file=sys.stderr, flush=True)
            results.add(key | measure(*(large_table(name) if half == "large" else table(name, seed))))
    is_good = True
    for half in (*SEEDS, "large"):
        for what, text, is_enough in figures([line for line in results.lines if line["half"] == half]):
            is_good &= bool(is_enough)
            print(f"{'PASS' if is_enough else 'FAIL'}  {half}: {what}: {text}")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
