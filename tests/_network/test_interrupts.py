"""Ctrl-C during a training is noted wherever Python happens to be, and everything is as before afterwards."""

import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from robust_mlp._network.interrupts import noted_interrupts, noted_termination
from tests.tiny_fits import able, clouds

X, Y = clouds()


class InterruptedWhileCollected:
    """Presses Ctrl-C in its finalizer, from which Python lets no exception out."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_the_first_is_noted_and_the_second_raised():
    with noted_interrupts() as is_interrupted:
        assert not is_interrupted()
        signal.raise_signal(signal.SIGINT)
        assert is_interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_one_in_a_finalizer_is_not_lost():
    with noted_interrupts() as is_interrupted:
        InterruptedWhileCollected()
        assert is_interrupted()


def test_a_fit_stops_for_one_in_a_finalizer(monkeypatch):
    from robust_mlp._network.graph.engine import Engine

    run, left = Engine.run, [InterruptedWhileCollected()]

    def run_and_collect(self, *args, **settings):
        left.clear()
        return run(self, *args, **settings)

    monkeypatch.setattr(Engine, "run", run_and_collect)
    clf = able(max_iter=2000, learning_rate_schedule=None)
    with pytest.warns(UserWarning, match="^Training was interrupted after epoch "):
        clf.fit(X, Y)
    assert clf.n_iter_ < 2000
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("event", ["on_epoch_begin", "on_train_batch_end"])  # whole epochs in a graph; Keras' loop
def test_a_users_network_stops_for_one_in_a_finalizer(event):
    import keras

    from tests.keras_classifier.examples import X, Y, classifier

    left, n_epochs = [InterruptedWhileCollected()], []

    class Collects(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            n_epochs.append(epoch)

    setattr(Collects, event, lambda self, number, logs=None: left.clear() if len(n_epochs) == 5 else None)
    with pytest.warns(UserWarning, match="^Training was interrupted after epoch 6;"):
        classifier(callbacks=[Collects()], epochs=30).fit(X, Y)
    assert n_epochs == [*range(6)]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_users_is_left_in_place():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        with noted_interrupts() as is_interrupted:
            signal.raise_signal(signal.SIGINT)
            assert not is_interrupted()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [1]


def test_other_threads_are_told_of_none():
    found = []

    def run():
        with noted_interrupts() as is_interrupted:
            found.append(signal.getsignal(signal.SIGINT) is signal.default_int_handler and not is_interrupted())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [True]


def test_ctrl_c_while_a_member_is_trained_again_ends_the_fit(monkeypatch):
    from robust_mlp._network import retraining

    train = retraining.train

    def pressed(plan, data, seeds, *, hooks):
        attempt = train(plan, data, seeds, hooks=hooks)
        return replace(attempt, stop_reason="interrupted")

    monkeypatch.setattr(retraining, "train", pressed)
    monkeypatch.setattr("robust_mlp._fit.run_attempt.failed_members", lambda gains: [0])
    with pytest.warns(UserWarning, match="^Training was interrupted after epoch "):
        able(n_members=2, early_stopping=True, collapse_guard="repair").fit(X, Y)


PROGRAM = """
import signal, time
from robust_mlp._network.interrupts import noted_termination

with noted_termination(True) as is_ended:
    signal.raise_signal(signal.SIGTERM)
    print(is_ended(), flush=True)
    signal.raise_signal(signal.SIGTERM)
    print("in order", flush=True)
print("never")
"""


def test_sigterm_is_noted_and_ends_the_process_after_the_body():
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.returncode) == ("True\nin order\n", -signal.SIGTERM)


def test_sigterm_of_somebody_else_and_one_that_nobody_wants_are_left_alone():
    own = lambda number, frame: None  # noqa: E731
    before = signal.signal(signal.SIGTERM, own)
    try:
        with noted_termination(True) as is_ended:
            assert signal.getsignal(signal.SIGTERM) is own
            assert not is_ended()
    finally:
        signal.signal(signal.SIGTERM, before)
    with noted_termination(False):
        assert signal.getsignal(signal.SIGTERM) is before
    with noted_termination(True):
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
