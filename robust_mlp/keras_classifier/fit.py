"""The steps of one fit of GuardedKerasClassifier: from rows and a network to fitted attributes.

Here the user's network, its rows and the guard meet. Warns of nothing: the estimator announces the outcome."""

import itertools
import time
from dataclasses import replace

import numpy as np

from robust_mlp._collapse.cut_short import with_left_out
from robust_mlp._collapse.guard import guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._collapse.sample_weight_notes import with_weight_notes
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._fit.doubts import doubts_about, with_doubts
from robust_mlp._fit.row_order import notes_on_order
from robust_mlp._network.keras_callbacks import check_not_restoring
from robust_mlp.inspection._read import keras_model as reading
from robust_mlp.inspection._rules.findings import put_in_order
from robust_mlp.inspection._rules.layers import judge_layers
from robust_mlp.inspection._watch.plan import plan_of
from robust_mlp.inspection._watch.table_facts import facts_of_table
from robust_mlp.keras_classifier.first_attempt import first_attempt
from robust_mlp.keras_classifier.graph_program import optimizer_settings
from robust_mlp.keras_classifier.heads import choose_head
from robust_mlp.keras_classifier.input_scale import resolve_scale
from robust_mlp.keras_classifier.network_factory import NetworkRecipe, make_network
from robust_mlp.keras_classifier.own_head import with_own_head
from robust_mlp.keras_classifier.own_terms import in_own_terms
from robust_mlp.keras_classifier.parameters import fit_settings
from robust_mlp.keras_classifier.reporting import (
    one_sided_report,
    own_overridden,
    unchecked_report,
    unwatched_report,
    with_averages,
    with_own_head_kept,
    with_own_version,
    with_repairs,
)
from robust_mlp.keras_classifier.rows import learn_labels, learn_rows, read_training, read_validation
from robust_mlp.keras_classifier.run_attempt import KerasFitJob, TrainedNetwork, run_attempt
from robust_mlp.keras_classifier.training import arrays_of, put_weights
from robust_mlp.keras_classifier.training_table import FEWEST_HELD_OUT, RowSettings, prepare_rows

# Findings about initial weights. After one of these, a restart draws new weights.
BAD_WEIGHTS = ("identical_units", "weights_too_large", "weights_too_small", "biases_too_large")
# If class weights give one class more than this share of the loss, the user asked for one class. The guard is off then.
ONE_SIDED = 0.999
GIVEN_INITIALIZER = "given"  # stands for the user's own initializers


def fit_under_guard(estimator, X, y, sample_weight, groups, validation, given):
    """Read, train, judge and keep. Sets the fitted attributes.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    X, y, sample_weight, groups
        As passed to `fit`.
    validation : tuple of (X_val, y_val)
        As passed to `fit`.
    given : dict
        Further keyword arguments of `fit`.

    Returns
    -------
    outcome : GuardOutcome or None
        None for several labels per row.
    policy : str
        Of the guard: the estimator's, or "off".
    """
    begun, deadline = time.perf_counter(), Deadline(estimator.max_time)
    before = getattr(estimator, "_trained", None) if estimator.warm_start else None
    seeds = spawn_seeds(estimator.random_state)
    order = notes_on_order(X, y=y, sample_weight=sample_weight, groups=groups)
    table, label_finding = read_training(estimator, X, y, sample_weight, groups)
    X = table.X
    held_out = read_validation(estimator, *validation)
    doubts = (*order, *_doubts(estimator, table, held_out))
    settings = fit_settings(estimator, given, len(X))
    model, choice, recipe = make_first_network(estimator, X, seeds)
    resolve_scale(estimator, model, X, before)
    rows = _row_settings(estimator, settings)
    data = prepare_rows(table, estimator._labels, rows, seeds, validation=held_out)
    estimator._initialize_callbacks()
    check_not_restoring(estimator._fit_callbacks)
    job = KerasFitJob(
        estimator=estimator,
        data=data,
        labels=estimator._labels,
        choice=choice,
        recipe=recipe,
        plan=_plan(estimator, model, choice, settings),
        seeds=seeds,
        model=model,
        optimizer=optimizer_settings(model.optimizer),
        fresh_weights=any(finding.code in BAD_WEIGHTS for finding in estimator.inspection_),
        callbacks=estimator._fit_callbacks,
        deadline=deadline,
        begin_from=_begin_from(before, model, settings["initial_epoch"]),
    )
    if estimator._labels.is_multilabel:
        attempt = run_attempt(job, job.plan, number=1)
        keep(estimator, attempt, unchecked_report(time.perf_counter() - begun), None)
        return None, "off"
    weighted = None if sample_weight is None else table
    return _judged(estimator, job, label_finding, doubts, weighted)


def _doubts(estimator, table, held_out):
    """What makes held-out figures doubtful, as findings. Of rows of any shape, each number is a column."""
    if estimator._labels.is_multilabel:
        return ()
    flat = replace(table, X=table.X.reshape(len(table), -1))
    judging = None if held_out is None else replace(held_out, X=held_out.X.reshape(len(held_out), -1))
    return doubts_about(flat, judging, range(flat.X.shape[1]))


def _judged(estimator, job, label_finding, doubts, weighted):
    """(GuardOutcome, policy of the guard) of rows with one class each. Sets the fitted attributes.

    `weighted` is the table where the user weighed its rows, else None.
    """
    data, numbers = job.data, itertools.count(2)
    shares = data.class_shares()
    is_one_sided = shares.loss_prior.max() > ONE_SIDED
    policy = "off" if is_one_sided else estimator.collapse_guard  # one class is then what was asked for
    begun = time.perf_counter()  # the guard's own clock begins after the first training
    first, job, own = first_attempt(job, policy)
    first, job, own_head = with_own_head(first, job, policy)
    seconds = time.perf_counter() - begun
    attempts = itertools.chain([first], (None for _ in itertools.count()))
    outcome = guard(
        lambda plan: next(attempts) or run_attempt(job, plan, next(numbers)),
        job.plan,
        _facts(estimator, data, job),
        Priors(data=shares.prior, loss=shares.loss_prior, serves_loss=True),
        _guard_settings(estimator, policy, job.seeds, job.limit),
    )
    trained = outcome.attempt.network.trained
    report = one_sided_report(outcome.report, shares.loss_prior.max()) if is_one_sided else outcome.report
    report = replace(report, seconds=report.seconds + seconds)
    report = with_repairs(with_left_out(report, job.limit.left_out), trained.choice, label_finding)
    report = with_doubts(report, doubts)
    report = with_own_version(with_averages(report, trained.lag, policy), own)
    if trained.choice.right is None:  # another training may have tried the other head again
        report = with_own_head_kept(report, own_head)
    outcome = replace(outcome, report=report)
    kept = data.class_shares(use_class_weight=outcome.attempt.plan.use_class_weight)
    overridden = own_overridden(outcome.report, job.plan, estimator, trained.choice)
    report = in_own_terms(outcome.report)
    if weighted is not None and policy != "off":
        report = with_weight_notes(report, weighted.codes, weighted.weights)
    outcome = replace(outcome, report=report)
    keep(estimator, outcome.attempt, outcome.report, kept.loss_prior * data.training.weights.sum(), overridden)
    return outcome, policy


def _row_settings(estimator, settings):
    """How rows are held out, sampled, weighed and scaled."""
    return RowSettings(
        fraction=estimator.validation_split or estimator.validation_fraction or 0.0,
        fewest=1 if estimator.validation_split else FEWEST_HELD_OUT,
        sampler=estimator.sampler,
        class_weight=estimator.class_weight,
        keep_order=not settings["shuffle"],
        make_scaler=estimator._make_scaler,
    )


def _guard_settings(estimator, policy, seeds, deadline):
    """What the guard is asked to do, under a policy that may not be the user's own."""
    names = [str(name) for name in estimator.classes_.tolist()]
    return GuardSettings(
        policy=policy,
        max_restarts=estimator.max_restarts,
        class_names=names,
        seed=seeds["signal"],
        deadline=deadline,
        on_repair=print if estimator.verbose else None,
        is_own_network=True,
    )


def make_first_network(estimator, X, seeds):
    """(model, HeadChoice, NetworkRecipe) of the first attempt. Sets: inspection_."""
    estimator._random_state = None  # otherwise scikeras would use it to change settings of the whole process
    recipe = NetworkRecipe(seed=seeds["weights"], row_shape=X.shape[1:], parts=estimator._parts)
    model = make_network(estimator, recipe)
    _check_inputs_and_outputs(model, estimator._parts, X.shape[1:])
    choice = choose_head(model, model.loss, estimator._labels, repair=estimator.repair_head)
    estimator.inspection_ = put_in_order([*choice.findings, *judge_layers(reading.read_layers(model))])
    if choice.right is not None or model.loss is None:
        recipe = replace(recipe, changes=choice.changes, loss=choice.loss)
        made = make_network(estimator, recipe)
        if made is None:
            raise ValueError(f"{choice.findings[0].cause} {choice.findings[0].fix}")
        model = made
    return model, choice, recipe


def _check_inputs_and_outputs(model, parts, row_shape):
    """ValueError if the network has several outputs, other inputs than X has arrays, or inputs of another shape."""
    if len(getattr(model, "outputs", None) or [None]) != 1:
        raise ValueError(f"The network has {len(model.outputs)} outputs. Let it return one: the classes.")
    inputs = getattr(model, "inputs", None)
    if not inputs:
        return
    n_parts = 1 if parts is None else len(parts.shapes)
    if n_parts != len(inputs):
        names = [tensor.name for tensor in inputs]
        came = "one table" if parts is None else f"{n_parts} arrays"
        raise ValueError(
            f"The network has {len(inputs)} inputs, {names}, and X is {came}. Pass a list with one array for each, or "
            "a dict by name."
        )
    wanted = tuple(inputs[0].shape[1:])
    is_other = any(n is not None and n != m for n, m in zip(wanted, row_shape, strict=False))
    if parts is None and len(wanted) == len(row_shape) and is_other:
        raise ValueError(
            f"A row of X has the shape {tuple(row_shape)}, and the network takes rows of shape {wanted}. "
            f"Pass such rows, or make the network with keras.Input({tuple(row_shape)})."
        )


def _plan(estimator, model, choice, settings):
    """The TrainingPlan of the user's own settings."""
    plan = plan_of(
        model,
        batch_size=settings["batch_size"],
        epochs=settings["epochs"],
        shuffle=settings["shuffle"],
        has_class_weight=estimator.class_weight is not None,
    )
    return replace(
        plan,
        scale=estimator._scale,
        label_smoothing=choice.facts.label_smoothing,
        kernel_initializer=GIVEN_INITIALIZER,
    )


def _facts(estimator, data, job):
    """What the guard may know of the table."""
    if estimator.collapse_guard == "off":
        return None
    if data.held_out is None:
        rows = job.judged_rows()
        return facts_of_table(data.training.X[rows], data.training.codes[rows], data.n_classes)
    held_out = data.held_out
    return facts_of_table(
        data.unsampled.X, data.unsampled.codes, data.n_classes, validation=(held_out.X, held_out.codes)
    )


def keep(estimator, attempt, report, loss_mass, overridden=None):
    """Store what was learnt. Sets the fitted attributes; `loss_mass` is None for several labels per row."""
    trained, model = attempt.network
    put_weights(model, trained.weights, trained.fixed)
    estimator._trained, estimator._keras_model = trained, model
    estimator.feature_encoder_, estimator.target_encoder_ = trained.scaler, estimator._labels
    estimator.history_ = trained.history
    for name in ("_stream", "_settling", "_following"):  # its rows may be among those of this fit
        estimator.__dict__.pop(name, None)
    estimator.report_ = report
    estimator.n_restarts_ = report.n_restarts
    estimator.overridden_ = overridden or {}
    keep_loss_mass(estimator, loss_mass)


def keep_loss_mass(estimator, mass):
    """Store the weight of each class in the loss so far, (n_classes,). Sets or deletes: probability_prior_."""
    estimator._loss_mass = mass
    estimator.__dict__.pop("probability_prior_", None)
    if mass is not None and mass.any():
        estimator.probability_prior_ = mass / mass.sum()


def begin(estimator, X, labels, seeds, n_labels=None):
    """Make the network and learn the scale, without training. Sets the fitted attributes.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    X : as passed to `fit`
    labels : array-like
        Of every class.
    seeds : dict of str to int
    n_labels : array-like, default=None
        The labels of these rows. None: `labels`.
    """
    rows = learn_rows(estimator, X, labels if n_labels is None else n_labels)
    learn_labels(estimator, labels)
    model, choice, recipe = make_first_network(estimator, rows, seeds)
    resolve_scale(estimator, model, rows)
    scaler = estimator._make_scaler(estimator._scale).fit(rows)
    trained = TrainedNetwork(
        recipe=recipe,
        choice=choice,
        scaler=scaler,
        weights=arrays_of(model.trainable_variables),
        fixed=arrays_of(model.non_trainable_variables),
        slots=None,
        history={},
        n_classes=estimator.n_classes_,
        offsets=np.zeros(estimator.n_classes_),
    )
    estimator._trained, estimator._keras_model = trained, model
    estimator.feature_encoder_, estimator.target_encoder_, estimator.history_ = scaler, estimator._labels, {}
    for name in ("_stream", "_settling", "_following"):
        estimator.__dict__.pop(name, None)
    estimator.report_ = unwatched_report()
    estimator.n_restarts_, estimator.overridden_ = 0, {}
    keep_loss_mass(estimator, None if estimator._labels.is_multilabel else np.zeros(estimator.n_classes_))


def _begin_from(before, model, initial_epoch):
    """(weights, fixed, slots, first epoch) of a training to continue; None if it does not fit the network."""
    if before is None:
        return None
    shapes = [tuple(variable.shape) for variable in model.trainable_variables]
    if [w.shape for w in before.weights] != shapes:
        return None
    return before.weights, before.fixed, before.slots, initial_epoch
