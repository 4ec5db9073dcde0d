"""The factor that makes probabilities as sure as they are right, and what the estimator does with it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import log_loss

from robust_mlp._core.losses import softmax
from robust_mlp._core.temperature import DEVIATION_OF_LOG, best_inverse_temperature, judging_factors
from tests.tiny_fits import able

# Half of the labels are chance: whoever learns them by heart is too sure of himself.
RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 10))
Y = np.where(RNG.random(400) < 0.5, RNG.integers(0, 3, 400), (X[:, 0] > 0) + (X[:, 1] > 0))
X_TEST = RNG.normal(size=(2000, 10))
Y_TEST = np.where(RNG.random(2000) < 0.5, RNG.integers(0, 3, 2000), (X_TEST[:, 0] > 0) + (X_TEST[:, 1] > 0))


def draws(n, factor, seed=0):
    """Logits of three classes, and labels drawn as if they were `factor` times as large."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 3)) * 2
    codes = (softmax(factor * logits).cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return logits, codes


@pytest.mark.parametrize("factor", [0.2, 0.7, 1.0, 3.0])
def test_many_rows_find_the_factor_that_drew_them(factor):
    logits, codes = draws(20_000, factor)
    assert best_inverse_temperature(logits, codes, np.ones(20_000)) == pytest.approx(factor, rel=0.05)


def test_offsets_are_added_after_the_factor():
    logits, _ = draws(20_000, 1.0)
    offsets = np.array([0.0, 1.0, -2.0])
    rng = np.random.default_rng(2)
    codes = (softmax(0.5 * logits + offsets).cumsum(axis=1) < rng.random((len(logits), 1))).sum(axis=1)
    assert best_inverse_temperature(logits, codes, np.ones(len(codes)), offsets) == pytest.approx(0.5, rel=0.05)


def test_few_rows_move_it_little():
    factors = [best_inverse_temperature(*draws(8, 1.0, seed), np.ones(8)) for seed in range(200)]
    assert np.std(np.log(factors)) < DEVIATION_OF_LOG
    assert np.mean(np.log(factors)) == pytest.approx(0, abs=0.1)


def test_a_weight_counts_as_often_as_rows():
    logits, codes = draws(40, 0.5)
    weights = np.random.default_rng(1).integers(1, 4, size=40)
    repeated = best_inverse_temperature(logits.repeat(weights, axis=0), codes.repeat(weights), np.ones(weights.sum()))
    assert best_inverse_temperature(logits, codes, weights) == pytest.approx(repeated, rel=1e-4)


def test_logits_that_are_no_numbers_are_left_alone():
    assert best_inverse_temperature(np.array([[np.inf, 0.0]]), np.array([0]), np.ones(1)) == 1.0


@pytest.mark.parametrize("n_members", [1, 3])
def test_a_network_that_is_too_sure_becomes_less_so(n_members):
    wide = able(n_members=n_members, early_stopping=True, scoring="accuracy", hidden_layer_sizes=(64, 64))
    fits = wide.fit(X, Y)
    fitted = fits._fitted
    assert fits.temperature_ == np.mean(1 / fitted.inverse_temperature) > 1.2
    as_trained = softmax(fitted.weights.network().decide(fitted.encoding.transform(X_TEST)))
    assert log_loss(Y_TEST, fits.predict_proba(X_TEST)) < log_loss(Y_TEST, as_trained)
    if n_members == 1:
        assert_allclose(fits.predict(X_TEST), as_trained.argmax(axis=1))
    assert_allclose(fits.model_(fitted.encoding.transform(X)), fits.predict_proba(X), atol=1e-6)


def test_the_score_of_an_epoch_is_what_calibration_cannot_mend():
    # One kind of member: others would pick their epochs apart, and no epoch's score would be that of what is kept.
    settings = {"numerical_embedding": "piecewise_linear", "collapse_guard": "warn"}
    clf = able(n_members=4, early_stopping=True, **settings).fit(X, Y)
    scores, losses = np.array(clf.validation_scores_), np.array(clf.history_["val_loss"])
    # The score has the price of the temperature beside the loss that is told.
    assert (scores <= -losses + 1e-6).all()
    np.testing.assert_allclose(-scores, losses, atol=0.02)
    # A row is judged at the temperature of other rows, which is a little worse than its own: here by a parameter that a
    # hundred rows a member teach.
    price = (np.log(clf.temperature_) / DEVIATION_OF_LOG) ** 2 / 2 / len(X)
    assert 0 < clf.report_.comparison.loss + clf.best_validation_score_ + price < 0.05


def test_without_held_out_rows_nothing_is_rescaled():
    assert able(early_stopping=False).fit(X, Y).temperature_ == 1.0
    assert able(early_stopping=False, n_members=2).fit(X, Y).temperature_ == 1.0


@pytest.mark.parametrize("way", [{"class_weight": {0: 20.0}}, {"sampler": "over"}], ids=str)
def test_corrected_probabilities_are_scored_as_they_are_given_out(way):
    rare = np.flatnonzero((Y != 0) | (np.arange(len(Y)) % 4 == 0))  # few rows of class 0
    clf = able(**way, prior_correction=True, n_members=4, early_stopping=True).fit(X[rare], Y[rare])
    given_out = clf.oof_decision_function_
    assert log_loss(Y[rare], given_out) < -max(clf.validation_scores_) + 1e-3
    assert_allclose(given_out.mean(axis=0), np.bincount(Y[rare]) / len(rare), atol=0.02)


def test_rows_are_judged_by_what_other_folds_teach():
    logits, codes = draws(300, 2.0, 0)
    folds = np.arange(300) % 3
    factors = judging_factors(logits, codes, np.ones(300), folds)
    for fold in range(3):
        others = folds != fold
        expected = best_inverse_temperature(logits[others], codes[others], np.ones(200))
        np.testing.assert_array_equal(factors[~others], expected)
    codes[folds == 0] = (codes[folds == 0] + 1) % 3  # other labels of a fold change nothing for its rows
    again = judging_factors(logits, codes, np.ones(300), folds)
    np.testing.assert_array_equal(again[folds == 0], factors[folds == 0])
    assert (again[folds != 0] != factors[folds != 0]).all()
    np.testing.assert_array_equal(judging_factors(logits, codes, np.ones(300), np.zeros(300)), 1.0)
