"""Which of TensorFlow's executors runs a graph's operations: all threads as operations become ready, or one thread.

Where the operations of a step are small, handing them to another thread takes longer than doing them. One thread gives
the same bits, as the operations are the same."""

import contextlib

import tensorflow as tf
from tensorflow.python.eager import context

# Multiplications of a forward pass up to which one thread is the faster (`make bench-speed.executors`). Around it both
# are level, and a graph for one thread is ready in half the time, as its loops stay as they are.
MOST_PRODUCTS_OF_ONE_THREAD = 2**21


def is_for_one_thread(batch_size, n_kernel_weights):
    """Whether one thread is the faster for batches of so many rows, given how many weights multiply each row."""
    return batch_size * n_kernel_weights <= MOST_PRODUCTS_OF_ONE_THREAD and can_keep_to_one_thread()


def can_keep_to_one_thread():
    """Never beside a GPU: TensorFlow's executor for one thread takes no graph with parts on several devices."""
    return all(device.device_type == "CPU" for device in tf.config.list_logical_devices())


@contextlib.contextmanager
def executor(on_one_thread):
    """Graphs that this thread traces and calls meanwhile run on one thread, or as the user has it.

    To be the same for the trace and all calls of a graph: loops are traced for one executor.
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
