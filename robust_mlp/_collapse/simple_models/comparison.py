"""What the probe of the data says about a network: is it far behind a simple model on the same rows?

Reads a `Signal` and a `JudgedAttempt`. Fits nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from robust_mlp._core.losses import log_losses, row_losses
from robust_mlp._report import FeatureSignal, SignalSummary

# One-sided p = .0005: an alarm costs the user a second training, and a network that is truly far behind a simple
# model shows it on a few dozen rows.
BEHIND_ERRORS = 3.3
# "Far behind" is to save less than half of what the simple model saves, and that by a visible part of the prior's loss.
BEHIND_SHARE, BEHIND_GAIN = 0.5, 0.02
# A loss this share of the prior's above it is no accident of a few rows: the network is worse than no network.
HARM = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Signal:
    """What simple models found in the table.

    `rows` ndarray of shape (n,), int: row numbers, as in `HeldOut.rows`; `probabilities` ndarray of shape
    (n, n_classes): what the best of the simple models, fitted without these rows, predicts for them. Both are None
    where it cannot be asked about the held-out rows. `features` gives the table of what each column alone tells.
    """

    summary: SignalSummary
    rows: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    features: Callable[[], tuple[FeatureSignal, ...]] = field(default=tuple)


def is_behind(judged, signal):
    """Whether the network saves far less of the prior's loss than the simple model does, on the same rows.

    A paired test of the losses row by row; False where the rows do not decide.

    Parameters
    ----------
    judged : JudgedAttempt
        With held-out predictions.
    signal : Signal

    Returns
    -------
    is_behind : bool
    """
    if not signal.summary.found or signal.rows is None:
        return False
    return is_far_behind(judged, signal.rows, signal.probabilities)


def would_show(judged, signal):
    """Whether as clear a signal as the best simple model's would have shown on the network's held-out rows."""
    summary = signal.summary
    clearest = max((probe.auc for probe in summary.probes if np.isfinite(probe.auc)), default=0.0)
    return summary.found and clearest >= summary.smallest_auc and judged.comparison.n_rows >= summary.n_rows


def is_far_behind(judged, rows, probabilities):
    """As `is_behind`, beside any predictions: `probabilities` (n, n_classes) for the table's rows `rows` (n,)."""
    c, held_out = judged.comparison, judged.attempt.held_out
    if c is None or not c.is_finite or held_out.rows is None or rows is None:
        return False
    mine, theirs = common_rows(held_out.rows, rows)
    if len(mine) < 2:
        return False
    codes, weights = held_out.codes[mine], held_out.weights[mine]
    own = row_losses(held_out.probabilities[mine], codes)
    probe = row_losses(probabilities[theirs], codes)
    prior = log_losses(np.asarray(c.prior))[codes]
    saved, probe_saved, prior_loss = (np.average(x, weights=weights) for x in (prior - own, prior - probe, prior))
    if probe_saved - saved < BEHIND_GAIN * prior_loss or saved > BEHIND_SHARE * probe_saved:
        return False
    if saved < -HARM * prior_loss:
        return True
    # Bounded at the prior's own loss: a network's few certain and wrong answers must not hide that it is behind.
    margin = np.minimum(own, prior + 1.0) - probe
    mean = np.average(margin, weights=weights)
    error = np.sqrt(weights**2 @ (margin - mean) ** 2) / weights.sum()
    return bool(mean > BEHIND_ERRORS * error)


def common_rows(rows, others):
    """Places in `rows` and in `others` (int arrays, the latter without repetition) that hold the same number."""
    order = np.argsort(others)
    places = np.minimum(np.searchsorted(others[order], rows), len(others) - 1)
    found = np.flatnonzero(others[order][places] == rows)
    return found, order[places[found]]
