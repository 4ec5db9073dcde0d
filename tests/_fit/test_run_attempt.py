"""One attempt at a training: the same result whenever it is asked for, in the data's own class shares."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.records import HeldOut
from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._core.training_data import Hooks, Trained
from robust_mlp._data.tables import read_table
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.prepare_table import prepare_table
from robust_mlp._fit.run_attempt import FitJob, _calibrated, run_attempt, with_companions
from robust_mlp._fit.splits import Split
from tests.tiny_fits import clouds, tiny


class NoCompanions:
    """Stands in for CompanionTraining: notes what it is told."""

    def __init__(self):
        self.begun, self.released = [], 0

    def begin(self, plan, data, encoding, deadline):
        self.begun.append(plan)

    def release(self):
        self.released += 1

    def trained(self, *_):
        return []


def job_of(**parameters):
    """(FitJob, plan) of a small table."""
    X, y = clouds(120)
    clf = tiny(n_members=2, **parameters)
    matrix, reader = read_table(clf, X, categorical_features=None, reset=True)
    table = LabelledTable(matrix, y.astype(np.int32), np.ones(len(y)))
    prepared, plan = prepare_table(clf, table, reader, np.unique(y), spawn_seeds(0))
    return FitJob(prepared, lambda *_: Hooks(), prior_correction=clf.prior_correction), plan


def test_an_attempt_depends_on_its_arguments_alone():
    job, plan = job_of()
    first = run_attempt(job, plan)
    run_attempt(job, replace(plan, learning_rate=0.1))
    again = run_attempt(job, plan)
    assert_array_equal(again.held_out.probabilities, first.held_out.probabilities)
    for one, other in zip(first.network.weights.trainable, again.network.weights.trainable, strict=True):
        assert_array_equal(one, other)


def test_the_network_predicts_from_the_table_as_it_was_read():
    job, plan = job_of()
    attempt = run_attempt(job, plan)
    probabilities = attempt.network.probabilities(job.table.table.X)
    assert_allclose(probabilities.sum(axis=1), 1)
    assert (probabilities.argmax(axis=1) == job.table.table.codes).mean() > 0.5


def test_it_goes_on_from_an_earlier_training_and_refuses_another_shape():
    job, plan = job_of()
    first = run_attempt(job, plan)
    further = run_attempt(job, plan, Trained(first.network.weights))
    assert further.records[0].loss < first.records[0].loss
    with pytest.raises(ValueError, match=r"^warm_start=True continues with the network of the previous fit"):
        run_attempt(job, replace(plan, hidden_layer_sizes=(3,)), Trained(first.network.weights))


def test_companions_begin_beside_the_training_and_are_released_when_its_graph_is_there():
    job, plan = job_of()
    companions = NoCompanions()
    attempt = run_attempt(job, plan, companions=companions)
    assert (companions.begun, companions.released) == ([plan], 1)
    assert with_companions(job, attempt, companions).network.companions == ()


def test_nothing_held_out_needs_no_companions():
    job, plan = job_of()
    split = Split(train=[job.table.merged.index] * 2, held_out=[], early_stopping=False)
    alone = replace(job, table=replace(job.table, split=split, _encoded={}))
    companions = NoCompanions()
    attempt = run_attempt(alone, replace(plan, early_stopping=False), companions=companions)
    assert companions.begun == []
    assert attempt.held_out.in_sample
    assert with_companions(alone, attempt, companions) is attempt


def test_class_weights_are_led_back_in_the_held_out_predictions_and_kept_in_the_network():
    job, plan = job_of(class_weight={0: 1, 1: 1, 2: 8})
    plain, _ = job_of()
    offsets = job.offsets(plan)
    assert offsets[2] < offsets[0]
    assert_array_equal(plain.offsets(plan), np.zeros(3))
    assert_array_equal(run_attempt(job, plan).network.offsets, np.zeros(3))
    corrected, _ = job_of(class_weight={0: 1, 1: 1, 2: 8}, prior_correction=True)
    assert np.any(run_attempt(corrected, plan).network.offsets != 0)


def test_a_class_that_the_loss_leaves_out_cannot_be_led_back():
    job, plan = job_of(class_weight={0: 1, 1: 1, 2: 0})
    assert_array_equal(job.offsets(plan), np.zeros(3))
    corrected, _ = job_of(class_weight={0: 1, 1: 1, 2: 0}, prior_correction=True)
    with pytest.raises(ValueError, match="cannot undo a class_weight of 0"):
        corrected.offsets(plan)


def test_a_held_out_row_is_led_back_by_the_class_shares_of_its_members_rows():
    job, plan = job_of(sampler="over", class_weight={0: 1, 1: 2, 2: 3}, prior_correction=True)
    table = job.table
    offsets = job.held_out_offsets(plan)
    assert offsets.shape == (sum(map(len, table.held_out)), 3)
    for member, of_part in enumerate(np.split(offsets, np.cumsum([len(part) for part in table.held_out])[:-1])):
        counts = np.bincount(table.table.codes[table.train[member]], minlength=3)
        expected = np.log(counts / np.array([1.0, 2.0, 3.0]))  # a sampler makes the classes equal, then weights count
        assert_allclose(of_part - of_part[:, :1], np.tile(expected - expected[0], (len(of_part), 1)), atol=1e-9)
    plain, plan = job_of(class_weight={0: 1, 1: 2, 2: 3}, prior_correction=True)
    assert_array_equal(plain.held_out_offsets(plan), plain.offsets(plan))


def test_a_row_is_calibrated_by_the_rows_of_other_folds():
    rng = np.random.default_rng(0)
    probabilities, folds = rng.dirichlet(np.ones(3), 300), np.arange(300) % 3
    rows = {"probabilities": probabilities, "weights": np.ones(300)}
    codes = rng.integers(0, 3, 300)
    others = np.where(folds == 1, (codes + 1) % 3, codes)
    one, two = (
        _calibrated(HeldOut(codes=labels, **rows), 1.0, np.zeros(3), folds)[0].probabilities
        for labels in (codes, others)
    )
    assert_array_equal(one[folds == 1], two[folds == 1])
    assert np.abs(one - two)[folds != 1].max() > 0.01
    assert_allclose(one.sum(axis=1), 1)
    alone = _calibrated(HeldOut(codes=codes, **rows), 1.0, np.zeros(3), None)
    together = _calibrated(HeldOut(codes=codes, **rows), 1.0, np.zeros(3), np.zeros(300))
    assert_array_equal(alone[0].probabilities, together[0].probabilities)
    assert_array_equal(alone[2], _calibrated(HeldOut(codes=codes, **rows), 1.0, np.zeros(3), folds)[2])
