"""The comparison with the prior, held against scikit-learn and against chance."""

import math

import numpy as np
import pytest
from scipy.stats import mannwhitneyu
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    log_loss,
    recall_score,
    roc_auc_score,
)

from robust_mlp._collapse.symptoms.against_prior import MOST_CLASSES_OF_CONFUSION, compare, rank_statistics
from robust_mlp._core.records import HeldOut
from tests.invented_attempts import constant, from_scores, held_out


def weighted(held, weights):
    return HeldOut(codes=held.codes, probabilities=held.probabilities, weights=np.asarray(weights, float))


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_the_figures_are_scikit_learns(n_classes):
    held = held_out(300, 1.0, prior=np.full(n_classes, 1 / n_classes))
    rng = np.random.default_rng(1)
    w = rng.uniform(0.5, 3, size=300)
    prior = rng.dirichlet(np.ones(n_classes))
    c = compare(weighted(held, w), prior)
    P, y = held.probabilities, held.codes
    predicted = P.argmax(axis=1)
    assert c.loss == pytest.approx(log_loss(y, P, sample_weight=w))
    assert c.prior_loss == pytest.approx(log_loss(y, np.tile(prior, (300, 1)), sample_weight=w))
    assert c.accuracy == pytest.approx(accuracy_score(y, predicted, sample_weight=w))
    assert c.balanced_accuracy == pytest.approx(balanced_accuracy_score(y, predicted, sample_weight=w))
    assert c.recalls == pytest.approx(recall_score(y, predicted, average=None, sample_weight=w))
    for k in range(n_classes):
        assert c.auc[k] == pytest.approx(roc_auc_score(y == k, P[:, k], sample_weight=w))
    assert sum(c.true_share) == pytest.approx(1) == pytest.approx(sum(c.predicted_share))
    assert c.spread == pytest.approx(P.std(axis=0).max())
    np.testing.assert_allclose(c.confusion, confusion_matrix(y, predicted, sample_weight=w, normalize="all"))


def test_bins_of_the_calibration_hold_all_rows_once():
    held = held_out(400, 1.0, prior=[0.25] * 4)
    w = np.random.default_rng(1).uniform(0.5, 3, size=400)
    bins = np.array(compare(weighted(held, w), [0.25] * 4).calibration)
    confidence, is_right = held.probabilities.max(axis=1), held.probabilities.argmax(axis=1) == held.codes
    assert (np.diff(bins[:, 0]) > 0).all()
    assert bins[:, 2].sum() == pytest.approx(1)
    assert bins[:, 0] @ bins[:, 2] == pytest.approx(np.average(confidence, weights=w))
    assert bins[:, 1] @ bins[:, 2] == pytest.approx(np.average(is_right, weights=w))


def test_many_classes_have_no_table_of_classes_against_classes():
    n = MOST_CLASSES_OF_CONFUSION + 1
    assert compare(held_out(200, 1.0, prior=[1 / n] * n), [1 / n] * n).confusion == ()


def test_a_row_of_weight_two_counts_as_the_row_given_twice():
    held = held_out(60, 0.5)
    twice = HeldOut(
        codes=np.repeat(held.codes, 2), probabilities=np.repeat(held.probabilities, 2, axis=0), weights=np.ones(120)
    )
    one, two = compare(weighted(held, np.full(60, 2.0)), [0.5, 0.5]), compare(twice, [0.5, 0.5])
    assert one.loss == pytest.approx(two.loss)
    assert one.accuracy == pytest.approx(two.accuracy)
    assert one.auc == pytest.approx(two.auc)


def test_with_two_classes_the_score_is_the_mann_whitney_test():
    held = held_out(80, 0.4, seed=3)
    rounded = from_scores(np.round(np.log(held.probabilities), 1), held.codes)  # with ties
    for case in (held, rounded):
        p = case.probabilities[:, 1]
        test = mannwhitneyu(
            p[case.codes == 1], p[case.codes == 0], alternative="greater", method="asymptotic", use_continuity=False
        )
        own = compare(case, [0.5, 0.5]).association
        assert 0.5 * math.erfc(own / math.sqrt(2)) == pytest.approx(test.pvalue, rel=1e-6)


@pytest.mark.parametrize(
    "prior, n",
    [([0.5, 0.5], 30), ([0.97, 0.03], 200), ([0.4, 0.3, 0.2, 0.1], 60), ([1 / 20] * 20, 100)],
)
def test_without_skill_the_score_has_mean_0_and_deviation_1(prior, n):
    rng = np.random.default_rng(0)
    codes = (
        np.arange(n) % len(prior)
        if min(prior) == max(prior)
        else np.repeat(range(len(prior)), (np.array(prior) * n).astype(int))
    )
    case = from_scores(rng.normal(size=(len(codes), len(prior))) * 2, codes)
    scores = [
        compare(
            HeldOut(codes=rng.permutation(codes), probabilities=case.probabilities, weights=case.weights), prior
        ).association
        for _ in range(1500)
    ]
    assert abs(np.mean(scores)) < 4 / math.sqrt(1500)
    assert np.std(scores) == pytest.approx(1, abs=0.08)
    assert np.mean(np.array(scores) > 3.3) < 0.004


def test_the_score_ignores_calibration_and_class_weights():
    held = held_out(200, 0.7)
    plain = compare(held, [0.5, 0.5])
    bent = from_scores(np.log(held.probabilities) * 5 + [0, 4], held.codes)
    again = compare(bent, [0.5, 0.5])
    assert again.association == pytest.approx(plain.association)
    assert again.auc == pytest.approx(plain.auc)
    assert again.loss > plain.loss


def test_constant_predictions_have_no_score_and_a_chance_area():
    c = compare(constant(prior=[0.2, 0.3, 0.5]), [0.2, 0.3, 0.5])
    assert c.association == 0
    assert c.auc == (0.5, 0.5, 0.5)
    assert c.gain == pytest.approx(0)
    assert c.balanced_accuracy == pytest.approx(1 / 3) == c.prior_balanced_accuracy


def test_a_class_without_rows_has_neither_recall_nor_area():
    held = held_out(50, 1.0, codes=np.tile([0, 2], 25), prior=[0.4, 0.2, 0.4])
    c = compare(held, [0.4, 0.2, 0.4])
    assert math.isnan(c.recalls[1]) and math.isnan(c.auc[1])
    assert c.prior_balanced_accuracy == 0.5
    assert 0 < c.balanced_accuracy <= 1


def test_rows_of_one_class_give_no_score():
    c = compare(held_out(codes=np.ones(40, dtype=int)), [0.5, 0.5])
    assert c.association == 0
    assert math.isnan(c.mean_auc)


def test_probabilities_that_are_not_numbers_leave_only_the_priors_figures():
    held = constant(20)
    broken = HeldOut(codes=held.codes, probabilities=np.full((20, 2), np.nan), weights=held.weights)
    c = compare(broken, [0.5, 0.5])
    assert not c.is_finite
    assert c.prior_loss == pytest.approx(math.log(2))
    assert math.isnan(c.loss) and math.isnan(c.accuracy)


def test_the_standard_error_of_the_gain_is_that_of_a_mean_of_paired_differences():
    held = held_out(500, 0.5)
    c = compare(held, [0.5, 0.5])
    gains = np.log(held.probabilities[np.arange(500), held.codes]) + math.log(2)
    assert c.gain == pytest.approx(gains.mean())
    assert c.gain_error == pytest.approx(gains.std() / math.sqrt(500))


@pytest.mark.parametrize("n_classes", [2, 4])
def test_copies_of_rows_are_no_evidence_where_groups_say_that_they_are_copies(n_classes):
    held = held_out(120, 0.5, prior=np.full(n_classes, 1 / n_classes))
    order = np.random.default_rng(0).permutation(120 * 15)
    groups = np.repeat(np.arange(120), 15)[order]
    rows = {"codes": held.codes[groups], "probabilities": held.probabilities[groups], "weights": np.ones(len(groups))}
    once = compare(held, np.full(n_classes, 1 / n_classes))
    misled, told = (compare(HeldOut(**rows, groups=said), np.full(n_classes, 1 / n_classes)) for said in (None, groups))
    assert misled.association > 3 * once.association
    assert told.association == pytest.approx(once.association, rel=0.15)
    assert misled.gain_error == pytest.approx(once.gain_error / math.sqrt(15))
    assert told.gain_error == pytest.approx(once.gain_error)
    assert (told.loss, told.accuracy, told.auc) == (misled.loss, misled.accuracy, misled.auc)


def test_scores_of_grouped_noise_are_near_normal():
    rng = np.random.default_rng(0)
    scores = []
    for _ in range(400):
        groups = np.repeat(np.arange(60), 10)
        codes, log_odds = rng.integers(0, 2, 60)[groups], rng.normal(size=60)[groups] + 0.1 * rng.normal(size=600)
        case = from_scores(np.column_stack([-log_odds, log_odds]), codes)
        told = HeldOut(codes=codes, probabilities=case.probabilities, weights=np.ones(600), groups=groups)
        scores.append(compare(told, [0.5, 0.5]).association)
    assert abs(np.mean(scores)) < 0.2
    assert 0.85 < np.std(scores) < 1.15  # without groups it is 3


def test_one_group_that_holds_most_rows_makes_no_signal_of_chance():
    """Predictions and labels that are constant in each of 20 small groups, beside one group of many rows."""
    groups = np.concatenate([np.zeros(600, int), np.repeat(np.arange(1, 21), 12)])
    scores = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        codes = np.concatenate([rng.integers(0, 2, 600), rng.integers(0, 2, 20)[groups[600:] - 1]])
        p = np.concatenate([np.repeat(rng.random(50), 12), rng.random(20)[groups[600:] - 1]])
        P, support = np.column_stack([1 - p, p]), np.bincount(codes, minlength=2)
        scores.append(rank_statistics(P, codes, np.ones(len(codes)), support, groups)[1])
    assert np.mean(np.array(scores) > 2.33) <= 0.01
