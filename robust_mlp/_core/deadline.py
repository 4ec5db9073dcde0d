"""`Deadline`: the time budget of one fit. Every stage asks it before it begins something that can be left out.

What was left out is noted here, so that the report can say so. Decides nothing about networks or tables."""

import math
import threading
import time


class OutOfTime(Exception):
    """The time budget was used up in the middle of a stage, which is given up. Whoever began the stage catches it."""


class Deadline:
    """A time budget that begins now.

    Parameters
    ----------
    seconds : float or None, default=None
        The budget, > 0. None: there is no limit.
    clock : callable, optional
        Without arguments; the present time in seconds. `time.monotonic` unless given.

    Examples
    --------
    >>> from robust_mlp._core.deadline import Deadline
    >>> deadline = Deadline(60.0)
    >>> deadline.allows("companions", 5.0)
    True
    >>> deadline.allows("simple models", 3600.0)
    False
    >>> deadline.left_out
    ('simple models',)
    """

    def __init__(self, seconds=None, clock=time.monotonic):
        self.seconds = seconds
        self._clock, self._begun = clock, clock()
        # Companions ask in a thread of their own.
        self._lock, self._left_out = threading.Lock(), []

    @property
    def is_set(self):
        """Whether there is a limit."""
        return self.seconds is not None

    @property
    def left(self):
        """Seconds until the budget is used up, negative after that; infinity where there is no limit."""
        return math.inf if self.seconds is None else self._begun + self.seconds - self._clock()

    @property
    def is_over(self):
        """Whether the budget is used up."""
        return self.left <= 0

    def allows(self, stage, seconds=0.0):
        """Whether a stage may begin. If not, it is noted as left out.

        Parameters
        ----------
        stage : str
            What would be done, as a user may read it.
        seconds : float, default=0.0
            How long it takes, about.

        Returns
        -------
        may_begin : bool
        """
        if self.left > seconds:
            return True
        self.leave_out(stage)
        return False

    def check(self):
        """Raise `OutOfTime` if the budget is used up: for stages that can be given up at any point."""
        if self.is_over:
            raise OutOfTime

    def leave_out(self, stage):
        """Note that a stage was left out, or not finished, for lack of time. Without a limit nothing is noted."""
        if not self.is_set:
            return
        with self._lock:
            if stage not in self._left_out:
                self._left_out.append(stage)

    @property
    def left_out(self):
        """The stages that were left out, in the order in which they asked: tuple of str."""
        with self._lock:
            return tuple(self._left_out)


# For fits without `max_time`. It notes nothing, as it allows everything.
NO_DEADLINE = Deadline()
