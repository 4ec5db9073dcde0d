"""Compares a network with a simple model on the same rows: is the network much worse?

Reads a `Signal` and a `JudgedAttempt`. Fits nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from robust_mlp._core.losses import log_losses, row_losses
from robust_mlp._report import FeatureSignal, SignalSummary

# One-sided p = .0005. A false alarm costs the user a second training. If a network is truly far behind, a few dozen
# rows are enough to show it.
BEHIND_ERRORS = 3.3
# "Far behind" means two things: the network saves less than this share of the loss that the simple model saves, and the
# difference is at least this share of the prior's loss.
BEHIND_SHARE, BEHIND_GAIN = 0.5, 0.02
# If the network's loss exceeds the prior's by this share of it, no test is needed: the network is worse than the prior.
HARM = 0.1


@dataclass(frozen=True, kw_only=True, eq=False)
class Signal:
    """What simple models found in the table.

    `rows`, int ndarray of shape (n,), holds row numbers, as in `HeldOut.rows`. `probabilities`, ndarray of shape
    (n, n_classes), holds predictions for these rows by the best simple model, which was fitted without them. Both are
    None if it cannot predict the held-out rows. `features` returns a table of what each column alone shows.
    """

    summary: SignalSummary
    rows: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    features: Callable[[], tuple[FeatureSignal, ...]] = field(default=tuple)


def is_behind(judged, signal):
    """Whether the network saves far less of the prior's loss than the simple model does, on the same rows.

    A paired test of the losses, row by row. False if the rows are too few to decide.

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
    """Whether the network's held-out rows are enough to detect a signal as clear as that of the best simple model."""
    summary = signal.summary
    clearest = max((probe.auc for probe in summary.probes if np.isfinite(probe.auc)), default=0.0)
    return summary.found and clearest >= summary.smallest_auc and judged.comparison.n_rows >= summary.n_rows


def is_far_behind(judged, rows, probabilities):
    """Like `is_behind`, for any predictions: `probabilities` (n, n_classes) for the rows `rows` (n,) of the table."""
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
    # The network's loss in a row is bounded at one nat above the prior's. Otherwise a few confident wrong predictions
    # would make the standard error so large that the test finds nothing.
    margin = np.minimum(own, prior + 1.0) - probe
    mean = np.average(margin, weights=weights)
    error = np.sqrt(weights**2 @ (margin - mean) ** 2) / weights.sum()
    return bool(mean > BEHIND_ERRORS * error)


def common_rows(rows, others):
    """Positions in `rows` and in `others` with equal numbers. Both are int arrays; `others` has no duplicates."""
    order = np.argsort(others)
    places = np.minimum(np.searchsorted(others[order], rows), len(others) - 1)
    found = np.flatnonzero(others[order][places] == rows)
    return found, order[places[found]]
