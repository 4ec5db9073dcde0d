"""The choice of TensorFlow's executor for a graph: all threads, or one thread.

If the operations of a step are small, giving them to another thread takes longer than running them. One thread gives
the same bits, because the operations are the same."""

import contextlib

import tensorflow as tf
from tensorflow.python.eager import context

# Up to this many multiplications in a forward pass, one thread is faster (`make bench-speed.executors`). Near this
# number both are equal, but a graph for one thread is ready in half the time, because TensorFlow does not rewrite its
# loops.
MOST_PRODUCTS_OF_ONE_THREAD = 2**21


def is_for_one_thread(batch_size, n_kernel_weights):
    """Whether one thread is faster for this batch size and this number of weights in the kernels."""
    return batch_size * n_kernel_weights <= MOST_PRODUCTS_OF_ONE_THREAD and can_keep_to_one_thread()


def can_keep_to_one_thread():
    """Whether there is no GPU. TensorFlow's executor for one thread refuses a graph on several devices."""
    return all(device.device_type == "CPU" for device in tf.config.list_logical_devices())


@contextlib.contextmanager
def executor(on_one_thread):
    """Set the executor of graphs that this thread traces and calls: one thread, or the user's setting.

    The trace and all calls of a graph must use the same executor, because loops are traced for one executor.
    """
    if not on_one_thread:
        yield
        return
    running = context.context()
    users = running.function_call_options
    config = tf.compat.v1.ConfigProto.FromString(users.config_proto_serialized)
    running.function_call_options = context.FunctionCallOptions("SINGLE_THREADED_EXECUTOR", config)
    try:
        yield
    finally:
        running.function_call_options = users
