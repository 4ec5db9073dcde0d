"""`PriorShiftClassifier`: probabilities that follow the class shares of a new, unlabelled sample."""

from robust_mlp.priors._classifier import PriorShiftClassifier

__all__ = ["PriorShiftClassifier"]
