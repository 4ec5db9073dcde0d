"""`KerasBridge`: Keras callbacks watch a training of the engine, and may change it between epochs."""

import copy

import keras
import numpy as np

from robust_mlp._network.public_model import public_model, set_weights

# These callbacks define batch hooks, but act only once an epoch with save_freq or update_freq 'epoch'.
_EPOCH_ONLY = (keras.callbacks.TensorBoard, keras.callbacks.ModelCheckpoint)
_BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


def acts_on_batches(callback):
    """Whether a Keras callback acts on every batch, not only once an epoch."""
    if isinstance(callback, _EPOCH_ONLY) and getattr(callback, "save_freq", "epoch") == "epoch":
        return getattr(callback, "update_freq", "epoch") != "epoch"
    kind = type(callback)
    return any(getattr(kind, hook) is not getattr(keras.callbacks.Callback, hook) for hook in _BATCH_HOOKS)


def check_not_restoring(callbacks):
    """Raise for a callback that puts back the state of a training that was cut off.

    A fit is several trainings: of members, and of what the guard repairs. The file of such a callback holds one of
    them, without the split, the scales and the order of the rows.

    Parameters
    ----------
    callbacks : sequence of keras.callbacks.Callback

    Raises
    ------
    ValueError
    """
    if any(isinstance(callback, keras.callbacks.BackupAndRestore) for callback in callbacks):
        raise ValueError(
            "callbacks holds BackupAndRestore, which goes on with a single training that was cut off, and a fit here "
            "is several: its file would be written and never used. Leave it out. To keep the weights of each epoch, "
            "pass keras.callbacks.ModelCheckpoint(path); to train in parts that you can save in between, call "
            "partial_fit. RobustMLPClassifier(checkpoint=path) goes on with a fit that was cut off."
        )


class KerasBridge:
    """Runs Keras callbacks during a training of the engine.

    The callbacks see a Keras model that has the engine's weights at every epoch. They may set its learning rate and
    stop the training. At the end they may set other weights, as `EarlyStopping(restore_best_weights=True)` does.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback
        They are deep-copied, so one instance can be used in many fits.
    plan : TrainingPlan
    n_inputs, n_outputs : int
    embedding_sizes : tuple of int, default=()
    """

    def __init__(self, callbacks, plan, n_inputs, n_outputs, embedding_sizes=()):
        check_not_restoring(callbacks)
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
        self._given: tuple | None = None

    def begin(self, values):
        """Tell the callbacks that training begins."""
        self._synchronize(values)
        self._model.stop_training = False
        self._callbacks.on_train_begin()

    def epoch_begin(self, epoch, learning_rate):
        """Tell the callbacks of a new epoch (0-based); returns the factor by which they changed the learning rate."""
        self._callbacks.on_epoch_begin(epoch)
        # Not ops.convert_to_numpy, which warns of TensorFlow's variables under NumPy 2.
        return float(np.asarray(self._model.optimizer.learning_rate)) / learning_rate

    def epoch_end(self, record, values):
        """Tell the callbacks of the end of an epoch; returns whether one of them wants to stop."""
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
        """The (weights, state) that a callback set in the model, or None if no callback changed them."""
        weights = [v.numpy() for v in self._model.trainable_variables]
        if self._given is not None and all(
            np.array_equal(a, b, equal_nan=True) for a, b in zip(weights, self._given[0], strict=True)
        ):
            return None
        moving = [v.numpy() for v in self._model.non_trainable_variables if v.name.startswith("moving_")]
        return weights, moving

    def _synchronize(self, values):
        self._given = values
        set_weights(self._model, *values)
