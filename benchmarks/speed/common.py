"""What the scripts of this folder share: interleaved timing, the floor of matrix products, fresh processes, claims."""

import os
import subprocess
import sys
import time
from itertools import pairwise
from statistics import median

import numpy as np


def interleaved(functions, repeats):
    """Median seconds of each function, called in turn so that a busy moment hits all alike.

    Parameters
    ----------
    functions : dict of str to callable
        Called without arguments; what it returns is taken as its seconds, or its wall time if it returns None.
    repeats : int

    Returns
    -------
    seconds : dict of str to float
    """
    seconds = {name: [] for name in functions}
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            found = function()
            seconds[name].append(time.perf_counter() - start if found is None else found)
    return {name: median(values) for name, values in seconds.items()}


def of_one_epoch(fit, n_epochs, shortest=1):
    """A function that gives the seconds of one epoch: a long training less a short one, so that set-up cancels out.

    Parameters
    ----------
    fit : callable
        Called with a number of epochs.
    n_epochs : int
        By which the long training is longer.
    shortest : int, default=1
        Epochs of the short one.
    """

    def measure():
        start = time.perf_counter()
        fit(shortest)
        middle = time.perf_counter()
        fit(shortest + n_epochs)
        return (time.perf_counter() - middle - (middle - start)) / n_epochs

    return measure


def several(function, n):
    """A function that calls another one n times and gives the mean of its seconds."""

    def measure():
        start = time.perf_counter()
        for _ in range(n):
            function()
        return (time.perf_counter() - start) / n

    return measure


def products(n_rows, widths, batch_size, n_members=1):
    """The floor: one epoch's matrix products alone, forward and both backward ones, in NumPy's BLAS, float32."""
    rng = np.random.default_rng(0)
    layers = []
    for a, b in pairwise(widths):
        shapes = [(batch_size, a), (a, b), (batch_size, b)]
        layers.append([rng.standard_normal(shape, dtype=np.float32) for shape in shapes])
    n_steps = -(-n_rows // batch_size) * n_members

    def run():
        for _ in range(n_steps):
            for i, (x, w, g) in enumerate(layers):
                x @ w
                x.T @ g
                if i:  # nobody asks for the gradient of the inputs
                    g @ w.T

    return run


def fresh_process(code, **environment):
    """What a program prints in a new Python process, without TensorFlow's log."""
    settings = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment}
    settings.pop("PYTHONDONTWRITEBYTECODE", None)  # byte code is there, as in any package that is installed
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=settings, check=False)
    if done.returncode:
        raise RuntimeError(f"the program ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout.strip()


def claim(holds, text):
    """Print a claim; returns whether it holds."""
    print(f"{'PASS' if holds else 'FAIL'}: {text}.", flush=True)
    return holds
