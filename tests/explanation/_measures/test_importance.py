"""Importance: the rise of the loss by hand, intervals that hold as often as they say, and weights as repeated rows."""

import numpy as np
import pytest
from sklearn.inspection import permutation_importance
from sklearn.metrics import log_loss, make_scorer

from robust_mlp.explanation._measures.importance import Labels, interval, missing_rises, permutation_rises
from robust_mlp.explanation._swaps.table import TablePredictor
from tests.explanation.effect_fits import classifier_with_effects, table_with_effects
from tests.explanation.known_answers import Formula, numbers_network, whole_predictor


def predictor_of(clf, X):
    """A predictor that knows the formula alone."""
    return TablePredictor(X, [(np.arange(len(X)), clf.predict_proba)], np.zeros(X.shape[1], dtype=int))


def sample(seed, n_rows=400, weights=(1.0, 0.5, 0.0)):
    """(X, codes, classifier): the classifier is the one that made the labels."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_rows, len(weights)))
    clf = Formula(lambda table: np.asarray(table) @ np.array(weights))
    codes = (X @ np.array(weights) + rng.logistic(size=n_rows) > 0).astype(int)
    return X, codes, clf


def test_values_are_those_of_scikit_learn_within_the_interval():
    X, codes, clf = sample(0, 2000)
    labels = np.array(clf.classes)[codes]
    scorer = make_scorer(log_loss, greater_is_better=False, response_method="predict_proba")
    theirs = permutation_importance(clf, X, labels, scoring=scorer, n_repeats=5, random_state=0).importances_mean
    rows = np.random.default_rng(0).permutation(2000)
    ours = permutation_rises(predictor_of(clf, X), rows, Labels(codes, np.ones(2000)), [[0], [1], [2]])
    for mean, error, value in zip(ours.mean, ours.error, theirs, strict=True):
        assert abs(mean - value) <= 2 * error + 1e-12
    assert ours.mean[2] == ours.error[2] == 0.0  # the formula does not read the column


@pytest.mark.parametrize("n_repeats", [1, 5])
def test_standard_errors_are_how_far_estimates_of_new_samples_differ(n_repeats):
    means, errors = [], []
    for seed in range(120):
        X, codes, clf = sample(seed, 150)
        rises = permutation_rises(
            predictor_of(clf, X),
            np.arange(150),
            Labels(codes, np.ones(150)),
            [[0], [1]],
            n_repeats=n_repeats,
            seed=seed,
        )
        means.append(rises.mean)
        errors.append(rises.error)
    ratio = np.mean(errors, axis=0) / np.std(means, axis=0)
    assert (ratio > 0.8).all() and (ratio < 1.3).all(), ratio


def test_columns_of_a_set_are_permuted_together():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(600)
    X = np.column_stack([x, x, rng.standard_normal(600)])
    clf = Formula(lambda table: 2 * (table[:, 0] - table[:, 1]) + table[:, 2])
    codes = (X[:, 2] + rng.logistic(size=600) > 0).astype(int)
    rises = permutation_rises(predictor_of(clf, X), np.arange(600), Labels(codes, np.ones(600)), [[0], [0, 1]])
    assert rises.mean[0] > 0.2
    assert abs(rises.mean[1]) < 1e-12  # their difference stays 0


def test_a_row_of_weight_two_counts_as_two_rows():
    X, codes, clf = sample(3, 200)
    weights = np.where(np.arange(200) < 100, 2.0, 1.0)
    twice = np.concatenate([np.arange(200), np.arange(100)])
    loss, rises = missing_rises(predictor_of(clf, X), np.arange(200), Labels(codes, weights), [0, 1])
    predictor = predictor_of(clf, X[twice])
    same_loss, same = missing_rises(predictor, np.arange(300), Labels(codes[twice], np.ones(300)), [0, 1])
    assert loss == pytest.approx(same_loss)
    np.testing.assert_allclose(rises, same)


def test_the_loss_of_the_rows_as_they_are_is_the_log_loss():
    X, codes, clf = sample(4, 300)
    loss, _ = missing_rises(predictor_of(clf, X), np.arange(300), Labels(codes, np.ones(300)), [0])
    assert loss == pytest.approx(log_loss(np.array(clf.classes)[codes], clf.predict_proba(X)))


def test_classes_have_rises_of_their_own_whose_mean_is_the_whole():
    X, codes, clf = sample(5, 300)
    rises = permutation_rises(predictor_of(clf, X), np.arange(300), Labels(codes, np.ones(300)), [[0]])
    shares = np.bincount(codes) / 300
    assert rises.per_class[0] @ shares == pytest.approx(rises.mean[0])


def test_without_labels_the_rise_is_what_the_probabilities_expect():
    X, codes, clf = sample(6, 5000)
    rows, unknown = np.arange(5000), Labels(None, np.ones(5000))
    expected = permutation_rises(predictor_of(clf, X), rows, unknown, [[0], [2]])
    known = permutation_rises(predictor_of(clf, X), rows, Labels(codes, np.ones(5000)), [[0], [2]])
    assert expected.mean[0] == pytest.approx(known.mean[0], abs=3 * known.error[0])  # the formula is the truth
    assert expected.mean[1] == 0.0
    assert np.isnan(expected.per_class).all()


def test_any_number_of_threads_gives_the_same_numbers():
    clf, X, y = numbers_network()
    found = []
    for n_threads in (1, 2):
        predictor = whole_predictor(clf, X)
        predictor.n_threads = n_threads
        rises = permutation_rises(predictor, np.arange(len(X)), Labels(y, np.ones(len(X))), [[0], [1], [2]], seed=3)
        found.append(rises.mean.tolist())
    assert found[0] == found[1]


def test_more_intervals_are_wider_so_that_all_hold_together():
    one, many = interval(0.0, 1.0, 1), interval(0.0, 1.0, 20)
    assert one == pytest.approx((-1.96, 1.96), abs=0.001)
    assert many == pytest.approx((-3.0233, 3.0233), abs=0.001)  # the normal quantile of 1 - .05 / 40


def test_members_that_read_effects_have_the_rises_of_plain_predictions():
    clf, X = classifier_with_effects()
    labels, rows = Labels(table_with_effects()[1], np.ones(600)), np.random.default_rng(0).permutation(600)
    sets = [[0], [1], [2], [3], [4], [1, 3]]
    fast, plain = (
        permutation_rises(predictor, rows, labels, sets, n_repeats=2)
        for predictor in (whole_predictor(clf, X), predictor_of(clf, X))
    )
    np.testing.assert_allclose(fast.mean, plain.mean, atol=1e-5)
    assert (np.abs(fast.mean[:4]) > 1e-3).all()
