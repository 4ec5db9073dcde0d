"""The end of a training: the temperature of the network, and what it predicts for rows that it never saw.

Trains nothing."""

from dataclasses import replace

import numpy as np

from robust_mlp._core.records import HeldOut
from robust_mlp._network.layer_probe import LayersWhenAsked
from robust_mlp._network.member_temperatures import fitted_factors


def finished(attempt, trained, data):
    """The attempt with trained weights, the best temperature for held-out rows, and the predictions for these rows.

    A row is predicted at the temperature that suits the other rows, see `TrainingData.folds`: the temperature of the
    network has seen its label.
    """
    network = trained.weights.network()
    if not is_tempered(attempt.plan, data):
        predictions = held_out_predictions(network, data)
    elif data.shares_held_out:
        trained = replace(trained, inverse_temperature=fitted_factors(network, data)[0])
        network = trained.weights.tempered(trained.inverse_temperature).network()
        predictions = held_out_predictions(network, data)
    else:
        factors, judged = fitted_factors(network, data)
        predictions = _held_out(np.concatenate(data.held_out), data, judged)
        trained = replace(trained, inverse_temperature=factors)
        network = trained.weights.tempered(factors).network()
    return replace(attempt, held_out=predictions, layers=LayersWhenAsked(network, data), network=trained)


def is_tempered(plan, data):
    """Whether held-out rows choose a temperature for the network's probabilities."""
    return plan.early_stopping and data.has_held_out


def held_out_predictions(network, data):
    """Predictions for rows that the predicting member never saw, with their codes and weights.

    Each member predicts its own held-out rows. If all members hold out the same rows, the ensemble predicts them. If no
    row is held out, training rows are predicted and marked `in_sample`.
    """
    rows = data.eval_rows[0]
    if data.shares_held_out or not data.has_held_out:
        where = data.held_out[0] if data.has_held_out else data.train_eval_rows
        return _held_out(where, data, network.probabilities(rows, where), in_sample=not data.has_held_out)
    parts = [network.member_probabilities(rows, i, part) for i, part in enumerate(data.held_out)]
    return _held_out(np.concatenate(data.held_out), data, np.concatenate(parts))


def _held_out(where, data, probabilities, *, in_sample=False):
    """The HeldOut record of predictions for the rows `where` of `data.eval_rows`."""
    codes, weights = data.eval_rows[1:]
    return HeldOut(
        codes=codes[where],
        probabilities=probabilities,
        weights=weights[where].astype(np.float64),
        rows=where if data.eval_origin is None else data.eval_origin[where],
        in_sample=in_sample,
    )
