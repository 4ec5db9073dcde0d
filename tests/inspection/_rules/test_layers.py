"""Layers: each fault that their settings and weights show."""

import pytest

from robust_mlp.inspection._read.facts import LayerFacts
from robust_mlp.inspection._rules.layers import judge_layers


def dense(name="hidden", **facts):
    return LayerFacts(**{"name": name, "kind": "Dense", "units": 16, "fan_in": 8, "n_weights": 2, **facts})


@pytest.mark.parametrize(
    "layers, expected",
    [
        ([dense(is_trainable=False)], "nothing_trainable"),
        ([dense(is_trainable=False), dense("out")], "frozen_layers"),
        ([dense(feeds_dense_linearly=True), dense("out")], "linear_hidden_layer"),
        ([LayerFacts(name="dropout", kind="Dropout", dropout=0.95), dense()], "dropout_too_strong"),
        ([dense(activation="exponential"), dense("out")], "exponential_activation"),
        ([*[dense(str(i), activation="sigmoid") for i in range(6)], dense("out")], "vanishing_sigmoids"),
        ([dense(has_identical_units=True, has_identical_outgoing=True)], "identical_units"),
        ([dense(kernel_std=5.0)], "weights_too_large"),
        ([dense(kernel_std=1e-4)], "weights_too_small"),
        ([dense(bias_std=1.0)], "biases_too_large"),
    ],
)
def test_faults_of_layers(layers, expected):
    (finding,) = judge_layers(layers)
    assert finding.code == expected


def test_initial_weights_are_not_judged_once_the_optimizer_has_made_steps():
    assert judge_layers([dense(kernel_std=5.0, bias_std=1.0)], is_trained=True) == []
