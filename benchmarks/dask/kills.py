"""Fits on a cluster of two processes, one of which is killed at a random moment: how many finish, with which bits.

    python -m benchmarks.dask.kills [--kills 40] [--engines ours xgboost lightgbm] [--least-seconds 600] [--out FILE]

Each fit runs in a process of its own. It hangs, and is ended, if it takes ten times as long as one without a kill, and
ten minutes (`--least-seconds`) at least. Resumable. Engines that are not installed are left out with a word."""

import argparse
import hashlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np

from benchmarks.lines import RESULTS, ResultLines, versions

N_ROWS, N_COLUMNS, N_PARTITIONS = 20_000, 10, 8
# A fit hangs if it takes so many times as long as one without a kill, and so many seconds at least: a worker that is
# begun anew loads its libraries, which takes long on a machine that does other things.
TIMES_OF_A_FIT, LEAST_SECONDS = 10, 600


def table():
    """Dask collections of a table of three classes."""
    import dask.array as da
    from sklearn.datasets import make_classification

    X, y = make_classification(N_ROWS, N_COLUMNS, n_informative=6, n_classes=3, random_state=0)
    size = N_ROWS // N_PARTITIONS
    return da.from_array(X, chunks=(size, N_COLUMNS)), da.from_array(y, chunks=size), X[:1000]


def ours(client, X, y):
    """Our classifier, fitted."""
    from robust_mlp.dask import DaskRobustMLPClassifier

    clf = DaskRobustMLPClassifier(
        client=client, sample_size=4000, n_groups=4, n_members=1, hidden_layer_sizes=32, max_iter=20, random_state=0
    )
    return clf.fit(X, y).to_local()


def xgboost(client, X, y):
    """XGBoost's, fitted."""
    from xgboost.dask import DaskXGBClassifier

    clf = DaskXGBClassifier(n_estimators=200, random_state=0)
    clf.client = client
    return without_dask(clf.fit(X, y))


def without_dask(fitted):
    """XGBoost's classifier for tables in memory, with the trees of one that a cluster has fitted."""
    from xgboost import XGBClassifier

    local = XGBClassifier()
    local.load_model(fitted.get_booster().save_raw("json"))
    return local


def lightgbm(client, X, y):
    """LightGBM's, fitted."""
    from lightgbm import DaskLGBMClassifier

    return DaskLGBMClassifier(client=client, n_estimators=200, random_state=0).fit(X, y).to_local()


ENGINES = {"ours": ours, "xgboost": xgboost, "lightgbm": lightgbm}


def fit_here(engine, share, seconds):
    """Fit on a cluster of this process; kill a worker once `share` of `seconds` are over, unless they are None.

    Returns
    -------
    found : dict
        `bits` of the probabilities of some rows, `seconds`, and whether a worker was killed while the fit ran.
    """
    from distributed import Client, LocalCluster

    X, y, new = table()
    rng = np.random.default_rng(int(1e6 * (share or 0)))
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster,
        Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        is_over, killed = threading.Event(), []

        def kill():
            if not is_over.wait(share * seconds):
                os.kill(int(rng.choice(pids)), signal.SIGKILL)
                killed.append(True)

        began = time.perf_counter()
        if share is not None:
            threading.Thread(target=kill, daemon=True).start()
        model = ENGINES[engine](client, X, y)
        is_over.set()
        seconds = time.perf_counter() - began
        probabilities = np.asarray(model.predict_proba(new))
    bits = hashlib.sha256(np.ascontiguousarray(probabilities).tobytes()).hexdigest()
    return {"bits": bits, "seconds": seconds, "is_killed": bool(killed)}


def run(engine, share, seconds, least_seconds=LEAST_SECONDS):
    """The same in a process of its own; `ended` says how it ended."""
    command = [sys.executable, "-m", "benchmarks.dask.kills", "--child", engine]
    if share is not None:
        command += ["--share", str(share), "--seconds", str(seconds)]
    limit = max(least_seconds, TIMES_OF_A_FIT * (seconds or 0))
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"ended": "hangs", "limit": limit}
    if done.returncode:
        return {"ended": "fails", "error": (done.stderr.splitlines() or ["?"])[-1][:300]}
    return {"ended": "finishes", **json.loads(done.stdout.splitlines()[-1])}


def main(arguments=None):
    """Make the fits that are missing and print what became of them; 0 if all of ours finish with the same bits."""
    parser = argparse.ArgumentParser(prog="kills", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--least-seconds", type=float, default=LEAST_SECONDS, help="after which a fit may hang")
    parser.add_argument("--out", default=RESULTS / "dask_kills.jsonl")
    parser.add_argument("--child", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--share", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        warnings.simplefilter("ignore")
        print(json.dumps(fit_here(options.child, options.share, options.seconds)))
        return 0
    results, holds = ResultLines(options.out, ("engine", "kill")), True
    shares = np.random.default_rng(0).random(options.kills)
    for engine in options.engines:
        if engine != "ours" and importlib.util.find_spec(engine) is None:
            print(f"{engine} is not installed, and is left out.")
            continue
        for kill in range(options.kills + 1):  # the first without a kill
            if results.find(engine=engine, kill=kill) is None:
                whole = None if kill == 0 else results.find(engine=engine, kill=0)["seconds"]
                found = run(engine, None if kill == 0 else float(shares[kill - 1]), whole, options.least_seconds)
                results.add({"engine": engine, "kill": kill, **found, "versions": versions()})
            line = results.find(engine=engine, kill=kill)
            print(
                f"{engine:9} kill {kill:2}: {line['ended']} {line.get('bits', line.get('error', ''))[:60]}", flush=True
            )
            if kill == 0 and line["ended"] != "finishes":
                print(f"{engine} does not finish without a kill either, and is left out.")
                break
        lines = [results.find(engine=engine, kill=kill) for kill in range(options.kills + 1)]
        if None in lines:
            continue
        same = sum(line.get("bits") == lines[0].get("bits") for line in lines[1:])
        n_killed = sum(line.get("is_killed", True) for line in lines[1:])
        passed = same == options.kills
        print(f"{'PASS' if passed else 'FAIL'} {engine}: {same} of {options.kills} same bits, {n_killed} killed")
        holds = holds and (passed or engine != "ours")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
