"""What a training predicts for rows that its members never saw, and at which temperature."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.losses import row_losses, softmax
from robust_mlp._core.temperature import DEVIATION_OF_LOG, best_inverse_temperature
from robust_mlp._network.held_out_predictions import held_out_predictions, is_tempered
from robust_mlp._network.training import train
from tests._network.trainings import PLAN, SEEDS, data_of


def test_the_temperature_is_that_of_all_held_out_rows_and_a_row_is_judged_by_that_of_the_others():
    data = data_of(n_members=4, n_rows=400)
    plan = replace(PLAN, n_members=4, max_iter=40, learning_rate=0.02)
    attempt = train(plan, data, SEEDS)
    network, factor = attempt.network.weights.network(), attempt.network.inverse_temperature
    where = np.concatenate(data.held_out)
    logits = np.concatenate([network.member_logits(data.rows, k, part) for k, part in enumerate(data.held_out)])
    losses = row_losses(softmax(factor * logits), data.codes[where])
    price = (np.log(factor) / DEVIATION_OF_LOG) ** 2 / 2 / len(where)
    best = max(record.validation_score for record in attempt.records)
    assert losses.mean() == pytest.approx(-best - price, abs=1e-3)  # what early stopping chose the epoch by
    for k in range(4):
        is_own = np.repeat(np.arange(4), [len(part) for part in data.held_out]) == k
        of_others = best_inverse_temperature(logits[~is_own], data.codes[where][~is_own], np.ones((~is_own).sum()))
        assert_allclose(attempt.held_out.probabilities[is_own], softmax(of_others * logits[is_own]), rtol=1e-6)


def test_every_held_out_row_is_predicted_by_the_member_that_never_saw_it():
    data = data_of(n_members=3)
    network = train(replace(PLAN, n_members=3), data, SEEDS).network.weights.network()
    held_out = held_out_predictions(network, data)
    assert_array_equal(held_out.rows, np.concatenate(data.held_out))
    assert_array_equal(held_out.codes, data.codes[held_out.rows])
    for k, part in enumerate(data.held_out):
        own = np.isin(held_out.rows, part)
        assert_array_equal(held_out.probabilities[own], network.member_probabilities(data.rows, k, part))
    assert not held_out.in_sample


def test_without_held_out_rows_those_trained_on_are_predicted_and_marked():
    data = data_of(held_out=False)
    plan = replace(PLAN, early_stopping=False)
    held_out = held_out_predictions(train(plan, data, SEEDS).network.weights.network(), data)
    assert held_out.in_sample
    assert_array_equal(held_out.rows, data.train_eval_rows)
    assert not is_tempered(plan, data) and not is_tempered(PLAN, data) and is_tempered(PLAN, data_of())
