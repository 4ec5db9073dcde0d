"""Optimizers of a network on sparse rows: Adam in NumPy, and any other of Keras' as it is.

An optimizer keeps its variables between steps. `slots` gives them in the records that checkpoints hold."""

import keras
import numpy as np

from robust_mlp._core.training_data import OptimizerState
from robust_mlp._network.graph.split_weights import Weights
from robust_mlp._network.optimizers import has_own_schedule, make_optimizer
from robust_mlp._network.sparse_network import SparseWeights

# Keras' defaults for Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980, end of section 2).
DECAY_OF_MEAN, DECAY_OF_SQUARE, EPSILON = 0.9, 0.999, 1e-7
# Weights that are updated at once: six arrays of a quarter of a MB, so that they stay in a core's cache between the ten
# operations of an update.
BLOCK = 2**16


def optimizer_for(settings, shape, weights):
    """An optimizer for the weights of one member.

    Parameters
    ----------
    settings : str or dict
        As in a plan.
    shape : NetworkShape
    weights : SparseWeights
        Changed in place by `update`.

    Returns
    -------
    optimizer : NumpyAdam or KerasOptimizer
    """
    return NumpyAdam(shape, weights) if settings == "adam" else KerasOptimizer(settings, weights)


class NumpyAdam:
    """Adam (Kingma and Ba 2015, the form before section 2.1), in place."""

    def __init__(self, shape, weights):
        self._weights = weights
        self._mean, self._square = (SparseWeights(shape, np.zeros_like(weights.vector)) for _ in range(2))
        self._scratch = np.empty(min(BLOCK, len(weights.vector)), np.float32)
        self._n_updates = 0

    def update(self, of_first, gradient, rate):
        """One update.

        Parameters
        ----------
        of_first : ndarray of the shape of `first`
            Gradient of the first kernel and the linear path. Overwritten.
        gradient : SparseWeights
            The other gradients.
        rate : float
        """
        self._n_updates += 1
        unbiased = np.sqrt(1 - DECAY_OF_SQUARE**self._n_updates) / (1 - DECAY_OF_MEAN**self._n_updates)
        step, n_first = np.float32(rate * unbiased), of_first.size
        flat = of_first.reshape(-1)
        for start in range(0, n_first, BLOCK):
            self._update_block(slice(start, min(start + BLOCK, n_first)), flat[start : start + BLOCK], step)
        self._update_block(slice(n_first, None), gradient.vector[n_first:], step)

    def _update_block(self, where, gradient, step):
        now, mean, square = self._weights.vector[where], self._mean.vector[where], self._square.vector[where]
        scratch = self._scratch[: len(gradient)] if len(gradient) <= len(self._scratch) else np.empty_like(gradient)
        mean *= np.float32(DECAY_OF_MEAN)
        np.multiply(gradient, np.float32(1 - DECAY_OF_MEAN), out=scratch)
        mean += scratch
        square *= np.float32(DECAY_OF_SQUARE)
        np.square(gradient, out=scratch)
        scratch *= np.float32(1 - DECAY_OF_SQUARE)
        square += scratch
        np.sqrt(square, out=scratch)
        scratch += np.float32(EPSILON)
        np.divide(mean, scratch, out=scratch)
        scratch *= step
        now -= scratch

    def slots(self):
        """The OptimizerState of the member."""
        of_weights = {"momentum": self._mean.arrays(), "velocity": self._square.arrays()}
        copies = {name: [array.copy() for array in arrays] for name, arrays in of_weights.items()}
        return OptimizerState(copies, [np.array(self._n_updates)])

    def go_on(self, state):
        """Go on where `slots` was taken."""
        for kept, name in ((self._mean, "momentum"), (self._square, "velocity")):
            for array, value in zip(kept.arrays(), state.of_weights[name], strict=True):
                array[...] = value
        self._n_updates = int(state.others[0])


class KerasOptimizer:
    """An optimizer of Keras, called once for each step. Slower than `NumpyAdam`."""

    def __init__(self, settings, weights):
        self._weights = weights
        self._optimizer = make_optimizer(settings)
        self._has_own_schedule = has_own_schedule(self._optimizer)
        self._variables = [keras.Variable(array, name="now", dtype="float32") for array in weights.arrays()]
        self._optimizer.build(self._variables)
        self._updated = Weights(self._variables, None, self._optimizer)

    def update(self, of_first, gradient, rate):
        """As `NumpyAdam.update`."""
        gradient.first[...] = of_first
        if not self._has_own_schedule:
            self._updated.optimizer.learning_rate.assign(rate)
        for variable, array in zip(self._variables, self._weights.arrays(), strict=True):
            variable.assign(array)
        gradients = [keras.ops.convert_to_tensor(np.ascontiguousarray(array)) for array in gradient.arrays()]
        self._updated.optimizer.apply(gradients, self._variables)
        for variable, array in zip(self._variables, self._weights.arrays(), strict=True):
            array[...] = variable.numpy()

    def slots(self):
        """As `NumpyAdam.slots`."""
        of_weights, others = self._updated.remembered()
        values = {name: [v.numpy() for v in variables] for name, variables in of_weights.items()}
        return OptimizerState(values, [v.numpy() for v in others])

    def go_on(self, state):
        """As `NumpyAdam.go_on`."""
        of_weights, others = self._updated.remembered()
        for name, variables in of_weights.items():
            for variable, value in zip(variables, state.of_weights[name], strict=True):
                variable.assign(value)
        for variable, value in zip(others, state.others, strict=True):
            variable.assign(value)
