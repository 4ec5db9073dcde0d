"""The small installation: its size, the time to its first prediction, and one row through a file and through ONNX.

Runs the installing lines of docs/examples/serving/Dockerfile in a temporary folder, so that the recipe itself is
measured. Asks a package index for numpy, scikit-learn, fastapi and uvicorn.

python -m benchmarks.small_install
"""

import argparse
import json
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.persistence import claim, honest_classifier

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "docs" / "examples" / "serving" / "Dockerfile"
# What the claims allow.
MOST_MEGABYTES, MOST_SECONDS, MOST_ROW_SECONDS = 300, 1.5, 1e-3
MEGABYTE = 1e6
N_STARTS, N_ROWS = 12, 2000
# Only the application needs them; a process that predicts without it has the rest.
OF_THE_APPLICATION = ("fastapi", "uvicorn")
# None of these may be there.
ABSENT = ("tensorflow", "keras", "scikeras", "imblearn", "pandas")

FIRST = """
import sys, time
import numpy
from robust_mlp import load_model
clf = load_model(sys.argv[1])
clf.predict_proba(numpy.load(sys.argv[2])[:1])
print(time.time())
"""
ROWS = """
import sys, time, json
import numpy
from importlib.util import find_spec
from robust_mlp import load_model
clf, X = load_model(sys.argv[1]), numpy.load(sys.argv[2])
seconds = []
for i in range(int(sys.argv[3])):
    row = X[i % len(X)][None, :]
    begun = time.perf_counter()
    clf.predict_proba(row)
    seconds.append(time.perf_counter() - begun)
print(json.dumps([seconds, clf.predict_proba(X).tolist(), [n for n in sys.argv[4].split(",") if find_spec(n)]]))
"""


def first_stage(text):
    """(copies, commands) of the first stage of a Dockerfile: pairs (source, target), and lists of arguments."""
    stage = re.split(r"^FROM .*$", text, flags=re.MULTILINE)[1]
    copies, commands = [], []
    for line in stage.splitlines():
        verb, _, rest = line.partition(" ")
        if verb == "COPY":
            *sources, target = shlex.split(rest)
            copies += [(source, target) for source in sources]
        elif verb == "RUN":
            commands.append(shlex.split(rest))
    return copies, commands


def install(folder, *, without=()):
    """Run the Dockerfile's first stage below a folder in place of the root.

    Parameters
    ----------
    folder : Path
    without : sequence of str, default=()
        Names of requirements that are left out.

    Returns
    -------
    environment : Path
    """
    copies, commands = first_stage(DOCKERFILE.read_text(encoding="utf-8"))
    for source, target in copies:
        place = folder / target.lstrip("/")
        if target.endswith("/"):
            place /= source
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, place)
    requirements = folder / "src" / "requirements.txt"
    lines = requirements.read_text(encoding="utf-8").splitlines(keepends=True)
    requirements.write_text("".join(line for line in lines if not line.startswith(tuple(without))), encoding="utf-8")
    for command in commands:
        command = [re.sub(r"^/(?=(src|venv)\b)", f"{folder}/", word) for word in command]
        command = [sys.executable if word == "python" else word for word in command]
        quiet = ["-q", "--disable-pip-version-check"] if "install" in command else []
        subprocess.run(command + quiet, check=True, stdout=subprocess.DEVNULL)
    return folder / "venv"


def sizes(environment):
    """(bytes of all files, {package: bytes} of the largest) of an environment; links count nothing."""
    of_package, total = {}, 0
    site = next(environment.glob("lib/python*/site-packages"))
    for path in environment.rglob("*"):
        if path.is_file() and not path.is_symlink() and "lib64" not in path.relative_to(environment).parts:
            total += path.stat().st_size
            if path.is_relative_to(site):
                name = path.relative_to(site).parts[0].removesuffix(".libs")
                of_package[name] = of_package.get(name, 0) + path.stat().st_size
    return total, dict(sorted(of_package.items(), key=lambda item: -item[1])[:8])


def first_predictions(python, model, rows, n_starts=N_STARTS):
    """Of each of several processes, one after the other: seconds from its start to its first prediction, and seconds of
    the processor, which do not count what else the machine does."""
    found, of_processor = [], []
    for _ in range(n_starts):
        before, begun = _processor_seconds(), time.time()
        ended = subprocess.run([python, "-c", FIRST, model, rows], capture_output=True, text=True, check=True)
        found.append(float(ended.stdout) - begun)
        of_processor.append(_processor_seconds() - before)
    return found, of_processor


def _processor_seconds():
    """Of all processes that this one waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def import_seconds(python, model, rows):
    """{package: seconds} of the modules that a first prediction imports, without what they import."""
    command = [python, "-X", "importtime", "-c", FIRST, model, rows]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {}
    for line in ended.stderr.splitlines():
        match = re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)", line)
        if match:
            name = match[2].split(".")[0]
            name = name if name in ("numpy", "scipy", "sklearn", "robust_mlp", "narwhals", "joblib") else "others"
            found[name] = found.get(name, 0.0) + int(match[1]) / 1e6
    return found


def onnx_row_seconds(clf, X, n_rows=N_ROWS):
    """Seconds of each of many predictions of one row by onnxruntime, and its largest difference to predict_proba."""
    import onnxruntime

    from robust_mlp import to_onnx

    session = onnxruntime.InferenceSession(to_onnx(clf).SerializeToString())
    X = X.astype(np.float64)
    seconds = []
    for i in range(n_rows):
        row = X[i % len(X)][None, :]
        begun = time.perf_counter()
        session.run(None, {"X": row})
        seconds.append(time.perf_counter() - begun)
    return seconds, float(abs(session.run(None, {"X": X})[1] - clf.predict_proba(X)).max())


def told(seconds, unit=1.0):
    """(least, median) of some times, in a unit."""
    return min(seconds) / unit, float(np.median(seconds)) / unit


def main():
    """Measure, print and keep the figures; the exit code is 0 if every claim holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--n-starts", type=int, default=N_STARTS)
    options = parser.parse_args()
    clf, X = honest_classifier()
    lines = ResultLines(RESULTS / "small_install.jsonl", ["part"])
    results = []
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        model, rows = folder / "m.rmlp", folder / "X.npy"
        clf.save_model(model)
        np.save(rows, X)
        for part, without in (("predict", OF_THE_APPLICATION), ("serve", ())):
            environment = install(folder / part, without=without)
            total, largest = sizes(environment)
            lines.drop(part=part)
            lines.add({"part": part, "bytes": total, "largest": largest})
            print(*[f"  {name:24s} {size / MEGABYTE:6.1f} MB" for name, size in largest.items()], sep="\n")
            results.append(claim(total <= MOST_MEGABYTES * MEGABYTE, f"{part}: {total / MEGABYTE:.0f} MB"))
        python = str(folder / "predict" / "venv" / "bin" / "python")
        started, of_processor = first_predictions(python, model, rows, options.n_starts)
        imported = import_seconds(python, model, rows)
        ended = subprocess.run(
            [python, "-c", ROWS, model, rows, str(N_ROWS), ",".join(ABSENT)], capture_output=True, text=True, check=True
        )
        of_rows, probabilities, present = json.loads(ended.stdout)
        of_onnx, difference = onnx_row_seconds(clf, X)
        lines.drop(part="time")
        figures = {"first": started, "processor": of_processor, "imports": imported, "onnx_difference": difference}
        lines.add({"part": "time", **figures, "row": told(of_rows), "onnx_row": told(of_onnx), **versions()})
        print(*[f"  importing {name:14s} {1e3 * seconds:6.0f} ms" for name, seconds in imported.items()], sep="\n")
        is_same = np.array_equal(probabilities, clf.predict_proba(X))
        results += [
            claim(not present and is_same, f"the same bits; what trains is installed: {present or 'nothing'}"),
            claim(
                # The least is what the process takes; the others were kept waiting by other programs.
                told(started)[0] <= MOST_SECONDS,
                f"first prediction: least {told(started)[0]:.2f} s, median {told(started)[1]:.2f} s of "
                f"{len(started)} processes; of the processor {told(of_processor)[0]:.2f} s",
            ),
            *[
                claim(told(seconds)[1] <= MOST_ROW_SECONDS, "{}: least {:.2f} ms, median {:.2f} ms".format(name, *ms))
                for name, seconds in (("one row, model file", of_rows), ("one row, onnxruntime", of_onnx))
                for ms in [told(seconds, 1e-3)]
            ],
            claim(difference <= 1e-6, f"onnxruntime and predict_proba differ by {difference:.1e}"),
        ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
