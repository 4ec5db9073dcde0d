"""The Keras model of a plan: plain operations, named weights, and weights drawn by seed."""

import tensorflow as tf

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._network.architecture import NetworkShape, build_model
from robust_mlp._network.graph import matmul


def test_a_model_that_is_handed_out_holds_plain_operations():
    shape = NetworkShape.of(TrainingPlan(hidden_layer_sizes=(4,), n_members=2), 3, 2)
    model = build_model(shape)
    graph = tf.function(model, autograph=False).get_concrete_function(tf.TensorSpec((2, None, 3))).graph
    assert matmul.OPERATION not in {operation.type for operation in graph.get_operations()}
