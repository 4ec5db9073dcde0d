"""The founding tables have the shares, scales and classes of the questions."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from robust_mlp import datasets
from robust_mlp.datasets._founding import TEST_SHARES, TRAIN_SHARES
from tests.datasets.scores import accuracy


def test_founding_shares_are_those_of_the_question_with_the_shift_between_training_and_test():
    _, y, _, y_test = datasets.make_founding_table(10_000, 10_000, random_state=0)
    labels = np.array(list("abcde"))
    assert np.abs((y == labels[:, None]).mean(axis=1) - np.divide(TRAIN_SHARES, sum(TRAIN_SHARES))).max() < 1e-4
    assert np.abs((y_test == labels[:, None]).mean(axis=1) - np.divide(TEST_SHARES, sum(TEST_SHARES))).max() < 1e-4


def test_founding_test_rows_are_in_the_questions_proportion():
    assert datasets.make_founding_table(2695, random_state=0)[2].shape == (340, 157)


def test_founding_columns_span_six_decades_and_lie_off_zero():
    X = datasets.make_founding_table(2000, random_state=0)[0]
    deviation = X.std(axis=0, dtype=np.float64)
    assert X.dtype == np.float32
    assert deviation.max() / deviation.min() > 1e5
    assert np.median(np.abs(X.mean(axis=0, dtype=np.float64)) / deviation) > 2


def test_founding_classes_are_found_after_scaling_in_the_test_set_too():
    X, y, X_test, y_test = datasets.make_founding_table(6000, random_state=0)
    scaler = StandardScaler().fit(X)
    forest = RandomForestClassifier(60, random_state=0, n_jobs=1).fit(scaler.transform(X), y)
    assert forest.score(scaler.transform(X_test), y_test) > np.mean(y_test == "b") + 0.05


def test_waveforms_are_balanced_exactly_and_told_apart_by_a_tree():
    X, y = datasets.make_waveforms(500, 300, noise=0.1, random_state=0)
    assert np.bincount(y).tolist() == [100] * 5
    assert X.dtype == np.float32
    assert accuracy(DecisionTreeClassifier(random_state=0), X, y) > 0.95


def test_waveform_scale_multiplies_signal_and_noise_alike():
    small, _ = datasets.make_waveforms(50, 100, random_state=0)
    large, _ = datasets.make_waveforms(50, 100, scale=100, random_state=0)
    assert np.allclose(large, 100 * small, rtol=1e-5)
