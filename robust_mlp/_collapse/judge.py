"""Judges one attempt: what it shows, how it compares with simple models, why it went wrong, and the state that follows.

Trains no network. Simple models are asked once in a fit, and only where an attempt gives reason to."""

from dataclasses import replace
from functools import partial

import numpy as np

from robust_mlp._collapse.calibrated import calibrated
from robust_mlp._collapse.causes import NEARLY_ALL, Cause, find_causes, may_be_held_back
from robust_mlp._collapse.causes.inputs import CauseInputs
from robust_mlp._collapse.few_rows import others_speak_for_it
from robust_mlp._collapse.first_causes import FINAL_STOPS
from robust_mlp._collapse.nothing_found import can_rule_out_signal
from robust_mlp._collapse.simple_models.comparison import (
    best_probe,
    found_in_pairs,
    is_behind,
    is_held_back,
    would_show,
)
from robust_mlp._collapse.simple_models.smooth_models import prove_held_back, smooth_models
from robust_mlp._collapse.symptoms.rules import FITTED_RELATIVE_GAIN, Symptom, look, training_symptoms
from robust_mlp._collapse.usual_settings import to_try_without
from robust_mlp._core.records import Verdict

# A network that saves so little of the prior's loss is compared with simple models: a table may hold little, or it.
LITTLE_GAIN = 0.05
# What a fit with a time budget can do without, as the report calls it.
SIMPLE_MODELS = "simple models to compare with"
# All simple models together take about so long, in seconds.
TIME_OF_SIMPLE_MODELS = 1.0
# The cause that no setting mends, but members of another kind do.
PAIRS_ALONE = "pairs_alone"


class Judge:
    """Judges the attempts of one fit, by what is known of its table and its first plan.

    Parameters
    ----------
    plan : TrainingPlan
        The first plan.
    facts : DataFacts or None
    priors : Priors
    settings : GuardSettings
    probe : callable or None
        As for `guard`.
    """

    def __init__(self, plan, facts, priors, settings, probe):
        self._plan, self.facts, self.prior, self._priors = plan, facts, priors.data, priors
        if probe is None and facts is not None and facts.probe_source is not None:
            probe = partial(_probe, facts, settings.seed, settings.deadline)
        self._probe, self._signal = probe, None
        self._seed, self._deadline = settings.seed, settings.deadline
        self._is_own, self._smooth = settings.is_own_network, None

    def look_at(self, attempt, *, is_repair):
        """The JudgedAttempt of an attempt; `is_repair`: whether its plan is a repaired one."""
        loss_prior = self.loss_prior(attempt.plan)
        judged = look(attempt, self.prior, loss_prior, self.served_prior(attempt.plan))
        if not judged.symptoms and self._is_suspicious(judged, is_repair):
            return self._judged_again(judged, loss_prior)
        return judged

    def causes_of(self, judged):
        """Why an attempt went wrong: tuple of Cause.

        A training without time needs no other cause, and looking for one takes time.
        """
        return () if judged.is_healthy or self._deadline.is_over else find_causes(self.cause_inputs(judged))

    def to_try_without(self, judged):
        """Causes to take out for a second training of a healthy network, to see whether it does better; or ()."""
        return () if self._deadline.is_over else to_try_without(self.cause_inputs(judged))

    @property
    def said(self):
        """What the probe found, if it was asked before; else None. Asks nothing."""
        return self._signal

    def _is_suspicious(self, judged, is_repair):
        """Whether the network may be far from what the table holds: for its settings, or for how little it found.

        Where simple models were asked already, it costs nothing. A training that somebody ended is as good as they
        wished. Rows that were trained on prove nothing by themselves. A repair may have gone half of the way.
        """
        if self._signal is not None or (judged.is_healthy and judged.comparison.in_sample):
            return True
        if judged.is_healthy and judged.comparison.relative_gain >= NEARLY_ALL:
            return False  # a repair, too: nothing is left to be found
        if judged.attempt.stop_reason in FINAL_STOPS and judged.attempt.stop_reason != "callback":
            return False  # a callback decides when to stop as a setting does, and may do so too soon
        gains_little = judged.is_healthy and judged.comparison.relative_gain < LITTLE_GAIN
        may_be = is_repair or gains_little or may_be_held_back(self.cause_inputs(judged))
        return may_be or self._is_proved(judged)

    def _judged_again(self, judged, loss_prior):
        """The JudgedAttempt of an attempt without a symptom, once more.

        With a symptom if simple models find clearly more in the table; or, where rows are too few to tell, if not even
        the training rows are fitted.
        """
        if not judged.can_be_judged:
            return replace(judged, symptoms=training_symptoms(judged.attempt, loss_prior))
        if self.signal is None:
            return judged
        # Class weights bend what the losses of the rows say: calibrated, the ranking alone counts.
        fair = judged if np.allclose(loss_prior, self.prior) else calibrated(judged)
        is_far, is_proved = is_behind(fair, self.signal), self._is_proved(fair)
        if not is_far and not is_proved and not is_held_back(fair, self.signal):
            return judged
        is_far = is_far and judged.comparison.relative_gain < FITTED_RELATIVE_GAIN  # else it did learn something
        best = best_probe(self.signal)
        numbers = {"loss": judged.comparison.loss, "other": best.loss, "name": best.name}
        code = "far_behind" if is_far else "held_back"
        symptom = Symptom(code=code, numbers=numbers, is_doubtful=True, is_proved=is_proved)
        return replace(judged, symptoms=(symptom,))

    def cause_inputs(self, judged):
        loss_prior = self.loss_prior(judged.attempt.plan)
        return CauseInputs(judged=judged, facts=self.facts, prior=self.prior, loss_prior=loss_prior)

    def loss_prior(self, plan):
        """Class shares in the loss under a plan: a repair may have dropped the class weights."""
        return self._priors.in_loss if plan.use_class_weight == self._plan.use_class_weight else self.prior

    def served_prior(self, plan):
        """Class shares that the user's predictions are made for, where these are not the data's; else None."""
        return self.loss_prior(plan) if self._priors.serves_loss else None

    @property
    def signal(self):
        """What the probe found, asked once; None without a probe or without time for it."""
        if self._signal is None and self._probe is not None:
            if self._deadline.allows(SIMPLE_MODELS, TIME_OF_SIMPLE_MODELS):
                self._signal = self._probe()
            if self._signal is None:
                self._probe = None
                self._deadline.leave_out(SIMPLE_MODELS)
        return self._signal

    def _is_proved(self, judged):
        """Whether smooth models prove that a user's own network is held back, whatever it is that does."""
        if not self._is_own or self.facts is None or self.facts.probe_source is None or not judged.can_be_judged:
            return False
        if self._smooth is None:
            codes = judged.attempt.held_out.codes
            self._smooth = smooth_models(self.facts.probe_source(), codes, seed=self._seed, deadline=self._deadline)
        return prove_held_back(judged, self._smooth)

    @property
    def finds_most_in_pairs(self):
        """Whether simple models were asked, and the model of pairs found most."""
        return found_in_pairs(self._signal)

    def pairs_alone(self, judged):
        """The cause that pairs of columns tell the classes apart, if the network learned next to nothing: a tuple.

        A network that learned more is healthy: other models simply suit the table better.
        """
        return self._learned_in_pairs(judged, best_probe(self._signal).loss) if self.finds_most_in_pairs else ()

    def pairs_tell(self, judged, added):
        """The same cause, also where members of another kind learned more than next to nothing: `added`, their attempt.

        Simple models may find a part of a pair and so never ask the one of pairs.
        """
        c = added.comparison
        learned = c is not None and c.is_finite and c.relative_gain >= LITTLE_GAIN
        return self.pairs_alone(judged) or (self._learned_in_pairs(judged, c.loss) if learned else ())

    def _learned_in_pairs(self, judged, loss):
        if self._signal is None or not learned_next_to_nothing(judged):
            return ()
        numbers = {"pair": self._signal.pair(), "loss": loss, "prior_loss": judged.comparison.prior_loss}
        return (Cause(code=PAIRS_ALONE, numbers=numbers, is_certain=True, can_repair=False),)

    def lacks_simple_models(self, judged):
        """Whether a training that nobody cut could not be compared with simple models, for lack of time."""
        return judged.attempt.stop_reason not in FINAL_STOPS and SIMPLE_MODELS in self._deadline.left_out

    def state_of(self, judged, causes, *, may_try_again):
        """HEALTHY, UNDERFIT, COLLAPSED, NO_SIGNAL or UNCHECKED, as far as this attempt alone can tell.

        Parameters
        ----------
        judged : JudgedAttempt
        causes : tuple of Cause
        may_try_again : bool
            Whether another training may follow.

        Returns
        -------
        state : Verdict
        """
        if not judged.can_be_judged:
            return Verdict.HEALTHY if self._others_speak_for(judged) else Verdict.UNCHECKED
        if judged.is_healthy:
            return Verdict.HEALTHY
        if not judged.is_doubtful:
            return Verdict.COLLAPSED
        has_certain_cause = any(cause.is_certain for cause in causes)
        if "no_skill" in judged.codes:
            # A training that got further would fit the rows that it is judged by, signal or not.
            proves_nothing = judged.comparison.in_sample and self.signal is not None and not self.signal.summary.found
            return Verdict.COLLAPSED if has_certain_cause and not proves_nothing else self._without_skill(judged)
        if "held_back" in judged.codes:
            is_certain = has_certain_cause or judged.is_proved
            return Verdict.UNDERFIT if is_certain else Verdict.HEALTHY  # other models simply suit the table
        if has_certain_cause and (may_try_again or self.signal is None):
            return Verdict.COLLAPSED  # for now: if training without the cause gets no further, this one was healthy
        return Verdict.COLLAPSED if self.signal is not None and is_behind(judged, self.signal) else Verdict.HEALTHY

    def _without_skill(self, judged):
        """What a network without skill means, given what simple models find."""
        if self.signal is None:
            return Verdict.UNCHECKED if self.lacks_simple_models(judged) else Verdict.COLLAPSED
        if is_behind(judged, self.signal) or would_show(judged, self.signal):
            return Verdict.COLLAPSED
        if self.signal.summary.found:
            # Simple models see more rows than were held out; on these, the network may be as good as they are.
            return Verdict.HEALTHY if self._others_speak_for(judged) else Verdict.UNCHECKED
        return Verdict.NO_SIGNAL if can_rule_out_signal(self.signal.summary) else Verdict.UNCHECKED

    def _others_speak_for(self, judged):
        """Whether training rows and simple models speak for a network where held-out rows are too few."""
        is_promising = judged.comparison is not None and judged.comparison.is_finite and judged.comparison.gain > 0
        has_rows = judged.attempt.training_rows is not None
        return is_promising and has_rows and others_speak_for_it(judged, self.prior, self.signal)


def learned_next_to_nothing(judged):
    """Whether held-out rows show that the network saves less than `LITTLE_GAIN` of the prior's loss."""
    c = judged.comparison
    return c is not None and not (c.is_finite and c.relative_gain >= LITTLE_GAIN)


def _probe(facts, seed, deadline):
    """Look for a signal in the table behind the facts; None if the time is over before the end."""
    from robust_mlp._collapse.simple_models.probe import probe_signal

    return probe_signal(facts.probe_source(), seed=seed, deadline=deadline)
