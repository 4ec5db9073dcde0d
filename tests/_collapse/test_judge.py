"""The judge of attempts: simple models are asked once and only with a reason, and certain causes decide the state."""

from types import SimpleNamespace

import numpy as np
import pytest

from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._collapse.judge import SIMPLE_MODELS, Judge
from robust_mlp._collapse.simple_models.comparison import Signal
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Verdict
from robust_mlp._report import ProbeResult, SignalSummary
from tests.invented_attempts import EVEN, FLAT, attempt, constant, facts, held_out

GOOD, WEAK = attempt(), attempt(held_out(skill=0.4))


class Probe:
    """Finds what a network of skill 2 finds, on the rows of `WEAK`, and counts how often it was asked."""

    def __init__(self, found=True):
        best = ProbeResult(name="linear model", association=9.0, p_value=1e-9, loss=0.3, auc=0.9)
        summary = SignalSummary(found=found, p_value=1e-9, probes=(best,), n_rows=2000, smallest_auc=0.55)
        able = held_out(codes=WEAK.held_out.codes, skill=2.0, seed=9)
        self.signal, self.n_calls = Signal(summary=summary, rows=able.rows, probabilities=able.probabilities), 0

    def __call__(self):
        self.n_calls += 1
        return self.signal


def judge(probe=None, *, plan=None, priors=None, **settings):
    priors = Priors(data=EVEN) if priors is None else priors
    return Judge(TrainingPlan() if plan is None else plan, facts(), priors, GuardSettings(**settings), probe)


def test_simple_models_are_not_asked_about_a_network_that_learned():
    probe = Probe()
    judged = judge(probe).look_at(GOOD, is_repair=False)
    assert judged.is_healthy
    assert probe.n_calls == 0


def test_simple_models_are_asked_once_about_a_repair():
    probe = Probe()
    asked = judge(probe)
    assert asked.said is None
    assert asked.look_at(WEAK, is_repair=True).codes == ("far_behind",)
    assert asked.look_at(GOOD, is_repair=True).is_healthy
    assert probe.n_calls == 1
    assert asked.said is probe.signal


def test_what_there_is_no_time_for_is_noted():
    deadline = Deadline(1e-9)
    hurried = judge(Probe(), deadline=deadline)
    assert hurried.signal is None
    assert SIMPLE_MODELS in deadline.left_out
    assert hurried.lacks_simple_models(hurried.look_at(GOOD, is_repair=False))


@pytest.mark.parametrize(
    "codes, is_certain, may_try_again, expected",
    [
        (["held_back"], True, True, Verdict.UNDERFIT),
        (["held_back"], False, True, Verdict.HEALTHY),  # other models simply suit the table
        (["far_behind"], True, True, Verdict.COLLAPSED),
        (["far_behind"], False, False, Verdict.COLLAPSED),  # the simple models say so
    ],
)
def test_a_doubtful_attempt_is_judged_by_its_causes_and_by_simple_models(codes, is_certain, may_try_again, expected):
    asked = judge(Probe())
    looked_at = asked.look_at(WEAK, is_repair=True)
    judged = type(looked_at)(
        attempt=looked_at.attempt,
        comparison=looked_at.comparison,
        symptoms=tuple(type(looked_at.symptoms[0])(code=code, numbers={}, is_doubtful=True) for code in codes),
    )
    cause = Cause(code="dropout_too_strong", is_certain=is_certain)
    assert asked.state_of(judged, (cause,), may_try_again=may_try_again) is expected


@pytest.mark.parametrize("found, expected", [(True, Verdict.COLLAPSED), (False, Verdict.NO_SIGNAL)])
def test_a_network_without_skill_is_judged_by_what_simple_models_find(found, expected):
    asked = judge(Probe(found))
    judged = asked.look_at(attempt(held_out(skill=0.0, n=2000), FLAT), is_repair=False)
    assert asked.state_of(judged, (), may_try_again=False) is expected
    assert asked.said is not None


def test_a_constant_network_has_collapsed_whatever_simple_models_say():
    asked = judge(Probe(found=False))
    judged = asked.look_at(attempt(constant(), FLAT), is_repair=False)
    assert asked.state_of(judged, (), may_try_again=True) is Verdict.COLLAPSED


def test_class_shares_in_the_loss_are_those_of_the_plan():
    bent = np.array([0.9, 0.1])
    asked = judge(priors=Priors(data=EVEN, loss=bent, serves_loss=True))
    assert asked.loss_prior(TrainingPlan()) is bent
    assert asked.loss_prior(TrainingPlan(use_class_weight=False)) is EVEN
    assert asked.served_prior(TrainingPlan()) is bent
    assert judge(priors=Priors(data=EVEN, loss=bent)).served_prior(TrainingPlan()) is None


def test_only_own_networks_are_compared_with_smooth_models():
    judged = SimpleNamespace(can_be_judged=True)
    assert judge()._is_proved(judged) is False
