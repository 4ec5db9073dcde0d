"""A user's own network as a TrainingPlan: layers, rates and optimizer are read, and nothing is changed."""

import keras
import numpy as np
import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp.inspection._watch.plan import DEFAULT_BATCH_SIZE, learning_rate, plan_of
from tests.inspection.examples import L, model_of, plain_model


def test_what_the_layers_say():
    model = model_of(
        L.Dropout(0.1),
        L.Dense(32, activation="tanh"),
        L.BatchNormalization(),
        L.Dropout(0.4),
        L.Dense(16, activation="tanh"),
        L.Dropout(0.2),
        L.Dense(3, activation="softmax"),
    )
    plan = plan_of(model)
    assert plan.hidden_layer_sizes == (32, 16)
    assert (plan.activation, plan.dropout, plan.input_dropout, plan.batch_norm) == ("tanh", 0.4, 0.1, True)
    assert (plan.n_members, plan.early_stopping, plan.scale) == (1, False, None)


@pytest.mark.parametrize(
    "settings, bound",
    [({}, None), ({"clipnorm": 1e-5}, 1e-5), ({"clipvalue": 0.5}, 0.5), ({"global_clipnorm": 2.0}, 2.0)],
)
def test_a_bound_on_the_gradient_is_read(settings, bound):
    model = plain_model()
    model.compile(keras.optimizers.SGD(0.01, **settings), "binary_crossentropy")
    assert plan_of(model).clip_norm == bound


def test_a_schedule_in_the_place_of_a_rate_is_read_by_its_name():
    model = plain_model()
    assert plan_of(model).learning_rate_schedule is None
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.5)), "mse")
    assert plan_of(model).learning_rate_schedule == "ExponentialDecay"


def test_what_fit_was_given():
    plan = plan_of(plain_model(), batch_size=np.int64(50), epochs=7, shuffle=False, has_class_weight=True)
    assert (plan.batch_size, plan.max_iter, plan.shuffle, plan.use_class_weight) == (50, 7, False, True)
    usual = plan_of(plain_model())
    assert (usual.batch_size, usual.max_iter, usual.shuffle, usual.use_class_weight) == (
        DEFAULT_BATCH_SIZE,
        1,
        True,
        False,
    )
    assert isinstance(plan, TrainingPlan)


@pytest.mark.parametrize(
    "optimizer, name, rate, decay",
    [
        (keras.optimizers.SGD(0.3), "sgd", 0.3, 0.0),
        (keras.optimizers.AdamW(0.02, weight_decay=0.1), "adamw", 0.02, 0.1),
        (keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.05, 100)), "adam", 0.05, 0.0),
    ],
)
def test_what_the_optimizer_says(optimizer, name, rate, decay):
    plan = plan_of(model_of(L.Dense(4, activation="relu"), L.Dense(1), optimizer=optimizer))
    assert plan.optimizer == name
    assert plan.learning_rate == pytest.approx(rate)
    assert plan.weight_decay == pytest.approx(decay)


def test_the_present_rate_counts_and_no_optimizer_has_none():
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.learning_rate = 0.002
    assert learning_rate(optimizer) == pytest.approx(0.002)
    assert np.isnan(learning_rate(None))


@pytest.mark.parametrize(
    "activations, expected",
    [
        (["relu", "relu", "tanh"], "relu"),
        (["sigmoid", "sigmoid", "relu"], "sigmoid"),
        ([None, None], "linear"),
        ([None, "relu"], "relu"),
        (["swish", "swish"], "silu"),
        ([lambda x: x], "linear"),  # none that the guard knows
    ],
    ids=["most", "most saturate", "none", "one", "alias", "own function"],
)
def test_the_commonest_hidden_activation_counts(activations, expected):
    model = model_of(*[L.Dense(4, activation=a) for a in activations], L.Dense(1, activation="sigmoid"))
    assert plan_of(model).activation == expected


def test_activations_may_be_layers_of_their_own():
    model = model_of(L.Dense(4), L.ReLU(), L.Dense(4), L.Activation("relu"), L.Dense(1, activation="sigmoid"))
    assert plan_of(model).activation == "relu"


def test_a_network_that_scales_its_inputs_needs_no_other_scale():
    assert plan_of(model_of(L.BatchNormalization(), L.Dense(4, activation="relu"), L.Dense(1))).scale == "standard"


def test_a_network_without_hidden_layers_has_none():
    plan = plan_of(model_of(L.Dense(1, activation="sigmoid")))
    assert (plan.hidden_layer_sizes, plan.activation, plan.dropout) == ((), "linear", 0.0)


@pytest.mark.parametrize(
    "regularizer, decay",
    [
        (None, 0.0),
        (keras.regularizers.L2(50.0), 50.0),
        (keras.regularizers.L1(0.5), 0.5),
        (keras.regularizers.L1L2(0.1, 2.0), 2.0),
        (lambda kernel: 0.0, 0.0),  # nobody knows what it does
    ],
)
def test_a_penalty_in_the_loss_counts_as_decay(regularizer, decay):
    model = model_of(L.Dense(8, "relu", kernel_regularizer=regularizer), L.Dense(3, "softmax"))
    assert plan_of(model).weight_decay == pytest.approx(decay)


@pytest.mark.parametrize(
    "constraints, bound",
    [
        ((None, None), None),
        ((keras.constraints.MaxNorm(1e-3), None), 1e-3),
        ((keras.constraints.MaxNorm(3), keras.constraints.MaxNorm(0.5)), 0.5),
        ((keras.constraints.MinMaxNorm(0.0, 0.1), None), 0.1),
        ((keras.constraints.NonNeg(), lambda kernel: kernel), None),
    ],
)
def test_a_bound_on_kernels_is_the_smallest(constraints, bound):
    hidden, head = constraints
    model = model_of(L.Dense(8, "relu", kernel_constraint=hidden), L.Dense(3, "softmax", kernel_constraint=head))
    assert plan_of(model).max_norm == (None if bound is None else pytest.approx(bound))
