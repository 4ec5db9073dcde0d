"""Symptoms: what the measurements of a training say is wrong.

Reads records and returns `Symptom`s. Never names a cause, trains, prints or imports Keras."""

import math
from dataclasses import dataclass, field

import numpy as np

from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._collapse.symptoms.early_stop import LATE_COLLAPSE_GAIN, is_beyond_hope
from robust_mlp._core.losses import entropy
from robust_mlp._core.records import Attempt
from robust_mlp._report import Comparison

# `association` is near N(0, 1) without skill, but the epoch whose weights are judged was picked by the same held-out
# rows, which lifts it. 3.3 (p = .0005 one-sided) leaves the rate of tables without signal that get past it below 2 %
# with that lift; tests/_collapse/symptoms/test_rules.py simulates it.
CLEAR_ASSOCIATION = 3.3
# Few held-out rows cannot reach 3.3 however well they are predicted (15 rows in two classes: 3.2). But the likelihood
# ratio of the network to the prior, exp(nats saved in all), has mean 1 without skill, and so exceeds 2000 with
# probability at most 1/2000, whatever the number of rows (Markov's inequality; Grünwald et al. 2024, "Safe testing").
MODERATE_ASSOCIATION = 1.64
CLEAR_NATS = math.log(2000)

# Probabilities that vary over rows by less than this share of what perfect ones would (their standard deviation is
# sqrt(p (1 - p))) do not depend on the row for any practical purpose: the loss they can save is its square.
CONSTANT_SPREAD = 1e-3

# A network that saves a tenth of the prior's loss learned something, and whether more was there is not a collapse.
CLEAR_RELATIVE_GAIN = 0.1
# Below this much of the prior's loss saved on the training rows too, a small held-out gain may come from a training
# that hardly happened, and not from a table that holds little.
FITTED_RELATIVE_GAIN = 0.2
# A member that saves less than this share of what the middle one saves, on rows it was trained on, did not get off
# the ground: members differ in few rows and in their first weights. Below a middle of `FITTED_RELATIVE_GAIN` chance
# makes such differences too.
FAILED_MEMBER_SHARE = 0.1

# Of all that a training saved, its last quarter still saved this share: a curve that bends towards its end saves less.
STILL_FALLING_SHARE = 0.1
# And by this share of the prior's loss: less is what the last digits of a curve do by chance.
STILL_FALLING_GAIN = 2e-3

# A class counts as missing from the predictions when it has this many rows and at least half an equal share of them.
MIN_SUPPORT, MIN_SHARE_OF_EQUAL = 5, 0.5
# Of the rows that belong to other classes, at least so many must be given to any of them, or the decisions are constant
# for all that a user can see of them.
LEAST_SHARE_ELSEWHERE = 0.1
# Weights that give one class so much of the loss do not balance, they decide: balanced ones give two classes half each.
OVERWEIGHTED_SHARE = 0.8
# A class with at least the first share of the rows and less than the second of the loss is lost: ten thousand rows of
# it weigh as much as ten others. A smaller class then need not take all predictions, but most of what is not its own.
COMMON_SHARE, LOST_SHARE = 0.05, 1e-3
LEAST_SHARE_ELSEWHERE_WHERE_LOST = 0.5
# Ranks so well that nobody can say it did not learn, however few rows it gives to rare classes.
EXCELLENT_AUC = 0.95
GOOD_AUC = 0.65  # ranks so clearly that a constant decision is a matter of the threshold, not of the network

# The symptom of a network that does clearly worse than the same one with usual settings.
OUTDONE = "outdone"


@dataclass(frozen=True, kw_only=True, slots=True)
class Symptom:
    """One thing that is wrong, with the numbers that say so.

    `is_doubtful` where the numbers alone do not decide: a table that holds little looks the same. `is_proved` where a
    simple model that a network can represent does better, and better than the network does on its own training rows.
    """

    code: str
    numbers: dict = field(default_factory=dict)
    is_doubtful: bool = False
    is_proved: bool = False  # what a network can represent is not in it, so something holds it back, known or not


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedAttempt:
    """An attempt beside the prior, with what is wrong with it."""

    attempt: Attempt
    comparison: Comparison | None
    symptoms: tuple[Symptom, ...]

    @property
    def can_be_judged(self):
        """There are rows enough to tell skill from chance, or something is wrong for certain."""
        if self.symptoms:
            return True
        return self.comparison is not None and is_telling(self.comparison)

    @property
    def is_healthy(self):
        """Nothing is wrong, and the rows were enough to say so."""
        return not self.symptoms and self.can_be_judged

    @property
    def is_doubtful(self):
        """Something may be wrong, or the table may hold little."""
        return bool(self.symptoms) and all(s.is_doubtful for s in self.symptoms)

    @property
    def is_proved(self):
        """Something certainly holds the network back."""
        return any(s.is_proved for s in self.symptoms)

    @property
    def codes(self):
        """Codes of the symptoms."""
        return tuple(s.code for s in self.symptoms)

    @property
    def telling_loss(self):
        """The loss on rows that can tell, or the lowest training loss; infinite where none is finite."""
        c = self.comparison
        if c is not None and c.is_finite and is_telling(c):
            return c.loss
        return min((r.loss for r in self.attempt.records if math.isfinite(r.loss)), default=math.inf)


def look(attempt, prior, loss_prior=None, served_prior=None):
    """An attempt beside the prior: the comparison and the symptoms. Parameters as for `find_symptoms`."""
    held_out = attempt.held_out
    comparison = compare(held_out, prior) if held_out is not None and len(held_out.codes) else None
    symptoms = find_symptoms(attempt, prior, comparison, loss_prior, served_prior)
    return JudgedAttempt(attempt=attempt, comparison=comparison, symptoms=symptoms)


def find_symptoms(attempt, prior, comparison=None, loss_prior=None, served_prior=None):
    """What is wrong with an attempt, worst first; empty where nothing is.

    Parameters
    ----------
    attempt : Attempt
    prior : ndarray of shape (n_classes,), dtype float64
        Class shares of the training rows.
    comparison : Comparison or None, default=None
        Of the attempt's held-out rows with the prior; computed where None.
    loss_prior : ndarray of shape (n_classes,), default=None
        Class shares as the training loss sees them, where class weights or sampling change them.
    served_prior : ndarray of shape (n_classes,), default=None
        Class shares that the user's predictions are made for, where these are not the data's.

    Returns
    -------
    symptoms : tuple of Symptom
    """
    loss_prior = prior if loss_prior is None else loss_prior
    if comparison is None and attempt.held_out is not None and len(attempt.held_out.codes):
        comparison = compare(attempt.held_out, prior)
    if is_nonfinite(attempt, comparison):
        return (_nonfinite(attempt),)
    if comparison is None:
        return training_symptoms(attempt, loss_prior)
    if sum(n > 0 for n in comparison.support) < 2:
        return ()  # rows of a single class cannot tell a good network from a constant one
    if is_constant(comparison):
        return (Symptom(code="constant_output", numbers={"spread": comparison.spread}),)
    if not is_telling(comparison):
        return ()
    if not is_skilled(comparison):
        numbers = {"loss": comparison.loss, "prior_loss": comparison.prior_loss, "score": comparison.association}
        return (Symptom(code="no_skill", numbers=numbers, is_doubtful=True),)
    if numbers := cut_short_diverging(attempt, entropy(loss_prior)):
        return (Symptom(code="diverged", numbers=numbers),)
    if served_prior is not None and (numbers := pushed_to_one_class(attempt.held_out, comparison, prior, served_prior)):
        return (Symptom(code="pushed_to_one_class", numbers=numbers),)
    if is_hardly_trained(attempt, loss_prior):
        if is_still_learning(attempt, comparison) or ranks_well(comparison):
            return ()
        if comparison.relative_gain < CLEAR_RELATIVE_GAIN:
            numbers = {"gain": comparison.relative_gain, "loss": comparison.loss, "prior_loss": comparison.prior_loss}
            return (Symptom(code="little_skill", numbers=numbers, is_doubtful=True),)
        if missing := never_predicted(comparison):
            return (Symptom(code="never_predicted", numbers={"codes": missing}, is_doubtful=True),)
        if gives_one_class(comparison):
            code = int(np.argmax(comparison.predicted_share))
            numbers = {"code": code, "true": comparison.true_share[code]}
            numbers["predicted"] = comparison.predicted_share[code]
            return (Symptom(code="one_class", numbers=numbers, is_doubtful=True),)
    return ()


def cut_short_diverging(attempt, prior_loss):
    """Loss and epoch at which a training was stopped for its loss, or None.

    Its weights may rank rows well, and a temperature make probabilities of that; but what the training would have come
    to, nobody saw.
    """
    if attempt.stop_reason != "symptom" or not is_beyond_hope(attempt.records, prior_loss):
        return None
    return {"loss": attempt.records[-1].loss, "prior_loss": prior_loss, "epoch": attempt.records[-1].epoch}


def is_nonfinite(attempt, comparison):
    """Whether the kept weights predict something that is not a number, or no epoch had finite losses."""
    if comparison is not None:
        return not comparison.is_finite
    return bool(attempt.records) and not any(record.is_finite for record in attempt.records)


def is_constant(comparison):
    """Whether the probabilities are the same for every row."""
    widest = max(math.sqrt(p * (1 - p)) for p in comparison.true_share)
    return comparison.n_rows > 1 and comparison.spread < CONSTANT_SPREAD * widest


def is_telling(comparison):
    """Whether there are rows of two classes, and so many that perfect predictions could be told from chance."""
    has_two_classes = sum(n > 0 for n in comparison.support) > 1
    return has_two_classes and comparison.n_rows * comparison.prior_loss >= CLEAR_NATS


def is_skilled(comparison):
    """Whether predictions and labels of the held-out rows belong together beyond chance."""
    if comparison.association >= CLEAR_ASSOCIATION:
        return True
    return comparison.association >= MODERATE_ASSOCIATION and comparison.n_rows * comparison.gain >= CLEAR_NATS


def failed_members(gains):
    """Members that did not learn what the others learned from the rows they were trained on.

    Where half of them failed, the training as a whole is what is wrong, and none is named.

    Parameters
    ----------
    gains : ndarray of shape (n_members,)
        Share of the prior's loss that each member saves on rows it was trained on.

    Returns
    -------
    members : tuple of int
    """
    gains = np.where(np.isfinite(gains), gains, -np.inf)
    usual = np.median(gains)
    if not usual > FITTED_RELATIVE_GAIN:
        return ()
    failed = np.flatnonzero(gains < FAILED_MEMBER_SHARE * usual)
    return tuple(failed.tolist()) if 2 * len(failed) < len(gains) else ()


def is_hardly_trained(attempt, loss_prior):
    """Whether the training rows, too, are hardly better predicted than by the prior."""
    losses = [r.loss for r in attempt.records if math.isfinite(r.loss)]
    return not losses or min(losses) > (1 - FITTED_RELATIVE_GAIN) * entropy(loss_prior)


def is_still_learning(attempt, comparison):
    """Whether few epochs were asked for and all of them were of use: a network cut short is not a collapsed one.

    Unless it gives one class to nearly every row: nobody is served by that.
    """
    is_cut_short = attempt.used_all_epochs and attempt.best_epoch == len(attempt.records)
    return is_cut_short and comparison.gain > 0 and not gives_one_class(comparison)


def was_cut_off(attempt, prior_loss):
    """Whether the loss was still falling as before when the epochs were over, or when a callback ended the training.

    Parameters
    ----------
    attempt : Attempt
    prior_loss : float
        Cross-entropy of answering the class shares, nats.

    Returns
    -------
    was_cut_off : bool
    """
    losses = [r.watched_loss for r in attempt.records]
    is_over = attempt.used_all_epochs or attempt.stop_reason == "callback"
    if not is_over or len(losses) < 2 or not all(map(math.isfinite, losses)):
        return False
    late = losses[min((3 * len(losses)) // 4, len(losses) - 1) - 1] - losses[-1]
    return late >= max(STILL_FALLING_SHARE * (losses[0] - losses[-1]), STILL_FALLING_GAIN * prior_loss)


def goes_on_improving(attempt, prior_loss):
    """Whether more epochs would have helped a training at a constant learning rate; parameters as above."""
    return attempt.plan.learning_rate_schedule is None and was_cut_off(attempt, prior_loss)


def is_behind_simple_models(judged):
    """Whether a simple model of the same table does better, by whatever is one of the guard's symptoms."""
    return "far_behind" in judged.codes or "held_back" in judged.codes


def is_behind_others(judged):
    """Whether a simple model, or the same network with usual settings, does better."""
    return is_behind_simple_models(judged) or OUTDONE in judged.codes


def gives_one_class(comparison):
    """Whether next to none of the rows outside the favourite class are told from it."""
    favourite = max(range(len(comparison.predicted_share)), key=comparison.predicted_share.__getitem__)
    elsewhere = 1 - comparison.predicted_share[favourite]
    return elsewhere < LEAST_SHARE_ELSEWHERE * (1 - comparison.true_share[favourite])


def pushed_to_one_class(held_out, comparison, prior, served_prior):
    """How a class takes nearly every prediction, because weights gave it nearly all of the loss; or None.

    Parameters
    ----------
    held_out : HeldOut
        Predictions for the data's own class shares.
    comparison : Comparison
        Of these with the prior.
    prior, served_prior : ndarray of shape (n_classes,), dtype float64
        Class shares of the data, and those that the user's predictions are made for.

    Returns
    -------
    numbers : dict or None
        code of the class, its share of the rows and of the predictions.
    """
    favourite = int(np.argmax(served_prior))
    if served_prior[favourite] < OVERWEIGHTED_SHARE or not is_class_lost(prior, served_prior):
        return None  # mistakes that cost twenty times as much are a reason to answer one class
    true = comparison.true_share[favourite]
    least = LEAST_SHARE_ELSEWHERE_WHERE_LOST * (1 - true)
    if prior[favourite] >= 0.5 and 1 - comparison.predicted_share[favourite] < least:
        return None  # it takes the predictions without the weights, too
    served = served_decisions(held_out.probabilities, prior, served_prior)
    elsewhere = float(np.average(served != favourite, weights=held_out.weights))
    if elsewhere >= least:
        return None
    return {"code": favourite, "true": true, "predicted": 1 - elsewhere}


def served_decisions(probabilities, prior, served_prior):
    """Codes that are predicted where probabilities for the shares `prior` are led to the shares `served_prior`.

    Parameters
    ----------
    probabilities : ndarray of shape (n_rows, n_classes)
    prior, served_prior : ndarray of shape (n_classes,), dtype float64

    Returns
    -------
    codes : ndarray of shape (n_rows,), dtype int
    """
    odds = np.divide(served_prior, prior, out=np.zeros(len(prior)), where=np.asarray(prior) > 0)
    return np.argmax(probabilities * odds, axis=1)


def is_class_lost(prior, loss_prior):
    """Whether weights leave a class that many rows belong to next to nothing of the loss."""
    pairs = zip(prior, loss_prior, strict=True)
    return any(true >= COMMON_SHARE and share < LOST_SHARE for true, share in pairs)


def never_predicted(comparison):
    """Codes of the classes with enough rows that no row was given to."""
    n_classes = sum(n > 0 for n in comparison.support)
    rows = zip(comparison.support, comparison.true_share, comparison.predicted_share, strict=True)
    return tuple(
        code
        for code, (support, share, predicted) in enumerate(rows)
        if predicted == 0 and support >= MIN_SUPPORT and share >= MIN_SHARE_OF_EQUAL / n_classes
    )


def is_decision_collapse(comparison, predicted_share):
    """Whether the network ranks the rows well while one class takes every decision, by these shares (n_classes,)."""
    return max(predicted_share) == 1 and comparison.mean_auc >= GOOD_AUC


def ranks_well(comparison):
    """Whether the network tells the classes apart so well that its decisions are a matter of the threshold alone.

    Whatever the level of its probabilities: with few rows of a class, a loss above the prior's is soon had.
    """
    return comparison.mean_auc >= EXCELLENT_AUC


def ranks_beyond_doubt(comparison):
    """Whether the ranking is excellent, though rows of the rarest class are too few for `is_skilled`.

    For rows that chose no epoch: an epoch that they chose may be lucky.
    """
    return comparison.association >= MODERATE_ASSOCIATION and ranks_well(comparison)


def late_collapse_epoch(records, prior_loss):
    """The epoch after which a good loss was lost again for good, or None."""
    losses = [r.validation_loss if r.validation_loss is not None else r.loss for r in records]
    finite = [loss if math.isfinite(loss) else math.inf for loss in losses]
    if len(finite) < 3:
        return None
    best = min(range(len(finite)), key=finite.__getitem__)
    is_lost = finite[-1] >= prior_loss and finite[-2] >= prior_loss
    if records[-1].loss < records[best].loss:
        return None  # the training rows are still learnt, better and better: overfitting
    return records[best].epoch if is_lost and finite[best] < (1 - LATE_COLLAPSE_GAIN) * prior_loss else None


def _nonfinite(attempt):
    first = next((r for r in attempt.records if not r.is_finite), None)
    return Symptom(code="not_a_number", numbers={"epoch": first.epoch if first else attempt.best_epoch})


def training_symptoms(attempt, prior):
    """Without rows to look at, or rows enough: whether the training loss ever got clearly below the prior's.

    So few rows are soon memorized: hardly below is what a constant network wobbles by.
    """
    losses = [r.loss for r in attempt.records if math.isfinite(r.loss)]
    if not losses or min(losses) < (1 - CLEAR_RELATIVE_GAIN) * entropy(prior):
        return ()
    return (Symptom(code="training_loss", numbers={"loss": min(losses), "prior_loss": entropy(prior)}),)
