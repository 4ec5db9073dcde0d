"""`PriorShiftClassifier`: probabilities that follow the class shares of a new, unlabelled sample."""

from robust_mlp.priors._classifier import PriorShiftClassifier
from robust_mlp.priors._testing import ShiftTest

__all__ = ["PriorShiftClassifier", "ShiftTest"]
