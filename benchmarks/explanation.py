"""What `explain` finds in tables whose truth is known, what it costs, and how true its curves are.

Five parts, each printed with its figures and lines that begin with PASS or FAIL:

planted      tables of 20 columns: 4 that matter alone, 2 that matter only together, two pairs of equal columns, and 10
             of noise. On at least 98 % of the tables every column that matters ranks above all noise; on at least 95 %
             no noise column has an interval above 0; the equal columns are named as groups, and the planted pair is
             first. Each table is explained on new rows and on the rows of the training.
importance   50 columns, 10,000 rows: at least 10 times faster than sklearn.inspection.permutation_importance with the
             same repeats, and each value of scikit-learn's is within our interval.
curves       y from a sum of known curves: each measured curve has a correlation of at least .98 with the true one.
shapley      contributions of 1,000 rows of 20 columns: at least 20 times faster than shap at equal error, and at most
             twice the time of TreeSHAP (`benchmarks/explanation_contributions.py`, part speed).
memory       100,000 rows of 100 columns: `explain` and `contributions` stay within 1 GB (the same file, part memory).

    python -m benchmarks.explanation [--parts planted importance curves shapley memory] [--seeds 0 1 2 ...]
                                     [--shape usual|kept] [--out FILE]

Ratios of `importance` and `shapley` mean something on a machine that does nothing else.

'--shape kept' plants tables of other sizes, signs and strengths than those that were looked at in development.
Resumable: a (part, shape, seed) that the file of results holds is not measured again."""

import argparse
import sys
import time
import warnings

import numpy as np
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss, make_scorer

from benchmarks import explanation_contributions
from benchmarks.lines import RESULTS, ResultLines, versions
from robust_mlp import RobustMLPClassifier, explain

PARTS = ("planted", "importance", "curves", "shapley", "memory")
LEAST_RANKED, LEAST_QUIET = 0.98, 0.95
LEAST_SPEED_UP = 10.0
LEAST_CORRELATION = 0.98
N_NEW_ROWS = 2000  # rows that the network never saw, to explain it on

MATTER = ("alone0", "alone1", "alone2", "alone3", "joint0", "joint1")
PAIRS = (("twin0", "twin0_again"), ("twin1", "twin1_again"))
NOISE = tuple(f"noise{i}" for i in range(10))


def planted(seed, shape="usual", n_rows=1500):
    """(X, y, X_new, y_new) as arrays, and the names of the columns, in random order."""
    rng = np.random.default_rng([seed, shape == "kept"])
    if shape == "kept":
        n_rows = int(rng.choice([1000, 2500, 6000]))
    total = n_rows + N_NEW_ROWS
    strength = rng.uniform(0.7, 1.3, 8) * rng.choice([-1, 1], 8) if shape == "kept" else np.ones(8)
    draw = rng.standard_normal if shape == "usual" or seed % 2 else lambda size: rng.uniform(-1.7, 1.7, size)
    alone, joint, twins, noise = draw((total, 4)), draw((total, 2)), draw((total, 2)), draw((total, 10))
    score = alone @ strength[:4] + 1.5 * strength[4] * joint.prod(axis=1) + twins @ strength[5:7]
    if shape == "kept" and seed % 3 == 2:
        y = np.digitize(score + rng.logistic(size=total), [-1.2, 1.2])
    else:
        y = (score + rng.logistic(size=total) > 0).astype(int)
    X = np.column_stack([alone, joint, twins[:, 0], twins[:, 0], twins[:, 1], twins[:, 1], noise])
    names = [*MATTER, *PAIRS[0], *PAIRS[1], *NOISE]
    order = rng.permutation(len(names))
    X, names = X[:, order], [names[i] for i in order]
    return (X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]), names


def measure_planted(seed, shape):
    """What was found in one planted table, on new rows and on those of the training."""
    (X, y, X_new, y_new), names = planted(seed, shape)
    clf = RobustMLPClassifier(random_state=seed).fit(X, y)
    found = {"n_rows": len(X), "n_classes": len(clf.classes_), "test_loss": log_loss(y_new, clf.predict_proba(X_new))}
    for rows, table, labels in (("new", X_new, y_new), ("training", X, y)):
        explanation = explain(clf, table, labels, random_state=seed)
        found[rows] = judge(explanation, names)
    return found


def judge(explanation, names):
    """The four claims about one explanation, and the numbers behind them."""

    def name_of(column):
        return names[int(column[1:])]

    importance = {name_of(one.columns[0]): one for one in explanation.importance}
    least = min(importance[name].importance for name in importance if not name.startswith("noise"))
    most = max(importance[name].importance for name in NOISE)
    groups = {tuple(sorted(map(name_of, group.columns))) for group in explanation.groups}
    pair = tuple(sorted(map(name_of, explanation.pairs[0].columns))) if explanation.pairs else ()
    return {
        "rows": explanation.rows,
        "ranked": bool(least > most),
        "quiet": not any(importance[name].is_above_noise for name in NOISE),
        "groups": groups == {tuple(sorted(pair)) for pair in PAIRS},
        "pair_first": pair == ("joint0", "joint1"),
        "least_that_matters": least,
        "most_of_noise": most,
        "strengths": [round(one.strength, 3) for one in explanation.pairs],
    }


def tell_planted(lines):
    """Print the shares of tables on which each claim holds; return whether all do."""
    everything = True
    limits = {"ranked": LEAST_RANKED, "quiet": LEAST_QUIET, "groups": 1.0, "pair_first": 1.0}
    for rows in ("new", "training"):
        for claim, limit in limits.items():
            share = float(np.mean([line["found"][rows][claim] for line in lines]))
            everything &= verdict(
                share >= limit, f"planted, {rows} rows: {claim} on {share:.1%} of {len(lines)} tables"
            )
    return everything


def verdict(holds, text):
    """Print PASS or FAIL."""
    print(("PASS" if holds else "FAIL"), text, flush=True)
    return holds


def wide_table(seed, n_rows=10_000, n_columns=50):
    """(X, y, X_new, y_new): 12 of the columns matter."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((2 * n_rows, n_columns))
    weights = np.zeros(n_columns)
    weights[:12] = rng.uniform(0.3, 1.0, 12)
    score = X @ weights + X[:, 0] * X[:, 1]
    y = (score + rng.logistic(size=len(X)) > 0).astype(int)
    return X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]


def measure_importance(seed, shape):
    """Seconds and values of both ways on one table, one after the other and again in turn."""
    X, y, X_new, y_new = wide_table(seed + 1000 * (shape == "kept"))
    clf = RobustMLPClassifier(random_state=seed).fit(X, y)
    scorer = make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")
    explain(clf, X_new[:200], y_new[:200], random_state=seed)  # what is loaded on first use
    began = time.perf_counter()
    explanation = explain(clf, X_new, y_new, random_state=seed)
    whole = time.perf_counter() - began
    ours, our_cpu_seconds = importance_alone(clf, X_new, y_new, seed)
    began, began_cpu = time.perf_counter(), time.process_time()
    theirs = permutation_importance(clf, X_new, y_new, scoring=scorer, n_repeats=5, random_state=seed)
    their_seconds, their_cpu_seconds = time.perf_counter() - began, time.process_time() - began_cpu
    by_name = {one.name: one for one in explanation.importance}
    inside = [by_name[f"x{j}"].low <= value <= by_name[f"x{j}"].high for j, value in enumerate(theirs.importances_mean)]
    return {
        "seconds": ours,
        "seconds_of_explain": whole,
        "their_seconds": their_seconds,
        "ratio": their_seconds / ours,
        "cpu_ratio": their_cpu_seconds / our_cpu_seconds,  # on a machine that does other things, too
        "ratio_of_explain": their_seconds / whole,
        "share_inside": float(np.mean(inside)),
        "largest_difference": max(
            abs(by_name[f"x{j}"].importance - value) for j, value in enumerate(theirs.importances_mean)
        ),
    }


def importance_alone(clf, X, y, seed):
    """Seconds, and seconds of all cores, of the permutations alone: without effects, groups and pairs."""
    from robust_mlp.explanation._measures.importance import Labels, permutation_rises
    from robust_mlp.explanation._predictors import predictors_of

    began, began_cpu = time.perf_counter(), time.process_time()
    predictors = predictors_of(clf, X)
    rows = np.random.default_rng(seed).permutation(len(X))
    labels = Labels(np.searchsorted(clf.classes_, y), np.ones(len(X)))
    permutation_rises(predictors.honest, rows, labels, [[j] for j in range(X.shape[1])], n_repeats=5, seed=seed)
    return time.perf_counter() - began, time.process_time() - began_cpu


def tell_importance(lines):
    """Print ratios and agreement; return whether the claims hold."""
    ratios = [line["found"]["ratio"] for line in lines]
    wholes = [line["found"]["ratio_of_explain"] for line in lines]
    inside = [line["found"]["share_inside"] for line in lines]
    of_cores = ", ".join(f"{line['found']['cpu_ratio']:.1f}" for line in lines)
    print(f"     importance: ratios of the seconds of all cores: {of_cores}", flush=True)
    holds = verdict(
        min(ratios) >= LEAST_SPEED_UP,
        f"importance: {min(ratios):.1f} to {max(ratios):.1f} times faster than permutation_importance "
        f"(all of explain, with effects, groups and pairs: {min(wholes):.1f} to {max(wholes):.1f} times)",
    )
    return holds & verdict(
        min(inside) == 1.0, f"importance: {min(inside):.1%} of scikit-learn's values in our intervals"
    )


CURVES = {
    "line": lambda x: 1.2 * x,
    "bend": lambda x: 1.5 * np.abs(x) - 1.2,
    "wave": lambda x: 1.5 * np.sin(2 * x),
    "step": lambda x: 1.5 * np.tanh(3 * x),
    "hill": lambda x: 2 * np.exp(-2 * x**2) - 1,
    "valley": lambda x: 0.8 * x**2 - 0.8,
}


def additive(seed, shape="usual", n_rows=10_000):
    """(X, y, X_new, y_new), names: the log-odds are the sum of the curves."""
    rng = np.random.default_rng([seed, shape == "kept", 7])
    total = n_rows + N_NEW_ROWS
    X = (
        rng.uniform(-2, 2, (total, len(CURVES)))
        if (shape == "kept") == bool(seed % 2)
        else np.clip(rng.standard_normal((total, len(CURVES))), -2.5, 2.5)
    )
    score = sum(curve(X[:, j]) for j, curve in enumerate(CURVES.values()))
    y = (score - np.median(score) + rng.logistic(size=total) > 0).astype(int)
    return (X[:n_rows], y[:n_rows], X[n_rows:], y[n_rows:]), list(CURVES)


def measure_curves(seed, shape):
    """Correlation of each measured curve with the true one, over the rows; the same of EBM where it is installed."""
    (X, y, X_new, _), names = additive(seed, shape)
    clf = RobustMLPClassifier(random_state=seed).fit(X, y)
    explanation = explain(clf, X_new, n_repeats=1, random_state=seed)
    found = {"accumulated": {}, "additive": {}, "network": {}, "of_network": {}, "ebm": {}}
    for j, name in enumerate(names):
        effect, truth = explanation.effect(f"x{j}"), CURVES[name](X_new[:, j])
        positions = np.array(effect.positions)
        for kind, curve in (("accumulated", effect.log_odds), ("additive", effect.additive)):
            if curve is not None:
                measured = np.interp(X_new[:, j], positions, curve[:, 1])
                found[kind][name] = float(np.corrcoef(measured, truth)[0, 1])
        own = curve_of_network(clf, X_new, j, seed)
        found["network"][name] = float(np.corrcoef(own, truth)[0, 1])
        accumulated = np.interp(X_new[:, j], positions, effect.log_odds[:, 1])
        found["of_network"][name] = float(np.corrcoef(accumulated, own)[0, 1])
    found["ebm"] = correlations_of_ebm(X, y, X_new, names)
    return found


def curve_of_network(clf, X, j, seed, n_others=100):
    """The network's own curve of column j at the rows of X: the mean log-odds over other rows, at 101 quantiles.

    It tells what the network is wrong about from what `explain` is wrong about.
    """
    grid = np.unique(np.quantile(X[:, j], np.linspace(0, 1, 101)))
    others = X[np.random.default_rng(seed).choice(len(X), n_others, replace=False)]
    rows = np.repeat(others[np.newaxis], len(grid), axis=0)
    rows[:, :, j] = grid[:, np.newaxis]
    logs = clf.predict_log_proba(rows.reshape(-1, X.shape[1]))
    return np.interp(X[:, j], grid, (logs[:, 1] - logs[:, 0]).reshape(len(grid), -1).mean(axis=1))


def correlations_of_ebm(X, y, X_new, names):
    """The same correlations of an explainable boosting machine; {} where `interpret` is not installed."""
    try:
        from interpret.glassbox import ExplainableBoostingClassifier
    except ImportError:
        return {}
    ebm = ExplainableBoostingClassifier(interactions=0, random_state=0, n_jobs=1).fit(X, y)
    terms = ebm.eval_terms(X_new)
    return {name: float(np.corrcoef(terms[:, j], CURVES[name](X_new[:, j]))[0, 1]) for j, name in enumerate(names)}


def tell_curves(lines):
    """Print the least correlation of each curve; return whether all are high enough."""
    least = {name: min(line["found"]["accumulated"][name] for line in lines) for name in CURVES}
    for kind in ("accumulated", "additive", "network", "of_network", "ebm"):
        known = [line["found"][kind] for line in lines if line["found"][kind]]
        if known:
            means = ", ".join(f"{name} {min(one[name] for one in known):.4f}" for name in CURVES)
            print(f"     curves, {kind} (least of {len(known)} tables): {means}", flush=True)
    of_network = min(min(line["found"]["of_network"].values()) for line in lines)
    holds = verdict(
        of_network >= LEAST_CORRELATION,
        f"curves: least correlation with the network's own curve {of_network:.4f} on {len(lines)} tables",
    )
    return holds & verdict(
        min(least.values()) >= LEAST_CORRELATION,
        f"curves: least correlation with the true curve {min(least.values()):.4f} on {len(lines)} tables",
    )


MEASURE = {"planted": measure_planted, "importance": measure_importance, "curves": measure_curves}
TELL = {"planted": tell_planted, "importance": tell_importance, "curves": tell_curves}
SEEDS = {"planted": range(20), "importance": range(3), "curves": range(10)}
# Parts that another script measures, and its arguments. Errors are measured again: they belong to the code of this run.
OF_CONTRIBUTIONS = {"shapley": ["--part", "speed", "--rows", "3", "--redo"], "memory": ["--part", "memory"]}


def main():
    """Measure what is not measured yet, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", "--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seeds", nargs="+", type=int)
    parser.add_argument("--shape", choices=("usual", "kept"), default="usual")
    parser.add_argument("--out", default=str(RESULTS / "explanation.jsonl"))
    arguments = parser.parse_args()
    results = ResultLines(arguments.out, ("part", "shape", "seed"))
    everything = True
    for part in arguments.parts:
        if part in OF_CONTRIBUTIONS:
            everything &= explanation_contributions.main(OF_CONTRIBUTIONS[part]) == 0
            continue
        lines = []
        for seed in arguments.seeds or SEEDS[part]:
            key = {"part": part, "shape": arguments.shape, "seed": seed}
            line = results.find(**key)
            if line is not None and part == "curves" and "of_network" not in line["found"]:
                results.drop(**key)  # measured before the network's own curve was
                line = None
            if line is None:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    line = {**key, "found": MEASURE[part](seed, arguments.shape), "versions": versions()}
                results.add(line)
            lines.append(line)
        everything &= TELL[part](lines)
    return 0 if everything else 1


if __name__ == "__main__":
    sys.exit(main())
