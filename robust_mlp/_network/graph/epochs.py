"""The graph of whole epochs, as it is traced: the members' steps, the held-out figures, the best weights, the rule.

Only the loop over epochs is here. What a step does lies in `training_step.py`, the variables in `engine.py`."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from robust_mlp._network.graph.graph_inputs import NEVER, weights_of
from robust_mlp._network.graph.held_out import HeldOutFigures, held_out_figures
from robust_mlp._network.graph.masks import lengths_of_masks, masks_of_step
from robust_mlp._network.graph.replicas import Replicas
from robust_mlp._network.graph.split_weights import Weights
from robust_mlp._network.graph.training_step import SCALARS, TINY

# The numbers that the graph measures once an epoch, in the order of its output. The predicted share of each class on
# held-out rows follows them.
MEASURED = (
    "loss",
    "held_out_loss",
    "untempered_loss",
    "refined_loss",
    "held_out_accuracy",
    "spread",
    "update_ratio",
    "improved",
)


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """Optional parts of the graph. An option that is off adds no operation to a step."""

    has_held_out: bool
    shares_held_out: bool = False  # all members hold out the same rows
    has_label_smoothing: bool = False
    # The group of each member, from 0. Members of a group see the same inputs, and each picks its best epoch by the
    # held-out rows of the others. Empty: all members see all inputs.
    input_groups: tuple[int, ...] = ()
    hides_inputs: bool = (
        False  # True: the graph sets inputs to zero for some groups. False: groups differ by their rows
    )
    has_max_norm: bool = False
    has_clip_norm: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class NetworkInTraining:
    """The members' network and the variables that hold its weights.

    Attributes
    ----------
    model : keras.Model
        Of one member, from rows to logits.
    options : GraphOptions
    dropout_layers : sequence of (str, int)
        Kind and width of every dropout layer, in the order of the network.
    group_of : ndarray of shape (n_members,), dtype int
        The input group of each member, from 0.
    now : Weights
        Of the last epoch.
    best : list of keras.Variable
        Of the best epoch, like `now.variables`.
    replicas : Replicas
        Of all these variables, one for each member.
    """

    model: keras.Model
    options: GraphOptions
    dropout_layers: tuple
    group_of: np.ndarray
    now: Weights
    best: list
    replicas: Replicas

    @property
    def n_members(self):
        """How many networks train side by side."""
        return len(self.group_of)

    @property
    def n_groups(self):
        """How many input groups there are."""
        return int(self.group_of.max()) + 1

    @property
    def n_watched(self):
        """How many losses are watched: of each group, for the end of the training; for each member, for its epoch."""
        return self.n_groups + self.n_members

    @property
    def n_classes(self):
        """How many logits a row gets."""
        return int(self.model.output.shape[-1])

    @property
    def state_variables(self):
        """What the model changes while it trains, beside its weights."""
        return self.model.non_trainable_variables


@dataclass(frozen=True, eq=False, slots=True)
class StepLoop:
    """How the steps of an epoch are made.

    Attributes
    ----------
    run : callable
        The loop over steps: `training_step.run_steps` or `compiled.run_steps`.
    update : callable
        One step: (batch, state, rate, scalars, masks) -> (loss, state).
    on_one_thread : bool
        Whether each member keeps to one thread.
    """

    run: Callable
    update: Callable
    on_one_thread: bool


class Epochs:
    """The epochs of one call, made while the graph is traced.

    Parameters
    ----------
    network : NetworkInTraining
    loop : StepLoop
    inputs : GraphInputs
        Tensors.
    """

    def __init__(self, network, loop, inputs):
        self._network, self._loop, self._inputs = network, loop, inputs
        self._weight_of = weights_of(inputs.table[2])
        self._held_out_weight_of = weights_of(inputs.held_out[2])
        self._scalars = dict(zip(SCALARS, tf.unstack(inputs.scalars, len(SCALARS)), strict=True))
        self._patience, self._tol, self._tempers = tf.unstack(inputs.limits, 3)
        self._n_epochs, _, self._n_steps, batch_size = tf.unstack(tf.shape(inputs.orders))
        self._orders = tf.reshape(inputs.orders, [-1, batch_size])
        *self._mask_tables, self._begins = inputs.masks
        self._mask_lengths = lengths_of_masks(batch_size, network.dropout_layers)
        self._share_of_row = 1 / tf.cast(batch_size, tf.float32)

    def run(self):
        """Train until the epochs are over or the rule says so.

        Returns
        -------
        rule : tensor of shape (2, n_watched)
            The best value so far, and the epochs since.
        state, best_state : list of tensor
        n_run : tensor
            Epochs that were run.
        measured : tensor of shape (n_epochs, len(MEASURED) + n_classes)
        """
        network, inputs = self._network, self._inputs
        width = len(MEASURED) + network.n_classes
        measured = tf.TensorArray(tf.float32, size=self._n_epochs, element_shape=(width,))
        begin = (0, tuple(tf.unstack(inputs.rule, 2)), inputs.state, inputs.best_state, measured)
        n_run, rule, state, best_state, measured = tf.while_loop(
            self._goes_on, self._epoch, begin, parallel_iterations=1
        )
        return tf.stack(rule), state, best_state, n_run, measured.stack()

    def _goes_on(self, e, rule, state, best_state, measured):
        return tf.logical_and(e < self._n_epochs, tf.reduce_min(rule[1]) < self._patience)

    def _epoch(self, e, rule, state, best_state, measured):
        """One epoch of all members: train each, look at the held-out rows together, keep what is better than ever."""
        network = self._network
        by_member = zip(*(tf.unstack(of_all, network.n_members) for of_all in state), strict=True)
        arguments = [(e, tf.constant(k), *next(by_member, ())) for k in range(network.n_members)]
        members = network.replicas.call(self._epoch_of_member, arguments, on_one_thread=self._loop.on_one_thread)
        figures, logits, states = zip(*members, strict=True)
        state = [tf.stack(of_all) for of_all in zip(*states, strict=True)]
        totals, moved, before = tf.unstack(tf.stack(figures, 1), 3)
        loss = tf.reduce_mean(totals) / tf.cast(self._n_steps, tf.float32)
        update_ratio = tf.norm(moved) / tf.maximum(tf.norm(before), TINY)
        held_out = self._look(logits)
        refined = held_out.refined
        monitored = refined if network.options.has_held_out else tf.fill([network.n_watched], loss)
        improved, rule = self._judged(monitored, rule)
        best_state = self._keep_best(improved[network.n_groups :], state, best_state)
        refined = tf.reduce_mean(tf.gather(refined, network.group_of))  # the groups come first
        is_best = tf.cast(improved[0], tf.float32)
        losses = (loss, held_out.loss, held_out.untempered, refined)
        numbers = (*losses, held_out.accuracy, held_out.spread, update_ratio, is_best)
        measured = measured.write(e, tf.concat([tf.stack(numbers), held_out.share], 0))
        return e + 1, rule, state, best_state, measured

    # One member

    def _epoch_of_member(self, e, k, *state):
        """The steps of one member: (figures, logits of held-out rows, state)."""
        network, inputs = self._network, self._inputs
        before = network.now.values()
        seen = tf.gather(inputs.shown, k) if network.options.hides_inputs else None
        first_order, first_rate = (e * network.n_members + k) * self._n_steps, e * self._n_steps
        first_begin = k * self._n_epochs * self._n_steps + first_rate

        def batch_of(i):
            # tf.gather, here and below, is one operation; a slice would be four.
            where = tf.gather(self._orders, first_order + i)
            rows = tf.gather(inputs.table[0], where)
            if seen is not None:
                rows *= seen
            return rows, tf.gather(inputs.table[1], where), self._weight_of(where) * self._share_of_row

        def settings_of(i):
            rate = tf.gather(inputs.rates, first_rate + i)
            return (rate, tf.gather(self._begins, first_begin + i)) if network.dropout_layers else (rate,)

        total, state = self._loop.run(self._step, batch_of, settings_of, self._n_steps, list(state))
        after = network.now.values()
        moved = tf.linalg.global_norm([new - old for new, old in zip(after, before, strict=True)])
        figures = tf.stack([total, moved, tf.linalg.global_norm(before)])
        return figures, self._held_out_logits(k, state), state

    def _step(self, batch, settings, state):
        rate = settings[0]
        layers = self._network.dropout_layers
        drawn = masks_of_step(self._mask_tables, settings[1], self._mask_lengths, layers) if len(settings) > 1 else []
        return self._loop.update(batch, state, rate, self._scalars, drawn)

    def _held_out_logits(self, k, state):
        """Logits of a member for its held-out rows, with its current weights."""
        network, inputs = self._network, self._inputs
        if not network.options.has_held_out:
            return tf.zeros((0, network.n_classes))
        rows = tf.gather(inputs.held_out[0], tf.gather(inputs.parts[0], k))
        if network.options.hides_inputs:
            rows *= tf.gather(inputs.shown, k)
        return network.model.stateless_call(network.now.parts(), state, rows, training=False)[0]

    # All members together

    def _look(self, logits):
        """`held_out_figures` of the members' logits."""
        network, inputs = self._network, self._inputs
        if not network.options.has_held_out:
            none = tf.constant(NEVER, tf.float32)  # never better than what was there; nobody reads it
            refined, share = tf.fill([network.n_watched], none), tf.zeros(network.n_classes)
            return HeldOutFigures(none, none, refined, none, share, none)
        index, mask = inputs.parts
        row_weights = self._held_out_weight_of(index) * mask
        codes = tf.gather(inputs.held_out[1], index)
        return held_out_figures(
            tf.stack(logits),
            codes,
            row_weights,
            mask,
            inputs.correction,
            network.group_of,
            tempers=self._tempers,
            is_shared=network.options.shares_held_out,
        )

    def _judged(self, monitored, rule):
        """Which groups and members are better than ever, and the rule's state: the best value and the epochs since.

        The training waits for groups alone.
        """
        best, waited = rule
        improved = monitored < best
        waited = tf.where(monitored < best - self._tol, 0.0, waited + 1.0)
        network = self._network
        waited = tf.concat([waited[: network.n_groups], tf.fill([network.n_members], tf.constant(NEVER))], 0)
        best = tf.minimum(best, tf.where(tf.math.is_nan(monitored), best, monitored))
        return improved, (best, waited)

    def _keep_best(self, improved, state, best_state):
        """Copy the weights of members that improved; returns the best states."""
        network = self._network
        for k in range(network.n_members):
            variables = (network.replicas.of(of_first, k) for of_first in (network.best, network.now.variables))
            for best, now in zip(*variables, strict=True):
                best.assign(tf.where(improved[k], now.read_value(), best.read_value()))
        by_member = [tf.reshape(improved, [-1] + [1] * len(v.shape)) for v in network.state_variables]
        return [tf.where(*choice) for choice in zip(by_member, state, best_state, strict=True)]
