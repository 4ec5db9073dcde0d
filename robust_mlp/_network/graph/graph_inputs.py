"""What is handed to the graph: a table's tensors, the settings of a training, and the state of the stopping rule."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from robust_mlp._network.graph.masks import Masks
from robust_mlp._system.aligned_arrays import ALIGNMENT


@dataclass(frozen=True)
class TableTensors:
    """One table on the TensorFlow side: rows float32 (n, d), codes int32 (n,), weights float32 (n,).

    Weights that are a single number in NumPy are so here, too, of shape (1,): see `weights_of`.
    """

    rows: tf.Tensor
    codes: tf.Tensor
    weights: tf.Tensor

    @classmethod
    def of(cls, rows, codes, weights, *, like=None):
        """Hand NumPy arrays over; rows that begin at a memory line are shared, and must not be changed any more.

        Parameters
        ----------
        rows, codes, weights : ndarray of shapes (n, d), (n,) and (n,), dtypes float32, int32 and float32
        like : (arrays, TableTensors) or None
            Three arrays that were handed over before: where one of ours is one of these, so is its tensor.
        """
        given, lent = (rows, codes, weights), {}
        if like is not None:
            arrays, tensors = like
            lent = dict(zip(map(id, arrays), (tensors.rows, tensors.codes, tensors.weights), strict=True))
        return cls(*(lent[id(array)] if id(array) in lent else shared(array) for array in given))


def shared(array):
    """An array as a tensor on the same memory, where it is laid out as TensorFlow needs it; else a copy.

    `tf.convert_to_tensor` always copies an array, for fear that it is changed afterwards. Of a single number that many
    rows share, one is handed over.
    """
    if array.ndim == 1 and array.strides == (0,) and array.size:
        return tf.convert_to_tensor(array[:1])
    is_aligned = array.ctypes.data % ALIGNMENT == 0
    if is_aligned and array.size and array.flags.c_contiguous and array.flags.writeable:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.convert_to_tensor(array)


def weights_of(weights):
    """A function from rows, a tensor, to their weights, of the same shape; of one number for all, to that number."""
    last = tf.size(weights) - 1
    return lambda rows: tf.gather(weights, tf.minimum(rows, last))


@dataclass
class Stopping:
    """The stopping rule that the graph applies after each epoch, and its state between calls.

    rows : ndarray of shape (n_members, n_held_out), dtype int32; mask : the same shape, float32, 0 where a member has
    fewer held-out rows than the longest. The rule: `patience` epochs in a row without a gain of more than `tol`, for
    every view. best, waited : ndarray of shape (n_input_groups,), float32; the best value so far and the epochs since.
    """

    rows: np.ndarray
    mask: np.ndarray
    best: np.ndarray
    waited: np.ndarray
    patience: float = np.inf
    tol: float = 0.0

    @property
    def is_over(self):
        """Whether all input_groups waited long enough."""
        return self.waited.min() >= self.patience


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingSettings:
    """What all calls of a training share.

    Attributes
    ----------
    scalars : dict of str to float, keys `training_step.SCALARS`
    masks : Masks
        Of dropout.
    correction : ndarray of shape (2, n_classes), dtype float32
        For the refined loss: what to add to the logits, and what to multiply the weight of held-out rows by.
    hidden_inputs : ndarray of shape (n_members, n_inputs), dtype bool, or None
        Inputs that a member is not shown; used if `GraphOptions.hides_inputs`.
    """

    scalars: dict[str, float]
    masks: Masks
    correction: np.ndarray
    hidden_inputs: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class EpochOrders:
    """The epochs of one call.

    Attributes
    ----------
    orders : ndarray of shape (n_epochs, n_members, n_steps, batch_size), dtype int32
        The rows of every batch.
    rates : ndarray of shape (n_epochs * n_steps,), dtype float32
        Learning rate of every step.
    first_step : int
        Steps taken before this call.
    compile_steps : bool
        Whether to run code that XLA compiles, for this size of batch, where it can. Numbers differ by rounding.
    """

    orders: np.ndarray
    rates: np.ndarray
    first_step: int
    compile_steps: bool = False


class GraphInputs(NamedTuple):
    """The arguments of the graph, in their order: tensors, or tuples of them.

    table, held_out : (rows, codes, weights)
    orders, rates : as in EpochOrders
    scalars : of shape (len(SCALARS),)
    masks : the tables of dropout, and where each step reads them
    parts : (rows, mask) of the held-out rows of each member
    rule : of shape (2, n_groups), the best value of each input group and the epochs since
    limits : of shape (2,), patience and tolerance
    correction : of shape (2, n_classes)
    shown : of shape (n_members, n_inputs), 0 where a member is not shown an input; empty where all are shown
    state, best_state : lists, of the model's non-trainable variables with an axis for the members
    """

    table: tuple
    held_out: tuple
    orders: tf.Tensor
    rates: tf.Tensor
    scalars: tf.Tensor
    masks: tuple
    parts: tuple
    rule: tf.Tensor
    limits: tf.Tensor
    correction: tf.Tensor
    shown: tf.Tensor
    state: list
    best_state: list
