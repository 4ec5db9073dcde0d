"""Samplers of the user: cloned, seeded, traced row by row, and told where they fail."""

import numpy as np
import pytest
from imblearn import FunctionSampler
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import SMOTE, SMOTENC, RandomOverSampler
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import EditedNearestNeighbours, NearMiss, RandomUnderSampler, TomekLinks
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from robust_mlp._data.balancing import class_mass
from robust_mlp._data.imblearn_sampler import MAX_REPETITION, run_foreign_sampler
from tests._data.sampled_tables import run, table


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
        "The sampler's categorical_features hold 'colour', but X has no such column. Pass column numbers, or "
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


def test_a_failure_of_the_sampler_names_the_sampler_and_the_way_out():
    matrix, kinds, codes = table((30, 10))
    matrix[0, 0] = np.nan
    with pytest.raises(ValueError) as caught:
        run(SMOTE(), matrix[:, :3], kinds[:3], codes)
    assert str(caught.value).startswith(
        "sampler=SMOTE() failed on the 40 training rows in 2 classes, the smallest of which is 1 with 10. Its error: "
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
        (
            lambda X, y: (X[:0], y[:0]),
            "returned no rows for 40. Pass a sampler that leaves rows of each class.",
        ),
        (
            lambda X, y: (np.where(np.arange(4) == 2, np.inf, X), y),
            "made infinite values in column 2. Pass a sampler that makes finite ones, or scale X before the fit.",
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


def add_a_row(X, y):
    """The rows, and the first one a little aside."""
    return np.concatenate([X, X[:1] + 0.01]), np.append(y, y[0])


def test_a_made_row_is_traced_beside_a_column_without_any_value():
    matrix, kinds, codes = table((20, 10))
    matrix[:, 1] = np.nan
    resampled = run(FunctionSampler(func=add_a_row, validate=False), matrix[:, :3], kinds[:3], codes)
    assert resampled.n_selected == 30
    assert resampled.source_index[30:].tolist() == [0]


def test_a_made_row_of_a_class_is_traced_to_that_class_however_near_another_is():
    matrix = np.array([[0.0], [1.0], [1.2], [9.0]])
    codes = np.array([0, 0, 1, 1])
    sampler = FunctionSampler(func=lambda X, y: (np.append(X, [[1.05]], axis=0), np.append(y, 1)), validate=False)
    assert run(sampler, matrix, ["number"], codes).source_index[4:].tolist() == [2]


@pytest.mark.parametrize("weight, n_handed", [(MAX_REPETITION, MAX_REPETITION * 30), (MAX_REPETITION + 1, 30)])
def test_rows_of_large_whole_weights_are_handed_over_once(weight, n_handed):
    matrix, kinds, codes = table((20, 10))
    seen = []
    spy = FunctionSampler(func=lambda X, y: (seen.append(len(y)), (X, y))[1], validate=False)
    weights = np.full(30, float(weight))
    resampled = run(spy, matrix, kinds, codes, weights)
    assert seen == [n_handed]
    assert_allclose(class_mass(resampled.codes, resampled.weights, 2), weight * np.array([20, 10]))


def test_a_seed_of_the_samplers_own_parts_is_set_where_it_has_none():
    matrix, kinds, codes = table((60, 20))
    pipeline = make_pipeline(RandomOverSampler(), RandomUnderSampler(sampling_strategy={0: 30, 1: 30}))
    first, again, other = (run(clone(pipeline), matrix, kinds, codes, seed=seed) for seed in (1, 1, 2))
    assert_array_equal(first.source_index, again.source_index)
    assert not np.array_equal(first.source_index, other.source_index)


def test_what_is_found_has_selected_rows_first_and_made_ones_after():
    matrix, kinds, codes = table((30, 10))
    found = run_foreign_sampler(
        SMOTE(k_neighbors=3), matrix[:, :3], kinds[:3], codes, np.ones(40), 0, np.array(["a", "b"]), None
    )
    assert set(found) == {"made", "codes", "weights", "source_index"}
    assert len(found["made"]) == 20
    assert_array_equal(found["source_index"][:40], np.arange(40))
    assert_array_equal(found["codes"], np.append(codes, np.ones(20)))


def too_few_neighbors(X, y):
    """What a sampler without any number of neighbours says of too few rows."""
    raise ValueError("Expected n_neighbors <= n_samples")


def test_a_sampler_that_takes_no_number_of_neighbours_is_not_tried_again():
    matrix, kinds, codes = table((30, 3))
    with pytest.raises(ValueError, match=r"Its error: Expected n_neighbors <= n_samples Pass a sampler that fits"):
        run(FunctionSampler(func=too_few_neighbors, validate=False), matrix, kinds, codes)


def test_a_sampler_whose_neighbours_are_few_already_is_not_tried_again():
    matrix, kinds, codes = table((30, 3))
    calls = []

    class Strict(SMOTE):
        def fit_resample(self, X, y):
            calls.append(len(y))
            raise ValueError("too few neighbors")

    with pytest.raises(ValueError, match=r"the smallest of which is 1 with 3\. Its error: too few neighbors"):
        run(Strict(k_neighbors=2), matrix, kinds, codes)
    assert calls == [33]


def test_column_numbers_and_masks_of_categories_are_left_as_they_are():
    matrix, kinds, codes = table((40, 10))
    for given in ([3], [False, False, False, True]):
        resampled = run(SMOTENC(given), matrix, kinds, codes)
        assert set(resampled.made[:, 3]) <= {0.0, 1.0, 2.0, 3.0}
