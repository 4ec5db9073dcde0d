"""The optimizations of Grappler that TensorFlow applies to the engine's graph before its first call.

With the three below, steps are as fast as with all of them, and the first call takes half as long
(`make bench-speed.rewriting`)."""

import contextlib

import tensorflow as tf
from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig
from tensorflow.python.eager import context

KEPT = ("constant_folding", "dependency_optimization", "loop_optimization")
SWITCHES = [f.name for f in RewriterConfig.DESCRIPTOR.fields if f.enum_type and f.enum_type.name == "Toggle"]


@contextlib.contextmanager
def few_rewritings(kept=KEPT):
    """Apply only the named optimizations, once, to graphs that this thread calls for the first time.

    Parameters
    ----------
    kept : tuple of str
        Among `SWITCHES`.
    """
    running = context.context()
    users = running.function_call_options
    config = tf.compat.v1.ConfigProto.FromString(users.config_proto_serialized)
    rewriter = config.graph_options.rewrite_options
    for name in SWITCHES:
        if name not in kept:
            setattr(rewriter, name, RewriterConfig.OFF)
    rewriter.meta_optimizer_iterations = RewriterConfig.ONE
    running.function_call_options = context.FunctionCallOptions(users.executor_type, config)
    try:
        yield
    finally:
        running.function_call_options = users
