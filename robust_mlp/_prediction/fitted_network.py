"""What is left of a training: a network behind its encoding, fit to predict, in NumPy.

All that a process which only predicts has to load."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from robust_mlp._core.losses import softmax
from robust_mlp._data.encoding import Encoding
from robust_mlp._prediction.network import NetworkWeights, decide_together
from robust_mlp._system.threads import for_each, n_threads

# So few rows at once are predicted in float64. In float32 a row's last digits depend on its place in the batch, since
# BLAS takes the last rows of a block by other code; in float64 they agree far beyond what anyone compares, and
# scikit-learn's checks compare decisions to 1e-7. For more rows float32 is twice as quick.
MOST_ROWS_IN_FLOAT64 = 4096

# Widths of layers times rows from which threads of our own are started: some 10 ms of work on one, beside the half
# millisecond that it takes to start them.
LEAST_VALUES_FOR_THREADS = 2**22


@dataclass(frozen=True, eq=False)
class FittedNetwork:
    """A trained network with the encoding it was trained behind: all that prediction needs, in NumPy.

    Every member's logits are multiplied by `inverse_temperature`, one number or one for each member; then `offsets`,
    ndarray of shape (n_classes,), are added: the prior correction with what held-out rows add to it, or zeros.
    `member_weights` is what each member counts in the mean. `companions` are weights of members of other kinds, a
    tuple of NetworkWeights.
    """

    encoding: Encoding
    weights: NetworkWeights
    offsets: np.ndarray
    inverse_temperature: float | np.ndarray = 1.0
    member_weights: np.ndarray | None = None
    companions: tuple[NetworkWeights, ...] = ()

    @property
    def answering_weights(self):
        """The NetworkWeights of the plan's own members that predict; `weights` are those that were trained."""
        return replace(
            self.weights.tempered(self.inverse_temperature).shifted(self.offsets), member_weights=self.member_weights
        )

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
        names = ("encoding", "weights", "offsets", "inverse_temperature", "member_weights", "companions")
        return {name: getattr(self, name) for name in names}

    def scores(self, matrix):
        """Scores whose softmax is the probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, lambda scores: scores)

    def probabilities(self, matrix):
        """Probability of each class: ndarray of shape (n_rows, n_classes), float64."""
        return self._in_chunks(matrix, softmax)

    def _in_chunks(self, matrix, function):
        """`function` of the scores, a few rows at a time: a large table takes little more memory than its result."""
        networks, threads = self._networks_for(len(matrix))
        out = np.empty((len(matrix), networks[0].n_outputs))

        def predict(chunk):
            out[chunk] = function(decide_together(networks, self.encoding.transform(matrix[chunk])))

        for_each(predict, networks[0].chunks(len(matrix)), threads)
        return out

    def _networks_for(self, n_rows):
        """The networks in the kind that suits so many rows, and how many threads are to share these.

        The kind depends on shapes alone, so that a row's prediction does not depend on the number of threads.
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
