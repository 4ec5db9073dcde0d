"""Metrics are scikit-learn's where it has them, and mean what they say where a class is missing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    roc_auc_score,
)
from sklearn.metrics import log_loss as sklearn_log_loss

from robust_mlp.compare._metrics import (
    METRICS,
    MODEL_METRICS,
    area_under_roc,
    average_precision,
    brier,
    calibration_error,
    measure,
    measure_model,
    shares_text,
)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_metrics_are_scikit_learns_where_it_has_them(n_classes):
    rng = np.random.default_rng(0)
    codes, probabilities = rng.integers(0, n_classes, 200), rng.dirichlet(np.ones(n_classes), 200)
    predicted = probabilities.argmax(axis=1)
    found = measure(codes, probabilities, predicted)
    assert list(found) == list(METRICS)
    assert_allclose(found["log_loss"], sklearn_log_loss(codes, probabilities))
    assert_allclose(found["balanced_accuracy"], balanced_accuracy_score(codes, predicted))
    assert_allclose(found["brier"], brier_score_loss(codes, probabilities, scale_by_half=False))
    if n_classes == 3:
        assert_allclose(found["average_precision"], average_precision_score(codes, probabilities))


def test_average_precision_of_two_classes_is_that_of_the_rarer():
    codes, second = np.array([0, 1, 1, 1, 0, 1]), np.array([0.3, 0.4, 0.9, 0.2, 0.6, 0.7])
    probabilities = np.column_stack([1 - second, second])
    assert_allclose(average_precision(codes, probabilities), average_precision_score(codes == 0, 1 - second))


def test_a_missing_class_is_no_error():
    codes, probabilities = np.array([0, 0, 0]), np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    found = measure(codes, probabilities, probabilities.argmax(axis=1))
    assert np.isnan(found["average_precision"])
    assert_allclose(found["balanced_accuracy"], 2 / 3)
    several = np.array([[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]])
    assert_allclose(average_precision(np.array([0, 1]), several), 1.0)


def test_a_probability_of_zero_for_what_happened_is_dear_and_finite():
    found = measure(np.array([1]), np.array([[1.0, 0.0]]), np.array([0]))
    assert_allclose(found["log_loss"], -np.log(1e-7))
    assert brier(np.array([1]), np.array([[1.0, 0.0]])) == 2.0


def test_calibration_error_is_the_gap_between_probability_and_frequency():
    rng = np.random.default_rng(0)
    second = rng.uniform(0, 0.4, 200_000)
    codes = (rng.random(200_000) < second).astype(int)
    honest = np.column_stack([1 - second, second])
    assert calibration_error(codes, honest) < 0.005
    high = np.column_stack([0.9 - second, second + 0.1])
    assert_allclose(calibration_error(codes, high), 0.1, atol=0.005)


def test_calibration_error_of_several_classes_is_of_the_predicted_one():
    codes = np.array([0, 0, 1, 2] * 50)
    probabilities = np.tile([0.7, 0.2, 0.1], (200, 1))
    assert_allclose(calibration_error(codes, probabilities), 0.2, atol=0.05)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_metrics_of_models_are_scikit_learns(n_classes):
    rng = np.random.default_rng(1)
    codes, probabilities = rng.integers(0, n_classes, 150), rng.dirichlet(np.ones(n_classes), 150)
    predicted = probabilities.argmax(axis=1)
    found = measure_model(codes, probabilities, predicted)
    assert [*found, "seconds"] == list(MODEL_METRICS)
    assert_allclose(found["log_loss"], sklearn_log_loss(codes, probabilities))
    assert_allclose(found["accuracy"], accuracy_score(codes, predicted))
    assert_allclose(found["balanced_accuracy"], balanced_accuracy_score(codes, predicted))
    scores = probabilities[:, 1] if n_classes == 2 else probabilities
    assert_allclose(found["roc_auc"], roc_auc_score(codes, scores, multi_class="ovr"))


def test_the_area_under_the_curve_leaves_out_classes_without_rows():
    probabilities = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1]])
    assert area_under_roc(np.array([0, 1, 1]), probabilities) == 1.0
    assert np.isnan(area_under_roc(np.array([0, 0, 0]), probabilities))


@pytest.mark.parametrize(
    ("shares", "text"),
    [([0.7, 0.02, 0.28], "0.02, 0.28, 0.7"), ([0.1] * 4 + [0.3] * 2, "0.1, 0.1, 0.1, 0.1, 0.3, ...")],
)
def test_the_smallest_shares_are_listed(shares, text):
    assert shares_text(np.array(shares)) == text
