"""Invented trainings and simple models for the guard, and the guard run on them. Used by its tests."""

from dataclasses import replace

from robust_mlp._collapse.guard import guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._collapse.simple_models.comparison import Signal
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._report import FeatureSignal, ProbeResult, SignalSummary
from tests.invented_attempts import EVEN, FLAT, attempt, constant, facts, held_out

HIGH, LOW = TrainingPlan(learning_rate=50.0), TrainingPlan(learning_rate=1e-7)


class Trainer:
    """`run_attempt`: gives the attempts one after the other, the last again and again, and remembers the plans.

    The attempts say that they were made under the plan asked for, at its learning rate.
    """

    def __init__(self, *attempts):
        self.attempts, self.plans = attempts, []

    def __call__(self, plan):
        self.plans.append(plan)
        made = self.attempts[min(len(self.plans), len(self.attempts)) - 1]
        records = tuple(replace(r, learning_rate=plan.learning_rate) for r in made.records)
        return replace(made, plan=plan, records=records)


class Probe:
    """`probe`: gives one Signal and counts how often it was asked."""

    def __init__(self, signal):
        self.signal, self.n_calls = signal, 0

    def __call__(self):
        self.n_calls += 1
        return self.signal


def signal(found, held=None, *, smallest_auc=0.55, skill=2.0):
    """A Signal whose best model predicts the same rows as `held` with `skill`."""
    best = ProbeResult(name="linear model", association=9.0 if found else 0.3, p_value=1e-9, loss=0.3, auc=0.9)
    p_value = 1e-9 if found else 0.4
    summary = SignalSummary(found=found, p_value=p_value, probes=(best,), n_rows=2000, smallest_auc=smallest_auc)
    if held is None:
        return Signal(summary=summary, features=lambda: (COLUMN,))
    able = held_out(codes=held.codes, skill=skill, seed=99)
    return Signal(summary=summary, rows=held.rows, probabilities=able.probabilities, features=lambda: (COLUMN,))


COLUMN = FeatureSignal(name="age", test="F", statistic=0.2, p_value=0.7, adjusted_p_value=0.9, mutual_information=0.0)
GOOD, DEAD = attempt(), attempt(constant(), FLAT)
LUCKLESS = attempt(held_out(skill=0.0), FLAT)  # outputs that vary, and no skill


def run(trainer, plan=None, *, probe=None, loss_prior=None, serves_loss_prior=False, **settings):
    plan, table = TrainingPlan() if plan is None else plan, settings.pop("table", facts())
    priors = Priors(data=EVEN, loss=loss_prior, serves_loss=serves_loss_prior)
    return guard(trainer, plan, table, priors, GuardSettings(**settings), probe=probe)


def verdict(*args, **kwargs):
    return run(*args, **kwargs).report.verdict
