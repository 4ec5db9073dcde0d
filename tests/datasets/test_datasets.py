"""The generated tables are what they say they are, and a seed decides them."""

import inspect

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from robust_mlp import datasets
from robust_mlp.datasets._founding import TEST_SHARES, TRAIN_SHARES

GENERATORS = [getattr(datasets, name) for name in datasets.__all__]
SMALL = {"n_rows": 200}
INVALID = [  # function, parameters, whole message
    (datasets.make_founding_table, {"n_rows": 10}, "n_rows == 10, must be >= 50."),
    (datasets.make_founding_table, {"n_rows": 100, "n_test_rows": 3}, "n_test_rows == 3, must be >= 25."),
    (datasets.make_waveforms, {"n_rows": 4}, "n_rows == 4, must be >= 5."),
    (datasets.make_waveforms, {"scale": 0}, "scale == 0, must be > 0."),
    (datasets.make_waveforms, {"noise": -1.0}, "noise == -1.0, must be >= 0."),
    (datasets.make_xor, {"n_columns": 1}, "n_columns == 1, must be >= 2."),
    (datasets.make_parity, {"n_columns": 2, "n_bits": 3}, "n_columns == 2, must be >= 3."),
    (datasets.make_rings, {"radius": 1.0}, "radius == 1.0, must be < 1."),
    (datasets.make_clusters, {"n_rows": 5, "n_classes": 6}, "n_rows == 5, must be >= 6."),
    (datasets.make_weak_signal, {"auc": 1.0}, "auc == 1.0, must be < 1."),
    (datasets.make_weak_signal, {"positive_share": 0.0}, "positive_share == 0.0, must be > 0."),
    (
        datasets.make_pure_noise,
        {"shares": (1.0,)},
        "shares=(1.0,): pass at least two positive numbers, one for each class.",
    ),
    (datasets.make_noisy_labels, {"noise": 1.5}, "noise == 1.5, must be <= 1."),
    (datasets.make_conflicting_duplicates, {"n_copies": 1}, "n_copies == 1, must be >= 2."),
    (
        datasets.make_many_decades,
        {"decades": (3, -3)},
        "decades=(3, -3): pass two powers of ten in [-30, 30], the smaller first.",
    ),
    (datasets.make_imbalanced, {"ratio": 0.5}, "ratio == 0.5, must be >= 1."),
    (datasets.make_identifier_columns, {"n_identifiers": 0}, "n_identifiers == 0, must be >= 1."),
    (datasets.make_sorted, {"n_columns": 4}, "n_columns == 4, must be >= 5."),
]


def same(first, second):
    """Whether two results hold the same bits."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def accuracy(model, X, y):
    """Mean accuracy over three folds."""
    return cross_val_score(model, X, y, cv=3).mean()


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_the_same_seed_gives_the_same_table(make):
    assert same(make(**SMALL, random_state=3), make(**SMALL, random_state=3))


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_another_seed_gives_another_table(make):
    assert not same(make(**SMALL, random_state=3), make(**SMALL, random_state=4))


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_a_random_state_instance_is_a_stream_of_tables(make):
    rng = np.random.RandomState(0)
    first, second = make(**SMALL, random_state=rng), make(**SMALL, random_state=rng)
    assert not same(first, second)
    assert same(first, make(**SMALL, random_state=np.random.RandomState(0)))


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_the_global_generator_is_left_alone(make):
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    make(**SMALL, random_state=0)
    assert np.array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_rows_and_labels_are_as_many_as_asked_for_and_finite(make):
    X, y = make(**SMALL, random_state=0)[:2]
    assert X.shape[0] == y.shape[0] == 200
    assert X.ndim == 2 and y.ndim == 1
    assert np.isfinite(X).all()


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_all_settings_but_the_sizes_are_keyword_only(make):
    positional = [
        p.name for p in inspect.signature(make).parameters.values() if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    assert set(positional) <= {"n_rows", "n_columns", "n_test_rows", "length"}


@pytest.mark.parametrize("make, parameters, message", INVALID)
def test_a_value_out_of_range_is_named(make, parameters, message):
    with pytest.raises(ValueError) as caught:
        make(**parameters)
    assert str(caught.value) == message


@pytest.mark.parametrize("make", GENERATORS, ids=datasets.__all__)
def test_a_row_count_that_is_no_integer_is_a_type_error(make):
    with pytest.raises(TypeError, match=r"^n_rows must be an instance of"):
        make(n_rows=100.5)


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


def test_xor_is_invisible_to_a_line_and_plain_to_a_forest():
    X, y = datasets.make_xor(600, random_state=0)
    assert abs(accuracy(LogisticRegression(), X, y) - 0.5) < 0.1
    assert accuracy(RandomForestClassifier(30, random_state=0), X, y) > 0.95


def test_parity_needs_every_one_of_its_bits():
    X, y = datasets.make_parity(4000, 6, n_bits=3, random_state=0)
    assert accuracy(DecisionTreeClassifier(random_state=0), X[:, :3], y) == 1.0
    assert abs(accuracy(DecisionTreeClassifier(random_state=0), X[:, :2], y) - 0.5) < 0.05


@pytest.mark.parametrize("auc", [0.5, 0.56, 0.75, 0.95])
def test_weak_signal_has_the_auc_that_was_asked_for(auc):
    X, y = datasets.make_weak_signal(20_000, auc=auc, n_informative=4, random_state=0)
    # The standard error of an AUC of .5 over 10,000 + 10,000 rows is .0041.
    assert abs(roc_auc_score(y, X[:, :4].sum(axis=1)) - auc) < 0.0125


def test_weak_signal_has_the_positive_share_that_was_asked_for():
    assert datasets.make_weak_signal(1000, positive_share=0.116, random_state=0)[1].sum() == 116


def test_pure_noise_has_the_shares_and_nothing_else():
    X, y = datasets.make_pure_noise(2000, shares=(0.7, 0.2, 0.1), random_state=0)
    assert np.bincount(y).tolist() == [1400, 400, 200]
    assert accuracy(LogisticRegression(), X, y) < 0.72


@pytest.mark.parametrize("n_classes", [2, 5])
def test_noisy_labels_are_wrong_as_often_as_asked_for(n_classes):
    clean = datasets.make_noisy_labels(500, n_classes=n_classes, noise=0, random_state=0)
    noisy = datasets.make_noisy_labels(500, n_classes=n_classes, noise=0.3, random_state=0)
    assert np.array_equal(clean[0], noisy[0])
    assert (clean[1] != noisy[1]).sum() == 150


def test_duplicates_occur_as_often_as_asked_for_and_contradict_each_other():
    X, y = datasets.make_conflicting_duplicates(400, n_copies=4, conflict=0.25, random_state=0)
    _, group, counts = np.unique(X, axis=0, return_inverse=True, return_counts=True)
    positives = np.bincount(group.ravel(), weights=y)
    assert counts.tolist() == [4] * 100
    assert np.mean((positives > 0) & (positives < 4)) > 0.5


def test_decades_are_the_spread_of_the_columns():
    X, y = datasets.make_many_decades(500, 13, decades=(-6, 6), random_state=0)
    assert 1e11 < X.std(axis=0).max() / X.std(axis=0).min() < 1e14
    assert accuracy(LogisticRegression(), StandardScaler().fit_transform(X), y) > 0.95


def test_imbalance_is_the_ratio_that_was_asked_for_and_never_less_than_two_rows():
    assert datasets.make_imbalanced(10_010, ratio=1000, random_state=0)[1].sum() == 10
    assert datasets.make_imbalanced(100, ratio=1000, random_state=0)[1].sum() == 2


def test_identifier_columns_name_each_row_and_say_nothing():
    X, y = datasets.make_identifier_columns(400, 6, n_identifiers=2, random_state=0)
    assert [np.unique(X[:, j]).size for j in (6, 7)] == [400, 400]
    assert accuracy(DecisionTreeClassifier(max_depth=3, random_state=0), X[:, 6:], y) < 0.65
    assert accuracy(DecisionTreeClassifier(max_depth=3, random_state=0), X, y) > 0.9


def test_the_tail_of_sorted_rows_is_one_class():
    _, y = datasets.make_sorted(1000, n_classes=5, random_state=0)
    assert np.array_equal(y, np.sort(y))
    assert set(y[-200:]) == {4}


def test_misaligned_labels_have_left_their_rows():
    X, y = datasets.make_misaligned(1000, random_state=0)
    assert accuracy(RandomForestClassifier(30, random_state=0), X, y) < 0.57


def test_rings_lie_at_their_radii():
    X, y = datasets.make_rings(300, noise=0, radius=0.4, scale=100, random_state=0)
    assert np.allclose(np.linalg.norm(X, axis=1), np.where(y == 1, 40, 100))


def test_clusters_with_many_classes_keep_every_class():
    X, y = datasets.make_clusters(2000, n_classes=200, random_state=0)
    assert np.bincount(y).tolist() == [10] * 200
    assert X.shape == (2000, 20)


def test_centres_stand_at_right_angles_where_there_is_room():
    X, y = datasets.make_clusters(30_000, 6, n_classes=3, n_informative=6, separation=4.0, random_state=0)
    centres = np.array([X[y == label].mean(axis=0) for label in range(3)])
    assert np.allclose(centres @ centres.T, 16 * np.eye(3), atol=0.3)
