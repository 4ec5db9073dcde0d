"""Contributions of columns: how exact and how fast they are, beside shap, and how much memory they take.

    python -m benchmarks.explanation_contributions [--part errors speed memory] [--rows 20] [--redo]

`errors`: tables of 10 columns, whose exact Shapley values are known from all coalitions. Each line has the error of
the sampled values in shares of the size of the exact ones, and that of shap's permutation explainer for more and more
permutations. The tables of `CHOOSING` are those by which the way of sampling was chosen; those of `ASIDE` were written
down before and are for reporting only.

`speed`: 1,000 rows of 20 columns, background 100. shap explains a few rows with as many permutations as it needs for
the same error (from `errors`), scaled up to all rows; and TreeSHAP explains boosted models of the same table: the best
of a grid by cross-validation, by which the claim is judged, and the smallest that is as good. Seconds of one run can be
compared with each other only.

`memory`: the largest resident memory of a process that explains 100,000 rows of 100 columns, with `contributions` and
with `explain`.

`python -m benchmarks.explanation` runs `speed` and `memory`, too.

Needs the extras bench and shap."""

import argparse
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets as tables
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from benchmarks.lines import RESULTS, ResultLines, versions
from robust_mlp import RobustMLPClassifier, contributions

N_BACKGROUND = 100
PERMUTATIONS = (1, 3, 10, 30)  # 10 are shap's default
LEAST_SPEED_UP, MOST_OF_TREES = 20.0, 2.0
# The grid of boosted models: the most trees for each learning rate, and leaves of a tree.
TREES, LEAVES = {0.1: 300, 0.03: 1000}, (4, 8, 16, 31)
MOST_MEGABYTES = 1000


def planted(n_rows, n_columns, seed, *, n_classes=2):
    """Curves, products of two and of three columns, and columns of noise: (X, y)."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns))
    columns = [X[:, j] for j in rng.permutation(n_columns)]
    scores = []
    for k in range(n_classes - 1):
        a, b, c, d, e, f, g, h = np.roll(np.arange(8), k)
        score = np.sin(2 * columns[a]) + columns[b] * columns[c] + 0.7 * columns[d] - 0.5 * columns[e] ** 2
        scores.append(2 * (score + 0.8 * columns[f] * columns[g] * columns[h]))
    odds = np.exp(np.column_stack([np.zeros(n_rows), *scores]))
    drawn = rng.uniform(size=(n_rows, 1)) > np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    return X, drawn.sum(axis=1)


def steps(n_rows, seed):
    """Whole numbers of few values, and jumps: (X, y) of 10 columns."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, size=(n_rows, 10)).astype(float)
    X[:, 5:] += rng.normal(size=(n_rows, 5))
    score = 2.0 * (X[:, 0] > 1) + (X[:, 1] == 2) * (X[:, 2] > 0) - 1.5 * (X[:, 5] > 2) + 0.5 * X[:, 6]
    return X, (rng.uniform(size=n_rows) < 1 / (1 + np.exp(-2 * (score - score.mean())))).astype(int)


def _first_columns(load):
    X, y = load(return_X_y=True)
    return X[:, :10], y


def _clusters():
    settings = {"n_informative": 6, "n_redundant": 1, "n_clusters_per_class": 3, "class_sep": 0.8}
    return tables.make_classification(1000, 10, random_state=1, **settings)


CHOOSING = {
    "cancer": lambda: _first_columns(tables.load_breast_cancer),
    "planted": lambda: planted(1500, 10, seed=3),
    "clusters": _clusters,
}
ASIDE = {
    "wine": lambda: _first_columns(tables.load_wine),
    "planted of 3 classes": lambda: planted(1500, 10, seed=17, n_classes=3),
    "planted of 600 rows": lambda: planted(600, 10, seed=23),
    "steps": lambda: steps(1200, seed=5),
}


def fitted(X, y):
    """A default classifier."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RobustMLPClassifier(random_state=0).fit(X, y)


def log_odds_of(clf):
    """The function that shap explains: log-odds of the last class against the first, or against all others."""

    def function(X):
        with np.errstate(divide="ignore"):
            logs = np.log(np.maximum(clf.predict_proba(X), 1e-300))
        return logs[:, -1] - logs[:, 0]

    return function


def by_shap(clf, X, background, n_permutations):
    """Values of shap's permutation explainer, ndarray of shape (n_rows, n_columns)."""
    from shap import PermutationExplainer, maskers

    masker = maskers.Independent(background, max_samples=len(background))
    explainer = PermutationExplainer(log_odds_of(clf), masker, seed=0)
    return explainer(X, max_evals=n_permutations * (2 * X.shape[1] + 1), silent=True).values


def last_against_first(found, clf):
    """The values that `log_odds_of` asks for."""
    return found.against(clf.classes_[-1], clf.classes_[0]).values


def relative_error(values, exact):
    """Root mean square error in shares of the root mean square of the exact values."""
    return float(np.sqrt(np.mean((values - exact) ** 2) / np.mean(exact**2)))


def measure_errors(name, load, n_exact):
    """A line of the errors on one table."""
    X, y = load()
    clf = fitted(X, y)
    rows = np.random.default_rng(0).permutation(len(X))
    background, others = X[rows[:N_BACKGROUND]], X[rows[N_BACKGROUND:]]
    others = others[np.arange(max(300, n_exact)) % len(others)]  # as many as make learned weights worth it
    exact = last_against_first(contributions(clf, others[:n_exact], background, method="exact"), clf)
    line = {"table": name, "n_exact": n_exact, "verdict": str(clf.report_.verdict), "ours": {}, "shap": {}}
    for label, part, setting in (
        ("few rows", others[:n_exact], "auto"),
        ("many rows", others, "auto"),
        ("many rows, 5 orders", others, 5 * 18),
        ("many rows, 30 orders", others, 30 * 18),
    ):
        found = contributions(clf, part, background, method="sampled", n_coalitions=setting)
        error = relative_error(last_against_first(found, clf)[:n_exact], exact)
        line["ours"][label] = [found.n_coalitions, error]
    for n_permutations in PERMUTATIONS:
        error = relative_error(by_shap(clf, others[:n_exact], background, n_permutations), exact)
        line["shap"][n_permutations] = [n_permutations * 2 * 10 * N_BACKGROUND, error]
    return line


def show_errors(lines):
    """Print the errors of each table, and say whether sampled values are near the exact ones."""
    for line in lines:
        cells = [f"{label}: {error:.3f} ({n:,})" for label, (n, error) in line["ours"].items()]
        print(f"{line['part']:9} {line['table']:22} ours  {'  '.join(cells)}")
        cells = [f"{label} orders: {error:.3f} ({n:,})" for label, (n, error) in line["shap"].items()]
        print(f"{'':32} shap  {'  '.join(cells)}", flush=True)


def permutations_for(error, lines):
    """The fewest of shap's permutations whose mean error is at most `error`; the most that were tried otherwise."""
    means = {n: np.mean([line["shap"][str(n)][1] for line in lines]) for n in PERMUTATIONS}
    return next((n for n in PERMUTATIONS if means[n] <= error), PERMUTATIONS[-1])


def seconds(function):
    """(Seconds, result) of a call."""
    start = time.perf_counter()
    found = function()
    return time.perf_counter() - start, found


def measure_speed(n_rows, n_permutations, shap_rows=5, repeats=3):
    """Seconds of one run, each the median of interleaved repeats."""
    from shap import TreeExplainer

    X, y = planted(2000 + n_rows, 20, seed=1)
    X, y, test, y_test = X[:2000], y[:2000], X[2000:], y[2000:]
    clf = fitted(X, y)
    best, smallest = boosted_models(X, y)
    background = X[:N_BACKGROUND]
    ways = {
        "ours": lambda: contributions(clf, test, background),
        "ours, gradients": lambda: contributions(clf, test[:shap_rows], background, method="gradients"),
        "shap": lambda: by_shap(clf, test[:shap_rows], background, n_permutations),
        "TreeSHAP, best": lambda: TreeExplainer(best, background).shap_values(test, check_additivity=False),
        "TreeSHAP, smallest": lambda: TreeExplainer(smallest, background).shap_values(test, check_additivity=False),
        "TreeSHAP, best, paths": lambda: TreeExplainer(best).shap_values(test, check_additivity=False),
    }
    taken, cpu_taken = {name: [] for name in ways}, {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            began = time.process_time()
            taken[name].append(seconds(way)[0])
            cpu_taken[name].append(time.process_time() - began)
    found, cpu = ({name: float(np.median(part[name])) for name in ways} for part in (taken, cpu_taken))
    for name in ("shap", "ours, gradients"):
        found[name] *= n_rows / shap_rows
        cpu[name] *= n_rows / shap_rows
    models = {"ours": clf, "best": best, "smallest": smallest}
    losses = {name: log_loss(y_test, model.predict_proba(test)) for name, model in models.items()}
    sizes = {
        name: [model.n_iter_, model.max_leaf_nodes, model.learning_rate]
        for name, model in models.items()
        if name != "ours"
    }
    line = {"n_rows": n_rows, "n_permutations": n_permutations, "seconds": found, "cpu_seconds": cpu}
    return {**line, "log_loss": losses, "trees": sizes}


def boosted_models(X, y, n_folds=5):
    """(The best boosted model of a grid by held-out loss, the smallest that is as good), fitted to all rows.

    Speed and log loss depend on the number and size of trees, so "a boosted model of equal log loss" must be chosen.
    Each of the grid is cross-validated, its number of trees by the mean loss of the folds. The best has the least loss.
    As good is what lies within one standard error of it (Breiman et al. 1984, "Classification and Regression Trees",
    section 3.4.3); the smallest has the fewest leaves in all its trees, which is what TreeSHAP's time grows with.
    """
    folds = list(StratifiedKFold(n_folds, shuffle=True, random_state=0).split(X, y))
    found = []
    for learning_rate, most_trees in TREES.items():
        for leaves in LEAVES:
            settings = {"learning_rate": learning_rate, "max_leaf_nodes": leaves, "random_state": 0}
            losses = np.empty((n_folds, most_trees))
            for fold, (train, held_out) in enumerate(folds):
                model = HistGradientBoostingClassifier(max_iter=most_trees, early_stopping=False, **settings)
                staged = model.fit(X[train], y[train]).staged_predict_proba(X[held_out])
                losses[fold] = [log_loss(y[held_out], probabilities) for probabilities in staged]
            n_trees = int(losses.mean(axis=0).argmin()) + 1
            of_folds = losses[:, n_trees - 1]
            found.append((of_folds.mean(), of_folds.std(ddof=1) / np.sqrt(n_folds), n_trees, settings))
    best = min(found, key=lambda one: one[0])
    as_good = [one for one in found if one[0] <= best[0] + best[1]]
    smallest = min(as_good, key=lambda one: one[2] * one[3]["max_leaf_nodes"])
    return [
        HistGradientBoostingClassifier(max_iter=n_trees, early_stopping=False, **settings).fit(X, y)
        for _, _, n_trees, settings in (best, smallest)
    ]


def show_speed(line):
    """Print the seconds and their ratios; whether both claims hold."""
    taken = line["seconds"]
    for name, value in taken.items():
        print(f"{name:24} {value:9.2f} s, {line['cpu_seconds'][name]:9.2f} s of all cores, for {line['n_rows']} rows")
    print("log loss: " + ", ".join(f"{name} {value:.3f}" for name, value in line["log_loss"].items()))
    for name, (n_trees, leaves, rate) in line["trees"].items():
        ratio = taken["ours"] / taken[f"TreeSHAP, {name}"]
        print(f"boosted model, {name}: {n_trees} trees of {leaves} leaves, learning rate {rate}; ours {ratio:.1f} x")
    faster, of_trees = taken["shap"] / taken["ours"], taken["ours"] / taken["TreeSHAP, best"]
    text = f"{faster:.1f} x faster than shap at equal error ({line['n_permutations']} permutations)"
    holds = [
        claim(faster >= LEAST_SPEED_UP, f"{text}, at least {LEAST_SPEED_UP:g}"),
        claim(of_trees <= MOST_OF_TREES, f"{of_trees:.1f} x TreeSHAP's time (best), at most {MOST_OF_TREES:g}"),
    ]
    return all(holds)


CHILD = """
import pickle
import numpy as np
from benchmarks.process_memory import peak_megabytes
from robust_mlp import contributions, explain
with open({path!r}, "rb") as file:
    clf = pickle.load(file)
rng = np.random.default_rng(0)
X = rng.normal(size=({n_rows}, 100))
{work}
print(peak_megabytes())
"""


CONTRIBUTIONS = """
found = contributions(clf, X, rng.normal(size=(100, 100)), n_coalitions={n_coalitions})
assert found.values.shape == X.shape
"""
# Importance with labels, groups, effects, pairs and some rows: everything that `explain` does.
EXPLAIN = """
found = explain(clf, X, rng.integers(0, 2, len(X)), contributions_of=X[:3], random_state=0)
assert len(found.effects) == len(found.importance) == 100
"""


def measure_memory(n_rows, work):
    """The largest resident memory of a process of its own, in MB, for some lines of `CHILD`."""
    X, y = planted(2000, 100, seed=2)
    clf = fitted(X, y)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clf.pickle"
        path.write_bytes(pickle.dumps(clf))
        code = CHILD.format(path=str(path), n_rows=n_rows, work=work)
        run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    return float(run.stdout)


def claim(holds, text):
    """Print PASS or FAIL; `holds` again."""
    print(f"{'PASS' if holds else 'FAIL'} {text}", flush=True)
    return holds


def main(arguments=None):
    """Run the parts asked for; 0 if every claim holds."""
    parser = argparse.ArgumentParser(prog="explanation_contributions", description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs="+", choices=("errors", "speed", "memory"), default=["errors"])
    parser.add_argument("--rows", type=int, default=20, help="rows with exact values in each table")
    parser.add_argument("--speed-rows", type=int, default=1000)
    parser.add_argument("--memory-rows", type=int, default=100_000)
    parser.add_argument("--memory-coalitions", type=int, default=198, help="one order there and back: 2 x 99")
    parser.add_argument("--out", default=RESULTS / "explanation_contributions.jsonl")
    parser.add_argument("--redo", action="store_true")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("part", "table", "n_exact"))
    holds = True
    if "errors" in options.part or "speed" in options.part:
        for part, loaders in (("choosing", CHOOSING), ("aside", ASIDE)):
            for name, load in loaders.items():
                if options.redo:
                    results.drop(part=part, table=name, n_exact=options.rows)
                if results.find(part=part, table=name, n_exact=options.rows) is None:
                    line = measure_errors(name, load, options.rows)
                    line["shap"] = {str(n): value for n, value in line["shap"].items()}
                    results.add({"part": part, **line, "versions": versions()})
                show_errors([results.find(part=part, table=name, n_exact=options.rows)])
    lines = [line for line in results.lines if line["n_exact"] == options.rows]
    if "speed" in options.part:
        error = float(np.mean([line["ours"]["many rows"][1] for line in lines]))
        n_permutations = permutations_for(error, lines)
        print(f"our mean error on 10 columns: {error:.3f}; shap reaches it with {n_permutations} permutations")
        holds &= show_speed(measure_speed(options.speed_rows, n_permutations))
    if "memory" in options.part:
        coalitions = CONTRIBUTIONS.format(n_coalitions=options.memory_coalitions)
        for name, work in (("contributions", coalitions), ("explain", EXPLAIN)):
            megabytes = measure_memory(options.memory_rows, work)
            text = f"{name}: {megabytes:.0f} MB for {options.memory_rows:,} rows of 100 columns"
            holds &= claim(megabytes <= MOST_MEGABYTES, f"{text}, at most {MOST_MEGABYTES}")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
