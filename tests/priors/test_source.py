"""A Source is what NumPy finds in the predictions, and forgets the rows."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp.priors._source import effective_rows, summarize
from tests.priors.samples import SOURCE, posterior, sample


def test_unequal_weights_are_worth_fewer_rows():
    assert effective_rows(np.ones(7)) == 7.0
    assert effective_rows(np.array([1.0, 0.0])) == 1.0


def test_it_is_what_numpy_finds_by_class():
    X, codes = sample(500, SOURCE, 0)
    probabilities = posterior(X, SOURCE)
    source = summarize(probabilities, codes, np.ones(500))
    assert_allclose(source.mean, probabilities.mean(axis=0))
    assert_allclose(source.covariance, np.cov(probabilities.T, bias=True), atol=1e-12)
    assert_array_equal(source.n_by_class, np.bincount(codes))
    centred = probabilities.copy()
    for code in range(5):
        assert_allclose(source.mean_by_class[code], probabilities[codes == code].mean(axis=0))
        centred[codes == code] -= source.mean_by_class[code]
    assert_allclose(source.covariance_within, centred.T @ centred / 500, atol=1e-12)
    assert (source.n_rows, source.prior is source.mean) == (500.0, True)


def test_a_weight_of_two_is_a_row_that_occurs_twice_but_for_what_it_proves():
    X, codes = sample(300, SOURCE, 0)
    probabilities, weights = posterior(X, SOURCE), np.random.default_rng(0).integers(0, 4, 300)
    weighted = summarize(probabilities, codes, weights.astype(float))
    repeated = summarize(np.repeat(probabilities, weights, axis=0), np.repeat(codes, weights), np.ones(weights.sum()))
    for name in ("prior", "mean", "covariance", "mean_by_class", "covariance_within"):
        assert_allclose(getattr(weighted, name), getattr(repeated, name), atol=1e-12)
    assert weighted.n_rows < repeated.n_rows  # copies of a row are no further evidence
    assert (weighted.n_by_class < repeated.n_by_class).all()


def test_a_class_without_rows_has_none_and_a_known_prior_is_kept():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1]])
    prior = np.array([0.5, 0.3, 0.2])
    source = summarize(probabilities, np.array([0, 1, 2]), np.array([1.0, 1.0, 0.0]), prior)
    assert source.prior is prior
    assert_array_equal(source.n_by_class, [1, 1, 0])
    assert_array_equal(source.mean_by_class[2], 0)
