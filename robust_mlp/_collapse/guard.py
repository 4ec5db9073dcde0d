"""The guard: train, look, explain, repair, again; and the report of it.

It is handed `run_attempt` and knows nothing of networks. It warns of nothing and raises nothing: whoever called it
turns the report's verdict into a warning or an error."""

import time
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from robust_mlp._collapse import explanations
from robust_mlp._collapse.advice import find_advice
from robust_mlp._collapse.advice_sentences import advice_finding
from robust_mlp._collapse.beside_the_first import repair_did_harm, was_healthy_all_along
from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.consistent_advice import consistent
from robust_mlp._collapse.cut_short import cut_short
from robust_mlp._collapse.first_causes import FINAL_STOPS, first_causes, fix_of
from robust_mlp._collapse.give_up import is_left_behind, is_unusual
from robust_mlp._collapse.guard_settings import DEFAULT_SETTINGS
from robust_mlp._collapse.judge import LITTLE_GAIN, PAIRS_ALONE, Judge, learned_next_to_nothing
from robust_mlp._collapse.memory_and_luck import finds_nothing, is_within_luck, may_be_memorized
from robust_mlp._collapse.nothing_found import can_rule_out_signal, cause_of_nothing
from robust_mlp._collapse.repair_sentence import tell_repair, tell_trial
from robust_mlp._collapse.repairs import more_epochs, plain_plan, repaired, with_room
from robust_mlp._collapse.simple_models.comparison import best_probe
from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._collapse.symptoms.attempt_summary import summary_of
from robust_mlp._collapse.symptoms.rules import (
    JudgedAttempt,
    goes_on_improving,
    is_behind_simple_models,
)
from robust_mlp._collapse.trees_ahead import trees_ahead
from robust_mlp._collapse.usual_settings import outdone
from robust_mlp._core.losses import entropy
from robust_mlp._core.records import Attempt, Verdict
from robust_mlp._report import TrainingReport

# What another training may mend.
NEEDS_REPAIR = (Verdict.COLLAPSED, Verdict.UNDERFIT)
# What a fit with a time budget can do without, as the report calls it.
ANOTHER_TRAINING = "another training, with repaired settings"
# The cause that is suspected where no other is.
LAST_RESORT = "stopped_too_early"
# Another training is begun if this share of the last one's time is left: one that is cut earlier is hardly better.
TIME_OF_ANOTHER = 0.25


@dataclass(frozen=True, kw_only=True, eq=False)
class GuardOutcome:
    """The attempt to use and the report about all of them.

    `trees_ahead`: the advice that trees do better, with its numbers, if the report may have it.
    """

    attempt: Attempt
    report: TrainingReport
    trees_ahead: Cause | None = None


def guard(run_attempt, plan, facts, priors, settings=DEFAULT_SETTINGS, *, probe=None):
    """Train under a plan, and while that goes wrong, under repaired ones.

    Parameters
    ----------
    run_attempt : callable
        From a TrainingPlan to an Attempt. With `may_end_early` it takes a log loss, too; see GuardSettings.
    plan : TrainingPlan
    facts : DataFacts or None
        None where nothing is known of the table; the causes that need it are then not tried.
    priors : Priors
    settings : GuardSettings, optional
    probe : callable or None, default=None
        Without arguments; gives a `Signal`. Called at most once, and only where an attempt gives reason to. None
        fits simple models to the table behind `facts`.

    Returns
    -------
    outcome : GuardOutcome
        The best attempt and the report. Its `verdict` is any member of `Verdict`.
    """
    case = _Case(run_attempt, plan, facts, priors, settings, probe)
    if settings.policy == "off":
        case.train_unguarded()
        return case.outcome(Verdict.UNCHECKED, settings.class_names, is_off=True)
    case.begin()
    case.try_usual_settings()
    case.repair()
    case.complete()
    return case.conclude(settings.class_names)


class _Case:
    """One fit on its way to a verdict."""

    def __init__(self, run_attempt, plan, facts, priors, settings, probe):
        self.run_attempt, self.plan, self.facts, self.prior = run_attempt, plan, facts, priors.data
        self._judge = Judge(plan, facts, priors, settings, probe)
        self.judged_attempts, self.causes, self.states = [], [], []
        self.max_restarts, self.seed, self._deadline = settings.n_restarts, settings.seed, settings.deadline
        self._other_members = settings.other_members
        self.start, self.training_seconds, self._on_repair = time.perf_counter(), 0.0, settings.on_repair
        self._may_end_early, self._is_cut = settings.may_end_early and self.max_restarts > 0, False
        self._was_tried_in_vain = False  # usual settings, which did no better than the typed ones

    def train_unguarded(self):
        """The one attempt of a fit without the guard: compared with the class shares, and not judged."""
        attempt = self._timed(self.plan)
        held_out = attempt.held_out
        comparison = compare(held_out, self.prior) if held_out is not None and len(held_out.codes) else None
        self.judged_attempts.append(JudgedAttempt(attempt=attempt, comparison=comparison, symptoms=()))
        self.causes.append(())
        self.states.append(Verdict.UNCHECKED)

    def _timed(self, plan, simple_loss=None):
        """The attempt of a plan. Adds to `training_seconds`."""
        start = time.perf_counter()
        attempt = self.run_attempt(plan) if simple_loss is None else self.run_attempt(plan, simple_loss)
        self.training_seconds += time.perf_counter() - start
        return attempt

    def begin(self):
        """The first attempt. One that simple models are far ahead of is ended, where its settings are unusual."""
        simple_loss = None
        if self._may_end_early and is_unusual(self.plan) and np.allclose(self._judge.loss_prior(self.plan), self.prior):
            found = self._judge.signal
            simple_loss = best_probe(found).loss if found is not None and found.summary.found else None
        self.train(self.plan, simple_loss)
        attempt = self.judged_attempts[0].attempt
        is_left = is_left_behind(attempt.records, self.plan, entropy(self.prior), simple_loss)
        self._is_cut = is_left and attempt.stop_reason == "symptom"

    def try_usual_settings(self):
        """Train once more without settings that hold most networks back, if the first network is healthy with them.

        The first one is kept unless the other does clearly better.
        """
        first = self.judged_attempts[0]
        if self.states[0] is not Verdict.HEALTHY or not self._can_try_again(first):
            return
        causes = self._judge.to_try_without(first)
        plan = repaired(self.plan, causes, self.facts)
        if plan == self.plan:
            return
        tell_trial(self._on_repair, causes, plan.changes_from(self.plan))
        self.train(plan)
        behind = outdone(first, self.judged_attempts[1])
        if behind is None:
            self._was_tried_in_vain = True
        else:
            self.judged_attempts[0], self.causes[0], self.states[0] = behind, causes, Verdict.UNDERFIT

    def complete(self):
        """Train the first attempt to its end after all, where no repair did better than the part of it."""
        if not self._is_cut or self.judged_attempts[-1].attempt.stop_reason in FINAL_STOPS:
            return
        self._is_cut = False  # here the part is compared as if it were whole
        kept = self.best()
        if kept and not self._did_harm(kept) and not self._was_healthy_all_along(kept):
            self._is_cut = True
            return
        for made in (self.judged_attempts, self.causes, self.states):
            del made[0]
        self.train(self.plan)
        for made in (self.judged_attempts, self.causes, self.states):
            made.insert(0, made.pop())

    def train(self, plan, simple_loss=None):
        """One more attempt, looked at and judged. It is ended if it is far behind a `simple_loss`."""
        attempt = self._timed(plan, simple_loss)
        self._add(self._judge.look_at(attempt, is_repair=bool(self.judged_attempts)))

    def _add(self, judged):
        """Add an attempt, its causes and its state. No setting is a cause for what members of another kind learned."""
        attempt = judged.attempt
        causes = () if attempt.added else self._judge.causes_of(judged)
        self.judged_attempts.append(judged)
        state = self._judge.state_of(judged, causes, may_try_again=self._can_try_again(judged))
        if attempt.added and judged.is_doubtful and "no_skill" not in judged.codes:
            state = Verdict.HEALTHY  # they beat the class shares, and no setting would get further
        elif state is Verdict.COLLAPSED and _names_no_setting(causes):
            causes = (*causes, *self._judge.pairs_alone(judged))
        self.causes.append(causes)
        self.states.append(state)

    def _can_try_again(self, judged):
        if len(self.judged_attempts) > self.max_restarts or judged.attempt.stop_reason in FINAL_STOPS:
            return False
        return self._deadline.left > TIME_OF_ANOTHER * judged.attempt.seconds

    def repair(self):
        """Train under repaired plans until one beats the prior, or the restarts are used up."""
        if self._was_tried_in_vain:
            return
        tried = [judged.attempt.plan for judged in self.judged_attempts]
        while self._must_try_again() and (plan := self._next_plan(tried)) is not None:
            tried.append(plan)
            tell_repair(self._on_repair, self.judged_attempts, self.causes, plan.changes_from(self.plan))
            self.train(plan)
        self._ask_other_members()
        is_left_over = self.states[-1] in NEEDS_REPAIR and len(self.judged_attempts) <= self.max_restarts
        if is_left_over and not self._can_try_again(self.judged_attempts[-1]):
            self._deadline.leave_out(ANOTHER_TRAINING)

    def _ask_other_members(self):
        """Let members of another kind learn what networks did not, as pairs of columns are: they take little time.

        What they do not find either is not theirs to explain.
        """
        last = self.judged_attempts[-1]
        if self._other_members is None or self.states[-1] is not Verdict.COLLAPSED or not self.max_restarts:
            return
        if last.attempt.stop_reason in FINAL_STOPS or not learned_next_to_nothing(last):
            return
        if self._judge.signal is None or finds_nothing(self._judge.signal):
            return
        start = time.perf_counter()
        attempt = self._other_members(last.attempt)
        seconds = time.perf_counter() - start
        self.training_seconds += seconds
        if attempt is None:
            return
        attempt = replace(attempt, seconds=seconds)
        added = self._judge.look_at(attempt, is_repair=True)
        causes = [self._judge.pairs_tell(judged, added) for judged in self.judged_attempts]
        if not causes[-1]:
            return
        for i, more in enumerate(causes):
            if PAIRS_ALONE not in {cause.code for cause in self.causes[i]}:
                self.causes[i] = (*self.causes[i], *more)
        tell_repair(self._on_repair, self.judged_attempts, self.causes, {}, attempt.added)
        self._add(added)

    def _must_try_again(self):
        """Whether the last training needs a repair, or is one that may get further, and another is allowed."""
        certain = [cause for cause in self.causes[-1] if cause.is_certain]
        if certain and not any(cause.can_repair for cause in certain):
            return False
        if not certain and _names_no_setting(self.causes[-1]) and self._judge.finds_most_in_pairs:
            return False  # pairs take a network many rows to learn, whatever its settings
        is_repair, last = len(self.judged_attempts) > 1, self.judged_attempts[-1]
        gets_further = is_repair and ("held_back" in last.codes or self._is_unfinished(last))
        return (gets_further or self.states[-1] in NEEDS_REPAIR) and self._can_try_again(last)

    def _is_unfinished(self, judged):
        loss_prior = self._judge.loss_prior(judged.attempt.plan)
        return judged.is_healthy and goes_on_improving(judged.attempt, entropy(loss_prior))

    def _next_plan(self, tried):
        """The plan to train next; None if it was tried before."""
        last, plain = self.judged_attempts[-1], plain_plan(self.plan, self.facts, self.causes[0])
        certain = [cause for cause in self.causes[-1] if cause.is_certain]
        plans = [with_room(repaired(last.attempt.plan, certain or self.causes[-1], self.facts), self.facts), plain]
        if self._is_unfinished(last):
            plans = [more_epochs(last.attempt.plan, None, self.facts)]
        elif len(self.judged_attempts) == self.max_restarts > 1:
            plans = [plain]
        return next((plan for plan in plans if plan not in tried), None)

    def best(self):
        """Index of the attempt to keep: judged healthy, then finite, then the user's weights, then the lowest loss.

        What counts how much is the user's to say: a training without the class weights is kept only if it is healthy.
        """

        def rank(i):
            judged = self.judged_attempts[i]
            is_finite = "not_a_number" not in judged.codes
            drops_weights = judged.attempt.plan.use_class_weight != self.plan.use_class_weight
            return _RANKS.get(self.states[i], len(_RANKS)), not is_finite, drops_weights, judged.telling_loss

        if self._was_tried_in_vain:
            return 0
        first = int(self._is_cut and len(self.judged_attempts) > 1)  # a part of a training is not what was asked for
        return min(range(first, len(self.judged_attempts)), key=rank)

    def _did_harm(self, kept):
        """Whether the repair that would be kept is worse than the first attempt, all of which was trained."""
        return kept > 0 and not self._is_cut and repair_did_harm(self.judged_attempts[0], self.judged_attempts[kept])

    def _was_healthy_all_along(self, kept):
        """Whether the first attempt was healthy, as the healthy repair that is kept shows."""
        is_repair = kept > 0 and not self._is_cut and self.states[kept] is Verdict.HEALTHY
        return is_repair and was_healthy_all_along(self.judged_attempts[0], self.judged_attempts[kept])

    def conclude(self, class_names):
        """The verdict over all attempts, and the report."""
        kept, first = self.best(), self.judged_attempts[0]
        if self._did_harm(kept):
            if self.states[0] is Verdict.COLLAPSED and first.is_doubtful and not is_behind_simple_models(first):
                self.states[0] = Verdict.HEALTHY  # without what was suspected, training got no further
            return self.outcome(self.states[0], class_names)
        if self._was_healthy_all_along(kept):
            self.states[0] = Verdict.HEALTHY
            return self.outcome(Verdict.HEALTHY, class_names, kept=self.best())
        state = Verdict.HEALTHY if self._suits_others_better(kept) else self.states[kept]
        if state is Verdict.HEALTHY and kept > 0:
            c = self.judged_attempts[kept].comparison
            state = Verdict.REPAIRED if c is None or c.gain > 0 else Verdict.COLLAPSED
        elif state is Verdict.COLLAPSED and finds_nothing(self._judge.signal):
            state = self._nothing_found()
        if state in (Verdict.HEALTHY, Verdict.REPAIRED) and self._may_be_memorized(self.judged_attempts[kept]):
            state = Verdict.UNCHECKED
        may_be_luck = state is Verdict.REPAIRED and is_within_luck(self.judged_attempts[kept])
        if may_be_luck and finds_nothing(self._judge.signal):
            state = self._nothing_found()
        return self.outcome(state, class_names, kept=kept)

    def _suits_others_better(self, kept):
        """Whether the network that is kept learned something, and no setting explains why simple models find far more.

        With less than `LITTLE_GAIN` it learned next to nothing, whatever the reason.
        """
        judged = self.judged_attempts[kept]
        is_far = "far_behind" in judged.codes or (judged.is_doubtful and self._judge.finds_most_in_pairs)
        if not is_far or judged.comparison.relative_gain < LITTLE_GAIN or judged.is_proved:
            return False
        return not any(cause.is_certain for causes in self.causes for cause in causes)

    def _may_be_memorized(self, judged):
        """Whether only rows that were trained on speak for the network; simple models may lack the time to."""
        is_in_sample = judged.comparison is not None and judged.comparison.in_sample
        if is_in_sample and self._judge.signal is None:
            return self._judge.lacks_simple_models(judged)
        return is_in_sample and may_be_memorized(judged, self._judge.signal)

    def _nothing_found(self):
        """The verdict where neither a network nor a simple model found anything."""
        if can_rule_out_signal(self._judge.signal.summary):
            return Verdict.NO_SIGNAL
        is_explained = any(cause.is_certain for cause in self.causes[-1])
        return Verdict.COLLAPSED if is_explained else Verdict.UNCHECKED  # the rows are too few to tell

    def outcome(self, verdict, class_names, *, kept=0, is_off=False):
        """The attempt to use and the report."""
        judged = self.judged_attempts[kept]
        cause = next(iter(self._first_causes()), None)
        signal = self._judge.said.summary if self._judge.said is not None else None
        names = tuple(str(name) for name in class_names) or tuple(str(i) for i in range(len(self.prior)))
        findings, trees = self._findings(verdict, kept, names), ()
        if not is_off:
            trees = trees_ahead(self._judge.cause_inputs(judged), verdict, self.seed, self._deadline)
        total = time.perf_counter() - self.start
        lacks_time = self._judge.lacks_simple_models(judged)
        report = TrainingReport(
            verdict=verdict,
            headline=explanations.headline_of(
                verdict,
                judged.comparison,
                symptom=next(iter(self.judged_attempts[0].codes), ""),
                cause=cause,
                signal=signal,
                n_attempts=len(self.judged_attempts),
                added=judged.attempt.added,
                unchecked="off" if is_off else "no time" if lacks_time else "",
            ),
            findings=findings,
            advisories=tuple(advice_finding(a, names) for a in self._advice(verdict, kept, findings, is_off, trees)),
            attempts=tuple(summary_of(v, number, self.plan) for number, v in enumerate(self.judged_attempts, start=1)),
            kept=kept + 1,
            comparison=judged.comparison,
            signal=signal,
            feature_signal=self._judge.said.features() if verdict is Verdict.NO_SIGNAL and self._judge.said else (),
            class_names=names,
            seconds=total,
            guard_seconds=total - self.training_seconds,
            created=datetime.now().astimezone().isoformat(timespec="seconds"),
        )
        return GuardOutcome(attempt=judged.attempt, report=report, trees_ahead=next(iter(trees), None))

    def _advice(self, verdict, kept, findings, is_off, trees):
        """What is worth knowing beside the findings, in one order and without contradictions."""
        judged, cut = self.judged_attempts[kept], cut_short(self.judged_attempts, kept, verdict)
        if is_off:
            return cut
        tried = self.judged_attempts[1].comparison if self._was_tried_in_vain else None
        served = self._judge.served_prior(judged.attempt.plan)
        advice = find_advice(self._judge.cause_inputs(judged), served, verdict, tried)
        return consistent((*cut, *advice, *trees), verdict, [finding.code for finding in findings])

    def _first_causes(self):
        return first_causes(self.judged_attempts[0], self.causes[0])

    def _findings(self, verdict, kept, names):
        """What went wrong in the first attempt, one finding per cause, first cause first."""
        if verdict is Verdict.HEALTHY or (verdict is Verdict.UNCHECKED and len(self.judged_attempts) == 1):
            return ()
        judged = self.judged_attempts[0]
        symptom = judged.symptoms[0] if judged.symptoms else None
        if verdict is Verdict.NO_SIGNAL:
            assert self._judge.said is not None  # the verdict comes from it
            cause = cause_of_nothing(self.facts, self._judge.said.summary, seed=self.seed, deadline=self._deadline)
            return (explanations.finding_of(symptom, cause, explanations.hopeless_fix(cause), names),)
        causes = self._first_causes() or (Cause(code="unknown", can_repair=False),)
        severity = "error" if verdict in NEEDS_REPAIR else "warning"
        return tuple(
            explanations.finding_of(symptom if i == 0 else None, cause, self._fix(cause, kept), names, severity)
            for i, cause in enumerate(causes)
        )

    def _fix(self, cause, kept):
        kept_attempt = self.judged_attempts[kept].attempt
        if cause.code == PAIRS_ALONE and kept_attempt.added:
            return explanations.added_fix(kept_attempt.added)
        kept_plan = kept_attempt.plan if len(self.judged_attempts) > 1 else None
        return fix_of(cause, self._first_causes(), self.plan, self.facts, kept_plan)


def _names_no_setting(causes):
    """Whether no setting is suspected but too little patience, which is tried last.

    Settings that are certain causes are more than suspected, and are repaired first.
    """
    return {cause.code for cause in causes if not cause.is_certain} <= {LAST_RESORT}


# Which attempt to keep: by its state, first of these first.
_RANKS = {Verdict.HEALTHY: 0, Verdict.UNDERFIT: 1}
