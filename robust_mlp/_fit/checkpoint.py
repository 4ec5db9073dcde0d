"""`FitCheckpoint`: keeps the trainings of a fit in a file, so that a fit that was killed goes on from there.

A fit with the same table, parameters and seeds takes the same way, so only its trainings are kept: each by a hash of
everything that it begins with. Rounds on partitions are kept in the same way. What lies between is computed again.
Never trains."""

import os
import time
import warnings
from contextlib import suppress
from typing import Any

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._fit.fingerprint import differences, fingerprint_of_fit, hashed
from robust_mlp._system.atomic_files import try_to_write
from robust_mlp.exceptions import CheckpointWarning, ModelFileError
from robust_mlp.persistence.file_format.unfinished_fit import UnfinishedFit, read_unfinished_fit, write_unfinished_fit

# A training is kept so often, and at its end. A fit that is killed loses at most so much.
SECONDS_BETWEEN = 10.0
# Of large networks it is kept less often: writing may take at most about this share of the time.
SHARE_FOR_WRITING = 0.05


class FitCheckpoint:
    """The checkpoint file of one fit.

    Parameters
    ----------
    path : str, path-like or None
        None: nothing is kept.
    verbose : int or bool
        Whether to print where the fit goes on.

    Raises
    ------
    ValueError
        If the file is there and holds no unfinished fit.
    OSError
        If the file cannot be written.
    """

    def __init__(self, path, verbose=0):
        self.path, self._verbose = path, verbose
        self._fit: Any = None  # an UnfinishedFit, once the fit has begun
        self._is_there, self._is_used = False, False
        self._file: tuple | None = None
        self._is_broken, self._next_write = False, 0.0
        if path is None:
            return
        try:
            try_to_write(path)
        except OSError as error:
            raise type(error)(
                error.errno, f"checkpoint={os.fspath(path)!r} cannot be written: {error.strerror}"
            ) from error
        if os.path.exists(path):
            self._fit, self._is_there = _read(path), True
            self._file = _identity(path)

    def seeds(self, drawn, random_state):
        """The seeds of the fit: those in the file, if `random_state` is None and would draw others in every fit."""
        self._are_typed = random_state is not None
        if self._fit is not None and not self._are_typed:
            return dict(self._fit.seeds)
        return drawn

    def begin(self, estimator, table, held_out, reader, seeds, *, larger=None):
        """Compare the fit with that in the file.

        Parameters
        ----------
        estimator : RobustMLPClassifier
        table, held_out : LabelledTable
            `held_out` may be None.
        reader : TableReader
        seeds : dict of str to int
        larger : LargerTable, default=None
            The table that the rows are a sample of.

        Raises
        ------
        ValueError
            If it is another one; the message says what differs.
        """
        if self.path is None:
            return
        fingerprint = fingerprint_of_fit(estimator, table, held_out, reader)
        sample_seed = None
        if larger is not None:
            fingerprint, sample_seed = fingerprint | larger.fingerprint, larger.seed
        if self._fit is None:
            self._fit = UnfinishedFit(seeds, fingerprint, sample_seed=sample_seed)
            return
        different = differences(self._fit.fingerprint, fingerprint)
        if self._are_typed and self._fit.seeds != seeds:
            if larger is not None:  # the seed draws the sample and the held-out rows: they differ for its sake
                different = [name for name in different if not name.startswith("the ")]
            different.append("random_state")
        if different:
            raise ValueError(
                f"checkpoint={os.fspath(self.path)!r} holds an unfinished fit that differs in {', '.join(different)}. "
                "Fit with the same table and parameters to go on, pass another path, or delete the file."
            )

    @property
    def of_training(self):
        """The function of `Hooks.checkpoint`, or None if nothing is kept."""
        return None if self.path is None else self._of_training

    def of_rounds(self, *begin_with):
        """The `TrainingCheckpoint` of a training by rounds, or None if nothing is kept.

        Parameters
        ----------
        *begin_with : arrays, records and plain values
            Everything that the rounds begin with.
        """
        if self.path is None:
            return None
        key = hashed(*begin_with)
        state = self._fit.rounds.get(key)
        if state is not None and self._verbose:
            print(f"Checkpoint {os.fspath(self.path)}: goes on after round {state.n_done}.")
        return TrainingCheckpoint(self, self._fit.rounds, key, state)

    def _of_training(self, plan, data, seeds, start):
        key = _key(plan, data, seeds, start)
        state = self._fit.trainings.get(key)
        if self._is_there and not self._is_used and state is None:
            warnings.warn(
                f"checkpoint={os.fspath(self.path)!r} holds no training that begins as this one does, so this fit "
                "begins anew. A time budget or an earlier network (warm_start) may be another one.",
                CheckpointWarning,
                stacklevel=2,
            )
        self._is_used = True
        if state is not None and self._verbose:
            where = "is finished" if state.stop_reason else f"goes on after epoch {len(state.records)}"
            print(f"Checkpoint {os.fspath(self.path)}: training {list(self._fit.trainings).index(key) + 1} {where}.")
        self._next_write = max(self._next_write, time.monotonic() + SECONDS_BETWEEN)
        return TrainingCheckpoint(self, self._fit.trainings, key, state)

    def write(self, states, key, make_state, *, is_due):
        """Write the file if `is_due`, or if it is time. A file that cannot be written is warned of, once.

        Parameters
        ----------
        states : dict
            `trainings` or `rounds` of the UnfinishedFit.
        key : str
        make_state : callable
            () -> the state under that key.
        is_due : bool
        """
        if self._is_broken or (not is_due and time.monotonic() < self._next_write):
            return
        if self._file is not None and os.path.exists(self.path) and _identity(self.path) != self._file:
            self._give_up("another process wrote to it")
            return
        began = time.monotonic()
        before = states.get(key)
        states[key] = make_state()
        try:
            write_unfinished_fit(self.path, self._fit)
            self._file = _identity(self.path)
        except (OSError, ModelFileError) as error:
            if before is not None:
                states[key] = before
            self._give_up(error.strerror if isinstance(error, OSError) else str(error))
            return
        ended = time.monotonic()
        self._next_write = ended + max(SECONDS_BETWEEN, (ended - began) / SHARE_FOR_WRITING)

    def _give_up(self, reason):
        self._is_broken = True
        if self._file is None:
            held = "no training"
        elif self._fit.rounds:
            held = f"the fit as it was after round {list(self._fit.rounds.values())[-1].n_done}"
        else:
            kept = [state for state in self._fit.trainings.values() if state is not None]
            held = f"the fit as it was after epoch {len(kept[-1].records)}"
        warnings.warn(
            f"checkpoint={os.fspath(self.path)!r} can no longer be written: {reason}. The fit goes on without it. The "
            f"file holds {held}.",
            CheckpointWarning,
            stacklevel=2,
        )

    @property
    def is_written(self):
        """Whether the file holds this fit."""
        return self._file is not None

    def end(self, *, is_cut):
        """The fit has ended: delete the file, unless the fit was cut off and can go on."""
        if self.is_written and not is_cut and not self._is_broken:
            with suppress(OSError):
                os.remove(self.path)


class TrainingCheckpoint:
    """The part of a `FitCheckpoint` that belongs to one training.

    Attributes
    ----------
    state : TrainingState, RoundsState or None
        Where the training was in an earlier process.
    """

    def __init__(self, fit, states, key, state):
        self._fit, self._states, self._key, self.state = fit, states, key, state

    def keep(self, make_state, *, is_due):
        """Keep the state that `make_state` returns, for certain if `is_due`, else when it is time."""
        self._fit.write(self._states, self._key, make_state, is_due=is_due)


def check_checkpoint(estimator):
    """Raise if the estimator has a checkpoint and something whose state no file can hold.

    Parameters
    ----------
    estimator : RobustMLPClassifier

    Raises
    ------
    ValueError
    """
    if estimator.checkpoint is not None and estimator.callbacks not in (None, [], ()):
        raise ValueError(
            "checkpoint cannot keep the state of callbacks, so a fit that goes on would differ from one that was not "
            "interrupted. Pass callbacks=None, or checkpoint=None."
        )


def sample_seed_of(path):
    """The seed that draws the sample of the unfinished fit in a file; None where there is no such fit.

    Parameters
    ----------
    path : str, path-like or None
    """
    return _read(path).sample_seed if path is not None and os.path.exists(path) else None


def _read(path):
    try:
        return read_unfinished_fit(path)
    except ModelFileError as error:
        raise ValueError(
            f"checkpoint={os.fspath(path)!r} is there and is not replaced, since it holds no unfinished fit that can "
            f"be read: {error} Pass another path, or delete the file."
        ) from error


def _identity(path):
    """What tells a file from one that was put in its place."""
    found = os.stat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


def _key(plan: TrainingPlan, data, seeds, start):
    """A text that stands for everything that a training begins with."""
    rows = [data.rows, data.codes, data.weights, data.train, data.eval_rows, data.held_out, data.correction]
    views = [data.hidden_inputs, data.kinds, data.constant_inputs, data.input_scales, data.part_folds, data.rare_codes]
    begun = None if start is None else (start.weights.trainable, start.weights.moving, start.n_steps)
    return hashed(plan, rows, views, sorted(seeds.items()), begun)
