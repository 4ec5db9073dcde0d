"""Makes EpochRecords of a training, from the outputs for held-out rows and for a sample of training rows.

Calls no network itself and judges nothing."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.losses import mean_loss, yes_no_loss
from robust_mlp._core.records import EpochRecord, HeldOut
from robust_mlp.inspection._watch.outputs import as_probabilities


@dataclass(frozen=True, eq=False)
class EvalRows:
    """Rows that are predicted after every epoch: `X` as the network takes it, class codes, weights, groups or None."""

    X: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    groups: np.ndarray | None = None


class Recorder:
    """Makes records from outputs.

    Parameters
    ----------
    choice : HeadChoice
    n_classes : int
    training, held_out : EvalRows
        `held_out` is None if nothing is held out.
    offsets : ndarray of shape (n_classes,)
        Offsets of log-odds from the class shares in the loss to those of the data.
    """

    def __init__(self, choice, n_classes, training, held_out, offsets):
        self.choice, self.n_classes, self.offsets = choice, n_classes, offsets
        self.training, self.held_out = training, held_out
        self.records: list[EpochRecord] = []

    @property
    def judged(self):
        """The rows that the guard judges."""
        return self.training if self.held_out is None else self.held_out

    def probabilities(self, outputs):
        """Probabilities, corrected to the class shares of the data, float64."""
        P = as_probabilities(outputs, self.choice.head, self.choice.facts, self.n_classes)[:, : self.n_classes]
        sums = P.sum(axis=1, keepdims=True)
        P = np.divide(P, sums, out=np.full_like(P, np.nan), where=sums > 0)
        return shift_log_odds(P, self.offsets) if self.offsets.any() and np.isfinite(P).all() else P

    def record(self, answer, *, loss, learning_rate, update_ratio, seconds):
        """The record of an epoch that has just ended; also kept in `records`.

        Parameters
        ----------
        answer : callable
            From rows to outputs.
        loss : float
            The loss that Keras reports. It is recorded if it is not finite.
        learning_rate : float
        update_ratio : float or None
            |change of the weights in the epoch| / |weights|.
        seconds : float
        """
        P_training = self.probabilities(answer(self.training.X))
        P = P_training if self.held_out is None else self.probabilities(answer(self.held_out.X))
        is_finite = np.isfinite(P).all()
        mass = np.bincount(P.argmax(axis=1), weights=self.judged.weights, minlength=self.n_classes) if is_finite else ()
        record = EpochRecord(
            epoch=len(self.records) + 1,
            loss=_mean_loss(P_training, self.training) if np.isfinite(loss) else loss,
            learning_rate=learning_rate,
            validation_loss=None if self.held_out is None else _mean_loss(P, self.held_out),
            validation_accuracy=_accuracy(P, self.held_out) if self.held_out is not None and is_finite else None,
            predicted_share=tuple(float(m) for m in np.divide(mass, np.sum(mass))) if is_finite else (),
            spread=float(P.std(axis=0).max()) if is_finite else None,
            update_ratio=update_ratio,
            seconds=seconds,
        )
        self.records.append(record)
        return record

    def judged_loss(self, record):
        """The loss on the judged rows."""
        return record.watched_loss

    def look(self, answer):
        """HeldOut of the judged rows."""
        rows = self.judged
        return HeldOut(
            codes=rows.codes,
            probabilities=self.probabilities(answer(rows.X)),
            weights=rows.weights,
            rows=np.arange(len(rows.codes)),
            in_sample=self.held_out is None,
            groups=rows.groups,
        )

    def look_at_training(self, answer, places):
        """HeldOut of the training rows that are predicted after each epoch, `places` being their row numbers."""
        rows = self.training
        return HeldOut(
            codes=rows.codes,
            probabilities=self.probabilities(answer(rows.X)),
            weights=rows.weights,
            rows=places,
            in_sample=True,
            groups=rows.groups,
        )


class LabelsRecorder(Recorder):
    """Makes records for rows with several labels: losses only, because a row does not belong to one class."""

    def record(self, answer, *, loss, learning_rate, update_ratio, seconds):
        """The record of an epoch that has just ended; also kept in `records`."""
        looked_at = [rows for rows in (self.training, self.held_out) if rows is not None]
        losses = [yes_no_loss(answer(rows.X).astype(np.float64), rows.codes) for rows in looked_at]
        record = EpochRecord(
            epoch=len(self.records) + 1,
            loss=losses[0] if np.isfinite(loss) else loss,
            learning_rate=learning_rate,
            validation_loss=losses[1] if self.held_out is not None else None,
            update_ratio=update_ratio,
            seconds=seconds,
        )
        self.records.append(record)
        return record

    def look(self, answer):
        """None, because the guard cannot judge such rows."""
        del answer


def _mean_loss(P, rows):
    return mean_loss(P, rows.codes, rows.weights)


def _accuracy(P, rows):
    return float(np.average(P.argmax(axis=1) == rows.codes, weights=rows.weights))
