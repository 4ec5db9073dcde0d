"""One fit in a process of its own: its scores, its time and its memory. A fit that dies does not end the run."""

import importlib
import multiprocessing
import os
import resource
import signal
import time
import warnings

import numpy as np

from benchmarks.accuracy.anchor_models import ANCHORS, PACKAGES
from benchmarks.accuracy.rival_models import classes_of
from benchmarks.tables import score
from robust_mlp.compare._metrics import calibration_error

# Linux gives the largest memory of a process in kilobytes.
KILOBYTES_OF_A_MEGABYTE = 1024


def measure_isolated(table, fold, model, *, n_threads, seconds_of_ours=None, longest=None):
    """Fit one model on one fold in a process of its own.

    Parameters
    ----------
    table : Table
    fold : int
    model : str
        A name in `ANCHORS`.
    n_threads : int
        Processors that the fit may use.
    seconds_of_ours : float, optional
        Seconds of our own fit on the same rows, for models whose time limit is a multiple of it.
    longest : int, optional
        Seconds of processor time after which the process is ended; the fit counts as failed. A busy machine does not
        change which fits fail.

    Returns
    -------
    figures : dict
        Scores; `seconds` and `cpu_seconds` of `fit`, without the import of the package it needs; `predict_seconds`;
        `start_mb` and `peak_mb` of the process. In place of all of them `error`, if the fit failed.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, table, fold, model, n_threads, seconds_of_ours, longest))
    process.start()
    sender.close()
    try:
        figures = receiver.recv()
    except EOFError:
        figures = None
    process.join()
    if figures is None and process.exitcode == -signal.SIGXCPU:
        return {"error": f"more than {longest} s of processor time"}
    return figures or {"error": f"the process ended with code {process.exitcode}"}


def figures_of(table, fold, model, n_threads, seconds_of_ours=None):
    """Fit one model on one fold in this process: dict of figures."""
    from threadpoolctl import threadpool_limits

    train, test = table.folds()[fold]
    for package in PACKAGES.get(model, ()):
        importlib.import_module(package)
    start_mb = _peak_mb()
    with warnings.catch_warnings(), threadpool_limits(n_threads):
        warnings.simplefilter("ignore")  # what a model warns of is no result
        clf = ANCHORS[model](n_threads, seconds_of_ours)
        start, cpu_start = time.perf_counter(), _cpu_seconds()
        clf.fit(table.X.iloc[train], table.y[train])
        seconds, cpu_seconds = time.perf_counter() - start, _cpu_seconds() - cpu_start
        start = time.perf_counter()
        probabilities = clf.predict_proba(table.X.iloc[test])
        predict_seconds = time.perf_counter() - start
    classes = classes_of(clf)
    figures = {key: round(value, 6) for key, value in score(table.y[test], probabilities, classes).items()}
    figures["ece"] = round(calibration_error(np.searchsorted(classes, table.y[test]), probabilities), 6)
    figures |= {"seconds": round(seconds, 3), "cpu_seconds": round(cpu_seconds, 3)}
    figures |= {"predict_seconds": round(predict_seconds, 3)}
    return figures | {"start_mb": round(start_mb, 1), "peak_mb": round(_peak_mb(), 1)}


def _send(sender, table, fold, model, n_threads, seconds_of_ours, longest):
    """In the new process: keep to so many processors and seconds, measure, send what was found."""
    if longest is not None:
        resource.setrlimit(resource.RLIMIT_CPU, (longest, longest + 1))  # at the first limit SIGXCPU, then SIGKILL
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, processors[-n_threads:])
    try:
        sender.send(figures_of(table, fold, model, n_threads, seconds_of_ours))
    except Exception as error:
        sender.send({"error": f"{type(error).__name__}: {error}"[:300]})
    sender.close()


def _peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KILOBYTES_OF_A_MEGABYTE


def _cpu_seconds():
    """Processor time of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
