"""Prepares the table of one fit for the network: merges equal rows, splits, resamples, weights and encodes them.

Never trains and never judges."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from robust_mlp._core.class_shares import ClassShares
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import TrainingData
from robust_mlp._data import balancing, distinct_rows, splitting
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.distinct_rows import Rows
from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.growing_encoding import GrowingEncoding
from robust_mlp._data.prior_correction import trained_mass
from robust_mlp._data.sample_weights import one_each
from robust_mlp._data.sampling import (
    DRAWN_EACH_EPOCH,
    balanced_epoch,
    check_sampler,
    is_one_of,
    n_undersampled,
    resample,
)
from robust_mlp._data.table_facts import SplitRows, learn_facts
from robust_mlp._data.tables import TableReader
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.resolve_plan import resolve_early_stopping, resolve_n_members, resolve_plan

# With "mixed" embeddings, every third member sees numbers whole, starting with the second: 3 of 8 members, 1 of 4.
# Chosen by benchmarks/accuracy, where every second member was no better.
MEMBERS_PER_WHOLE = 3
# If no rows are held out, a network is judged on at most this many training rows: enough to measure a log loss within
# one percent.
MOST_ROWS_SEEN = 20_000


@dataclass(frozen=True, eq=False)
class TrainingTable:
    """A table split for its members, before any encoding.

    `pairs` are the distinct pairs of row and label. `merged` is the same, unless the table repeats few distinct rows:
    then it holds every row. `train` and `held_out` are lists of row indices, one per member. They index `table`; with
    `validation`, `held_out` indexes `validation`. `earlier` is the encoding of the network that the training continues,
    where this table has the same columns.
    """

    table: LabelledTable
    reader: TableReader
    classes: np.ndarray
    merged: Rows
    pairs: Rows
    train: list[np.ndarray]
    held_out: list[np.ndarray]
    validation: LabelledTable | None
    class_weight: Any
    sampler: Any
    prior_correction: bool
    seeds: dict[str, int]
    earlier: GrowingEncoding | None = None
    _encoded: dict[Any, tuple] = field(default_factory=dict)

    @property
    def learnt_rows(self):
        """Rows that any member is trained on, in canonical order."""
        return self.train[0] if len(self.train) == 1 or self.validation is not None else self.merged.index

    @property
    def eval_rows(self):
        """The table that `held_out` indexes."""
        return self.table if self.validation is None else self.validation

    @cached_property
    def resampled(self):
        """The training rows of each member after the sampler, or None if no rows were resampled before the training."""
        if self.sampler is None or is_one_of(self.sampler, *DRAWN_EACH_EPOCH):
            return None
        table, kinds = self.table, self.reader.kinds
        names = [self.reader.name_of(j) for j in range(len(kinds))]
        return [
            resample(
                self.sampler,
                table.X[where],
                kinds,
                table.codes[where],
                table.weights[where],
                self.seeds["balance"] + member,
                classes=self.classes,
                names=names,
            )
            for member, where in enumerate(self.train)
        ]

    def sample_indices(self):
        """For each training row, the number of the user's row that it is or was made from.

        An array, or a list of one per member. If rows are drawn anew for every epoch, all rows that may be drawn.
        """
        if self.resampled is None:
            found = self.train
        else:
            pairs = zip(self.train, self.resampled, strict=True)
            found = [where[r.source_index] for where, r in pairs]
        places = self.table.places
        found = [where if places is None else places[where] for where in found]
        return found[0] if len(found) == 1 else found

    def for_each_row(self, where, values, n_rows):
        """Spread values of held-out rows of this table over the rows that the user passed.

        Parameters
        ----------
        where : ndarray of shape (n_held_out,), dtype int
            Rows of `table`, one for each distinct pair of row and label.
        values : ndarray of shape (n_held_out, n_values), dtype float64
        n_rows : int
            Rows that the user passed.

        Returns
        -------
        spread : ndarray of shape (n_rows, n_values), dtype float64
            NaN for rows of weight 0 and for rows that were never held out.
        """
        by_pair = np.full((len(self.merged.index), values.shape[1]), np.nan)
        by_pair[self.merged.pair_of[where]] = values
        spread = np.full((n_rows, values.shape[1]), np.nan)
        places = slice(None) if self.table.places is None else self.table.places
        spread[places] = by_pair[self.merged.pair_of]
        return spread

    def class_shares(self, plan: TrainingPlan | None = None) -> ClassShares:
        """Class shares in the data and in the loss. Class weights are left out if the plan has dropped them."""
        n_classes = len(self.classes)
        data_mass = self.table.class_mass(n_classes, self.learnt_rows)
        if self.resampled is not None:
            mass = sum(trained_mass(np.ones(n_classes), r.codes, r.weights, n_classes) for r in self.resampled)
        elif self.sampler is not None:
            mass = (data_mass > 0).astype(np.float64)
        else:
            mass = data_mass
        per_class = np.ones(n_classes)
        if plan is None or plan.use_class_weight:
            # "balanced" class weights depend on the class totals after sampling.
            per_class = balancing.class_weights(self.class_weight, self.classes, np.arange(n_classes), mass)
        return ClassShares(data_mass, mass * per_class, per_class)

    def facts(self):
        """Facts about the table for the guard."""
        own = self.validation
        return learn_facts(
            self.table.X,
            self.reader,
            self.merged,
            SplitRows(
                train=self.train,
                held_out=self.held_out,
                validation=None if own is None else (own.X, own.codes, own.weights),
            ),
            seed=self.seeds["signal"],
            n_classes=len(self.classes),
            pairs=self.pairs,
            classes=self.classes,
        )

    def training_data(self, plan):
        """Encoded rows for a plan. Plans with equal encoding and class weights share them.

        Returns
        -------
        data : TrainingData
        encoding : Encoding
        """
        key = (plan.scale, plan.numerical_embedding, plan.use_class_weight)
        if key not in self._encoded:
            self._encoded.clear()  # keep one encoded copy at a time: it is as large as the table
            encoding = self._learn_encoding(plan)
            self._encoded[key] = self._encode(encoding, plan), encoding
        return self._encoded[key]

    def _learn_encoding(self, plan):
        where = self.learnt_rows
        if self.continues(plan):
            return self.grown[0].encoding
        return learn_encoding(
            self.table.X,
            self.reader,
            where,
            self.table.weights[where],
            plan.scale,
            plan.numerical_embedding,
            embeds_levels=True,
        )

    def continues(self, plan):
        """Whether the encoding of a plan is the earlier one, grown by this table."""
        return self.earlier is not None and plan.scale == self.earlier.encoding.scale

    @cached_property
    def grown(self):
        """(GrowingEncoding, InputChange): the earlier encoding after the training rows of this table."""
        assert self.earlier is not None
        where = self.learnt_rows
        return self.earlier.grown(self.table.X[where], self.reader, self.table.weights[where])

    def _encode(self, encoding, plan):
        shares = self.class_shares(plan)
        table, eval_rows, n_draws = self.table, self.eval_rows, None
        codes, weights, train, draw = table.codes, table.weights, self.train, None
        if self.resampled is not None:
            made, codes, weights, train = _side_by_side(self.resampled, encoding)
        elif self.sampler is not None:
            draw = _balanced_draw(table.codes, table.weights)
            if is_one_of(self.sampler, "under"):
                n_draws = max(n_undersampled(codes[where], weights[where]) for where in train)
            weights = one_each(len(codes))  # rows are already drawn in proportion to sample weights
        in_loss = _weights_in_loss(weights, shares.class_weights[codes], train)
        eval_weights = _in_float32(eval_rows.weights * shares.row_factors[eval_rows.codes])
        if np.array_equal(in_loss, eval_weights):
            eval_weights = in_loss  # one array instead of two equal ones
        # Encode last: temporary arrays of the weights are then freed before the largest array is made.
        encoded = encoding.transform(table.X) if self.resampled is None else made
        is_same = eval_rows is table and self.resampled is None
        eval_encoded = encoded if is_same else encoding.transform(eval_rows.X)
        return TrainingData(
            rows=encoded,
            codes=codes,
            weights=in_loss,
            n_classes=len(self.classes),
            train=train,
            eval_rows=(eval_encoded, eval_rows.codes, eval_weights),
            held_out=self.held_out,
            shares_held_out=self.validation is not None,
            train_eval_rows=_some_of(self.learnt_rows),
            draw=draw,
            n_draws=n_draws,
            loss_correction=shares.correction(self.classes) if self.prior_correction else None,
            embedding_sizes=encoding.embedding_sizes,
            hidden_inputs=hidden_inputs(encoding, plan),
        )


def _weights_in_loss(weights, class_weights, train):
    """Weights times class weights, scaled to mean 1 over the members' rows: ndarray of shape (n_rows,), float32."""
    products = weights * class_weights
    return _in_float32(products / np.mean([products[where].mean() for where in train]))


def _in_float32(weights):
    """Weights as float32. Equal weights take the memory of a single number."""
    if weights.size and (weights == weights[0]).all():
        return np.broadcast_to(np.float32(weights[0]), weights.shape)
    return weights.astype(np.float32)


def _some_of(rows):
    """At most `MOST_ROWS_SEEN` rows, evenly spaced. Rows are ordered by hash, so this is like a random sample."""
    return rows if len(rows) <= MOST_ROWS_SEEN else rows[np.linspace(0, len(rows) - 1, MOST_ROWS_SEEN).astype(int)]


def hidden_inputs(encoding, plan):
    """Outputs of an encoding that are hidden from each member, bool ndarray of shape (n_members, n_outputs).

    None if nothing is hidden. Some members see numbers whole and the others see them in pieces. Their errors differ, so
    the mean has fewer errors.
    """
    if plan.numerical_embedding != "mixed" or plan.n_members == 1 or not encoding.pieced.size:
        return None
    sees_whole = np.arange(plan.n_members) % MEMBERS_PER_WHOLE == 1
    return sees_whole[:, np.newaxis] & encoding.is_piece


def prepare_table(estimator, table, reader, classes, seeds, *, validation=None, earlier=None):
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

    Returns
    -------
    prepared : TrainingTable
    plan : TrainingPlan
    """
    check_sampler(estimator.sampler)
    pairs = distinct_rows.merge_rows(table.X, table.codes, table.weights)
    merged = distinct_rows.rows_to_split(table.X, pairs, table.weights)
    n_trained = n_undersampled(merged.codes, merged.weights) if is_one_of(estimator.sampler, "under") else None
    if merged is not pairs or len(merged.index) < len(table.codes):
        weights = np.zeros(len(table.codes))
        weights[merged.index] = merged.weights  # one occurrence of each row carries the whole weight
        table = replace(table, weights=weights)
    n_members = resolve_n_members(estimator, len(merged.index), earlier)
    train, held_out, early_stopping = _split(estimator, n_members, merged, validation, seeds["split"])
    plan = resolve_plan(
        estimator,
        len(merged.index),
        reader.kinds.count(NUMBER),
        n_trained=n_trained,
        earlier=earlier,
        n_members=len(train),
        early_stopping=early_stopping,
    )
    prepared = TrainingTable(
        table,
        reader,
        classes,
        merged,
        pairs,
        train,
        held_out,
        validation,
        estimator.class_weight,
        estimator.sampler,
        estimator.prior_correction,
        seeds,
    )
    return prepared, plan


def _split(estimator, n_members, merged, validation, seed):
    """(train, held_out, early_stopping): row indices of each member, for as many members as the rows allow."""
    everything, is_auto = merged.index, estimator.early_stopping == "auto"
    if validation is not None:
        # All rows train, even if they are few, because the user passed other rows to hold out.
        held_out = [np.arange(len(validation.codes))] * n_members
        return [everything] * n_members, held_out, is_auto or bool(estimator.early_stopping)
    if n_members > 1:
        parts = splitting.cross_fit(merged.codes, merged.groups, n_members, seed)
        if len(parts) > 1:
            train = [everything[np.setdiff1d(np.arange(len(everything)), part)] for part in parts]
            return train, [everything[part] for part in parts], resolve_early_stopping(estimator, len(everything), 2)
    is_impossible = splitting.n_spare(merged.codes, merged.groups) == 0
    if not resolve_early_stopping(estimator, len(everything), 1) or (is_auto and is_impossible):
        return [everything], [], False
    train, held_out = splitting.hold_out(merged.codes, merged.groups, estimator.validation_fraction, seed)
    return [everything[train]], [everything[held_out]], True


def _side_by_side(resampled, encoding):
    """(rows, codes, weights, train): one table with the resampled rows of all members, and the rows of each member."""
    encoded = [
        np.concatenate([encoding.transform(r.original, r.source_index[: r.n_selected]), _made(r, encoding)])
        for r in resampled
    ]
    ends = np.cumsum([len(part) for part in encoded])
    train = [np.arange(end - len(part), end) for end, part in zip(ends, encoded, strict=True)]
    codes = np.concatenate([r.codes for r in resampled]).astype(np.int32)
    return np.concatenate(encoded), codes, np.concatenate([r.weights for r in resampled]), train


def _made(resampled, encoding):
    if len(resampled.made):
        return encoding.transform(resampled.made)
    return np.empty((0, encoding.n_outputs), np.float32)


def _balanced_draw(codes, weights):
    """The `draw` of a RowStream in which every batch holds each class equally often."""

    def draw(where, rng, n_draws):
        return where[balanced_epoch(codes[where], weights[where], n_draws, rng)]

    return draw
