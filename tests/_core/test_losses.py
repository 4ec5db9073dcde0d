"""Losses are what their formulas say, and keep the bits of the forms that stored results were computed with."""

import ast
import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import log_softmax
from scipy.special import softmax as scipy_softmax
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import log_loss

from robust_mlp._collapse.symptoms.rules import CLEAR_RELATIVE_GAIN, FITTED_RELATIVE_GAIN
from robust_mlp._core.log_odds import log_probabilities
from robust_mlp._core.losses import (
    FEW_COLUMNS,
    LARGEST_UNSEEN_AUC_AFTER_TRAINING,
    LARGEST_UNSEEN_AUC_WITHOUT_TRAINING,
    SMALLEST_POSITIVE,
    SMALLEST_PROBABILITY,
    entropy,
    log_losses,
    logit_losses,
    logit_losses_and_slopes,
    mean_loss,
    relative_entropy,
    row_losses,
    softmax,
    softmax_in_place,
    yes_no_entropy,
    yes_no_loss,
)

PACKAGE = Path(__file__).resolve().parents[2] / "robust_mlp"
RNG = np.random.default_rng(0)
SHARES = [
    [0.5, 0.5],
    [1.0, 0.0],
    [0.999, 0.001],
    [0.2, 0.3, 0.5],
    RNG.dirichlet(np.ones(9)),
    RNG.dirichlet(np.full(40, 0.1)),
]


def predictions(n_classes=3, dtype=np.float64):
    P = RNG.dirichlet(np.full(n_classes, 0.3), 200).astype(dtype)
    return P, RNG.integers(0, n_classes, 200), RNG.random(200)


# ---- constants


def test_a_sure_and_wrong_answer_costs_what_it_costs_in_keras():
    import keras

    assert keras.backend.epsilon() == SMALLEST_PROBABILITY
    assert_allclose(log_losses(np.array([0.0])), [-math.log(1e-7)])


def test_the_smallest_positive_number_keeps_its_precision():
    assert SMALLEST_POSITIVE == 2.0**-1022
    assert np.isfinite(log_losses(np.array([0.0]), SMALLEST_POSITIVE)).all()
    assert np.isfinite(1 / SMALLEST_POSITIVE)


def test_simple_models_alone_must_see_weaker_signals_than_beside_a_network():
    assert 0.5 < LARGEST_UNSEEN_AUC_WITHOUT_TRAINING < LARGEST_UNSEEN_AUC_AFTER_TRAINING < 1


def numbers_that_belong_here():
    """(module, line) of every `finfo(...).tiny`, and of every assignment of 1e-7 to a name of a probability."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_tiny = isinstance(node, ast.Attribute) and node.attr in ("tiny", "smallest_normal")
            is_floor = isinstance(node, ast.Assign) and any(
                isinstance(target, ast.Name) and "PROBABILITY" in target.id and "SMALLEST" in target.id
                for target in node.targets
            )
            if is_tiny or is_floor:
                yield path.relative_to(PACKAGE).as_posix(), node.lineno


def test_no_other_module_has_a_smallest_probability_of_its_own():
    assert {module for module, _ in numbers_that_belong_here()} == {"_core/losses.py"}


# ---- losses of probabilities


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("smallest", [SMALLEST_PROBABILITY, SMALLEST_POSITIVE])
def test_the_loss_of_a_row_is_minus_the_log_of_its_true_class(dtype, smallest):
    P, codes, weights = predictions(dtype=dtype)
    expected = -np.log(np.maximum(P[np.arange(200), codes], smallest))
    assert_array_equal(row_losses(P, codes, smallest), expected)
    assert row_losses(P, codes, smallest).dtype == expected.dtype
    assert mean_loss(P, codes, smallest=smallest) == expected.mean()
    assert mean_loss(P, codes, weights, smallest) == np.average(expected, weights=weights)


def test_a_certain_and_wrong_answer_has_a_finite_loss():
    assert_allclose(row_losses(np.array([[1.0, 0.0]]), np.array([1])), -np.log(SMALLEST_PROBABILITY))


@pytest.mark.parametrize("n_classes", [2, 3, 11])
def test_the_mean_loss_is_scikit_learns(n_classes):
    P, codes, weights = predictions(n_classes)
    P = np.maximum(P, 1e-6)
    P /= P.sum(axis=1, keepdims=True)
    labels = np.arange(n_classes)
    assert_allclose(mean_loss(P, codes), log_loss(codes, P, labels=labels))
    assert_allclose(mean_loss(P, codes, weights), log_loss(codes, P, labels=labels, sample_weight=weights))


def test_a_gain_over_the_prior_has_the_bits_of_a_difference_of_logarithms():
    P, codes, weights = predictions()
    prior = np.array([0.7, 0.3, 0.0])
    own = np.log(np.maximum(P[np.arange(200), codes], 1e-7))
    expected = own - np.log(np.maximum(prior, 1e-7))[codes]
    assert_array_equal(log_losses(prior)[codes] - row_losses(P, codes), expected)
    shares = np.bincount(codes, weights=weights) / weights.sum()
    assert shares @ log_losses(prior) == -(shares @ np.log(np.maximum(prior, 1e-7)))


def test_a_probability_that_is_no_number_has_no_loss():
    P = np.array([[np.nan, 1.0], [0.5, 0.5]])
    assert_array_equal(np.isnan(row_losses(P, np.array([0, 0]))), [True, False])
    assert math.isnan(mean_loss(P, np.array([0, 0])))


def test_rows_without_weight_have_no_mean():
    with pytest.raises(ZeroDivisionError):
        mean_loss(np.array([[0.5, 0.5]]), np.array([0]), np.array([0.0]))


def test_the_loss_of_several_labels_is_the_mean_of_their_binary_ones():
    P, truth = RNG.random((50, 3)), RNG.integers(0, 2, (50, 3))
    assert_allclose(yes_no_loss(P, truth), np.mean([log_loss(truth[:, i], P[:, i]) for i in range(3)]))
    assert_allclose(yes_no_loss(np.array([[0.0, 1.0]]), np.array([[1, 1]])), -math.log(1e-7) / 2, rtol=1e-6)
    assert yes_no_loss(np.array([[-3.0, 9.0]]), np.array([[0, 1]])) == yes_no_loss(
        np.array([[0.0, 1.0]]), np.array([[0, 1]])
    )


# ---- class shares


@pytest.mark.parametrize("shares", SHARES)
def test_entropy_is_the_loss_of_answering_the_shares(shares):
    shares = np.asarray(shares)
    assert_allclose(entropy(shares), scipy_entropy(shares), rtol=1e-14)
    assert_allclose(entropy(shares), shares @ log_losses(shares, SMALLEST_POSITIVE), rtol=1e-14)
    assert entropy(shares) == entropy(tuple(shares.tolist()))
    assert 0 <= entropy(shares) <= math.log(len(shares)) * (1 + 1e-15)


@pytest.mark.parametrize("gain", [CLEAR_RELATIVE_GAIN, FITTED_RELATIVE_GAIN])
def test_entropy_decides_as_a_sum_of_scalar_logarithms_does(gain):
    # The guard once added scalars up. The sums differ by a last bit or two, hence no loss is on another side of a limit
    # unless it is equal to the limit in fourteen digits.
    for n_classes in (2, 3, 8, 30):
        for shares in RNG.dirichlet(np.full(n_classes, 0.5), 300):
            added_up = -sum(p * math.log(p) for p in shares if p > 0)
            assert abs(entropy(shares) - added_up) <= 8 * np.spacing(added_up)
            for factor in (1 - 1e-14, 1 + 1e-14):
                loss = (1 - gain) * added_up * factor
                assert (loss < (1 - gain) * entropy(shares)) is (loss < (1 - gain) * added_up)


def test_entropy_has_the_bits_by_which_trainings_are_stopped():
    for shares in SHARES:
        expected = -float(np.sum(np.asarray(shares) * np.log(np.maximum(shares, np.finfo(float).tiny))))
        assert entropy(shares) == expected


def test_the_entropy_of_labels_is_the_mean_of_their_own():
    shares = np.array([0.5, 0.1, 0.999])
    expected = np.mean([entropy([share, 1 - share]) for share in shares])
    assert_allclose(yes_no_entropy(shares), expected, rtol=1e-14)
    # as it was computed before
    assert yes_no_entropy(shares) == np.mean(-shares * np.log(shares) - (1 - shares) * np.log(1 - shares))


def test_a_label_that_all_rows_or_none_have_is_known():
    assert yes_no_entropy(np.array([0.0, 1.0])) == 0.0


@pytest.mark.parametrize("shares", SHARES)
def test_relative_entropy_is_what_the_wrong_shares_cost(shares):
    shares = np.asarray(shares)
    others = np.full(len(shares), 1 / len(shares))
    assert relative_entropy(shares, shares) == 0
    assert_allclose(relative_entropy(shares, others), scipy_entropy(shares, others), rtol=1e-10, atol=1e-14)
    assert relative_entropy(np.array([0.0, 1.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2))
    assert 100 < relative_entropy(np.array([0.5, 0.5]), np.array([1.0, 0.0])) < math.inf


# ---- logits


def reduced_by_numpy(logits):
    shifted = logits.astype(np.float64)
    shifted -= shifted.max(axis=1, keepdims=True)
    odds = np.exp(shifted)
    return odds / odds.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [1, 2, 3, 7, 8, 9, 40])
def test_both_softmaxes_are_scipys_and_in_place_has_the_bits_of_numpys_sums(n_classes, dtype):
    logits = (5 * RNG.normal(size=(300, n_classes))).astype(dtype)
    before = logits.copy()
    found = softmax(logits)
    assert_array_equal(logits, before)
    assert found.dtype == np.float64
    assert_allclose(found, scipy_softmax(logits.astype(np.float64), axis=1), rtol=1e-12)
    given = logits.astype(np.float64)
    in_place = softmax_in_place(given)
    assert in_place is given
    assert_array_equal(in_place, reduced_by_numpy(logits))
    if n_classes != FEW_COLUMNS:  # of so many numbers NumPy adds pairs first
        assert_array_equal(in_place, found)


def test_softmax_undoes_the_logarithm():
    rows = np.random.default_rng(3).dirichlet(np.ones(3), 20)
    assert_allclose(softmax_in_place(log_probabilities(rows)), rows)


@pytest.mark.parametrize("function", [softmax, softmax_in_place])
def test_softmax_of_large_logits_is_scipys(function):
    logits = np.random.default_rng(2).normal(size=(30, 5)) * 300
    expected = scipy_softmax(logits, axis=1)
    assert_allclose(function(logits), expected, rtol=1e-12, atol=1e-300)


def test_softmax_adds_few_columns_one_after_the_other():
    logits = RNG.normal(size=(200, FEW_COLUMNS))
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    total = odds[:, 0].copy()
    for column in range(1, FEW_COLUMNS):
        total += odds[:, column]
    assert_array_equal(softmax(logits), odds / total[:, np.newaxis])


def test_softmax_takes_logits_of_any_number_of_axes():
    logits = RNG.normal(size=(2, 5, 3))
    assert_array_equal(softmax(logits), [softmax(part) for part in logits])


def test_a_diverged_row_shows_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = softmax(np.array([[np.inf, 0.0], [1e30, 0.0], [-1e30, 0.0]]))
    assert np.isnan(found[0]).any()
    assert_array_equal(found[1:], [[1, 0], [0, 1]])


def members(dtype=np.float32):
    return (3 * RNG.normal(size=(2, 4, 50))).astype(dtype), RNG.integers(0, 4, (2, 50)).astype(np.int32)


def test_losses_of_logits_are_those_of_their_softmax():
    logits, codes = members()
    expected = -np.take_along_axis(log_softmax(logits.astype(np.float64), axis=1), codes[:, np.newaxis], axis=1)[:, 0]
    assert_allclose(logit_losses(logits - logits.max(axis=1, keepdims=True), codes), expected, rtol=1e-4, atol=1e-6)
    losses, _ = logit_losses_and_slopes(logits.copy(), codes)
    assert_allclose(losses, expected, rtol=1e-4, atol=1e-6)
    assert losses.dtype == np.float32


def test_slopes_are_the_derivative_of_the_losses():
    logits, codes = members(np.float64)
    slopes = logit_losses_and_slopes(logits.copy(), codes)[1]
    step = 1e-6
    for c in range(4):
        up, down = logits.copy(), logits.copy()
        up[:, c] += step
        down[:, c] -= step
        by_difference = (logit_losses_and_slopes(up, codes)[0] - logit_losses_and_slopes(down, codes)[0]) / (2 * step)
        assert_allclose(slopes[:, c], by_difference, atol=1e-8)


def test_slopes_lie_in_the_memory_of_the_logits():
    logits, codes = members()
    assert logit_losses_and_slopes(logits, codes)[1] is logits
