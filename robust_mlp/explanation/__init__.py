"""Which columns matter to a fitted classifier, and how: `explain` and the records that it returns."""

from robust_mlp.explanation._explain import explain
from robust_mlp.explanation._record import ClassEvidence, ColumnEffect, ColumnImportance, Explanation, PairEffect

__all__ = ["ClassEvidence", "ColumnEffect", "ColumnImportance", "Explanation", "PairEffect", "explain"]
