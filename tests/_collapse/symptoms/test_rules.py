"""Symptoms: found where they are, and nowhere else."""

import math

import numpy as np
import pytest

from robust_mlp._collapse.symptoms.rules import failed_members, find_symptoms, late_collapse_epoch, look, was_cut_off
from robust_mlp._core.records import HeldOut
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, constant, curve, from_scores, held_out

LOG2 = math.log(2)


def codes(case, prior=EVEN, **kwargs):
    return [s.code for s in find_symptoms(case, np.asarray(prior), **kwargs)]


def test_a_healthy_attempt_has_no_symptom():
    assert codes(attempt()) == []
    assert look(attempt(), EVEN).is_healthy


@pytest.mark.parametrize(
    "case, expected",
    [
        (attempt(constant(), FLAT), ["constant_output"]),
        (attempt(constant(prior=[0.999, 0.001], n=3000), FLAT), ["constant_output"]),
        (attempt(held_out(skill=0.0), FLAT), ["no_skill"]),
        (attempt(held_out(skill=0.0), FALLING), ["no_skill"]),  # it fits the training rows and nothing else
        (attempt(held_out(4000, 0.2), FLAT), ["little_skill"]),
        (attempt(held_out(4000, 0.2), FALLING), []),  # it fits the training rows: the table holds little
        (attempt(held_out(4000, 0.9), FLAT), []),  # dropout keeps the training loss up; the held-out rows decide
    ],
)
def test_each_symptom_is_found_where_it_is(case, expected):
    assert codes(case) == expected


def test_probabilities_that_are_not_numbers_are_the_one_symptom_told():
    held = constant(30)
    broken = HeldOut(codes=held.codes, probabilities=np.full((30, 2), np.nan), weights=held.weights)
    (symptom,) = find_symptoms(attempt(broken, (0.7, math.nan)), EVEN)
    assert symptom.code == "not_a_number"
    assert symptom.numbers == {"epoch": 2}
    assert not symptom.is_doubtful


def test_classes_that_are_never_predicted_are_a_symptom_only_where_the_training_rows_are_hardly_fitted():
    rng = np.random.default_rng(0)
    y = np.arange(900) % 3
    scores = rng.normal(size=(900, 3)) * 0.1
    scores[y == 0, 0] += 2.0  # class 0 is recognized; 1 and 2 are not told apart, and 2 is never first
    scores[:, 2] -= 0.8
    prior = np.full(3, 1 / 3)
    stuck = attempt(from_scores(scores, y), (1.05,) * 20)
    (symptom,) = find_symptoms(stuck, prior)
    assert (symptom.code, symptom.numbers, symptom.is_doubtful) == ("never_predicted", {"codes": (2,)}, True)
    assert codes(attempt(from_scores(scores, y), FALLING), prior) == []


def test_a_network_cut_short_while_it_learned_is_no_collapse_unless_it_answers_one_class():
    falling = (0.692, 0.690, 0.688)
    held = held_out(4000, 0.2)
    assert codes(attempt(held, falling)) == []
    assert codes(attempt(held, falling, stop="early_stopping")) == ["little_skill"]
    assert codes(attempt(held, (0.688, 0.690, 0.692))) == ["little_skill"]
    one_sided = from_scores(np.log(held.probabilities) * 0.1 + np.array([0.0, 0.4]), held.codes)
    assert codes(attempt(one_sided, falling)) == ["little_skill"]
    all_but_some = from_scores(np.log(held.probabilities) * 0.1 + np.array([0.0, 0.1]), held.codes)
    assert 0 < np.mean(all_but_some.probabilities[:, 0] > 0.5) < 0.05
    assert codes(attempt(all_but_some, falling)) == ["little_skill"]


def test_a_rare_class_that_is_never_predicted_is_no_symptom():
    prior = np.array([0.9, 0.1])
    held = held_out(2000, 0.8, prior=prior)
    assert codes(attempt(held, (0.32,) * 20), prior) == []


def test_ranking_well_with_bent_probabilities_is_no_collapse():
    held = held_out(1000, 1.0)
    bent = from_scores(np.log(held.probabilities) + np.array([0.0, 6.0]), held.codes)  # as a strong class weight does
    assert codes(attempt(bent)) == []


def test_an_overconfident_network_is_no_collapse():
    held = held_out(1000, 1.0)
    certain = from_scores(np.log(held.probabilities) * 20, held.codes)
    view = look(attempt(certain), EVEN)
    assert view.comparison.gain < 0
    assert view.is_healthy


def test_rows_of_one_class_say_nothing():
    view = look(attempt(held_out(codes=np.zeros(50, dtype=int)), FLAT), EVEN)
    assert view.symptoms == ()
    assert not view.is_healthy and not view.can_be_judged


@pytest.mark.parametrize("n, can_be_judged", [(2, False), (10, False), (12, True)])
def test_so_few_rows_that_perfection_would_look_like_luck_say_nothing(n, can_be_judged):
    view = look(attempt(held_out(codes=np.arange(n) % 2, skill=0.0), FLAT), EVEN)
    assert view.can_be_judged is can_be_judged
    assert view.codes == (("no_skill",) if can_be_judged else ())


def test_a_constant_network_is_seen_on_however_few_rows():
    assert codes(attempt(constant(4), FLAT)) == ["constant_output"]


def test_without_held_out_rows_the_training_loss_decides():
    bare = attempt(losses=FLAT)
    object.__setattr__(bare, "held_out", None)
    (symptom,) = find_symptoms(bare, np.array([0.51, 0.49]))
    assert symptom.code == "training_loss"
    object.__setattr__(bare, "records", curve((0.6931, 0.6930, 0.6931)))
    assert find_symptoms(bare, EVEN)[0].numbers["loss"] == 0.6930  # below ln 2, and nothing was learned
    object.__setattr__(bare, "records", curve(FALLING))
    assert find_symptoms(bare, EVEN) == ()
    assert not look(bare, EVEN).is_healthy  # nor can it be called healthy


def test_class_weights_move_the_loss_that_counts_as_fitted():
    prior = np.array([0.95, 0.05])
    held = held_out(4000, 0.2, prior=prior)
    balanced = attempt(held, (0.69,) * 20)  # the loss of even classes: nothing was learned
    assert codes(balanced, prior, loss_prior=EVEN) == ["little_skill"]


@pytest.mark.parametrize("n", [12, 30, 100, 1000])
def test_tables_without_signal_rarely_look_skilled(n):
    # The epoch is picked by the same rows: of 12 unrelated sets of predictions the best is judged.
    wrong = 0
    rng = np.random.default_rng(n)
    n_tables = 400
    for _ in range(n_tables):
        y = rng.permutation(np.arange(n) % 2)
        epochs = [from_scores(rng.normal(size=(n, 2)) * rng.uniform(0.05, 1.5), y) for _ in range(12)]
        best = min(epochs, key=lambda h: -np.log(h.probabilities[np.arange(n), y]).mean())
        wrong += codes(attempt(best)) == []
    assert wrong / n_tables <= 0.02


@pytest.mark.parametrize("n", [15, 30, 60])
def test_well_predicted_rows_are_enough_however_few(n):
    even = np.arange(n) % 2
    healthy = [codes(attempt(held_out(skill=4.0, seed=seed, codes=even))) == [] for seed in range(50)]
    assert all(healthy)


def test_a_training_that_was_stopped_for_its_loss_is_not_healthy_however_well_its_weights_rank():
    losses = (9.0, 50.0, 40.0, 60.0, 80.0, 90.0)
    (symptom,) = find_symptoms(attempt(held_out(1000, 1.0), losses, stop="symptom"), EVEN)
    assert symptom.code == "diverged"
    assert symptom.numbers == {"loss": 90.0, "prior_loss": LOG2, "epoch": 6}
    assert not symptom.is_doubtful
    assert codes(attempt(held_out(1000, 1.0), losses)) == []  # it went on to its end: the held-out rows decide
    assert codes(attempt(held_out(1000, 1.0), FLAT, stop="symptom")) == []


@pytest.mark.parametrize(
    "served, skill, expected",
    [
        ((1e-6, 1 - 1e-6), 2.0, True),  # weights of a million give every row to the rare class
        ((0.5, 0.5), 2.0, False),  # balanced
        ((0.05, 0.95), 6.0, False),  # more than balanced, but told apart all the same
        (None, 2.0, False),  # predictions are for the data's own shares
    ],
)
def test_weights_that_give_every_row_to_a_rare_class_are_a_symptom(served, skill, expected):
    prior = np.array([0.9, 0.1])
    made = attempt(held_out(2000, skill, prior=prior))
    found = find_symptoms(made, prior, loss_prior=served, served_prior=None if served is None else np.array(served))
    assert [s.code for s in found] == (["pushed_to_one_class"] if expected else [])
    assert not any(s.is_doubtful for s in found)


@pytest.mark.parametrize(
    "prior, served, skill, expected",
    [
        ((0.5, 0.5), (1e-4, 1 - 1e-4), 1.0, True),
        ((0.3, 0.7), (0.005, 0.995), 0.8, False),  # a matter of what mistakes cost
        ((0.5, 0.5), (0.1, 0.9), 2.0, False),  # weighted, and told apart all the same
        ((0.02, 0.98), (0.01, 0.99), 0.3, False),  # the large class takes all predictions without weights, too
    ],
)
def test_weights_that_give_every_row_to_a_large_class_are_a_symptom_if_it_would_not_take_them_anyway(
    prior, served, skill, expected
):
    made = attempt(held_out(2000, skill, prior=np.array(prior)))
    found = find_symptoms(made, np.array(prior), loss_prior=np.array(served), served_prior=np.array(served))
    assert ([s.code for s in found] == ["pushed_to_one_class"]) is expected


def test_a_network_that_hardly_learned_and_gives_nearly_every_row_to_one_class_is_doubtful():
    rng = np.random.default_rng(0)
    codes = (rng.random(1400) < 0.28).astype(int)
    odds = np.where(codes == 1, rng.normal(-0.7, 0.3, 1400), rng.normal(-1.4, 0.4, 1400))  # ranks well, never sure
    made = held_out_of(odds, codes)
    prior = np.array([0.72, 0.28])
    (symptom,) = find_symptoms(attempt(made, (0.58,) * 30), prior)
    assert (symptom.code, symptom.is_doubtful) == ("one_class", True)
    assert symptom.numbers["code"] == 0 and symptom.numbers["predicted"] > 0.97
    assert find_symptoms(attempt(made, FALLING), prior) == ()  # it learned: the decision is the user's affair


def held_out_of(odds, codes):
    """HeldOut of two classes with these log odds of the second."""
    return from_scores(np.column_stack([np.zeros(len(odds)), odds]), codes)


def test_a_rising_held_out_loss_while_the_training_loss_falls_is_no_late_collapse():
    losses, validation = (0.6, 0.4, 0.3, 0.2, 0.1), (0.6, 0.3, 0.2, 0.7, 0.8)
    assert late_collapse_epoch(curve(losses, validation), LOG2) is None
    assert late_collapse_epoch(curve((0.6, 0.4, 0.3, 0.7, 0.7), validation), LOG2) == 3


@pytest.mark.parametrize(
    "gains, expected",
    [
        ((0.9, 0.8, 0.85, 0.9), ()),
        ((0.9, 0.8, 0.0, 0.9), (2,)),  # at the prior
        ((0.9, -3.0, 0.0, 0.9), ()),  # half of them: the training as a whole is at fault
        ((0.9, 0.8, 0.6, 0.9, math.nan), (4,)),
        ((0.15, 0.0, 0.12, 0.11), ()),  # none learned much: there may be little to learn
        ((0.9, 0.2, 0.9, 0.9), ()),  # slower than the others, but on its way
    ],
)
def test_a_member_failed_if_it_did_not_learn_what_most_did(gains, expected):
    assert failed_members(np.array(gains)) == expected


@pytest.mark.parametrize(
    "validation, expected",
    [
        ((0.6, 0.3, 0.2, 0.7, 0.7), 3),
        ((0.6, 0.3, 0.2, math.nan, math.nan), 3),
        ((0.6, 0.3, 0.2, 0.7, 0.3), None),  # it came back
        ((0.69, 0.68, 0.7, 0.7), None),  # it had never learned
        ((0.6, 0.7), None),
    ],
)
def test_late_collapse_is_a_good_loss_lost_for_good(validation, expected):
    assert late_collapse_epoch(curve((0.5,) * len(validation), validation), LOG2) == expected


@pytest.mark.parametrize(
    "losses, stop, expected",
    [
        ((0.69, 0.60, 0.51, 0.42), "max_iter", True),
        ((0.69, 0.685), "max_iter", True),
        ((0.69, 0.60, 0.51, 0.42), "early_stopping", False),  # whoever stopped it saw no further gain
        ((0.69, 0.40, 0.35, 0.34), "max_iter", False),  # it bends
        ((0.69, 0.40, 0.35, 0.36), "max_iter", False),
        ((0.6931, 0.6930, 0.6929, 0.6928), "max_iter", False),  # chance
        ((0.69, math.nan), "max_iter", False),
        ((0.69,), "max_iter", False),
    ],
)
def test_a_training_was_cut_off_if_its_loss_fell_to_the_end_as_before(losses, stop, expected):
    assert was_cut_off(attempt(losses=losses, stop=stop, best=1), LOG2) is expected


def test_a_network_that_ranks_rare_rows_nearly_perfectly_did_learn_whatever_its_threshold():
    # 4.4 % positives, an area under the curve of .99, and every row given to the common class.
    rng = np.random.default_rng(0)
    labels = (rng.random(3000) < 0.044).astype(int)
    log_odds = -3.2 + 0.45 * labels + 0.13 * rng.normal(size=3000)
    scores = np.column_stack([np.zeros(3000), log_odds])
    prior = np.array([0.956, 0.044])
    hardly_trained = attempt(from_scores(scores, labels), (0.19, 0.185, 0.18), stop="early_stopping")
    judged = look(hardly_trained, prior)
    assert judged.comparison.mean_auc > 0.98
    assert judged.comparison.predicted_share[0] == 1.0
    assert judged.symptoms == ()


def test_the_loss_that_tells_is_that_of_rows_that_can_or_the_lowest_of_the_training():
    few = attempt(constant(4), (0.9, 0.4, math.nan))
    assert look(few, EVEN).telling_loss == 0.4
    assert look(attempt(constant(4), (math.nan,)), EVEN).telling_loss == math.inf
    judged = look(attempt(held_out(4000, 0.9), FLAT), EVEN)
    assert judged.telling_loss == judged.comparison.loss
