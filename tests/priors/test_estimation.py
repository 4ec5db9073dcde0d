"""Class shares by maximum likelihood and by moments: at the optimum, on the simplex, with honest intervals."""

import numpy as np
from numpy.testing import assert_allclose

from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp.priors._estimation import interval, likelihood_prior, log_likelihood_gain, matched_prior
from robust_mlp.priors._source import summarize
from tests.priors.samples import SOURCE, TARGET, posterior, sample


def test_em_reaches_the_maximum_of_the_likelihood():
    X, _ = sample(500, TARGET, 0)
    probabilities = posterior(X, SOURCE)
    prior, _ = likelihood_prior(probabilities, SOURCE)
    best = log_likelihood_gain(probabilities, SOURCE, prior)
    assert_allclose(prior.sum(), 1.0)
    rng = np.random.default_rng(0)
    for _ in range(200):
        other = np.maximum(prior + rng.normal(scale=0.01, size=5), 0.0)
        assert log_likelihood_gain(probabilities, SOURCE, other / other.sum()) <= best + 1e-7
    # Saerens et al. (2002), eq. 2.9: the mean posterior under the estimate is the estimate
    assert_allclose(shift_log_odds(probabilities, np.log(prior / SOURCE)).mean(axis=0), prior, atol=1e-6)


def test_em_of_classes_that_hardly_differ_ends_and_says_that_it_knows_nothing():
    rng = np.random.default_rng(0)
    half = 0.5 + 1e-7 * rng.normal(size=(300, 1))
    prior, covariance = likelihood_prior(np.column_stack([half, 1 - half]), np.array([0.5, 0.5]))
    assert np.isfinite(prior).all()
    assert_allclose(interval(prior, covariance, 0.95), [[0, 1], [0, 1]], atol=1e-3)


def test_a_class_may_be_absent_from_the_source_or_from_the_sample():
    probabilities = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.7, 0.3, 0.0]])
    prior, covariance = likelihood_prior(probabilities, np.array([0.5, 0.5, 0.0]))
    assert_allclose(prior, [1.0, 0.0, 0.0], atol=1e-6)
    assert np.isfinite(covariance).all()


def test_moment_matching_solves_the_mixture_exactly_where_it_can():
    X, codes = sample(4000, SOURCE, 0)
    source = summarize(posterior(X, SOURCE), codes, np.ones(4000))
    mean = TARGET @ source.mean_by_class
    prior, spread = matched_prior(
        source.mean_by_class, source.covariance_within, source.n_by_class, mean, source.covariance, 1000
    )
    assert_allclose(prior, TARGET, atol=1e-4)
    assert_allclose(spread.sum(axis=0), 0.0, atol=1e-12)  # shares sum to 1 whatever the noise


def test_moment_matching_stays_on_the_simplex_for_impossible_means():
    means = np.array([[0.6, 0.4], [0.4, 0.6]])
    prior, _ = matched_prior(
        means, np.eye(2) * 0.01, np.array([50.0, 50.0]), np.array([1.0, 0.0]), np.eye(2) * 0.01, 10
    )
    assert_allclose(prior, [1.0, 0.0], atol=1e-4)


def test_the_covariance_is_that_of_estimates_over_samples():
    found, said = [], []
    for seed in range(200):
        X, _ = sample(400, TARGET, seed)
        prior, covariance = likelihood_prior(posterior(X, SOURCE), SOURCE)
        found.append(prior)
        said.append(np.sqrt(np.diag(covariance)))
    assert_allclose(np.mean(said, axis=0), np.std(found, axis=0), rtol=0.2)
    assert_allclose(covariance.sum(axis=0), 0, atol=1e-12)  # shares sum to 1


def test_the_gain_is_zero_at_the_source_and_counts_every_row():
    X, _ = sample(100, TARGET, 0)
    probabilities = posterior(X, SOURCE)
    assert_allclose(log_likelihood_gain(probabilities, SOURCE, SOURCE), 0, atol=1e-9)
    once = log_likelihood_gain(probabilities, SOURCE, TARGET)
    assert_allclose(log_likelihood_gain(np.tile(probabilities, (3, 1)), SOURCE, TARGET), 3 * once)
    expected = np.log((probabilities * TARGET / SOURCE).sum(axis=1)).sum()
    assert_allclose(once, expected)


def test_an_interval_is_normal_and_ends_at_the_shares_that_there_can_be():
    covariance = np.diag([0.01, 0.0, 1.0])
    ends = interval(np.array([0.5, 0.3, 0.2]), covariance, 0.95)
    assert_allclose(ends[0], [0.5 - 0.196, 0.5 + 0.196], atol=1e-4)
    assert_allclose(ends[1], [0.3, 0.3])
    assert_allclose(ends[2], [0, 1])
