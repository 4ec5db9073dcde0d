"""A classifier and a table so small that a fit takes milliseconds; shared by the tests of the estimator."""

import numpy as np
import pandas as pd

from robust_mlp import RobustMLPClassifier


def tiny(**parameters):
    """A small network without the guard, five epochs, seeded; any parameter can be given."""
    settings = {
        "hidden_layer_sizes": (8,),
        "max_iter": 5,
        "n_members": 1,
        "early_stopping": False,
        "batch_size": 32,
        "collapse_guard": "off",
        "random_state": 0,
    }
    return RobustMLPClassifier(**(settings | parameters))


def able(**parameters):
    """As `tiny`, with steps and epochs enough to learn clouds that hardly overlap."""
    return tiny(**({"max_iter": 30, "learning_rate": 0.03, "dropout": 0.0} | parameters))


def clouds(n_rows=90, n_columns=4, n_classes=3, seed=0):
    """Gaussian clouds that hardly overlap: X of shape (n_rows, n_columns), y of int codes in turn."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % n_classes
    centres = 6 * np.sign(rng.standard_normal((n_classes, n_columns)))
    centres += 6 * np.arange(n_classes)[:, None]
    return centres[y] + rng.standard_normal((n_rows, n_columns)), y


def clouds_with_levels():
    """600 rows of `clouds` beside a column of 200 levels, so many that the network learns vectors for them: (X, y)."""
    X, y = clouds(600)
    levels = pd.Categorical([str(i % 200) for i in range(len(X))])
    return pd.DataFrame(X, columns=list("abcd")).assign(level=levels), y
