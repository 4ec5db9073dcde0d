"""Products of matrices, by oneDNN where this TensorFlow has it.

TensorFlow multiplies by Eigen unless the processor has instructions for neural networks. Eigen cuts a product into
blocks for its threads, and for products as small as those of a table's network the cutting and waiting takes longer
than the arithmetic: oneDNN, which is in the same library, is up to three times as fast (`make bench-speed.matmul`).
Which one TensorFlow takes is decided once in a process, for all models in it; these operations are therefore asked for
by name, and the choice for everybody else's models stays what it was.

XLA has products of its own, for matrices that lie as they are to be read. One whose first matrix is to be transposed it
leaves to Eigen, which takes up to twice as long as turning the smaller one first (`make bench-speed.matmul`)."""

import functools
import os

import tensorflow as tf
from tensorflow.core.framework.attr_value_pb2 import AttrValue

from robust_mlp._network.graph.xla_tracing import is_for_xla

# oneDNN's operation, as TensorFlow's own rewriting of graphs calls it.
OPERATION = "_MklMatMul"
LABEL = "MklNameChangeOp"
SWITCH = "TF_ENABLE_ONEDNN_OPTS"  # "0": the user wants none of oneDNN


def matmul(a, b, *, transpose_a=False, transpose_b=False):
    """`tf.matmul` of float32. It has no gradient: layers that use it bring theirs.

    Parameters
    ----------
    a, b : tensors of shape (m, k) and (k, n)
        Or with the axes changed, if transposed.
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
    """A tensor that XLA computes as written: it makes one transposed product of a transpose and a product otherwise."""
    from tensorflow.compiler.tf2xla.ops.gen_xla_ops import xla_optimization_barrier

    return xla_optimization_barrier([tensor])[0]


@functools.cache
def has_onednn():
    """Whether this TensorFlow takes oneDNN's operation by name, and the user did not switch oneDNN off."""
    if os.environ.get(SWITCH) == "0":
        return False
    try:
        with tf.Graph().as_default():
            _by_name(tf.ones((2, 2)), tf.ones((2, 2)), False, True)
        return _has_kernel()
    except Exception:  # not this version, not this platform: whatever it says, there is another way
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
