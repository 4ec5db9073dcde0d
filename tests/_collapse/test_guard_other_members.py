"""The guard where only pairs of columns tell the classes apart: members of another kind stand in."""

from dataclasses import replace

import pytest

from robust_mlp._collapse.guard_settings import GuardSettings
from robust_mlp._collapse.simple_models.comparison import PAIRS
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Verdict
from tests._collapse.guard_trials import DEAD, GOOD, HIGH, LUCKLESS, Probe, Trainer, run, signal
from tests.invented_attempts import EVEN, FLAT, attempt, held_out

GOOD_LOSS = look(GOOD, EVEN).comparison.loss
WEAK = attempt(held_out(skill=0.45), FLAT)  # some skill, far less than the model of pairs


def pairs_found(held=None):
    """A Signal in which the model of pairs is the best."""
    found = signal(True, GOOD.held_out if held is None else held)
    pairs = tuple(replace(probe, name=PAIRS) for probe in found.summary.probes)
    return replace(found, summary=replace(found.summary, probes=pairs), pair=lambda: ("hour", "city"))


class Others:
    """`other_members`: gives one attempt and remembers what it was asked about."""

    def __init__(self, made):
        self.made, self.asked = made, []

    def __call__(self, last):
        self.asked.append(last)
        return self.made


def standing_in(made=GOOD):
    return Others(replace(made, plan=TrainingPlan(), added="mixed-effects members"))


@pytest.mark.parametrize("first", [LUCKLESS, DEAD])
def test_members_of_another_kind_stand_in_where_only_pairs_tell(first):
    trainer, others, told = Trainer(first), standing_in(), []
    outcome = run(trainer, probe=Probe(pairs_found()), other_members=others, on_repair=told.append)
    report = outcome.report
    if first is LUCKLESS:
        assert len(trainer.plans) == 1  # no setting is to blame
    assert report.verdict is Verdict.REPAIRED and report.kept == len(report.attempts)
    assert outcome.attempt.held_out is GOOD.held_out
    assert report.attempts[-1].added == "mixed-effects members" and not report.attempts[-1].changes
    assert "With mixed-effects members, the classifier beats the class shares" in report.headline
    assert "'hour' and 'city' tell most" in report.findings[-1].evidence
    assert report.findings[-1].fix.startswith("Added mixed-effects members.")
    assert told[-1].endswith("Adding mixed-effects members.")


def test_a_setting_that_prevents_learning_is_repaired_first():
    trainer, others = Trainer(DEAD, LUCKLESS), standing_in()
    report = run(trainer, HIGH, probe=Probe(pairs_found()), other_members=others).report
    assert report.verdict is Verdict.REPAIRED and len(trainer.plans) == 2
    assert others.asked[0].plan.learning_rate < HIGH.learning_rate
    assert next(finding.code for finding in report.findings) == "learning_rate_too_high"


@pytest.mark.parametrize(
    "settings", [{"policy": "warn"}, {"max_restarts": 0}, {"other_members": None}], ids=["warn", "none", "nobody"]
)
def test_without_them_the_verdict_says_what_is_missing_and_what_to_type(settings):
    others = standing_in()
    report = run(Trainer(LUCKLESS), probe=Probe(pairs_found()), **{"other_members": others} | settings).report
    assert report.verdict is Verdict.COLLAPSED and not others.asked
    (finding,) = report.findings
    assert finding.code == "pairs_alone" and "one category" in finding.fix


@pytest.mark.parametrize("made", [None, replace(LUCKLESS, added="mixed-effects members")], ids=["none", "luckless"])
def test_members_that_find_nothing_change_no_verdict(made):
    report = run(Trainer(LUCKLESS), probe=Probe(pairs_found()), other_members=Others(made)).report
    assert report.verdict is Verdict.COLLAPSED and report.kept == 1
    assert "one category" in report.findings[0].fix


def test_members_that_stand_in_need_not_find_all_that_a_simple_model_finds():
    others = standing_in(attempt(held_out(skill=0.5), FLAT))
    report = run(Trainer(LUCKLESS), probe=Probe(pairs_found()), other_members=others).report
    assert "little_skill" in report.attempts[-1].symptoms or "far_behind" in report.attempts[-1].symptoms
    assert report.verdict is Verdict.REPAIRED and report.kept == 2


@pytest.mark.parametrize(
    "first, found",
    [(GOOD, pairs_found()), (LUCKLESS, signal(False))],
    ids=["a network that learned", "nothing found"],
)
def test_elsewhere_they_are_not_asked(first, found):
    others = standing_in()
    run(Trainer(first), probe=Probe(found), other_members=others)
    assert not others.asked


def test_they_are_asked_last_where_networks_do_not_learn_what_other_simple_models_find():
    trainer, others = Trainer(LUCKLESS), standing_in()
    found = replace(signal(True, GOOD.held_out), pair=lambda: ("hour", "city"))
    report = run(trainer, probe=Probe(found), other_members=others, max_restarts=1).report
    assert len(trainer.plans) == 2 and len(others.asked) == 1  # after all trainings, and beside their number
    assert report.verdict is Verdict.REPAIRED and report.attempts[-1].added and report.kept == 3
    (finding,) = report.findings
    assert finding.code == "pairs_alone"
    assert f"log loss {GOOD_LOSS:.4g} with effects of pairs" in finding.evidence


NEXT_TO_NOTHING = attempt(held_out(4000, skill=0.3), FLAT)


@pytest.mark.parametrize("made", [LUCKLESS, NEXT_TO_NOTHING], ids=["luckless", "next to nothing"])
def test_asked_last_they_must_find_more_than_next_to_nothing(made):
    trainer = Trainer(LUCKLESS)
    report = run(trainer, probe=Probe(signal(True, GOOD.held_out)), other_members=standing_in(made)).report
    assert report.verdict is Verdict.COLLAPSED
    assert len(report.attempts) == len(trainer.plans) and "pairs_alone" not in {f.code for f in report.findings}


def test_a_network_that_learned_something_is_healthy_and_not_trained_in_vain():
    trainer, others, probe = Trainer(WEAK), standing_in(), Probe(pairs_found())
    report = run(trainer, probe=probe, other_members=others).report
    assert report.comparison.relative_gain > 0.05 and report.attempts[0].symptoms and probe.n_calls == 1
    assert report.verdict is Verdict.HEALTHY
    assert len(trainer.plans) == 1 and not others.asked


def test_nobody_stands_in_by_default():
    assert GuardSettings().other_members is None
