"""FittedNetwork: a trained network with its encoding, ready to predict in NumPy.

A process that only predicts loads this, and neither Keras nor TensorFlow."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from robust_mlp._core.losses import softmax
from robust_mlp._data.encoding import Encoding
from robust_mlp._prediction.effect_units import EffectUnits
from robust_mlp._prediction.network import NetworkWeights, decide_together, votes_in
from robust_mlp._prediction.radial_units import RadialUnits
from robust_mlp._system.threads import for_each, n_threads

# Up to this number of rows is predicted in float64. In float32 the last digits of a row depend on its place in the
# batch, because BLAS computes the last rows of a block with other code. scikit-learn's checks compare decisions to
# 1e-7, and float64 is far more exact than that. For more rows float32 is used, which is twice as fast.
MOST_ROWS_IN_FLOAT64 = 4096

# Companions with this share of the votes stand in for members that learned nothing. Beside members that learned
# something, companions have less (`_fit/companions/votes.py`).
SHARE_IN_PLACE, ROUNDING = 0.99, 1e-9

# From this number of values (layer widths times rows) on, we start threads of our own. It is about 10 ms of work on one
# thread; starting threads takes half a millisecond.
LEAST_VALUES_FOR_THREADS = 2**22


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network with the encoding of its inputs: all that prediction needs, in NumPy.

    Parameters
    ----------
    encoding : Encoding
    weights : NetworkWeights
        The plan's own members, as trained.
    offsets : ndarray of shape (n_classes,)
        Added to the scaled logits: the prior correction, adjusted on held-out rows, or zeros.
    inverse_temperature : float or ndarray of shape (n_members,), default=1.0
        Every member's logits are multiplied by it.
    member_weights : ndarray of shape (n_members,) or None, default=None
        Weight of each member in the mean; None: 1.
    companions : tuple of NetworkWeights, default=()
        Members of other kinds.
    """

    encoding: Encoding
    weights: NetworkWeights
    offsets: np.ndarray
    inverse_temperature: float | np.ndarray = 1.0
    member_weights: np.ndarray | None = None
    companions: tuple[NetworkWeights, ...] = ()

    @property
    def answering_weights(self):
        """The plan's own members as they predict: `weights` with temperature, offsets and member weights."""
        return replace(
            self.weights.tempered(self.inverse_temperature).shifted(self.offsets), member_weights=self.member_weights
        )

    @property
    def judged_kind(self):
        """The place in `all_answering` of the members whose predictions for held-out rows speak for the network.

        0 for the plan's own. 1 for as many companions, each of which stands in for the member of the same number.
        """
        if not self.companions or self.companions[0].n_members != self.weights.n_members:
            return 0
        own, others = self._n_votes, votes_in(self.companions[0]).sum()
        return int(others >= (1 - ROUNDING) * SHARE_IN_PLACE * (own + others))

    @property
    def judged_weights(self):
        """These members."""
        return self.companions[0] if self.judged_kind else self.answering_weights

    @property
    def _n_votes(self):
        """Of the plan's own members."""
        return self.weights.n_members if self.member_weights is None else self.member_weights.sum()

    def in_place(self, companions):
        """The network with companions that stand in for its own members."""
        n_votes = self._n_votes * SHARE_IN_PLACE / (1 - SHARE_IN_PLACE)
        votes = np.full(companions.n_members, n_votes / companions.n_members)
        return replace(self, companions=(replace(companions, member_weights=votes),))

    @property
    def all_answering(self):
        """The NetworkWeights of all members that predict, the plan's own first."""
        return [self.answering_weights, *self.companions]

    @property
    def n_additive_members(self):
        """Number of companions that see the row itself."""
        return sum(weights.n_members for weights in self.companions if weights.units is None)

    @property
    def n_radial_members(self):
        """Number of companions that see radial units."""
        return self._n_companions_on(RadialUnits)

    @property
    def n_mixed_effects_members(self):
        """Number of companions that see tables of effects."""
        return self._n_companions_on(EffectUnits)

    def _n_companions_on(self, kind):
        return sum(weights.n_members for weights in self.companions if isinstance(weights.units, kind))

    def __getstate__(self):
        names = ("encoding", "weights", "offsets", "inverse_temperature", "member_weights", "companions")
        return {name: getattr(self, name) for name in names}

    def scores(self, matrix):
        """Scores whose softmax is the probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, lambda scores: scores)

    def probabilities(self, matrix):
        """Probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, softmax)

    def _in_chunks(self, matrix, function):
        """`function` of the scores, in chunks of rows. So a large table needs little more memory than its result."""
        n_rows = matrix.shape[0]
        networks, threads = self._networks_for(n_rows)
        out = np.empty((n_rows, networks[0].n_outputs))

        def predict(chunk):
            out[chunk] = function(decide_together(networks, self.encoding.transform(matrix[chunk])))

        for_each(predict, networks[0].chunks(n_rows), threads)
        return out

    def _networks_for(self, n_rows):
        """(networks, number of threads) for this number of rows.

        The choice of networks depends on shapes only. So a prediction does not depend on the number of threads.
        """
        if n_rows <= MOST_ROWS_IN_FLOAT64:
            return self._networks_in_float64, 1
        n_values = n_rows * sum(network.n_members * network.n_units for network in self._networks)
        if n_values < LEAST_VALUES_FOR_THREADS or self._networks_for_one_thread is None:
            return self._networks, 1
        return self._networks_for_one_thread, n_threads()

    @cached_property
    def _networks(self):
        return [weights.network() for weights in self.all_answering]

    @cached_property
    def _networks_in_float64(self):
        return [network.in_float64() for network in self._networks]

    @cached_property
    def _networks_for_one_thread(self):
        networks = [network.for_one_thread() for network in self._networks]
        return None if None in networks else networks
