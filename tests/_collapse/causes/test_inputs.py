"""What causes look at: figures of one attempt, each held against its definition."""

import math
from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._collapse.causes import find_causes
from robust_mlp._collapse.causes.inputs import ADAPTIVE_RATES, PLAIN_RATES, CauseInputs, is_plain, usual_rates
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.parameters import OPTIMIZERS
from robust_mlp._core.plan import TrainingPlan
from tests._collapse.causes.found_causes import inputs
from tests.invented_attempts import EVEN, FLAT, attempt, constant, facts, layer


def test_optimizers_given_by_settings_have_the_rates_of_their_class():
    assert usual_rates({"class_name": "SGD", "config": {}}) == usual_rates("sgd")
    assert usual_rates({"class_name": "Adam", "config": {}}) == usual_rates("adam") == usual_rates("rmsprop")


def test_the_loss_that_a_network_begins_with_is_no_divergence_where_a_class_is_rare():
    prior = np.array([0.98, 0.02])
    case = attempt(constant(1000, prior=prior), (0.691,) * 11, rate=1e-7)
    inputs = CauseInputs(judged=look(case, prior), facts=facts(), prior=prior, loss_prior=prior)
    assert not inputs.has_diverged
    assert next(cause.code for cause in find_causes(inputs)) == "learning_rate_too_low"


def of(losses=FLAT, *, plan=None, table=None, loss_prior=EVEN, **kwargs):
    """CauseInputs of a constant network with these losses."""
    case = attempt(constant(), losses, plan=TrainingPlan(**(plan or {})), **kwargs)
    return inputs(case, table=table, loss_prior=loss_prior)


def test_plan_epochs_and_layers_are_those_of_the_attempt():
    found = of(layers=(layer(),), plan={"dropout": 0.3})
    assert found.plan.dropout == 0.3
    assert found.records is found.judged.attempt.records
    assert found.layers == (layer(),)


def test_the_loss_of_the_prior_is_measured_on_the_rows_and_else_its_entropy():
    prior = np.array([0.9, 0.1])
    judged = look(attempt(constant(500, prior=prior), FLAT), prior)
    both = {"facts": facts(), "prior": prior, "loss_prior": prior}
    assert CauseInputs(judged=judged, **both).prior_loss == judged.comparison.prior_loss
    nobody = replace(judged, comparison=None)
    assert CauseInputs(judged=nobody, **both).prior_loss == pytest.approx(-0.9 * math.log(0.9) - 0.1 * math.log(0.1))


def test_a_class_that_never_occurs_adds_nothing_to_the_priors_loss():
    judged = replace(look(attempt(), EVEN), comparison=None)
    prior = np.array([0.5, 0.5, 0.0])
    assert CauseInputs(judged=judged, facts=None, prior=prior, loss_prior=prior).prior_loss == pytest.approx(
        math.log(2)
    )


@pytest.mark.parametrize(
    "loss_prior, expected",
    [((0.5, 0.5), 1.0), ((0.2, 0.8), 4.0), ((0.8, 0.2), 4.0), ((0.0, 1.0), math.inf), ((0.0, 0.0), 1.0)],
)
def test_class_weights_are_told_by_the_ratio_of_the_most_to_the_least_favoured(loss_prior, expected):
    assert of(loss_prior=np.array(loss_prior)).class_weight_ratio == pytest.approx(expected)


@pytest.mark.parametrize(
    "n_train, batch_size, expected", [(1800, 256, 8), (1800, 1800, 1), (1800, 5000, 1), (1800, 1, 1800), (0, 32, 1)]
)
def test_updates_are_counted_by_batches_the_last_of_which_may_be_short(n_train, batch_size, expected):
    found = of(plan={"batch_size": batch_size}, table=facts(n_train=n_train))
    assert found.steps_per_epoch == expected
    assert found.n_updates == expected * len(FLAT)


def test_without_facts_an_epoch_is_one_update():
    found = CauseInputs(judged=look(attempt(), EVEN), facts=None, prior=EVEN, loss_prior=EVEN)
    assert found.steps_per_epoch == 1


def test_movement_is_the_sum_of_what_was_measured():
    assert of(update_ratio=0.01).movement == pytest.approx(0.01 * len(FLAT))
    assert of(update_ratio=None).movement is None
    assert of(update_ratio=math.inf).movement == 0  # the weights were lost: how far they went, nobody knows


def test_the_largest_rate_in_use_counts():
    found = of(rate=0.3, plan={"learning_rate": 1e-3})
    assert found.typical_rate == 0.3
    assert of(rate=math.nan, plan={"learning_rate": 1e-3}).typical_rate == 1e-3


@pytest.mark.parametrize(
    "losses, expected",
    [
        ((0.7, 0.6), False),
        ((0.7, math.nan, 0.7), True),
        ((0.7, math.inf), True),
        ((0.7, 1.5), False),
        ((0.7, 3 * 0.693 + 0.1), True),  # three times the prior's
        ((9.0, 0.7), False),  # it came down again
        ((0.7, 9.0, 0.7), False),
        ((0.7, 0.6, 9.0), True),
        ((), False),
    ],
)
def test_a_training_diverged_if_its_loss_was_lost_or_ended_far_above_the_priors(losses, expected):
    assert of(losses).has_diverged is expected


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimizer_has_rates_around_a_usual_one(optimizer):
    lowest, usual, highest = usual_rates(optimizer)
    assert 0 < 10 * lowest <= usual <= highest / 10
    assert is_plain(optimizer) is (optimizer == "sgd")
    assert usual_rates(optimizer.upper()) == usual_rates({"class_name": optimizer}) == (lowest, usual, highest)


def test_an_optimizer_that_nobody_knows_is_taken_for_an_adaptive_one():
    assert usual_rates("my_own") == ADAPTIVE_RATES != PLAIN_RATES == usual_rates("sgd")


@pytest.mark.parametrize("last, expected", [(1.4 * math.log(2), False), (1.6 * math.log(2), True)])
def test_where_a_class_is_rare_a_training_diverged_far_above_uniform_answers(last, expected):
    prior = np.array([0.98, 0.02])  # three times whose loss is less than a network begins with
    case = attempt(constant(1000, prior=prior), (0.69, 0.69, last))
    found = CauseInputs(judged=look(case, prior), facts=facts(), prior=prior, loss_prior=prior)
    assert 3 * found.prior_loss < math.log(2)
    assert found.has_diverged is expected


def test_learning_rates_are_those_that_benchmarks_found_no_collapse_at():
    # The middle is where a repair goes: a change here changes what users are told to type.
    assert usual_rates("adam") == (1e-5, 2e-3, 0.1)
    assert usual_rates("sgd") == (1e-4, 0.05, 2.0)
    assert usual_rates("adagrad") == usual_rates("ftrl") == (5e-4, 0.05, 2.0)
    assert usual_rates("adadelta") == (0.01, 1.0, 100.0)
