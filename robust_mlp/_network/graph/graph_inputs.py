"""Inputs of the graph: the tensors of a table, the settings of a training, and the state of the stopping rule."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from robust_mlp._network.graph.masks import Masks
from robust_mlp._system.aligned_arrays import ALIGNMENT


@dataclass(frozen=True)
class TableTensors:
    """One table as tensors: rows float32 (n, d), codes int32 (n,), weights float32 (n,).

    If all weights are one broadcast number in NumPy, the tensor has shape (1,): see `weights_of`.
    """

    rows: tf.Tensor
    codes: tf.Tensor
    weights: tf.Tensor

    @classmethod
    def of(cls, rows, codes, weights, *, like=None):
        """Convert NumPy arrays. Rows in aligned memory are shared, so they must not be changed afterwards.

        Parameters
        ----------
        rows, codes, weights : ndarray of shapes (n, d), (n,) and (n,), dtypes float32, int32 and float32
        like : (arrays, TableTensors) or None
            Three arrays that were converted before. If an array is one of these, its tensor is used again.
        """
        given, lent = (rows, codes, weights), {}
        if like is not None:
            arrays, tensors = like
            lent = dict(zip(map(id, arrays), (tensors.rows, tensors.codes, tensors.weights), strict=True))
        return cls(*(lent[id(array)] if id(array) in lent else shared(array) for array in given))


def shared(array):
    """An array as a tensor on the same memory if its layout fits TensorFlow; else a copy.

    `tf.convert_to_tensor` always copies, because the array might change later. A broadcast number becomes a tensor of
    shape (1,).
    """
    if array.ndim == 1 and array.strides == (0,) and array.size:
        return tf.convert_to_tensor(array[:1])
    is_aligned = array.ctypes.data % ALIGNMENT == 0
    if is_aligned and array.size and array.flags.c_contiguous and array.flags.writeable:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.convert_to_tensor(array)


def weights_of(weights):
    """A function from row numbers to weights, tensors of one shape; `weights` may hold one number for all rows."""
    last = tf.size(weights) - 1
    return lambda rows: tf.gather(weights, tf.minimum(rows, last))


# Larger than any loss and any number of epochs, and finite: `tf.debugging.enable_check_numerics` refuses infinity.
NEVER = float(np.finfo(np.float32).max)


@dataclass
class Stopping:
    """Early stopping inside the graph: the rule that it applies after each epoch, and its state between calls.

    The training ends if no group improved by more than `tol` in the last `patience` epochs. A member keeps the weights
    of the epoch that is best for the other members of its group.

    Attributes
    ----------
    rows : ndarray of shape (n_members, n_held_out), dtype int32
        Held-out rows of each member.
    mask : ndarray of shape (n_members, n_held_out), dtype float32
        1 for a row, 0 for padding.
    best, waited : ndarray of shape (n_input_groups + n_members,), dtype float32
        The best value of each group so far, and the number of epochs since then; then the same for each member, which
        nobody waits for.
    patience, tol : float
    """

    rows: np.ndarray
    mask: np.ndarray
    best: np.ndarray
    waited: np.ndarray
    patience: float = NEVER
    tol: float = 0.0

    @property
    def is_over(self):
        """Whether all groups waited long enough."""
        return self.waited.min() >= self.patience


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingSettings:
    """What all calls of a training share.

    Attributes
    ----------
    scalars : dict of str to float, keys `training_step.SCALARS`
    masks : Masks
        Dropout masks.
    correction : ndarray of shape (2, n_classes), dtype float32
        For the refined loss: offsets of the logits, and factors of the weights of held-out rows.
    hidden_inputs : ndarray of shape (n_members, n_inputs), dtype bool, or None
        Inputs that a member does not see; used if `GraphOptions.hides_inputs`.
    input_scales : ndarray of shape (n_members, n_inputs), dtype float32, or None
        What the inputs of a member are multiplied by; used in the same case.
    report_correction : ndarray of shape (2, n_classes), dtype float32, or None
        For loss and accuracy of held-out rows, as `correction`: from the class shares in the loss to those of the data.
        None: they are the same.
    tempers : bool
        Whether the network is going to get a temperature.
    """

    scalars: dict[str, float]
    masks: Masks
    correction: np.ndarray
    hidden_inputs: np.ndarray | None = None
    input_scales: np.ndarray | None = None
    report_correction: np.ndarray | None = None
    tempers: bool = False

    @property
    def corrections(self):
        """`correction` and `report_correction`, ndarray of shape (4, n_classes), dtype float32."""
        if self.report_correction is not None:
            return np.concatenate([self.correction, self.report_correction])
        zeros = np.zeros_like(self.correction[:1])
        return np.concatenate([self.correction, zeros, zeros + 1])

    @property
    def shown(self) -> np.ndarray:
        """What the inputs of each member are multiplied by, ndarray of shape (n_members, n_inputs), float32."""
        assert self.hidden_inputs is not None  # the graph asks only if it hides inputs
        shown = np.float32(1) - self.hidden_inputs
        return shown if self.input_scales is None else shown * self.input_scales


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
        Number of steps before this call.
    compile_steps : bool
        Whether to run steps that XLA compiled for this batch size, if possible. Results differ by rounding.
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
    rule : of shape (2, n_watched), the best value of each input group and each member, and the epochs since
    limits : of shape (2,), patience and tolerance
    correction : of shape (2, n_classes)
    shown : of shape (n_members, n_inputs), what a member's inputs are multiplied by, 0 where it is not shown one; empty
        where all are shown as they are
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
