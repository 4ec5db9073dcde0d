"""When the guard ends a first training early, and when a repaired one gets more epochs."""

from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Verdict
from tests._collapse.guard_trials import DEAD, GOOD, HIGH, Probe, Trainer, run, signal
from tests.invented_attempts import attempt, held_out

STILL_FALLING = tuple(0.69 - 0.01 * i for i in range(30))


def test_a_repaired_training_that_was_still_improving_gets_more_epochs():
    trainer = Trainer(DEAD, attempt(held_out(skill=1.0), STILL_FALLING), GOOD)
    report = run(trainer, HIGH).report
    assert report.verdict is Verdict.REPAIRED and report.kept == 3
    epochs = [plan.max_iter for plan in trainer.plans]
    assert epochs[2] > epochs[1]
    assert replace(trainer.plans[2], max_iter=epochs[1]) == trainer.plans[1]


@pytest.mark.parametrize(
    "attempts, plan",
    [
        ((DEAD, GOOD), HIGH),  # it had come to its end
        ((attempt(losses=STILL_FALLING), GOOD), TrainingPlan()),  # nobody repaired anything
        ((DEAD, attempt(losses=STILL_FALLING), GOOD), replace(HIGH, learning_rate_schedule="cosine")),
    ],
    ids=["ended", "no repair", "schedule"],
)
def test_other_trainings_get_no_more_epochs(attempts, plan):
    trainer = Trainer(*attempts)
    run(trainer, plan)
    assert len({plan.max_iter for plan in trainer.plans}) == 1


class EndedTrainer(Trainer):
    """A Trainer that ends a training for a simple loss as the engine does: with the reason "symptom"."""

    def __init__(self, *attempts):
        super().__init__(*attempts)
        self.simple_losses = []

    def __call__(self, plan, simple_loss=None):
        self.simple_losses.append(simple_loss)
        made = super().__call__(plan)
        return made if simple_loss is None else replace(made, records=made.records[:8], stop_reason="symptom")


SLOW = TrainingPlan(learning_rate=3e-5, max_iter=30)
TRAILING = attempt(held_out(skill=0.5), (0.66,) * 30)


def test_a_first_training_under_unusual_settings_is_ended_where_simple_models_are_far_ahead():
    trainer, probe = EndedTrainer(TRAILING, GOOD), Probe(signal(True, GOOD.held_out))
    report = run(trainer, SLOW, probe=probe, may_end_early=True).report
    assert trainer.simple_losses == [0.3, None]
    assert report.verdict is Verdict.REPAIRED and report.kept == 2
    assert [a.n_epochs for a in report.attempts] == [8, 30]
    assert probe.n_calls == 1


@pytest.mark.parametrize(
    "plan, found, loss_prior",
    [(TrainingPlan(), True, None), (SLOW, False, None), (SLOW, True, np.array([0.9, 0.1]))],
    ids=["usual settings", "no signal", "other class shares in the loss"],
)
def test_other_first_trainings_go_on_to_their_end(plan, found, loss_prior):
    trainer = EndedTrainer(TRAILING, GOOD)
    run(trainer, plan, probe=Probe(signal(found, GOOD.held_out)), loss_prior=loss_prior, may_end_early=True)
    assert set(trainer.simple_losses) == {None}


def test_a_first_training_that_no_repair_improves_on_is_trained_to_its_end_and_kept():
    trainer = EndedTrainer(TRAILING, attempt(held_out(skill=0.1), (0.69,) * 30), GOOD)
    outcome = run(trainer, SLOW, probe=Probe(signal(True, GOOD.held_out)), may_end_early=True, max_restarts=1)
    assert trainer.simple_losses == [0.3, None, None]
    assert trainer.plans[2] == SLOW
    assert outcome.report.kept == 1
    assert [a.n_epochs for a in outcome.report.attempts] == [30, 30]
    assert outcome.attempt.stop_reason == "max_iter"


def test_a_part_of_a_training_is_not_kept_where_the_user_ends_the_repair():
    cut = attempt(held_out(skill=0.3), (0.68,) * 4, stop="interrupted")
    outcome = run(EndedTrainer(TRAILING, cut), SLOW, probe=Probe(signal(True, GOOD.held_out)), may_end_early=True)
    assert outcome.report.kept == 2
    assert len(outcome.report.attempts) == 2
