"""Random weights of a small network; shared by the tests of the public model and of Keras callbacks."""

import numpy as np

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._prediction.network import NetworkWeights

RNG = np.random.default_rng(0)
PLAN = TrainingPlan(hidden_layer_sizes=(6,), activation="tanh", learning_rate=0.03, optimizer="sgd", max_iter=9)
ROWS = RNG.normal(size=(20, 4)).astype(np.float32)


def weights_of(n_members=1, member_weights=None, n_hidden=1):
    """Random NetworkWeights of `PLAN`, or of its companions without hidden units."""
    members = (n_members,) if n_members > 1 else ()
    dims = [(4, 6), (6,), (6, 3), (3,)] if n_hidden else [(4, 3), (3,)]
    arrays = [
        RNG.normal(size=(*members, *((1,) * (2 - len(shape)) if members else ()), *shape)).astype(np.float32)
        for shape in dims
    ]
    return NetworkWeights(arrays, [], "tanh", n_hidden, False, False, n_members, member_weights=member_weights)
