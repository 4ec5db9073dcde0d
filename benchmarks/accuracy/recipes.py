"""Named settings of RobustMLPClassifier: its presets."""

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.presets import PRESETS as RECIPES


def make(recipe, **changes):
    """A new, unfitted classifier of a recipe, with a seed."""
    return RobustMLPClassifier(**{"random_state": 0, **RECIPES[recipe], **changes})
