"""The engine: whole epochs of a Keras model inside one TensorFlow graph, on few variables.

Keras supplies the model's forward pass and the optimizer's update; this file supplies the loop, the held-out figures
and the memory of the best epoch. It never draws an order of rows and never decides to go on: see training.py."""

import functools
import math
import weakref
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.func_graph import dismantle_func_graph

from robust_mlp._network import compiled, executors, slicing
from robust_mlp._network.apart import Weights, WeightsApart
from robust_mlp._network.cross_entropy import cross_entropy
from robust_mlp._network.held_out import held_out_figures
from robust_mlp._network.layout import WeightLayout
from robust_mlp._network.masks import KINDS, handed_out, lengths_of_masks, masks_of_step
from robust_mlp._network.rewriting import few_rewritings
from robust_mlp._network.tensors import TableTensors, shared, weights_of

# The numbers that the graph measures once an epoch, in the order in which it returns them; the share of held-out rows
# given to each class follows.
MEASURED = ("loss", "held_out_loss", "refined_loss", "held_out_accuracy", "spread", "update_ratio", "improved")
SCALARS = ("weight_decay", "label_smoothing", "max_norm", "clip_norm")

# Columns from which a batch is worth a thread that fetches it: its rows lie scattered over the memory.
WIDE = 100
# Weights of an array that is not written anew where nothing decays: below, asking takes as long.
LARGE = 2**18
TINY = 1e-12  # keeps a ratio of norms finite when the norm below is zero


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """What the graph contains beyond the network: each option that is off costs nothing per step."""

    has_held_out: bool
    has_label_smoothing: bool = False
    # The view of each member, from 0; members that are not shown the same inputs have different ones and pick their
    # epochs apart. Empty: all are shown everything.
    views: tuple[int, ...] = ()
    hides_inputs: bool = False  # views differ by inputs that are zeroed here; else by the rows that members are given
    has_max_norm: bool = False
    has_clip_norm: bool = False


@dataclass(frozen=True, slots=True)
class GraphKind:
    """What a graph's steps are made for: it follows from the shapes of the network and of a batch."""

    n_slices: int = 1
    is_compiled: bool = False
    on_one_thread: bool = False


class Engine:
    """A traced training graph with its variables; reset in place for every new fit.

    `now` and `best` hold the weights of the last and of the best epoch, small arrays in one flat vector where the
    optimizer allows it: eight optimizer operations a step in place of eighty. See layout.py.

    Parameters
    ----------
    model : keras.Model
        From rows to logits: (batch, d) -> (batch, C), or with members (K, batch, d) -> (K, batch, C).
    optimizer : keras.optimizers.Optimizer, unbuilt
    options : GraphOptions
    n_members : int
    dropout_layers : sequence of (str, int)
        Kind and width of every dropout layer, in the order of the network.
    is_elementwise : bool
        Whether the optimizer's update of one weight depends on that weight's gradients alone.
    has_own_schedule : bool
        The optimizer holds a learning-rate schedule; it is then left alone.
    """

    def __init__(
        self, model, optimizer, options, *, n_members=1, dropout_layers=(), is_elementwise=True, has_own_schedule=False
    ):
        self.model, self.optimizer, self.options = model, optimizer, options
        self.n_members, self.dropout_layers, self._has_own_schedule = n_members, dropout_layers, has_own_schedule
        self._view_of = np.array(options.views or (0,) * n_members)
        self.n_views = int(self._view_of.max()) + 1
        self._n_classes = int(model.output.shape[-1])
        self.shapes = [tuple(v.shape) for v in model.trainable_variables]
        self._is_kernel = [v.name == "kernel" for v in model.trainable_variables]
        self._kernel_shapes = [s for s, is_kernel in zip(self.shapes, self._is_kernel, strict=True) if is_kernel]
        self._layout = WeightLayout(self.shapes, self._is_kernel, may_join=is_elementwise)
        zeros = self._layout.joined([np.zeros(shape, np.float32) for shape in self.shapes])
        self.now = [keras.Variable(z, name="now", dtype="float32") for z in zeros]
        self.best = [keras.Variable(z, name="best", trainable=False, dtype="float32") for z in zeros]
        optimizer.build(self.now)
        self._joined = Weights(self.now, self._layout, optimizer)
        self._fresh_slots = [v.numpy() for v in optimizer.variables]
        # Beside moving means and variances, the seed states of Keras' own dropout, which the engine does not use.
        state = model.non_trainable_variables
        self._fresh_state = [(v.numpy(), v.name.startswith("moving_")) for v in state]
        self._may_compile = is_elementwise
        self.n_traces = 0
        self._graphs = {}

    def prepare(self, batch_size):
        """Trace the graph for batches of so many rows now rather than in the first `run` that has them."""
        self._graph(self._kind_for(batch_size))

    def _kind_for(self, batch_size, is_compiled=False):
        """What suits batches of so many rows."""
        if is_compiled:
            return GraphKind(is_compiled=True)
        n_weights = sum(map(math.prod, self._kernel_shapes))
        return GraphKind(self._n_slices(batch_size), on_one_thread=executors.is_for_one_thread(batch_size, n_weights))

    def _graph(self, kind):
        """The graph of `_run` with steps of a kind; each is traced once."""
        if kind not in self._graphs:
            weights, loop = self._joined, run_steps
            if kind.is_compiled:
                weights = WeightsApart(self._joined, self.shapes, self._is_kernel)
                loop = functools.partial(compiled.run_steps, before=weights.take, after=weights.give_back)
            with executors.executor(kind.on_one_thread):
                self._graphs[kind] = self._traced(loop, functools.partial(self._step, weights, kind.n_slices))
        return self._graphs[kind]

    def _traced(self, run_steps, step):
        """The graph of `_run`, freed with the engine."""

        def _run(*inputs):
            return self._run(run_steps, step, *inputs)

        # Concrete, so that no call can trace again; TensorFlow would also warn of the fourth engine as of a leak.
        graph = tf.function(_run, autograph=False, input_signature=self._signature()).get_concrete_function()
        weakref.finalize(self, _free, graph.graph).atexit = False
        return graph

    def compiles(self, batch_size):
        """Whether a long training with batches of so many rows is faster with compiled steps."""
        return self._may_compile and compiled.is_faster(self.shapes, batch_size)

    def _n_slices(self, batch_size):
        """Into how many slices batches of so many rows are cut."""
        # Batches of several members are side by side already, and a batch is normalized as a whole.
        if self.n_members > 1 or any(is_moving for _, is_moving in self._fresh_state):
            return 1
        return slicing.n_slices(batch_size, [shape[0] for shape in self._kernel_shapes])

    @property
    def variables(self):
        """The model's trainable weights, each with a name and a shape."""
        return self.model.trainable_variables

    @staticmethod
    def tables(trained_on, looked_at):
        """Two tables of (rows, codes, weights) as `run` wants them; arrays that both have are handed over once."""
        table = TableTensors.of(*trained_on)
        return table, TableTensors.of(*looked_at, like=(trained_on, table))

    # Weights in and out, as NumPy

    def reset(self, weights, moving=None, slots=None):
        """Start from given weights.

        Parameters
        ----------
        weights : list of ndarray
            Like `model.trainable_variables`.
        moving : list of ndarray or None
            Moving means and variances; None starts them afresh.
        slots : list of ndarray or None
            The optimizer's variables, as `slots()` gave them; None starts them afresh.
        """
        for now, best, value in zip(self.now, self.best, self._layout.joined(weights), strict=True):
            now.assign(value)
            best.assign(value)
        for variable, value in zip(self.optimizer.variables, slots or self._fresh_slots, strict=True):
            variable.assign(value)
        moving = iter(moving or ())
        self.state = [tf.convert_to_tensor(next(moving, v) if m else v) for v, m in self._fresh_state]
        self.best_state = self.state

    def weights(self, *, best):
        """Trainable weights as a list of arrays: of the best epoch, or of the last."""
        return self._layout.parted([v.numpy() for v in (self.best if best else self.now)])

    def moving(self, *, best):
        """Moving means and variances that belong to `weights`."""
        state = self.best_state if best else self.state
        return [v.numpy() for v, (_, is_moving) in zip(state, self._fresh_state, strict=True) if is_moving]

    def slots(self):
        """The optimizer's variables as arrays: what `reset` needs to go on exactly where this run ended."""
        return [v.numpy() for v in self.optimizer.variables]

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
        """Train for `len(orders)` epochs, or until the graph's own stopping rule says so.

        Parameters
        ----------
        table, held_out : TableTensors
            Where training rows and held-out rows are looked up; they may be the same table.
        orders : ndarray of shape (n_epochs, n_steps, n_members, batch_size), dtype int32
            The rows of every batch.
        rates : ndarray of shape (n_epochs * n_steps,), dtype float32
            Learning rate of every step.
        scalars : dict of str to float, keys `SCALARS`
        masks : Masks
            Of dropout.
        first_step : int
            Steps taken before this call.
        stopping : Stopping
            Held-out rows, and the state of the early-stopping rule.
        correction : ndarray of shape (2, n_classes), dtype float32
            For the refined loss: what to add to the logits, and what to multiply the weight of held-out rows by.
        hidden_inputs : ndarray of shape (n_members, n_inputs), dtype bool, or None
            Inputs that a member is not shown; used if `options.hides_inputs`.
        compile_steps : bool, default=False
            Whether to run code that XLA compiles, for this size of batch, where it can. Numbers differ by rounding.

        Returns
        -------
        measured : dict of str to ndarray, one entry per epoch that was run
            `MEASURED`, and `held_out_share` of shape (n_epochs, n_classes).
        """
        is_compiled = compile_steps and compiled.is_available()
        kind = self._kind_for(orders.shape[-1], is_compiled)
        graph = self._graph(kind)
        with executors.executor(kind.on_one_thread), few_rewritings():
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
                tf.convert_to_tensor(np.float32(1) - hidden_inputs if self.options.hides_inputs else np.float32([[]])),
                self.state,
                self.best_state,
            )
        rule, self.state, self.best_state, n_epochs, measured = outputs
        stopping.best, stopping.waited = rule.numpy()
        numbers, shares = np.split(measured.numpy()[: int(n_epochs)], [len(MEASURED)], axis=1)
        return dict(zip(MEASURED, numbers.T, strict=True)) | {"held_out_share": shares}

    # The graph

    def _run(
        self,
        run_steps,
        step_of,
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
        X, codes, weights = table
        weight_of, held_out = weights_of(weights), (*held_out[:2], weights_of(held_out[2]))
        scalars = dict(zip(SCALARS, tf.unstack(scalars, len(SCALARS)), strict=True))
        (best, waited), (patience, tol) = tf.unstack(rule, 2), tf.unstack(limits, 2)
        n_epochs, n_steps = tf.unstack(tf.shape(orders)[:2])
        by_step = (-1, self.n_members, tf.shape(orders)[3]) if self.n_members > 1 else (-1, tf.shape(orders)[3])
        lengths = lengths_of_masks(tf.size(orders[0, 0]), self.dropout_layers)
        orders = tf.reshape(orders, by_step)

        def epoch(e, rule, state, best_state, measured):
            before = self._joined.values()

            def batch_of(i):
                # Looked up rather than sliced, here and below: one operation in place of four.
                where = tf.gather(orders, e * n_steps + i)
                inputs = tf.gather(X, where)
                if self.options.hides_inputs:
                    inputs *= shown if self.n_members == 1 else tf.expand_dims(shown, 1)
                return inputs, tf.gather(codes, where), weight_of(where)

            def settings_of(i):
                of_step = (rates, masks[-1]) if self.dropout_layers else (rates,)
                return tuple(tf.gather(tensor, e * n_steps + i) for tensor in of_step)

            def step(batch, settings, state):
                rate, *begin = settings
                drawn = masks_of_step(masks[:-1], *begin, lengths, self.dropout_layers, self.n_members) if begin else []
                return step_of(batch, state, rate, scalars, drawn)

            total, state = run_steps(step, batch_of, settings_of, n_steps, state)
            loss = total / tf.cast(n_steps, tf.float32)
            after = self._joined.values()
            moved = tf.linalg.global_norm([new - old for new, old in zip(after, before, strict=True)])
            update_ratio = moved / tf.maximum(tf.linalg.global_norm(before), TINY)
            held_out_loss, refined, accuracy, share, spread = self._look(held_out, parts, state, correction)
            monitored = refined if self.options.has_held_out else tf.fill([self.n_views], loss)
            best, waited = rule
            improved = monitored < best
            waited = tf.where(monitored < best - tol, 0.0, waited + 1.0)
            for kept, new, is_new in zip(self.best, after, self._of_each_weight(improved), strict=True):
                kept.assign(tf.where(is_new, new, kept.value))
            best_state = [
                tf.where(self._of_each_member(improved, len(new.shape)) if is_moving else improved[0], new, old)
                for new, old, (_, is_moving) in zip(state, best_state, self._fresh_state, strict=True)
            ]
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
        """Types and shapes of `_run`'s arguments: every size that may differ between fits is left open."""
        spec = tf.TensorSpec
        table = (
            spec((None, self.model.input.shape[-1]), tf.float32),
            spec((None,), tf.int32),
            spec((None,), tf.float32),
        )
        parts = (spec((self.n_members, None), tf.int32), spec((self.n_members, None), tf.float32))
        state = [spec(v.shape, tf.as_dtype(v.dtype)) for v, _ in self._fresh_state]
        return (
            table,
            table,
            spec((None, None, self.n_members, None), tf.int32),
            spec((None,), tf.float32),
            spec((len(SCALARS),), tf.float32),
            (*[spec((None,), tf.float32)] * len(KINDS), spec((None, 1), tf.int32)),
            parts,
            spec((2, self.n_views), tf.float32),
            spec((2,), tf.float32),
            spec((2, self._n_classes), tf.float32),
            spec((None, None), tf.float32),
            state,
            state,
        )

    def _of_each_member(self, per_view, n_dimensions):
        """A value for each view as one for each member, to go with arrays whose first axis is the members'."""
        if self.n_views == 1:
            return per_view[0]
        return tf.reshape(tf.gather(per_view, self._view_of), [-1] + [1] * (n_dimensions - 1))

    def _of_each_weight(self, per_view):
        """A value for each view as one for each weight, in tensors that go with `now`."""
        if self.n_views == 1:
            return [per_view[0]] * len(self.now)
        members = [self._view_of.reshape(-1, *[1] * (len(shape) - 1)) for shape in self.shapes]
        views = self._layout.joined([np.broadcast_to(m, shape) for m, shape in zip(members, self.shapes, strict=True)])
        # Of an array that is apart, one value for each member will do.
        views = [view[(slice(None), *[slice(1)] * (view.ndim - 1))] for view in views]
        return [tf.gather(per_view, view.astype(np.int32)) for view in views]

    def _step(self, updated, n_slices, batch, state, rate, scalars, masks):
        """One update of all members; returns the mean loss over members and the network's new state."""
        rows, codes, weights = batch
        values = updated.values()
        parts = updated.layout.parted_tensors(values)
        # Members are independent: each has the gradient that it would have alone, of the mean over its own batch.
        shares = weights / tf.cast(tf.shape(codes)[-1], tf.float32)
        smoothing = scalars["label_smoothing"] if self.options.has_label_smoothing else None
        passes = [
            self._pass(updated.layout, parts, state, smoothing, *tensors)
            for tensors in slicing.sliced([rows, codes, shares, *masks], n_slices)
        ]
        losses, gradients, states = zip(*passes, strict=True)
        loss, gradients = tf.add_n(losses), [tf.add_n(of_slices) for of_slices in zip(*gradients, strict=True)]
        if self.options.has_clip_norm:
            # The bound is for one member's gradient; those of all members lie side by side.
            gradients, _ = tf.clip_by_global_norm(gradients, scalars["clip_norm"] * self.n_members**0.5)
        if not self._has_own_schedule:
            updated.optimizer.learning_rate.assign(rate)
        self._decay(updated, values, rate * scalars["weight_decay"])
        updated.optimizer.apply(gradients, updated.variables)
        if self.options.has_max_norm:
            bounded = self._within_max_norm(updated.parts(), scalars["max_norm"])
            updated.assign(updated.layout.joined_tensors(bounded))
        return loss / self.n_members, [tf.convert_to_tensor(value) for value in states[-1]]

    @staticmethod
    def _decay(updated, values, share):
        """Take a share off the kernels, given the weights' values before the step."""

        def decay():
            updated.assign(updated.layout.decayed(values, 1.0 - share))

        if max(value.shape.num_elements() for value in values) < LARGE:
            decay()
        else:
            tf.cond(share > 0, decay, lambda: None)

    def _pass(self, layout, parts, state, smoothing, rows, codes, shares, *masks):
        """Forward and back; returns the sum of the losses, its gradients by `now`, and the network's new state."""
        with handed_out(masks), tf.GradientTape() as tape:
            tape.watch(parts)
            logits, state = self.model.stateless_call(parts, state, rows, training=True)
        losses, slopes = cross_entropy(codes, logits, smoothing)
        gradients = tape.gradient(logits, parts, output_gradients=slopes * tf.expand_dims(shares, -1))
        gradients = [tf.convert_to_tensor(g) for g in gradients]  # an embedding's is sparse
        return tf.reduce_sum(shares * losses), layout.joined_tensors(gradients), state

    def _within_max_norm(self, parts, bound):
        """Scale every unit's incoming weights to a norm of at most `bound` (Srivastava et al. 2014, section 5.1)."""
        bounded = []
        for part, is_kernel in zip(parts, self._is_kernel, strict=True):
            norms = tf.norm(part, axis=-2, keepdims=True) if is_kernel else 0.0
            bounded.append(part * tf.minimum(1.0, bound / tf.maximum(norms, TINY)))
        return bounded

    def _look(self, held_out, parts, state, correction):
        """`held_out_figures` of the weights as they are."""
        nan = tf.constant(np.nan, tf.float32)
        if not self.options.has_held_out:
            return nan, tf.fill([self.n_views], nan), nan, tf.zeros(self._n_classes), nan
        X, codes, weight_of = held_out
        index, mask = parts
        inputs = tf.gather(X, index[0] if self.n_members == 1 else index)
        logits, _ = self.model.stateless_call(self._joined.parts(), state, inputs, training=False)
        if self.n_members == 1:
            logits = tf.expand_dims(logits, 0)
        row_weights = weight_of(index) * mask
        return held_out_figures(logits, tf.gather(codes, index), row_weights, mask, correction, self._view_of)


def run_steps(step, batch_of, settings_of, n_steps, state):
    """See `compiled.run_steps`."""

    def body(i, total, state, *fetched):
        following = batch_of(tf.minimum(i + 1, n_steps - 1)) if fetched else ()
        loss, state = step(fetched or batch_of(i), settings_of(i), state)
        return i + 1, total + loss, state, *following

    # No step needs the rows of the next, so where they are wide another thread fetches them meanwhile.
    fetched = batch_of(0)
    if fetched[0].shape[-1] < WIDE:
        fetched = ()
    _, total, state, *_ = tf.while_loop(
        lambda i, *_: i < n_steps, body, [0, tf.constant(0.0), state, *fetched], parallel_iterations=1
    )
    return total, state


def _free(graph):
    """Break the cycles of a graph and of its loops: of a concrete function, TensorFlow leaves that to whoever asked."""
    for function in list(graph._functions.values()):
        dismantle_func_graph(function.graph)
    dismantle_func_graph(graph)
