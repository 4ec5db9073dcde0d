"""Rows are shown and measured as Keras would, and the model is as it was."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import log_loss

from robust_mlp.inspection._read import runner as runner_module
from robust_mlp.inspection._read.keras_model import read_loss
from robust_mlp.inspection._read.runner import (
    MAX_PROBE_ROWS,
    MIN_PROBE_ROWS,
    Runner,
    choose_rows,
    guessing_cost,
    measure,
    n_probe_rows,
    show,
    take,
    watched_layers,
)
from tests.inspection.examples import ONE_HOT, SEVERAL, THREE, X4, Y4, L, Subclassed, model_of, plain_model


def rng():
    return np.random.default_rng(0)


# ---- which rows


@pytest.mark.parametrize(
    "n_rows, values, expected",
    [(10, 4, 10), (10**6, 4, MAX_PROBE_ROWS), (10**6, 10**6, MIN_PROBE_ROWS), (10**6, 1000, 500), (99, 0, 99)],
)
def test_fewer_rows_are_shown_where_they_are_large(n_rows, values, expected):
    assert n_probe_rows(n_rows, values) == expected


def test_chosen_rows_have_every_class_and_its_share():
    codes = np.repeat([0, 1, 2], [9000, 990, 10])[rng().permutation(10_000)]
    rows = choose_rows(codes, 1000, rng())
    assert len(rows) == len(np.unique(rows)) == 1000
    assert_array_equal(rows, np.sort(rows))
    counts = np.bincount(codes[rows])
    assert counts.min() >= 1 and abs(counts[0] - 900) < 50
    assert_array_equal(rows, choose_rows(codes, 1000, rng()))


def test_no_class_lacks_where_there_is_room_and_few_rows_are_all_taken():
    codes = np.arange(1000) // 100
    assert_array_equal(np.unique(codes[choose_rows(codes, 10, rng())]), np.arange(10))
    assert len(choose_rows(codes, 4, rng())) == 4
    assert_array_equal(choose_rows(codes, 1000, rng()), np.arange(1000))


def test_rows_are_taken_from_every_kind_of_table():
    rows = np.array([2, 0])
    assert_array_equal(take(X4, rows), X4[rows])
    assert [part.shape for part in take([X4, X4[:, :2]], rows)] == [(2, 4), (2, 2)]
    assert_array_equal(take({"a": X4}, rows)["a"], X4[rows])


# ---- showing


@pytest.mark.parametrize(
    "make", [plain_model, lambda: model_of(L.Dropout(0.5), L.Dense(3), L.BatchNormalization(), L.Dense(2))]
)
def test_answers_are_those_of_keras_in_inference_mode(make):
    model = make()
    shown = show(model, X4)
    assert_allclose(shown.outputs, model.predict(X4, verbose=0), rtol=1e-5, atol=1e-6)
    assert shown.outputs.dtype == np.float32


def test_the_logits_behind_a_final_softmax_are_remembered():
    model = model_of(L.Dense(3, activation="softmax"), loss="categorical_crossentropy")
    shown = show(model, X4)
    weights, bias = model.layers[0].get_weights()
    assert_allclose(shown.logits, X4 @ weights + bias, atol=1e-5)
    assert show(model_of(L.Dense(3)), X4).logits is None


def test_hidden_layers_are_watched_and_given_back():
    model = model_of(L.Dense(8, activation="relu", name="a"), L.Dense(4, activation="tanh", name="b"), L.Dense(1))
    model.layers[0].set_weights([np.zeros((4, 8)), np.float32([1, 1, -1, -1, -1, -1, -1, -1])])
    facts = show(model, X4).activity
    assert [(layer.name, layer.activation, layer.n_units) for layer in facts] == [("a", "relu", 8), ("b", "tanh", 4)]
    assert facts[0].dead_fraction == 1.0  # nothing depends on the row
    assert all("call" not in vars(layer) for layer in model.layers)


def test_watched_layers_are_given_back_when_the_body_raises():
    model = plain_model()
    with pytest.raises(KeyError), watched_layers(model):
        assert "call" in vars(model.layers[0])
        raise KeyError
    assert all("call" not in vars(layer) for layer in model.layers)


@pytest.mark.parametrize(
    "activation, values, saturated",
    [
        ("sigmoid", [0.5, 0.001, 0.999, 0.0], 0.75),
        ("tanh", [0.0, 0.995, -0.999, 0.9], 0.5),
        ("relu", [0.0, 0.0, 5.0, 9.0], 0.0),
    ],
)
def test_units_at_flat_ends_are_counted_by_activation(activation, values, saturated):
    outputs = np.float32(values) + np.float32(1e-5) * rng().normal(size=(50, 4)).astype(np.float32)
    facts = runner_module._activity("h", activation, outputs)
    assert (facts.saturated_fraction, facts.n_units) == (saturated, 4)
    assert facts.dead_fraction == 0.0


def test_a_unit_is_dead_relative_to_its_size():
    outputs = np.column_stack([np.full(50, 3.0), 1e6 + 0.01 * rng().normal(size=50), rng().normal(size=50)])
    assert runner_module._activity("h", "relu", outputs).dead_fraction == pytest.approx(2 / 3)


# ---- the runner


def test_loss_and_gradients_are_those_of_keras():
    model = plain_model()
    runner = Runner(model)
    runner.loss_function = read_loss(model, None)[0]
    value, gradients = runner.loss_and_gradients(runner.as_inputs(X4), Y4)
    with tf.GradientTape() as tape:
        expected = keras.losses.BinaryCrossentropy()(Y4[:, None], model(X4))
    assert value == pytest.approx(float(expected), rel=1e-5)
    for found, wanted in zip(
        gradients, tape.gradient(expected, [v.value for v in model.trainable_variables]), strict=True
    ):
        assert_allclose(found, wanted, rtol=1e-4, atol=1e-7)
    norms = runner.gradient_norms(runner.loss_function, runner.as_inputs(X4), Y4)
    assert_allclose(norms, [np.linalg.norm(g) for g in gradients], rtol=1e-6)


def test_other_weights_can_be_looked_at_without_setting_them():
    model = plain_model()
    before = [w.copy() for w in model.get_weights()]
    runner = Runner(model)
    runner.refresh([np.zeros_like(w) for w in before])
    assert_allclose(runner.answer(runner.as_inputs(X4))[0], 0.5)
    runner.refresh()
    assert_allclose(runner.answer(runner.as_inputs(X4))[0], model(X4), rtol=1e-6)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert_array_equal(old, new)


def test_inputs_have_the_dtype_that_the_model_declares():
    model = keras.Sequential([keras.Input((1,), dtype="int32"), L.Embedding(5, 3), L.Flatten(), L.Dense(1)])
    assert Runner(model).as_inputs(np.float64([[1], [4]])).dtype == "int32"
    assert Runner(plain_model()).as_inputs(X4.astype(int)).dtype == "float32"
    left, right = keras.Input((4,), name="a"), keras.Input((2,), dtype="int32", name="b")
    both = keras.Model([left, right], L.Dense(1)(L.Concatenate()([left, L.Rescaling(1.0)(right)])))
    assert [t.dtype.name for t in Runner(both).as_inputs([X4, X4[:, :2]])] == ["float32", "int32"]
    by_name = Runner(both).as_inputs({"b": X4[:, :2], "a": X4})
    assert {name: t.dtype.name for name, t in by_name.items()} == {"a": "float32", "b": "int32"}


@pytest.mark.parametrize(
    "layers, shape, message",
    [
        (
            [L.Dense(1)],
            (5, 4),
            "The model answers with shape (80, 5, 1) to 80 rows; one row of outputs per row of X is needed. "
            "Add keras.layers.Flatten() or a pooling layer before the last Dense layer.",
        ),
        (
            [L.Lambda(lambda x: x[:3], output_shape=(4,)), L.Dense(1)],
            (4,),
            "The model answers with 3 rows to 80 rows of X. Keep axis 0 for the rows.",
        ),
    ],
)
def test_answers_that_are_no_rows_are_refused(layers, shape, message):
    runner = Runner(keras.Sequential([keras.Input(shape), *layers]))
    with pytest.raises(ValueError) as caught:
        runner.answer(runner.as_inputs(np.zeros((80, *shape))))
    assert str(caught.value) == message


def test_a_row_of_outputs_may_come_in_any_usual_shape():
    class Vector(keras.Model):
        def call(self, x):
            return keras.ops.sum(x, axis=1)

    for model in (Vector(), keras.Sequential([keras.Input((1, 4)), L.Dense(2)])):
        rows = X4 if isinstance(model, Vector) else X4[:, None]
        model(rows[:2])
        assert Runner(model).answer(Runner(model).as_inputs(rows))[0].ndim == 2


# ---- measuring


def measured(model, X=X4, y=Y4, codes=None, **settings):
    loss_function, loss = read_loss(model, None)
    codes = np.asarray(y) if codes is None else codes
    settings = {"with_loss": True, "with_trial": False} | settings
    return measure(show(model, X), np.asarray(y), loss_function, loss, codes, generator=rng(), **settings)


def test_figures_are_those_of_keras_and_numpy():
    model = plain_model()
    facts = measured(model, with_trial=True)
    outputs = model.predict(X4, verbose=0)
    assert (facts.n_rows, facts.n_outputs, facts.n_bad_outputs) == (80, 80, 0)
    assert facts.spread == pytest.approx(outputs.std(), rel=1e-4)
    assert facts.loss == pytest.approx(model.evaluate(X4, Y4, verbose=0), rel=1e-4)
    share = Y4.mean()
    assert facts.prior_loss == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share))
    assert facts.weight_norm == pytest.approx(np.sqrt(sum((w**2).sum() for w in model.get_weights())), rel=1e-5)
    assert facts.gradient_norm > 0 and facts.row_coupling < 1e-6
    assert (facts.is_trained, facts.training_loss) == (False, None)


def test_a_batch_is_learnt_by_heart_on_copies():
    model = plain_model()
    before = [w.copy() for w in model.get_weights()]
    facts = measured(model, with_trial=True)
    first, best = facts.trial_loss
    assert 1 <= facts.trial_steps <= runner_module.TRIAL_STEPS
    assert best < 0.5 * first and facts.trial_spread > 0.1
    for old, new in zip(before, model.get_weights(), strict=True):
        assert_array_equal(old, new)


@pytest.mark.parametrize("optimizer, exact", [(keras.optimizers.SGD(0.3), True), (keras.optimizers.Adam(0.01), False)])
def test_the_first_step_is_as_long_as_the_one_that_keras_makes(optimizer, exact):
    model = model_of(L.Dense(8, activation="tanh"), L.Dense(1, activation="sigmoid"), optimizer=optimizer)
    facts = measured(model, with_trial=True)
    before = np.concatenate([w.ravel() for w in model.get_weights()])
    model.train_on_batch(X4, Y4[:, None])
    after = np.concatenate([w.ravel() for w in model.get_weights()])
    ratio = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert facts.update_ratio == pytest.approx(ratio, rel=1e-3 if exact else 0.05)


def test_rows_that_depend_on_each_other_are_noticed():
    class Mixed(L.Layer):
        def call(self, x):
            return x - keras.ops.mean(x, axis=0, keepdims=True)

    assert measured(model_of(Mixed(), L.Dense(1, activation="sigmoid"))).row_coupling > 1e-3


def test_outputs_that_are_no_numbers_end_the_measuring():
    model = model_of(L.Dense(1))
    model.layers[0].set_weights([np.full((4, 1), np.nan), np.zeros(1)])
    facts = measured(model)
    assert (facts.n_bad_outputs, facts.loss, facts.gradient_norm) == (80, None, None)
    assert np.isnan(facts.spread)


def test_what_the_loss_refuses_is_told_in_one_short_line():
    model = model_of(L.Dense(3, activation="softmax"), loss="categorical_crossentropy")
    facts = measured(model, y=Y4)
    assert facts.loss is None
    kind, _, text = facts.loss_error.partition(": ")
    assert kind.endswith("Error") and text and "\n" not in text and len(text) <= runner_module.MAX_MESSAGE


def test_a_trained_network_is_measured_in_training_mode_too():
    model = model_of(L.Dense(8, activation="relu"), L.BatchNormalization(), L.Dense(1, activation="sigmoid"))
    model.fit(X4, Y4, epochs=1, verbose=0)
    facts = measured(model)
    assert facts.is_trained and facts.training_loss != pytest.approx(facts.loss)


def test_measuring_leaves_statistics_and_generators_alone():
    model = model_of(L.Dropout(0.5), L.Dense(8), L.BatchNormalization(), L.Dense(1, activation="sigmoid"))
    model.fit(X4, Y4, epochs=1, verbose=0)
    before = [np.array(v) for v in (*model.variables, *model.optimizer.variables)]
    measured(model, with_trial=True)
    for old, new in zip(before, (*model.variables, *model.optimizer.variables), strict=True):
        assert_array_equal(old, np.array(new))


def test_a_subclassed_model_is_measured_as_well():
    model = Subclassed(1, "sigmoid")
    model(X4[:2])
    model.compile(loss="binary_crossentropy")
    assert measured(model).loss == pytest.approx(model.evaluate(X4, Y4, verbose=0), rel=1e-4)


# ---- what guessing costs


@pytest.mark.parametrize(
    "name, y, codes",
    [
        ("sparse_categorical_crossentropy", THREE[:31], THREE[:31]),
        ("categorical_crossentropy", ONE_HOT[:31], THREE[:31]),
    ],
)
def test_guessing_costs_the_entropy_of_the_class_shares(name, y, codes):
    loss = read_loss(model_of(L.Dense(3), loss=name), None)[1]
    shares = np.bincount(codes) / len(codes)
    assert guessing_cost(y, loss, codes) == pytest.approx(log_loss(codes, np.tile(shares, (len(codes), 1))))


def test_guessing_several_labels_costs_the_mean_over_columns():
    loss = read_loss(model_of(L.Dense(3)), None)[1]
    shares = SEVERAL.mean(axis=0)
    expected = np.mean(-shares * np.log(shares) - (1 - shares) * np.log(1 - shares))
    assert guessing_cost(SEVERAL, loss, None) == pytest.approx(expected)


@pytest.mark.parametrize(
    "loss",
    ["mse", "hinge", keras.losses.BinaryCrossentropy(label_smoothing=0.1), keras.losses.BinaryFocalCrossentropy()],
)
def test_other_losses_have_no_such_cost(loss):
    assert guessing_cost(Y4, read_loss(plain_model(), loss)[1], Y4) is None


def test_labels_of_one_class_cost_nothing_to_guess():
    loss = read_loss(plain_model(), None)[1]
    assert guessing_cost(np.ones(9), loss, np.ones(9, int)) == pytest.approx(0, abs=1e-9)
