"""The rows of a user's network: repeated by weight, split, resampled, weighed, scaled."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp.keras_classifier.labels import learn_class_labels
from robust_mlp.keras_classifier.scaling import ColumnScaler
from robust_mlp.keras_classifier.training_table import FEWEST_HELD_OUT, RowSettings, prepare_rows
from tests.tiny_fits import clouds

SEEDS = spawn_seeds(0)


def prepared(X, y, weights=None, validation=None, **changes):
    settings = {
        "fraction": 0.1,
        "fewest": FEWEST_HELD_OUT,
        "sampler": None,
        "class_weight": None,
        "keep_order": False,
        "make_scaler": ColumnScaler,
    }
    labels, codes = learn_class_labels(y, None)
    table = LabelledTable(X, codes, np.ones(len(X)) if weights is None else weights)
    return prepare_rows(table, labels, RowSettings(**(settings | changes)), SEEDS, validation=validation)


def rows_of(table):
    """The rows of a table in an order of their own."""
    return table.X[np.lexsort(table.X.T)]


def test_the_order_of_the_rows_changes_nothing():
    X, y = clouds(400)
    turned = np.random.default_rng(0).permutation(400)
    one, other = prepared(X, y), prepared(X[turned], y[turned])
    assert_array_equal(one.training.X, other.training.X)
    assert_array_equal(one.held_out.X, other.held_out.X)


def test_a_row_of_weight_two_is_a_row_that_occurs_twice():
    X, y = clouds(400)
    times = np.random.default_rng(0).integers(1, 4, 400)
    weighted = prepared(X, y, times.astype(float))
    repeated = prepared(np.repeat(X, times, axis=0), np.repeat(y, times))
    assert_array_equal(rows_of(weighted.training), rows_of(repeated.training))
    assert (weighted.training.weights == 1).all()


def test_fractions_stay_weights():
    X, y = clouds(400)
    table = prepared(X, y, np.linspace(0.1, 1, 400))
    assert len(table.training) + len(table.held_out) == 400
    assert table.training.weights.min() < 0.2


def test_equal_rows_are_on_one_side():
    X, y = clouds(330)
    table = prepared(np.repeat(X, 3, axis=0), np.repeat(y, 3))
    sides = [{row.tobytes() for row in side.X} for side in (table.training, table.held_out)]
    assert sides[0] & sides[1] == set()


def test_too_few_rows_are_all_trained_on():
    X, y = clouds(60)
    table = prepared(X, y)
    assert table.held_out is None
    assert len(table.training) == 60


def test_the_users_own_share_is_held_out_however_few_rows_it_is():
    X, y = clouds(60)
    assert len(prepared(X, y, fewest=1).held_out) == 6


def test_the_users_own_rows_judge():
    X, y = clouds(60)
    own = LabelledTable(X[:4], y[:4], np.ones(4))
    table = prepared(X, y, validation=own)
    assert table.held_out is own and len(table.training) == 60


def test_rows_that_must_keep_their_order_keep_it():
    X, y = clouds(60)
    table = prepared(X, y, fraction=0.0, keep_order=True)
    assert_array_equal(table.training.X, X)
    rng = np.random.default_rng(0)
    assert_array_equal(table.order(rng, shuffle=False), np.arange(60))
    assert_array_equal(np.sort(table.order(rng, shuffle=True)), np.arange(60))


def rare(n_rows=300):
    """Clouds of which the last class is rare."""
    X, y = clouds(n_rows)
    kept = np.flatnonzero((y < 2) | (np.arange(n_rows) % 10 == 2))
    return X[kept], y[kept]


def test_class_weights_even_out_the_classes_in_the_loss_and_offsets_lead_back():
    table = prepared(*rare(), class_weight="balanced")
    shares = table.class_shares()
    assert_allclose(shares.loss_prior, np.full(3, 1 / 3))
    weights = table.loss_weights(use_class_weight=True)
    assert weights.mean() == pytest.approx(1)
    assert_allclose(np.bincount(table.training.codes, weights) / weights.sum(), np.full(3, 1 / 3))
    assert_allclose(table.offsets(use_class_weight=True), shares.offsets(table.classes))
    assert_array_equal(table.offsets(use_class_weight=False), np.zeros(3))
    assert_array_equal(table.loss_weights(use_class_weight=False), np.ones(len(table.training)))


def test_a_class_that_the_loss_leaves_out_has_no_way_back():
    table = prepared(*rare(), class_weight={0: 1, 1: 1, 2: 0})
    assert_array_equal(table.offsets(use_class_weight=True), np.zeros(3))


def test_a_sampler_changes_the_rows_that_are_trained_on_and_no_others():
    table = prepared(*rare(), sampler="over")
    counts = np.bincount(table.training.codes)
    assert counts.min() == counts.max()
    assert np.bincount(table.unsampled.codes)[2] < counts[2]
    assert_allclose(table.class_shares().prior, np.bincount(table.unsampled.codes) / len(table.unsampled))


def test_balanced_batches_draw_the_classes_equally_often():
    table = prepared(*rare(), sampler="balanced_batches")
    drawn = table.training.codes[table.order(np.random.default_rng(0), shuffle=True)]
    assert np.ptp(np.bincount(drawn)) <= 1
    assert_allclose(table.class_shares().loss_prior, np.full(3, 1 / 3))


def test_scaled_rows_are_kept_for_the_next_attempt_of_that_scale():
    table = prepared(*clouds(400))
    scaler, rows, held_out = table.scaled("standard")
    assert_allclose(rows.mean(axis=0), 0, atol=1e-5)
    assert_array_equal(held_out, scaler.transform(table.held_out.X))
    assert table.scaled("standard")[1] is rows
    assert_array_equal(table.scaled(None)[1], table.training.X.astype(np.float32))


def test_several_labels_per_row_are_neither_weighed_nor_led_back():
    X, y = clouds(300)
    labels = np.stack([y > 0, y > 1], axis=1).astype(int)
    table = prepared(X, labels, class_weight={0: 1, 1: 5})
    assert table.is_multilabel
    assert_array_equal(table.offsets(use_class_weight=True), np.zeros(2))
    assert_array_equal(table.loss_weights(use_class_weight=True), np.ones(len(table.training)))
