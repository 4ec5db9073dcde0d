"""The engine: whole epochs of a Keras model inside one TensorFlow graph, on few variables.

Keras supplies the model's forward pass and the optimizer's update, `epochs.py` the loop. This file keeps the variables
and the traced graphs, and calls the graphs. Members train side by side, each on its own thread, and meet after each
epoch. The engine never draws an order of rows and never decides whether to continue: see training.py."""

import functools
import math
import weakref
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.func_graph import dismantle_func_graph

from robust_mlp._core.training_data import OptimizerState
from robust_mlp._network.graph import batch_slices, compiled, executors
from robust_mlp._network.graph.epochs import MEASURED, Epochs, NetworkInTraining, StepLoop
from robust_mlp._network.graph.graph_inputs import GraphInputs, TableTensors, shared
from robust_mlp._network.graph.grappler import few_rewritings
from robust_mlp._network.graph.masks import KINDS
from robust_mlp._network.graph.member_axis import WeightArray, stacked, stacked_shape, unstacked
from robust_mlp._network.graph.replicas import Replicas
from robust_mlp._network.graph.split_weights import Weights, WeightsApart
from robust_mlp._network.graph.training_step import SCALARS, Steps, run_steps
from robust_mlp._network.graph.weight_layout import WeightLayout

# From this number of columns on, another thread fetches the next batch: its rows lie scattered in memory.
WIDE = 100


@dataclass(frozen=True, slots=True)
class GraphKind:
    """What a graph's steps are made for: it follows from the shapes of the network and of a batch."""

    n_slices: int = 1
    is_compiled: bool = False
    on_one_thread: bool = False  # each member on one


class Engine:
    """A traced training graph with its variables; reset in place for every new fit.

    The weights of the last and of the best epoch are kept for each member, small arrays in one flat vector where the
    optimizer allows it: eight optimizer operations a step in place of eighty. See layout.py.

    Parameters
    ----------
    model : keras.Model
        Of one member, from rows to logits: (batch, d) -> (batch, C).
    optimizer : keras.optimizers.Optimizer, unbuilt
    options : GraphOptions
    n_members : int
    dropout_layers : sequence of (str, int)
        Kind and width of every dropout layer, in the order of the network.
    is_elementwise : bool
        Whether the optimizer's update of one weight depends on that weight's gradients alone.
    has_own_schedule : bool
        The optimizer holds a learning-rate schedule; it is then left alone.

    Attributes
    ----------
    variables : list of WeightArray
        Name and shape of the weight arrays as `reset` takes them: with an axis for the members where there are several.
    """

    def __init__(
        self, model, optimizer, options, *, n_members=1, dropout_layers=(), is_elementwise=True, has_own_schedule=False
    ):
        self.model, self.options, self.n_members, self.dropout_layers = model, options, n_members, dropout_layers
        weights, self._state_variables = model.trainable_variables, model.non_trainable_variables
        self._shapes = [tuple(v.shape) for v in weights]
        self._is_kernel = [v.name == "kernel" for v in weights]
        self.variables = [WeightArray(v.name, stacked_shape(tuple(v.shape), n_members)) for v in weights]
        self._layout = WeightLayout(self._shapes, self._is_kernel, may_join=is_elementwise)
        zeros = self._layout.joined([np.zeros(shape, np.float32) for shape in self._shapes])
        now = [keras.Variable(z, name="now", dtype="float32") for z in zeros]
        best = [keras.Variable(z, name="best", trainable=False, dtype="float32") for z in zeros]
        optimizer.build(now)
        self._network = NetworkInTraining(
            model=model,
            options=options,
            dropout_layers=dropout_layers,
            group_of=np.array(options.input_groups or (0,) * n_members),
            now=Weights(now, self._layout, optimizer),
            best=best,
            replicas=Replicas(n_members),
        )
        self._replicas, self._joined, self._best = self._network.replicas, self._network.now, best
        self._replicas.add([*now, *best, *optimizer.variables])
        self._fresh_slots = [v.numpy() for v in optimizer.variables]
        # Beside moving means and variances, the seed states of Keras' own dropout, which the engine does not use.
        self._is_moving = [v.name.startswith("moving_") for v in self._state_variables]
        self._steps = Steps(model, options, has_own_schedule=has_own_schedule)
        self._may_compile = is_elementwise
        self.n_traces = 0
        self._graphs = {}

    def prepare(self, batch_size):
        """Trace the graph for batches of so many rows now rather than in the first `run` that has them."""
        self._graph(self._kind_for(batch_size))

    def compiles(self, batch_size):
        """Whether a long training with batches of so many rows is faster with compiled steps."""
        return self._may_compile and compiled.is_faster(self._shapes, batch_size)

    @property
    def n_watched(self):
        """How many losses the stopping rule watches: one of each input group, then one of each member."""
        return self._network.n_watched

    @property
    def shapes(self):
        """Of the weight arrays, in the model's order."""
        return [variable.shape for variable in self.variables]

    @staticmethod
    def tables(trained_on, eval_rows):
        """Two tables of (rows, codes, weights) as `run` wants them; arrays that both have are handed over once."""
        table = TableTensors.of(*trained_on)
        return table, TableTensors.of(*eval_rows, like=(trained_on, table))

    # Weights in and out, as NumPy

    def reset(self, weights, moving=None, slots=None):
        """Start from given weights.

        Parameters
        ----------
        weights : list of ndarray
            Like `variables`.
        moving : list of ndarray or None
            Moving means and variances; None starts them afresh.
        slots : list of OptimizerState or None
            The optimizers' variables, as `slots()` gave them; None starts them afresh.
        """
        for k, arrays in enumerate(unstacked(weights, self._shapes, self.n_members)):
            values = self._layout.joined(arrays)
            self._assign(k, [*self._joined.variables, *self._best], values * 2)
            self._assign(k, self._joined.optimizer.variables, self._fresh_slots)
            if slots:
                self._assign_slots(k, slots[k])
        self._state = self._best_state = self._states_of(moving)

    def set_best(self, weights, moving):
        """Set the weights of the best epoch, after `reset`: parameters as there."""
        for k, arrays in enumerate(unstacked(weights, self._shapes, self.n_members)):
            self._assign(k, self._best, self._layout.joined(arrays))
        self._best_state = self._states_of(moving)

    def _states_of(self, moving):
        """The model's non-trainable variables, with given moving means and variances, or with fresh ones."""
        moving = iter(moving or ())
        return [
            self._of_all_members(next(moving, variable.numpy()) if is_moving else variable.numpy(), variable.shape)
            for variable, is_moving in zip(self._state_variables, self._is_moving, strict=True)
        ]

    def _assign(self, k, variables, values):
        for variable, value in zip(self._replicas.of(variables, k), values, strict=True):
            variable.assign(value)

    def _of_all_members(self, value, shape):
        """A state of one member or of all, as a tensor with an axis for the members."""
        return tf.convert_to_tensor(np.broadcast_to(value.reshape(-1, *shape), (self.n_members, *shape)))

    def weights(self, *, best):
        """Trainable weights as a list of arrays: of the best epoch, or of the last."""
        variables = self._best if best else self._joined.variables
        return stacked([self._layout.split_by_shape(values) for values in self._values_of_members(variables)])

    def moving(self, *, best):
        """Moving means and variances that belong to `weights`."""
        state = self._best_state if best else self._state
        moving = [v.numpy() for v, is_moving in zip(state, self._is_moving, strict=True) if is_moving]
        return stacked(list(zip(*moving, strict=True)))

    def slots(self):
        """An OptimizerState for each member: what `reset` needs to go on exactly where this run ended."""
        of_weights, others = self._joined.remembered()
        split = {
            name: [*map(self._layout.split_by_shape, self._values_of_members(of_weights[name]))] for name in of_weights
        }
        others = self._values_of_members(others)
        return [OptimizerState({name: split[name][k] for name in split}, others[k]) for k in range(self.n_members)]

    def _assign_slots(self, k, state):
        of_weights, others = self._joined.remembered()
        for name, variables in of_weights.items():
            self._assign(k, variables, self._layout.joined(state.of_weights[name]))
        self._assign(k, others, state.others)

    def _values_of_members(self, variables):
        return [[v.numpy() for v in self._replicas.of(variables, k)] for k in range(self.n_members)]

    # One call into the graph

    def run(self, table, held_out, epochs, settings, stopping):
        """Train for some epochs, or until the stopping rule inside the graph ends the training.

        Parameters
        ----------
        table, held_out : TableTensors
            The tables of the training rows and of the held-out rows; they may be the same.
        epochs : EpochOrders
        settings : TrainingSettings
        stopping : Stopping
            Held-out rows, and the state of early stopping, which the call updates.

        Returns
        -------
        measured : dict of str to ndarray, one entry per epoch that was run
            `MEASURED`, and `held_out_share` of shape (n_epochs, n_classes).
        """
        kind = self._kind_for(epochs.orders.shape[-1], epochs.compile_steps and compiled.is_available())
        graph = self._graph(kind)
        with self._executor(kind), few_rewritings():
            outputs = graph(*self._inputs(table, held_out, epochs, settings, stopping))
        rule, self._state, self._best_state, n_epochs, measured = outputs
        stopping.best, stopping.waited = rule.numpy()
        numbers, shares = np.split(measured.numpy()[: int(n_epochs)], [len(MEASURED)], axis=1)
        return dict(zip(MEASURED, numbers.T, strict=True)) | {"held_out_share": shares}

    def _inputs(self, table, held_out, epochs, settings, stopping):
        """The GraphInputs of a call, as tensors."""
        begins = settings.masks.begins(epochs.first_step, len(epochs.rates))
        shown = settings.shown if self.options.hides_inputs else np.empty((1, 0), np.float32)
        return GraphInputs(
            table=(table.rows, table.codes, table.weights),
            held_out=(held_out.rows, held_out.codes, held_out.weights),
            orders=shared(epochs.orders),
            rates=tf.convert_to_tensor(epochs.rates),
            scalars=tf.convert_to_tensor(np.array([settings.scalars[name] for name in SCALARS], np.float32)),
            masks=tuple(map(tf.convert_to_tensor, (*settings.masks.tables, begins))),
            parts=(tf.convert_to_tensor(stopping.rows), tf.convert_to_tensor(stopping.mask)),
            rule=tf.convert_to_tensor(np.array([stopping.best, stopping.waited], np.float32)),
            limits=tf.convert_to_tensor(np.array([stopping.patience, stopping.tol, settings.tempers], np.float32)),
            correction=tf.convert_to_tensor(settings.corrections),
            shown=tf.convert_to_tensor(shown),
            state=self._state,
            best_state=self._best_state,
        )

    # Which graph

    def _kind_for(self, batch_size, is_compiled=False):
        """What suits batches of so many rows."""
        if self.n_members > 1:
            return GraphKind(is_compiled=is_compiled, on_one_thread=executors.can_keep_to_one_thread())
        if is_compiled:
            return GraphKind(is_compiled=True)
        kernels = [shape for shape, is_kernel in zip(self._shapes, self._is_kernel, strict=True) if is_kernel]
        n_weights = sum(map(math.prod, kernels))
        n_slices = 1 if any(self._is_moving) else batch_slices.n_slices(batch_size, [shape[0] for shape in kernels])
        return GraphKind(n_slices, on_one_thread=executors.is_for_one_thread(batch_size, n_weights))

    def _executor(self, kind):
        """Of the graph itself: with several members it is their calls that keep to one thread."""
        return executors.executor(kind.on_one_thread and self.n_members == 1)

    def _graph(self, kind):
        """The graph for a kind of steps. Each kind is traced once."""
        if kind not in self._graphs:
            self._graphs[kind] = self._traced(kind)
        return self._graphs[kind]

    def _traced(self, kind):
        """A graph of `Epochs`, freed with the engine."""
        weights = self._joined
        loop = functools.partial(run_steps, fetches_ahead=self._fetches_ahead())
        if kind.is_compiled:
            weights = WeightsApart(self._joined, self._shapes, self._is_kernel)
            self._replicas.add([*weights.variables, *weights.optimizer.variables])
            loop = functools.partial(compiled.run_steps, before=weights.take, after=weights.give_back)

        def _run(*inputs):
            self.n_traces += 1  # Python runs here only while tracing
            update = functools.partial(self._steps.update, weights, kind.n_slices)
            return Epochs(self._network, StepLoop(loop, update, kind.on_one_thread), GraphInputs(*inputs)).run()

        with self._executor(kind), few_rewritings():
            # Concrete, so that no call can trace again; TensorFlow would also warn of the fourth engine as of a leak.
            graph = tf.function(_run, autograph=False, input_signature=tuple(self._signature())).get_concrete_function()
        weakref.finalize(self, _free, graph.graph).atexit = False
        return graph

    def _fetches_ahead(self):
        """Whether another thread fetches a batch's rows; members have no other."""
        return self.n_members == 1 and self.model.input.shape[-1] >= WIDE

    def _signature(self):
        """Types and shapes of `GraphInputs`. Sizes that may differ between fits are None."""
        spec = tf.TensorSpec
        table = (
            spec((None, self.model.input.shape[-1]), tf.float32),
            spec((None,), tf.int32),
            spec((None,), tf.float32),
        )
        parts = (spec((self.n_members, None), tf.int32), spec((self.n_members, None), tf.float32))
        state = [spec((self.n_members, *v.shape), tf.as_dtype(v.dtype)) for v in self._state_variables]
        return GraphInputs(
            table=table,
            held_out=table,
            orders=spec((None, self.n_members, None, None), tf.int32),
            rates=spec((None,), tf.float32),
            scalars=spec((len(SCALARS),), tf.float32),
            masks=(*[spec((None,), tf.float32)] * len(KINDS), spec((None, 1), tf.int32)),
            parts=parts,
            rule=spec((2, self.n_watched), tf.float32),
            limits=spec((3,), tf.float32),
            correction=spec((4, self._network.n_classes), tf.float32),
            shown=spec((None, None), tf.float32),
            state=state,
            best_state=state,
        )


def _free(graph):
    """Break the cycles of a graph and of its loops: of a concrete function, TensorFlow leaves that to whoever asked."""
    for function in list(graph._functions.values()):
        dismantle_func_graph(function.graph)
    dismantle_func_graph(graph)
