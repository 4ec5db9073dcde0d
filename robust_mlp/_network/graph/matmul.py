"""Products of matrices, by oneDNN where this TensorFlow has it.

TensorFlow multiplies with Eigen unless the processor has instructions for neural networks. Eigen cuts a product into
blocks for its threads. The products of a network for tables are small, so cutting and waiting take longer than the
arithmetic. oneDNN is part of the same library and up to three times as fast (`make bench-speed.matmul`). TensorFlow
chooses between them once in a process, for all models. So we call oneDNN's operations by name, and other models keep
TensorFlow's choice.

XLA has products of its own, but leaves a product with a transposed first matrix to Eigen. Eigen takes up to twice as
long as transposing the smaller matrix first (`make bench-speed.matmul`)."""

import functools
import os

import tensorflow as tf
from tensorflow.core.framework.attr_value_pb2 import AttrValue

from robust_mlp._network.graph.xla_tracing import is_for_xla

# The name of oneDNN's operation in TensorFlow's own graph rewriting.
OPERATION = "_MklMatMul"
LABEL = "MklNameChangeOp"
SWITCH = "TF_ENABLE_ONEDNN_OPTS"  # "0": the user switched oneDNN off


def matmul(a, b, *, transpose_a=False, transpose_b=False):
    """`tf.matmul` of float32, without a gradient: the layers that use it define one.

    Parameters
    ----------
    a, b : tensors of shape (m, k) and (k, n)
        With `transpose_a` or `transpose_b`, the shape of the transpose.
    transpose_a, transpose_b : bool, default=False

    Returns
    -------
    product : tensor of shape (m, n)
    """
    if is_for_xla() and transpose_a and not transpose_b:
        return _with_first_turned(a, b)
    if tf.executing_eagerly() or is_for_xla() or not has_onednn():
        return tf.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b)
    return _by_name(a, b, transpose_a, transpose_b)


def _with_first_turned(a, b):
    """The transpose of `a` times `b`, for XLA."""
    if a.shape[-1] <= b.shape[-1]:
        return tf.matmul(_as_it_is(tf.transpose(a)), b)
    return tf.transpose(_as_it_is(tf.matmul(_as_it_is(tf.transpose(b)), a)))


def _as_it_is(tensor):
    """A tensor that XLA computes as written. Otherwise XLA merges transpose and product into a transposed product."""
    from tensorflow.compiler.tf2xla.ops.gen_xla_ops import xla_optimization_barrier

    return xla_optimization_barrier([tensor])[0]


@functools.cache
def has_onednn():
    """Whether this TensorFlow has oneDNN's operation, and the user did not switch oneDNN off."""
    if os.environ.get(SWITCH) == "0":
        return False
    try:
        with tf.Graph().as_default():
            _by_name(tf.ones((2, 2)), tf.ones((2, 2)), False, True)
        return _has_kernel()
    except Exception:  # this version or platform has no such operation; TensorFlow's own product is used then
        return False


def _has_kernel():
    from tensorflow.python.framework import kernels

    found = kernels.get_registered_kernels_for_op(OPERATION).kernel
    return any(kernel.label == LABEL and kernel.device_type == "CPU" for kernel in found)


def _by_name(a, b, transpose_a, transpose_b):
    a, b = tf.convert_to_tensor(a), tf.convert_to_tensor(b)
    attributes = {
        "transpose_a": AttrValue(b=transpose_a),
        "transpose_b": AttrValue(b=transpose_b),
        "T": AttrValue(type=tf.float32.as_datatype_enum),
        "_kernel": AttrValue(s=LABEL.encode()),
    }
    graph = tf.compat.v1.get_default_graph()
    return graph.create_op(OPERATION, [a, b], [tf.float32], attrs=attributes, name="product").outputs[0]
