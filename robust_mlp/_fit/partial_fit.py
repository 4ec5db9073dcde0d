"""What `RobustMLPClassifier.partial_fit` does, and the state that it keeps from one call to the next.

The first call fixes the plan and the seeds. The encoding grows with the calls. A few rows of each class are held out,
to see whether the network gives one class to all rows."""

import math
from collections.abc import Set
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse
from sklearn.utils.validation import _num_samples, check_consistent_length

from robust_mlp._collapse.stream_report import one_class_of, stream_report, unguarded_report
from robust_mlp._core.class_shares import ClassShares
from robust_mlp._core.losses import row_losses
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._core.training_data import Trained, TrainingData
from robust_mlp._data import balancing
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.containers import check_container
from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._data.growing_encoding import GrowingEncoding
from robust_mlp._data.sample_weights import check_weights
from robust_mlp._data.sparse_rows import as_part, is_of_sparse_table
from robust_mlp._data.tables import read_table
from robust_mlp._data.targets import check_is_column, encode_labels, learn_labels
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.later_parameters import followed
from robust_mlp._fit.rehearsal import Rehearsal
from robust_mlp._fit.reservoir import Reservoir, can_tell
from robust_mlp._fit.resolve_plan import batch_size_for_part, resolve_plan_of_parts
from robust_mlp._fit.scale_following import ScaleFollowing
from robust_mlp._fit.training_table import hidden_inputs
from robust_mlp._fit.unit_warning import units_text
from robust_mlp._prediction.fitted_network import FittedNetwork

# The sum of a million such weights still fits into float32.
LARGEST_WEIGHT = 1e30
# Rows of a call that are looked at: in so many, a class that is predicted at all is seen.
MOST_ROWS_LOOKED_AT = 1000


def fit_one_epoch(clf, X, y, classes, sample_weight):
    """Train a classifier for one epoch on these rows, and set its fitted attributes.

    Parameters
    ----------
    clf : RobustMLPClassifier
        With checked parameters.
    X, y, classes, sample_weight
        As in `RobustMLPClassifier.partial_fit`.

    Returns
    -------
    one_class, units : str or None
        What to warn of: that `predict` gives one class; that columns came in another unit than before.

    Raises
    ------
    ValueError, TypeError
        For parameters or data that cannot be used, before any training.
    """
    _check_needs_no_table(clf)
    training = getattr(clf, "_partial", None)
    is_first = training is None and not hasattr(clf, "_fitted")
    _check_can_grow(clf, training)
    check_container(X)
    weights = _in_range(check_weights(sample_weight, _num_samples(X)))
    _agree_on_classes(clf, classes, is_first)
    used = weights > 0
    if is_first:
        matrix, clf._reader = read_table(clf, X, categorical_features=clf.categorical_features, reset=True, used=used)
    else:
        matrix, clf._reader = clf._reader.read_more(clf, X, used)
    matrix = as_part(matrix) if sparse.issparse(matrix) else matrix
    check_consistent_length(matrix, y)
    table = LabelledTable(matrix, encode_labels(y, clf.classes_), weights).drop_zero_weight()
    if training is None:
        fitted = getattr(clf, "_fitted", None)
        earlier = getattr(clf, "_first_plan", None)
        mass = np.zeros(len(clf.classes_)) if fitted is None else clf._class_mass
        training = PartialTraining.begin(clf, table, clf._reader, fitted, mass, earlier)
    plan, asked = followed(clf, training.plan, training.asked)
    training = replace(training, plan=plan, asked=asked)
    clf._partial = training.after_one_epoch(clf, table, clf._reader)
    _keep(clf, clf._partial)
    return _judge(clf, clf._partial, table), units_text(clf._partial.named_changes, clf._plan.scale is not None)


def _check_can_grow(clf, training):
    """Raise if the networks of a fit cannot go on: they lack inputs, or they had found nothing."""
    if training is not None or not hasattr(clf, "_fitted"):
        return
    if clf._fitted.judged_kind:
        raise ValueError(
            "partial_fit goes on from the networks of fit. These had found nothing, and mixed-effects members predict "
            "in their place (see report_). Call fit on all rows, or begin with sklearn.base.clone(estimator)."
        )
    if is_of_sparse_table(clf._fitted.encoding):
        raise ValueError(
            "partial_fit cannot go on from a fit on a sparse table, because the network has inputs only for columns "
            "that were stored in two rows. Use fit with warm_start=True on rows with the same columns, or begin with "
            "sklearn.base.clone(estimator)."
        )


def _in_range(weights):
    """The weights as they are. Raise if there are none, or if float32 could not hold their sums."""
    if not len(weights):
        raise ValueError("X has 0 samples, and partial_fit trains on the rows of a call. Leave out calls without rows.")
    positive = weights[weights > 0]
    if positive.max() > LARGEST_WEIGHT or positive.min() < 1 / LARGEST_WEIGHT:
        raise ValueError(
            f"sample_weight holds weights from {positive.min():g} to {positive.max():g}. "
            f"Pass weights between {1 / LARGEST_WEIGHT:g} and {LARGEST_WEIGHT:g}, in the same unit in all calls."
        )
    return weights


def _check_needs_no_table(clf):
    """Raise for parameters that need the whole table at once."""
    if clf.sampler is not None:
        raise ValueError(
            f"sampler={clf.sampler!r} needs the whole table, and partial_fit sees a part of it. "
            "Pass sampler=None, with class_weight='balanced' if need be."
        )
    if not (isinstance(clf.decision, str) and clf.decision == "argmax"):
        raise ValueError(
            f"decision={clf.decision!r} is learnt from held-out rows, and partial_fit holds out too few. "
            "Pass decision='argmax'."
        )


def _agree_on_classes(clf, classes, is_first):
    """Store `classes` in the first call of `partial_fit`; compare them in later calls. Their order tells nothing."""
    classes = list(classes) if isinstance(classes, Set) else classes
    if is_first:
        if classes is None:
            raise ValueError(
                "The first call of partial_fit needs every class that will ever come: "
                "pass classes=np.unique(all_labels)."
            )
        check_is_column(classes, "classes")
        clf.classes_ = learn_labels(classes)[0]
    elif classes is not None and not np.array_equal(np.unique(classes), clf.classes_):
        raise ValueError(
            f"classes={classes!r} are not the classes of the earlier calls: {clf.classes_.tolist()}. "
            "Leave classes out, or begin again with clone(estimator)."
        )


def _judge(clf, training, table):
    """Set `report_`. Returns the sentence that says that `predict` gives one class, or None."""
    names = list(map(str, clf.classes_.tolist()))
    if clf.collapse_guard == "off":
        clf.report_ = unguarded_report(names)
        return None
    kept = training.reservoir.table
    held_out = (kept.codes, kept.weights) if kept is not None else (np.empty(0, int), np.empty(0))
    probabilities = training.fitted.probabilities(kept.X) if len(held_out[0]) else np.empty((0, len(names)))
    predicted, codes, where = probabilities.argmax(axis=1), held_out[0], "held-out rows"
    if not can_tell(kept):
        some, first = table.at(np.arange(min(len(table), MOST_ROWS_LOOKED_AT))), training.reservoir.first
        for rows in (some,) if first is None else (some, first):
            predicted = np.concatenate([predicted, training.fitted.probabilities(rows.X).argmax(axis=1)])
            codes = np.concatenate([codes, rows.codes])
        where = "rows that are at hand"
    n_seen = int(np.count_nonzero(training.class_mass))
    sentence = one_class_of(predicted, codes, n_seen, names, where)
    clf.report_ = stream_report(probabilities, held_out, clf.class_prior_, names, sentence)
    return sentence


def _keep(clf, training):
    """Store the state of the training so far. Sets the fitted attributes."""
    clf._fitted, clf._plan = training.fitted, training.plan
    shares = training.class_shares(clf)
    clf.class_prior_, clf._class_mass = shares.prior, training.class_mass
    clf.probability_prior_ = shares.prior if clf.prior_correction else shares.loss_prior
    clf._decision, clf.decision_offsets_ = None, np.zeros(len(clf.classes_))
    clf.n_iter_, clf.n_members_, clf.out_activation_ = len(training.losses), training.plan.n_members, "softmax"
    clf.n_additive_members_ = clf.n_radial_members_ = clf.n_mixed_effects_members_ = 0
    clf.overridden_ = {}  # an epoch is trained as it was asked for
    clf.temperature_ = float(np.mean(1 / training.inverse_temperature))
    clf.loss_curve_ = list(training.losses)
    clf.best_loss_ = min(clf.loss_curve_)
    # The rows of later calls widen the ranges, and nobody keeps them. No row is held out to measure importance on.
    for name in ("_keras_model", "_first_plan", "_ranges", "feature_importances_"):
        clf.__dict__.pop(name, None)


@dataclass(frozen=True, eq=False)
class PartialTraining:
    """The state between two calls.

    plan : TrainingPlan; seeds : dict; reservoir : Reservoir; class_mass : total weight of each class so far,
    (n_classes,); losses : of each call so far; growing : GrowingEncoding, None before the first rows; trained : Trained
    or None; fitted : FittedNetwork or None; rehearsal : Rehearsal; following : ScaleFollowing; inverse_temperature :
    that of an earlier `fit`, because the reservoir is too small to choose one; asked : TrainingPlan that the parameters
    gave in the calls before, None if nobody knows.
    """

    plan: TrainingPlan
    seeds: dict[str, int]
    reservoir: Reservoir
    class_mass: np.ndarray
    losses: tuple = ()
    growing: GrowingEncoding | None = None
    trained: Trained | None = None
    fitted: FittedNetwork | None = None
    rehearsal: Rehearsal = field(default_factory=Rehearsal)
    following: ScaleFollowing = field(default_factory=ScaleFollowing)
    inverse_temperature: float | np.ndarray = 1.0
    asked: TrainingPlan | None = None

    @classmethod
    def begin(cls, estimator, table, reader, fitted, class_mass, asked=None):
        """Start from the first part of the table. After `fit`, start from its network and its class mass.

        `asked`: the plan that the parameters of an earlier `fit` gave, before any repair.
        """
        n_distinct = len(merge_rows(table.X, table.codes, table.weights).index)
        architecture = None if fitted is None else fitted.weights.architecture
        plan = resolve_plan_of_parts(estimator, n_distinct, reader.kinds.count(NUMBER), architecture)
        reservoir = Reservoir.empty(len(class_mass), has_trained=fitted is not None)
        seeds = spawn_seeds(estimator.random_state)
        if fitted is None:
            return cls(plan, seeds, reservoir, class_mass, asked=plan)
        return cls(
            plan,
            seeds,
            reservoir,
            class_mass,
            growing=GrowingEncoding.after_fit(fitted.encoding, class_mass.sum()),
            trained=Trained(fitted.weights),
            fitted=replace(fitted, companions=(), member_weights=None),
            inverse_temperature=fitted.inverse_temperature,
            asked=asked,
        )

    def after_one_epoch(self, estimator, table, reader):
        """The state after one epoch on a part of the table.

        Parameters
        ----------
        estimator : RobustMLPClassifier
        table : LabelledTable
        reader : TableReader
            Of all parts so far.

        Returns
        -------
        after : PartialTraining

        Raises
        ------
        ValueError
            If the loss is NaN or infinite. This state is then unchanged.
        """
        n_classes = len(estimator.classes_)
        mass = self.class_mass + balancing.class_mass(table.codes, table.weights, n_classes)
        reservoir, training = self.reservoir, table
        if estimator.collapse_guard != "off":
            reservoir, training = reservoir.divided(table, self.seeds["split"])
        after = replace(self, class_mass=mass, reservoir=reservoir)
        if (
            not len(training) and self.fitted is not None and self.growing is not None
        ):  # all rows of a tiny part are held out
            losses = row_losses(self.fitted.probabilities(table.X), table.codes)
            losses = (*self.losses, float(np.average(losses, weights=table.weights)))
            return replace(after, losses=losses, growing=replace(self.growing, changes=()))
        return after._trained_on(estimator, training, reader)

    def _trained_on(self, estimator, table, reader):
        """The state after one epoch on all rows of a table; `class_mass` and `reservoir` know them already."""
        from robust_mlp._network.training import train

        plan = replace(self.plan, batch_size=batch_size_for_part(estimator, self.plan, len(table)))
        if self.growing is None:
            growing = GrowingEncoding.begin(table.X, reader, table.weights, plan.scale, plan.numerical_embedding)
            change = None
        else:
            growing, change = self.growing.grown(table.X, reader, table.weights)
        rehearsal, reservoir = self.rehearsal, self.reservoir
        if any(not change.is_by_few for change in growing.changes):  # rows in the other unit teach and judge wrongly
            rehearsal, reservoir = Rehearsal(), reservoir.emptied()
        rehearsed = rehearsal.joined_to(table, self.class_mass)
        data = self._training_data(estimator, rehearsed, growing.encoding, plan)
        start, following = self._reencoded(change, data, len(table))
        attempt = train(plan, data, self.seeds, start=start)
        loss = attempt.records[-1].loss
        if not math.isfinite(loss):
            raise ValueError(
                f"The loss became {loss} in epoch {len(self.losses) + 1} of partial_fit. "
                f"Lower learning_rate={plan.learning_rate:g}, or scale X. "
                "The weights of the previous epoch are kept."
            )
        shares = self.class_shares(estimator)
        offsets = shares.offsets(estimator.classes_) if estimator.prior_correction else np.zeros(len(self.class_mass))
        return replace(
            self,
            plan=plan,
            growing=growing,
            rehearsal=rehearsal.after(table, len(self.class_mass)),
            reservoir=reservoir,
            losses=(*self.losses, loss),
            trained=attempt.network,
            following=following,
            fitted=FittedNetwork(growing.encoding, attempt.network.weights, offsets, self.inverse_temperature),
        )

    def _reencoded(self, change, data, n_rows):
        """(Trained, ScaleFollowing): the network behind the changed inputs, and what the rows of the call say of it.

        `change` is None in the first call. `data` holds the rows of the call first, `n_rows` of them.
        """
        from robust_mlp._network.reencoding import reencoded

        if change is None:
            return self.trained, self.following
        seed = self.seeds["weights"] + len(self.losses)
        followed = reencoded(self.trained, change, seed)
        if not change.rescales:
            return followed, self.following
        stayed = reencoded(self.trained, change.without_scales, seed)
        rows, codes = data.rows[:n_rows], data.codes[:n_rows]
        losses = [
            row_losses(start.weights.tempered(self.inverse_temperature).network().probabilities(rows), codes)
            for start in (followed, stayed)
        ]
        following = self.following.after(losses[0] - losses[1], data.weights[:n_rows].astype(np.float64))
        return stayed if following.is_worse else followed, following

    def _training_data(self, estimator, table, encoding, plan):
        """The encoded rows of a part, each with its weight in the loss."""
        n_classes = len(self.class_mass)
        codes = np.arange(n_classes)
        per_class = balancing.class_weights(estimator.class_weight, estimator.classes_, codes, self.class_mass)
        weights = balancing.row_weights(per_class, table.codes, table.weights).astype(np.float32)
        rows = encoding.transform(table.X)
        return TrainingData(
            rows=rows,
            codes=table.codes,
            weights=weights,
            eval_rows=(rows, table.codes, weights),
            train_eval_rows=np.arange(len(rows)),
            n_classes=n_classes,
            train=[np.arange(len(table.codes))] * plan.n_members,
            embedding_sizes=encoding.embedding_sizes,
            hidden_inputs=hidden_inputs(encoding, plan),
        )

    @property
    def named_changes(self):
        """Columns that the last call brought in another unit: list of (name, UnitChange)."""
        if self.growing is None:
            return []
        reader, numbers = self.growing.encoding.reader, self.growing.encoding.numbers
        changes = [change for change in self.growing.changes if not change.is_by_few]
        return [(str(reader.name_of(numbers[change.number])), change) for change in changes]

    def class_shares(self, estimator):
        """The ClassShares of all rows so far."""
        codes = np.arange(len(self.class_mass))
        per_class = balancing.class_weights(estimator.class_weight, estimator.classes_, codes, self.class_mass)
        return ClassShares(self.class_mass, self.class_mass * per_class, per_class)
