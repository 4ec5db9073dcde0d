"""One traced function for several networks that are alike, each with variables of its own.

A function is traced with one network's variables. They are inputs of what was traced, as whatever a function captures,
and a call for another network is given that one's in their place: tracing takes as long for many as for one."""

import functools

import tensorflow as tf
from tensorflow.core.framework.attr_value_pb2 import NameAttrList

from robust_mlp._network.graph import executors

# Of operations that call functions, those that do so on the thread that they are on.
LOOPS = {"While", "StatelessWhile"}


class Replicas:
    """The variables of one network, and of others like it.

    Parameters
    ----------
    n : int
        Networks in all.
    """

    def __init__(self, n):
        self.n = n
        self._variables = [{} for _ in range(n)]  # of each network, by the number of the first one's handle

    def add(self, variables):
        """Give every network variables like these, which are the first one's, with the same values.

        Parameters
        ----------
        variables : list of keras.Variable
        """
        for variable in variables:
            first = variable.value
            for k, others in enumerate(self._variables):
                others[id(first.handle)] = tf.Variable(first, trainable=False) if k else first

    def of(self, variables, k):
        """Of the k-th network, the tf.Variables in the place of the first one's keras.Variables."""
        return [self._variables[k][id(variable.value.handle)] for variable in variables]

    def call(self, function, arguments, *, on_one_thread):
        """Call a function of tensors and of the first network's variables for each of the networks, in a graph.

        Parameters
        ----------
        function : callable
        arguments : list of tuple
            For each network.
        on_one_thread : bool
            Whether each call is to keep to one thread; calls are side by side, as they need nothing of each other.

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
    """`_called` for calls whose operations ask for no other thread, neither for themselves nor for their parts.

    By the operation that maps a function over a table's rows, here over a single one.
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
    """Whether an operation waits for another thread of those that run operations.

    Where all of them run calls that keep to their thread, none is left to be waited for.
    """
    graphs = [graph, *(function.graph for function in graph._functions.values())]
    operations = [operation for g in graphs for operation in g.get_operations() if operation.type not in LOOPS]
    return any(attr.HasField("func") for operation in operations for attr in operation.node_def.attr.values())
