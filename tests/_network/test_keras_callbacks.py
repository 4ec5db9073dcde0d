"""The bridge over which Keras callbacks watch a training of the engine."""

import keras
import numpy as np
import pytest

from robust_mlp._core.records import EpochRecord
from robust_mlp._network.keras_callbacks import KerasBridge, acts_on_batches, check_not_restoring
from tests._network.random_weights import PLAN, weights_of


class EveryBatch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


@pytest.mark.parametrize(
    "make, expected",
    [
        (keras.callbacks.Callback, False),
        (lambda: keras.callbacks.EarlyStopping(), False),
        (lambda: keras.callbacks.ModelCheckpoint("m.keras"), False),
        (lambda: keras.callbacks.ModelCheckpoint("m.keras", save_freq=10), True),
        (lambda: keras.callbacks.TensorBoard("log"), False),
        (lambda: keras.callbacks.TensorBoard("log", update_freq=3), True),
        (lambda: keras.callbacks.TensorBoard("log", update_freq="batch"), True),
        (EveryBatch, True),
    ],
)
def test_callbacks_that_act_on_batches_are_known_by_what_they_do(make, expected):
    assert acts_on_batches(make()) is expected


def test_a_callback_that_acts_on_batches_is_refused():
    with pytest.raises(ValueError) as caught:
        KerasBridge([EveryBatch()], PLAN, 4, 3)
    assert str(caught.value) == (
        "EveryBatch acts on every batch, and the training runs whole epochs at a time. Pass a callback that acts on "
        "epochs (on_epoch_begin, on_epoch_end, on_train_begin, on_train_end), or set its save_freq or update_freq to "
        "'epoch'."
    )


def test_a_callback_that_restores_a_training_is_refused(tmp_path):
    class Own(keras.callbacks.BackupAndRestore):
        pass

    for kind in (keras.callbacks.BackupAndRestore, Own):
        with pytest.raises(ValueError) as caught:
            KerasBridge([keras.callbacks.EarlyStopping(), kind(str(tmp_path))], PLAN, 4, 3)
        assert str(caught.value) == (
            "callbacks holds BackupAndRestore, which goes on with a single training that was cut off, and a fit here "
            "is several: its file would be written and never used. Leave it out. To keep the weights of each epoch, "
            "pass keras.callbacks.ModelCheckpoint(path); to train in parts that you can save in between, call "
            "partial_fit. RobustMLPClassifier(checkpoint=path) goes on with a fit that was cut off."
        )
    check_not_restoring([keras.callbacks.ModelCheckpoint("m.keras"), keras.callbacks.EarlyStopping()])


class Noting(keras.callbacks.Callback):
    """Notes what it is told; `notes` belongs to the class, since a bridge copies its callbacks."""

    notes: list

    def on_train_begin(self, logs=None):
        self.notes.append(("begin", self.params["epochs"], self.model.get_weights()[0][0, 0]))

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.optimizer.learning_rate = 0.006

    def on_epoch_end(self, epoch, logs=None):
        self.notes.append((epoch, logs, self.model.get_weights()[0][0, 0]))
        self.model.stop_training = epoch == 1

    def on_train_end(self, logs=None):
        self.notes.append("end")


def values_of(weights):
    return list(weights.trainable), []


def test_callbacks_see_the_engines_weights_and_losses_and_may_stop(monkeypatch):
    monkeypatch.setattr(Noting, "notes", [], raising=False)
    given = Noting()
    bridge = KerasBridge([given], PLAN, 4, 3)
    first, second, third = (weights_of() for _ in range(3))
    bridge.begin(values_of(first))
    assert bridge.epoch_begin(0, 0.03) == pytest.approx(1.0)
    record = EpochRecord(epoch=1, loss=0.9, learning_rate=0.03, validation_loss=0.8, validation_accuracy=0.5)
    assert bridge.epoch_end(record, values_of(second)) is False
    assert bridge.epoch_begin(1, 0.03) == pytest.approx(0.2)  # the callback set it to .006
    assert bridge.epoch_end(EpochRecord(epoch=2, loss=0.7, learning_rate=0.006), values_of(third)) is True
    bridge.end()
    begin, one, two, end = Noting.notes
    assert begin == ("begin", 9, first.trainable[0][0, 0])
    assert one == (
        0,
        {"loss": 0.9, "learning_rate": 0.03, "val_loss": 0.8, "val_accuracy": 0.5},
        second.trainable[0][0, 0],
    )
    assert two == (1, {"loss": 0.7, "learning_rate": 0.006}, third.trainable[0][0, 0])
    assert end == "end"
    assert given.model is None  # the user's own object took no part


def test_weights_that_a_callback_leaves_behind_are_told_from_the_engines_own(monkeypatch):
    class Spoils(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            self.model.layers[-2].set_weights([np.zeros_like(w) for w in self.model.layers[-2].get_weights()])

    for callback, is_changed in ((keras.callbacks.Callback(), False), (Spoils(), True)):
        bridge = KerasBridge([callback], PLAN, 4, 3)
        weights = weights_of()
        weights.trainable[0][0, 0] = np.nan  # a diverged network's own weights are no change
        bridge.begin(values_of(weights))
        bridge.end()
        changed = bridge.changed_weights()
        assert (changed is not None) == is_changed
    trainable, moving = changed
    assert [w.shape for w in trainable] == [w.shape for w in weights.trainable] and moving == []
    assert not trainable[0].any()
