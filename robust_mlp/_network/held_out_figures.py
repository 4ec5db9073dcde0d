"""Measurements on held-out rows after each epoch, in NumPy: those that `graph/held_out.py` makes in the graph."""

import numpy as np

from robust_mlp._core.losses import SMALLEST_PROBABILITY, logit_losses
from robust_mlp._core.temperature import refined_losses_and_factors

# Losses are cut where those of a report are (`_core.losses.row_losses`).
LARGEST_LOSS = np.float32(-np.log(SMALLEST_PROBABILITY))


def held_out_figures(logits, codes, row_weights, mask, correction, group_of, *, tempers, is_shared=False):
    """Measure the predictions for held-out rows.

    Parameters
    ----------
    logits : ndarray of shape (n_members, n_classes, n_rows), dtype float32
        Overwritten.
    codes, row_weights, mask : ndarray of shape (n_members, n_rows)
        True classes; weights, 0 for padding; 1 for a row and 0 for padding.
    correction : ndarray of shape (4, n_classes), dtype float32
        `TrainingSettings.corrections`.
    group_of : ndarray of shape (n_members,), dtype int
    tempers : bool
        Whether the network is going to get a temperature.
    is_shared : bool, default=False
        Whether all members hold out the same rows, in the same order.

    Returns
    -------
    refined : ndarray of shape (n_groups + n_members,), dtype float32
        As from `refined_losses`.
    figures : dict of str to float
        "held_out_loss", "untempered_loss", "held_out_accuracy" and "spread", as `graph.held_out.HeldOutFigures` says.
    share : ndarray of shape (n_classes,), dtype float32
        Share of the rows that are predicted as each class.
    """
    logits -= logits.max(axis=1, keepdims=True)
    refined, factors = refined_losses_and_factors(logits, codes, row_weights, correction[:2], group_of)
    offsets, class_factors = correction[2:]
    told = logits * factors[group_of, np.newaxis, np.newaxis] if tempers else logits
    told = _reported(told, offsets, is_shared)
    told_weights = row_weights * class_factors[codes]
    losses = np.minimum(-np.take_along_axis(told, codes[:, np.newaxis], axis=1)[:, 0], LARGEST_LOSS)
    chosen = told.argmax(axis=1)
    chosen_by = np.bincount(chosen.ravel(), weights=mask.ravel(), minlength=logits.shape[1])
    # Not np.average, which raises where all weights are 0: the loss is then no number, as in the graph.
    figures = {
        "held_out_loss": np.vdot(told_weights, losses) / told_weights.sum(),
        "held_out_accuracy": np.vdot(told_weights, chosen == codes) / told_weights.sum(),
        "untempered_loss": np.vdot(row_weights, logit_losses(logits, codes)) / row_weights.sum(),
        "spread": _spread(logits, mask),
    }
    return refined, figures, (chosen_by / mask.sum()).astype(np.float32)


def _reported(logits, offsets, is_shared):
    """Log-probabilities, of the members together where `is_shared`, led to the class shares of the data."""
    logs = _normalized(logits)
    if is_shared:
        top = logs.max(axis=0)
        together = top + np.log(np.exp(logs - top).mean(axis=0))
        logs = np.broadcast_to(together, logs.shape)
    return _normalized(logs + offsets[:, np.newaxis])


def _normalized(logs):
    """Log-odds with a constant added for each row, so that their exponentials sum to 1 over the classes."""
    logs = logs - logs.max(axis=1, keepdims=True)
    return logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))


def _spread(logits, mask):
    """Largest standard deviation of a class's probability over one member's rows."""
    odds = np.exp(logits)
    probabilities, shown = odds / odds.sum(axis=1, keepdims=True), mask[:, np.newaxis]
    count = shown.sum(axis=2, keepdims=True)
    mean = (probabilities * shown).sum(axis=2, keepdims=True) / count
    return np.sqrt(((np.square(probabilities - mean) * shown).sum(axis=2, keepdims=True) / count).max())
