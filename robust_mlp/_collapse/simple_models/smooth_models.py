"""A linear model and a kernel model on held-out rows: whatever holds a network back, known or not, these show it.

An ordinary network represents what these models represent. Trees are another matter: they suit some tables better by
nature. Fits two small models, and trains no network."""

import math
import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from robust_mlp._collapse.simple_models.comparison import HELD_BACK_GAIN, common_rows, is_clearly_behind, is_far_behind
from robust_mlp._collapse.simple_models.probe import (
    FEWEST_ROWS,
    for_validation,
    run_thorough,
    sample_table,
)
from robust_mlp._collapse.simple_models.probe_models import kernel_model, linear_model
from robust_mlp._core.deadline import NO_DEADLINE, OutOfTime
from robust_mlp._core.losses import log_losses, mean_loss
from robust_mlp._core.temperature import judging_factors

MODELS = (("linear model", linear_model), ("kernel model", kernel_model))
# Held-out rows are brought to the temperature that suits the other part of them.
N_PARTS = 2
# A small difference of log loss is soon certain: after few epochs a network decides as after many, and is less sure of
# it. So the decisions count, too: by this difference of the balanced accuracy. After 20 epochs a layer of
# 32 units was .03 behind on rows that a longer training decided no better; two units in a layer were .2 behind.
LEAST_LEAD = 0.05


@dataclass(frozen=True, kw_only=True, eq=False)
class SmoothModel:
    """Predictions of one model, each by a fit without the row.

    `probabilities`, ndarray of shape (n_held_out, n_classes), is for the held-out rows, by place; `of_training`,
    ndarray of shape (n, n_classes), for the training rows of the numbers in `rows`, ndarray of shape (n,).
    """

    name: str
    probabilities: np.ndarray
    of_training: np.ndarray
    rows: np.ndarray


def smooth_models(source, codes, *, seed=0, deadline=NO_DEADLINE):
    """Fit the models to the training rows, and predict the held-out rows.

    Parameters
    ----------
    source : ProbeSource
        With held-out rows of their own (`validation`).
    codes : ndarray of shape (n_held_out,), dtype int
        Classes of the held-out rows, for the temperature.
    seed : int, default=0
    deadline : Deadline, optional

    Returns
    -------
    models : tuple of SmoothModel
        Empty where the table holds out no rows, where it has too few, or where the time is over.
    """
    if source.validation is None or len(source.validation) != len(codes):
        return ()
    table = replace(sample_table(source, seed), deadline=deadline)
    if len(table.codes) < FEWEST_ROWS or len(np.unique(table.codes)) < 2:
        return ()
    parts = np.random.default_rng(seed).permutation(len(codes)) % N_PARTS
    found = []
    try:
        # As for all simple models: one thread, and a model that does not converge is good enough.
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")
            for name, make in MODELS:
                _, P = for_validation(make, table, source, seed)
                logs = -log_losses(P)
                factors = judging_factors(logs, codes, np.ones(len(codes)), parts)
                held_out = softmax(factors[:, None] * logs, axis=1)
                _, of_training, _ = run_thorough(name, make, table, seed)
                found.append(SmoothModel(name=name, probabilities=held_out, of_training=of_training, rows=table.rows))
    except OutOfTime:
        return ()
    return tuple(found)


def prove_held_back(judged, models):
    """Whether a smooth model does clearly better than the network, and the network does not fit its training rows.

    A network that fits its training rows has learned too much, and not too little. Held-out rows may be too few to
    tell. Then the training rows tell: a network that predicts them worse, although it was trained on them, than a model
    that was not, is behind for certain.

    Parameters
    ----------
    judged : JudgedAttempt
        Its held-out rows are those of the models, in the same order.
    models : tuple of SmoothModel

    Returns
    -------
    is_proved : bool
    """
    held_out, comparison = judged.attempt.held_out, judged.comparison
    if held_out is None or comparison is None or held_out.in_sample:
        return False
    return any(_is_ahead(model, judged) or _is_ahead_in_training(model, judged) for model in models)


def _is_ahead(model, judged):
    """On the held-out rows, and on the mean of the training rows."""
    held_out = judged.attempt.held_out
    losses = [r.loss for r in judged.attempt.records if math.isfinite(r.loss)]
    loss = mean_loss(model.probabilities, held_out.codes)
    is_unfitted = min(losses, default=math.inf) > loss + HELD_BACK_GAIN * judged.comparison.prior_loss
    return is_unfitted and _is_behind(judged, np.arange(len(held_out.codes)), model.probabilities)


def _is_ahead_in_training(model, judged):
    """By the log loss, row by row, and by the decisions, on training rows."""
    fitted = judged.attempt.fitted
    if fitted is None or not np.isfinite(fitted.probabilities).all():
        return False
    on_training = replace(judged, attempt=replace(judged.attempt, held_out=fitted))
    return _is_behind(on_training, model.rows, model.of_training)


def _is_behind(judged, rows, probabilities):
    """Whether the network saves less than half of what the model saves; or clearly less, and decides worse."""
    if is_far_behind(judged, rows, probabilities):
        return True
    if not is_clearly_behind(judged, rows, probabilities):
        return False
    held_out = judged.attempt.held_out
    mine, theirs = common_rows(held_out.rows, rows)
    return _lead(probabilities[theirs], held_out.probabilities[mine], held_out.codes[mine]) >= LEAST_LEAD


def _lead(theirs, mine, codes):
    """By how much the balanced accuracy of their most probable classes is larger than that of mine."""
    right = [P.argmax(axis=1) == codes for P in (theirs, mine)]
    recalls = [np.mean([is_right[codes == code].mean() for code in np.unique(codes)]) for is_right in right]
    return float(recalls[0] - recalls[1])
