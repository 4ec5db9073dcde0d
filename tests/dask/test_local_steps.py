"""Local steps and averages: functions of their arguments, whose figures are those of a calculation by hand."""

from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._core.training_data import Trained
from robust_mlp.dask._local_steps import (
    Judged,
    LocalRun,
    Steps,
    averaged,
    is_finite,
    judge,
    local_steps,
    sum_of,
)
from robust_mlp.dask._reading import PreparedPart

from .tables import job, network, part, steps

NOTHING = Steps(None, 0.0, 0.0)


def test_steps_learn_and_are_the_same_bits_again():
    here, run = job(), LocalRun(0.01, 5)
    once, again = local_steps(part(), NOTHING, here, run), local_steps(part(), NOTHING, here, run)
    assert once.mass == 240
    for a, b in zip(once.trained.weights.trainable, again.trained.weights.trainable, strict=True):
        np.testing.assert_array_equal(a, b)
    further = once
    for seed in range(6, 12):
        further = local_steps(part(), replace(further, mass=0.0), here, LocalRun(0.01, seed))
    assert judge(part(), further.trained, here).mean_loss < judge(part(), once.trained, here).mean_loss - 0.05
    assert further.trained.n_steps == 7 * 8


def test_parts_of_a_partition_are_all_of_its_rows():
    here = job()
    masses = [local_steps(part(), NOTHING, here, LocalRun(0.01, 5, k, 3)).mass for k in range(3)]
    assert masses == [80, 80, 80]
    empty = PreparedPart(part().train.at(np.empty(0, int)), part().held_out)
    assert local_steps(empty, NOTHING, here, LocalRun(0.01, 5)) is NOTHING


def test_networks_and_moments_are_averaged_by_the_weight_of_their_rows():
    mean = averaged(steps(1.0, 30.0, slot=2.0), NOTHING, steps(5.0, 10.0, slot=6.0, n_steps=9))
    np.testing.assert_array_equal(mean.trained.weights.trainable[0], np.full((3, 2), 2.0, np.float32))
    state = mean.trained.slots[0]
    np.testing.assert_array_equal(state.of_weights["momentum"][0], np.full((3, 2), 3.0, np.float32))
    assert (state.others[0], mean.trained.n_steps, mean.mass) == (9, 9, 40.0)
    assert mean.loss == pytest.approx(0.2)
    assert averaged(NOTHING, NOTHING) is NOTHING
    alone = steps(1.0, 3.0)
    assert averaged(NOTHING, alone) is alone


def test_a_network_is_judged_by_sums_that_add_up():
    here, trained = job(), local_steps(part(), NOTHING, job(), LocalRun(0.01, 5)).trained
    table = part().held_out
    halves = [PreparedPart(part().train, table.at(np.arange(*ends))) for ends in ((0, 25), (25, 60))]
    whole, parts = judge(part(), trained, here), sum_of(*(judge(half, trained, here) for half in halves))
    probabilities = trained.weights.network().probabilities(here.encoding.transform(table.X), np.arange(60))
    expected = -np.log(probabilities[np.arange(60), table.codes]).mean()
    assert whole.mean_loss == pytest.approx(expected, rel=1e-5)
    assert parts.mean_loss == pytest.approx(whole.mean_loss, rel=1e-5) and parts.mass == 60
    assert whole.spread == pytest.approx(probabilities.std(axis=0).max(), rel=1e-3)
    assert sum(whole.predicted_share) == pytest.approx(1.0)
    nothing = Judged.nothing(2)
    assert (nothing.mean_loss, nothing.predicted_share, nothing.spread) == (None, (), None)


def test_weights_that_are_not_finite_are_seen():
    assert is_finite(Trained(network(1.0)))
    assert not is_finite(Trained(network(np.nan)))
