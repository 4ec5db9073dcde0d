"""One fit's data on its way to the network: targets, splits, weights and encoding, and the function that makes attempts.

The estimator calls `prepare` once and hands `Prepared.run_attempt` to the guard."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from robust_mlp._data import balancing, rows, splitting
from robust_mlp._data.encoding import Encoding, learn_encoding
from robust_mlp._data.facts import learn_facts
from robust_mlp._data.rows import Rows
from robust_mlp._data.tables import TableReader
from robust_mlp._inference import NetworkWeights
from robust_mlp._planning import plan_from, resolve_early_stopping

# Restarts of one fit draw new first weights: the seed plus the attempt's number times this prime.
ATTEMPT_STRIDE = 1_000_003


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network with the encoding it was trained behind: all that prediction needs, in NumPy."""

    encoding: Encoding
    weights: NetworkWeights

    def __post_init__(self):
        object.__setattr__(self, "_network", self.weights.network())

    def __getstate__(self):
        return {"encoding": self.encoding, "weights": self.weights}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__post_init__()

    def scores(self, matrix):
        """Scores whose softmax is the probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        out = np.empty((len(matrix), self._network.n_outputs))
        for chunk in self._network.chunks(len(matrix)):
            out[chunk] = self._network.decide(self.encoding.transform(matrix[chunk]))
        return out


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """A table as read, with class codes and sample weights for each of its rows; rows of weight 0 do not count."""

    matrix: np.ndarray
    codes: np.ndarray
    weights: np.ndarray

    def that_counts(self):
        """The same table without the rows of weight 0; itself if there are none."""
        counts = self.weights > 0
        if counts.all():
            return self
        return LabelledTable(self.matrix[counts], self.codes[counts], self.weights[counts])

    def class_shares(self, n_classes):
        """Weighted share of each class, ndarray of shape (n_classes,), float64."""
        mass = balancing.class_mass(self.codes, self.weights, n_classes)
        return mass / mass.sum()


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table split for its members, before any encoding.

    `train` and `held_out` are lists of row indices, one per member: into `table`, or, with `validation`, the held-out
    ones into that. `per_row` are the weights in the loss: sample weight x class weight, mean 1 over the training rows.
    """

    table: LabelledTable
    reader: TableReader
    classes: np.ndarray
    merged: Rows
    train: list[np.ndarray]
    held_out: list[np.ndarray]
    validation: LabelledTable | None
    class_weights: np.ndarray
    seeds: dict[str, int]
    _encoded: dict[Any, tuple] = field(default_factory=dict)

    @property
    def learnt_rows(self):
        """Rows that any member is trained on, in canonical order."""
        return self.train[0] if len(self.train) == 1 or self.validation is not None else self.merged.index

    def prior(self):
        """Weighted class shares of the training rows, as the loss sees them: ndarray of shape (n_classes,)."""
        where = self.learnt_rows
        mass = balancing.class_mass(self.table.codes[where], self._row_weights()[where], len(self.classes))
        return mass / mass.sum()

    def facts(self):
        """What the guard may know of the table."""
        return learn_facts(
            self.table.matrix,
            self.reader,
            self.merged.index,
            self.merged.codes,
            self.merged.weights,
            self.merged.groups,
            train=self.train,
            held_out=self.held_out,
            seed=self.seeds["signal"],
        )

    def training_data(self, plan):
        """Encoded rows for a plan; plans that differ in other things share them.

        Returns
        -------
        data : TrainingData
        encoding : Encoding
        """
        from robust_mlp._network.training import TrainingData

        key = (plan.scale, plan.use_class_weight)
        if key not in self._encoded:
            self._encoded.clear()  # one encoded copy at a time: it is as large as the table
            where = self.learnt_rows
            encoding = learn_encoding(self.table.matrix, self.reader, where, self.table.weights[where], plan.scale)
            per_row = self._row_weights(plan.use_class_weight)
            held_out_table = None
            if self.validation is not None:
                v = self.validation
                weights = v.weights * (self.class_weights[v.codes] if plan.use_class_weight else 1.0)
                held_out_table = (encoding.transform(v.matrix), v.codes, weights.astype(np.float32))
            data = TrainingData(
                rows=encoding.transform(self.table.matrix),
                codes=self.table.codes,
                weights=per_row.astype(np.float32),
                n_classes=len(self.classes),
                train=self.train,
                held_out=self.held_out,
                held_out_table=held_out_table,
            )
            self._encoded[key] = (data, encoding)
        return self._encoded[key]

    def _row_weights(self, use_class_weight=True):
        """Weight of each row of the table in the loss, mean 1 over the rows that are learnt from."""
        per_class = self.class_weights if use_class_weight else np.ones(len(self.classes))
        where = self.merged.index
        per_row = np.zeros(len(self.table.codes))
        per_row[where] = balancing.row_weights(per_class, self.table.codes[where], self.table.weights[where])
        return per_row / per_row[self.learnt_rows].mean()


def prepare(estimator, table, reader, classes, seeds, *, validation=None):
    """Merge equal rows, split, and weigh.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    table : LabelledTable
    reader : TableReader
    classes : ndarray of shape (n_classes,)
    seeds : dict of str to int
    validation : LabelledTable or None
        The user's own held-out rows.

    Returns
    -------
    prepared : Prepared
    plan : TrainingPlan
    """
    merged = rows.merge_rows(table.matrix, table.codes, table.weights)
    plan = plan_from(estimator, len(merged.index))
    table = _with_merged_weights(table, merged)
    if validation is not None:
        validation = _with_merged_weights(
            validation, rows.merge_rows(validation.matrix, validation.codes, validation.weights), keep_order=True
        )
    train, held_out, plan = _split(estimator, plan, merged, validation, seeds["split"])
    class_weights = balancing.class_weights(estimator.class_weight, classes, merged.codes, merged.weights)
    return Prepared(table, reader, classes, merged, train, held_out, validation, class_weights, seeds), plan


def _with_merged_weights(table, merged, *, keep_order=False):
    """The table with each distinct row's whole weight on one of its occurrences, and 0 on the others."""
    weights = np.zeros(len(table.codes))
    weights[merged.index] = merged.weights
    if keep_order:
        where = merged.index
        return LabelledTable(table.matrix[where], table.codes[where], weights[where])
    return replace(table, weights=weights)


def _split(estimator, plan, merged, validation, seed):
    """(train, held_out, plan): row indices per member, and the plan with the members that the rows allow."""
    everything, n_groups = merged.index, len(np.unique(merged.groups))
    if validation is not None:
        held_out = [np.arange(len(validation.codes))] * plan.n_members
        return [everything] * plan.n_members, held_out, plan
    if plan.n_members > 1 and n_groups >= 2:
        parts = splitting.cross_fit(merged.codes, merged.groups, min(plan.n_members, n_groups), seed)
        parts = [part for part in parts if len(part)]
        if len(parts) > 1:
            train = [everything[np.setdiff1d(np.arange(len(everything)), part)] for part in parts]
            return train, [everything[part] for part in parts], replace(plan, n_members=len(parts))
    plan = replace(plan, n_members=1, early_stopping=resolve_early_stopping(estimator, len(everything), 1))
    if not plan.early_stopping:
        return [everything], [], plan
    train, held_out = splitting.hold_out(merged.codes, merged.groups, estimator.validation_fraction, seed)
    return [everything[train]], [everything[held_out]], plan


@dataclass(eq=False)
class AttemptMaker:
    """`run_attempt` for the guard: trains a plan on the prepared rows, with new first weights each time.

    Parameters
    ----------
    prepared : Prepared
    make_hooks : callable
        (plan, data, encoding) -> Hooks.
    start : Trained or None
        What the first attempt goes on from.
    """

    prepared: Prepared
    make_hooks: Callable
    start: Any = None
    n_attempts: int = 0

    def __call__(self, plan):
        from robust_mlp._network.training import train

        data, encoding = self.prepared.training_data(plan)
        seeds = dict(self.prepared.seeds)
        seeds["weights"] += self.n_attempts * ATTEMPT_STRIDE
        start, self.start = self.start, None
        self.n_attempts += 1
        began = time.monotonic()
        attempt = train(plan, data, seeds, hooks=self.make_hooks(plan, data, encoding), start=start)
        fitted = FittedNetwork(encoding, attempt.network.weights)
        return replace(attempt, network=fitted, seconds=time.monotonic() - began)
