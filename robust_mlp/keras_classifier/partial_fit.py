"""One epoch of `partial_fit`, which continues exactly where the previous call ended."""

import warnings
from collections.abc import Set
from dataclasses import replace

import numpy as np
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_consistent_length

from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._data.balancing import class_mass
from robust_mlp._data.sample_weights import check_weights
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.unit_warning import units_text
from robust_mlp.exceptions import CollapseWarning
from robust_mlp.keras_classifier.fit import begin, keep_loss_mass
from robust_mlp.keras_classifier.growing_scale import follow
from robust_mlp.keras_classifier.heads import targets_for
from robust_mlp.keras_classifier.parameters import fit_settings
from robust_mlp.keras_classifier.recorder import EvalRows, LabelsRecorder, Recorder
from robust_mlp.keras_classifier.rows import check_gaps, out_of_batches, read_rows
from robust_mlp.keras_classifier.stream import divided, forget_held_out, judge
from robust_mlp.keras_classifier.training import Run, arrays_of, put_weights, run_training

MAX_LOOKED_AT = 256
# From warnings.warn up to the line that called partial_fit, through `_judged` and `fit_one_epoch`.
STACK_LEVEL = 4


def fit_one_epoch(estimator, X, y, classes, sample_weight):
    """What `partial_fit` does. Sets the fitted attributes.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    X, y, classes, sample_weight
        As passed to `partial_fit`.

    Returns
    -------
    one_class, units : str or None
        What to warn of: that `predict` gives one class; that columns came in another unit than before.
    """
    seeds = spawn_seeds(estimator.random_state)
    classes = list(classes) if isinstance(classes, Set) else classes
    X, y, sample_weight = out_of_batches(X, y, sample_weight)
    if "_trained" not in vars(estimator):
        begin(estimator, X, y if classes is None else classes, seeds, y)
    X = read_rows(estimator, X, reset=False)
    check_gaps(X, estimator._trained.scaler)
    weights = check_weights(sample_weight, len(X))
    check_consistent_length(X, y)
    table = LabelledTable(X, estimator._labels.encode(y), weights).drop_zero_weight()
    training, changes, before = divided(estimator, table, seeds), [], estimator._trained
    try:
        if len(training):  # all rows of a tiny part may be held out
            changes = follow(estimator, training)
            if changes:
                forget_held_out(estimator)
            train_one_epoch(estimator, training, seeds)
        return _judged(estimator, table), units_text(changes)
    except BaseException:
        # As if the call had not begun: the scale of before belongs to the weights of before.
        put_weights(estimator.model_, before.weights, before.fixed)
        raise


def _judged(estimator, table):
    """What to warn of one class, or None. Warns itself where the weights are no numbers."""
    if not all(np.isfinite(weight).all() for weight in estimator._trained.weights):
        warnings.warn(
            "After this call of partial_fit the network's weights are not numbers, and it predicts NaN. Begin anew "
            "with a smaller optimizer__learning_rate or with scaled columns.",
            CollapseWarning,
            stacklevel=STACK_LEVEL,
        )
        return None
    return judge(estimator, table)


def train_one_epoch(estimator, table, seeds):
    """Train the estimator's network one epoch on a table. Sets its weights, history and `probability_prior_`.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
        With a network.
    table : LabelledTable
    seeds : dict of str to int
    """
    trained, labels = estimator._trained, estimator._labels
    model = estimator.model_
    rows = trained.scaler.transform(table.X)
    n_epochs = len(estimator.history_.get("loss", ()))
    settings = fit_settings(estimator, {}, len(rows))
    weights = table.weights * _class_weights(estimator, table)
    if not labels.is_multilabel:
        keep_loss_mass(estimator, estimator._loss_mass + class_mass(table.codes, weights, trained.n_classes))
    rng = np.random.default_rng([seeds["shuffle"], n_epochs])
    some = np.arange(min(len(rows), MAX_LOOKED_AT))
    kind = LabelsRecorder if labels.is_multilabel else Recorder
    eval_rows = EvalRows(rows[some], table.codes[some], np.ones(len(some)))
    loss = trained.choice.loss if trained.choice.right is not None else model.loss
    run = Run(
        model=model,
        loss=loss,
        rows=rows,
        targets=targets_for(trained.choice, table.codes, trained.n_classes),
        weights=weights / weights.mean(),
        codes=np.zeros(len(rows), int) if labels.is_multilabel else table.codes,
        recorder=kind(trained.choice, trained.n_classes, eval_rows, None, trained.offsets),
        batch_size=min(settings["batch_size"], len(rows)),
        epochs=n_epochs + 1,
        order=lambda: rng.permutation(len(rows)).astype(np.int32),
        first_epoch=n_epochs,
        begin_from=(trained.weights, trained.fixed, trained.slots),
        parts=estimator._parts,
    )
    run_training(run)
    earlier = estimator.history_
    estimator.history_ = earlier | {name: [*earlier.get(name, ()), *new] for name, new in run.history.items()}
    estimator._trained = replace(
        trained,
        weights=arrays_of(model.trainable_variables),
        fixed=arrays_of(model.non_trainable_variables),
        slots=run.slots,
        history=estimator.history_,
    )


def _class_weights(estimator, table):
    """The class weight of each row; 1 without class weights."""
    given, labels = estimator.class_weight, estimator._labels
    if given is None or labels.is_multilabel:
        return np.ones(len(table))
    if given == "balanced":
        present = np.unique(table.codes)
        found = dict(
            zip(present.tolist(), compute_class_weight("balanced", classes=present, y=table.codes), strict=True)
        )
        return np.array([found[code] for code in table.codes])
    by_label = [float(given.get(label, 1.0)) for label in labels.classes.tolist()]
    return np.array(by_label)[table.codes]
