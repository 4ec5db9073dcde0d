"""The rows of one fit for a user's network: repeated by weight, split, resampled, weighted, scaled.

A row of weight 2 is a row that occurs twice, and the order of the rows changes nothing. Trains nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from robust_mlp._core.class_shares import ClassShares
from robust_mlp._data import balancing
from robust_mlp._data.distinct_rows import is_of_few_kinds, merge_rows
from robust_mlp._data.sampling import balanced_epoch, check_sampler, is_one_of, resample
from robust_mlp._data.splitting import hold_out, n_spare
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp.keras_classifier.scaling import ColumnScaler

# Rows with whole weights are repeated, if the table grows at most by this factor.
MAX_REPETITION = 10
# Fewer held-out rows rarely show whether a network learned. Then all rows are used for training and judged.
FEWEST_HELD_OUT = 30
# This many held-out rows nearly always show it. So many are held out even if the user's share is smaller, up to this
# share.
WANTED_HELD_OUT, MOST_HELD_OUT = 100, 0.2


@dataclass(frozen=True, eq=False)
class KerasTrainingTable:
    """What a training sees.

    `training` holds the rows after sampling, with the sampling weights; `unsampled` the same rows before sampling.
    `held_out` is None if nothing is held out.
    """

    training: LabelledTable
    unsampled: LabelledTable
    held_out: LabelledTable | None
    n_classes: int
    classes: np.ndarray
    class_weight: Any
    is_balanced_draw: bool
    is_multilabel: bool
    make_scaler: Callable
    _scaled: dict = field(default_factory=dict)

    def class_shares(self, *, use_class_weight: bool = True) -> ClassShares:
        """Class shares of the data, and of the loss after sampling and, if these are in use, class weights."""
        data_mass = self.unsampled.class_mass(self.n_classes)
        mass = self.training.class_mass(self.n_classes)
        per_class = np.ones(self.n_classes)
        if use_class_weight and self.class_weight is not None:
            per_class = balancing.class_weights(self.class_weight, self.classes, np.arange(self.n_classes), mass)
        if self.is_balanced_draw:
            mass = (mass > 0).astype(float)
        return ClassShares(data_mass, mass * per_class, per_class)

    def offsets(self, *, use_class_weight: bool) -> np.ndarray:
        """What leads from the class shares in the loss back to those of the data, ndarray of shape (n_classes,)."""
        if self.is_multilabel:
            return np.zeros(self.n_classes)
        shares = self.class_shares(use_class_weight=use_class_weight)
        return np.zeros(self.n_classes) if shares.leaves_out_a_class else shares.offsets(self.classes)

    def loss_weights(self, *, use_class_weight):
        """Weight of each training row in the loss, ndarray of shape (n_rows,), mean 1."""
        weights = np.ones(len(self.training)) if self.is_balanced_draw else self.training.weights
        if not self.is_multilabel:
            weights = weights * self.class_shares(use_class_weight=use_class_weight).class_weights[self.training.codes]
        return weights / weights.mean()

    def scaled(self, scale):
        """(scaler, training rows, held-out rows or None) for a scale; kept for the next attempt."""
        if scale not in self._scaled:
            self._scaled.clear()
            scaler = self.make_scaler(scale)
            weights = {"sample_weight": self.unsampled.weights} if isinstance(scaler, ColumnScaler) else {}
            scaler.fit(self.unsampled.X, **weights)
            held_out = None if self.held_out is None else scaler.transform(self.held_out.X)
            self._scaled[scale] = scaler, scaler.transform(self.training.X), held_out
        return self._scaled[scale]

    def order(self, rng, *, shuffle):
        """The rows of one epoch, ndarray of int32."""
        if self.is_balanced_draw:
            return balanced_epoch(self.training.codes, self.training.weights, len(self.training), rng).astype(np.int32)
        places = np.arange(len(self.training), dtype=np.int32)
        return rng.permutation(places) if shuffle else places


@dataclass(frozen=True, kw_only=True, eq=False)
class RowSettings:
    """How rows are held out, sampled, weighed and scaled.

    Attributes
    ----------
    fraction : float
        Share of rows to hold out, in [0, 1).
    fewest : int
        If the share is fewer rows, nothing is held out.
    sampler, class_weight
        The estimator's parameters.
    keep_order : bool
        Whether the rows must keep their order.
    make_scaler : callable
        From a scale to a transformer.
    """

    fraction: float
    fewest: int
    sampler: Any
    class_weight: Any
    keep_order: bool
    make_scaler: Callable


def prepare_rows(table, labels, settings, seeds, *, validation=None):
    """Repeat, split and resample.

    Parameters
    ----------
    table : LabelledTable
        Of positive weights.
    labels : ClassLabels
    settings : RowSettings
    seeds : dict of str to int
    validation : LabelledTable or None, default=None
        The user's own held-out rows.

    Returns
    -------
    data : KerasTrainingTable
    """
    sampler, fraction = settings.sampler, settings.fraction
    check_sampler(sampler)
    table, groups = _in_order(table, settings.keep_order)
    by_class = table.codes if table.codes.ndim == 1 else np.unique(table.codes, axis=0, return_inverse=True)[1].ravel()
    training, held_out = table, validation
    n_groups = len(np.unique(groups))
    # Groups are few, and their rows judged by heart prove nothing: as many are held out as are ever held out.
    share = max(fraction, MOST_HELD_OUT) if table.groups is not None else fraction
    if validation is None and fraction > 0 and n_groups * share >= settings.fewest and n_spare(by_class, groups):
        if settings.fewest > 1:  # the user passed no validation_split
            fraction = max(fraction, min(MOST_HELD_OUT, WANTED_HELD_OUT / n_groups))
        rows, others = hold_out(by_class, groups, fraction, seeds["split"])
        training, held_out = table.at(rows), table.at(others)
    sampled = training
    is_balanced_draw = is_one_of(sampler, "balanced_batches")
    if sampler is not None and not is_balanced_draw and not labels.is_multilabel:
        sampled = _resampled(training, sampler, labels.classes, seeds["balance"])
    return KerasTrainingTable(
        training=sampled,
        unsampled=training,
        held_out=held_out,
        n_classes=labels.n_classes,
        classes=labels.classes,
        class_weight=settings.class_weight,
        is_balanced_draw=is_balanced_draw,
        is_multilabel=labels.is_multilabel,
        make_scaler=settings.make_scaler,
    )


def _in_order(table, keep_order):
    """(LabelledTable, groups): rows in an order that their contents decide, repeated as often as their weights say."""
    X, codes, weights = table.X, table.codes, table.weights
    flat = X.reshape(len(X), -1)
    flat = flat if flat.dtype in (np.float32, np.float64) else flat.astype(np.float64)
    by_class = codes if codes.ndim == 1 else np.unique(codes, axis=0, return_inverse=True)[1].ravel()
    if table.groups is not None:
        flat = np.column_stack([flat, table.groups])  # equal rows of different groups stay apart
    merged = merge_rows(np.ascontiguousarray(flat), by_class.astype(np.int32), weights)
    if keep_order:
        groups = table.groups
        if groups is None:
            groups = np.unique(flat, axis=0, return_inverse=True)[1].ravel()
        return LabelledTable(X, codes, weights, groups=table.groups), groups
    is_whole = np.all(merged.weights == np.rint(merged.weights))
    if is_whole and merged.weights.sum() <= MAX_REPETITION * len(X):
        times = merged.weights.astype(int)
        rows, groups = np.repeat(merged.index, times), np.repeat(merged.groups, times)
        if table.groups is not None:
            groups = table.groups[rows]
        elif is_of_few_kinds(flat, merged, weights):
            groups = np.arange(len(rows))
        return LabelledTable(X[rows], codes[rows], np.ones(len(rows)), groups=_of(table.groups, rows)), groups
    own = _of(table.groups, merged.index)
    groups = merged.groups if own is None else own
    return LabelledTable(X[merged.index], codes[merged.index], merged.weights, groups=own), groups


def _of(groups, rows):
    """The groups of some rows, or None."""
    return None if groups is None else groups[rows]


def _resampled(table, sampler, classes, seed):
    """Training rows after a sampler. Rows with more than one axis are flattened for the sampler."""
    flat = np.ascontiguousarray(table.X.reshape(len(table), -1), dtype=np.float64)
    kinds = ["number"] * flat.shape[1]
    found = resample(sampler, flat, kinds, table.codes, table.weights, seed, classes=classes)
    kept = flat[found.source_index[: found.n_selected]]
    rows = np.concatenate([kept, found.made]) if len(found.made) else kept
    return LabelledTable(rows.reshape(len(rows), *table.X.shape[1:]), found.codes, found.weights)
