"""CollapseGuard: the guard as a Keras callback, for any `model.fit`.

Measures after each epoch and acts according to its mode. `_collapse` decides what counts as collapse."""

import time
import warnings
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from robust_mlp._collapse.cut_short import with_stop_reason
from robust_mlp._collapse.explanations import headline_of, warning_text
from robust_mlp._collapse.guard import guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._collapse.symptoms.early_stop import LATE_COLLAPSE_GAIN, should_stop
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.records import Verdict
from robust_mlp._report import TrainingReport
from robust_mlp._system.floating_point import usual_floating_point
from robust_mlp.exceptions import CollapseError, CollapseWarning, NoSignalWarning
from robust_mlp.inspection._read.legacy_keras import check_not_legacy
from robust_mlp.inspection._rules.findings import STOPPING_SYMPTOMS
from robust_mlp.inspection._watch.batch_statistics import lag_finding
from robust_mlp.inspection._watch.epoch_probe import CannotWatch, EpochProbe
from robust_mlp.inspection._watch.fit_arguments import FitArguments, running_fit, sample_rows
from robust_mlp.inspection._watch.keras_fixes import KERAS_LINES, with_keras_lines
from robust_mlp.inspection._watch.plan import plan_of

__all__ = ["CollapseGuard"]

MODES = ("warn", "stop", "restore", "raise")
# A training that had learned must be near the prior's loss for this many epochs before it counts as lost.
LOST_EPOCHS = 3
# "Near": within this share of the prior's loss, because held-out rows have slightly other class shares than the prior.
NEAR_PRIOR = 0.02
# Attributes of a running training. They are not copied or pickled with the guard.
_RUNNING = ("_model", "_given", "_probe", "_plan", "_best_weights", "_writer", "_siblings")


class CollapseGuard(keras.callbacks.Callback):
    """Check in any `model.fit` whether the network collapses to one class, and say why.

    After each epoch the guard predicts a sample of limited size: held-out rows if `model.fit` has any, otherwise
    training rows. The training does not change: the guard takes no batch from it and draws no random number.

    Parameters
    ----------
    mode : {'warn', 'stop', 'restore', 'raise'}, default='warn'
        What to do once training cannot come to anything, or is lost again: warn of it; end it; end it and put the best
        weights back; raise `CollapseError`. At the end of training a collapsed network is warned of in any mode, and
        raised for with 'raise'. 'restore' also estimates the moving averages of batch normalization again, on training
        rows, if they are to blame at the end.
    validation_data : tuple of (X, y), default=None
        Rows to judge the network by. None takes them from the arguments of the running `model.fit`: from its own
        ``validation_data`` or ``validation_split``, else from the training rows. Needed where these can be read only
        once.
    max_rows : int, default=512
        Largest number of rows of each table that are predicted, >= 16.
    every : int, default=1
        Interval between measurements in epochs, >= 1.
    log_dir : str, default=None
        Folder for TensorBoard scalars. None: the folder of a `keras.callbacks.TensorBoard` in the same fit, if any.
    random_state : int, default=0
        Seed of the choice of rows. No global generator is used.

    Attributes
    ----------
    report_ : TrainingReport
        Report on the last training: verdict, findings with causes and Keras code to type, comparison with the class
        prior. None before the end of the first epoch.
    stopped_epoch_ : int or None
        The epoch (from 1) after which the guard ended the training.

    Raises
    ------
    CollapseError
        In `model.fit`, with ``mode='raise'``.

    Warns
    -----
    CollapseWarning, NoSignalWarning

    Examples
    --------
    >>> import keras, numpy as np
    >>> from robust_mlp import CollapseGuard
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 4))
    >>> y = (X[:, 0] > 0).astype(int)
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(16, activation="relu"),
    ...                           keras.layers.Dense(1, activation="sigmoid")])
    >>> model.compile(optimizer="adam", loss="binary_crossentropy")
    >>> guard = CollapseGuard()
    >>> history = model.fit(X, y, epochs=20, validation_split=0.3, verbose=0, callbacks=[guard])
    >>> print(guard.report_.verdict)
    HEALTHY
    """

    report_: Any  # TrainingReport; None before the first training
    stopped_epoch_: int | None
    _probe: Any  # EpochProbe while a training is watched, else None

    def __init__(self, mode="warn", *, validation_data=None, max_rows=512, every=1, log_dir=None, random_state=0):
        super().__init__()
        if mode not in MODES:
            raise ValueError(f"mode={mode!r} is not known. Pass one of {', '.join(map(repr, MODES))}.")
        if not isinstance(max_rows, int | np.integer) or max_rows < 16:
            raise ValueError(f"max_rows={max_rows!r} does not fit. Pass an int >= 16.")
        if not isinstance(every, int | np.integer) or every < 1:
            raise ValueError(f"every={every!r} does not fit. Pass an int >= 1.")
        if validation_data is not None and (not isinstance(validation_data, tuple | list) or len(validation_data) != 2):
            raise ValueError("validation_data does not fit. Pass a pair (X, y) of held-out rows and their labels.")
        self.mode = mode
        self.validation_data = validation_data
        self.max_rows = max_rows
        self.every = every
        self.log_dir = log_dir
        self.random_state = random_state
        self._forget()

    def on_train_begin(self, logs=None):
        """Find the rows to predict."""
        check_not_legacy(self.model)
        self._forget()
        self._start = time.perf_counter()
        generator = np.random.default_rng(self.random_state)
        given = running_fit(self.model, self.max_rows, generator)
        if self.validation_data is not None:
            X, y = self.validation_data
            given = replace(given, validation=sample_rows(X, y, self.max_rows, generator))
        self._siblings = tuple(callback for callback in given.callbacks if callback is not self)
        self._given = given
        if self.model.built and self.model.weights:
            self._begin()
        self._epoch_start = time.perf_counter()
        self._own_seconds += self._epoch_start - self._start

    def on_epoch_begin(self, epoch, logs=None):
        """Start to time the epoch."""
        self._epoch_start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Measure the network, and act if the training fails."""
        with usual_floating_point():
            self._look(epoch, logs)

    def _look(self, epoch, logs):
        """What `on_epoch_end` does."""
        start, self._n_epochs_done = time.perf_counter(), epoch + 1
        self._begin()
        if self._probe is None or (epoch + 1) % self.every:
            return
        self._probe.measure(epoch + 1, logs, start - self._epoch_start, with_activity=self._writer is not None)
        self._write_log(epoch)
        if self.mode == "restore" and self._probe.best_epoch == epoch + 1:
            self._best_weights = self.model.get_weights()
        reason = self._hopeless()
        if reason and not self._has_acted and (reason == "nonfinite" or self._probe.averages_lag() is None):
            self._act(epoch + 1, reason)
        self._own_seconds += time.perf_counter() - start

    def on_train_end(self, logs=None):
        """Judge the training."""
        with usual_floating_point():
            self._conclude()

    def _conclude(self):
        """What `on_train_end` does."""
        start = time.perf_counter()
        if self._probe is None or not self._probe.records:
            reason = self._reason or "No epoch came to its end."
            self.report_ = TrainingReport(verdict=Verdict.UNCHECKED, headline=f"The training was not watched. {reason}")
            self._close()
            return
        self._probe.look_again(_weights_to_come(self._siblings))
        self.report_ = self._judge(self._stop_reason())
        if self.mode == "restore" and self._lag is not None:
            self._renew_averages()
        elif self.mode == "restore" and self.report_.verdict is Verdict.COLLAPSED and self._best_weights is not None:
            self._restore()
        own = self._own_seconds + time.perf_counter() - start
        self.report_ = replace(self.report_, seconds=time.perf_counter() - self._start, guard_seconds=own)
        self._close()
        self._announce(self.report_)

    def _begin(self):
        """Start to measure, when the model has weights. Sets: _probe, _plan, _reason, _writer."""
        if self._given is None:
            return
        given, self._given = self._given, None
        try:
            self._probe = EpochProbe(self.model, given.training, given.validation)
            self._plan = _plan(self.model, given, self.params)
        except CannotWatch as why:
            self._reason = str(why)
        self._writer = self._open_log()

    def _forget(self):
        """Forget the last training. Sets every attribute of a training."""
        self.report_, self.stopped_epoch_ = None, None
        self._given, self._probe, self._plan, self._reason = None, None, None, ""
        self._best_weights, self._writer, self._siblings, self._lag = None, None, (), None
        self._has_acted, self._has_warned, self._n_epochs_done = False, False, 0
        self._own_seconds, self._start, self._epoch_start = 0.0, 0.0, 0.0

    def _hopeless(self):
        """The reason why the training fails; None to continue."""
        records = self._probe.records
        reason = should_stop(records, self._plan, self._probe.prior_loss)
        if reason or len(records) < LOST_EPOCHS:
            return reason
        losses = [r.watched_loss for r in records]
        prior_loss = self._probe.prior_loss
        was_good = any(loss < (1 - LATE_COLLAPSE_GAIN) * prior_loss for loss in losses)
        is_lost = all(not loss < (1 - NEAR_PRIOR) * prior_loss for loss in losses[-LOST_EPOCHS:])
        return "lost" if was_good and is_lost else None

    def _act(self, epoch, reason):
        """Warn, end the training or raise. Sets: report_, stopped_epoch_."""
        self._has_acted = True
        self._probe.look_again()
        self.report_ = self._judge("symptom")
        text = warning_text(self.report_)
        text = f"Epoch {epoch}: {self._what_was_lost() if reason == 'lost' or text is None else text}"
        if self.mode == "raise":
            raise CollapseError(text, self.report_)
        if self.mode == "warn":
            self._has_warned = True
            warnings.warn(text, CollapseWarning, stacklevel=3)
            return
        self.stopped_epoch_ = epoch
        self.model.stop_training = True

    def _what_was_lost(self):
        """One sentence about a late collapse."""
        probe = self._probe
        best = next(record for record in probe.records if record.epoch == probe.best_epoch)
        before, now = (r.watched_loss for r in (best, probe.records[-1]))
        return (
            f"The network had learned and lost it again: loss {before:.4g} after epoch {best.epoch}, {now:.4g} now; "
            f"guessing costs {probe.prior_loss:.4g}. {KERAS_LINES['late_collapse']}."
        )

    def _stop_reason(self):
        """Why the training ended, as the guard names it."""
        if self.stopped_epoch_:
            return "symptom"
        if any(getattr(callback, "stopped_epoch", 0) for callback in self._siblings):
            return "early_stopping"
        if self._n_epochs_done >= (self.params or {}).get("epochs", 0):
            return "max_iter"
        # Fewer epochs than asked for: a callback ended them. One that looks for NaN is not what is wrong.
        return "callback" if self._probe.records[-1].is_finite else "nonfinite"

    def _judge(self, stop_reason):
        """The report of the training so far."""
        probe = self._probe
        # Who ended the training is told beside the causes of a collapse, and not in their place.
        judged_as = "max_iter" if stop_reason == "callback" else stop_reason
        attempt = probe.attempt(self._plan, stop_reason=judged_as)
        is_healthy = look(attempt, probe.prior).is_healthy
        if not is_healthy:
            attempt = probe.attempt(self._plan, stop_reason=judged_as, with_gradient=True)
        outcome = guard(
            lambda plan: attempt,
            self._plan,
            None if is_healthy else probe.facts(),
            Priors(data=probe.prior),
            GuardSettings(policy="warn", class_names=probe.class_names),
        )
        report = with_stop_reason(with_keras_lines(outcome.report), stop_reason, self._plan.max_iter)
        self._lag = None if is_healthy else self._probe.averages_lag(self._n_updates())
        if self._lag is not None:
            return self._with_lag(report, self._lag)
        if report.verdict is not Verdict.COLLAPSED or not (contradictions := self._contradictions()):
            return report
        # These contradictions cause what the guard found.
        headline = f"{headline_of(report.verdict, report.comparison)} {contradictions[0].cause}"
        return replace(report, findings=contradictions, headline=headline)

    def _with_lag(self, report, lag):
        """The report with lagging averages named first: the network itself learned."""
        finding = lag_finding(lag, KERAS_LINES["batch_averages_lag"])
        headline = (
            f"The network learned, and its predictions do not show it: log loss {lag.loss:.4g} with its moving "
            f"averages, {lag.new_loss:.4g} with averages of training rows. {finding.cause}"
        )
        return replace(report, verdict=Verdict.COLLAPSED, findings=(finding, *report.findings), headline=headline)

    def _n_updates(self):
        """Updates of the weights so far; None if the steps of an epoch are not known."""
        steps = (self.params or {}).get("steps")
        return None if steps is None else len(self._probe.records) * self.every * steps

    def _renew_averages(self):
        """Give the model averages of the sampled training rows. Sets: report_."""
        for variable, value in zip(self.model.non_trainable_variables, self._probe.new_state(), strict=True):
            variable.assign(value)
        self._probe.look_again()
        collapsed, finding = self.report_, self.report_.findings[0]
        renewed = self._judge(self._stop_reason())
        if renewed.verdict is not Verdict.HEALTHY:
            self.report_ = replace(renewed, findings=(finding, *renewed.findings))
            return
        headline = f"{finding.cause} With averages of training rows in their place: {renewed.headline}"
        self.report_ = replace(
            collapsed, verdict=Verdict.REPAIRED, headline=headline, comparison=renewed.comparison, findings=(finding,)
        )

    def _restore(self):
        """Restore the best weights. Sets: report_."""
        best_epoch = self._probe.best_epoch
        self.model.set_weights(self._best_weights)
        self._probe.look_again()
        restored = self._judge("symptom")
        if restored.verdict is Verdict.HEALTHY:
            headline = f"Training collapsed. With the weights of epoch {best_epoch} put back: {restored.headline}"
            restored = replace(
                self.report_, verdict=Verdict.REPAIRED, headline=headline, comparison=restored.comparison
            )
        self.report_ = restored

    def _contradictions(self):
        """The errors in head, loss and labels that an inspection finds."""
        from robust_mlp.inspection import inspect_model  # only a collapsed network is inspected

        try:
            errors = inspect_model(self.model, *self._probe.sample()).errors
        except (TypeError, ValueError):
            return ()
        return tuple(finding for finding in errors if finding.code not in STOPPING_SYMPTOMS)

    def _announce(self, report):
        """Warn or raise, according to verdict and mode."""
        if report.verdict is Verdict.COLLAPSED and self.mode == "raise":
            raise CollapseError(warning_text(report), report)
        if report.verdict is Verdict.COLLAPSED and not self._has_warned:
            warnings.warn(warning_text(report), CollapseWarning, stacklevel=3)
        elif report.verdict is Verdict.NO_SIGNAL:
            warnings.warn(warning_text(report), NoSignalWarning, stacklevel=3)

    # ---- TensorBoard

    def _open_log(self):
        """A writer of scalars, or None."""
        log_dir = self.log_dir
        for callback in self._siblings:
            if log_dir is None and isinstance(callback, keras.callbacks.TensorBoard):
                log_dir = callback.log_dir
        if log_dir is None or self._probe is None:
            return None
        import tensorflow as tf

        return tf.summary.create_file_writer(f"{log_dir}/collapse_guard")

    def _write_log(self, epoch):
        """Write the figures of the epoch."""
        if self._writer is None:
            return
        import tensorflow as tf

        with self._writer.as_default():
            for name, value in self._probe.scalars().items():
                tf.summary.scalar(f"collapse_guard/{name}", value, step=epoch)

    def _close(self):
        """Release the model, the rows and the log."""
        if self._writer is not None:
            self._writer.close()
        self._given, self._probe, self._plan, self._best_weights, self._writer = None, None, None, None, None
        self._siblings = ()

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name not in _RUNNING}

    def __setstate__(self, state):
        report, stopped = state.get("report_"), state.get("stopped_epoch_")
        self.__dict__.update(state)
        self._model = None
        self._forget()
        self.report_, self.stopped_epoch_ = report, stopped


def _plan(model, given: FitArguments, params):
    """The TrainingPlan of a running fit."""
    return plan_of(
        model,
        batch_size=given.batch_size,
        epochs=(params or {}).get("epochs", given.epochs),
        shuffle=given.shuffle,
        has_class_weight=given.has_class_weight,
    )


def _weights_to_come(siblings):
    """Weights that an EarlyStopping after the guard will restore, or None."""
    for callback in siblings:
        if getattr(callback, "restore_best_weights", False) and getattr(callback, "best_weights", None) is not None:
            return callback.best_weights
    return None
