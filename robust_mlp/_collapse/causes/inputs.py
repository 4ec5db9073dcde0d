"""`CauseInputs`: everything that a cause may read, and numbers that several causes need. Decides nothing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Real

import numpy as np

from robust_mlp._collapse.symptoms.rules import JudgedAttempt, is_behind_others, was_cut_off
from robust_mlp._core.losses import entropy
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import DataFacts, EpochRecord, LayerRecord

# (lowest, usual, highest) learning rate for ordinary tables. A repair sets the usual rate; rates outside lowest and
# highest are suspicious. Adam changes a weight by about the learning rate per step, whatever the loss (Kingma & Ba
# 2015, section 2.1). SGD changes it by the learning rate times the gradient. Adagrad's steps shrink with the sum of all
# gradients so far (Duchi et al. 2011, eq. 1). Adadelta's first steps are tiny at any rate, and its paper uses no other
# rate than 1 (Zeiler 2012, algorithm 1). The usual rate is the estimator's default for Adam and five times Keras'
# default for SGD. Around it, the range is the one in which benchmarks/collapse_zoo.py finds no collapse.
ADAPTIVE_RATES = (1e-5, 2e-3, 0.1)
PLAIN_RATES = (1e-4, 0.05, 2.0)
OTHER_RATES = {"adagrad": (5e-4, 0.05, 2.0), "adadelta": (0.01, 1.0, 100.0), "ftrl": (5e-4, 0.05, 2.0)}
PLAIN_OPTIMIZERS = {"sgd"}
# Bounds on the norm of the gradient are near 1 (Pascanu et al. 2013). With a hundredth of it, plain steps are those of
# a rate that is a hundred times lower. Adam divides by the root of the squared gradients plus epsilon, 1e-7 in Keras;
# gradients of single weights are around .01, so a larger epsilon decides the size of the steps.
GRADIENT_BOUNDS = ("clipnorm", "global_clipnorm", "clipvalue")
SMALL_GRADIENT_BOUND, USUAL_BOUND, LARGE_EPSILON, USUAL_EPSILON = 0.01, 1.0, 0.1, 1e-7


@dataclass(frozen=True, kw_only=True, eq=False)
class CauseInputs:
    """One attempt, and the table it was trained on.

    `prior` and `loss_prior` are the class shares of the data and of the loss, ndarray of shape (n_classes,).
    """

    judged: JudgedAttempt
    facts: DataFacts | None
    prior: np.ndarray
    loss_prior: np.ndarray

    @property
    def plan(self) -> TrainingPlan:
        """The attempt's plan."""
        return self.judged.attempt.plan

    @property
    def records(self) -> tuple[EpochRecord, ...]:
        """The attempt's epochs."""
        return self.judged.attempt.records

    @property
    def layers(self) -> Sequence[LayerRecord]:
        """The attempt's hidden layers."""
        return self.judged.attempt.layers

    @cached_property
    def prior_loss(self) -> float:
        """Cross-entropy of predicting the prior for every row, in nats."""
        if self.judged.comparison is not None:
            return self.judged.comparison.prior_loss
        return entropy(self.prior)

    @cached_property
    def class_weight_ratio(self):
        """Weight in the loss of a row of the most favoured class, divided by that of the least favoured class.

        Infinite if a class that occurs has no weight.
        """
        data, loss = np.asarray(self.prior), np.asarray(self.loss_prior)
        factors = loss[data > 0] / data[data > 0]
        if not len(factors) or not factors.max() > 0:
            return 1.0
        return math.inf if factors.min() == 0 else float(factors.max() / factors.min())

    @cached_property
    def steps_per_epoch(self):
        """Updates of the weights in one epoch."""
        n_train = self.facts.n_train if self.facts else self.plan.batch_size
        return max(math.ceil(n_train / max(self.plan.batch_size, 1)), 1)

    @cached_property
    def n_updates(self):
        """Updates of the weights in all."""
        return self.steps_per_epoch * len(self.records)

    @property
    def is_behind(self):
        """Whether something else learned more from the table: settings that are merely unusual are then at fault."""
        return is_behind_others(self.judged)

    @cached_property
    def was_cut_off(self):
        """Whether the loss was still falling as before when the epochs were over."""
        return was_cut_off(self.judged.attempt, self.prior_loss)

    @cached_property
    def movement(self):
        """Sum of the update ratios of the epochs, or None if not measured. The weights moved at most this far."""
        ratios = [r.update_ratio for r in self.records if r.update_ratio is not None]
        return sum(r for r in ratios if math.isfinite(r)) if ratios else None

    @cached_property
    def rates(self):
        """(lowest, usual, highest) learning rate for the optimizer."""
        return usual_rates(self.plan.optimizer)

    @cached_property
    def typical_rate(self):
        """The largest learning rate that was used."""
        rates = [r.learning_rate for r in self.records if math.isfinite(r.learning_rate)]
        return max(rates, default=self.plan.learning_rate)

    @cached_property
    def step_bound(self):
        """(name, value, usual value) of a setting of the optimizer that makes its steps tiny, or None.

        Bounds on the gradient shorten plain steps; a large epsilon shortens those that adapt.
        """
        settings = self.plan.optimizer.get("config", {}) if isinstance(self.plan.optimizer, dict) else {}
        if is_plain(self.plan.optimizer):
            bounds = {"clip_norm": self.plan.clip_norm} | {name: settings.get(name) for name in GRADIENT_BOUNDS}
            given = {name: float(value) for name, value in bounds.items() if value}
            name = min(given, key=given.__getitem__, default=None)
            return None if name is None or given[name] >= SMALL_GRADIENT_BOUND else (name, given[name], USUAL_BOUND)
        epsilon = float(settings.get("epsilon") or 0.0)
        return ("epsilon", epsilon, USUAL_EPSILON) if epsilon > LARGE_EPSILON else None

    @property
    def is_below_usual_rate(self):
        """Whether even the largest learning rate was below the usual one."""
        return self.typical_rate < self.rates[1]

    @property
    def has_diverged(self):
        """Whether the loss became infinite, or far worse than both the prior's loss and that of equal probabilities.

        A network starts with nearly equal probabilities. If some classes are rare, their loss is far above the prior's.
        """
        worst = max(3 * max(self.prior_loss, 0.1), 1.5 * math.log(len(self.prior)))
        return any(not r.is_finite for r in self.records) or (bool(self.records) and self.records[-1].loss > worst)


def usual_rates(optimizer):
    """(lowest, usual, highest) learning rate for an optimizer, given by name or by Keras' settings."""
    return PLAIN_RATES if is_plain(optimizer) else OTHER_RATES.get(name_of(optimizer), ADAPTIVE_RATES)


def is_plain(optimizer):
    """Whether an optimizer's steps are in proportion to the gradient, without adaptive step sizes."""
    return name_of(optimizer) in PLAIN_OPTIMIZERS


def has_own_schedule(optimizer):
    """Whether the settings of an optimizer hold a schedule in the place of a learning rate."""
    return isinstance(optimizer, dict) and not isinstance(optimizer["config"].get("learning_rate", 0.0), Real)


def decay_of(plan):
    """The larger of a plan's weight decay and that of its optimizer."""
    own = plan.optimizer["config"].get("weight_decay") if isinstance(plan.optimizer, dict) else None
    return max(plan.weight_decay, float(own or 0.0))


def name_of(optimizer):
    """The name of an optimizer, given by name or by Keras' settings, in lower case."""
    return (optimizer if isinstance(optimizer, str) else str(optimizer["class_name"])).lower()
