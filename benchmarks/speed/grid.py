"""Searching a grid: against MLPClassifier and scikeras, how often the graph is traced, and two jobs against one.

    python -m benchmarks.speed.grid [--repeats 3] [--only search traces jobs]

12 fits (6 candidates, 2 folds) of 1000 x 20, hidden (64, 64), 50 epochs. Each contender runs in a process of its own,
which has imported it and fitted nothing, so that ours pays for its first trace."""

import argparse
import sys
from statistics import median

from benchmarks.speed.common import claim, fresh_process

MOST_OF_MLP, LEAST_OF_SCIKERAS = 1.0, 30.0
LEAST_OF_JOBS = 1.6
JOB_EPOCHS = 1500  # a fit of some seconds: a new process imports TensorFlow first, which takes three
ONE_JOB = "n_jobs=1"

SEARCH = """
import gc, joblib, time, warnings
warnings.simplefilter("ignore")
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV
X, y = make_classification(1000, 20, n_informative=8, random_state=0)
X = X.astype("float32")
{make}
search = GridSearchCV(clf, {grid}, cv=2, refit=False)
gc.collect()  # what imports left behind is not collected on the search's time
start = time.perf_counter()
with joblib.parallel_config({jobs}):
    search.fit(X, y)
print(time.perf_counter() - start)
{more}
"""
OURS = """
import keras  # what a process that trains networks has imported anyway
from robust_mlp import RobustMLPClassifier
clf = RobustMLPClassifier((64, 64), n_members=1, max_iter=50, batch_size=200, early_stopping=False, random_state=0,
    activation="relu", dropout=0.0, learning_rate_schedule=None, learning_rate=0.001, numerical_embedding=None,
    collapse_guard="off")
"""
MLP = """
from sklearn.neural_network import MLPClassifier
clf = MLPClassifier((64, 64), max_iter=50, n_iter_no_change=1000, batch_size=200, random_state=0)
"""
SCIKERAS = """
import keras
from scikeras.wrappers import KerasClassifier
def build():
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(64, "relu"),
        keras.layers.Dense(1, "sigmoid")])
    return model
clf = KerasClassifier(build, loss="binary_crossentropy", optimizer="adam", epochs=50, batch_size=200, verbose=0)
"""
GRIDS = {
    "ours": (OURS, '{"learning_rate": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]}'),
    "MLPClassifier": (MLP, '{"learning_rate_init": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]}'),
    "scikeras": (SCIKERAS, '{"optimizer__learning_rate": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2]}'),
}
TENSORS = """{"learning_rate": [1e-4, 1e-2], "dropout": [0.1, 0.3], "weight_decay": [0.0, 0.1], "batch_size": [50, 200],
    "class_weight": [None, "balanced"]}"""
LARGE = '{"learning_rate": [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2], "weight_decay": [0.0, 1e-3, 1e-2, 1e-1]}'


def search(repeats):
    """Against MLPClassifier and scikeras."""
    seconds = {name: [] for name in GRIDS}
    for turn in range(repeats):
        for name, (make, grid) in GRIDS.items():
            if name != "scikeras" or turn == 0:  # it takes most of a minute
                seconds[name].append(float(fresh_process(SEARCH.format(make=make, grid=grid, jobs=ONE_JOB, more=""))))
    middle = {name: median(values) for name, values in seconds.items()}
    for name, value in middle.items():
        print(f"{name:16}{value:8.2f} s for 12 fits", flush=True)
    to_mlp, to_scikeras = middle["ours"] / middle["MLPClassifier"], middle["scikeras"] / middle["ours"]
    first = claim(to_mlp <= MOST_OF_MLP, f"12 fits take {to_mlp:.2f} of MLPClassifier's time (at most {MOST_OF_MLP})")
    text = f"12 fits are {to_scikeras:.1f} times as fast as scikeras' (at least {LEAST_OF_SCIKERAS:.0f})"
    return claim(to_scikeras >= LEAST_OF_SCIKERAS, text) and first


def traces(repeats):
    """One trace for a grid over what are tensors in the graph."""
    make = OURS.replace("dropout=0.0, ", "").replace("max_iter=50", "max_iter=3")
    more = "from robust_mlp._network.engine_cache import count_traces\nprint(count_traces())"
    found = fresh_process(SEARCH.format(make=make, grid=TENSORS, jobs=ONE_JOB, more=more))
    n_traces = int(found.split()[-1])
    return claim(n_traces == 1, f"a grid over five settings traces {n_traces} times (1)")


def jobs(repeats):
    """Two jobs against one, with processes and with threads, on 48 fits that take far longer than starting a process.

    Measured once, since it takes minutes.
    """
    del repeats
    make, holds = OURS.replace("max_iter=50", f"max_iter={JOB_EPOCHS}"), []
    ways = {"one job": ONE_JOB, "loky": '"loky", n_jobs=2', "threading": '"threading", n_jobs=2'}
    middle = {}
    for name, setting in ways.items():
        middle[name] = float(fresh_process(SEARCH.format(make=make, grid=LARGE, jobs=setting, more="")))
        print(f"{name:16}{middle[name]:8.2f} s for 48 fits", flush=True)
    for name in ("loky", "threading"):
        ratio = middle["one job"] / middle[name]
        text = f"two jobs with {name}: {ratio:.2f} times as fast (at least {LEAST_OF_JOBS})"
        holds.append(claim(ratio >= LEAST_OF_JOBS, text))
    return all(holds)


PARTS = {"search": search, "traces": traces, "jobs": jobs}


def main(arguments=None):
    """Print every time and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="grid", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=list(PARTS), choices=PARTS)
    options = parser.parse_args(arguments)
    return 0 if all([PARTS[name](options.repeats) for name in options.only]) else 1


if __name__ == "__main__":
    sys.exit(main())
