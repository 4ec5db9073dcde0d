"""The accuracy and the log loss that a fit reports, beside those on fresh rows of the same generator.

    python -m benchmarks.held_out_honesty [--generators NAME ...] [--seeds 20] [--members 12] [--quick] [--aside]
                                          [--redo] [--out FILE]

A held-out row is predicted by a member that was not trained on it. If anything that the member knows was learned from
this row, the reported figure is better than that on fresh rows. Each fit is compared on `N_FRESH` fresh rows in two
ways. `loss` and `accuracy` of the report stand beside those of the members alone, one after the other, since a held-out
row is predicted by one member. `expected_loss` and `expected_accuracy`, which say what the mean of all members adds,
stand beside the whole classifier, as a user sees it.

Claims: expected and fresh figures of the classifier differ by at most two standard errors of the difference in at least
95 % of the fits, and the report is better by more than that in at most 2.5 %; and the members are not worse than the
report by more than that in at least 95 %.

Resumable: a (generator, seed, number of members, quick or not) that the file of results holds is not measured again."""

import argparse
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.held_out_tables import GENERATORS, N_FRESH
from benchmarks.lines import RESULTS, ResultLines, versions
from robust_mlp import RobustMLPClassifier
from robust_mlp._core.losses import row_losses, softmax

N_ERRORS = 2.0
LEAST_SHARE = 0.95
# Of fits whose report is too good: half of those that may lie outside two errors.
MOST_TOO_GOOD = 0.025
FIGURES = ("accuracy", "log_loss")
# A fit of a second: a small network, a few steps, no guard. What a held-out row has taught does not depend on these.
QUICK = {"hidden_layer_sizes": (16,), "max_iter": 30, "learning_rate": 0.02, "collapse_guard": "off"}


def measure(name, seed, members, make=RobustMLPClassifier):
    """Fit one table with a classifier that `make` makes of settings: a line of results.

    `members` is for generators that do not say how many they are about.
    """
    generator = GENERATORS[name]
    draw = generator.make(seed)
    table = draw(generator.n_rows, np.random.default_rng([seed, 100]))
    fresh = draw(N_FRESH, np.random.default_rng([seed, 200]))
    clf = make(random_state=seed, **({"n_members": members} | generator.settings))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the classifier warns of stands in its report
        clf.fit(table.X, table.y, groups=table.groups)
        codes = np.searchsorted(clf.classes_, fresh.y)
        figures = {"fresh": _by_row(_as_reported(clf, clf.predict_proba(fresh.X)), codes)}
        figures["members"] = np.mean([_by_row(P, codes) for P in _of_members(clf, fresh.X)], axis=0)
    c = clf.report_.comparison
    line = {
        "generator": name,
        "seed": seed,
        "members": members,
        "accuracy": c.accuracy,
        "log_loss": c.loss,
        "accuracy_expected": c.expected_accuracy,
        "log_loss_expected": c.expected_loss,
        "n_held_out": c.n_rows,
    }
    errors = _errors_of_report(clf, table)
    for kind, by_row in figures.items():
        for place, figure in enumerate(FIGURES):
            value, error = _mean_and_error(by_row[:, place], fresh.clusters)
            line[f"{figure}_{kind}"] = value
            line[f"{figure}_error_{kind}"] = float(np.hypot(error, errors[place]))
    for figure, gain in (("accuracy", c.averaging_accuracy_gain), ("log_loss", c.averaging_gain)):
        # The standard error of what is expected counts the whole gain.
        line[f"{figure}_error_fresh"] = float(np.hypot(line[f"{figure}_error_fresh"], gain))
    line = {key: round(value, 6) if isinstance(value, float) else value for key, value in line.items()}
    return line | {"verdict": clf.report_.verdict.value, "n_members": int(clf.n_members_), "versions": versions()}


def _as_reported(clf, P):
    """Probabilities in the class shares of the data, as the report has them."""
    odds = P * np.where(clf.probability_prior_ > 0, clf.class_prior_ / clf.probability_prior_, 0.0)
    return odds / odds.sum(axis=1, keepdims=True)


def _of_members(clf, X):
    """Probabilities of each member, as the report has them."""
    fitted = clf._fitted
    rows = fitted.encoding.transform(clf._reader.read(clf, X))
    network = fitted.answering_weights.network()
    for logits in network.all_logits(rows):
        yield _as_reported(clf, softmax(logits))


def _by_row(P, codes):
    """Whether each row is right, and its log loss: ndarray of shape (n_rows, 2)."""
    return np.column_stack([P.argmax(axis=1) == codes, row_losses(P, codes)])


def _errors_of_report(clf, table):
    """Standard errors of the reported accuracy and log loss; what was drawn together counts once."""
    c = clf.report_.comparison
    if not hasattr(clf, "oof_decision_function_"):
        return np.sqrt(c.accuracy * (1 - c.accuracy) / c.n_rows), c.gain_error
    known = ~np.isnan(clf.oof_decision_function_[:, 0])
    codes = np.searchsorted(clf.classes_, table.y)[known]
    by_row = _by_row(_as_reported(clf, clf.oof_decision_function_[known]), codes)
    return tuple(_mean_and_error(column, table.clusters[known])[1] for column in by_row.T)


def _mean_and_error(values, clusters):
    """Mean over the rows, and its standard error where the rows of a cluster were drawn together."""
    mean = values.mean()
    _, number = np.unique(clusters, return_inverse=True)
    sums = np.bincount(number.reshape(-1), weights=values - mean)
    n = len(sums)
    return float(mean), float(np.sqrt(np.sum(sums**2) * n / max(n - 1, 1)) / len(values))


def report(lines):
    """Print the differences in standard errors for each generator, and the claims; returns 0 if all hold."""
    frame = pd.DataFrame(lines)
    for figure, sign in zip(FIGURES, (1, -1), strict=True):
        for kind in ("members", "fresh"):
            # Positive: the report is better than what it stands for.
            reported = frame[figure if kind == "members" else f"{figure}_expected"]
            frame[f"{figure}, {kind}"] = sign * (reported - frame[f"{figure}_{kind}"]) / frame[f"{figure}_error_{kind}"]
    columns = [f"{figure}, {kind}" for figure in FIGURES for kind in ("members", "fresh")]
    print("How much better the report is, in standard errors: mean over the seeds")
    print(frame.groupby("generator", sort=False)[columns].mean().round(2).to_string())
    print(f"\nShare of {len(frame)} fits")
    claims = []
    for column in columns:
        within = float((frame[column].abs() <= N_ERRORS).mean())
        not_too_good = float((frame[column] <= N_ERRORS).mean())
        print(
            f"  {column:20} within {N_ERRORS:g} errors {within:.3f}   not better by more than that {not_too_good:.3f}"
        )
        is_of_members = column.endswith("members")
        holds = within >= LEAST_SHARE and not_too_good >= 1 - MOST_TOO_GOOD
        claims.append((not_too_good >= LEAST_SHARE if is_of_members else holds, column))
    for holds, column in claims:
        print(f"{'PASS' if holds else 'FAIL'}: {column}")
    return 0 if all(holds for holds, _ in claims) else 1


def main(arguments=None):
    """Measure what is missing, print the differences, and say whether every claim holds."""
    parser = argparse.ArgumentParser(prog="held_out_honesty", description=__doc__.splitlines()[0])
    parser.add_argument("--generators", nargs="+", default=None, choices=GENERATORS, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--members", type=int, default=12, help="12 is the default of the classifier for these tables")
    parser.add_argument("--quick", action="store_true", help="small networks without the guard")
    parser.add_argument("--aside", action="store_true", help="the generators that were kept aside")
    parser.add_argument("--redo", action="store_true", help="measure again")
    parser.add_argument("--out", type=Path, default=RESULTS / "held_out_honesty.jsonl")
    options = parser.parse_args(arguments)
    names = options.generators or [name for name, g in GENERATORS.items() if g.is_kept_aside == options.aside]
    results = ResultLines(options.out, ("generator", "seed", "members", "quick"))
    kind = {"members": options.members, "quick": options.quick}
    make = partial(RobustMLPClassifier, **QUICK) if options.quick else RobustMLPClassifier
    if options.redo:
        for name in names:
            results.drop(generator=name, **kind)
    for seed in range(options.seeds):
        for name in names:
            if results.find(generator=name, seed=seed, **kind) is None:
                print(f"[{seed + 1}/{options.seeds}] {name}", file=sys.stderr, flush=True)
                results.add(measure(name, seed, options.members, make) | kind)
    wanted = [line for line in results.lines if {key: line[key] for key in kind} == kind]
    return report([line for line in wanted if line["generator"] in names and line["seed"] < options.seeds])


if __name__ == "__main__":
    sys.exit(main())
