"""A network beside a simple model on the same rows: behind only where the rows decide it, row by row."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._collapse.simple_models.comparison import (
    Signal,
    common_rows,
    decides_better,
    is_behind,
    is_clearly_behind,
    is_far_behind,
    is_outdone,
    would_show,
)
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._report import ProbeResult, SignalSummary
from tests.invented_attempts import EVEN, attempt, constant, held_out


def summary(found=True, *, n_rows=400, smallest_auc=0.6, aucs=(0.9,)):
    probes = tuple(ProbeResult(name="linear model", association=9.0, p_value=1e-9, loss=0.3, auc=auc) for auc in aucs)
    return SignalSummary(found=found, p_value=1e-9, probes=probes, n_rows=n_rows, smallest_auc=smallest_auc)


def judged(held):
    return look(attempt(held), EVEN)


def model(held, skill, seed=99):
    """Probabilities of a simple model for the rows of `held`, leaning to their labels by `skill`."""
    return held_out(codes=held.codes, skill=skill, seed=seed).probabilities


# --- is_behind -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "network, simple, expected",
    [
        (0.0, 2.0, True),  # saves nothing where much was to be had
        (0.3, 2.0, True),
        (2.0, 2.0, False),
        (1.5, 2.0, False),  # saves more than half of it
        (2.0, 0.3, False),  # the network is ahead
        (0.0, 0.0, False),  # neither knows anything
    ],
)
def test_a_network_is_behind_where_it_saves_less_than_half_of_what_the_simple_model_saves(network, simple, expected):
    held = held_out(1000, network)
    assert is_far_behind(judged(held), held.rows, model(held, simple)) is expected


def test_few_rows_do_not_decide():
    few, many = held_out(6, 0.3), held_out(600, 0.3)
    assert not is_far_behind(judged(few), few.rows, model(few, 1.0))
    assert is_far_behind(judged(many), many.rows, model(many, 1.0))


@pytest.mark.parametrize("seed", range(30))
def test_two_models_of_the_same_worth_are_never_behind_each_other(seed):
    held = held_out(300, 0.5, seed=seed)
    assert not is_far_behind(judged(held), held.rows, model(held, 0.5, seed=seed + 1000))


def test_a_network_that_does_harm_is_behind_however_few_certain_answers_do_it():
    held = held_out(200, 2.0)
    P = np.full((200, 2), 0.5)
    P[:8] = np.where(np.eye(2)[held.codes[:8]] == 1, 1e-9, 1 - 1e-9)  # eight certain and wrong answers
    harmful = replace(held, probabilities=P)
    assert judged(harmful).comparison.relative_gain < -0.1
    assert is_far_behind(judged(harmful), held.rows, held.probabilities)


def test_rows_are_compared_by_their_numbers_and_not_by_their_places():
    held = held_out(500, 0.0)
    numbered = replace(held, rows=np.arange(500) * 3)
    order = np.random.default_rng(1).permutation(500)
    assert is_far_behind(judged(numbered), numbered.rows[order], model(held, 2.0)[order])
    assert not is_far_behind(judged(numbered), numbered.rows[order], model(held, 2.0))  # paired with strangers


def test_a_row_counts_by_its_weight():
    held = held_out(400, 2.0)
    lost = np.arange(400) < 200  # half of the rows get the prior
    P = np.where(lost[:, None], 0.5, held.probabilities)
    light = replace(held, probabilities=P, weights=np.where(lost, 1e-6, 1.0))
    heavy = replace(held, probabilities=P, weights=np.where(lost, 1.0, 1e-6))
    assert not is_far_behind(judged(light), held.rows, held.probabilities)
    assert is_far_behind(judged(heavy), held.rows, held.probabilities)


def test_what_cannot_be_compared_is_not_behind():
    held = held_out(300, 0.0)
    good = model(held, 3.0)
    assert is_far_behind(judged(held), held.rows, good)
    assert not is_far_behind(judged(held), None, good)
    assert not is_far_behind(judged(replace(held, rows=None)), held.rows, good)
    assert not is_far_behind(judged(held), held.rows + 1000, good)  # no row in common
    assert not is_far_behind(judged(held), np.append(held.rows[:1], 999), good[:2])  # a single one
    assert not is_far_behind(judged(replace(held, probabilities=held.probabilities * np.nan)), held.rows, good)
    assert not is_far_behind(look(replace(attempt(), held_out=None), EVEN), held.rows, good)


def test_a_signal_that_was_not_found_or_not_asked_about_these_rows_says_nothing():
    held = held_out(300, 0.0)
    good = {"rows": held.rows, "probabilities": model(held, 3.0)}
    assert is_behind(judged(held), Signal(summary=summary(), **good))
    assert not is_behind(judged(held), Signal(summary=summary(found=False), **good))
    assert not is_behind(judged(held), Signal(summary=summary()))


def test_a_signal_without_a_table_of_columns_has_an_empty_one():
    assert Signal(summary=summary()).features() == ()


# --- would_show ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "found, expected",
    [
        (summary(), True),
        (summary(found=False), False),
        (summary(aucs=(0.55,)), False),  # weaker than what such a table shows for certain
        (summary(aucs=(0.55, 0.6)), True),  # the clearest counts
        (summary(aucs=(np.nan, 0.9)), True),
        (summary(aucs=(np.nan,)), False),
        (summary(aucs=()), False),
        (summary(n_rows=401), False),  # it was seen on more rows than the network is judged by
    ],
)
def test_a_signal_would_have_shown_if_it_is_clear_and_the_rows_are_as_many(found, expected):
    assert would_show(judged(constant(400)), Signal(summary=found)) is expected


# --- parts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_common_rows_are_numpys_intersection(seed):
    rng = np.random.default_rng(seed)
    rows, others = rng.permutation(80)[:30], rng.permutation(80)[:50]
    mine, theirs = common_rows(rows, others)
    assert_array_equal(rows[mine], others[theirs])
    assert_array_equal(np.sort(rows[mine]), np.intersect1d(rows, others))


def test_a_row_that_occurs_twice_is_found_twice():
    mine, theirs = common_rows(np.array([5, 2, 5]), np.array([9, 5]))
    assert mine.tolist() == [0, 2]
    assert theirs.tolist() == [1, 1]


# --- the borders, by losses that are set row by row ------------------------------------------------------------------

LOG2 = math.log(2)


def with_losses(own, simple):
    """Whether a network with these losses, row by row, is far behind a simple model with those."""
    own, simple = np.broadcast_arrays(np.asarray(own, dtype=float), np.asarray(simple, dtype=float))
    codes = np.arange(len(own)) % 2
    mine, theirs = (
        np.where(np.eye(2)[codes] == 1, np.exp(-losses)[:, None], -np.expm1(-losses)[:, None])
        for losses in (own, simple)
    )
    held = replace(held_out(codes=codes), probabilities=mine)
    assert judged(held).comparison.prior_loss == pytest.approx(LOG2)
    return is_far_behind(judged(held), held.rows, theirs)


def around(mean, deviation, n=100):
    """Losses of rows, half of them a deviation above the mean and half below, each class alike."""
    return mean + deviation * np.array([1, 1, -1, -1] * (n // 4))


@pytest.mark.parametrize("n_errors, expected", [(3.2, False), (3.4, True)])
def test_the_mean_difference_must_be_3_3_of_its_standard_errors(n_errors, expected):
    # The network is .1 worse a row; its deviation over 100 rows makes that so many errors.
    assert with_losses(around(0.65, 0.1 * 10 / n_errors), 0.55) is expected


@pytest.mark.parametrize("share, expected", [(0.49, True), (0.51, False)])
def test_whoever_saves_half_of_what_the_simple_model_saves_is_not_behind(share, expected):
    assert with_losses(around(LOG2 - share * 0.2, 0.01), LOG2 - 0.2) is expected


@pytest.mark.parametrize("gain, expected", [(0.019, False), (0.021, True)])
def test_the_simple_model_must_save_a_fiftieth_of_the_priors_loss_more(gain, expected):
    saved = 0.005 * LOG2
    assert with_losses(around(LOG2 - saved, 1e-4), LOG2 * (1 - gain) - saved) is expected


@pytest.mark.parametrize("harm, expected", [(0.09, False), (0.11, True)])
def test_a_loss_a_tenth_above_the_priors_needs_no_test(harm, expected):
    assert with_losses(around((1 + harm) * LOG2, 0.2, n=4), 0.55) is expected  # four rows decide nothing


@pytest.mark.parametrize("n_rows, expected", [(2, True), (1, False)])
def test_two_rows_are_the_fewest_that_are_looked_at(n_rows, expected):
    held = replace(held_out(codes=np.array([0, 1])), probabilities=np.array([[0.1, 0.9], [0.9, 0.1]]))
    right = np.array([[0.9, 0.1], [0.1, 0.9]])[:n_rows]
    assert is_far_behind(judged(held), held.rows[:n_rows], right) is expected


def test_a_few_certain_and_wrong_answers_do_not_hide_that_a_network_is_behind():
    own = np.full(100, 0.3878)
    own[:2] = 16.0  # of the smallest probability; in all the network is as good as the prior
    assert with_losses(own, np.append([0.24, 0.24], own[2:] - 0.15))


# --- is_outdone ------------------------------------------------------------------------------------------------------


def test_another_network_that_saves_clearly_more_outdoes_this_one_though_a_few_rows_are_certain_and_wrong():
    held = held_out(1000, 0.8)
    other = model(held, 1.2)
    wrong = np.flatnonzero(other.argmax(axis=1) != held.codes)[:12]
    other[wrong] = np.where(np.arange(2) == held.codes[wrong, None], 1e-4, 1 - 1e-4)
    assert not is_clearly_behind(judged(held), held.rows, other)  # those rows weigh much beside a bounded network
    assert is_outdone(judged(held), held.rows, other)
    assert not is_outdone(judged(held), held.rows, model(held, 0.8))


def test_decisions_that_are_clearly_better_count_with_hardly_any_gain_of_loss():
    # One row of ten is of the rare class, which the first network never chooses: it answers both with the same odds.
    codes = np.repeat([0, 1], [900, 100])
    rare = codes == 1
    never = np.column_stack([np.where(rare, 0.55, 0.95), np.where(rare, 0.45, 0.05)])
    chosen = np.column_stack([np.where(rare, 0.45, 0.95), np.where(rare, 0.55, 0.05)])
    held = replace(held_out(codes=codes, skill=0.8), probabilities=never)
    first = look(attempt(held), np.array([0.9, 0.1]))
    assert decides_better(first, held.rows, chosen)
    assert is_outdone(first, held.rows, chosen)
    unsure = np.where(rare[:, None], chosen, [0.51, 0.49])
    assert decides_better(first, held.rows, unsure)
    assert not is_outdone(first, held.rows, unsure)  # the loss is worse
    two_more = np.where((np.arange(1000) < 998)[:, None], never, chosen)
    assert not decides_better(first, held.rows, two_more)


def test_decisions_of_equal_networks_are_told_apart_by_no_draw():
    for draw in range(300):
        held = held_out(400, 1.0, seed=draw)
        other = model(held, 1.0, seed=5000 + draw)
        assert not decides_better(judged(held), held.rows, other)


def test_rows_of_a_class_without_weight_say_nothing_of_decisions():
    held = held_out(400, 0.8)
    without = replace(held, weights=np.where(held.codes == 0, 0.0, 1.0))
    right = np.where(np.arange(2) == held.codes[:, None], 0.9, 0.1)
    with np.errstate(all="raise"):
        assert decides_better(judged(without), held.rows, right)
