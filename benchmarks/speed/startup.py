"""What a new process pays: for the import, for a prediction from a pickle, for its first fit.

python -m benchmarks.speed.startup [--repeats 5]"""

import argparse
import pickle
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.speed.common import claim, fresh_process
from robust_mlp import RobustMLPClassifier

MOST_IMPORT, MOST_UNPICKLE = 0.15, 0.2
MOST_BYTES = 40_000
HEAVY = ("tensorflow", "keras", "scikeras", "pandas", "matplotlib", "imblearn")

IMPORT = """
import time, sys
import numpy, scipy.special, scipy.stats, scipy.optimize
import sklearn.base, sklearn.utils.validation, sklearn.metrics, sklearn.model_selection
before = set(sys.modules)  # scikit-learn itself loads pandas where it is installed
start = time.perf_counter()
import robust_mlp
robust_mlp.RobustMLPClassifier
print(time.perf_counter() - start, *[name for name in {heavy} if name in set(sys.modules) - before])
"""
UNPICKLE = """
import time, sys, pickle
import numpy as np
import sklearn.base, sklearn.utils.validation, sklearn.metrics, sklearn.model_selection
before = set(sys.modules)
start = time.perf_counter()
clf = pickle.load(open({path!r}, "rb"))
clf.predict_proba(np.zeros((1, 20), np.float32))
print(time.perf_counter() - start, *[name for name in {heavy} if name in set(sys.modules) - before])
"""
FIRST_FIT = """
import time
import numpy as np
from robust_mlp import RobustMLPClassifier
rng = np.random.default_rng(0)
X, y = rng.normal(size=(1000, 20)).astype(np.float32), rng.integers(0, 2, 1000)
y[X[:, 0] > 0] = 1
start = time.perf_counter()
import tensorflow
imported = time.perf_counter()
import keras
from robust_mlp._network import runtime
runtime.load()
ready = time.perf_counter()
clf = RobustMLPClassifier((64, 64), n_members=1, max_iter=10, random_state=0)
clf.fit(X, y)
first = time.perf_counter()
clf.fit(X, y)
print(imported - start, ready - imported, first - ready, time.perf_counter() - first)
"""


def repeated(code, repeats):
    """(median of the seconds printed first, modules printed after) of several fresh processes."""
    printed = [fresh_process(code).split() for _ in range(repeats)]
    return median(float(words[0]) for words in printed), sorted({name for words in printed for name in words[1:]})


def main(arguments=None):
    """Print every time and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="startup", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    seconds, loaded = repeated(IMPORT.format(heavy=HEAVY), options.repeats)
    holds = [
        claim(seconds <= MOST_IMPORT, f"the import takes {seconds:.3f} s beyond scikit-learn's (at most {MOST_IMPORT})")
    ]
    holds.append(claim(not loaded, f"the import loads {loaded or 'none'} of {', '.join(HEAVY)}"))
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 20)).astype(np.float32)
    plain = {"n_members": 1, "numerical_embedding": None, "max_iter": 3, "random_state": 0}
    fitted = RobustMLPClassifier((64, 64), **plain).fit(X, X[:, 0] > 0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clf.pickle")
        path.write_bytes(pickle.dumps(fitted))
        size = path.stat().st_size
        seconds, loaded = repeated(UNPICKLE.format(path=str(path), heavy=HEAVY), options.repeats)
    text = f"unpickling and predicting takes {seconds:.3f} s beyond scikit-learn's import (at most {MOST_UNPICKLE})"
    holds.append(claim(seconds <= MOST_UNPICKLE, text))
    holds.append(claim(not loaded, f"unpickling and predicting loads {loaded or 'none'} of {', '.join(HEAVY)}"))
    holds.append(
        claim(
            size <= MOST_BYTES,
            f"a pickle of one (64, 64) network on 20 columns has {size} bytes (at most {MOST_BYTES})",
        )
    )
    parts = np.median([list(map(float, fresh_process(FIRST_FIT).split())) for _ in range(options.repeats)], axis=0)
    names = ("import of TensorFlow", "import of Keras and first operation", "first fit, trace included", "second fit")
    print(
        "A first fit of 1000 x 20: "
        + ", ".join(f"{name} {value:.2f} s" for name, value in zip(names, parts, strict=True))
    )
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
