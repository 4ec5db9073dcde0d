"""RobustMLPClassifier with its defaults against what a user would pick instead, on fixed folds of 62 real tables.

    python -m benchmarks.accuracy [--recipe default] [--tables NAME ...] [--folds 0 1 2] [--redo] [--figures]
                                  [--largest ROWS] [--out FILE]

The peers' scores, in `peer_scores.jsonl`, were measured once on the same folds with the same metrics; pairs of (table,
fold) that all have are compared. Claims: on the balanced and on the imbalanced tables, first in mean rank in accuracy,
balanced accuracy, log loss and AUC; a better log loss than each single peer on at least 65 % of the tables, and than
the vote of four families on at least 50 %; never more than .02 AUC behind the median peer.

Resumable: a (table, fold) that the file of results holds is not measured again."""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.accuracy import ranks
from benchmarks.accuracy.recipes import RECIPES, make
from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.tables import KEEL, load, score
from robust_mlp.compare._metrics import calibration_error

FOLDS = (0, 1, 2)
OURS = "robust_mlp"
LEAST_WINS, LEAST_WINS_OF_VOTE = 0.65, 0.5
LARGEST_DISTANCE = 0.02


def measure(name, fold, recipe, **changes):
    """Fit one recipe on one fold: a line of results. `seconds` is of `fit`."""
    table = load(name)
    train, test = table.folds()[fold]
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the classifier warns of stands in its report
        fitted = make(recipe, **changes).fit(table.X.iloc[train], table.y[train])
    seconds = time.perf_counter() - start
    probabilities = fitted.predict_proba(table.X.iloc[test])
    kind = next(kind for kind, names in KEEL.items() if name in names)
    line = {"kind": kind, "table": name, "fold": fold, "model": OURS, "recipe": recipe, "seconds": round(seconds, 3)}
    line |= {key: round(value, 6) for key, value in score(table.y[test], probabilities, fitted.classes_).items()}
    codes = np.searchsorted(fitted.classes_, table.y[test])
    line["ece"] = round(calibration_error(codes, probabilities), 6)
    line |= {"verdict": fitted.report_.verdict.value, "n_restarts": int(fitted.n_restarts_)}
    return line | {"versions": versions()}


def main(arguments=None):
    """Measure what is missing, print ranks and wins, and say whether every claim holds."""
    parser = argparse.ArgumentParser(prog="accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="default", choices=RECIPES)
    parser.add_argument("--tables", nargs="+", default=[*KEEL["balanced"], *KEEL["imbalanced"]], metavar="NAME")
    parser.add_argument("--folds", nargs="+", type=int, default=FOLDS)
    parser.add_argument("--largest", type=int, default=None, metavar="ROWS", help="leave larger tables out")
    parser.add_argument("--redo", action="store_true", help="measure again")
    parser.add_argument("--figures", action="store_true", help="draw the figures of the documentation")
    parser.add_argument("--out", type=Path, default=RESULTS / "accuracy.jsonl")
    options = parser.parse_args(arguments)
    results = ResultLines(options.out, ("recipe", "table", "fold"))
    if options.redo:
        for name in options.tables:
            results.drop(recipe=options.recipe, table=name)
    for i, name in enumerate(options.tables):
        if options.largest is not None and len(load(name).y) > options.largest:
            continue
        for fold in options.folds:
            if results.find(recipe=options.recipe, table=name, fold=fold) is None:
                print(f"[{i + 1}/{len(options.tables)}] {name}, fold {fold}", file=sys.stderr, flush=True)
                results.add(measure(name, fold, options.recipe))
    ours = pd.DataFrame([line for line in results.lines if line["recipe"] == options.recipe])
    scores = pd.concat([ranks.read_peers(), ours], ignore_index=True)
    if options.figures:
        from benchmarks.accuracy.figures import draw

        draw(scores, OURS)
    return report(scores)


def report(scores):
    """Print the ranks, the wins and the claims; returns 0 if all hold."""
    claims = []
    models = [OURS, *ranks.PEERS]
    for kind in KEEL:
        of_kind = scores[scores["kind"] == kind]
        table, n_cells = ranks.mean_ranks(of_kind, models)
        print(f"\nMean rank of {len(models)}, {kind} tables ({n_cells} folds)")
        print(table.sort_values("log_loss").round(2).to_string())
        for metric in ranks.METRICS:
            best = table[metric].drop(OURS).idxmin()
            rank, other = table.loc[[OURS, best], metric]
            claims.append((rank <= other, f"{kind}, {metric}: mean rank {rank:.2f}, best peer {best} {other:.2f}"))
    print("\nTables won / tied / lost")
    for peer in [*ranks.PEERS, *ranks.PART_OF_THE_TABLES]:
        counts = {metric: ranks.wins(scores, OURS, peer, metric) for metric in ranks.METRICS}
        print(f"  {peer:24}" + "   ".join(f"{metric} {'/'.join(map(str, c))}" for metric, c in counts.items()))
        won, tied, lost = counts["log_loss"]
        least = LEAST_WINS_OF_VOTE if peer == "soft_vote_4" else LEAST_WINS
        share = won / max(won + tied + lost, 1)
        claims.append(
            (share >= least, f"log loss better than {peer}'s on {share:.0%} of the tables (at least {least:.0%})")
        )
    behind = ranks.behind_the_median_peer(scores, OURS)
    claims.append(
        (
            behind.iloc[0] <= LARGEST_DISTANCE,
            f"AUC at worst {behind.iloc[0]:+.3f} behind the median peer (at most {LARGEST_DISTANCE}): "
            + ", ".join(f"{name} {value:+.3f}" for name, value in behind.head(4).items()),
        )
    )
    ours = scores[scores["model"] == OURS]
    print(
        f"\n{OURS}: mean calibration error {ours['ece'].mean():.4f}, median fit {ours['seconds'].median():.2f} s, "
        f"verdicts {ours['verdict'].value_counts().to_dict()}\n"
    )
    for holds, text in claims:
        print(f"{'PASS' if holds else 'FAIL'}: {text}.")
    return 0 if all(holds for holds, _ in claims) else 1


if __name__ == "__main__":
    sys.exit(main())
