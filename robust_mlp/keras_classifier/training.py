"""Trains a user's network for one attempt: whole epochs in a graph if possible, else with `model.fit`.

Both ways give the same records. Decides nothing about collapse."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from robust_mlp._core.deadline import NO_DEADLINE, Deadline
from robust_mlp._network.interrupts import noted_interrupts
from robust_mlp._network.keras_callbacks import acts_on_batches
from robust_mlp.callbacks import CollapseGuard
from robust_mlp.keras_classifier.graph_program import borrowed_program, optimizer_settings

# Under a time budget, the clock is looked at after so many batches.
BATCHES_PER_CALL = 20
# Metrics that the graph computes itself.
_MEASURED = ("accuracy", "acc", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy")


@dataclass(eq=False)
class Run:
    """The arguments and the results of one training.

    `targets` are labels in the coding of the loss; `held_out` is (rows, targets, weights) or None. `patience` is the
    number of epochs without a better loss on the judged rows after which the training ends; None never ends it. A loss
    below `learnt_loss` ends it, too, and so does `deadline`, within a few batches. `begin_from` is (weights, fixed,
    slots) of an earlier training.
    """

    model: keras.Model
    loss: Any
    rows: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    codes: np.ndarray
    recorder: Any
    batch_size: int
    epochs: int
    order: Callable
    held_out: tuple | None = None
    callbacks: list = field(default_factory=list)
    should_stop: Callable | None = None
    patience: int | None = None
    learnt_loss: float = 0.0
    verbose: int = 0
    first_epoch: int = 0
    begin_from: tuple | None = None
    middle: float = 0.5
    parts: Any = None  # InputParts, where the network takes several inputs
    deadline: Deadline = NO_DEADLINE

    # results
    history: dict = field(default_factory=dict)
    stop_reason: str = "max_iter"
    best: tuple | None = None  # (loss, epoch, weights, fixed)
    slots: list | None = None

    def note(self, record, logs, values):
        """Store the history and the best weights; returns whether to stop. Sets `stop_reason`."""
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))
        judged = self.recorder.judged_loss(record)
        if math.isfinite(judged) and (self.best is None or judged < self.best[0]):
            weights, fixed = values()
            self.best = (judged, record.epoch, weights, fixed)
        if self.verbose:
            figures = " - ".join(f"{name}: {value:.4f}" for name, value in logs.items())
            print(f"Epoch {record.epoch}/{self.epochs} - {figures}")
        reason = self.should_stop(self.recorder.records) if self.should_stop is not None else None
        if reason is not None:
            self.stop_reason = "nonfinite" if reason == "nonfinite" else "symptom"
            return True
        waited = record.epoch - (self.best[1] if self.best else 0)
        if judged < self.learnt_loss or (self.patience is not None and waited >= self.patience):
            self.stop_reason = "early_stopping"
            return True
        if self.deadline.is_over and record.epoch < self.epochs - self.first_epoch:
            self.stop_reason = "max_time"
            return True
        return False


def run_training(run):
    """Train. The model gets the weights of the last epoch, or those that a callback set. Sets the results of `run`."""
    with noted_interrupts() as is_interrupted:
        if run.parts is None and can_run_in_graph(run.model, run.callbacks):
            _run_in_graph(run, is_interrupted)
        else:
            _run_in_keras(run, is_interrupted)
        if is_interrupted():
            run.stop_reason = "interrupted"


def can_run_in_graph(model, callbacks=()):
    """Whether neither the network nor the callbacks need Keras' own training loop."""
    own = keras.Model
    names = ("train_step", "fit", "compute_loss", "make_train_function")
    plain = all(getattr(type(model), name) is getattr(own, name) for name in names)
    metrics = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None) or ()
    weighted = getattr(getattr(model, "_compile_metrics", None), "_user_weighted_metrics", None)
    metrics = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    is_simple = all(isinstance(metric, str) and metric in _MEASURED for metric in metrics) and not weighted
    is_single = not isinstance(model.loss, (list, tuple, dict)) and len(getattr(model, "inputs", None) or [None]) == 1
    dtypes = {layer.dtype_policy.name for layer in model._flatten_layers(include_self=False)}
    needs_fit = any(acts_on_batches(callback) or isinstance(callback, CollapseGuard) for callback in callbacks)
    is_whole = dtypes <= {"float32"} and type(model.optimizer).__name__ != "LossScaleOptimizer"
    return plain and is_simple and is_single and is_whole and not needs_fit and not model.run_eagerly


# ---- whole epochs in a graph


def _run_in_graph(run, is_interrupted):
    """Train with a `Program`."""
    model = run.model
    loss = keras.losses.get(run.loss)
    settings = optimizer_settings(model.optimizer)
    units = run.recorder.choice.units
    with borrowed_program(model, loss, settings, is_one_unit=units == 1, middle=run.middle) as program:
        begin = run.begin_from or (arrays_of(model.trainable_variables), arrays_of(model.non_trainable_variables), None)
        program.reset(*begin)
        callbacks = None
        if run.callbacks:
            callbacks = keras.callbacks.CallbackList(
                run.callbacks, model=model, epochs=run.epochs, verbose=0, steps=-(-len(run.rows) // run.batch_size)
            )
        data = (
            tf.convert_to_tensor(run.rows),
            tf.convert_to_tensor(run.targets),
            tf.convert_to_tensor(run.weights.astype(np.float32)),
            tf.convert_to_tensor(run.codes.astype(np.int32)),
        )
        model.stop_training = False
        if callbacks is not None:
            callbacks.on_train_begin()
        try:
            for epoch in range(run.first_epoch, run.epochs):
                if _one_epoch(run, program, data, callbacks, epoch) or is_interrupted():
                    break
        except KeyboardInterrupt:
            run.stop_reason = "interrupted"
        program.optimizer.finalize_variable_values(program.variables)
        run.slots = program.slots()
        put_weights(model, program.weights(), program.fixed())
    if callbacks is not None:
        callbacks.on_train_end()  # callbacks may set other weights in the model
    _let_go(run.callbacks)


def _one_epoch(run, program, data, callbacks, epoch):
    """Train and record one epoch; returns whether to stop."""
    start = time.perf_counter()
    before = program.weights()
    if callbacks is not None:
        callbacks.on_epoch_begin(epoch)
        _follow_learning_rate(run.model.optimizer, program.optimizer)
    loss, accuracy = _trained_epoch(run, program, data, run.order())
    record = run.recorder.record(
        program.answer,
        loss=loss,
        learning_rate=_rate(program.optimizer),
        update_ratio=_update_ratio(before, program.weights()),
        seconds=time.perf_counter() - start,
    )
    logs = {"loss": loss, "accuracy": accuracy}
    if record.validation_loss is not None:
        logs |= {"val_loss": record.validation_loss, "val_accuracy": record.validation_accuracy or 0.0}
    stops = run.note(record, logs, lambda: (program.weights(), program.fixed()))
    if callbacks is not None:
        given = program.weights()
        put_weights(run.model, given, program.fixed())
        callbacks.on_epoch_end(epoch, logs)
        now = arrays_of(run.model.trainable_variables)
        if any(not np.array_equal(a, b, equal_nan=True) for a, b in zip(given, now, strict=True)):
            program.set_weights(now, arrays_of(run.model.non_trainable_variables))
        if run.model.stop_training and not stops:
            run.stop_reason = _who_stopped(run.callbacks)
            return True
    return stops


def _trained_epoch(run, program, data, order):
    """(loss, accuracy) of an epoch; of fewer batches if there is no time for all. An epoch has at least one batch."""
    if not run.deadline.is_set:
        return program.run_epoch(data, order, run.batch_size)
    figures: list[tuple] = []
    n_rows, start = [], 0
    while start < len(order) and not (figures and run.deadline.is_over):
        n_batches = BATCHES_PER_CALL if figures else 1  # the first call is the slowest
        part = order[start : start + n_batches * run.batch_size]
        figures.append(program.run_epoch(data, part, run.batch_size))
        n_rows.append(len(part))
        start += len(part)
    return tuple(np.average(figures, axis=0, weights=n_rows).tolist())


def _follow_learning_rate(source, target):
    """Copy a learning rate that a callback set; a schedule is not changed."""
    if not isinstance(getattr(source, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule):
        target.learning_rate = _rate(source)


def _rate(optimizer):
    return float(np.asarray(optimizer.learning_rate))


def _who_stopped(callbacks):
    """The stop reason. After early stopping, a repair may train again; another callback's stop is final."""
    stopping = [callback for callback in callbacks if isinstance(callback, keras.callbacks.EarlyStopping)]
    return "early_stopping" if any(getattr(callback, "stopped_epoch", 0) for callback in stopping) else "callback"


def _update_ratio(before, after):
    norm = math.sqrt(sum(float(np.sum(np.square(w, dtype=np.float64))) for w in before))
    pairs = zip(before, after, strict=True)
    moved = math.sqrt(sum(float(np.sum(np.square(b - a, dtype=np.float64))) for a, b in pairs))
    return moved / norm if norm > 0 else None


def arrays_of(variables):
    """Copies of variables as arrays."""
    return [np.array(variable.numpy()) for variable in variables]


def put_weights(model, weights, fixed):
    """Set a model's trainable and other variables."""
    for variables, values in ((model.trainable_variables, weights), (model.non_trainable_variables, fixed)):
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


# ---- Keras' own loop


class _Batches(keras.utils.PyDataset):
    """Batches in the order of the run, which is new in each epoch."""

    def __init__(self, run):
        super().__init__()
        self._run, self._order = run, run.order()

    def __len__(self):
        return -(-len(self._order) // self._run.batch_size)

    def __getitem__(self, i):
        rows = self._order[i * self._run.batch_size : (i + 1) * self._run.batch_size]
        inputs = as_inputs(self._run.rows[rows], self._run.parts)
        inputs = tuple(inputs) if isinstance(inputs, list) else inputs  # Keras takes no list from a data set
        return inputs, self._run.targets[rows], self._run.weights[rows].astype(np.float32)

    def on_epoch_end(self):
        self._order = self._run.order()


class _Look(keras.callbacks.Callback):
    """Makes a record after every epoch, and stops if the run says so or the user interrupts."""

    def __init__(self, run, is_interrupted):
        super().__init__()
        self._run, self._is_interrupted = run, is_interrupted

    def on_train_begin(self, logs=None):
        self._before = arrays_of(self.model.trainable_variables)

    def on_epoch_begin(self, epoch, logs=None):
        self._start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        if self._is_interrupted() or self._run.deadline.is_over:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        run = self._run
        now = arrays_of(self.model.trainable_variables)
        record = run.recorder.record(
            lambda X: answer(self.model, X, run.parts),
            loss=float((logs or {}).get("loss", 0.0)),
            learning_rate=_rate(self.model.optimizer),
            update_ratio=_update_ratio(self._before, now),
            seconds=time.perf_counter() - self._start,
        )
        self._before = now
        logs = dict(logs or {})
        if record.validation_loss is not None:  # as the report has it, and not in the unit of the user's loss
            logs["val_loss"] = record.validation_loss
        if run.note(record, logs, lambda: (now, arrays_of(self.model.non_trainable_variables))):
            self.model.stop_training = True


def _run_in_keras(run, is_interrupted):
    """Train with `model.fit`."""
    if run.begin_from is not None:
        put_weights(run.model, *run.begin_from[:2])
    look = _Look(run, is_interrupted)
    epochs = run.epochs
    held_out = None if run.held_out is None else (as_inputs(run.held_out[0], run.parts), *run.held_out[1:])
    try:
        run.model.fit(
            _Batches(run),
            epochs=epochs,
            initial_epoch=run.first_epoch,
            shuffle=False,
            verbose=0,
            validation_data=held_out,
            callbacks=[*run.callbacks, look],
        )
    except KeyboardInterrupt:
        run.stop_reason = "interrupted"
    if run.stop_reason == "max_iter" and len(run.recorder.records) < epochs - run.first_epoch:
        run.stop_reason = _who_stopped(run.callbacks)
    _let_go(run.callbacks)


def _let_go(callbacks):
    """Remove the network from the user's callbacks, because they are copied and pickled with the classifier."""
    for callback in callbacks:
        callback.set_model(None)


# ---- answers of a trained network

LOOK_ROWS = 8160  # rows per call; a multiple of FULL_BLOCK
# Matrix products compute rows in blocks of 16, 24 or 48, depending on the processor. Other code computes the remaining
# rows, and its last bits differ. With full blocks only, the output of a row does not depend on its place.
FULL_BLOCK = 48


def as_inputs(rows, parts):
    """Rows as the network takes them: as they are, or as a list or dict of its inputs."""
    return rows if parts is None else parts.unpack(rows)


def answer(model, X, parts=None):
    """Outputs of shape (n_rows, units), float32, in inference mode, without the overhead of `model.predict`."""
    found = []
    for i in range(0, len(X), LOOK_ROWS):
        rows = X[i : i + LOOK_ROWS]
        filling = np.repeat(rows[-1:], -len(rows) % FULL_BLOCK, axis=0)
        rows_of_call = np.concatenate([rows, filling]) if len(filling) else rows
        outputs = model(as_inputs(rows_of_call, parts), training=False)
        outputs = keras.ops.convert_to_numpy(outputs).astype(np.float32)[: len(rows)]
        found.append(outputs if outputs.ndim > 1 else outputs[:, None])
    return found[0] if len(found) == 1 else np.concatenate(found)
