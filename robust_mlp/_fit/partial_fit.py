"""What `RobustMLPClassifier.partial_fit` does, and the state that it keeps from one call to the next.

The first call fixes the encoding, the plan and the seeds."""

import math
from dataclasses import dataclass, replace

import numpy as np
from sklearn.utils.validation import _num_samples, check_consistent_length

from robust_mlp._core.class_shares import ClassShares
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._core.training_data import Trained, TrainingData
from robust_mlp._data import balancing
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._data.encoding import Encoding, learn_encoding
from robust_mlp._data.sample_weights import check_weights
from robust_mlp._data.tables import read_table
from robust_mlp._data.targets import encode_labels, learn_labels
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.resolve_plan import resolve_plan_of_parts
from robust_mlp._fit.training_table import hidden_inputs
from robust_mlp._prediction.fitted_network import FittedNetwork

# The sum of a million such weights still fits into float32.
LARGEST_WEIGHT = 1e30


def fit_one_epoch(clf, X, y, classes, sample_weight):
    """Train a classifier for one epoch on these rows, and set its fitted attributes.

    Parameters
    ----------
    clf : RobustMLPClassifier
        With checked parameters.
    X, y, classes, sample_weight
        As in `RobustMLPClassifier.partial_fit`.

    Raises
    ------
    ValueError, TypeError
        For parameters or data that cannot be used, before any training.
    """
    _check_needs_no_table(clf)
    training = getattr(clf, "_partial", None)
    is_first = training is None and not hasattr(clf, "_fitted")
    weights = _in_range(check_weights(sample_weight, _num_samples(X)))
    _agree_on_classes(clf, classes, is_first)
    if is_first:
        matrix, reader = read_table(clf, X, categorical_features=clf.categorical_features, reset=True)
        clf._reader = reader
    else:
        matrix = clf._reader.read(clf, X)
    check_consistent_length(matrix, y)
    table = LabelledTable(matrix, encode_labels(y, clf.classes_), weights).drop_zero_weight()
    if training is None:
        fitted = getattr(clf, "_fitted", None)
        mass = np.zeros(len(clf.classes_)) if fitted is None else clf._class_mass
        training = PartialTraining.begin(clf, table, clf._reader, fitted, mass)
    clf._partial = training.after_one_epoch(clf, table)
    _keep(clf, clf._partial)


def _in_range(weights):
    """The weights as they are. Raise if float32 could not hold their sums."""
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
            f"decision={clf.decision!r} is learnt from held-out rows, and partial_fit holds none out. "
            "Pass decision='argmax'."
        )


def _agree_on_classes(clf, classes, is_first):
    """Store `classes` in the first call of `partial_fit`; compare them in later calls."""
    if is_first:
        if classes is None:
            raise ValueError(
                "The first call of partial_fit needs every class that will ever come: "
                "pass classes=np.unique(all_labels)."
            )
        clf.classes_ = learn_labels(classes)[0]
    elif classes is not None and not np.array_equal(np.unique(classes), clf.classes_):
        raise ValueError(
            f"classes={classes!r} are not the classes of the earlier calls: {clf.classes_.tolist()}. "
            "Leave classes out, or begin again with clone(estimator)."
        )


def _keep(clf, training):
    """Store the state of the training so far. Sets the fitted attributes."""
    clf._fitted, clf._plan = training.fitted, training.plan
    shares = training.class_shares(clf)
    clf.class_prior_ = shares.prior
    clf.probability_prior_ = shares.prior if clf.prior_correction else shares.loss_prior
    clf._decision, clf.decision_offsets_ = None, np.zeros(len(clf.classes_))
    clf.n_iter_, clf.n_members_, clf.out_activation_ = len(training.losses), training.plan.n_members, "softmax"
    clf.n_additive_members_ = clf.n_radial_members_ = 0
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

    plan : TrainingPlan; fitted : FittedNetwork or None before the first epoch; encoding : Encoding; seeds : dict;
    class_mass : total weight of each class so far, (n_classes,); losses : of each epoch so far;
    trained : Trained or None; inverse_temperature : that of an earlier `fit`, because `partial_fit` holds out no rows.
    """

    plan: TrainingPlan
    encoding: Encoding
    seeds: dict[str, int]
    class_mass: np.ndarray
    losses: tuple = ()
    trained: Trained | None = None
    fitted: FittedNetwork | None = None
    inverse_temperature: float = 1.0

    @classmethod
    def begin(cls, estimator, table, reader, fitted, class_mass):
        """Start from the first part of the table. After `fit`, start from its network and its class mass."""
        merged = merge_rows(table.X, table.codes, table.weights)
        architecture = None if fitted is None else fitted.weights.architecture
        plan = resolve_plan_of_parts(estimator, len(merged.index), reader.kinds.count(NUMBER), architecture)
        if fitted is not None:
            return cls(
                plan,
                fitted.encoding,
                spawn_seeds(estimator.random_state),
                class_mass,
                trained=Trained(fitted.weights),
                inverse_temperature=fitted.inverse_temperature,
            )
        encoding = learn_encoding(
            table.X,
            reader,
            merged.index,
            merged.weights,
            plan.scale,
            plan.numerical_embedding,
            embeds_levels=True,
        )
        return cls(plan, encoding, spawn_seeds(estimator.random_state), class_mass)

    def after_one_epoch(self, estimator, table):
        """The state after one epoch on a part of the table.

        Raises
        ------
        ValueError
            If the loss is NaN or infinite. This state is then unchanged.
        """
        from robust_mlp._network.training import train

        n_classes = len(estimator.classes_)
        mass = self.class_mass + balancing.class_mass(table.codes, table.weights, n_classes)
        per_class = balancing.class_weights(estimator.class_weight, estimator.classes_, np.arange(n_classes), mass)
        rows = self.encoding.transform(table.X)
        weights = balancing.row_weights(per_class, table.codes, table.weights).astype(np.float32)
        data = TrainingData(
            rows=rows,
            codes=table.codes,
            weights=weights,
            eval_rows=(rows, table.codes, weights),
            train_eval_rows=np.arange(len(rows)),
            n_classes=n_classes,
            train=[np.arange(len(table.codes))] * self.plan.n_members,
            embedding_sizes=self.encoding.embedding_sizes,
            hidden_inputs=hidden_inputs(self.encoding, self.plan),
        )
        attempt = train(self.plan, data, self.seeds, start=self.trained)
        loss = attempt.records[-1].loss
        if not math.isfinite(loss):
            raise ValueError(
                f"The loss became {loss} in epoch {len(self.losses) + 1} of partial_fit. "
                f"Lower learning_rate={self.plan.learning_rate:g}, or scale X. "
                "The weights of the previous epoch are kept."
            )
        after = replace(self, class_mass=mass, losses=(*self.losses, loss), trained=attempt.network)
        shares = after.class_shares(estimator)
        offsets = shares.offsets(estimator.classes_) if estimator.prior_correction else np.zeros(n_classes)
        fitted = FittedNetwork(self.encoding, attempt.network.weights, offsets, self.inverse_temperature)
        return replace(after, fitted=fitted)

    def class_shares(self, estimator):
        """The ClassShares of all rows so far."""
        codes = np.arange(len(self.class_mass))
        per_class = balancing.class_weights(estimator.class_weight, estimator.classes_, codes, self.class_mass)
        return ClassShares(self.class_mass, self.class_mass * per_class, per_class)
