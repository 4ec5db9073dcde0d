"""The table of one fit for the network: resamples, weights and encodes the rows that were split.

Never trains and never judges."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from robust_mlp._core.class_shares import ClassShares
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import TrainingData
from robust_mlp._data import balancing
from robust_mlp._data.detail import with_detail
from robust_mlp._data.distinct_rows import Rows, merge_rows
from robust_mlp._data.encoding import ColumnTotals, Encoding, learn_encoding
from robust_mlp._data.growing_encoding import GrowingEncoding
from robust_mlp._data.natural_repeats import are_natural_repeats, counts_of
from robust_mlp._data.prior_correction import trained_mass
from robust_mlp._data.sample_weights import one_each
from robust_mlp._data.sampling import (
    DRAWN_EACH_EPOCH,
    balanced_epoch,
    is_one_of,
    n_undersampled,
    resample,
)
from robust_mlp._data.sparse_encoding import learn_sparse_encoding
from robust_mlp._data.sparse_facts import CommonColumns
from robust_mlp._data.table_facts import SplitRows, learn_facts
from robust_mlp._data.tables import TableReader
from robust_mlp._decision import GroupedRows
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.own_rows import with_own_rows_only
from robust_mlp._fit.splits import Split

# With "mixed" embeddings, every third member sees numbers whole, starting with the second: 3 of 8 members, 1 of 4.
# Chosen by benchmarks/accuracy, where every second member was no better. Detail can do harm, as the network may learn
# from it which rows it has seen, and no test tells beforehand: so every third member sees it.
N_WAYS_OF_SEEING = 3
IN_DETAIL, WHOLE = 0, 1
# If no rows are held out, a network is judged on at most this many training rows: enough to measure a log loss within
# one percent.
MOST_ROWS_SEEN = 20_000


@dataclass(frozen=True, eq=False)
class TrainingTable:
    """A table split for its members, before any encoding.

    `pairs` are the distinct pairs of row and label. `merged` is the same, unless the table repeats few distinct rows:
    then it holds every row. Rows of `merged` with the same number in `groups` are on one side of each split. `split`
    holds row indices of `table`; with `validation`, its `held_out` indexes `validation`. `earlier` is the
    encoding of the network that the training continues, where this table has the same columns. `totals` are those of a
    larger table that this one is a sample of. `kept_encoding` is that of the network that the training continues, where
    it is the one of a sparse table, which does not grow.
    """

    table: LabelledTable
    reader: TableReader
    classes: np.ndarray
    merged: Rows
    pairs: Rows
    groups: np.ndarray
    split: Split
    validation: LabelledTable | None
    class_weight: Any
    sampler: Any
    prior_correction: bool
    seeds: dict[str, int]
    earlier: GrowingEncoding | None = None
    totals: ColumnTotals | None = None
    kept_encoding: Encoding | None = None
    _encoded: dict[Any, tuple] = field(default_factory=dict)

    @property
    def train(self):
        """Training rows of each member, a list of arrays."""
        return self.split.train

    @property
    def held_out(self):
        """Held-out rows of each member, a list of arrays; empty if nothing is held out."""
        return self.split.held_out

    @property
    def has_parts(self):
        """Whether each member holds out rows of its own, on which other members are trained."""
        return self.validation is None and len(self.split.held_out) > 1

    @property
    def learnt_rows(self):
        """Rows that any member is trained on, in canonical order."""
        return self.train[0] if len(self.train) == 1 or self.validation is not None else self.merged.index

    @property
    def eval_rows(self):
        """The table that `held_out` indexes."""
        return self.table if self.validation is None else self.validation

    @cached_property
    def _repeats_by_nature(self):
        """Whether equal rows, which were merged, are equal by nature."""
        return self.table.groups is None and are_natural_repeats(self.table.X, self.merged)

    @property
    def counts_rows(self):
        """Whether weights of held-out rows are numbers of rows that are equal by nature."""
        return self.validation is None and self._repeats_by_nature

    @cached_property
    def row_counts(self):
        """How many independent rows each row of the table stands for, (n_rows,) float64; None: one."""
        counts = self.merged.weights if self._repeats_by_nature else counts_of(self.merged)
        if counts is None:
            return None
        of_rows = np.ones(len(self.table.codes))
        of_rows[self.merged.index] = counts
        return of_rows

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

    def rows_for_scorers(self, where):
        """Held-out rows, a copy, for scorers that look at X; with their groups if the user passed groups."""
        X = self.eval_rows.X[where]
        groups = self.eval_rows.groups
        return X if groups is None else GroupedRows(X, groups[where])

    def class_shares(self, plan: TrainingPlan | None = None) -> ClassShares:
        """Class shares in the data and in the loss. Class weights are left out if the plan has dropped them."""
        n_classes = len(self.classes)
        data_mass = self.table.class_mass(n_classes, self.learnt_rows)
        mass = self._mass_after_sampling(data_mass, self.resampled)
        per_class = np.ones(n_classes)
        if plan is None or plan.use_class_weight:
            # "balanced" class weights depend on the class totals after sampling.
            per_class = balancing.class_weights(self.class_weight, self.classes, np.arange(n_classes), mass)
        return ClassShares(data_mass, mass * per_class, per_class)

    def class_shares_of_members(self, plan: TrainingPlan) -> list[ClassShares]:
        """The same for each member, counted in its own training rows; class weights are those of all members."""
        per_class, n_classes = self.class_shares(plan).class_weights, len(self.classes)
        found = []
        for member, where in enumerate(self.train):
            data_mass = self.table.class_mass(n_classes, where)
            resampled = None if self.resampled is None else self.resampled[member : member + 1]
            mass = self._mass_after_sampling(data_mass, resampled)
            found.append(ClassShares(data_mass, mass * per_class, per_class))
        return found

    def _mass_after_sampling(self, data_mass, resampled):
        """Weight of each class after the sampler, before class weights: ndarray of shape (n_classes,)."""
        n_classes = len(data_mass)
        if resampled is not None:
            return sum(trained_mass(np.ones(n_classes), r.codes, r.weights, n_classes) for r in resampled)
        return data_mass if self.sampler is None else (data_mass > 0).astype(np.float64)

    @property
    def is_sparse(self):
        """Whether the rows are those of a sparse table, and stay sparse."""
        return sparse.issparse(self.table.X)

    def facts(self):
        """Facts about the table for the guard; of a sparse one about its commonest columns."""
        own, reader, matrix_of = self.validation, self.reader, _unchanged
        if self.is_sparse:
            common = CommonColumns.of(self.table.X)
            reader, matrix_of = common.reader(reader), common.view
        facts = learn_facts(
            matrix_of(self.table.X),
            reader,
            self.merged,
            SplitRows(
                train=self.train,
                held_out=self.held_out,
                validation=None if own is None else (matrix_of(own.X), own.codes, own.weights),
                groups=None if self.table.groups is None else self.groups,
            ),
            seed=self.seeds["signal"],
            n_classes=len(self.classes),
            pairs=self._pairs_of_all_groups(),
            classes=self.classes,
        )
        # Words that occur together are no columns to drop, and a column is rare before it is constant.
        return replace(facts, duplicate=(), constant=(), identifier_like=()) if self.is_sparse else facts

    def _pairs_of_all_groups(self):
        """The distinct pairs of row and label, whatever their groups: equal rows may contradict each other."""
        if self.table.groups is None:
            return self.pairs
        return merge_rows(self.table.X, self.table.codes, self.table.weights)

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
        if self.kept_encoding is not None and plan.scale == self.kept_encoding.scale:
            return self.kept_encoding
        if self.continues(plan):
            return self.grown[0].encoding
        weights = self.table.weights[where]
        if self.is_sparse:
            return learn_sparse_encoding(self.table.X, self.reader, where, weights, plan.scale)
        encoding = learn_encoding(
            self.table.X,
            self.reader,
            where,
            weights,
            plan.scale,
            plan.numerical_embedding,
            embeds_levels=True,
            totals=self.totals,
        )
        # A sampler makes rows between others, whose values are of none.
        if self.totals is not None or self.resampled is not None:
            return encoding
        return with_detail(encoding, self.table.X, where, self.table.codes[where], weights)

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
        data = TrainingData(
            rows=encoded,
            codes=codes,
            weights=in_loss,
            n_classes=len(self.classes),
            train=train,
            eval_rows=(eval_encoded, codes if is_same else eval_rows.codes, eval_weights),
            held_out=self.held_out,
            shares_held_out=self.validation is not None,
            train_eval_rows=_some_of(self.learnt_rows),
            draw=draw,
            n_draws=n_draws,
            loss_correction=shares.correction(self.classes) if self.prior_correction else None,
            led_to_data=None if shares.leaves_out_a_class else shares.correction(self.classes),
            embedding_sizes=encoding.embedding_sizes,
            hidden_inputs=hidden_inputs(encoding, plan),
            part_folds=self.split.folds,
            counts=self.row_counts if self.sampler is None else None,
        )
        return with_own_rows_only(data, self.split, table, encoding) if self.has_parts else data


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

    None if nothing is hidden. Some members see numbers whole, some in pieces, and some in fine pieces and by their
    values, where small differences matter. Their errors differ, so the mean has fewer errors. What each way of seeing
    is worth, held-out rows say.
    """
    if plan.numerical_embedding != "mixed" or plan.n_members == 1 or not encoding.pieced.size:
        return None
    way = np.arange(plan.n_members)[:, np.newaxis] % N_WAYS_OF_SEEING
    return (way == WHOLE) & encoding.is_piece | (way != IN_DETAIL) & encoding.is_detail


def _side_by_side(resampled, encoding):
    """(rows, codes, weights, train): one table with the resampled rows of all members, and the rows of each member."""
    encoded = []
    for r in resampled:
        selected = encoding.transform(r.original, r.source_index[: r.n_selected])
        # A sampler makes no rows of a sparse table: see `check_fits_sparse`.
        encoded.append(selected if sparse.issparse(selected) else np.concatenate([selected, _made(r, encoding)]))
    ends = np.cumsum([part.shape[0] for part in encoded])
    train = [np.arange(end - part.shape[0], end) for end, part in zip(ends, encoded, strict=True)]
    codes = np.concatenate([r.codes for r in resampled]).astype(np.int32)
    rows = sparse.vstack(encoded, format="csr") if sparse.issparse(encoded[0]) else np.concatenate(encoded)
    return rows, codes, np.concatenate([r.weights for r in resampled]), train


def _unchanged(matrix):
    return matrix


def _made(resampled, encoding):
    if len(resampled.made):
        return encoding.transform(resampled.made)
    return np.empty((0, encoding.n_outputs), np.float32)


def _balanced_draw(codes, weights):
    """The `draw` of a RowStream in which every batch holds each class equally often."""

    def draw(where, rng, n_draws):
        return where[balanced_epoch(codes[where], weights[where], n_draws, rng)]

    return draw
