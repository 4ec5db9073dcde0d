"""When a training is going to end, as far as its epochs so far tell. Never stops a training."""

import math

from robust_mlp._core.schedule_end import schedule_end


class ExpectedEnd:
    """The epoch in which a training ends if no loss is lower than the best so far.

    Parameters
    ----------
    n_epochs : int
        Epochs at most.
    patience : int or None
        Epochs without a gain after which early stopping ends the training; None without early stopping.
    longest : int or None, default=None
        Epochs at most if the schedule becomes longer, see `schedule_end`; None if it does not.

    Attributes
    ----------
    best : tuple of (float, int)
        Lowest loss, held-out where rows are held out, and its epoch; infinity and 0 at first.

    Examples
    --------
    >>> from robust_mlp._core.records import EpochRecord
    >>> end = ExpectedEnd(100, 15)
    >>> end.after(EpochRecord(epoch=1, loss=0.7, learning_rate=0.01))
    16
    """

    def __init__(self, n_epochs, patience, longest=None):
        self._n_epochs, self._patience = n_epochs, patience
        self._first, self._longest, self._losses = n_epochs, longest, []
        self.best = (math.inf, 0)
        self._extended = 0

    @classmethod
    def of(cls, plan):
        """That of a TrainingPlan."""
        patience = plan.n_iter_no_change if plan.early_stopping else None
        return cls(plan.max_iter, patience, plan.longest_schedule)

    @property
    def at_first(self):
        """The epoch that is expected before the first has ended."""
        return self._n_epochs if self._patience is None else min(self._n_epochs, self._patience)

    def after(self, record):
        """The epoch that is expected after one more has ended.

        Parameters
        ----------
        record : EpochRecord

        Returns
        -------
        epoch : int
            At least that of `record`, at most `n_epochs` or `longest`.
        """
        loss = record.watched_loss
        if loss < self.best[0]:
            self.best = (loss, record.epoch)
        if record.validation_loss is not None:
            self._losses.append(loss)
            self._n_epochs = max(record.epoch, schedule_end(self._losses, self._first, self._longest))
        if self._patience is None:
            return self._n_epochs
        end = self.best[1] + self._patience
        if record.epoch > end:
            # It goes on, since some members still gain: half the patience more, and again once that is over.
            if record.epoch > self._extended:
                self._extended = record.epoch + -(-self._patience // 2)
            end = self._extended
        return min(self._n_epochs, end)
