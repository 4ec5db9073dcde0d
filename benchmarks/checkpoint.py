"""Kills fits that keep a checkpoint at random moments, lets them go on, and compares the bits with whole fits.

``make bench-checkpoint ARGS="--kills 10 --seed 1"`` prints a line for each kill, and at the end how many fits were
finished with the bits of a fit that was never interrupted. A process is killed with SIGKILL, at a moment that is drawn
evenly from the whole fit; every third fit is killed several times before it may end. States are written after each call
into the graph, which is far more often than in use. With ``--out`` lines go to a file, and kills that are there are
not done again."""

import argparse
import hashlib
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

# A fit that makes no progress between kills would never end.
MOST_KILLS_OF_A_FIT = 4
# Every so many fits, one is killed several times.
KILLED_AGAIN = 3
# A process that takes longer than this has stopped.
MOST_SECONDS = 900


def clouds(n_rows, n_columns, n_classes, seed, spread=2.0):
    """Gaussian clouds that overlap: (X, y)."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % n_classes
    return rng.normal(size=(n_classes, n_columns))[y] * spread + rng.normal(size=(n_rows, n_columns)), y


def with_towns(n_rows, seed):
    """Numbers beside a category of many levels, some of them rare: (X, y)."""
    X, y = clouds(n_rows, 4, 3, seed)
    rng = np.random.default_rng(seed + 1)
    towns = pd.Categorical([f"town {int(t)}" for t in rng.exponential(40, n_rows)])
    return pd.DataFrame(X, columns=list("abcd")).assign(town=towns), y


# By name: parameters, and a table by its seed.
SETTINGS = {
    "members and companions": ({"max_iter": 40}, lambda seed: clouds(500, 6, 3, seed)),
    "one member": ({"n_members": 1, "max_iter": 120}, lambda seed: clouds(1500, 8, 3, seed, 0.7)),
    "batch statistics": (
        {"n_members": 2, "batch_norm": True, "dropout": 0.3, "max_iter": 40},
        lambda seed: clouds(600, 6, 2, seed, 0.6),
    ),
    "categories": ({"n_members": 4, "max_iter": 30}, lambda seed: with_towns(900, seed)),
    "repaired": ({"n_members": 1, "learning_rate": 1e3, "max_iter": 60}, lambda seed: clouds(600, 6, 3, seed)),
    "a scorer and a sampler": (
        {"n_members": 1, "scoring": "balanced_accuracy", "sampler": "balanced_batches", "max_iter": 40},
        lambda seed: clouds(700, 5, 4, seed, 0.8),
    ),
    "no random state": ({"n_members": 1, "random_state": None, "max_iter": 60}, lambda seed: clouds(500, 5, 2, seed)),
}


def one_fit(setting, seed, path):
    """Fit once with a checkpoint file, if `path` is not empty, and print a hash of the probabilities."""
    for module in ("_fit.fit", "_network.training"):  # here, so that the moments of the kills lie in the fit
        importlib.import_module(f"robust_mlp.{module}")
    from robust_mlp import RobustMLPClassifier
    from robust_mlp._fit import checkpoint

    checkpoint.SECONDS_BETWEEN, checkpoint.SHARE_FOR_WRITING = 0.0, float("inf")
    parameters, table = SETTINGS[setting]
    X, y = table(seed)
    clf = RobustMLPClassifier(**({"random_state": seed, "checkpoint": path or None} | parameters))
    print("begins", flush=True)
    began = time.monotonic()
    clf.fit(X, y)
    bits = hashlib.sha256(clf.predict_proba(X).tobytes()).hexdigest()
    trainings = [attempt.n_epochs for attempt in clf.report_.attempts]
    print(json.dumps({"bits": bits, "seconds": time.monotonic() - began, "epochs": trainings}), flush=True)


def run(setting, seed, path, kill_after=None):
    """The result of a fit in a process of its own, or None if it was killed `kill_after` seconds after its begin."""
    command = [sys.executable, "-W", "ignore", __file__, "--one", setting, str(seed), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begins\n"
        if kill_after is not None:
            try:
                process.wait(kill_after)
            except subprocess.TimeoutExpired:
                process.kill()
                return None
        said = process.communicate(timeout=MOST_SECONDS)[0]
        return json.loads(said) if process.returncode == 0 else {"bits": f"exit {process.returncode}"}


def seeds_in(path):
    """The seeds that a checkpoint file holds, as text; empty where there is no file."""
    from robust_mlp.persistence.file_format.unfinished_fit import read_unfinished_fit

    return json.dumps(read_unfinished_fit(path).seeds, sort_keys=True) if path.exists() else ""


def one_kill(number, setting, seed, whole, folder):
    """Kill a fit once or several times, let it end, and compare: a dict."""
    rng = np.random.default_rng([seed, number])
    path = folder / f"{number}.fit"
    n_kills, result, seeds = 0, None, set()
    most = MOST_KILLS_OF_A_FIT if number % KILLED_AGAIN == 0 else 1
    while result is None and n_kills < most:
        result = run(setting, seed, path, kill_after=rng.uniform(0, whole["seconds"]))
        n_kills += result is None
        seeds.add(seeds_in(path))
    if result is None:
        result = run(setting, seed, path)
    is_drawn = SETTINGS[setting][0].get("random_state", 0) is None
    is_equal = len(seeds - {""}) <= 1 and "epochs" in result if is_drawn else result["bits"] == whole["bits"]
    return {
        "number": number,
        "setting": setting,
        "kills": n_kills,
        "equal": is_equal,
        "left": path.exists() or any(folder.glob(".unfinished-*")),
    }


def main():
    """Kill fits and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10, help="fits to kill")
    parser.add_argument("--seed", type=int, default=0, help="of tables, networks and moments")
    parser.add_argument("--out", type=Path, help="file of results; those that it holds are not computed again")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        one_fit(args.one[0], int(args.one[1]), args.one[2])
        return
    done = [json.loads(line) for line in args.out.read_text().splitlines()] if args.out and args.out.exists() else []
    wholes: dict = {}
    names = list(SETTINGS)
    for number in range(args.kills):
        if any(line["number"] == number for line in done):
            continue
        setting = names[number % len(names)]
        if setting not in wholes:
            wholes[setting] = run(setting, args.seed, "")
        with tempfile.TemporaryDirectory() as folder:
            done.append(one_kill(number, setting, args.seed, wholes[setting], Path(folder)))
        print(json.dumps(done[-1]), flush=True)
        if args.out:
            with args.out.open("a") as file:
                file.write(json.dumps(done[-1]) + "\n")
    n_killed = sum(line["kills"] for line in done)
    print(f"{sum(line['equal'] for line in done)} of {len(done)} fits finished with equal bits, after {n_killed} kills")


if __name__ == "__main__":
    main()
