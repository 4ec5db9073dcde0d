"""Keras callbacks inside the classifier, and the guard as one of them."""

import keras
import numpy as np
import pytest

from robust_mlp.callbacks import CollapseGuard
from tests.keras_classifier.examples import X, Y, classifier, create_mlp


def test_callbacks_see_the_network_and_may_change_the_learning_rate():
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(
                (float(self.model.optimizer.learning_rate), logs["val_loss"], self.model.get_weights()[0][0, 0])
            )

    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 0.01 / (epoch + 1))
    classifier(callbacks=[schedule, Watch()], epochs=3, collapse_guard="off").fit(X, Y)
    np.testing.assert_allclose([rate for rate, *_ in seen], [0.01, 0.005, 0.01 / 3], rtol=1e-6)
    assert len({weight for *_, weight in seen}) == 3


def test_the_guard_as_a_callback_works_inside():
    guard = CollapseGuard()
    classifier(callbacks=[guard], epochs=8).fit(X, Y)
    assert guard.report_.verdict.value == "HEALTHY"


def test_a_plain_scikeras_classifier_takes_the_guard_as_a_callback():
    from scikeras.wrappers import KerasClassifier

    guard = CollapseGuard()
    KerasClassifier(create_mlp, epochs=8, verbose=0, callbacks=[guard]).fit(X, Y)
    assert guard.report_.verdict.value == "HEALTHY"


def test_a_backup_that_would_never_be_read_is_refused_before_any_training(tmp_path):
    clf = classifier(callbacks=[keras.callbacks.BackupAndRestore(str(tmp_path))])
    with pytest.raises(ValueError, match=r"^callbacks holds BackupAndRestore, .* call partial_fit"):
        clf.fit(X, Y)
    assert not list(tmp_path.iterdir())
