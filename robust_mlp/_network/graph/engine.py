"""The engine: whole epochs of a Keras model inside one TensorFlow graph, on few variables.

Keras supplies the model's forward pass and the optimizer's update. This file supplies the loop, the held-out figures
and the copy of the best weights. Members train side by side, each on its own thread, and meet after each epoch. The
engine never draws an order of rows and never decides whether to continue: see training.py."""

import functools
import math
import weakref
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.func_graph import dismantle_func_graph

from robust_mlp._network.graph import batch_slices, compiled, executors
from robust_mlp._network.graph.graph_inputs import TableTensors, shared, weights_of
from robust_mlp._network.graph.grappler import few_rewritings
from robust_mlp._network.graph.held_out import held_out_figures
from robust_mlp._network.graph.masks import KINDS, lengths_of_masks, masks_of_step
from robust_mlp._network.graph.member_axis import WeightArray, stacked, stacked_shape, unstacked
from robust_mlp._network.graph.replicas import Replicas
from robust_mlp._network.graph.split_weights import Weights, WeightsApart
from robust_mlp._network.graph.training_step import SCALARS, TINY, Steps, run_steps
from robust_mlp._network.graph.weight_layout import WeightLayout

# The numbers that the graph measures once an epoch, in the order of its output. The predicted share of each class on
# held-out rows follows them.
MEASURED = ("loss", "held_out_loss", "refined_loss", "held_out_accuracy", "spread", "update_ratio", "improved")

# From this number of columns on, another thread fetches the next batch: its rows lie scattered in memory.
WIDE = 100


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """Optional parts of the graph. An option that is off adds no operation to a step."""

    has_held_out: bool
    has_label_smoothing: bool = False
    # The group of each member, from 0. Members of a group see the same inputs, and each group picks its own best epoch.
    # Empty: all members see all inputs.
    input_groups: tuple[int, ...] = ()
    hides_inputs: bool = (
        False  # True: the graph sets inputs to zero for some groups. False: groups differ by their rows
    )
    has_max_norm: bool = False
    has_clip_norm: bool = False


@dataclass(frozen=True, slots=True)
class GraphKind:
    """How a graph runs its steps. It follows from the shapes of the network and of a batch."""

    n_slices: int = 1
    is_compiled: bool = False
    on_one_thread: bool = False  # each member uses one thread


class Engine:
    """A traced training graph with its variables. Every new fit resets the variables in place.

    The engine keeps the weights of the last and of the best epoch for each member. Small arrays share one flat vector
    if the optimizer allows it: a step then needs eight optimizer operations instead of eighty. See weight_layout.py.

    Parameters
    ----------
    model : keras.Model
        The model of one member, from rows to logits: (batch, d) -> (batch, C).
    optimizer : keras.optimizers.Optimizer, unbuilt
    options : GraphOptions
    n_members : int
    dropout_layers : sequence of (str, int)
        Kind and width of every dropout layer, in the order of the network.
    is_elementwise : bool
        Whether the optimizer's update of a weight depends only on the gradients of this weight.
    has_own_schedule : bool
        Whether the optimizer has a learning-rate schedule. The engine then never sets its learning rate.

    Attributes
    ----------
    variables : list of WeightArray
        Name and shape of the weight arrays as `reset` takes them. With several members the first axis is the member.
    """

    def __init__(
        self, model, optimizer, options, *, n_members=1, dropout_layers=(), is_elementwise=True, has_own_schedule=False
    ):
        self.model, self.options, self.n_members, self.dropout_layers = model, options, n_members, dropout_layers
        self._view_of = np.array(options.input_groups or (0,) * n_members)
        self.n_input_groups = int(self._view_of.max()) + 1
        self._n_classes = int(model.output.shape[-1])
        weights, self._state_variables = model.trainable_variables, model.non_trainable_variables
        self._shapes = [tuple(v.shape) for v in weights]
        self._is_kernel = [v.name == "kernel" for v in weights]
        self.variables = [WeightArray(v.name, stacked_shape(tuple(v.shape), n_members)) for v in weights]
        self._layout = WeightLayout(self._shapes, self._is_kernel, may_join=is_elementwise)
        zeros = self._layout.joined([np.zeros(shape, np.float32) for shape in self._shapes])
        now = [keras.Variable(z, name="now", dtype="float32") for z in zeros]
        self._best = [keras.Variable(z, name="best", trainable=False, dtype="float32") for z in zeros]
        optimizer.build(now)
        self._joined = Weights(now, self._layout, optimizer)
        self._replicas = Replicas(n_members)
        self._replicas.add([*now, *self._best, *optimizer.variables])
        self._fresh_slots = [v.numpy() for v in optimizer.variables]
        # The other state variables are the seeds of Keras' own dropout, which the engine does not use.
        self._is_moving = [v.name.startswith("moving_") for v in self._state_variables]
        self._steps = Steps(model, options, has_own_schedule=has_own_schedule)
        self._may_compile = is_elementwise
        self.n_traces = 0
        self._graphs = {}

    def prepare(self, batch_size):
        """Trace the graph for this batch size now, not in the first `run`."""
        self._graph(self._kind_for(batch_size))

    def compiles(self, batch_size):
        """Whether compiled steps are faster in a long training with this batch size."""
        return self._may_compile and compiled.is_faster(self._shapes, batch_size)

    @property
    def shapes(self):
        """Shapes of the weight arrays, in the model's order."""
        return [variable.shape for variable in self.variables]

    @staticmethod
    def tables(trained_on, eval_rows):
        """Convert two tables of (rows, codes, weights) for `run`. An array that both tables have is converted once."""
        table = TableTensors.of(*trained_on)
        return table, TableTensors.of(*eval_rows, like=(trained_on, table))

    # Weights in and out, as NumPy

    def reset(self, weights, moving=None, slots=None):
        """Start from given weights.

        Parameters
        ----------
        weights : list of ndarray
            Arrays with the shapes of `variables`.
        moving : list of ndarray or None
            Moving means and variances; None: their initial values.
        slots : list of list of ndarray or None
            The optimizers' variables, as `slots()` returned them; None: their initial values.
        """
        for k, arrays in enumerate(unstacked(weights, self._shapes, self.n_members)):
            values = self._layout.joined(arrays)
            self._assign(k, [*self._joined.variables, *self._best], values * 2)
            self._assign(k, self._joined.optimizer.variables, slots[k] if slots else self._fresh_slots)
        moving = iter(moving or ())
        self._state = [
            self._of_all_members(next(moving, variable.numpy()) if is_moving else variable.numpy(), variable.shape)
            for variable, is_moving in zip(self._state_variables, self._is_moving, strict=True)
        ]
        self._best_state = self._state

    def _assign(self, k, variables, values):
        for variable, value in zip(self._replicas.of(variables, k), values, strict=True):
            variable.assign(value)

    def _of_all_members(self, value, shape):
        """A state of one member or of all members, as a tensor with a member axis."""
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
        """The optimizers' variables as arrays. With them, `reset` continues exactly where this run ended."""
        return self._values_of_members(self._joined.optimizer.variables)

    def _values_of_members(self, variables):
        return [[v.numpy() for v in self._replicas.of(variables, k)] for k in range(self.n_members)]

    # One call into the graph

    def run(
        self,
        table,
        held_out,
        orders,
        *,
        rates,
        scalars,
        masks,
        first_step,
        stopping,
        correction,
        hidden_inputs=None,
        compile_steps=False,
    ):
        """Train for `len(orders)` epochs, or until the stopping rule inside the graph ends the training.

        Parameters
        ----------
        table, held_out : TableTensors
            The tables of the training rows and of the held-out rows; they may be the same.
        orders : ndarray of shape (n_epochs, n_members, n_steps, batch_size), dtype int32
            The rows of every batch.
        rates : ndarray of shape (n_epochs * n_steps,), dtype float32
            Learning rate of every step.
        scalars : dict of str to float, keys `SCALARS`
        masks : Masks
            Dropout masks.
        first_step : int
            Number of steps before this call.
        stopping : Stopping
            Held-out rows, and the state of early stopping.
        correction : ndarray of shape (2, n_classes), dtype float32
            For the refined loss: offsets of the logits, and factors of the weights of held-out rows.
        hidden_inputs : ndarray of shape (n_members, n_inputs), dtype bool, or None
            Inputs that a member does not see; used if `options.hides_inputs`.
        compile_steps : bool, default=False
            Whether to run steps that XLA compiled for this batch size, if possible. Results differ by rounding.

        Returns
        -------
        measured : dict of str to ndarray, one entry per epoch that was run
            `MEASURED`, and `held_out_share` of shape (n_epochs, n_classes).
        """
        is_compiled = compile_steps and compiled.is_available()
        kind = self._kind_for(orders.shape[-1], is_compiled)
        graph = self._graph(kind)
        with self._executor(kind), few_rewritings():
            outputs = graph(
                (table.rows, table.codes, table.weights),
                (held_out.rows, held_out.codes, held_out.weights),
                shared(orders),
                tf.convert_to_tensor(rates),
                tf.convert_to_tensor(np.array([scalars[name] for name in SCALARS], np.float32)),
                tuple(map(tf.convert_to_tensor, (*masks.tables, masks.begins(first_step, len(rates))))),
                (tf.convert_to_tensor(stopping.rows), tf.convert_to_tensor(stopping.mask)),
                tf.convert_to_tensor(np.array([stopping.best, stopping.waited], np.float32)),
                tf.convert_to_tensor(np.array([stopping.patience, stopping.tol], np.float32)),
                tf.convert_to_tensor(correction),
                tf.convert_to_tensor(
                    np.float32(1) - hidden_inputs if self.options.hides_inputs else np.empty((1, 0), np.float32)
                ),
                self._state,
                self._best_state,
            )
        rule, self._state, self._best_state, n_epochs, measured = outputs
        stopping.best, stopping.waited = rule.numpy()
        numbers, shares = np.split(measured.numpy()[: int(n_epochs)], [len(MEASURED)], axis=1)
        return dict(zip(MEASURED, numbers.T, strict=True)) | {"held_out_share": shares}

    # Which graph

    def _kind_for(self, batch_size, is_compiled=False):
        """The best kind of graph for this batch size."""
        if self.n_members > 1:
            return GraphKind(is_compiled=is_compiled, on_one_thread=executors.can_keep_to_one_thread())
        if is_compiled:
            return GraphKind(is_compiled=True)
        kernels = [shape for shape, is_kernel in zip(self._shapes, self._is_kernel, strict=True) if is_kernel]
        n_weights = sum(map(math.prod, kernels))
        n_slices = 1 if any(self._is_moving) else batch_slices.n_slices(batch_size, [shape[0] for shape in kernels])
        return GraphKind(n_slices, on_one_thread=executors.is_for_one_thread(batch_size, n_weights))

    def _executor(self, kind):
        """The executor of the graph itself. With several members the members' calls choose their executor."""
        return executors.executor(kind.on_one_thread and self.n_members == 1)

    def _graph(self, kind):
        """The graph of `_run` for a kind of steps. Each kind is traced once."""
        if kind not in self._graphs:
            self._graphs[kind] = self._traced(kind)
        return self._graphs[kind]

    def _traced(self, kind):
        """The graph of `_run`, freed with the engine."""
        weights = self._joined
        loop = functools.partial(run_steps, fetches_ahead=self._fetches_ahead())
        if kind.is_compiled:
            weights = WeightsApart(self._joined, self._shapes, self._is_kernel)
            self._replicas.add([*weights.variables, *weights.optimizer.variables])
            loop = functools.partial(compiled.run_steps, before=weights.take, after=weights.give_back)

        def _run(*inputs):
            step_of = functools.partial(self._steps.update, weights, kind.n_slices)
            return self._run(loop, step_of, kind.on_one_thread, *inputs)

        with self._executor(kind), few_rewritings():
            # Concrete, so that no call can trace again; TensorFlow would also warn of the fourth engine as of a leak.
            graph = tf.function(_run, autograph=False, input_signature=self._signature()).get_concrete_function()
        weakref.finalize(self, _free, graph.graph).atexit = False
        return graph

    def _fetches_ahead(self):
        """Whether another thread fetches a batch's rows; members have no other."""
        return self.n_members == 1 and self.model.input.shape[-1] >= WIDE

    # The graph

    def _run(
        self,
        run_steps,
        step_of,
        on_one_thread,
        table,
        held_out,
        orders,
        rates,
        scalars,
        masks,
        parts,
        rule,
        limits,
        correction,
        shown,
        state,
        best_state,
    ):
        self.n_traces += 1  # Python runs here only while tracing
        (X, codes, weights), (eval_rows, held_out_codes, held_out_weights) = table, held_out
        weight_of, held_out_weight_of = weights_of(weights), weights_of(held_out_weights)
        scalars = dict(zip(SCALARS, tf.unstack(scalars, len(SCALARS)), strict=True))
        (best, waited), (patience, tol) = tf.unstack(rule, 2), tf.unstack(limits, 2)
        n_epochs, _, n_steps, batch_size = tf.unstack(tf.shape(orders))
        orders = tf.reshape(orders, [-1, batch_size])
        *tables, begins = masks
        lengths = lengths_of_masks(batch_size, self.dropout_layers)
        share_of_row = 1 / tf.cast(batch_size, tf.float32)

        def step(batch, settings, state):
            rate = settings[0]
            drawn = masks_of_step(tables, settings[1], lengths, self.dropout_layers) if len(settings) > 1 else []
            return step_of(batch, state, rate, scalars, drawn)

        def epoch_of_member(e, k, *state):
            before = self._joined.values()
            seen = tf.gather(shown, k) if self.options.hides_inputs else None
            first_order, first_rate = (e * self.n_members + k) * n_steps, e * n_steps
            first_begin = k * n_epochs * n_steps + first_rate

            def batch_of(i):
                # tf.gather, here and below, is one operation; a slice would be four.
                where = tf.gather(orders, first_order + i)
                inputs = tf.gather(X, where)
                if seen is not None:
                    inputs *= seen
                return inputs, tf.gather(codes, where), weight_of(where) * share_of_row

            def settings_of(i):
                rate = tf.gather(rates, first_rate + i)
                return (rate, tf.gather(begins, first_begin + i)) if self.dropout_layers else (rate,)

            total, state = run_steps(step, batch_of, settings_of, n_steps, list(state))
            after = self._joined.values()
            moved = tf.linalg.global_norm([new - old for new, old in zip(after, before, strict=True)])
            figures = tf.stack([total, moved, tf.linalg.global_norm(before)])
            return figures, self._held_out_logits(eval_rows, parts[0], k, state), state

        def epoch(e, rule, state, best_state, measured):
            by_member = zip(*(tf.unstack(of_all, self.n_members) for of_all in state), strict=True)
            arguments = [(e, tf.constant(k), *next(by_member, ())) for k in range(self.n_members)]
            members = self._replicas.call(epoch_of_member, arguments, on_one_thread=on_one_thread)
            figures, logits, states = zip(*members, strict=True)
            state = [tf.stack(of_all) for of_all in zip(*states, strict=True)]
            totals, moved, before = tf.unstack(tf.stack(figures, 1), 3)
            loss = tf.reduce_mean(totals) / tf.cast(n_steps, tf.float32)
            update_ratio = tf.norm(moved) / tf.maximum(tf.norm(before), TINY)
            held_out_loss, refined, accuracy, share, spread = self._look(
                logits, held_out_codes, held_out_weight_of, parts, correction
            )
            monitored = refined if self.options.has_held_out else tf.fill([self.n_input_groups], loss)
            best, waited = rule
            improved = monitored < best
            waited = tf.where(monitored < best - tol, 0.0, waited + 1.0)
            best_state = self._keep_best(tf.gather(improved, self._view_of), state, best_state)
            best = tf.minimum(best, tf.where(tf.math.is_nan(monitored), best, monitored))
            refined = tf.reduce_mean(tf.gather(refined, self._view_of))
            is_best = tf.cast(improved[0], tf.float32)
            numbers = (loss, held_out_loss, refined, accuracy, spread, update_ratio, is_best)
            measured = measured.write(e, tf.concat([tf.stack(numbers), share], 0))
            return e + 1, (best, waited), state, best_state, measured

        def go_on(e, rule, state, best_state, measured):
            return tf.logical_and(e < n_epochs, tf.reduce_min(rule[1]) < patience)

        measured = tf.TensorArray(tf.float32, size=n_epochs, element_shape=(len(MEASURED) + self._n_classes,))
        e, rule, state, best_state, measured = tf.while_loop(
            go_on, epoch, (0, (best, waited), state, best_state, measured), parallel_iterations=1
        )
        return tf.stack(rule), state, best_state, e, measured.stack()

    def _signature(self):
        """Types and shapes of `_run`'s arguments. Sizes that may differ between fits are None."""
        spec = tf.TensorSpec
        table = (
            spec((None, self.model.input.shape[-1]), tf.float32),
            spec((None,), tf.int32),
            spec((None,), tf.float32),
        )
        parts = (spec((self.n_members, None), tf.int32), spec((self.n_members, None), tf.float32))
        state = [spec((self.n_members, *v.shape), tf.as_dtype(v.dtype)) for v in self._state_variables]
        return (
            table,
            table,
            spec((None, self.n_members, None, None), tf.int32),
            spec((None,), tf.float32),
            spec((len(SCALARS),), tf.float32),
            (*[spec((None,), tf.float32)] * len(KINDS), spec((None, 1), tf.int32)),
            parts,
            spec((2, self.n_input_groups), tf.float32),
            spec((2,), tf.float32),
            spec((2, self._n_classes), tf.float32),
            spec((None, None), tf.float32),
            state,
            state,
        )

    def _keep_best(self, improved, state, best_state):
        """Copy the weights of members that improved; returns the best states."""
        for k in range(self.n_members):
            variables = (self._replicas.of(of_first, k) for of_first in (self._best, self._joined.variables))
            for best, now in zip(*variables, strict=True):
                best.assign(tf.where(improved[k], now.read_value(), best.read_value()))
        by_member = [tf.reshape(improved, [-1] + [1] * len(v.shape)) for v in self._state_variables]
        return [tf.where(*choice) for choice in zip(by_member, state, best_state, strict=True)]

    def _held_out_logits(self, eval_rows, index, k, state):
        """Logits of a member for its held-out rows, with its current weights."""
        if not self.options.has_held_out:
            return tf.zeros((0, self._n_classes))
        inputs = tf.gather(eval_rows, tf.gather(index, k))
        return self.model.stateless_call(self._joined.parts(), state, inputs, training=False)[0]

    def _look(self, logits, codes, weight_of, parts, correction):
        """`held_out_figures` of the members' logits."""
        nan = tf.constant(np.nan, tf.float32)
        if not self.options.has_held_out:
            return nan, tf.fill([self.n_input_groups], nan), nan, tf.zeros(self._n_classes), nan
        index, mask = parts
        row_weights = weight_of(index) * mask
        return held_out_figures(tf.stack(logits), tf.gather(codes, index), row_weights, mask, correction, self._view_of)


def _free(graph):
    """Break the reference cycles of a graph and of its loops. TensorFlow does not do this for a concrete function."""
    for function in list(graph._functions.values()):
        dismantle_func_graph(function.graph)
    dismantle_func_graph(graph)
