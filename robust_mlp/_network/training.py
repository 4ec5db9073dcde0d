"""One training: from a plan, encoded data and seeds to an Attempt.

Runs the engine a few epochs at a time. In between, it asks the caller's hooks whether to continue. Decides nothing
about collapse and never reads the user's table."""

import time
from dataclasses import replace

import numpy as np
from scipy import sparse

from robust_mlp._core.records import Attempt, EpochRecord
from robust_mlp._core.schedule_end import half_of, schedule_end
from robust_mlp._core.training_cost import FLOPS_OF_PREDICTION, FLOPS_OF_STEP, TIME_OF_TRACING
from robust_mlp._core.training_data import Hooks, Trained
from robust_mlp._core.training_state import NetworkValues
from robust_mlp._network import engine_cache
from robust_mlp._network.architecture import initial_weights, without_hidden_inputs
from robust_mlp._network.batch_order import RowStream
from robust_mlp._network.call_lengths import CallLengths
from robust_mlp._network.graph import tensorflow_startup
from robust_mlp._network.graph.compiled import first_compiled_epoch
from robust_mlp._network.graph.graph_inputs import NEVER, EpochOrders, Stopping, TrainingSettings
from robust_mlp._network.graph.masks import Masks
from robust_mlp._network.held_out_predictions import finished, is_tempered
from robust_mlp._network.interrupts import noted_interrupts, noted_termination
from robust_mlp._network.optimizers import own_schedule_of
from robust_mlp._network.schedule_curves import step_rates
from robust_mlp._network.sparse_engine import fitted_to_rows, lent_sparse
from robust_mlp._network.training_state import put_back, state_of
from robust_mlp._network.untraced_engine import lent_untraced
from robust_mlp._prediction.network import NetworkWeights

# What a fit with a time budget can do without, as the report calls it.
HIDDEN_LAYERS = "the training of hidden layers"
# Stop reasons after which a training can go on: the user, or the time budget, cut it off.
CUT_OFF = ("interrupted", "max_time")
HELD_OUT_GRAIN = 32  # held-out parts are padded to a multiple of this, for the same reason as `batch_order.GRAIN`

NO_HOOKS = Hooks()


def train(plan, data, seeds, *, hooks=NO_HOOKS, start=None, lend=engine_cache.borrowed_engine):
    """Train one plan.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
    seeds : dict of str to int
    hooks : Hooks
    start : Trained or None
        An earlier training with the same shape of network.
    lend : callable
        Function that lends the engine: that of the cache, or `linear_engine.lent_for` if the training is never
        continued.

    Returns
    -------
    attempt : Attempt
        Its `network` is a `Trained`.

    Raises
    ------
    KeyboardInterrupt
        Only before the end of the first epoch. Later, the attempt ends with `stop_reason="interrupted"`.
    """
    began = time.monotonic()
    tensorflow_startup.load()
    tensorflow_startup.check_context()
    tensorflow_startup.start()
    kind = _kind_of(plan, data)
    checkpoint = None if hooks.checkpoint is None else hooks.checkpoint(plan, data, seeds, start)
    is_new, is_sparse = start is None and (checkpoint is None or checkpoint.state is None), sparse.issparse(data.rows)
    if is_sparse:
        lend = lent_sparse
    elif is_new and not engine_cache.has_idle(*kind) and not hooks.deadline.allows(HIDDEN_LAYERS, TIME_OF_TRACING):
        lend, checkpoint = lent_untraced, None
    with tensorflow_startup.on_cpu(), lend(*kind) as (engine, shape):
        if start is None:
            drawn = initial_weights(
                engine.variables, shape, plan.kernel_initializer, seeds["weights"], hidden_inputs=data.hidden_inputs
            )
            drawn = fitted_to_rows(drawn, data.rows, data.weights, shape) if is_sparse else drawn
            if data.constant_inputs is not None:
                drawn = without_hidden_inputs(drawn, engine.variables, shape, data.constant_inputs == 0)
            engine.reset(drawn)
        else:
            begun = start.weights
            if data.input_scales is not None:
                begun = begun.with_scaled_inputs(1 / data.input_scales)
            weights = without_hidden_inputs(begun.trainable, engine.variables, shape, data.hidden_inputs)
            engine.reset(weights, start.weights.moving, start.slots)
        run = _Run(plan, data, seeds, hooks, engine, shape, first_step=0 if start is None else start.n_steps)
        if checkpoint is not None:
            run.keep_in(checkpoint)
        if hooks.on_begin is not None:
            hooks.on_begin()
        reason = run.until_done()
        trained = run.trained()
    trained = replace(trained, weights=_of_own_rows(trained.weights, data))
    attempt = Attempt(
        plan=plan,
        records=tuple(run.records),
        best_epoch=run.best_epoch,
        stop_reason=reason,
        held_out=None,
        network=trained,
    )
    return replace(finished(attempt, trained, data), seconds=run.seconds_before + time.monotonic() - began)


def _of_own_rows(weights, data):
    """The weights without what a member cannot know from its own rows: rare levels, and inputs that are constant."""
    if data.rare_codes is not None:
        weights = weights.with_rare_levels(data.rare_codes)
    return weights if data.constant_inputs is None else weights.without_constant_inputs(data.constant_inputs)


def _kind_of(plan, data):
    """The arguments of `engine_cache.borrowed_engine`."""
    return (
        plan,
        data.rows.shape[1],
        data.n_classes,
        data.has_held_out,
        data.embedding_sizes,
        data.input_groups,
        data.hidden_inputs is not None,
        data.shares_held_out and plan.n_members > 1 and data.has_held_out,
    )


class _Run:
    """The state of one training between calls into the graph."""

    def __init__(self, plan, data, seeds, hooks, engine, shape, first_step):
        self._plan, self._data, self._hooks, self._engine, self._shape = plan, data, hooks, engine, shape
        self._table, self._eval_table = engine.tables((data.rows, data.codes, data.weights), data.eval_rows)
        self._stream = RowStream(
            data.train,
            plan.batch_size,
            shuffle=plan.shuffle,
            seed=seeds["shuffle"] + first_step,
            draw=data.draw,
            n_draws=data.n_draws,
        )
        rates = {"input": plan.input_dropout, "hidden": plan.dropout}
        self._settings = TrainingSettings(
            scalars={
                "weight_decay": plan.weight_decay,
                "label_smoothing": plan.label_smoothing,
                "max_norm": plan.max_norm or 0.0,
                "clip_norm": plan.clip_norm or 0.0,
            },
            masks=Masks(seeds["dropout"], engine.dropout_layers, self._stream.batch_size, rates, len(data.train)),
            correction=data.correction.astype(np.float32),
            hidden_inputs=data.hidden_inputs,
            report_correction=data.report_correction.astype(np.float32),
            tempers=is_tempered(plan, data),
            input_scales=data.input_scales,
        )
        self._first_step = self._n_steps_done = first_step
        self._watches_score = hooks.score is not None and plan.early_stopping
        patience = plan.n_iter_no_change if plan.early_stopping and not self._watches_score else NEVER
        held_out_rows, mask = _padded(data.held_out or [[]] * len(data.train))
        self._stopping = Stopping(
            held_out_rows,
            mask,
            best=np.full(engine.n_watched, NEVER, np.float32),
            waited=np.zeros(engine.n_watched, np.float32),
            patience=patience,
            tol=plan.tol,
        )
        # Without early stopping the last weights are the result.
        self._keeps_best = plan.early_stopping
        self._best_score, self._waited, self._best_values = -np.inf, 0, None
        compiles = engine.compiles(self._stream.batch_size)
        self._first_compiled = first_compiled_epoch(plan, self._stream.n_steps) if compiles else plan.max_iter
        self._learning_rate_factor = 1.0
        self._own_schedule = own_schedule_of(plan.optimizer)
        self._calls = self._call_lengths()
        # The epoch with which the schedule ends, as far as is known; a time budget may forbid a later one.
        self._end, self._may_lengthen = plan.max_iter, True
        self.records: list[EpochRecord] = []
        self.best_epoch = 0
        self._checkpoint, self._is_whole, self._ended = None, True, None
        self._began, self.seconds_before = time.monotonic(), 0.0

    def keep_in(self, checkpoint):
        """Go on from the state in a checkpoint, if there is one, and keep the states to come in it."""
        self._checkpoint, state = checkpoint, checkpoint.state
        if state is None:
            return
        put_back(state, self._engine, self._stream, self._stopping)
        self.records, self.best_epoch, self._n_steps_done = list(state.records), state.best_epoch, state.n_steps
        self._best_score, self._waited = state.best_score, state.waited
        self._best_values = state.best_scored and (list(state.best_scored.trainable), list(state.best_scored.moving))
        self.seconds_before, self._ended = state.seconds, state.stop_reason

    def _keep(self, reason=None):
        """Keep the state in the checkpoint: for certain if the training ends here, else when it is time."""
        if self._checkpoint is None or not self._is_whole or not self.records:
            return
        scored = self._best_values and NetworkValues(trainable=self._best_values[0], moving=self._best_values[1])
        progress = {
            "n_steps": self._n_steps_done,
            "records": tuple(self.records),
            "best_epoch": self.best_epoch,
            "best_score": self._best_score,
            "waited": self._waited,
            "best_scored": scored,
            "seconds": self.seconds_before + time.monotonic() - self._began,
            "stop_reason": None if reason in CUT_OFF else reason,
        }
        engine, stream, stopping = self._engine, self._stream, self._stopping
        self._checkpoint.keep(lambda: state_of(engine, stream, stopping, **progress), is_due=reason is not None)

    def until_done(self):
        """Run until something stops the training; returns the reason."""
        hooks = self._hooks
        if self._ended is not None:
            return self._ended
        try:
            if hooks.keras is not None:
                hooks.keras.begin(self._network_values())
            with noted_termination(self._checkpoint is not None) as is_ended, noted_interrupts() as is_interrupted:
                reason = self._epochs(lambda: is_interrupted() or is_ended())
                if is_interrupted() or is_ended():
                    reason = "interrupted"
                self._keep(reason)
        except KeyboardInterrupt:
            if not self.records:
                raise
            reason = "interrupted"
        if hooks.keras is not None:
            hooks.keras.end()
        return reason

    def _epochs(self, is_interrupted):
        plan, hooks = self._plan, self._hooks
        while not is_interrupted():
            self._update_end()
            if len(self.records) >= self._end:
                break
            ahead = self._end - len(self.records)
            if len(self.records) < half_of(self._end) < self._end:
                ahead = half_of(self._end) - len(self.records)  # where the schedule may become longer
            if not self._is_compiled():  # steps are compiled from the same epoch on, whatever the length of the calls
                ahead = min(ahead, self._first_compiled - len(self.records))
            length = self._calls.next(ahead)
            if length is None:
                return "max_time"
            if length[1] < self._stream.n_steps:  # a part of an epoch: no state to go on from
                self._keep("max_time")
                self._is_whole = False
            if hooks.keras is not None:
                self._learning_rate_factor = hooks.keras.epoch_begin(len(self.records), plan.learning_rate)
            self._call(*length)
            reason = self._ask_hooks()
            if reason is not None:
                return reason
            if self._stopping.is_over:
                return "early_stopping"
            self._keep()
        return "schedule" if plan.ends_with_schedule else "max_iter"

    def _update_end(self):
        """Let the schedule become longer where the held-out loss still falls, and the time budget allows it."""
        if not self._data.has_held_out:
            return
        losses = [record.validation_loss for record in self.records]
        end = schedule_end(losses, self._plan.max_iter, self._plan.longest_schedule)
        if end <= self._end or not self._may_lengthen:
            return
        done = len(self.records)
        seconds = (self.seconds_before + time.monotonic() - self._began) / done * (end - done)
        self._may_lengthen = seconds < self._hooks.deadline.left
        if self._may_lengthen:
            self._end = end

    def _is_compiled(self):
        return len(self.records) >= self._first_compiled

    def _ask_hooks(self):
        hooks, record = self._hooks, self.records[-1]
        if not record.is_finite:
            return "nonfinite"
        if hooks.score is not None:
            record = self._score(record)
        stops = []
        if hooks.keras is not None and hooks.keras.epoch_end(record, self._network_values()):
            stops.append("callback")
        if hooks.on_epoch is not None and hooks.on_epoch(record, self.current_weights):
            stops.append("callback")
        if self._watches_score and self._waited >= self._plan.n_iter_no_change:
            stops.append("early_stopping")
        if hooks.should_stop is not None and hooks.should_stop(self.records) is not None:
            stops.append("symptom")
        if hooks.deadline.is_over and len(self.records) < self._end:
            stops.append("max_time")
        return stops[0] if stops else None

    def _call(self, n_epochs, steps_per_epoch):
        """Run up to `n_epochs` epochs of so many steps in the graph and record them."""
        plan, stream = self._plan, self._stream
        n_steps = n_epochs * steps_per_epoch
        rates = step_rates(
            plan.learning_rate_schedule,
            plan.learning_rate * self._learning_rate_factor,
            self._n_steps_done - self._first_step,
            n_steps,
            self._end * stream.n_steps,
        )
        began = time.monotonic()
        epochs = EpochOrders(
            orders=stream.next_epochs(n_epochs)[:, :, :steps_per_epoch],
            rates=rates,
            first_step=self._n_steps_done,
            compile_steps=self._is_compiled(),
        )
        measured = self._engine.run(self._table, self._eval_table, epochs, self._settings, self._stopping)
        n_run = len(measured["loss"])
        used = [float(rates[i * steps_per_epoch]) for i in range(n_run)]
        if self._own_schedule is not None:
            used = [float(self._own_schedule(self._n_steps_done + i * steps_per_epoch)) for i in range(n_run)]
        self._n_steps_done += n_run * steps_per_epoch
        seconds = (time.monotonic() - began) / max(n_run, 1)
        self._calls.ran(1, steps_per_epoch, seconds)
        for i in range(n_run):
            if measured["improved"][i] and not self._watches_score:
                self.best_epoch = len(self.records) + 1
            self.records.append(self._record(measured, i, used[i], seconds))

    def _record(self, measured, i, rate, seconds):
        looked, shares = self._data.has_held_out, measured["held_out_share"][i]
        loss = float(measured["held_out_loss"][i]) if looked else None
        score = -float(measured["refined_loss"][i]) if looked else None
        return EpochRecord(
            epoch=len(self.records) + 1,
            loss=float(measured["loss"][i]),
            learning_rate=rate,
            validation_loss=loss,
            untempered_loss=float(measured["untempered_loss"][i]) if looked else None,
            validation_score=score,
            validation_accuracy=_known(measured["held_out_accuracy"][i]) if looked else None,
            predicted_share=tuple(shares.tolist()) if looked and not np.isnan(shares).any() else (),
            spread=_known(measured["spread"][i]) if looked else None,
            update_ratio=float(measured["update_ratio"][i]),
            seconds=seconds,
        )

    def _score(self, record):
        """Put the scorer's value into the last record; keep the weights with the best value."""
        score = float(self._hooks.score(self.current_weights().network()))
        self.records[-1] = record = replace(record, validation_score=score)
        self._waited = 0 if score > self._best_score + self._plan.tol else self._waited + 1
        if score > self._best_score:
            self._best_score, self.best_epoch, self._best_values = score, record.epoch, self._network_values()
        return record

    def _call_lengths(self):
        n_weights, n_members = sum(int(np.prod(shape)) for shape in self._engine.shapes), len(self._data.train)
        n_looked_at = sum(map(len, self._data.held_out)) / n_members  # rows of each member
        return CallLengths(
            self._hooks.deadline,
            self._stream.n_steps,
            step_flops=FLOPS_OF_STEP * n_weights * self._stream.batch_size,
            look_flops=FLOPS_OF_PREDICTION * n_weights * n_looked_at,
            order_bytes=4 * n_members * self._stream.n_steps * self._stream.batch_size,
            wants_every_epoch=self._hooks.want_every_epoch,
        )

    def _network_values(self, *, best=False):
        """Weights, and moving means and variances, for inputs as they are in the table."""
        values = self._engine.weights(best=best), self._engine.moving(best=best)
        if self._data.input_scales is None:
            return values
        return self._as_weights(values).with_scaled_inputs(self._data.input_scales).trainable, values[1]

    def current_weights(self):
        """The current weights, as NetworkWeights."""
        return self._as_weights(self._network_values())

    def _as_weights(self, values):
        shape, (trainable, moving) = self._shape, values
        return NetworkWeights(
            trainable,
            moving,
            activation=shape.activation,
            n_hidden=len(shape.hidden_layer_sizes),
            batch_norm=shape.batch_norm,
            has_linear_path=shape.has_linear_path,
            n_members=shape.n_members,
            n_embedded=len(shape.embedding_sizes),
        )

    def trained(self):
        """The result: the weights of the best epoch, or of the last, or those that a callback set."""
        values = self._best_values if self._watches_score else None
        if values is None:  # no scorer, or every score was NaN
            values = self._network_values(best=self._keeps_best)
        if not self._keeps_best:
            if self._as_weights(values).network().is_finite():
                self.best_epoch = len(self.records)
            else:  # the last weights are not finite: use those of the best epoch
                values = self._network_values(best=True)
        bridge = self._hooks.keras
        if bridge is not None and bridge.changed_weights() is not None:
            values = bridge.changed_weights()
        return Trained(weights=self._as_weights(values), slots=self._engine.slots(), n_steps=self._n_steps_done)


def _known(value):
    """A measured number, or None where it was not measured."""
    return None if np.isnan(value) else float(value)


def _padded(held_out):
    """Index arrays of different lengths as one padded array and its mask; many tables share its width."""
    longest = -(-max(len(rows) for rows in held_out) // HELD_OUT_GRAIN) * HELD_OUT_GRAIN
    index = np.zeros((len(held_out), longest), np.int32)
    mask = np.zeros((len(held_out), longest), np.float32)
    for i, rows in enumerate(held_out):
        index[i, : len(rows)], mask[i, : len(rows)] = rows, 1.0
    return index, mask
