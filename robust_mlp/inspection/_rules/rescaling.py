"""Detects rows on another scale than the training rows of a network.

Predicts the same rows again, divided or standardized, and compares with the labels. Never changes the network."""

import math

import numpy as np

from robust_mlp._core.records import Finding

# Usual divisors, and their inverses for rows that were scaled although the training rows were not.
FACTORS = (255.0, 100.0, 10.0, 0.1, 0.01, 1 / 255)
# Conditions of a finding: unscaled, nearly all rows get one class although they have several; rescaled, the network is
# clearly better than the class shares. A network that only overfits does not meet both.
ONE_CLASS_SHARE, MOST_FREQUENT_SHARE, CLEARLY_BETTER = 0.99, 0.95, 0.9


def scale_mismatch(shown, y, loss_function, measured, codes, *, middle):
    """A finding if a trained network fails on these rows and works on the same rows rescaled.

    Parameters
    ----------
    shown : Shown
    y : ndarray of shape (n_rows,) or (n_rows, width)
    loss_function : callable
    measured : MeasuredFacts
    codes : ndarray of shape (n_rows,), int
    middle : float
        Threshold of a single output: .5 for probabilities, 0 for logits.

    Returns
    -------
    findings : list of Finding
    """
    X = shown.rows
    if not isinstance(X, np.ndarray) or not measured.is_trained or not measured.prior_loss or measured.loss is None:
        return []
    largest_class = np.unique(codes, return_counts=True)[1].max() / len(codes)
    one_class = _largest_predicted_share(shown.outputs, middle)
    fails = not measured.loss < measured.prior_loss
    if not fails or one_class < ONE_CLASS_SHARE or largest_class > MOST_FREQUENT_SHARE:
        return []
    runner = shown.runner
    runner.loss_function = loss_function
    losses = {}
    for typed, rescaled in rescaled_rows(X.astype(np.float32)):
        inputs = runner.as_inputs(rescaled)
        value = float(runner.loss(runner.weights, inputs, y))
        if math.isfinite(value) and _largest_predicted_share(runner.answer(inputs)[0], middle) < ONE_CLASS_SHARE:
            losses[typed] = value
    best = min(losses, key=lambda typed: losses[typed], default=None)
    if best is None or losses[best] > CLEARLY_BETTER * measured.prior_loss:
        return []
    return [
        Finding(
            code="scale_differs_from_training",
            severity="error",
            symptom="Every row gets the same class.",
            cause="The network was trained on rows of another scale than these.",
            evidence=f"Loss {measured.loss:.4g} on the rows as given, {losses[best]:.4g} on {best}; guessing costs "
            f"{measured.prior_loss:.4g}. {one_class:.1%} of the rows get one class as given.",
            fix=f"model.predict({best})  # the same scaling as in training",
        )
    ]


def rescaled_rows(X):
    """Pairs (code to type, rescaled rows) of an ndarray of numbers."""
    for factor in FACTORS:
        yield (f"X / {factor:g}" if factor > 1 else f"X * {1 / factor:g}"), X / factor
    spread = X.std(axis=0)
    yield "StandardScaler().fit_transform(X)", (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)
    low, reach = X.min(axis=0), np.ptp(X, axis=0)
    yield "MinMaxScaler().fit_transform(X)", (X - low) / np.where(reach > 0, reach, 1)


def _largest_predicted_share(outputs, middle):
    """Share of the rows that get the most frequent class."""
    answers = (outputs[:, 0] > middle).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return np.bincount(answers).max() / len(answers)
