"""What is left of a training: a network behind its encoding, fit to predict, in NumPy.

All that a process which only predicts has to load."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from robust_mlp._data.encoding import Encoding
from robust_mlp._inference import NetworkWeights, decide_together, softmax

# So few rows at once are predicted in float64. In float32 a row's last digits depend on its place in the batch, since
# BLAS takes the last rows of a block by other code; in float64 they agree far beyond what anyone compares, and
# scikit-learn's checks compare decisions to 1e-7. For more rows float32 is twice as quick.
MOST_ROWS_IN_FLOAT64 = 4096


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network with the encoding it was trained behind: all that prediction needs, in NumPy.

    Every member's logits are multiplied by `inverse_temperature`, one number or one for each member; then `offsets`,
    ndarray of shape (n_classes,), are added: the prior correction with what held-out rows add to it, or zeros.
    `votes` are what the members count, as `votes_of` has them; `companions` the answering weights of members of other
    kinds, a tuple of NetworkWeights.
    """

    encoding: Encoding
    weights: NetworkWeights
    offsets: np.ndarray
    inverse_temperature: float | np.ndarray = 1.0
    votes: np.ndarray | None = None
    companions: tuple[NetworkWeights, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "_networks", [weights.network() for weights in self.all_answering])

    @property
    def answering_weights(self):
        """The NetworkWeights of the plan's own members that predict; `weights` are those that were trained."""
        return replace(self.weights.tempered(self.inverse_temperature).shifted(self.offsets), votes=self.votes)

    @property
    def all_answering(self):
        """The NetworkWeights of all members that predict, the plan's own first."""
        return [self.answering_weights, *self.companions]

    @property
    def n_additive_members(self):
        """How many of the members that answer have no hidden units and see the row itself."""
        return sum(weights.n_members for weights in self.companions if weights.units is None)

    @property
    def n_radial_members(self):
        """How many of the members that answer see radial units."""
        return sum(weights.n_members for weights in self.companions if weights.units is not None)

    def __getstate__(self):
        names = ("encoding", "weights", "offsets", "inverse_temperature", "votes", "companions")
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__post_init__()

    def scores(self, matrix):
        """Scores whose softmax is the probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, lambda scores: scores)

    def probabilities(self, matrix):
        """Probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, softmax)

    def _in_chunks(self, matrix, function):
        """`function` of the scores, a few rows at a time: a large table takes no more memory than its result."""
        networks = self._networks if len(matrix) > MOST_ROWS_IN_FLOAT64 else self._networks_in_float64
        out = np.empty((len(matrix), networks[0].n_outputs))
        for chunk in networks[0].chunks(len(matrix)):
            out[chunk] = function(decide_together(networks, self.encoding.transform(matrix[chunk])))
        return out

    @cached_property
    def _networks_in_float64(self):
        return [network.in_float64() for network in self._networks]
