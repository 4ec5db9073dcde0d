"""Thirty invented fits whose reports are read as whole texts: one for each way a fit can end, and its neighbours."""

from dataclasses import replace

import numpy as np

from robust_mlp._collapse.guard import guard
from robust_mlp._collapse.guard_settings import GuardSettings, Priors
from robust_mlp._collapse.simple_models.comparison import Signal
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import ColumnFinding
from robust_mlp._report import ProbeResult, SignalSummary
from tests.invented_attempts import EVEN, FALLING, FLAT, attempt, constant, facts, from_scores, held_out

GOOD, DEAD, LUCKLESS = attempt(), attempt(constant(), FLAT), attempt(held_out(skill=0.0), FLAT)
RARE = np.array([0.956, 0.044])
STILL, WILD = attempt(constant(), FLAT, rate=1e-7), attempt(constant(), FLAT, rate=50.0)
LOW, HIGH = TrainingPlan(learning_rate=1e-7), TrainingPlan(learning_rate=50.0)
RISING = FALLING[:10] + tuple(FALLING[9] + 0.05 * i for i in range(1, 11))
LEARNING = tuple(0.69 - 0.04 * i for i in range(12))


def rare(level, sharpness=1.0, losses=FLAT, **fields):
    """4.4 % positives that rank with an area under the ROC curve of .99, at a level of their own."""
    codes = (np.arange(2000) < 88).astype(int)
    odds = sharpness * (np.random.default_rng(0).normal(size=2000) + 3.3 * codes) + level
    return attempt(from_scores(np.column_stack([np.zeros(2000), odds]), codes), losses, **fields)


def signal(found, held=None, skill=2.0, auc=0.55):
    """What simple models found: with `held`, predictions for the same rows."""
    probe = ProbeResult(name="forest", association=9.0, p_value=1e-9, loss=0.4, auc=0.8)
    summary = SignalSummary(found=found, p_value=1e-9 if found else 0.4, probes=(probe,), n_rows=2000, smallest_auc=auc)
    if held is None:
        return Signal(summary=summary)
    other = held_out(codes=held.codes, skill=skill, seed=5)
    return Signal(summary=summary, rows=other.rows, probabilities=other.probabilities)


def told(*attempts, plan=None, table=None, prior=EVEN, found=None, serves=None, **settings):
    """The report of a fit with these attempts, in their order; the last one is repeated."""
    left = list(attempts)

    def run(tried):
        made = left.pop(0) if len(left) > 1 else left[0]
        return replace(made, plan=tried)

    priors = Priors(data=prior, loss=serves, serves_loss=serves is not None)
    settings = GuardSettings(**({"class_names": ["no", "yes"]} | settings))
    probe = None if found is None else lambda: found
    report = guard(run, plan or TrainingPlan(), table or facts(), priors, settings, probe=probe).report
    return replace(report, seconds=1.0, guard_seconds=0.001)


NUMBERS = ColumnFinding(
    code="numbers_in_text", name="price", label="price", share=0.98, examples=("'?'", "'80.00'"), is_serious=True
)
BEHIND = attempt(held_out(2000, 0.9), FALLING)
IN_SAMPLE = attempt(held_out(4000, 0.9, in_sample=True), FALLING)

CASES = {
    "healthy": lambda: told(GOOD),
    "healthy, on training rows": lambda: told(attempt(held_out(60, in_sample=True)), found=signal(True)),
    "healthy, cut by max_time": lambda: told(attempt(losses=FALLING[:6], stop="max_time")),
    "healthy, interrupted": lambda: told(attempt(losses=FALLING[:6], stop="interrupted")),
    "healthy, ended by a callback": lambda: told(attempt(losses=FALLING[:6], stop="callback")),
    "healthy, still improving": lambda: told(attempt(losses=LEARNING, best=12)),
    "healthy, schedule over while improving": lambda: told(
        attempt(losses=LEARNING, best=12, stop="schedule"),
        plan=TrainingPlan(has_auto_schedule=True, epochs_of_schedule=12, max_iter=12, learning_rate_schedule="cosine"),
    ),
    "healthy, overfitted": lambda: told(attempt(losses=FALLING[:20], validation=RISING)),
    "healthy, overfitted and the last epoch kept": lambda: told(
        attempt(losses=FALLING[:20], validation=RISING, best=20)
    ),
    "healthy, overfitted under usual settings": lambda: told(
        attempt(losses=FALLING[:20], validation=RISING), plan=TrainingPlan(dropout=0.1, weight_decay=0.01)
    ),
    "healthy, extreme settings": lambda: told(GOOD, plan=TrainingPlan(dropout=0.95)),
    "healthy, other models suit better": lambda: told(IN_SAMPLE, found=signal(True, IN_SAMPLE.held_out, skill=1.3)),
    "healthy, columns of text": lambda: told(GOOD, table=facts(findings=(NUMBERS,))),
    "healthy, constant columns": lambda: told(GOOD, table=facts(constant=(0,), duplicate=((1, 0),))),
    "healthy, conflicting labels": lambda: told(
        GOOD, table=facts(conflicting_share=0.2, accuracy_ceiling=0.9, loss_floor=0.2)
    ),
    "healthy, other class shares held out": lambda: told(GOOD, table=facts(held_out_share=(0.8, 0.2))),
    "rare class, one class takes all": lambda: told(rare(-5.5, losses=LEARNING, best=12), prior=RARE),
    "rare class, wrong level": lambda: told(rare(-0.5, 0.3, stop="early_stopping"), prior=RARE),
    "overconfident": lambda: told(attempt(from_scores(12 * np.log(held_out(400, 1.0).probabilities), GOOD_CODES))),
    "weighted predictions": lambda: told(attempt(held_out(1000, 0.8)), serves=np.array([0.05, 0.95])),
    "repaired": lambda: told(STILL, GOOD, plan=LOW),
    "repaired, still improving": lambda: told(
        STILL, attempt(losses=LEARNING, best=12, rate=2e-3), plan=LOW, max_restarts=1
    ),
    "repaired, the second training cut": lambda: told(STILL, attempt(losses=FALLING[:6], stop="max_time"), plan=LOW),
    "collapsed, rate too high": lambda: told(WILD, plan=HIGH, max_restarts=0),
    "collapsed, cut by max_time": lambda: told(attempt(constant(), FLAT[:2], stop="max_time")),
    "collapsed, no cause": lambda: told(DEAD, found=signal(True), max_restarts=0),
    "underfit": lambda: told(
        BEHIND,
        plan=TrainingPlan(dropout=0.95),
        found=signal(True, BEHIND.held_out, skill=1.5),
        max_restarts=0,
    ),
    "no signal": lambda: told(
        attempt(held_out(skill=0.0), losses=FALLING[:20], validation=RISING), found=signal(False)
    ),
    "no signal, still falling": lambda: told(
        attempt(held_out(skill=0.0), losses=FALLING[:6], stop="max_time"), found=signal(False)
    ),
    "unchecked": lambda: told(attempt(held_out(skill=0.0, codes=np.arange(8) % 2), FALLING)),
}
GOOD_CODES = held_out(400, 1.0).codes
