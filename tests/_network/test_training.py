"""The engine trains as Keras would, keeps the best epoch, and stops when asked."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import robust_mlp
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.losses import mean_loss
from robust_mlp._core.training_data import Hooks, Trained
from robust_mlp._network import engine_cache
from robust_mlp._network.architecture import EMBEDDING_WIDTH, NetworkShape, build_model, initial_weights
from robust_mlp._network.held_out_predictions import held_out_predictions
from robust_mlp._network.training import train
from robust_mlp._prediction.network import NetworkWeights
from tests._network.trainings import PLAN, SEEDS, data_of, loss_of

KERAS_NAME = {"sgd": "SGD", "rmsprop": "RMSprop"}


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "adagrad", "nadam", "lion", "lamb", "adafactor"])
def test_the_engine_takes_the_same_steps_as_keras_fit(optimizer):
    data = data_of(held_out=False)
    plan = replace(PLAN, optimizer=optimizer, shuffle=False, early_stopping=False, learning_rate=0.01, max_iter=2)
    attempt = train(plan, data, SEEDS)

    shape = NetworkShape.of(plan, 4, 3)
    model = build_model(shape)
    for variable, value in zip(
        model.trainable_variables,
        initial_weights(model.trainable_variables, shape, "auto", SEEDS["weights"]),
        strict=True,
    ):
        variable.assign(value)
    own = getattr(keras.optimizers, KERAS_NAME.get(optimizer, optimizer.capitalize()))(learning_rate=0.01)
    model.compile(own, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(data.rows, data.codes, batch_size=16, epochs=2, shuffle=False, verbose=0)
    for found, expected in zip(attempt.network.weights.trainable, model.trainable_variables, strict=True):
        assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize("shares", [False, True])
def test_held_out_figures_of_the_graph_are_those_of_the_kept_network(shares):
    data = data_of(n_members=3)
    if shares:
        data = replace(data, held_out=[data.held_out[0]] * 3, shares_held_out=True)
    attempt = train(replace(PLAN, n_members=3), data, SEEDS)
    best = attempt.records[attempt.best_epoch - 1]
    losses = [loss_of(attempt.network.weights.network(), data, i) for i in range(3)]
    sizes = [len(part) for part in data.held_out]
    assert_allclose(best.untempered_loss, np.average(losses, weights=sizes), rtol=1e-5)
    # At the temperature of the network; a report judges each row at the temperature that suits the other rows.
    own = attempt.network.weights.tempered(attempt.network.inverse_temperature).network()
    kept = held_out_predictions(own, data)
    # The graph finds the temperature in a few Newton steps; the loss of all members together is not flat there.
    tolerance = 5e-3 if shares else 1e-3
    assert_allclose(best.validation_loss, mean_loss(kept.probabilities, kept.codes, kept.weights), rtol=tolerance)
    assert best.validation_loss < best.untempered_loss
    predicted = np.bincount(kept.probabilities.argmax(axis=1), minlength=3) / len(kept.codes)
    assert_allclose(best.predicted_share, predicted, atol=1e-6)


def test_a_member_trains_as_it_would_alone():
    data = data_of(n_members=2)
    plan = replace(PLAN, n_members=2, shuffle=False, early_stopping=False)
    together = train(plan, data, SEEDS).network.weights
    shape = NetworkShape.of(plan, 4, 3)
    first = initial_weights(build_model(shape).trainable_variables, shape, "auto", SEEDS["weights"])
    for member in range(2):
        own = [w[member] if w.shape[1] > 1 else w[member, 0] for w in first]
        alone_data = replace(data, train=[data.train[member]], held_out=[data.held_out[member]])
        start = Trained(NetworkWeights(own, [], "relu", 1, False, False, 1))
        alone = train(replace(plan, n_members=1), alone_data, SEEDS, start=start).network.weights
        for a, b in zip(together.trainable, alone.trainable, strict=True):
            assert_allclose(np.squeeze(a[member]), b, atol=1e-5)


def test_a_member_learns_nothing_from_inputs_that_it_is_not_shown():
    hidden = np.zeros((2, 4), bool)
    hidden[1, :2] = True
    data = replace(data_of(n_members=2), hidden_inputs=hidden)
    plan = replace(PLAN, n_members=2, linear_path=True, weight_decay=0.1)
    network = train(plan, data, SEEDS).network.weights.network()
    for weights in (network.kernels[0], network.linear_path):
        assert_array_equal(weights[1, :2], 0)
        assert (weights[0] != 0).all() and (weights[1, 2:] != 0).all()
    other = data.rows.copy()
    other[:, :2] = 7
    assert_array_equal(network.logits(other, 1), network.logits(data.rows, 1))


@pytest.mark.parametrize("optimizer", ["adam", "lamb"])
@pytest.mark.parametrize("n_members", [1, 2])
def test_levels_that_never_occur_keep_the_vector_they_began_with(optimizer, n_members):
    data = data_of(n_members=n_members)
    codes = 1 + np.arange(len(data.codes)) % 3
    rows = np.column_stack([data.rows, codes]).astype(np.float32)
    data = replace(data, rows=rows, eval_rows=(rows, *data.eval_rows[1:]), embedding_sizes=(5,))
    plan = replace(PLAN, n_members=n_members, optimizer=optimizer, input_dropout=0.1, learning_rate=0.01)
    attempt = train(plan, data, SEEDS)
    (vectors,) = attempt.network.weights.network().embeddings
    assert vectors.shape == (n_members, 5, EMBEDDING_WIDTH)
    assert_array_equal(vectors[:, [0, 4]], 0)
    assert (vectors[:, 1:4] != 0).all()
    assert len(attempt.layers[0:1]) == 1


def test_members_that_see_other_inputs_pick_their_epochs_and_temperatures_apart():
    data = data_of(n_members=3)
    hidden = np.zeros((3, 4), bool)
    hidden[1, :3] = True
    apart = replace(data, hidden_inputs=hidden)
    assert (data.input_groups, apart.input_groups) == ((), (0, 1, 0))
    plan = replace(PLAN, n_members=3, max_iter=40, learning_rate=0.02)
    attempt = train(plan, apart, SEEDS)
    factors = attempt.network.inverse_temperature
    assert factors[0] == factors[2] != factors[1]
    # Those that see everything are what they would be beside any other member.
    other = train(plan, replace(apart, hidden_inputs=np.roll(hidden, 1, axis=1)), SEEDS)
    for k in (0, 2):
        same = [a.network.weights.network().kernels[0][k] for a in (attempt, other)]
        assert_allclose(*same, atol=1e-6)


def test_what_a_member_cannot_know_from_its_own_rows_has_no_effect():
    data = data_of(n_members=2)
    codes = 1 + np.arange(len(data.codes)) % 3
    rows = np.column_stack([data.rows, codes]).astype(np.float32)
    rows[data.train[0], 1] = 0.5
    constants = np.full((2, 5), np.nan, np.float32)
    constants[0, 1] = 0.5
    rare = np.zeros((2, 4), bool)
    rare[0, 2] = True
    data = replace(data, rows=rows, eval_rows=(rows, *data.eval_rows[1:]), embedding_sizes=(4,))
    plan = replace(PLAN, n_members=2, learning_rate=0.01)
    plain = train(plan, data, SEEDS).network.weights.network()
    own = train(plan, replace(data, constant_inputs=constants, rare_codes=(rare,)), SEEDS).network.weights.network()
    part = data.held_out[0]
    moved = rows[part].copy()
    moved[:, 1] = -40
    assert_array_equal(own.logits(moved), own.logits(rows[part]))
    assert np.abs(plain.logits(moved) - plain.logits(rows[part])).max() > 0.1
    moved[:, -1] = np.where(moved[:, -1] == 2, 0, moved[:, -1])
    assert_array_equal(own.logits(moved), own.logits(rows[part]))
    # Rows of the member's own kind are predicted as they were trained on.
    trained_on = rows[data.train[0]][codes[data.train[0]] != 2]
    assert_allclose(own.logits(trained_on), plain.logits(trained_on), atol=1e-5)


@pytest.mark.parametrize("linear_path", [True, False])
def test_inputs_that_are_scaled_for_a_member_are_as_if_its_rows_were(linear_path):
    data = data_of(n_members=2)
    scales = np.array([[1, 5, 1, 0.5], [2, 1, 1, 1]], np.float32)
    hidden = np.zeros((2, 4), bool)
    plan = replace(PLAN, n_members=2, max_iter=6, learning_rate=0.01, linear_path=linear_path)
    scaled = train(plan, replace(data, input_scales=scales, hidden_inputs=hidden), SEEDS)
    for member in range(2):
        rows = data.rows * scales[member]
        of_rows = replace(data, rows=rows, eval_rows=(rows, *data.eval_rows[1:]), hidden_inputs=hidden)
        alike = train(plan, of_rows, SEEDS)
        networks = scaled.network.weights.network(), alike.network.weights.network()
        logits = [net.member_logits(own, member) for net, own in zip(networks, (data.rows, rows), strict=True)]
        assert_allclose(*logits, atol=2e-5)
    further = train(plan, replace(data, input_scales=scales, hidden_inputs=hidden), SEEDS, start=scaled.network)
    assert further.records[0].loss < scaled.records[0].loss
    assert_allclose(further.records[0].loss, scaled.records[-1].loss, rtol=0.1)


def test_the_best_epoch_is_kept_and_training_stops_after_patience():
    data = data_of(n_rows=64)
    plan = replace(PLAN, max_iter=300, learning_rate=0.1, n_iter_no_change=5)
    attempt = train(plan, data, SEEDS)
    losses = [record.validation_loss for record in attempt.records]
    assert attempt.stop_reason == "early_stopping"
    assert attempt.best_epoch == int(np.argmin(losses)) + 1
    assert len(losses) == attempt.best_epoch + 5
    kept = attempt.held_out
    assert_allclose(mean_loss(kept.probabilities, kept.codes, kept.weights), min(losses), rtol=1e-3)


def test_without_early_stopping_the_last_weights_are_kept():
    attempt = train(replace(PLAN, early_stopping=False, max_iter=30, learning_rate=0.1), data_of(), SEEDS)
    assert attempt.best_epoch == len(attempt.records) == 30
    assert attempt.stop_reason == "max_iter"


def test_rows_of_weight_zero_change_nothing():
    weights = np.ones(128, np.float32)
    weights[100:] = 0
    data = data_of(held_out=False, weights=weights)
    other_labels = replace(data, codes=np.where(weights > 0, data.codes, 0).astype(np.int32))
    plan = replace(PLAN, early_stopping=False)
    a, b = (train(plan, d, SEEDS).network.weights.trainable for d in (data, other_labels))
    for left, right in zip(a, b, strict=True):
        assert_array_equal(left, right)


@pytest.mark.parametrize(
    "change",
    [
        {"dropout": 0.3},
        {"input_dropout": 0.3},
        {"batch_norm": True},
        {"label_smoothing": 0.1},
        {"max_norm": 0.5},
        {"clip_norm": 0.1},
        {"n_members": 2, "dropout": 0.2, "batch_norm": True, "linear_path": True},
    ],
)
def test_every_ingredient_trains_and_the_same_seeds_give_the_same_bits(change):
    plan = replace(PLAN, max_iter=8, learning_rate=0.02, **change)
    data = data_of(n_members=plan.n_members)
    first, second = train(plan, data, SEEDS), train(plan, data, SEEDS)
    assert first.records[-1].loss < first.records[0].loss
    for a, b in zip(first.network.weights.trainable, second.network.weights.trainable, strict=True):
        assert_array_equal(a, b)


def test_dropout_depends_on_its_seed():
    plan, data = replace(PLAN, dropout=0.5), data_of()
    a = train(plan, data, SEEDS).records[-1].loss
    assert a != train(plan, data, SEEDS | {"dropout": 1}).records[-1].loss


def test_label_smoothing_keeps_the_network_from_certainty():
    data = data_of(held_out=False)
    plan = replace(PLAN, early_stopping=False, max_iter=100, learning_rate=0.05)
    plain, smooth = (train(replace(plan, label_smoothing=s), data, SEEDS).held_out.probabilities for s in (0.0, 0.5))
    assert smooth.max() < plain.max()


def test_the_guards_hook_stops_an_attempt():
    hooks = Hooks(should_stop=lambda records: "constant" if len(records) >= 3 else None)
    attempt = train(replace(PLAN, max_iter=10_000), data_of(), SEEDS, hooks=hooks)
    assert attempt.stop_reason == "symptom"
    assert len(attempt.records) < 10_000


def test_a_loss_that_is_no_number_ends_the_attempt():
    plan = replace(PLAN, optimizer="sgd", learning_rate=1e30, max_iter=1000, early_stopping=False)
    attempt = train(plan, data_of(), SEEDS)
    assert attempt.stop_reason == "nonfinite"
    assert len(attempt.records) < 1000


def test_a_callback_may_stop_after_any_epoch():
    seen = []

    def on_epoch(record, make_weights):
        seen.append((record.epoch, make_weights().n_hidden))
        return record.epoch == 2

    attempt = train(PLAN, data_of(), SEEDS, hooks=Hooks(on_epoch=on_epoch))
    assert seen == [(1, 1), (2, 1)]
    assert attempt.stop_reason == "callback"


class Clock:
    """A clock that moves on by `step` whenever it is asked."""

    def __init__(self, step):
        self.now, self.step = 0.0, step

    def __call__(self):
        self.now += self.step
        return self.now


def test_time_that_is_up_ends_training():
    train(PLAN, data_of(), SEEDS)  # so that its engine waits in the cache, and no time goes into a trace
    deadline = Deadline(100.0, Clock(10.0))
    attempt = train(replace(PLAN, max_iter=10**6), data_of(), SEEDS, hooks=Hooks(deadline=deadline))
    assert attempt.stop_reason == "max_time"
    assert 1 < len(attempt.records) <= 100
    assert deadline.left_out == ()


def test_a_budget_that_is_never_used_up_changes_no_bit():
    free, bounded = (train(PLAN, data_of(), SEEDS, hooks=Hooks(deadline=Deadline(s))) for s in (None, 1e6))
    for one, other in zip(free.network.weights.trainable, bounded.network.weights.trainable, strict=True):
        assert_array_equal(one, other)
    assert free.stop_reason == bounded.stop_reason


@pytest.mark.parametrize("changes", [{}, {"linear_path": True}, {"hidden_layer_sizes": ()}, {"batch_norm": True}])
def test_without_time_for_a_trace_no_graph_is_traced_and_the_network_is_whole(changes, monkeypatch):
    engine_cache.clear()
    monkeypatch.setattr(engine_cache, "_new_engine", None)  # nobody may make one
    data, plan = data_of(n_members=2), replace(PLAN, n_members=2, max_iter=3, **changes)
    deadline = Deadline(1.0, Clock(0.001))
    attempt = train(plan, data, SEEDS, hooks=Hooks(deadline=deadline))
    assert deadline.left_out == ("the training of hidden layers",)
    assert attempt.network.weights.has_shape(plan, 4)
    assert np.isfinite(attempt.held_out.probabilities).all()
    if changes in ({"linear_path": True}, {"hidden_layer_sizes": ()}):
        assert attempt.records[-1].loss < attempt.records[0].loss
    monkeypatch.undo()
    again = train(plan, data, SEEDS, start=attempt.network)  # with time, it goes on from there
    assert again.records[-1].loss < attempt.records[0].loss


def test_an_interrupt_keeps_the_best_weights_so_far():
    def on_epoch(record, make_weights):
        del make_weights
        if record.epoch == 3:
            raise KeyboardInterrupt

    attempt = train(PLAN, data_of(), SEEDS, hooks=Hooks(on_epoch=on_epoch))
    assert attempt.stop_reason == "interrupted"
    assert len(attempt.records) == 3
    assert attempt.network.weights.network().is_finite()


def test_a_scorer_picks_the_epoch():
    scores = iter([0.1, 0.9, 0.5, 0.2])
    attempt = train(PLAN, data_of(), SEEDS, hooks=Hooks(score=lambda network: next(scores)))
    assert attempt.best_epoch == 2
    assert [record.validation_score for record in attempt.records] == [0.1, 0.9, 0.5, 0.2]


def test_going_on_from_a_training_is_one_longer_training():
    data = data_of(held_out=False)
    plan = replace(PLAN, shuffle=False, early_stopping=False, max_iter=2)
    whole = train(replace(plan, max_iter=4), data, SEEDS)
    half = train(plan, data, SEEDS)
    rest = train(plan, data, SEEDS, start=half.network)
    for a, b in zip(whole.network.weights.trainable, rest.network.weights.trainable, strict=True):
        assert_allclose(a, b, atol=1e-6)


def test_the_cache_is_bounded_and_can_be_emptied(monkeypatch):
    monkeypatch.setattr(engine_cache.cache, "max_idle", 2)
    robust_mlp.clear_cache()
    for width in (2, 3, 4):
        train(replace(PLAN, hidden_layer_sizes=(width,), max_iter=1), data_of(), SEEDS)
    assert engine_cache.count_traces() == 2
    robust_mlp.clear_cache()
    assert engine_cache.count_traces() == 0


@pytest.mark.parametrize("rate, is_longer", [(0.003, True), (1e-6, False)])
def test_an_auto_schedule_becomes_longer_while_the_held_out_loss_falls(rate, is_longer):
    plan = replace(PLAN, learning_rate_schedule="cosine", learning_rate=rate, max_iter=8, longest_schedule=32)
    attempt = train(plan, data_of(n_rows=256), SEEDS)
    assert (len(attempt.records) > 8) == is_longer
    rates = [record.learning_rate for record in attempt.records]
    half = 4  # there it is decided; the rate then goes back to a quarter of the longer schedule
    assert (rates[half] > rates[half - 1]) == is_longer
    assert rates[-1] < 0.1 * rate  # and it ends low, however long it is


def test_without_held_out_rows_a_schedule_keeps_its_end():
    plan = replace(PLAN, learning_rate_schedule="cosine", max_iter=8, longest_schedule=32, early_stopping=False)
    assert len(train(plan, data_of(held_out=False), SEEDS).records) == 8


@pytest.mark.parametrize("left, n_epochs", [(3600.0, 16), (1e-9, 8)])
def test_a_schedule_becomes_longer_only_if_the_time_budget_allows_it(left, n_epochs):
    plan = replace(PLAN, learning_rate_schedule="cosine", learning_rate=0.003, max_iter=8, longest_schedule=16)
    deadline = SimpleNamespace(is_set=False, is_over=False, left=left, allows=lambda *_: True)
    attempt = train(plan, data_of(n_rows=256), SEEDS, hooks=Hooks(deadline=deadline))
    assert len(attempt.records) == n_epochs
    assert attempt.records[-1].learning_rate < 0.1 * plan.learning_rate


def test_a_member_learns_nothing_from_a_code_that_is_hidden_from_it():
    data = data_of(n_members=2)
    codes = 1 + np.arange(len(data.codes)) % 3
    rows = np.column_stack([data.rows, codes]).astype(np.float32)
    hidden = np.zeros((2, 5), bool)
    hidden[1, 4] = True
    data = replace(data, rows=rows, eval_rows=(rows, *data.eval_rows[1:]), embedding_sizes=(4,), hidden_inputs=hidden)
    plan = replace(PLAN, n_members=2, learning_rate=0.01, linear_path=True, max_iter=8)
    network = train(plan, data, SEEDS).network.weights.network()
    other = rows.copy()
    other[:, 4] = 1 + rows[:, 4] % 3
    changes = [np.abs(network.member_logits(other, k) - network.member_logits(rows, k)).max() for k in range(2)]
    assert changes[0] > 0.01 and changes[1] == 0
    numbers = rows.copy()
    numbers[:, 3] += 1  # the number before the code is seen
    assert np.abs(network.member_logits(numbers, 1) - network.member_logits(rows, 1)).max() > 0.01
