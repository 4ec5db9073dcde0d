"""Model files: damaged and hostile ones, sizes and times beside joblib's, and saves that are killed.

python -m benchmarks.persistence                          # all parts in full: 5,000 files, 200 kills
python -m benchmarks.persistence --part damage --n-files 500
"""

import argparse
import io
import os
import pickle
import resource
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from benchmarks.hostile_files import KINDS, hostile_files
from benchmarks.lines import RESULTS, ResultLines, versions

PARTS = ("damage", "size", "time", "kill")
N_FILES, N_KILLS = 5000, 200
# What the claims allow.
MOST_SECONDS_A_FILE, MOST_MEMORY = 2.0, 3.0
MOST_SECONDS, MOST_SIZE = 0.020, 1.2
N_TIMES = 30
# Events of Python that reading a file has no business with. Modules are imported before anybody listens.
FORBIDDEN = {
    "os.system",
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "exec",
    "pickle.find_class",
    "socket.connect",
}


def honest_classifier(n_rows=1000, n_columns=20):
    """A default fit, and rows to predict."""
    from sklearn.datasets import make_classification

    from robust_mlp import RobustMLPClassifier

    X, y = make_classification(n_rows, n_columns, n_informative=n_columns // 3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RobustMLPClassifier(random_state=0).fit(X, y), X


class Listener:
    """Notes forbidden events while it is on. Python has no way to take an audit hook away again."""

    def __init__(self):
        self.is_on, self.noted = False, []
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        if self.is_on and (event in FORBIDDEN or _opens_to_write(event, arguments)):
            self.noted.append(event)


def _opens_to_write(event, arguments):
    if event != "open":
        return False
    _, mode, flags = arguments
    return any(letter in (mode or "") for letter in "wax+") or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))


def try_files(model, rows, n_files, folder, *, seed=0):
    """Read hostile files that were made from an honest one.

    Parameters
    ----------
    model : path-like
        The honest file.
    rows : table
        A few, to predict with what can be loaded.
    n_files : int
    folder : path-like
        For the hostile files, one at a time.
    seed : int, default=0

    Returns
    -------
    counts : dict
        For each kind of file how many were tried, were refused, were valid (another value of a parameter, say) and
        predicted; `wrong`: what else happened, as text; `memory`: the peak of this process, in peaks after the honest
        file; `seconds`: of the processor, the longest; `events`: what code was run.
    """
    from robust_mlp import ModelFileError, load_model

    load_model(model).predict_proba(rows)  # imports what is needed
    honest = _peak()
    path, listener = Path(folder) / "hostile.rmlp", Listener()
    counts = {"kinds": {kind: [0, 0, 0] for kind in KINDS}, "wrong": [], "memory": 0.0, "seconds": 0.0}
    for i, (kind, data) in enumerate(hostile_files(Path(model).read_bytes(), n_files, seed)):
        path.write_bytes(data)
        listener.is_on = True
        outcome, seconds = _measured(lambda: load_model(path))
        listener.is_on = False
        counts["memory"] = _peak() / honest
        counts["seconds"] = max(counts["seconds"], seconds)
        counts["kinds"][kind][0] += 1
        if isinstance(outcome, ModelFileError):
            counts["kinds"][kind][1] += 1
        elif isinstance(outcome, BaseException):
            counts["wrong"].append(f"file {i}, {kind}: {type(outcome).__name__}: {outcome}")
        else:
            fault = _fault_of(outcome, rows)
            counts["kinds"][kind][2] += not fault
            counts["wrong"] += [f"file {i}, {kind}: {fault}"] if fault else []
    return counts | {"events": sorted(set(listener.noted))}


def _measured(function):
    """(result or exception, seconds of the processor)."""
    begun = time.process_time()
    try:
        outcome = function()
    except Exception as error:
        outcome = error
    return outcome, time.process_time() - begun


def _peak():
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _fault_of(clf, rows):
    """What is wrong with the predictions of a classifier that was loaded, or ''."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            probabilities = clf.predict_proba(rows)
            clf.predict(rows)
            str(clf.report_) if hasattr(clf, "report_") else None
    except Exception as error:
        return f"predicting raised {type(error).__name__}: {error}"
    is_right = np.isfinite(probabilities).all() and np.allclose(probabilities.sum(axis=1), 1)
    return "" if is_right else "probabilities are none"


def killed_saves(clf, folder, n_kills, *, seed=0):
    """Kill saves over an existing file at random moments: how many left a whole file, and how many the new one.

    Parameters
    ----------
    clf : fitted RobustMLPClassifier
    folder : path-like
    n_kills : int
    seed : int, default=0

    Returns
    -------
    n_whole, n_new : int
    """
    place, new = Path(folder) / "m.rmlp", Path(folder) / "new.rmlp"
    clf.save_model(place, leave_out=["report_"])
    begun = time.perf_counter()
    clf.save_model(new)
    longest = 1.5 * (time.perf_counter() - begun)
    contents, delays = (place.read_bytes(), new.read_bytes()), np.random.default_rng(seed).uniform(0, longest, n_kills)
    n_whole = n_new = 0
    for delay in delays:
        place.write_bytes(contents[0])
        child = os.fork()
        if child == 0:
            clf.save_model(place)
            os._exit(0)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        left = place.read_bytes()
        n_whole, n_new = n_whole + (left in contents), n_new + (left == contents[1])
        for unfinished in Path(folder).glob(".unfinished-*"):
            unfinished.unlink()
    return n_whole, n_new


def sizes(clf, folder):
    """(bytes of the model file, of the pickle, of the model file without rows)."""
    clf.save_model(Path(folder) / "m.rmlp")
    clf.save_model(Path(folder) / "few.rmlp", rows=False)
    n_bytes = [(Path(folder) / name).stat().st_size for name in ("m.rmlp", "few.rmlp")]
    return n_bytes[0], len(pickle.dumps(clf)), n_bytes[1]


def times(clf, folder):
    """Least seconds of save and load together: of the model file, of joblib, of pickle in memory."""
    import joblib

    from robust_mlp import load_model

    def ours():
        clf.save_model(Path(folder) / "m.rmlp")
        load_model(Path(folder) / "m.rmlp")

    def with_joblib():
        joblib.dump(clf, Path(folder) / "m.joblib")
        joblib.load(Path(folder) / "m.joblib")

    def in_memory():
        pickle.load(io.BytesIO(pickle.dumps(clf)))

    return [min(_seconds(function) for _ in range(N_TIMES)) for function in (ours, with_joblib, in_memory)]


def _seconds(function):
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def claim(is_true, text):
    """Print a claim with its figures; whether it holds."""
    print(f"{'PASS' if is_true else 'FAIL'} {text}", flush=True)
    return is_true


def run(part, options, folder):
    """Run one part, keep its figures, and print its claims; whether all hold."""
    clf, X = honest_classifier(*((120, 6) if part == "damage" else (1000, 20)))
    lines = ResultLines(RESULTS / "persistence.jsonl", ["part", "n"])
    n = {"damage": options.n_files, "kill": options.n_kills}.get(part, N_TIMES)
    lines.drop(part=part, n=n)
    if part == "damage":
        clf.save_model(Path(folder) / "honest.rmlp")
        found = try_files(Path(folder) / "honest.rmlp", X[:5], n, folder)
        lines.add({"part": part, "n": n, **found, **versions()})
        tried, refused, valid = np.sum(list(found["kinds"].values()), axis=0).tolist()
        for kind, (n_tried, n_refused, n_valid) in found["kinds"].items():
            print(f"  {kind:20s} {n_tried:5d} tried, {n_refused:5d} refused, {n_valid:5d} valid and predicting")
        print(*[f"  {text[:300]}" for text in found["wrong"][:20]], sep="\n")
        return all(
            [
                claim(
                    not found["wrong"] and refused + valid == tried, f"{tried} files: {refused} errors, {valid} valid"
                ),
                claim(not found["events"], f"code run: {found['events'] or 'none'}"),
                claim(found["memory"] <= MOST_MEMORY, f"memory: {found['memory']:.2f} x the honest file's"),
                claim(found["seconds"] <= MOST_SECONDS_A_FILE, f"longest: {found['seconds']:.2f} s of the processor"),
            ]
        )
    if part == "size":
        ours, pickled, few = sizes(clf, folder)
        lines.add({"part": part, "n": n, "bytes": ours, "pickle": pickled, "without_rows": few, **versions()})
        return claim(ours <= MOST_SIZE * pickled, f"{ours:,} bytes, pickle {pickled:,}, without rows {few:,}")
    if part == "time":
        ours, with_joblib, in_memory = times(clf, folder)
        lines.add({"part": part, "n": n, "seconds": ours, "joblib": with_joblib, "memory": in_memory, **versions()})
        return claim(ours <= MOST_SECONDS, f"save + load {1e3 * ours:.1f} ms, joblib {1e3 * with_joblib:.1f} ms")
    n_whole, n_new = killed_saves(clf, folder, n)
    lines.add({"part": part, "n": n, "whole": n_whole, "new": n_new, **versions()})
    return claim(n_whole == n, f"{n} kills: {n_whole} whole files, {n_new} of them the new one")


def main():
    """Run the parts asked for; the exit code is 0 if every claim holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--n-files", type=int, default=N_FILES)
    parser.add_argument("--n-kills", type=int, default=N_KILLS)
    options = parser.parse_args()
    results = []
    for part in options.part:
        with tempfile.TemporaryDirectory() as folder:
            results.append(run(part, options, folder))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
