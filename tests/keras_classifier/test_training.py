"""One training of a user's network: where it can run, when it stops, what is kept, and how rows are answered."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.deadline import Deadline
from robust_mlp._core.records import EpochRecord
from robust_mlp.callbacks import CollapseGuard
from robust_mlp.keras_classifier import training
from robust_mlp.keras_classifier.training import FULL_BLOCK, Run, answer, arrays_of, can_run_in_graph, put_weights

L = keras.layers
RNG = np.random.default_rng(0)


def model_of(*layers, metrics=None, loss="binary_crossentropy", optimizer="adam", **settings):
    layers = layers or (L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"))
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(optimizer, loss, metrics=metrics, **settings)
    return model


class EveryBatch(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


def own_step():
    inputs = keras.Input((4,))
    model = OwnStep(inputs, L.Dense(1)(inputs))
    model.compile("sgd", "mse")
    return model


def two_inputs():
    left, right = keras.Input((2,)), keras.Input((2,))
    model = keras.Model([left, right], L.Dense(1)(L.concatenate([left, right])))
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    "make, callbacks, expected",
    [
        (model_of, [], True),
        (lambda: model_of(metrics=["accuracy"]), [keras.callbacks.EarlyStopping()], True),
        (lambda: model_of(metrics=["mse"]), [], False),
        (lambda: model_of(metrics=[keras.metrics.AUC()]), [], False),
        (lambda: model_of(weighted_metrics=["accuracy"]), [], False),
        (lambda: model_of(run_eagerly=True), [], False),
        (lambda: model_of(L.Dense(1, dtype="mixed_bfloat16")), [], False),
        (model_of, [EveryBatch()], False),
        (model_of, [CollapseGuard()], False),
        (own_step, [], False),
        (two_inputs, [], False),
    ],
)
def test_a_network_runs_in_a_graph_where_nothing_needs_keras_own_loop(make, callbacks, expected):
    assert can_run_in_graph(make(), callbacks) is expected


# ---- answers


@pytest.mark.parametrize("n_rows", [1, FULL_BLOCK - 1, FULL_BLOCK, FULL_BLOCK + 1, 200])
def test_answers_are_those_of_keras(n_rows, monkeypatch):
    monkeypatch.setattr(training, "LOOK_ROWS", 2 * FULL_BLOCK)
    model = model_of(L.Dropout(0.5), L.Dense(3))
    rows = RNG.normal(size=(n_rows, 4)).astype(np.float32)
    found = answer(model, rows)
    assert found.shape == (n_rows, 3) and found.dtype == np.float32
    assert_allclose(found, model.predict(rows, verbose=0), atol=1e-5)


def test_a_rows_answer_has_the_same_bits_wherever_it_stands():
    model = model_of(L.Dense(64, activation="tanh"), L.Dense(3))
    rows = RNG.normal(size=(3 * FULL_BLOCK + 5, 4)).astype(np.float32)
    whole = answer(model, rows)
    assert_array_equal(answer(model, rows[::-1])[::-1], whole)
    for i in (0, 17, len(rows) - 1):
        assert_array_equal(answer(model, rows[i : i + 1])[0], whole[i])


def test_one_number_a_row_is_a_column():
    class Sum(keras.Model):
        def call(self, x):
            return keras.ops.sum(x, axis=1)

    assert answer(Sum(), np.ones((5, 4), np.float32)).shape == (5, 1)


def test_arrays_are_copies_and_go_back_where_they_came_from():
    model = model_of(L.Dense(8), L.BatchNormalization(), L.Dense(1))
    weights, fixed = arrays_of(model.trainable_variables), arrays_of(model.non_trainable_variables)
    put_weights(model, [w + 1 for w in weights], [f + 2 for f in fixed])
    for now, before in zip(model.trainable_variables, weights, strict=True):
        assert_allclose(now.numpy(), before + 1)
    for now, before in zip(model.non_trainable_variables, fixed, strict=True):
        assert_allclose(now.numpy(), before + 2)
    with pytest.raises(ValueError):
        put_weights(model, weights[:1], fixed)


# ---- when it stops


class Losses:
    """A recorder of invented epochs."""

    def __init__(self):
        self.records = []

    def judged_loss(self, record):
        return record.validation_loss


def run_of(**settings):
    usual = dict.fromkeys(("model", "loss", "rows", "targets", "weights", "codes"))
    return Run(**usual, recorder=Losses(), batch_size=8, epochs=10, order=None, **settings)


def noted(run, losses):
    """Note epochs with these losses until told to stop; how many there were."""
    for epoch, loss in enumerate(losses, start=1):
        record = EpochRecord(epoch=epoch, loss=loss, learning_rate=0.1, validation_loss=loss)
        run.recorder.records.append(record)
        if run.note(record, {"loss": loss}, lambda epoch=epoch: ([epoch], [-epoch])):
            return epoch
    return None


def test_the_best_weights_and_the_history_are_kept():
    run = run_of()
    assert noted(run, [0.9, 0.5, float("nan"), 0.7]) is None
    assert run.best == (0.5, 2, [2], [-2])
    assert run.history["loss"][:2] == [0.9, 0.5] and len(run.history["loss"]) == 4
    assert run.stop_reason == "max_iter"


@pytest.mark.parametrize(
    "settings, losses, stopped, reason",
    [
        ({"patience": 2}, [0.9, 0.5, 0.6, 0.6, 0.6], 4, "early_stopping"),
        ({"patience": 3}, [0.9, 0.5, 0.6, 0.6, 0.4], None, "max_iter"),
        ({"patience": 2}, [float("nan")] * 4, 2, "early_stopping"),
        ({"learnt_loss": 0.1}, [0.9, 0.05, 0.01], 2, "early_stopping"),
        ({"should_stop": lambda records: "constant" if len(records) == 3 else None}, [0.9] * 5, 3, "symptom"),
        ({"should_stop": lambda records: "nonfinite" if len(records) == 2 else None}, [0.9] * 5, 2, "nonfinite"),
    ],
)
def test_it_stops_for_patience_for_nothing_left_to_learn_and_when_told(settings, losses, stopped, reason):
    run = run_of(**settings)
    assert noted(run, losses) == stopped
    assert run.stop_reason == reason


def test_a_line_for_each_epoch_where_asked(capsys):
    noted(run_of(verbose=1), [0.9, 0.5])
    assert capsys.readouterr().out == "Epoch 1/10 - loss: 0.9000\nEpoch 2/10 - loss: 0.5000\n"
    noted(run_of(), [0.9])
    assert capsys.readouterr().out == ""


def test_who_stopped_decides_whether_it_may_be_trained_again():
    stopping = keras.callbacks.EarlyStopping()
    stopping.stopped_epoch = 3
    other = keras.callbacks.Callback()
    assert training._who_stopped([other, stopping]) == "early_stopping"
    assert training._who_stopped([other, keras.callbacks.EarlyStopping()]) == "callback"
    assert training._who_stopped([other]) == "callback"


def test_how_far_weights_moved():
    before, after = [np.array([3.0, 0.0]), np.array([4.0])], [np.array([3.0, 0.5]), np.array([4.0])]
    assert training._update_ratio(before, after) == pytest.approx(0.1)
    assert training._update_ratio([np.zeros(2)], [np.ones(2)]) is None


def test_a_callbacks_rate_is_taken_over_and_a_schedule_left_to_itself():
    source, target = keras.optimizers.SGD(0.3), keras.optimizers.SGD(0.1)
    training._follow_learning_rate(source, target)
    assert float(target.learning_rate) == pytest.approx(0.3)
    scheduled = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.9, 10))
    training._follow_learning_rate(scheduled, target)
    assert float(target.learning_rate) == pytest.approx(0.3)


def test_batches_of_keras_loop_hold_each_row_once_in_the_runs_order():
    rng = np.random.default_rng(0)
    run = SimpleNamespace(
        rows=np.arange(20.0)[:, None],
        targets=np.arange(20),
        weights=np.arange(20.0),
        batch_size=8,
        order=lambda: rng.permutation(20),
        parts=None,
    )
    batches = training._Batches(run)
    assert len(batches) == 3
    epochs = []
    for _ in range(2):
        parts = [batches[i] for i in range(3)]
        assert [len(part[0]) for part in parts] == [8, 8, 4]
        for rows, targets, weights in parts:
            assert_array_equal(rows[:, 0], targets)
            assert_array_equal(weights, targets)
        epochs.append(np.concatenate([targets for _, targets, _ in parts]))
        batches.on_epoch_end()
    assert all(sorted(epoch) == list(range(20)) for epoch in epochs)
    assert not np.array_equal(*epochs)


class Clock:
    """A clock that moves on by `step` whenever it is asked."""

    def __init__(self, step):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


def test_an_epoch_without_time_for_all_batches_ends_after_those_there_was_time_for():
    seen = []

    class Program:
        """Notes the rows that it is given."""

        def run_epoch(self, data, order, batch_size):
            seen.extend(order.tolist())
            return float(len(seen)), 0.5

    order = np.arange(1000)
    run = SimpleNamespace(batch_size=2, deadline=Deadline())
    assert training._trained_epoch(run, Program(), None, order) == (1000.0, 0.5)
    seen.clear()
    run.deadline = Deadline(3.0, Clock(1.0))  # asked once when it is made, then before each call but the first
    loss, _ = training._trained_epoch(run, Program(), None, order)
    assert seen == order[: 2 + 2 * 2 * training.BATCHES_PER_CALL].tolist()
    assert 2 < loss < len(seen)
    seen.clear()
    run.deadline = Deadline(1e-9, Clock(1.0))
    training._trained_epoch(run, Program(), None, order)
    assert seen == [0, 1]  # one batch in any case


@pytest.mark.parametrize("n_epochs, reason", [(3, "max_time"), (10, "max_iter")])
def test_time_that_is_up_is_a_reason_to_stop_before_the_last_epoch_only(n_epochs, reason):
    run = run_of(deadline=Deadline(n_epochs + 0.5, Clock(1.0)))
    assert noted(run, [0.9] * 10) == (None if reason == "max_iter" else n_epochs + 1)
    assert run.stop_reason == reason
