"""Predicts some rows with a Keras model and measures the outputs, without changing the model.

Every call runs in a `keras.StatelessScope`, so weights, seeds, statistics and optimizer do not change. Judges nothing.
Imports Keras and TensorFlow inside functions."""

import math
import re
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from robust_mlp._core.losses import entropy, yes_no_entropy
from robust_mlp.inspection._read.facts import ActivityFacts, MeasuredFacts
from robust_mlp.inspection._read.keras_model import activation_name

# Number of probe rows; fewer if a row is large (an image, a long sequence).
MAX_PROBE_ROWS, MIN_PROBE_ROWS, MAX_PROBE_VALUES = 2048, 32, 500_000
# Rows of the batch that the trial memorizes. TheDeepChecker (Ben Braiek & Khomh 2023) uses 16 rows, too.
TRIAL_ROWS = 16
# Steps and learning rate of Adam in the trial: each weight can change by up to 1, the size of healthy weights.
TRIAL_STEPS, TRIAL_LEARNING_RATE = 100, 0.01
# Time limit of the trial after the graph is built; a slow network makes fewer steps.
TRIAL_SECONDS = 0.6
# Flat ends: |x| > 5 before a sigmoid (slope below .7 %), |x| > 2.65 before a tanh (slope below 2 %).
FLAT_SIGMOID, FLAT_TANH = 0.0067, 0.99
# A unit is saturated if it is at a flat end for this share of the rows.
SATURATED_ROWS = 0.95
# A unit is dead if its spread over rows is below this, the float32 rounding of outputs of about unit size.
DEAD_SPREAD = 1e-7
MAX_MESSAGE = 300  # letters of a message of Keras that are passed on


@dataclass(frozen=True, eq=False)
class Shown:
    """A model's outputs for the probe rows.

    `outputs` ndarray of shape (n_rows, units); `logits` the same shape, or None if Keras did not store them.
    """

    outputs: np.ndarray
    logits: np.ndarray | None
    activity: tuple[ActivityFacts, ...]
    runner: "Runner"
    rows: Any  # the probe rows as arrays
    inputs: Any  # the same as tensors


def n_probe_rows(n_rows, values_per_row):
    """Number of probe rows."""
    return min(n_rows, max(MIN_PROBE_ROWS, min(MAX_PROBE_ROWS, MAX_PROBE_VALUES // max(values_per_row, 1))))


def choose_rows(codes, n_rows, generator):
    """`n_rows` row numbers, ascending. Classes keep about their shares, and each class occurs if there are enough rows.

    Parameters
    ----------
    codes : ndarray of shape (n,), int
    n_rows : int
    generator : numpy.random.Generator
    """
    if n_rows >= len(codes):
        return np.arange(len(codes))
    order = generator.permutation(len(codes))
    _, first = np.unique(codes[order], return_index=True)
    chosen = order[np.sort(first)[:n_rows]]
    rest = np.setdiff1d(order[: n_rows + len(chosen)], chosen, assume_unique=True)
    return np.sort(np.concatenate([chosen, generator.permutation(rest)[: n_rows - len(chosen)]]))


def take(X, rows):
    """Rows of an array, or of each array in a list or dict."""
    if isinstance(X, dict):
        return {name: take(part, rows) for name, part in X.items()}
    if isinstance(X, (list, tuple)):
        return [take(part, rows) for part in X]
    return np.asarray(X[rows])


def show(model, X):
    """Predict rows with a model in inference mode.

    Parameters
    ----------
    model : keras.Model
        Built; not changed.
    X : ndarray, or list or dict of ndarrays, of n_rows rows

    Returns
    -------
    shown : Shown
    """
    runner = Runner(model)
    inputs = runner.as_inputs(X)
    with watched_layers(model) as activity:
        outputs, logits = runner.answer(inputs)
    return Shown(outputs=outputs, logits=logits, activity=tuple(activity), runner=runner, rows=X, inputs=inputs)


def measure(shown, y, loss_function, loss, codes, *, with_loss, with_trial, generator):
    """Measure the outputs for the probe rows.

    Parameters
    ----------
    shown : Shown
    y : ndarray of shape (n_rows,) or (n_rows, width)
    loss_function : callable
    loss : LossFacts
    codes : ndarray of shape (n_rows,), int
        A class number for each row, for the choice of rows.
    with_loss : bool
        False if the labels cannot be used.
    with_trial : bool
        Whether to compute gradients and to memorize a batch.
    generator : numpy.random.Generator

    Returns
    -------
    measured : MeasuredFacts
    """
    runner, outputs = shown.runner, shown.outputs
    finite = np.isfinite(outputs)
    facts = {
        "n_rows": len(outputs),
        "n_bad_outputs": int(np.sum(~finite)),
        "n_outputs": outputs.size,
        "spread": float(np.max(np.std(outputs.astype(float), axis=0))) if finite.all() else math.nan,
        "scale": max(1.0, float(np.max(np.abs(outputs[finite]), initial=0.0))),
        "row_coupling": _row_coupling(runner, shown.inputs, outputs) if finite.all() else 0.0,
        "activity": shown.activity,
        "is_trained": runner.is_trained,
    }
    if not with_loss or not finite.all():
        return MeasuredFacts(**facts)
    runner.loss_function = loss_function
    try:
        facts |= _measured_loss(runner, shown.inputs, y, loss, codes, with_trial)
    except Exception as error:  # an error of the loss is a finding
        return MeasuredFacts(**facts, loss_error=f"{type(error).__name__}: {_first_sentence(error)}")
    if with_trial and runner.has_gradients and math.isfinite(facts["loss"]):
        rows = choose_rows(codes, min(TRIAL_ROWS, len(outputs)), generator)
        facts |= _trial(runner, take(shown.rows, rows), y[rows], loss, codes[rows])
    return MeasuredFacts(**facts)


def _first_sentence(error):
    """The first informative line of an error message, shortened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    lines = [re.sub(r"\{\{.*?\}\}\s*", "", line) for line in lines]
    telling = [line for line in lines if not line.startswith(("Graph execution", "Detected at"))]
    return (telling or lines or ["no message"])[0][:MAX_MESSAGE]


class Runner:
    """A model and a loss as pure functions of weights and rows."""

    def __init__(self, model):
        import keras

        self.model = model
        self.loss_function: Callable | None = None
        self.refresh()
        # Other backends have no GradientTape; the inspection then has no gradients.
        self.has_gradients = keras.backend.backend() == "tensorflow" and bool(self.weights)
        optimizer = getattr(model, "optimizer", None)
        self.optimizer = optimizer
        self.is_trained = optimizer is not None and optimizer.built and int(np.asarray(optimizer.iterations)) > 0

    def refresh(self, weights=None):
        """Use the current weights, or the given ones (as from `get_weights`)."""
        values = {}
        if weights is not None:
            values = {id(v): w for v, w in zip(self.model.weights, weights, strict=True)}
        self.weights = [values.get(id(v), v.value) for v in self.model.trainable_variables]
        self.state = [values.get(id(v), v.value) for v in self.model.non_trainable_variables]

    def gradient_norms(self, loss_function, inputs, y):
        """Norm of the loss' gradient with respect to each trainable variable: list of float. TensorFlow only."""
        self.loss_function = loss_function
        _, gradients = self.loss_and_gradients(inputs, y)
        return [float(np.linalg.norm(gradient)) for gradient in gradients]

    def loss_and_gradients(self, inputs, y):
        """The mean loss, and its gradient with respect to each trainable variable as arrays. TensorFlow only."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(self.weights)
            value = self.loss(self.weights, inputs, y)
        pairs = zip(tape.gradient(value, self.weights), self.weights, strict=True)
        return float(value), [
            np.zeros(w.shape, np.float32) if g is None else tf.convert_to_tensor(g).numpy().astype(np.float32)
            for g, w in pairs
        ]

    def as_inputs(self, X):
        """Tensors in the dtype that the model declares, else in a dtype that suits the arrays."""
        import keras

        declared = getattr(self.model, "inputs", None)
        is_single = not isinstance(X, (list, tuple, dict))

        def as_tensor(part, dtype=None):
            part = np.asarray(part)
            if dtype is None:
                dtype = "float32" if part.dtype.kind in "fb" else "int32"
                dtype = "float32" if is_single and part.dtype.kind in "iu" and declared is None else dtype
            return keras.ops.convert_to_tensor(part, dtype=dtype)

        if is_single:
            return as_tensor(X, declared[0].dtype if declared else None)
        if isinstance(X, dict):
            dtypes = {t.name.split(":")[0]: t.dtype for t in declared or ()}
            return {name: as_tensor(part, dtypes.get(name)) for name, part in X.items()}
        in_order = [t.dtype for t in declared] if declared and len(declared) == len(X) else [None] * len(X)
        return [as_tensor(part, dtype) for part, dtype in zip(X, in_order, strict=True)]

    def call(self, weights, inputs, *, training=False):
        """Outputs of shape (n_rows, units)."""
        import keras

        variables = [*self.model.trainable_variables, *self.model.non_trainable_variables]
        with keras.StatelessScope(state_mapping=list(zip(variables, [*weights, *self.state], strict=True))):
            outputs = self.model(inputs, training=training)
        while isinstance(outputs, (list, tuple, dict)) and len(outputs) == 1:
            outputs = next(iter(outputs.values() if isinstance(outputs, dict) else outputs))
        if isinstance(outputs, (list, tuple, dict)):
            raise ValueError(
                f"The model has {len(outputs)} outputs; inspect_model looks at one. "
                "Pass a model that returns one tensor, with loss=..., for each output."
            )
        if len(outputs.shape) == 1:
            return keras.ops.expand_dims(outputs, -1)
        if len(outputs.shape) > 2 and all(size == 1 for size in outputs.shape[1:-1]):
            return keras.ops.reshape(outputs, (outputs.shape[0], outputs.shape[-1]))
        if len(outputs.shape) != 2:
            raise ValueError(
                f"The model answers with shape {tuple(outputs.shape)} to {outputs.shape[0]} rows; one row of outputs "
                "per row of X is needed. Add keras.layers.Flatten() or a pooling layer before the last Dense layer."
            )
        return outputs

    def answer(self, inputs):
        """Outputs, and their logits if Keras stored them, as arrays."""
        import keras

        outputs = self.call(self.weights, inputs)
        logits = getattr(outputs, "_keras_logits", None)
        as_array = keras.ops.convert_to_numpy
        if len(outputs) != _n_rows(inputs):
            raise ValueError(
                f"The model answers with {len(outputs)} rows to {_n_rows(inputs)} rows of X. Keep axis 0 for the rows."
            )
        return as_array(outputs).astype(np.float32), None if logits is None else as_array(logits)

    def loss(self, weights, inputs, y, *, training=False):
        """Mean loss as a scalar tensor, as a compiled model computes it for an unweighted batch."""
        from keras import losses, ops

        outputs = ops.cast(self.call(weights, inputs, training=training), "float32")
        y = ops.convert_to_tensor(y, dtype="float32")
        if isinstance(self.loss_function, losses.Loss):
            return ops.mean(self.loss_function(y, outputs))
        if len(y.shape) == 1 and outputs.shape[-1] == 1:  # as a compiled model aligns them
            y = ops.expand_dims(y, -1)
        assert self.loss_function is not None  # set by whoever asks for a loss
        return ops.mean(self.loss_function(y, outputs))


def _n_rows(inputs):
    """Rows of a tensor, or of the first in a list or dict."""
    if isinstance(inputs, dict):
        inputs = list(inputs.values())
    return len(inputs[0] if isinstance(inputs, list) else inputs)


def _row_coupling(runner, inputs, outputs):
    """Largest change of the first rows' outputs if they are predicted without the other rows."""
    from keras import ops, tree

    n_first = max(1, len(outputs) // 3)
    few = tree.map_structure(lambda part: part[:n_first], inputs)
    alone = ops.convert_to_numpy(runner.call(runner.weights, few)).astype(np.float32)
    return float(np.max(np.abs(alone - outputs[:n_first])))


def _measured_loss(runner, inputs, y, loss, codes, with_gradient):
    """Loss, loss of the class shares, gradient and first step on the probe rows."""
    facts = {"prior_loss": guessing_cost(y, loss, codes)}
    if not (with_gradient and runner.has_gradients):
        facts["loss"] = float(runner.loss(runner.weights, inputs, y))
    else:
        facts["loss"], gradients = runner.loss_and_gradients(inputs, y)
        weights = [np.asarray(w, dtype=np.float32) for w in runner.weights]
        facts["gradient_norm"] = _norm(gradients)
        facts["weight_norm"] = _norm(weights)
        facts["update_ratio"] = _update_ratio(runner.optimizer, gradients, weights)
    if runner.is_trained:
        facts["training_loss"] = float(runner.loss(runner.weights, inputs, y, training=True))
    return facts


def _norm(arrays):
    """Euclidean norm over all arrays."""
    return math.sqrt(sum(float(np.sum(np.square(a, dtype=np.float64))) for a in arrays))


def _update_ratio(optimizer, gradients, weights):
    """|first step| / |weights|. SGD steps along the gradient; adaptive optimizers move each weight by the rate."""
    norm = _norm(weights)
    if optimizer is None or norm == 0:
        return None
    rate = float(np.asarray(optimizer.learning_rate))
    if type(optimizer).__name__ == "SGD":
        return rate * _norm(gradients) / norm
    if type(optimizer).__name__ in ("Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion"):
        return rate * math.sqrt(sum(int(np.count_nonzero(g)) for g in gradients)) / norm
    return None


def guessing_cost(y, loss, codes):
    """The cross-entropy of predicting the class shares for every row; None for other losses."""
    if loss.label_smoothing or "focal" in loss.name.lower() or loss.family not in ("binary", "categorical", "sparse"):
        return None
    y = np.asarray(y, dtype=float)
    if loss.family == "binary" or (loss.family == "categorical" and y.ndim == 2 and y.shape[1] > 1):
        shares = y.reshape(len(y), -1).mean(axis=0)
        if loss.family == "binary":
            return yes_no_entropy(shares)
    else:
        shares = np.unique(codes, return_counts=True)[1] / len(codes)
    return entropy(shares[shares > 0])


def _trial(runner, X, y, loss, codes):
    """Memorize one batch with copies of the weights."""
    import tensorflow as tf

    inputs = runner.as_inputs(X)
    first_moment_decay, second_moment_decay, epsilon = 0.9, 0.999, 1e-7  # Kingma & Ba (2015), Algorithm 1

    def step(weights, m, v, n):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            value = runner.loss(weights, inputs, y)
        gradients = [
            tf.zeros_like(w) if g is None else tf.cast(tf.convert_to_tensor(g), w.dtype)
            for g, w in zip(tape.gradient(value, weights), weights, strict=True)
        ]
        m = [first_moment_decay * a + (1 - first_moment_decay) * g for a, g in zip(m, gradients, strict=True)]
        v = [second_moment_decay * a + (1 - second_moment_decay) * g * g for a, g in zip(v, gradients, strict=True)]
        size = TRIAL_LEARNING_RATE * tf.sqrt(1 - second_moment_decay**n) / (1 - first_moment_decay**n)
        weights = [
            w - tf.cast(size, w.dtype) * a / (tf.sqrt(b) + epsilon) for w, a, b in zip(weights, m, v, strict=True)
        ]
        return value, weights, m, v

    weights = [tf.convert_to_tensor(w) for w in runner.weights]
    m = v = [tf.zeros_like(w) for w in weights]
    # A graph and not a `tf.function` to call: TensorFlow counts the traces of all trials together, and warns of them.
    step = tf.function(step).get_concrete_function(weights, m, v, tf.constant(1.0))
    losses, start, best_weights = [], None, weights
    for n in range(1, TRIAL_STEPS + 1):
        value, new_weights, m, v = step(weights, m, v, tf.constant(float(n)))
        losses.append(float(value))
        if losses[-1] <= min(losses):
            best_weights = weights
        weights = new_weights
        start = start or time.perf_counter()  # the first step builds the graph
        if time.perf_counter() - start > TRIAL_SECONDS or not math.isfinite(losses[-1]):
            break
    after = np.asarray(runner.call(best_weights, inputs))
    finite = [value for value in losses if math.isfinite(value)]
    return {
        "trial_steps": len(losses),
        "trial_loss": (losses[0], min(finite, default=math.inf)),
        "trial_spread": float(np.max(np.std(after.astype(float), axis=0))),
        "trial_prior_loss": guessing_cost(y, loss, codes),
    }


@contextmanager
def watched_layers(model):
    """Collect the outputs of the hidden layers during one eager call; afterwards the layers are unchanged.

    Yields a list; at the end of the block it receives the `ActivityFacts`.
    """
    import keras

    facts: list = []
    seen: dict = {}
    layers = [layer for layer in model._flatten_layers(include_self=False) if _is_worth_watching(layer)]

    def watched(layer):
        original = layer.call

        def call(*args, **kwargs):
            outputs = original(*args, **kwargs)
            seen[layer] = outputs
            return outputs

        return call

    for layer in layers:
        object.__setattr__(layer, "call", watched(layer))
    try:
        yield facts
    finally:
        for layer in layers:
            object.__delattr__(layer, "call")
    last = layers[-1] if layers else None
    for layer, outputs in seen.items():
        if layer is not last and hasattr(outputs, "shape") and len(outputs.shape) >= 2:
            facts.append(_activity(layer.name, activation_name(layer), keras.ops.convert_to_numpy(outputs)))


def _is_worth_watching(layer):
    """Whether a layer has an activation, and its instance has no `call` attribute."""
    return activation_name(layer) is not None and "call" not in vars(layer) and not getattr(layer, "_layers", None)


def _activity(name, activation, outputs):
    """ActivityFacts of outputs of shape (n_rows, ..., units)."""
    flat = outputs.reshape(-1, outputs.shape[-1]).astype(np.float32)
    spread = flat.std(axis=0)
    dead = spread <= DEAD_SPREAD * np.maximum(1.0, np.abs(flat).max(axis=0))
    if activation in ("sigmoid", "hard_sigmoid"):
        flat_end = (flat < FLAT_SIGMOID) | (flat > 1 - FLAT_SIGMOID)
    elif activation == "tanh":
        flat_end = np.abs(flat) > FLAT_TANH
    else:
        flat_end = np.zeros((1, flat.shape[1]), dtype=bool)
    return ActivityFacts(
        name=name,
        activation=activation,
        n_units=flat.shape[1],
        dead_fraction=float(np.mean(dead)),
        saturated_fraction=float(np.mean(flat_end.mean(axis=0) > SATURATED_ROWS)),
        spread=float(np.median(spread)),
    )
