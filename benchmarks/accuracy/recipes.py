"""Named settings of RobustMLPClassifier: the three that the documentation recommends, one line each."""

from robust_mlp import RobustMLPClassifier

RECIPES = {
    "default": {},
    "fast": {"n_members": 1, "hidden_layer_sizes": (64, 64)},
    "best": {"n_members": 32, "learning_rate_schedule": "cosine", "max_iter": 300},
}


def make(recipe, **changes):
    """A new, unfitted classifier of a recipe, with a seed."""
    return RobustMLPClassifier(**{"random_state": 0, **RECIPES[recipe], **changes})
