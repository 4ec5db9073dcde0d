"""TensorFlow graphs of a user's Keras model: one for an epoch of training, one for predictions.

Keras supplies the forward pass, the loss and the optimizer; the caller supplies the order of rows. Programs are kept
for the next fit of the same network. So a grid over numbers traces once, and memory stays flat. Decides nothing."""

import json
import re
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from robust_mlp._network.graph.one_replica import for_one_replica
from robust_mlp._system.idle_engines import EngineCache
from robust_mlp.inspection._read.keras_model import data_flow

# Idle programs kept; a small traced network holds a few MB.
MAX_IDLE = 8
# Rows predicted in one call.
LOOK_ROWS = 8192

cache = EngineCache(MAX_IDLE)


class Program:
    """The training graph of one kind of network, with its own variables. Every training resets them in place.

    Parameters
    ----------
    model : keras.Model
        Built. It is a template and does not change.
    loss : keras.losses.Loss or callable
    settings : tuple of (class, config)
        Of the optimizer, from `optimizer_settings`.
    is_one_unit : bool
        Whether the head has one unit.
    middle : float
        Threshold of the output of one unit, for the training accuracy.
    """

    def __init__(self, model, loss, settings, *, is_one_unit, middle):
        self.model, self.loss = model, loss
        self.is_one_unit, self.middle = is_one_unit, middle
        self._trainable = list(model.trainable_variables)
        self._fixed = list(model.non_trainable_variables)
        self.optimizer = for_one_replica(make_optimizer(settings))
        self.variables = [_copy(variable) for variable in self._trainable]
        self.optimizer.build(self.variables)
        self._fresh_slots = [np.array(variable.numpy()) for variable in self.optimizer.variables]
        self.state = []
        self._graphs = {}

    # ---- weights in and out

    def reset(self, weights, state, slots=None):
        """Start from weights and state (lists of ndarray like the model's variables) and fresh or given slots."""
        self.set_weights(weights, state)
        for variable, value in zip(self.optimizer.variables, slots or self._fresh_slots, strict=True):
            variable.assign(value)

    def set_weights(self, weights, state):
        """Set weights and state; the optimizer keeps its variables."""
        for variable, value in zip(self.variables, weights, strict=True):
            variable.assign(value)
        self.state = [tf.convert_to_tensor(value, dtype=v.dtype) for value, v in zip(state, self._fixed, strict=True)]

    def weights(self):
        """Trainable weights as arrays."""
        return [np.array(variable.numpy()) for variable in self.variables]

    def fixed(self):
        """Moving statistics and seeds as arrays."""
        return [value.numpy() for value in self.state]

    def slots(self):
        """The optimizer's variables as arrays. With them, `reset` continues where this training ended."""
        return [np.array(variable.numpy()) for variable in self.optimizer.variables]

    # ---- one epoch

    def run_epoch(self, data, order, batch_size):
        """Train on the rows in `order`.

        Parameters
        ----------
        data : tuple of tf.Tensor
            Rows, targets, weights and codes.
        order : ndarray of shape (n,), dtype int32
        batch_size : int

        Returns
        -------
        loss, accuracy : float
            Means over the rows, as Keras reports them.
        """
        rows = (*data, tf.constant(order))
        n_steps = -(-len(order) // batch_size)
        settings = (tf.constant(batch_size, tf.int32), tf.constant(n_steps, tf.int32))
        loss, right, self.state = self._graph(self._epoch, rows)(*rows, *settings, self.state)
        return float(loss) / len(order), float(right) / len(order)

    def _epoch(self, X, Y, W, codes, order, batch_size, n_steps, state):
        """The graph of an epoch."""

        def step(i, loss, right, state):
            rows = order[i * batch_size : (i + 1) * batch_size]
            batch = [tf.gather(part, rows) for part in (X, Y, W, codes)]
            value, n_right, state = self._step(batch, state)
            return i + 1, loss + value * tf.cast(tf.size(rows), tf.float32), right + n_right, state

        _, loss, right, state = tf.while_loop(
            lambda i, *_: i < n_steps, step, [0, tf.constant(0.0), tf.constant(0.0), state], parallel_iterations=1
        )
        return loss, right, state

    def _step(self, batch, state):
        """One update on the (rows, targets, weights, codes) of a batch: loss, number of right rows, new state."""
        x, y, w, codes = batch
        values = [variable.value.read_value() for variable in self.variables]
        with tf.GradientTape() as tape:
            tape.watch(values)
            outputs, state, extra = self._call(values, state, x, training=True)
            value = self._mean_loss(y, outputs, w)
            for term in extra:
                value += tf.cast(term, value.dtype)
        gradients = tape.gradient(value, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        self.optimizer.apply(gradients, self.variables)
        if self.is_one_unit:
            chosen = tf.cast(tf.reshape(outputs, [-1]) > self.middle, tf.int32)
        else:
            chosen = tf.argmax(outputs, axis=-1, output_type=tf.int32)
        return tf.cast(value, tf.float32), tf.reduce_sum(tf.cast(chosen == codes, tf.float32)), state

    def _mean_loss(self, y, outputs, w):
        """Weighted mean loss, as a compiled model computes it."""
        if isinstance(self.loss, keras.losses.Loss):
            return self.loss(y, outputs, sample_weight=w)
        losses = ops.convert_to_tensor(self.loss(y, outputs))
        if len(losses.shape) == 0:
            return losses
        w = tf.cast(w, losses.dtype)
        return tf.reduce_mean(losses * tf.reshape(w, [-1] + [1] * (len(losses.shape) - 1)))

    def _call(self, values, state, x, *, training):
        """Outputs of shape (n, units), new state, and losses of the layers."""
        variables = [*self._trainable, *self._fixed]
        mapping = list(zip(variables, [*values, *state], strict=True))
        with keras.StatelessScope(state_mapping=mapping, collect_losses=training) as scope:
            outputs = self.model(x, training=training)
            extra = list(self.model.losses) if training else []
        new_state = [tf.convert_to_tensor(scope.get_current_value(v)) for v in self._fixed] if training else state
        outputs = tf.cast(outputs, tf.float32) if outputs.dtype != tf.float32 else outputs
        return (outputs if len(outputs.shape) > 1 else outputs[:, None]), new_state, extra

    # ---- a look

    def answer(self, X):
        """Outputs in inference mode with the present weights: ndarray of shape (n_rows, units), float32."""
        X = tf.convert_to_tensor(X)
        graph = self._graph(self._outputs, (X,))
        parts = [graph(X[i : i + LOOK_ROWS], self.state).numpy() for i in range(0, len(X), LOOK_ROWS)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _outputs(self, rows, state):
        """The graph of a look."""
        values = [variable.value.read_value() for variable in self.variables]
        return self._call(values, state, rows, training=False)[0]

    # ---- tracing

    def _graph(self, function, rows):
        """The graph of `_epoch` or `_outputs` for rows like these, however many; traced when first asked for.

        A graph and not a `tf.function` to call: TensorFlow counts the traces of all programs together, as they run the
        same lines, and after five it warns of tracing too often.
        """
        specs = tuple(tf.TensorSpec([None, *part.shape[1:]], part.dtype) for part in rows)
        if (function.__name__, specs) not in self._graphs:
            n_settings = 2 if function == self._epoch else 0
            settings = [tf.TensorSpec([], tf.int32)] * n_settings
            state = [tf.TensorSpec(value.shape, value.dtype) for value in self.state]
            traced = tf.function(function, autograph=False).get_concrete_function(*specs, *settings, state)
            self._graphs[function.__name__, specs] = traced
        return self._graphs[function.__name__, specs]


def _copy(variable):
    """A variable of the same shape, name and constraint, because optimizers read these."""
    copy = keras.Variable(np.zeros(variable.shape), dtype=variable.dtype, name=variable.name)
    copy.constraint = getattr(variable, "constraint", None)
    copy.regularizer = getattr(variable, "regularizer", None)
    return copy


def make_optimizer(settings):
    """A new, unbuilt optimizer from (class, config)."""
    kind, config = settings
    return kind.from_config(config)


def optimizer_settings(optimizer):
    """(class, config) of an optimizer, for `make_optimizer`."""
    return type(optimizer), optimizer.get_config()


def borrowed_program(model, loss, settings, *, is_one_unit, middle):
    """Lend a program for this kind of network, and take it back at the end.

    Parameters
    ----------
    model, loss, settings, is_one_unit, middle
        As for `Program`.

    Returns
    -------
    lent : context manager
        Yields a Program; see `EngineCache.lend`.
    """
    make = partial(Program, model, loss, settings, is_one_unit=is_one_unit, middle=middle)
    return cache.lend(program_key(model, loss, settings, is_one_unit, middle), make)


def program_key(model, loss, settings, is_one_unit, middle):
    """The cache key of a kind of network; None if the kind cannot be described."""
    if data_flow(model) is None:
        return None  # the config of a subclassed model does not describe its `call`
    try:
        text = _without_counters(model.to_json())
        foreign = tuple(type(layer) for layer in model._flatten_layers(include_self=False) if not _is_kerass(layer))
        described = json.dumps(loss.get_config(), sort_keys=True, default=repr) if _is_kerass(loss) else loss
        kind, config = settings
        optimizer = (kind, _without_counters(json.dumps(config, sort_keys=True, default=repr)))
    except Exception:  # a layer, loss or optimizer without a usable config: each fit traces anew
        return None
    trainable = tuple(layer.trainable for layer in model._flatten_layers(include_self=False))
    shape = tuple(tuple(part.shape) for part in model.inputs)
    return text, shape, trainable, (type(model), *foreign), type(loss), described, optimizer, is_one_unit, middle


def _is_kerass(thing):
    """Whether Keras wrote the class."""
    return type(thing).__module__.startswith("keras.")


def _without_counters(text):
    """Names without Keras' counters."""
    return re.sub(r'("name": "[A-Za-z_]*?)(_\d+)?"', r'\1"', re.sub(r'"([a-z][a-z0-9_]*?)_\d+"', r'"\1"', text))
