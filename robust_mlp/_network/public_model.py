"""The trained network as a Keras model of its own, and the bridge that lets Keras callbacks watch the engine.

The model takes encoded rows and answers probabilities; with several members, their mean."""

import copy

import keras
import numpy as np
from keras import ops

from robust_mlp._network.architecture import DTYPE, NetworkShape, build_model
from robust_mlp._network.optimizers import make_optimizer

# Batch-level hooks that are doing nothing in callbacks which act once an epoch.
_EPOCH_ONLY = (keras.callbacks.TensorBoard, keras.callbacks.ModelCheckpoint, keras.callbacks.BackupAndRestore)
_BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


@keras.saving.register_keras_serializable(package="robust_mlp")
class SameRowsForEachMember(keras.layers.Layer):
    """(batch, inputs) -> (members, batch, inputs)."""

    def __init__(self, n_members, **kwargs):
        super().__init__(**kwargs)
        self.n_members = n_members

    def call(self, inputs):
        return ops.repeat(ops.expand_dims(inputs, 0), self.n_members, axis=0)

    def compute_output_shape(self, input_shape):
        return (self.n_members, *input_shape)

    def get_config(self):
        return super().get_config() | {"n_members": self.n_members}


@keras.saving.register_keras_serializable(package="robust_mlp")
class MeanOverMembers(keras.layers.Layer):
    """(members, batch, outputs) -> (batch, outputs); `votes` are what the members count, or None if all count alike."""

    def __init__(self, votes=None, **kwargs):
        super().__init__(**kwargs)
        self.votes = votes

    def call(self, inputs):
        if self.votes is not None:
            inputs = inputs * ops.reshape(ops.convert_to_tensor(self.votes, inputs.dtype), (-1, 1, 1))
        return ops.mean(inputs, axis=0)

    def compute_output_shape(self, input_shape):
        return input_shape[1:]

    def get_config(self):
        return super().get_config() | {"votes": self.votes}


def public_model(plan, n_inputs, n_outputs, weights=None, state=None, *, embedding_sizes=(), votes=None):
    """Build the Keras model of a plan, with weights if given.

    Parameters
    ----------
    plan : TrainingPlan
    n_inputs, n_outputs : int
    weights, state : list of ndarray or None
        As in `Trained`.
    embedding_sizes : tuple of int, default=()
        Levels of each category whose codes are the last inputs.
    votes : ndarray of shape (n_members,) or None
        What each member counts.

    Returns
    -------
    model : keras.Model
        Compiled with the plan's optimizer and sparse categorical cross-entropy: `evaluate` and `fit` work on it.
    """
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    inner = build_model(shape, dropout=plan.dropout, input_dropout=plan.input_dropout)
    rows = keras.Input((n_inputs,), dtype=DTYPE)
    if shape.n_members == 1:
        outputs = keras.layers.Softmax(dtype=DTYPE)(inner(rows))
    else:
        logits = inner(SameRowsForEachMember(shape.n_members, dtype=DTYPE)(rows))
        votes = None if votes is None else [float(vote) for vote in votes]
        outputs = MeanOverMembers(votes, dtype=DTYPE)(keras.layers.Softmax(dtype=DTYPE)(logits))
    model = keras.Model(rows, outputs, name="robust_mlp_classifier")
    optimizer = make_optimizer(plan.optimizer)
    if not isinstance(optimizer.learning_rate, keras.optimizers.schedules.LearningRateSchedule):
        optimizer.learning_rate = plan.learning_rate
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    optimizer.build(model.trainable_variables)  # a saved model is loaded with as many variables as it was saved with
    if weights is not None:
        set_weights(model, weights, state)
    return model


def set_weights(model, weights, state):
    """Put a training's weights, and moving means and variances, into a Keras model with the same layers."""
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
    moving = [v for v in model.non_trainable_variables if v.name.startswith("moving_")]
    for variable, value in zip(moving, state, strict=True):
        variable.assign(value)


def acts_on_batches(callback):
    """Whether a Keras callback does something at every batch, and not just once an epoch."""
    if isinstance(callback, _EPOCH_ONLY) and getattr(callback, "save_freq", "epoch") == "epoch":
        return getattr(callback, "update_freq", "epoch") != "epoch"
    kind = type(callback)
    return any(getattr(kind, hook) is not getattr(keras.callbacks.Callback, hook) for hook in _BATCH_HOOKS)


class KerasBridge:
    """Lets Keras callbacks take part in a training of the engine.

    They see a Keras model whose weights are the engine's at every epoch, may set its learning rate, may stop the
    training, and may leave other weights behind when it ends (`EarlyStopping(restore_best_weights=True)` does).

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback
        Deep-copied, so that one instance serves any number of fits.
    plan : TrainingPlan
    n_inputs, n_outputs : int
    embedding_sizes : tuple of int, default=()
    """

    def __init__(self, callbacks, plan, n_inputs, n_outputs, embedding_sizes=()):
        for callback in callbacks:
            if acts_on_batches(callback):
                raise ValueError(
                    f"{type(callback).__name__} acts on every batch, and the training runs whole epochs at a time. "
                    "Pass a callback that acts on epochs (on_epoch_begin, on_epoch_end, on_train_begin, on_train_end), "
                    "or set its save_freq or update_freq to 'epoch'."
                )
        self._model = public_model(plan, n_inputs, n_outputs, embedding_sizes=embedding_sizes)
        self._callbacks = keras.callbacks.CallbackList(
            [copy.deepcopy(callback) for callback in callbacks], model=self._model, epochs=plan.max_iter, verbose=0
        )
        self._given = None

    def begin(self, values):
        """Tell the callbacks that training begins."""
        self._synchronize(values)
        self._model.stop_training = False
        self._callbacks.on_train_begin()

    def epoch_begin(self, epoch, learning_rate):
        """Tell of a new epoch (0-based); returns what the callbacks make of the learning rate, as a factor."""
        self._callbacks.on_epoch_begin(epoch)
        return float(ops.convert_to_numpy(self._model.optimizer.learning_rate)) / learning_rate

    def epoch_end(self, record, values):
        """Tell of an epoch's end; returns whether a callback wants to stop."""
        self._synchronize(values)
        logs = {"loss": record.loss, "learning_rate": record.learning_rate}
        if record.validation_loss is not None:
            logs |= {"val_loss": record.validation_loss, "val_accuracy": record.validation_accuracy}
        self._callbacks.on_epoch_end(record.epoch - 1, logs)
        return bool(self._model.stop_training)

    def end(self):
        """Tell the callbacks that training ended."""
        self._callbacks.on_train_end()

    def changed_weights(self):
        """The (weights, state) that a callback left in the model, or None if they are the engine's last."""
        weights = [v.numpy() for v in self._model.trainable_variables]
        if all(np.array_equal(a, b, equal_nan=True) for a, b in zip(weights, self._given[0], strict=True)):
            return None
        moving = [v.numpy() for v in self._model.non_trainable_variables if v.name.startswith("moving_")]
        return weights, moving

    def _synchronize(self, values):
        self._given = values
        set_weights(self._model, *values)
