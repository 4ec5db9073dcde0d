"""One fit's table on its way to the network: equal rows merged, split for the members, resampled, weighed, encoded.

Never trains, and knows nothing of what the guard makes of it."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from robust_mlp._data import balancing, distinct_rows, splitting
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.distinct_rows import Rows
from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.prior_correction import prior_offsets, trained_mass
from robust_mlp._data.sample_weights import one_each
from robust_mlp._data.sampling import (
    DRAWN_EACH_EPOCH,
    balanced_epoch,
    check_sampler,
    is_one_of,
    n_undersampled,
    resample,
)
from robust_mlp._data.table_facts import learn_facts
from robust_mlp._data.tables import TableReader
from robust_mlp._fit.resolve_plan import plan_from, resolve_early_stopping

# With 'mixed' embeddings, every third member sees numbers whole, beginning with the second: 3 of 8, 1 of 4. Chosen by
# benchmarks/accuracy, where half of them was no better.
MEMBERS_PER_WHOLE = 3
# Training rows that a network is judged by where none are held out: enough to tell any log loss to a percent.
MOST_ROWS_SEEN = 20_000


@dataclass(frozen=True, eq=False)
class LabelledTable:
    """A table as read, with class codes and sample weights for each of its rows.

    `places` are the rows' numbers in what the user passed; None if these are all of them, in their order.
    """

    matrix: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    places: np.ndarray | None = None

    def drop_zero_weight(self):
        """The same table without the rows of weight 0; itself if there are none."""
        counts = self.weights > 0
        if counts.all():
            return self
        places = np.flatnonzero(counts)
        return LabelledTable(self.matrix[counts], self.codes[counts], self.weights[counts], places)

    def class_mass(self, n_classes, where=None):
        """Total weight of each class among the rows `where`, ndarray of shape (n_classes,), float64."""
        return balancing.class_mass(self.codes, self.weights, n_classes, where)


@dataclass(frozen=True, eq=False)
class LossWorld:
    """The class shares that the loss sees, beside those of the data.

    Class weights and samplers move the one away from the other; `offsets` lead back.

    Attributes
    ----------
    class_weights : ndarray of shape (n_classes,)
    mass : ndarray of shape (n_classes,)
        Total weight of each class in the loss.
    prior_mass : ndarray of shape (n_classes,)
        Total sample weight of each class in the training rows.
    """

    class_weights: np.ndarray
    mass: np.ndarray
    prior_mass: np.ndarray

    @property
    def prior(self):
        """Class shares in the loss, ndarray of shape (n_classes,)."""
        return self.mass / self.mass.sum()

    @property
    def data_prior(self):
        """Class shares in the data, ndarray of shape (n_classes,)."""
        return self.prior_mass / self.prior_mass.sum()

    @property
    def row_factors(self):
        """What the weight of a row of each class is multiplied by to count as in the loss, mean 1 over the data."""
        factors = np.divide(self.prior, self.data_prior, out=np.zeros_like(self.mass), where=self.prior_mass > 0)
        return factors

    def correction(self, classes):
        """`offsets`, and the inverse of `row_factors`: ndarray of shape (2, n_classes)."""
        factors = self.row_factors
        return np.stack([self.offsets(classes), np.divide(1, factors, out=np.zeros_like(factors), where=factors > 0)])

    def offsets(self, classes):
        """What to add to log-probabilities to get those of the data's own shares, ndarray of shape (n_classes,)."""
        if np.allclose(self.prior, self.data_prior, rtol=1e-12):
            return np.zeros(len(self.mass))
        return prior_offsets(self.prior_mass, self.mass, classes)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table split for its members, before any encoding.

    `pairs` are the different pairs of row and label; `merged` is the same, except in a table of few kinds of rows,
    where it is every row. `train` and `held_out` are lists of row indices, one per member: into `table`, or, with
    `validation`, the held-out ones into that.
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
    _encoded: dict[Any, tuple] = field(default_factory=dict)

    @property
    def learnt_rows(self):
        """Rows that any member is trained on, in canonical order."""
        return self.train[0] if len(self.train) == 1 or self.validation is not None else self.merged.index

    @property
    def eval_rows(self):
        """The table that held-out rows are rows of."""
        return self.table if self.validation is None else self.validation

    @cached_property
    def resampled(self):
        """What the sampler made of each member's training rows, or None where rows stay as they are."""
        if self.sampler is None or is_one_of(self.sampler, *DRAWN_EACH_EPOCH):
            return None
        table, kinds = self.table, self.reader.kinds
        names = [self.reader.name_of(j) for j in range(self.reader.n_features)]
        return [
            resample(
                self.sampler,
                table.matrix[where],
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
        """The user's row that each training row is, or was made from: an array, or a list of one per member.

        Where rows are drawn anew for every epoch, all that may be drawn.
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
        """Values of held-out rows of this table, spread over the rows that the user passed.

        Parameters
        ----------
        where : ndarray of shape (n_held_out,), dtype int
            Rows of `table`, one for each of the different pairs of row and label.
        values : ndarray of shape (n_held_out, n_values), dtype float64
        n_rows : int
            Rows that the user passed.

        Returns
        -------
        spread : ndarray of shape (n_rows, n_values), dtype float64
            NaN for a row of weight 0, and for one that was never held out.
        """
        by_pair = np.full((len(self.merged.index), values.shape[1]), np.nan)
        by_pair[self.merged.pair_of[where]] = values
        spread = np.full((n_rows, values.shape[1]), np.nan)
        places = slice(None) if self.table.places is None else self.table.places
        spread[places] = by_pair[self.merged.pair_of]
        return spread

    def world(self, plan=None):
        """The LossWorld of this table under its sampler and class weights, save where a plan has dropped these."""
        n_classes = len(self.classes)
        prior_mass = self.table.class_mass(n_classes, self.learnt_rows)
        if self.resampled is not None:
            mass = sum(trained_mass(np.ones(n_classes), r.codes, r.weights, n_classes) for r in self.resampled)
        elif self.sampler is not None:
            mass = (prior_mass > 0).astype(np.float64)
        else:
            mass = prior_mass
        per_class = np.ones(n_classes)
        if plan is None or plan.use_class_weight:
            # A class weight is one for the rows that are trained on: after sampling.
            per_class = balancing.class_weights(self.class_weight, self.classes, np.arange(n_classes), mass)
        return LossWorld(per_class, mass * per_class, prior_mass)

    def facts(self):
        """What the guard may know of the table."""
        own = self.validation
        return learn_facts(
            self.table.matrix,
            self.reader,
            self.merged,
            train=self.train,
            held_out=self.held_out,
            seed=self.seeds["signal"],
            n_classes=len(self.classes),
            validation=None if own is None else (own.matrix, own.codes, own.weights),
            pairs=self.pairs,
        )

    def training_data(self, plan):
        """Encoded rows for a plan; plans that differ in other things share them.

        Returns
        -------
        data : TrainingData
        encoding : Encoding
        """
        key = (plan.scale, plan.numerical_embedding, plan.use_class_weight)
        if key not in self._encoded:
            self._encoded.clear()  # one encoded copy at a time: it is as large as the table
            where = self.learnt_rows
            encoding = learn_encoding(
                self.table.matrix,
                self.reader,
                where,
                self.table.weights[where],
                plan.scale,
                plan.numerical_embedding,
                embeds_levels=True,
            )
            self._encoded[key] = self._encode(encoding, plan), encoding
        return self._encoded[key]

    def _encode(self, encoding, plan):
        from robust_mlp._network.training import TrainingData

        world = self.world(plan)
        table, eval_rows, n_draws = self.table, self.eval_rows, None
        codes, weights, train, draw = table.codes, table.weights, self.train, None
        if self.resampled is not None:
            made, codes, weights, train = _side_by_side(self.resampled, encoding)
        elif self.sampler is not None:
            draw = _balanced_draw(table.codes, table.weights)
            if is_one_of(self.sampler, "under"):
                n_draws = max(n_undersampled(codes[where], weights[where]) for where in train)
            weights = one_each(len(codes))  # the draws count sample weights already
        in_loss = _weights_in_loss(weights, world.class_weights[codes], train)
        eval_weights = _in_float32(eval_rows.weights * world.row_factors[eval_rows.codes])
        if np.array_equal(in_loss, eval_weights):
            eval_weights = in_loss  # handed over once
        # Last, so that what the weights needed is gone before the largest array is there.
        encoded = encoding.transform(table.matrix) if self.resampled is None else made
        is_same = eval_rows is table and self.resampled is None
        eval_encoded = encoded if is_same else encoding.transform(eval_rows.matrix)
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
            correction=world.correction(self.classes) if self.prior_correction else None,
            embedding_sizes=encoding.embedding_sizes,
            hidden_inputs=hidden_inputs(encoding, plan),
        )


def _weights_in_loss(weights, class_weights, train):
    """Weights times class weights, ndarray of shape (n_rows,), dtype float32, of mean 1 over the members' rows."""
    products = weights * class_weights
    return _in_float32(products / np.mean([products[where].mean() for where in train]))


def _in_float32(weights):
    """Weights as float32; equal ones are a single number in memory."""
    if weights.size and (weights == weights[0]).all():
        return np.broadcast_to(np.float32(weights[0]), weights.shape)
    return weights.astype(np.float32)


def _some_of(rows):
    """At most `MOST_ROWS_SEEN` of the rows, evenly spread: their order, that of their hashes, is as if random."""
    return rows if len(rows) <= MOST_ROWS_SEEN else rows[np.linspace(0, len(rows) - 1, MOST_ROWS_SEEN).astype(int)]


def hidden_inputs(encoding, plan):
    """Which outputs of an encoding each member is not shown, ndarray of shape (n_members, n_outputs); None for none.

    Members that see numbers whole err elsewhere than those that see them in pieces, so that their mean errs less.
    """
    if plan.numerical_embedding != "mixed" or plan.n_members == 1 or not encoding.pieced.size:
        return None
    sees_whole = np.arange(plan.n_members) % MEMBERS_PER_WHOLE == 1
    return sees_whole[:, np.newaxis] & encoding.is_piece


def prepare(estimator, table, reader, classes, seeds, *, validation=None, earlier=None):
    """Merge equal rows and split.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    table : LabelledTable
    reader : TableReader
    classes : ndarray of shape (n_classes,)
    seeds : dict of str to int
    validation : LabelledTable or None
        The user's own held-out rows.
    earlier : dict or None
        Architecture of the network that the training goes on with.

    Returns
    -------
    prepared : Prepared
    plan : TrainingPlan
    """
    check_sampler(estimator.sampler)
    pairs = distinct_rows.merge_rows(table.matrix, table.codes, table.weights)
    merged = distinct_rows.rows_to_split(table.matrix, pairs, table.weights)
    n_trained = n_undersampled(merged.codes, merged.weights) if is_one_of(estimator.sampler, "under") else None
    plan = plan_from(estimator, len(merged.index), reader.kinds.count(NUMBER), n_trained, earlier)
    if merged is not pairs or len(merged.index) < len(table.codes):
        weights = np.zeros(len(table.codes))
        weights[merged.index] = merged.weights  # a row's whole weight on one of its occurrences
        table = replace(table, weights=weights)
    train, held_out, plan = _split(estimator, plan, merged, validation, seeds["split"])
    prepared = Prepared(
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


def _split(estimator, plan, merged, validation, seed):
    """(train, held_out, plan): row indices per member, and the plan with the members that the rows allow."""
    everything = merged.index
    if validation is not None:
        held_out = [np.arange(len(validation.codes))] * plan.n_members
        # However few rows there are to train on: none of them is given up.
        stops_early = plan.early_stopping or estimator.early_stopping == "auto"
        return [everything] * plan.n_members, held_out, replace(plan, early_stopping=stops_early)
    if plan.n_members > 1:
        parts = splitting.cross_fit(merged.codes, merged.groups, plan.n_members, seed)
        if len(parts) > 1:
            train = [everything[np.setdiff1d(np.arange(len(everything)), part)] for part in parts]
            return train, [everything[part] for part in parts], replace(plan, n_members=len(parts))
    plan = replace(plan, n_members=1, early_stopping=resolve_early_stopping(estimator, len(everything), 1))
    is_impossible = splitting.n_spare(merged.codes, merged.groups) == 0
    if not plan.early_stopping or (estimator.early_stopping == "auto" and is_impossible):
        return [everything], [], replace(plan, early_stopping=False)
    train, held_out = splitting.hold_out(merged.codes, merged.groups, estimator.validation_fraction, seed)
    return [everything[train]], [everything[held_out]], plan


def _side_by_side(resampled, encoding):
    """(rows, codes, weights, train): the members' resampled rows in one table, each member's own."""
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
