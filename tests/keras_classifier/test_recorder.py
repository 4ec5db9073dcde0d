"""Records of a network in training are what scikit-learn and NumPy find in its answers."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import accuracy_score, log_loss

from robust_mlp._core.losses import softmax
from robust_mlp.inspection._read.facts import HeadFacts, LossFacts
from robust_mlp.keras_classifier.recorder import EvalRows, LabelsRecorder, Recorder

RNG = np.random.default_rng(0)
HEAD, LOSS = HeadFacts(units=3, chain=("softmax",)), LossFacts(name="scce", family="sparse")
USUAL = {"learning_rate": 0.1, "update_ratio": 0.02, "seconds": 1.5}


def rows_of(n_rows, weights=None):
    """Rows that are their own answers."""
    codes = RNG.integers(0, 3, n_rows)
    scores = RNG.normal(size=(n_rows, 3)) + 2 * np.eye(3)[codes]
    return EvalRows(softmax(scores), codes, np.ones(n_rows) if weights is None else weights)


def recorder_of(training, held_out=None, offsets=(0, 0, 0), head=HEAD, loss=LOSS):
    choice = SimpleNamespace(head=head, facts=loss)
    return Recorder(choice, 3, training, held_out, np.array(offsets, dtype=float))


def as_they_are(X):
    return X


def test_figures_are_those_of_scikit_learn_on_held_out_rows():
    training, held_out = rows_of(50), rows_of(80, RNG.uniform(0.5, 2, 80))
    recorder = recorder_of(training, held_out)
    record = recorder.record(as_they_are, loss=0.5, **USUAL)
    P, codes, weights = held_out.X, held_out.codes, held_out.weights
    assert record.loss == pytest.approx(log_loss(training.codes, training.X, labels=[0, 1, 2]))
    assert record.validation_loss == pytest.approx(log_loss(codes, P, sample_weight=weights, labels=[0, 1, 2]))
    predicted = P.argmax(axis=1)
    assert record.validation_accuracy == pytest.approx(accuracy_score(codes, predicted, sample_weight=weights))
    mass = np.bincount(predicted, weights=weights, minlength=3)
    assert_allclose(record.predicted_share, mass / mass.sum())
    assert record.spread == pytest.approx(P.std(axis=0).max())
    assert (record.learning_rate, record.update_ratio, record.seconds) == (0.1, 0.02, 1.5)
    assert recorder.judged_loss(record) == record.validation_loss


def test_epochs_are_counted_and_kept():
    recorder = recorder_of(rows_of(20))
    records = [recorder.record(as_they_are, loss=0.5, **USUAL) for _ in range(3)]
    assert [record.epoch for record in records] == [1, 2, 3]
    assert recorder.records == records


def test_without_held_out_rows_the_training_rows_are_judged():
    training = rows_of(50)
    recorder = recorder_of(training)
    record = recorder.record(as_they_are, loss=0.5, **USUAL)
    assert record.validation_loss is None and record.validation_accuracy is None
    assert recorder.judged is training and recorder.judged_loss(record) == record.loss
    looked = recorder.look(as_they_are)
    assert looked.in_sample
    assert_allclose(looked.probabilities, training.X)
    assert_array_equal(looked.rows, np.arange(50))
    assert not recorder_of(training, rows_of(9)).look(as_they_are).in_sample


def test_offsets_lead_back_to_the_class_shares_of_the_data():
    rows, offsets = rows_of(50), np.array([0.5, 0.0, -1.0])
    found = recorder_of(rows, offsets=offsets).probabilities(rows.X)
    assert_allclose(found, softmax(np.log(rows.X) + offsets), rtol=1e-9)


def test_logits_and_one_unit_are_read_by_head_and_loss():
    logits = RNG.normal(size=(9, 3))
    from_logits = LossFacts(name="scce", family="sparse", from_logits=True)
    recorder = recorder_of(rows_of(9), head=HeadFacts(units=3), loss=from_logits)
    assert_allclose(recorder.probabilities(logits), softmax(logits))
    two = Recorder(
        SimpleNamespace(head=HeadFacts(units=1, chain=("sigmoid",)), facts=LossFacts(name="bce", family="binary")),
        2,
        rows_of(9),
        None,
        np.zeros(2),
    )
    assert_allclose(two.probabilities(np.array([[0.2], [0.9]])), [[0.8, 0.2], [0.1, 0.9]])


def test_answers_and_losses_that_are_no_numbers_are_kept_as_such():
    rows = rows_of(20)
    recorder = recorder_of(rows, offsets=(1, 0, 0))
    broken = recorder.record(lambda X: X * np.nan, loss=0.5, **USUAL)
    assert (broken.predicted_share, broken.spread) == ((), None) and not broken.is_finite
    told = recorder.record(as_they_are, loss=float("inf"), **USUAL)
    assert told.loss == float("inf")


def test_several_labels_have_losses_alone():
    truth = RNG.integers(0, 2, (40, 3)).astype(np.float32)
    P = np.clip(0.8 * truth + 0.1, 0.1, 0.9)
    rows = EvalRows(P, truth, np.ones(40))
    recorder = LabelsRecorder(SimpleNamespace(), 3, rows, EvalRows(0.5 * np.ones_like(P), truth, np.ones(40)), None)
    record = recorder.record(as_they_are, loss=0.5, **USUAL)
    expected = np.mean(keras.losses.binary_crossentropy(truth, P))
    assert record.loss == pytest.approx(float(expected), rel=1e-4)
    assert record.validation_loss == pytest.approx(np.log(2), rel=1e-4)
    assert record.predicted_share == () and record.validation_accuracy is None
    assert recorder.look(as_they_are) is None


def test_training_rows_are_looked_at_under_their_numbers_in_the_table():
    training, held_out = rows_of(50), rows_of(80)
    places = np.arange(100, 150)
    fitted = recorder_of(training, held_out).look_at_training(as_they_are, places)
    assert fitted.in_sample and fitted.groups is None
    assert_array_equal(fitted.rows, places)
    assert_array_equal(fitted.codes, training.codes)
    assert_allclose(fitted.probabilities, training.X)
