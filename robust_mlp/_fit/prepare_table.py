"""Prepares the table of a fit: merges equal rows, splits them, and resolves the plan."""

from dataclasses import replace
from functools import partial

import numpy as np
from scipy import sparse

from robust_mlp._core.deadline import NO_DEADLINE
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.sampling import check_sampler, is_one_of, n_undersampled
from robust_mlp._fit.resolve_plan import resolve_n_members, resolve_plan
from robust_mlp._fit.sparse_fits import check_fits_sparse
from robust_mlp._fit.splits import merge_and_group, split_rows
from robust_mlp._fit.time_budget import cost_of, members_in_time
from robust_mlp._fit.training_table import TrainingTable


def prepare_table(estimator, table, reader, classes, seeds, *, validation=None, earlier=None, deadline=NO_DEADLINE):
    """Merge equal rows, split, and resolve the plan.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    table : LabelledTable
    reader : TableReader
    classes : ndarray of shape (n_classes,)
    seeds : dict of str to int
    validation : LabelledTable or None, default=None
        The user's own held-out rows.
    earlier : dict or None, default=None
        Architecture of the network that the training continues.
    deadline : Deadline, optional
        Of the fit. With time enough there are more members.

    Returns
    -------
    prepared : TrainingTable
    plan : TrainingPlan
    """
    check_sampler(estimator.sampler)
    if sparse.issparse(table.X):
        check_fits_sparse(estimator, table.X.shape)
    pairs, merged, groups = merge_and_group(table)
    n_trained = n_undersampled(merged.codes, merged.weights) if is_one_of(estimator.sampler, "under") else None
    if merged is not pairs or len(merged.index) < len(table.codes):
        weights = np.zeros(len(table.codes))
        weights[merged.index] = merged.weights  # one occurrence of each row carries the whole weight
        table = replace(table, weights=weights)
    n_members = resolve_n_members(estimator, len(merged.index), earlier)
    if earlier is None and not sparse.issparse(table.X):
        cost = partial(cost_of, estimator, table, reader, len(classes))
        n_members = members_in_time(estimator, n_members, len(merged.index), cost, deadline)
    split = split_rows(estimator, n_members, merged, groups, validation, seeds["split"])
    plan = resolve_plan(
        estimator,
        len(merged.index),
        reader.kinds.count(NUMBER),
        n_trained=n_trained,
        earlier=earlier,
        n_members=len(split.train),
        early_stopping=split.early_stopping,
        is_sparse=sparse.issparse(table.X),
    )
    prepared = TrainingTable(
        table,
        reader,
        classes,
        merged,
        pairs,
        groups,
        split,
        validation,
        estimator.class_weight,
        estimator.sampler,
        estimator.prior_correction,
        seeds,
    )
    return prepared, plan
