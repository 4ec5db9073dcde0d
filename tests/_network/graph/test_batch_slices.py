"""Batches cut into slices: the same training as on whole batches, up to rounding, and only where slices are quicker."""

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp import clear_cache
from robust_mlp._network.graph import batch_slices
from robust_mlp._network.graph.batch_slices import LEAST_ROWS, LEAST_VALUES, MOST_VALUES_OF_TWO, n_slices, sliced
from robust_mlp._network.graph.training_step import Steps
from tests.tiny_fits import clouds, clouds_with_levels, tiny


@pytest.fixture(params=[2, 4])
def _in_slices(monkeypatch, request):
    """Batches of any size are cut."""
    monkeypatch.setattr(batch_slices, "LEAST_ROWS", 1)
    monkeypatch.setattr(batch_slices, "LEAST_VALUES", 1)
    monkeypatch.setattr(batch_slices, "MOST_VALUES_OF_TWO", 2**40 if request.param == 2 else 0)


@pytest.fixture
def slices_of_passes(monkeypatch):
    """How many slices each traced step was cut into."""
    counts = []
    update = Steps.update

    def noted(self, updated, n, *args):
        counts.append(n)
        return update(self, updated, n, *args)

    monkeypatch.setattr(Steps, "update", noted)
    clear_cache()
    yield counts
    clear_cache()


def whole(monkeypatch, fit):
    """What `fit` returns when no batch is cut."""
    with monkeypatch.context() as patch:
        patch.setattr(batch_slices, "LEAST_VALUES", 2**40)
        return fit()


def test_batches_are_cut_where_a_layer_has_many_values_and_slices_keep_rows_enough():
    width = LEAST_VALUES // LEAST_ROWS
    assert n_slices(LEAST_ROWS, [10, width]) == n_slices(LEAST_ROWS, [width, 10]) == 2
    assert n_slices(LEAST_ROWS, [10, width - 1]) == n_slices(LEAST_ROWS - 1, [10, 100 * width]) == 1
    assert n_slices(MOST_VALUES_OF_TWO // 64, [10, 64]) == 2
    assert n_slices(MOST_VALUES_OF_TWO // 64 + 1, [10, 64]) == 4
    # What a layer is given counts; wide inputs are no arrays of the passes in between.
    assert n_slices(LEAST_ROWS, [10 * MOST_VALUES_OF_TWO]) == n_slices(LEAST_ROWS, [10 * MOST_VALUES_OF_TWO, 64]) == 2


@pytest.mark.parametrize("n", [2, 4])
@pytest.mark.parametrize("n_rows", [4, 8, 11])
def test_slices_hold_all_rows_in_their_order(n, n_rows):
    rows, codes = tf.random.normal((n_rows, 3)), tf.range(n_rows)
    slices = sliced([rows, codes], n)
    assert len(slices) == n
    assert_array_equal(tf.concat([of_rows for of_rows, _ in slices], 0), rows)
    assert_array_equal(tf.concat([of_codes for _, of_codes in slices], 0), codes)
    assert min(len(of_codes) for _, of_codes in slices) == n_rows // n


SETTINGS = [
    {},
    {"dropout": 0.3, "input_dropout": 0.2, "hidden_layer_sizes": (8, 5)},
    {"activation": "relu", "linear_path": False, "early_stopping": True},
    {"label_smoothing": 0.1, "max_norm": 1.0, "class_weight": "balanced"},
    {"optimizer": "sgd", "batch_size": 30},
    {"batch_size": 29},
]


@pytest.mark.usefixtures("_in_slices")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_training_in_slices_is_the_same_but_for_rounding(monkeypatch, settings, slices_of_passes):
    X, y = clouds(200)
    weights = np.random.default_rng(0).random(len(X)) + 0.1

    def fit():
        classifier = tiny(**settings).fit(X, y, sample_weight=weights)
        return classifier.predict_proba(X), classifier.loss_curve_

    (expected, losses), (found, same_losses) = whole(monkeypatch, fit), fit()
    assert set(slices_of_passes) == {1, n_slices(100, [10, 10])}
    assert_allclose(found, expected, atol=2e-4)
    assert_allclose(same_losses, losses, rtol=1e-4)
    assert_array_equal(fit()[0], found)  # and the same bits each time


@pytest.mark.usefixtures("_in_slices")
def test_vectors_of_levels_are_learned_in_slices(monkeypatch, slices_of_passes):
    table, y = clouds_with_levels()

    def fit():
        return tiny(max_iter=2, dropout=0.0).fit(table, y)

    expected, found = whole(monkeypatch, fit), fit()
    assert found._fitted.encoding.embedding_sizes
    assert slices_of_passes[-1] > 1
    assert_allclose(found.predict_proba(table), expected.predict_proba(table), atol=1e-4)


@pytest.mark.usefixtures("_in_slices")
@pytest.mark.parametrize("settings", [{"n_members": 2}, {"batch_norm": True}], ids=str)
def test_stacks_of_members_and_normalized_batches_stay_whole(settings, slices_of_passes):
    tiny(**settings, max_iter=2).fit(*clouds())
    assert set(slices_of_passes) == {1}


def test_a_batch_of_many_values_is_cut_by_itself(slices_of_passes):
    """And the graph of whole batches, which every engine has, is not traced again for batches that stay whole."""
    X, y = clouds(2 * LEAST_ROWS)
    settings = {"hidden_layer_sizes": (LEAST_VALUES // LEAST_ROWS,), "max_iter": 1}
    for batch_size in (LEAST_ROWS - 1, LEAST_ROWS, LEAST_ROWS - 1, LEAST_ROWS):
        tiny(**settings, batch_size=batch_size).fit(X, y)
    assert slices_of_passes == [1, 2]
