"""One traced function for several equal networks, each with its own variables.

A function is traced with the variables of the first network. They are captured inputs of the traced function. A call
for another network passes that network's variables instead. So tracing many networks takes as long as tracing one."""

import functools

import tensorflow as tf
from tensorflow.core.framework.attr_value_pb2 import NameAttrList

from robust_mlp._network.graph import executors

# Operations that call functions on their own thread.
LOOPS = {"While", "StatelessWhile"}


class Replicas:
    """The variables of one network, and those of its replicas.

    Parameters
    ----------
    n : int
        Number of networks, the first one included.
    """

    def __init__(self, n):
        self.n = n
        # For each network: {id of the first one's handle: variable}.
        self._variables: list[dict] = [{} for _ in range(n)]

    def add(self, variables):
        """Create copies of the first network's variables for the other networks.

        Parameters
        ----------
        variables : list of keras.Variable
        """
        for variable in variables:
            first = variable.value
            for k, others in enumerate(self._variables):
                others[id(first.handle)] = tf.Variable(first, trainable=False) if k else first

    def of(self, variables, k):
        """The tf.Variables of the k-th network that correspond to the first network's keras.Variables."""
        return [self._variables[k][id(variable.value.handle)] for variable in variables]

    def call(self, function, arguments, *, on_one_thread):
        """Call a function for each network, in a graph. It is written with the first network's variables.

        Parameters
        ----------
        function : callable
        arguments : list of tuple
            Arguments of each network's call.
        on_one_thread : bool
            Whether each call uses one thread only. The calls do not depend on each other, so they run side by side.

        Returns
        -------
        results : list
        """
        if self.n == 1:
            return [function(*arguments[0])]
        with executors.executor(on_one_thread):
            traced = tf.function(function, autograph=False).get_concrete_function(*arguments[0])
        call = _kept_to_one_thread(traced) if on_one_thread else functools.partial(_called, traced)
        captured = traced.captured_inputs
        own = [[v[id(c)].handle if id(c) in v else c for c in captured] for v in self._variables]
        return [call(*inputs) for inputs in zip(arguments, own, strict=True)]


def _called(traced, arguments, captured):
    traced.set_external_captures(captured)
    return traced(*arguments)


def _kept_to_one_thread(traced):
    """`_called` for calls that use one thread only.

    Only `MapDefun` can switch off intra-op threading, so each member runs through it. `MapDefun` maps a function over
    the rows of a tensor; here the tensor has one row.
    """
    traced.add_to_graph(tf.compat.v1.get_default_graph())
    name = NameAttrList(name=traced.name)
    if not _waits(traced.graph):
        name.attr["_executor"].s = b"SINGLE_THREADED_EXECUTOR"

    def call(arguments, captured):
        first, *others = tf.nest.flatten(arguments)
        outputs = tf.raw_ops.MapDefun(
            arguments=[tf.expand_dims(first, 0)],
            captured_inputs=[*others, *captured],
            output_types=[output.dtype for output in traced.outputs],
            output_shapes=[output.shape for output in traced.outputs],
            f=name,
            max_intra_op_parallelism=1,
        )
        return tf.nest.pack_sequence_as(traced.structured_outputs, [tf.squeeze(output, 0) for output in outputs])

    return call


def _waits(graph):
    """Whether an operation of the graph needs another free thread.

    `tf.cond` needs a free thread; members pinned to all threads would deadlock.
    """
    graphs = [graph, *(function.graph for function in graph._functions.values())]
    operations = [operation for g in graphs for operation in g.get_operations() if operation.type not in LOOPS]
    return any(attr.HasField("func") for operation in operations for attr in operation.node_def.attr.values())
