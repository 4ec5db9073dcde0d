"""Decisions: choose classes from honest probabilities, by the cost of wrong predictions.

Works on held-out probabilities and class codes. Never changes a probability and never sees a network."""

from robust_mlp._decision.decision import Decision
from robust_mlp._decision.learning import GroupedRows, learn_decision

__all__ = ["Decision", "GroupedRows", "learn_decision"]
