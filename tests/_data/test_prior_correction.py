"""Prior correction: weighted and resampled fits give back the probabilities of the plain one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LogisticRegression

from robust_mlp._core.log_odds import prior_offsets, shift_log_odds
from robust_mlp._data.balancing import class_weights
from robust_mlp._data.prior_correction import trained_mass
from robust_mlp._data.sampling import resample

N_CLASSES = 3
PRIOR = np.array([0.8, 0.15, 0.05])
LABELS = np.array(["a", "b", "c"])


def discrete_table(seed=0, n_rows=4000):
    """One column of 5 levels, one-hot, with class shares that differ by level: a saturated model is exact on it."""
    rng = np.random.default_rng(seed)
    codes = rng.choice(N_CLASSES, size=n_rows, p=PRIOR)
    levels = (rng.integers(0, 3, n_rows) + codes) % 5
    return np.eye(5)[levels], codes


def shares_by_level(X, codes, weights):
    """The posterior that maximizes the weighted likelihood of a saturated model, one row a level."""
    table = np.zeros((5, N_CLASSES))
    np.add.at(table, (X.argmax(axis=1), codes), weights)
    return table / table.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("class_weight", ["balanced", {"a": 0.3, "c": 7}, [1.0, 20.0, 3.0]])
def test_class_weights_are_undone_exactly(class_weight):
    X, codes = discrete_table()
    weights = np.random.default_rng(1).uniform(0.5, 2, len(codes))
    per_class = class_weights(class_weight, LABELS, codes, weights)
    weighted = shares_by_level(X, codes, weights * per_class[codes])
    mass = np.bincount(codes, weights=weights)
    offsets = prior_offsets(mass, trained_mass(per_class, codes, weights, N_CLASSES), LABELS)
    assert_allclose(shift_log_odds(weighted, offsets), shares_by_level(X, codes, weights), atol=1e-12)


def test_balanced_batches_with_class_weights_are_undone_exactly():
    X, codes = discrete_table()
    per_class = np.array([1.0, 4.0, 2.0])
    counts = np.bincount(codes)
    weighted = shares_by_level(X, codes, (per_class / counts)[codes])
    mass_in_loss = trained_mass(per_class, codes, np.ones(len(codes)), N_CLASSES, is_balanced=True)
    offsets = prior_offsets(counts.astype(float), mass_in_loss, LABELS)
    assert_allclose(shift_log_odds(weighted, offsets), shares_by_level(X, codes, np.ones(len(codes))), atol=1e-12)


@pytest.mark.parametrize("sampler", ["over", "under"])
def test_random_samplers_are_undone_up_to_chance(sampler):
    X, codes = discrete_table(n_rows=60_000)
    resampled = resample(sampler, X, ["number"] * 5, codes, np.ones(len(codes)), 0)
    sampled = shares_by_level(resampled.matrix, resampled.codes, resampled.weights)
    mass_in_loss = trained_mass(np.ones(N_CLASSES), resampled.codes, resampled.weights, N_CLASSES)
    offsets = prior_offsets(np.bincount(codes).astype(float), mass_in_loss, LABELS)
    plain = shares_by_level(X, codes, np.ones(len(codes)))
    # 3,000 rows a class are left by 'under': shares of about a third have a standard error of .009
    assert_allclose(shift_log_odds(sampled, offsets), plain, atol=0.02)
    assert np.abs(sampled - plain).max() > 0.2  # without the correction


def test_a_correctly_specified_model_is_corrected_too():
    rng = np.random.default_rng(0)
    codes = (rng.random(20_000) < 0.05).astype(int)
    X = rng.normal(size=(20_000, 2)) + 1.5 * codes[:, None]
    plain = LogisticRegression(C=1e6).fit(X, codes).predict_proba(X)
    weighted = LogisticRegression(C=1e6, class_weight="balanced").fit(X, codes).predict_proba(X)
    mass = np.bincount(codes).astype(float)
    corrected = shift_log_odds(weighted, prior_offsets(mass, np.ones(2), np.array([0, 1])))
    assert np.abs(corrected - plain).mean() < 0.002
    assert np.abs(weighted - plain).mean() > 0.05


def test_without_weights_or_sampling_there_is_nothing_to_correct():
    mass = np.array([70.0, 20.0, 10.0])
    assert_allclose(prior_offsets(mass, 3 * mass, LABELS), 0.0, atol=1e-15)


def test_the_mean_offset_under_the_prior_is_0_so_a_common_factor_does_not_matter():
    mass, in_loss = np.array([70.0, 20.0, 10.0]), np.array([1.0, 5.0, 2.0])
    offsets = prior_offsets(mass, in_loss, LABELS)
    assert_allclose(mass @ offsets, 0.0, atol=1e-12)
    assert_allclose(prior_offsets(mass * 9, in_loss * 1e-6, LABELS), offsets)


def test_a_class_that_does_not_occur_gets_no_offset():
    offsets = prior_offsets(np.array([70.0, 0.0, 10.0]), np.array([1.0, 0.0, 1.0]), LABELS)
    assert offsets[1] == 0.0
    assert np.isfinite(offsets).all()


def test_weight_0_cannot_be_undone():
    with pytest.raises(ValueError) as caught:
        prior_offsets(np.array([70.0, 20.0, 10.0]), np.array([1.0, 0.0, 1.0]), LABELS)
    assert str(caught.value) == (
        "prior_correction=True cannot undo a class_weight of 0, which class 'b' has: the network learns nothing of it. "
        "Give it a small weight, or pass prior_correction=False."
    )
