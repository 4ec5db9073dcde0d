"""Samplers: which rows come out, with which weight, and from where."""

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE, SMOTENC
from imblearn.under_sampling import RandomUnderSampler, TomekLinks
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._data.balancing import class_mass
from robust_mlp._data.sampling import balanced_epoch, check_sampler
from tests._data.sampled_tables import run, table


@pytest.mark.parametrize("sampler", [None, "balanced_batches"])
def test_no_sampler_leaves_every_row_as_it_is(sampler):
    matrix, kinds, codes = table()
    resampled = run(sampler, matrix, kinds, codes)
    assert_array_equal(resampled.matrix, matrix)
    assert_array_equal(resampled.source_index, np.arange(len(codes)))
    assert_array_equal(resampled.weights, 1.0)


@pytest.mark.parametrize(
    "sampler, expected",
    [("over", [90, 90, 90]), ("under", [8, 8, 8]), ("smote", [90, 90, 90]), (SMOTE(), [90, 90, 90])],
)
def test_every_class_gets_equally_many_rows(sampler, expected):
    matrix, kinds, codes = table()
    resampled = run(sampler, matrix[:, :3], kinds[:3], codes)
    assert_array_equal(np.bincount(resampled.codes), expected)
    assert_array_equal(resampled.weights, 1.0)
    assert len(resampled.matrix) == len(resampled.codes) == len(resampled.source_index)


@pytest.mark.parametrize("sampler", ["over", "under", "smote"])
def test_every_class_gets_equal_weight_whatever_the_rows_weigh(sampler):
    matrix, kinds, codes = table()
    weights = np.random.default_rng(1).lognormal(0, 2, len(codes))
    resampled = run(sampler, matrix, kinds, codes, weights)
    mass, before = class_mass(resampled.codes, resampled.weights, 3), class_mass(codes, weights, 3)
    assert_allclose(mass, before.min() if sampler == "under" else before.max())
    assert len(resampled.codes) < 4 * len(codes)  # no explosion where a class weighs little


@pytest.mark.parametrize("sampler", ["over", "under"])
def test_over_and_under_only_select(sampler):
    matrix, kinds, codes = table()
    resampled = run(sampler, matrix, kinds, codes)
    assert_array_equal(resampled.matrix, matrix[resampled.source_index])
    assert_array_equal(resampled.codes, codes[resampled.source_index])
    assert resampled.n_selected == len(resampled.codes)


def test_over_keeps_every_row_and_repeats_all_rows_of_a_class_about_equally():
    matrix, kinds, codes = table((90, 20))
    times = np.bincount(run("over", matrix, kinds, codes).source_index)
    assert set(times[:90]) == {1}
    assert set(times[90:]) == {4, 5}  # 90 / 20 = 4.5


def test_under_takes_no_row_twice():
    matrix, kinds, codes = table()
    assert np.bincount(run("under", matrix, kinds, codes).source_index).max() == 1


@pytest.mark.parametrize("sampler", ["over", "under", "smote", RandomUnderSampler(), SMOTENC("auto")])
def test_the_seed_decides_and_nothing_else_does(sampler):
    matrix, kinds, codes = table()
    first = run(sampler, matrix, kinds, codes, seed=3)
    np.random.seed(0)  # the global generator must not matter
    again, other = run(sampler, matrix, kinds, codes, seed=3), run(sampler, matrix, kinds, codes, seed=4)
    assert_array_equal(first.matrix, again.matrix)
    assert_array_equal(first.source_index, again.source_index)
    assert first.matrix.shape != other.matrix.shape or not np.array_equal(first.matrix, other.matrix)


@pytest.mark.parametrize("sampler", ["over", "under", "smote", SMOTENC("auto"), TomekLinks()])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_matrix_is_not_written_to_and_keeps_its_dtype(sampler, dtype):
    matrix, kinds, codes = table()
    matrix = matrix.astype(dtype)
    matrix[5, 3] = np.nan
    before = matrix.copy()
    resampled = run(sampler, matrix, kinds, codes)
    assert_array_equal(matrix, before)
    assert resampled.matrix.dtype == dtype


# --- rare classes ----------------------------------------------------------------------------------------------------


def test_a_single_row_is_repeated_and_few_rows_use_fewer_neighbours_with_one_warning():
    matrix, kinds, codes = table((30, 3, 1))
    with pytest.warns(UserWarning) as caught:
        resampled = run("smote", matrix, kinds, codes, classes=np.array(["a", "b", "c"]))
    assert [str(warning.message) for warning in caught] == [
        "sampler='smote': Class 'c' has one training row and so no neighbour. The row was repeated instead. Class 'b' "
        "has 5 training rows or fewer: new rows lie between all of them instead of 5 neighbours. Pass sampler='over' "
        "for plain repetition."
    ]
    assert_array_equal(np.bincount(resampled.codes), [30, 30, 30])
    assert_array_equal(resampled.matrix[resampled.codes == 2], np.repeat(matrix[[33]], 30, axis=0))


def test_a_warning_names_ten_of_many_small_classes():
    matrix, kinds, codes = table((30, *[1] * 14))
    with pytest.warns(UserWarning, match=r"Class 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4 more has one training row"):
        run("smote", matrix, kinds, codes)


@pytest.mark.parametrize("sampler", ["over", "under", "smote"])
@pytest.mark.parametrize("counts", [(10_000, 1), (40, 1, 1, 2), tuple(range(60, 0, -3)), (5, 5), (1, 1)])
@pytest.mark.filterwarnings("ignore:sampler='smote'")
def test_no_class_is_lost(sampler, counts):
    matrix, kinds, codes = table(counts)
    resampled = run(sampler, matrix, kinds, codes)
    assert set(resampled.codes) == set(codes)
    assert len(set(np.bincount(resampled.codes))) == 1


def test_a_code_without_rows_stays_without():
    matrix, kinds, codes = table((20, 0, 6))
    for sampler in ("over", "under", "smote"):
        assert set(run(sampler, matrix, kinds, codes).codes) == {0, 2}


@pytest.mark.parametrize(
    "sampler, kind, message",
    [
        (
            "smot",
            ValueError,
            "sampler='smot' is not known. Did you mean 'smote'? Pass None, 'over', 'under', 'smote', "
            "'balanced_batches', or an imbalanced-learn sampler such as TomekLinks().",
        ),
        (
            "xyz",
            ValueError,
            "sampler='xyz' is not known. Pass None, 'over', 'under', 'smote', 'balanced_batches', or an "
            "imbalanced-learn sampler such as TomekLinks().",
        ),
        (SMOTE, TypeError, "sampler=SMOTE is a class. Pass an instance: sampler=SMOTE()."),
        (
            3,
            TypeError,
            "sampler=3 has no method fit_resample. Pass None, 'over', 'under', 'smote', 'balanced_batches', or an "
            "imbalanced-learn sampler such as TomekLinks().",
        ),
    ],
)
def test_what_is_no_sampler_is_told_what_fits(sampler, kind, message):
    with pytest.raises(kind) as caught:
        check_sampler(sampler)
    assert str(caught.value) == message


# --- balanced batches ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [(990, 10), (500, 300, 1), tuple(range(1, 41))])
@pytest.mark.parametrize("batch_size", [1, 7, 32, 100])
def test_every_batch_holds_each_class_equally_often(counts, batch_size):
    codes = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    index = balanced_epoch(codes, np.ones(len(codes)), 1000, np.random.default_rng(1))
    for start in range(0, 1000, batch_size):
        held = np.bincount(codes[index[start : start + batch_size]], minlength=len(counts))
        assert held.max() - held.min() <= 1


def test_an_epoch_draws_every_row_of_a_class_about_equally_often():
    codes = np.repeat([0, 1], [970, 30])
    times = np.bincount(balanced_epoch(codes, np.ones(1000), 1000, np.random.default_rng(0)), minlength=1000)
    assert times[:970].max() == 1  # 500 of 970 rows
    assert set(times[970:]) == {16, 17}  # 500 / 30 = 16.7


def test_draws_follow_the_weights():
    codes = np.repeat([0, 1], [6, 4])
    weights = np.array([1.0, 1, 1, 1, 1, 5, 3, 1, 1, 1])
    rng = np.random.default_rng(0)
    times = sum(np.bincount(balanced_epoch(codes, weights, 60, rng), minlength=10) for _ in range(200)) / 200
    assert_allclose(times, 30 * weights / np.repeat([10, 6], [6, 4]), atol=0.05)


def test_over_many_epochs_every_row_has_its_turn():
    codes = np.repeat([0, 1], [970, 30])
    rng = np.random.default_rng(0)
    times = sum(np.bincount(balanced_epoch(codes, np.ones(1000), 200, rng), minlength=1000) for _ in range(300)) / 300
    # each row of class 0 is drawn with probability 100 / 970: standard error .018 over 300 epochs, 5 of them
    assert_allclose(times[:970], 100 / 970, atol=0.09)


def test_consecutive_epochs_differ_and_a_seed_repeats_them():
    codes = np.repeat([0, 1], [50, 50])
    rng, twin = np.random.default_rng(0), np.random.default_rng(0)
    first, second = balanced_epoch(codes, np.ones(100), 100, rng), balanced_epoch(codes, np.ones(100), 100, rng)
    assert not np.array_equal(first, second)
    assert_array_equal(first, balanced_epoch(codes, np.ones(100), 100, twin))
