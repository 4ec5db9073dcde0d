"""ColumnScaler: scikit-learn's scales with weights and gaps, in the shape in which rows came."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from robust_mlp.keras_classifier.scaling import NORMAL_QUARTILES, SCALES, ColumnScaler

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3)) * [1, 1e5, 1e-5] + [0, 7e5, 3]


def test_standard_is_that_of_scikit_learn():
    found = ColumnScaler().fit(X).transform(X)
    assert found.dtype == np.float32
    assert_allclose(found, StandardScaler().fit_transform(X), atol=1e-5)


def test_a_weight_is_a_row_so_many_times():
    weights = RNG.integers(0, 4, 200)
    weighted = ColumnScaler().fit(X, sample_weight=weights)
    repeated = ColumnScaler().fit(np.repeat(X, weights, axis=0))
    assert_allclose(weighted.center_, repeated.center_)
    assert_allclose(weighted.divisor_, repeated.divisor_)


def test_gaps_are_left_out_and_become_the_centre():
    gaps = X.copy()
    gaps[::3, 1] = np.nan
    scaler = ColumnScaler().fit(gaps)
    assert_allclose(scaler.center_[1], np.nanmean(gaps[:, 1]))
    assert_allclose(scaler.divisor_[1], np.nanstd(gaps[:, 1]))
    found = scaler.transform(gaps)
    assert_array_equal(found[::3, 1], 0)
    assert np.isnan(gaps[0, 1])  # the rows themselves are left as they are


def test_a_constant_or_empty_column_becomes_zero():
    rows = X.copy()
    rows[:, 0], rows[:, 2] = 1e9 + RNG.normal(size=200), np.nan  # so large that what varies is rounding
    found = ColumnScaler().fit(rows).transform(rows)
    assert_array_equal(found[:, [0, 2]], 0)
    assert np.isfinite(found).all()


def test_robust_is_by_quartiles_and_ends_at_three():
    rows = X.copy()
    rows[0, 0] = 1e12
    scaler = ColumnScaler("robust").fit(rows)
    low, middle, high = np.quantile(rows, [0.25, 0.5, 0.75], axis=0)
    assert_allclose(scaler.center_, middle)
    assert_allclose(scaler.divisor_, (high - low) / NORMAL_QUARTILES)
    found = scaler.transform(rows)
    assert found.max() <= 3 and abs(found[0, 0] - 3) < 1e-3
    z = (rows[1] - scaler.center_) / scaler.divisor_
    assert_allclose(found[1], z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-5)
    assert_allclose(NORMAL_QUARTILES, norm.ppf(0.75) - norm.ppf(0.25), atol=1e-3)


def test_a_column_that_is_mostly_one_value_falls_back_to_its_moments():
    rows = np.zeros((100, 1))
    rows[:10] = np.arange(1, 11)[:, None]
    scaler = ColumnScaler("robust").fit(rows)
    assert_allclose(scaler.center_, rows.mean())
    assert_allclose(scaler.divisor_, rows.std())


@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_images_are_scaled_as_a_whole_and_keep_their_shape(scale):
    images = RNG.integers(0, 256, size=(50, 4, 4, 1))
    weights = RNG.uniform(0.5, 2, 50)
    scaler = ColumnScaler(scale).fit(images, sample_weight=weights)
    assert scaler.center_.shape == scaler.divisor_.shape == (1,)
    assert scaler.transform(images).shape == images.shape
    if scale == "standard":
        assert_allclose(scaler.center_, np.average(images.reshape(50, -1).mean(axis=1), weights=weights))


def test_without_a_scale_numbers_stay_and_whole_ones_keep_their_type():
    scaler = ColumnScaler(None).fit(X)
    assert_allclose(scaler.transform(X), X.astype(np.float32))
    words = RNG.integers(0, 9, size=(5, 7))
    assert scaler.transform(words) is words
    small = X.astype(np.float32)
    assert scaler.transform(small) is small


def test_it_is_a_transformer_of_scikit_learn():
    assert clone(ColumnScaler("robust")).get_params() == {"scale": "robust", "as_is": ()}
    assert_array_equal(ColumnScaler().fit_transform(X), ColumnScaler().fit(X).transform(X))
    with pytest.raises(ValueError) as caught:
        ColumnScaler("minmax").fit(X)
    assert str(caught.value) == "scale='minmax' is not known. Pass 'standard', 'robust' or None."
    assert None in SCALES


def test_columns_as_they_are_stay_under_any_scale():
    codes = RNG.integers(0, 9, 200).astype(float)
    codes[3] = np.nan
    for scale in ("standard", "robust"):
        scaler = ColumnScaler(scale, as_is=(1,)).fit(np.c_[X[:, 0], codes])
        found = scaler.transform(np.c_[X[:, 0], codes])
        known = ~np.isnan(codes)
        assert_array_equal(found[known, 1], codes[known])
        assert found[3, 1] == np.bincount(codes[known].astype(int)).argmax()
        assert abs(found[:, 0]).max() < 10


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("largest", [1e38, 1e200, 1.7e308])
def test_no_cell_is_so_large_that_numpy_warns(scale, largest):
    rows = np.c_[np.where(X[:, 0] > 0, largest, -largest), np.full(200, np.nan), np.zeros(200)]
    scaler = ColumnScaler(scale).fit(rows)
    found = scaler.transform(rows)
    assert found.dtype == np.float32
    if scale is not None:
        assert np.isfinite(found).all() and 0.5 < abs(found[:, 0]).max() < 3
        assert np.isfinite(scaler.transform(np.full((1, 3), -1.7e308))).all()
