"""Who looks on while RobustMLPClassifier trains: verbose, and callbacks of Keras."""

import contextlib
import io
import pickle

import keras
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.tiny_fits import clouds, tiny

X, Y = clouds()


def test_verbose_0_prints_nothing_and_1_a_line_per_epoch_and_one_of_what_is_kept():
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        tiny().fit(X, Y)
    assert out.getvalue() == ""
    with contextlib.redirect_stdout(out):
        tiny(verbose=1, early_stopping=True, max_iter=2).fit(X, Y)
    lines = out.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["Epoch 1", "Epoch 2", "Kept"]


def test_a_repair_is_announced_before_the_epochs_of_the_next_training(capsys):
    settings = {"max_iter": 6, "learning_rate": 1e-8, "collapse_guard": "repair", "early_stopping": True}
    clf = tiny(verbose=2, **settings).fit(X, Y)
    assert clf.report_.verdict == "REPAIRED"
    lines = capsys.readouterr().out.splitlines()
    places = [i for i, line in enumerate(lines) if line.startswith("Attempt 1: ")]
    assert len(places) == clf.n_restarts_ == 1
    assert places[0] == clf.report_.attempts[0].n_epochs
    assert lines[places[0] + 1].startswith("Epoch 1: ")
    for name, (old, new) in clf.report_.attempts[1].changes.items():
        assert f"{name}=" in lines[places[0]], (name, old, new)


class Recorder(keras.callbacks.Callback):
    """Counts its own calls in a list that its deep copy shares."""

    calls = []  # noqa: RUF012

    def on_train_begin(self, logs=None):
        self.calls.append("begin")

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append((epoch, sorted(logs)))

    def on_train_end(self, logs=None):
        self.calls.append("end")


def test_keras_callbacks_are_told_of_every_epoch_and_copied():
    Recorder.calls.clear()
    recorder = Recorder()
    tiny(callbacks=[recorder], early_stopping=True, max_iter=2).fit(X, Y)
    logs = ["learning_rate", "loss", "val_accuracy", "val_loss"]
    assert Recorder.calls == ["begin", (0, logs), (1, logs), "end"]
    assert recorder.model is None


def test_keras_early_stopping_stops_and_restores():
    callback = keras.callbacks.EarlyStopping("loss", patience=2, min_delta=10.0, restore_best_weights=True)
    clf = tiny(callbacks=callback, max_iter=50).fit(X, Y)
    assert clf.n_iter_ == 3
    assert_array_equal(clf.predict_proba(X), tiny(max_iter=50, callbacks=callback).fit(X, Y).predict_proba(X))
    one_epoch = tiny(max_iter=50, callbacks=StopAfter(1)).fit(X, Y)
    assert_array_equal(clf.predict_proba(X), one_epoch.predict_proba(X))


class StopAfter(keras.callbacks.Callback):
    """Stops after so many epochs."""

    def __init__(self, n_epochs):
        super().__init__()
        self.n_epochs = n_epochs

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch + 1 >= self.n_epochs


def test_keras_callbacks_may_set_the_learning_rate():
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.01 if epoch < 2 else 0.001)
    clf = tiny(callbacks=scheduler, max_iter=4, learning_rate_schedule=None).fit(X, Y)
    assert_allclose(clf.history_["learning_rate"], [0.01, 0.01, 0.001, 0.001], rtol=1e-6)


@pytest.mark.parametrize("n_members", [1, 2])
def test_csv_logger_checkpoint_and_tensorboard_write_their_files(tmp_path, n_members):
    callbacks = [
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss", save_best_only=True),
        keras.callbacks.TensorBoard(tmp_path / "board"),
    ]
    clf = tiny(callbacks=callbacks, max_iter=3, n_members=n_members, early_stopping="auto").fit(X, Y)
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 4
    assert list((tmp_path / "board").rglob("*tfevents*"))
    saved = keras.models.load_model(tmp_path / "best.keras")
    assert saved(clf._fitted.encoding.transform(X)).shape == (90, 3)
    pickle.dumps(clf)


def test_a_callback_that_acts_on_batches_is_refused_before_training():
    class OnBatch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    message = (
        "OnBatch acts on every batch, and the training runs whole epochs at a time. Pass a callback that acts on "
        "epochs (on_epoch_begin, on_epoch_end, on_train_begin, on_train_end), or set its save_freq or update_freq "
        "to 'epoch'."
    )
    with pytest.raises(ValueError) as error:
        tiny(callbacks=OnBatch()).fit(X, Y)
    assert str(error.value) == message


def test_a_scorer_that_returns_no_number_is_refused_by_name():
    with pytest.raises(TypeError, match=r"returned 'good', which is no number\. Pass a scorer that returns one"):
        tiny(early_stopping=True, scoring=lambda estimator, X, y: "good").fit(X, Y)


def test_a_scorer_that_always_returns_nan_is_told():
    with pytest.warns(match="The scorer returned NaN in every epoch and chose none") as caught:
        clf = tiny(early_stopping=True, scoring=lambda estimator, X, y: float("nan")).fit(X, Y)
    assert len(caught) == 1
    assert [a.code for a in clf.report_.advisories if a.code == "scores_are_nan"] == ["scores_are_nan"]
    assert "scores_are_nan" not in [a.code for a in tiny(early_stopping=True).fit(X, Y).report_.advisories]
