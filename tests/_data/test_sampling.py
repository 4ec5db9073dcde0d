"""Samplers: which rows come out, with which weight, and from where."""

import warnings

import numpy as np
import pytest
from imblearn import FunctionSampler
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import EditedNearestNeighbours, NearMiss, RandomUnderSampler, TomekLinks
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import NearestNeighbors

from robust_mlp._data.balancing import class_mass
from robust_mlp._data.sampling import Resampled, balanced_epoch, check_sampler, resample
from robust_mlp._data.smote import most_frequent, nearest, spread_draws


def table(counts=(90, 25, 8), seed=0, n_numbers=3):
    """Numbers and one category column of 4 levels, both shifted by class."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(counts)), counts)
    numbers = rng.normal(size=(len(codes), n_numbers)) + codes[:, None]
    category = (rng.integers(0, 2, len(codes)) + codes) % 4
    return np.column_stack([numbers, category]), ["number"] * n_numbers + ["category"], codes


def run(sampler, matrix, kinds, codes, weights=None, seed=0, **options) -> Resampled:
    return resample(sampler, matrix, kinds, codes, np.ones(len(codes)) if weights is None else weights, seed, **options)


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


# --- SMOTE ---------------------------------------------------------------------------------------------------------


def test_a_grown_row_lies_between_its_source_and_one_of_the_5_nearest_of_its_class():
    matrix, kinds, codes = table((200, 30))
    matrix, kinds = matrix[:, :3], kinds[:3]
    resampled = run("smote", matrix, kinds, codes)
    rare = matrix[codes == 1] / matrix.std(axis=0)
    neighbors = NearestNeighbors(n_neighbors=5).fit(rare).kneighbors(return_distance=False)
    for row, source in zip(resampled.made, resampled.source_index[resampled.n_selected :], strict=True):
        row, base, others = row / matrix.std(axis=0), rare[source - 200], rare[neighbors[source - 200]]
        along = np.sum((row - base) * (others - base), axis=1) / np.sum((others - base) ** 2, axis=1)
        off = np.linalg.norm(row - base - along[:, None] * (others - base), axis=1)
        on_segment = (off < 1e-9) & (along >= 0) & (along <= 1)
        assert on_segment.any()


@pytest.mark.filterwarnings("ignore:sampler='smote'")
def test_smote_grows_what_imbalanced_learn_grows():
    """Same neighbours, same law: with one base row and one neighbour, place on the segment is all that is drawn."""
    rng = np.random.default_rng(0)
    matrix = np.concatenate([rng.normal(size=(4000, 2)), [[0.0, 10.0], [1.0, 12.0]]])
    matrix /= matrix.std(axis=0)  # imbalanced-learn measures distance in the units of the columns
    codes = np.repeat([0, 1], [4000, 2])
    ours = run("smote", matrix, ["number"] * 2, codes, seed=1).made
    theirs = SMOTE(k_neighbors=1, random_state=1).fit_resample(matrix, codes)[0][4002:]
    assert len(ours) == len(theirs)
    levels = np.linspace(0.1, 0.9, 9)
    # 4,000 draws each on a segment 2 long: a quantile's difference has a standard error of .022 at most
    assert_allclose(np.quantile(ours, levels, axis=0), np.quantile(theirs, levels, axis=0), atol=0.09)


def test_the_unit_of_a_column_does_not_matter():
    matrix, kinds, codes = table()
    stretched = matrix * np.array([1e6, 1.0, 1e-3, 1.0])
    assert_allclose(run("smote", stretched, kinds, codes).made[:, 1], run("smote", matrix, kinds, codes).made[:, 1])


def test_a_grown_row_has_levels_that_its_class_has():
    matrix, kinds, codes = table()
    resampled = run("smote", matrix, kinds, codes)
    for code in (1, 2):
        grown = resampled.made[resampled.codes[resampled.n_selected :] == code, 3]
        assert set(grown) <= set(matrix[codes == code, 3])


def test_the_most_frequent_level_wins_and_on_a_tie_the_nearest():
    values = np.array([[1.0, 2, 2, 3, 2], [3.0, 1, 1, 3, 2], [np.nan, 0, np.nan, 1, 2]])
    assert_array_equal(most_frequent(values), [2.0, 3.0, np.nan])


def test_smote_takes_missing_values():
    matrix, kinds, codes = table((60, 20))
    matrix[np.random.default_rng(0).random(matrix.shape) < 0.2] = np.nan
    matrix[codes == 1, 0] = np.nan  # a column that the rare class never has
    resampled = run("smote", matrix, kinds, codes)
    sources = matrix[resampled.source_index[resampled.n_selected :]]
    assert len(resampled.made) == 40
    assert_array_equal(np.isnan(resampled.made[:, :3]), np.isnan(sources[:, :3]))


def test_smote_takes_categories_alone():
    matrix, _, codes = table()
    resampled = run("smote", matrix[:, 3:], ["category"], codes)
    assert set(resampled.made.ravel()) <= {0.0, 1.0, 2.0, 3.0}


def test_far_more_rows_than_distances_can_be_computed_are_searched_in_part(monkeypatch):
    monkeypatch.setattr("robust_mlp._data.smote.MAX_DISTANCES", 30 * 200)
    positions = np.random.default_rng(0).normal(size=(200, 2))
    queries = np.arange(0, 200, 2)
    found = nearest(positions, queries, 5, np.random.default_rng(1))
    assert found.shape == (100, 5)
    assert not np.any(found == queries[:, None])
    far = np.linalg.norm(positions[found] - positions[queries][:, None], axis=2).mean()
    assert far < 0.5 * np.linalg.norm(positions[:100] - positions[100:], axis=1).mean()


# --- rare classes ----------------------------------------------------------------------------------------------------


def test_a_single_row_is_repeated_and_few_rows_use_fewer_neighbours_with_one_warning():
    matrix, kinds, codes = table((30, 3, 1))
    with pytest.warns(UserWarning) as caught:
        resampled = run("smote", matrix, kinds, codes, classes=np.array(["a", "b", "c"]))
    assert [str(warning.message) for warning in caught] == [
        "sampler='smote': Class 'c' has one training row and so no neighbour: the row was repeated instead. Class 'b' "
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


# --- samplers of the user --------------------------------------------------------------------------------------------


def test_a_users_sampler_is_cloned_and_its_own_seed_respected():
    matrix, kinds, codes = table()
    unseeded, seeded = RandomUnderSampler(), RandomUnderSampler(random_state=7)
    run(unseeded, matrix, kinds, codes)
    assert unseeded.random_state is None and not hasattr(unseeded, "sample_indices_")
    first, other = run(seeded, matrix, kinds, codes, seed=1), run(seeded, matrix, kinds, codes, seed=2)
    assert_array_equal(first.source_index, other.source_index)


@pytest.mark.parametrize(
    "sampler",
    [
        RandomOverSampler(),
        RandomUnderSampler(),
        TomekLinks(),
        EditedNearestNeighbours(),
        NearMiss(),
        SMOTE(),
        RandomOverSampler(shrinkage=0.1),
        SMOTEENN(),
        SMOTETomek(),
        make_pipeline(SMOTE(), RandomUnderSampler()),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
def test_every_row_can_be_traced(sampler):
    matrix, kinds, codes = table()
    matrix = matrix[:, :3]
    resampled = run(sampler, matrix, kinds[:3], codes)
    selected = resampled.source_index[: resampled.n_selected]
    assert_array_equal(resampled.matrix[: resampled.n_selected], matrix[selected])
    assert_array_equal(codes[resampled.source_index], resampled.codes)
    originals = {row.tobytes() for row in matrix}
    assert not any(row.tobytes() in originals for row in resampled.made)


def test_a_made_row_is_traced_to_the_nearest_of_its_class():
    matrix, kinds, codes = table((50, 20))
    matrix = matrix[:, :3]
    resampled = run(SMOTE(), matrix, kinds[:3], codes)
    source = resampled.source_index[resampled.n_selected :]
    spread = matrix.std(axis=0)
    distance = np.linalg.norm((resampled.made[:, None] - matrix[None, 50:]) / spread, axis=2)
    assert_array_equal(source, 50 + distance.argmin(axis=1))


def test_a_sampler_may_name_labels_and_columns():
    matrix, kinds, codes = table((40, 30, 10))
    sampler = SMOTENC(["colour"], sampling_strategy={"b": 35, "c": 20})
    resampled = run(sampler, matrix, kinds, codes, classes=np.array(["a", "b", "c"]), names=["x", "y", "z", "colour"])
    assert_array_equal(np.bincount(resampled.codes), [40, 35, 20])


def test_an_unknown_column_name_is_told():
    matrix, kinds, codes = table()
    with pytest.raises(ValueError) as caught:
        run(SMOTENC(["colour"]), matrix, kinds, codes, names=["x", "y", "z", "color"])
    assert str(caught.value) == (
        "The sampler's categorical_features name 'colour', which X does not have as a column. Pass column numbers, or "
        "categorical_features='auto'."
    )


def test_a_missing_category_stays_missing():
    matrix, kinds, codes = table()
    matrix[::3, 3] = np.nan
    resampled = run(SMOTENC("auto"), matrix, kinds, codes)
    assert set(resampled.made[~np.isnan(resampled.made[:, 3]), 3]) <= {0.0, 1.0, 2.0, 3.0}
    assert np.isnan(resampled.made[:, 3]).any()
    assert_array_equal(resampled.matrix[: len(codes)], matrix)


def test_a_sampler_sees_a_row_of_weight_2_twice():
    matrix, kinds, codes = table((40, 20))
    seen = []
    spy = FunctionSampler(func=lambda X, y: (seen.append(len(y)), (X, y))[1], validate=False)
    weights = np.where(np.arange(60) < 10, 2.0, 1.0)
    resampled = run(spy, matrix, kinds, codes, weights)
    assert seen == [70]
    assert_allclose(class_mass(resampled.codes, resampled.weights, 2), [50, 20])


def test_other_weights_are_carried_by_the_rows():
    matrix, kinds, codes = table((40, 20))
    weights = np.random.default_rng(0).uniform(0.5, 2, 60)
    resampled = run(RandomUnderSampler(), matrix, kinds, codes, weights)
    assert_array_equal(resampled.weights, weights[resampled.source_index])


def test_a_sampler_with_too_few_neighbours_is_given_fewer_with_a_warning():
    matrix, kinds, codes = table((30, 3))
    with pytest.warns(UserWarning) as caught:
        resampled = run(SMOTE(), matrix[:, :3], kinds[:3], codes)
    assert [str(warning.message) for warning in caught] == [
        "sampler=SMOTE() needs more rows than the smallest class has: k_neighbors=2 was used."
    ]
    assert_array_equal(np.bincount(resampled.codes), [30, 30])


def test_a_sampler_with_a_single_row_repeats_it():
    matrix, kinds, codes = table((30, 1))
    with pytest.warns(UserWarning) as caught:
        resampled = run(SMOTEENN(smote=SMOTE(k_neighbors=3)), matrix[:, :3] + 5 * codes[:, None], kinds[:3], codes)
    assert [str(warning.message) for warning in caught] == [
        "sampler=SMOTEENN(smote=SMOTE(k_neighbors=3)) needs more rows than the smallest class has: "
        "smote__k_neighbors=1 was used, and single rows were repeated."
    ]
    assert set(resampled.source_index[resampled.codes == 1]) == {30}


def test_a_class_that_the_sampler_removes_is_put_back_with_a_warning():
    matrix, kinds, codes = table((30, 3))
    drop = FunctionSampler(func=drop_class_1, validate=False)
    with pytest.warns(UserWarning) as caught:
        resampled = run(drop, matrix, kinds, codes, classes=np.array(["no", "yes"]))
    assert str(caught[0].message) == (
        f"sampler={drop!r} removed every training row of class 'yes': its rows were put back."
    )
    assert_array_equal(np.bincount(resampled.codes), [30, 3])


def drop_class_1(X, y):
    return X[y == "no"], y[y == "no"]


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


def test_a_failure_of_the_sampler_names_the_sampler_and_the_way_out():
    matrix, kinds, codes = table((30, 10))
    matrix[0, 0] = np.nan
    with pytest.raises(ValueError) as caught:
        run(SMOTE(), matrix[:, :3], kinds[:3], codes)
    assert str(caught.value).startswith(
        "sampler=SMOTE() failed on the 40 training rows in 2 classes, the smallest of which is 1 with 10. It said: "
    )
    assert str(caught.value).endswith(
        "Pass sampler='smote', 'over' or 'under', which take missing values, or impute first."
    )
    with pytest.raises(ValueError) as caught:
        run(RandomOverSampler(sampling_strategy={1: 2}), matrix[:, 1:3], kinds[1:3], codes)
    assert str(caught.value).endswith(
        "Pass a sampler that fits these rows, or sampler='smote', which takes classes of any size."
    )


def test_a_sampler_that_mixes_categories_is_refused():
    matrix, kinds, codes = table()
    with pytest.raises(ValueError) as caught:
        run(SMOTE(), matrix, kinds, codes)
    assert str(caught.value) == (
        "sampler=SMOTE() made values between two categories in column 3. Pass sampler='smote' or "
        "imblearn.over_sampling.SMOTENC(categorical_features='auto'), which know categories."
    )


@pytest.mark.parametrize(
    "function, message",
    [
        (
            lambda X, y: (X[:, :2], y),
            "returned X of shape (40, 2) and y of length 40 for X with 4 columns. Pass a sampler that keeps the "
            "columns and returns one label a row.",
        ),
        (lambda X, y: (X, np.full(len(y), 7)), "returned the label 7, which y does not contain."),
    ],
)
def test_a_sampler_that_breaks_its_contract_is_told(function, message):
    matrix, kinds, codes = table((30, 10))
    sampler = FunctionSampler(func=function, validate=False)
    with pytest.raises(ValueError) as caught:
        run(sampler, matrix, kinds, codes)
    assert str(caught.value) == f"sampler={sampler!r} {message}"


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


@pytest.mark.parametrize("n_draws", [0, 1, 5, 1000])
def test_draws_are_spread_as_evenly_as_whole_numbers_allow(n_draws):
    weights = np.random.default_rng(0).lognormal(size=37)
    expected = n_draws * weights / weights.sum()
    for seed in range(20):
        counts = spread_draws(weights, n_draws, np.random.default_rng(seed))
        assert counts.sum() == n_draws
        assert np.all(np.abs(counts - expected) < 1 + 1e-9)


def test_nothing_here_warns_on_extreme_columns():
    matrix, kinds, codes = table((30, 10))
    matrix[:, 0] *= 1e200
    matrix[:, 1] = 3.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = run("smote", matrix, kinds, codes).made
    assert np.isfinite(made).all()
