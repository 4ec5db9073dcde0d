"""What `DaskRobustMLPClassifier.fit` does, step by step.

Counts the labels, draws a sample, learns the columns of all partitions, trains on the sample under the guard, goes on
from there on all partitions in rounds, and judges the result on the held-out rows of the sample."""

import copy
from dataclasses import replace

import numpy as np
from sklearn.utils import check_random_state

from robust_mlp._data.bends import found_bends
from robust_mlp._data.encoding import number_columns
from robust_mlp._data.tables import read_table
from robust_mlp._fit.checkpoint import sample_seed_of
from robust_mlp._fit.fingerprint import described, hashed
from robust_mlp._fit.fit import LargerTable
from robust_mlp._fit.fit import fit as fit_in_memory
from robust_mlp.classifier import RobustMLPClassifier
from robust_mlp.dask._columns import merge_statistics
from robust_mlp.dask._distributed import Distributed
from robust_mlp.dask._reading import Reading, prepare_part, statistics_of_part, take
from robust_mlp.dask._sample import count, draw_rows, draw_sample, own_validation

# What scikit-learn's callbacks keep on an estimator while it is fitted.
_OF_ONE_FIT = ("_callback", "_skl_callbacks")


def fit(clf, tables, validation, runner):
    """Train a classifier on a table in parts and set its fitted attributes.

    Parameters
    ----------
    clf : DaskRobustMLPClassifier
        With checked parameters.
    tables : Tables
    validation : tuple
        (X_val, y_val).
    runner : ClusterRunner or LocalRunner

    Returns
    -------
    outcome : GuardOutcome
    predicted : ndarray of shape (n_held_out,), dtype int

    Raises
    ------
    ValueError, TypeError
        For data that cannot be used, before any training.
    """
    seed = _seed(clf)
    parts, labels = tables.make_parts(seed)
    if tables.kept_bytes is not None:
        runner.keep_at_most(tables.kept_bytes)
    counted = count(runner, labels)
    settings = _within_memory(clf, tables)
    if counted.rows.sum() <= settings.sample_size and validation[0] is None:
        return _fit_all_in_memory(clf, runner, counted, parts, seed)
    own = own_validation(settings, runner, validation, counted.classes, seed)
    sample, counted = draw_sample(settings, runner, counted, parts, seed, holds_out=own is None)
    local = clf.local_estimator().set_params(random_state=seed, **tables.settings)
    reading = _learn_reading(local, sample, counted)
    statistics = runner.results(runner.read(counted.sources, statistics_of_part, reading))
    reader, totals = merge_statistics(statistics, reading.reader, reading.bend)
    reading = replace(reading, reader=reader)
    runner.keep(counted.sources, prepare_part, reading)
    rounds = Distributed(settings, runner, counted, reading, statistics, tables.has_partitions)
    held_out = own or (take(sample.X, np.flatnonzero(sample.is_out)), sample.codes[sample.is_out])
    has_held_out = len(held_out[1]) > 0
    inside = np.flatnonzero(~sample.is_out)
    outcome, predicted = fit_in_memory(
        local,
        take(sample.X, inside),
        counted.classes[sample.codes[inside]],
        None if sample.weights is None else sample.weights[inside],
        (held_out[0], counted.classes[held_out[1]], None) if has_held_out else (None, None, None),
        larger=LargerTable(
            counted.classes, reader, totals, rounds.train_on_all, seed, _fingerprint(settings, counted, statistics)
        ),
    )
    runner.forget()
    _keep(clf, local, counted)
    return outcome, predicted


def _within_memory(clf, tables):
    """The classifier with the sample size that memory allows; itself where that is as typed."""
    if tables.most_sample_rows is None or tables.most_sample_rows >= clf.sample_size:
        return clf
    smaller = copy.copy(clf)
    smaller.sample_size = tables.most_sample_rows
    return smaller


def _seed(clf):
    """What decides the fit: that in the checkpoint file, if there is one and `random_state` draws another."""
    kept = sample_seed_of(clf.checkpoint) if clf.random_state is None else None
    return int(check_random_state(clf.random_state).randint(2**31 - 1)) if kept is None else kept


def _fingerprint(clf, counted, statistics):
    """What says which partitions these are, and how they are trained on."""
    return {
        "sample_size": described(clf.sample_size),
        "n_groups": described(clf.n_groups),
        "members_per_task": described(clf.members_per_task),
        "the partitions": hashed(counted.classes, counted.rows, counted.masses, counted.n_rows, statistics),
    }


def _fit_all_in_memory(clf, runner, counted, parts, seed):
    """The fit of a table that is no larger than the sample: an ordinary one."""
    drawn = draw_rows(runner, parts, counted.classes, np.ones(len(counted.classes)), seed)
    is_typed = clf.random_state is not None  # else a checkpoint file has the seeds
    local = clf.local_estimator().set_params(random_state=seed if is_typed else None)
    outcome, predicted = fit_in_memory(
        local,
        drawn.X,
        counted.classes[drawn.codes],
        None if (drawn.weights == 1).all() else drawn.weights,
        (None, None, None),
    )
    _keep(clf, local, counted.found_in(parts, drawn.n_rows))
    return outcome, predicted


def _learn_reading(local, sample, counted):
    """The Reading of every partition: the kinds of columns, and which numbers have heavy tails, as the sample shows."""
    shell = RobustMLPClassifier()
    matrix, reader = read_table(shell, sample.X, categorical_features=local.categorical_features, reset=True)
    unit = float(counted.masses.sum() / counted.rows.sum())
    inside = np.flatnonzero(~sample.is_out)
    weights = np.ones(inside.size) if sample.weights is None else sample.weights[inside]
    return Reading(
        shell,
        replace(reader, source=None),
        counted.classes,
        sample.rule,
        unit,
        keeps_content=local.checkpoint is not None,
        bend=found_bends(matrix, inside, weights, number_columns(reader)),
    )


def _keep(clf, local, counted):
    """Copy the fitted attributes of the estimator of this process."""
    names = set(local.get_params(deep=False))
    for name in [name for name in vars(clf) if name.endswith("_") or name.startswith("_")]:
        if name not in clf.get_params(deep=False):
            del clf.__dict__[name]
    clf.__dict__.update(
        {name: value for name, value in vars(local).items() if name not in names and not name.startswith(_OF_ONE_FIT)}
    )
    clf.__dict__.pop("sample_indices_", None)
    clf.class_prior_ = counted.masses / counted.masses.sum()
    clf.n_rows_ = int(sum(counted.n_rows))
