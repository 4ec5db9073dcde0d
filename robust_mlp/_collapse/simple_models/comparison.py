"""Compares a network with a simple model on the same rows: is the network much worse?

Reads a `Signal` and a `JudgedAttempt`. Fits nothing."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from robust_mlp._core.group_errors import error_of_mean, normal_errors
from robust_mlp._core.losses import log_losses, row_losses
from robust_mlp._report import FeatureSignal, SignalSummary

# One-sided p = .0005. A false alarm costs the user a second training. If a network is truly far behind, a few dozen
# rows are enough to show it.
BEHIND_ERRORS = 3.3
# "Far behind" means two things: the network saves less than this share of the loss that the simple model saves, and the
# difference is at least this share of the prior's loss.
BEHIND_SHARE, BEHIND_GAIN = 0.5, 0.02
# "Held back" is a smaller difference that still matters: the network saves less by this share of the prior's loss. A
# simple model that is ahead by so much log loss is usually ahead by a hundredth or two of balanced accuracy, too.
HELD_BACK_GAIN = 0.03
# Decisions that are better by this much balanced accuracy matter, whatever the loss says.
BETTER_DECISIONS = 0.02
# If the network's loss exceeds the prior's by this share of it, no test is needed: the network is worse than the prior.
HARM = 0.1
# The simple model of pairs, by its name.
PAIRS = "pairs of columns"


@dataclass(frozen=True, kw_only=True, eq=False)
class Signal:
    """What simple models found in the table.

    `rows`, int ndarray of shape (n,), holds row numbers, as in `HeldOut.rows`. `probabilities`, ndarray of shape
    (n, n_classes), holds predictions for these rows by the best simple model, which was fitted without them. Both are
    None if it cannot predict the held-out rows. `features` returns a table of what each column alone shows, and `pair`
    the names of the two columns that tell most together, or None.
    """

    summary: SignalSummary
    rows: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    features: Callable[[], tuple[FeatureSignal, ...]] = field(default=tuple)
    pair: Callable[[], tuple[str, str] | None] = field(default=lambda: None)


def best_probe(signal):
    """The ProbeResult of the simple model with the lowest log loss."""
    return min(signal.summary.probes, key=lambda probe: probe.loss)


def found_in_pairs(signal):
    """Whether something was found, and the model of pairs finds most."""
    return signal is not None and signal.summary.found and best_probe(signal).name == PAIRS


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


def is_held_back(judged, signal):
    """Whether the simple model saves clearly more than the network on the same rows, be it by less than in `is_behind`.

    The same paired test; parameters as for `is_behind`.
    """
    if not signal.summary.found or signal.rows is None:
        return False
    return is_clearly_behind(judged, signal.rows, signal.probabilities)


def is_far_behind(judged, rows, probabilities):
    """As `is_behind`, beside any predictions: `probabilities` (n, n_classes) for the table's rows `rows` (n,)."""
    beside = _beside(judged, rows, probabilities)
    if beside is None or beside.other_saved - beside.saved < BEHIND_GAIN * beside.prior_loss:
        return False
    if beside.saved > BEHIND_SHARE * beside.other_saved:
        return False
    return beside.saved < -HARM * beside.prior_loss or beside.errors > BEHIND_ERRORS


def is_clearly_behind(judged, rows, probabilities):
    """As `is_held_back`, beside any predictions, as `is_far_behind` takes them."""
    beside = _beside(judged, rows, probabilities)
    if beside is None or beside.other_saved - beside.saved < HELD_BACK_GAIN * beside.prior_loss:
        return False
    return beside.errors > BEHIND_ERRORS


def is_outdone(judged, rows, probabilities):
    """Whether another network saves clearly more, or decides clearly better, on the same rows.

    Two paired tests, of the losses and of the decisions; parameters as for `is_far_behind`.
    """
    beside = _beside(judged, rows, probabilities, is_network=True)
    if beside is None or beside.other_saved < beside.saved:
        return False
    saves_more = beside.other_saved - beside.saved >= HELD_BACK_GAIN * beside.prior_loss
    return (saves_more and beside.errors > BEHIND_ERRORS) or decides_better(judged, rows, probabilities)


def decides_better(judged, rows, probabilities):
    """Whether the other's decisions have clearly more balanced accuracy; parameters as for `is_far_behind`."""
    held_out = judged.attempt.held_out
    mine, theirs = common_rows(held_out.rows, rows)
    codes, weights = held_out.codes[mine], held_out.weights[mine]
    by_class = np.bincount(codes, weights=weights)
    # Each class counts alike, however many rows it has. Rows of a class without weight count nothing.
    size = by_class[codes] * np.count_nonzero(by_class)
    balanced = np.divide(weights.sum(), size, out=np.zeros(len(codes)), where=size > 0)
    right, others_right = held_out.probabilities[mine].argmax(axis=1), probabilities[theirs].argmax(axis=1)
    margin = balanced * ((others_right == codes).astype(float) - (right == codes))
    mean, errors = _errors_of_mean(margin, weights, None if held_out.groups is None else held_out.groups[mine])
    return mean >= BETTER_DECISIONS and errors > BEHIND_ERRORS


@dataclass(frozen=True, kw_only=True, slots=True)
class _Beside:
    """Nats per row that the network and the other saved of the prior's; how many standard errors the other is ahead."""

    saved: float
    other_saved: float
    prior_loss: float
    errors: float


def _beside(judged, rows, probabilities, *, is_network=False):
    """The network beside other predictions for the same rows; None where they have no rows in common.

    `is_network`: whether the other predictions are a network's, too, and may be as certain and wrong.
    """
    c, held_out = judged.comparison, judged.attempt.held_out
    if c is None or not c.is_finite or held_out.rows is None or rows is None:
        return None
    mine, theirs = common_rows(held_out.rows, rows)
    if len(mine) < 2:
        return None
    codes, weights = held_out.codes[mine], held_out.weights[mine]
    own = row_losses(held_out.probabilities[mine], codes)
    probe = row_losses(probabilities[theirs], codes)
    prior = log_losses(np.asarray(c.prior))[codes]
    saved, probe_saved, prior_loss = (np.average(x, weights=weights) for x in (prior - own, prior - probe, prior))
    # Bounded at the prior's own loss: a network's few certain and wrong answers must not hide that it is behind.
    margin = np.minimum(own, prior + 1.0) - (np.minimum(probe, prior + 1.0) if is_network else probe)
    groups = None if held_out.groups is None else held_out.groups[mine]
    _, errors = _errors_of_mean(margin, weights, groups)
    return _Beside(saved=float(saved), other_saved=float(probe_saved), prior_loss=float(prior_loss), errors=errors)


def _errors_of_mean(margin, weights, groups):
    """The weighted mean of a margin, and by how many standard errors it is above 0."""
    mean = float(np.average(margin, weights=weights))
    error = error_of_mean(margin, weights, groups)
    errors = float(mean / error) if error > 0 else math.copysign(math.inf, mean) if mean else 0.0
    return mean, errors if groups is None or not math.isfinite(errors) else normal_errors(errors, groups)


def common_rows(rows, others):
    """Positions in `rows` and in `others` with equal numbers. Both are int arrays; `others` has no duplicates."""
    order = np.argsort(others)
    places = np.minimum(np.searchsorted(others[order], rows), len(others) - 1)
    found = np.flatnonzero(others[order][places] == rows)
    return found, order[places[found]]
