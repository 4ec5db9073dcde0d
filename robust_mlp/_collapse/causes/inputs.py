"""`CauseInputs`: all that a cause may look at, and the figures that several causes need. Decides nothing."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from robust_mlp._collapse.symptoms.rules import JudgedAttempt, is_behind_simple_models, was_cut_off
from robust_mlp._core.records import DataFacts

# Learning rates that train ordinary tables: the middle is where a repair goes, the ends are where doubt begins.
# Adam's steps are near the learning rate itself per weight (Kingma & Ba 2015, section 2.1), whatever the loss;
# SGD's are the learning rate times the gradient. Adagrad's shrink with all gradients so far (Duchi et al. 2011, eq. 1),
# and Adadelta's begin at next to nothing whatever the rate, which its authors leave at 1 (Zeiler 2012, algorithm 1).
# Values: the estimator's default in the middle for Adam, five times Keras' for SGD, and around them the range in which
# benchmarks/collapse_zoo.py finds no collapse.
ADAPTIVE_RATES = (1e-5, 2e-3, 0.1)
PLAIN_RATES = (1e-4, 0.05, 2.0)
OTHER_RATES = {"adagrad": (5e-4, 0.05, 2.0), "adadelta": (0.01, 1.0, 100.0), "ftrl": (5e-4, 0.05, 2.0)}
PLAIN_OPTIMIZERS = {"sgd"}


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
    def plan(self):
        """The attempt's plan."""
        return self.judged.attempt.plan

    @property
    def records(self):
        """The attempt's epochs."""
        return self.judged.attempt.records

    @property
    def layers(self):
        """The attempt's hidden layers."""
        return self.judged.attempt.layers

    @cached_property
    def prior_loss(self):
        """Cross-entropy of answering the prior, nats."""
        if self.judged.comparison is not None:
            return self.judged.comparison.prior_loss
        return -sum(p * math.log(p) for p in self.prior if p > 0)

    @cached_property
    def class_weight_ratio(self):
        """How many times more the loss counts a row of the most favoured class than one of the least."""
        data, loss = np.asarray(self.prior), np.asarray(self.loss_prior)
        factors = loss[data > 0] / data[data > 0]
        factors = factors[factors > 0]
        return float(factors.max() / factors.min()) if len(factors) else 1.0

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
        """Whether a simple model of the same table does better: settings that are merely unusual are then at fault."""
        return is_behind_simple_models(self.judged)

    @cached_property
    def was_cut_off(self):
        """Whether the loss was still falling as before when the epochs were over."""
        return was_cut_off(self.judged.attempt, self.prior_loss)

    @cached_property
    def movement(self):
        """Sum of the epochs' update ratios: an upper bound of the way the weights went, or None if not measured."""
        ratios = [r.update_ratio for r in self.records if r.update_ratio is not None]
        return sum(r for r in ratios if math.isfinite(r)) if ratios else None

    @cached_property
    def rates(self):
        """(lowest, usual, highest) learning rate that fits the optimizer."""
        return usual_rates(self.plan.optimizer)

    @cached_property
    def typical_rate(self):
        """The largest learning rate that was in use."""
        rates = [r.learning_rate for r in self.records if math.isfinite(r.learning_rate)]
        return max(rates, default=self.plan.learning_rate)

    @property
    def has_diverged(self):
        """Whether the loss became infinite, or far worse than the prior's and than that of uniform answers.

        With the latter a network begins; where classes are rare, that is far above the prior's loss.
        """
        worst = max(3 * max(self.prior_loss, 0.1), 1.5 * math.log(len(self.prior)))
        return any(not r.is_finite for r in self.records) or (bool(self.records) and self.records[-1].loss > worst)


def usual_rates(optimizer):
    """(lowest, usual, highest) learning rate that fits an optimizer, given by name or by Keras' settings."""
    return PLAIN_RATES if is_plain(optimizer) else OTHER_RATES.get(_name_of(optimizer), ADAPTIVE_RATES)


def is_plain(optimizer):
    """Whether an optimizer's steps are as large as the gradient says, and not adapted to it."""
    return _name_of(optimizer) in PLAIN_OPTIMIZERS


def _name_of(optimizer):
    return (optimizer if isinstance(optimizer, str) else str(optimizer["class_name"])).lower()
