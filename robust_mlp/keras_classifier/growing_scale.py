"""The scale of `GuardedKerasClassifier.partial_fit`, which follows the rows of all calls.

A change of the scale goes into the first kernel and its bias where the network begins with a Dense layer, so that its
answers stay, unless rows are predicted worse by that: then the columns themselves grow or shrink. Any other network
keeps the scale of its first call, except where this says nothing: of fewer than ten rows, of a constant column, of
another unit. Trains nothing."""

import copy
from dataclasses import dataclass, replace

import keras
import numpy as np

from robust_mlp._core.input_change import InputChange
from robust_mlp._core.losses import row_losses
from robust_mlp._data.column_statistics import Moments, learn_moments
from robust_mlp._data.growing_encoding import FEWEST_ROWS_TO_FOLLOW, followed, less_where_moved
from robust_mlp._data.unit_changes import Settling
from robust_mlp._fit.scale_following import ScaleFollowing
from robust_mlp.inspection._read.keras_model import data_flow
from robust_mlp.keras_classifier.scaling import ColumnScaler, divisor_of
from robust_mlp.keras_classifier.training import answer, put_weights

# Names of the optimizer's variables that are means of gradients, and means or sums of their squares.
MEANS, SQUARES = ("_momentum",), ("_velocity", "_accumulator")


@dataclass(frozen=True, eq=False)
class _Flat:
    """Rows as the scaler sees them: one column for each number it learns.

    cells : ndarray (n, n_columns), float64; weights : ndarray (n,).
    """

    cells: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, table):
        X = table.X.astype(np.float64)
        if X.ndim == 2:
            return cls(X, table.weights)
        X = X.reshape(len(X), -1)
        return cls(X.reshape(-1, 1), np.repeat(table.weights, X.shape[1]))

    @property
    def moments(self):
        cells = self.cells
        return learn_moments(cells, np.arange(len(cells)), self.weights, np.arange(cells.shape[1]))


def follow(estimator, table):
    """Let the scale follow a part of a stream. Sets the scaler, `_settling`, `_following`, and weights of the network.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
        With a network.
    table : LabelledTable
        The rows of this call that are trained on; at least one.

    Returns
    -------
    changes : list of (str, UnitChange)
        Names of columns that came in another unit than before.
    """
    scaler = estimator._trained.scaler
    if type(scaler) is not ColumnScaler or scaler.scale is None or table.X.dtype.kind not in "biuf":
        return []
    flat = _Flat.of(table)
    here = flat.moments
    settling = getattr(estimator, "_settling", None)
    if settling is None:
        if not estimator.history_.get("loss"):  # the first call of all: the scaler was learnt from it
            estimator._settling = Settling.of(here)
            return []
        settling = Settling.of(_moments_of(estimator, scaler))
    before = settling.total
    settling, changes = settling.after(here, flat.cells, lambda earlier: less_where_moved(earlier, here, flat.cells))
    estimator._settling = settling
    is_changed = np.isin(np.arange(flat.cells.shape[1]), [change.number for change in changes])
    _put_scale(estimator, table, flat, (before, settling.total), is_changed)
    names = getattr(estimator, "feature_names_in_", None)
    one = "X" if table.X.ndim > 2 else None
    return [
        (one or (f"x{change.number}" if names is None else str(names[change.number])), change)
        for change in changes
        if not change.is_by_few and change.number not in scaler.as_is
    ]


def _moments_of(estimator, scaler):
    """What is known of the rows of an earlier `fit`: the Moments of as many rows with this scale."""
    is_alive = np.isfinite(scaler.divisor_)
    spread = np.where(is_alive, scaler.divisor_, 0.0)
    n_rows = np.full(spread.size, float(estimator.X_shape_[0]))
    center = scaler.center_.copy()
    return Moments(center, spread, center - spread, center + spread, n_rows, np.zeros(spread.size))


def _put_scale(estimator, table, flat, moments, is_changed):
    """Set the scale of all rows so far, and let the first layer follow where it can; `moments`: before, and of all."""
    trained, (before, total) = estimator._trained, moments
    scaler, first = trained.scaler, _first_dense(estimator) if trained.scaler.scale == "standard" else None
    center, divisor = total.mean, divisor_of(total.mean, total.std)
    if scaler.scale == "robust":
        here = copy.copy(scaler).fit(flat.cells, sample_weight=flat.weights)
        center, divisor = here.center_, here.divisor_
    is_better = np.isfinite(divisor) & np.isfinite(center)
    is_better[list(scaler.as_is)] = False
    has_rows = before.present_weight >= FEWEST_ROWS_TO_FOLLOW
    if first is None:
        is_better &= is_changed | ~has_rows | ~np.isfinite(scaler.divisor_)
    center, divisor = np.where(is_better, center, scaler.center_), np.where(is_better, divisor, scaler.divisor_)
    if np.array_equal(center, scaler.center_) and np.array_equal(divisor, scaler.divisor_):
        return
    grown = copy.copy(scaler)
    grown.center_, grown.divisor_ = center, divisor
    weights, slots = trained.weights, trained.slots
    if first is not None:
        factor, shift = followed((scaler.center_, scaler.divisor_), (center, divisor), has_rows & ~is_changed)
        change = InputChange(np.arange(factor.size), factor, shift, np.empty((0, 2), np.intp))
        if change.rescales and _follows(estimator, table, grown, _weights_of(weights, first, change)):
            weights, slots = _weights_of(weights, first, change), _slots_of(estimator.model_, slots, first, change)
    estimator._trained = replace(trained, scaler=grown, weights=weights, slots=slots)
    estimator.feature_encoder_ = grown


def _follows(estimator, table, scaler, followed):
    """Whether the first layer follows a change of the scale, as far as the rows of the stream tell. Sets `_following`.

    `scaler` is the one behind which the weights would be used.
    """
    trained, known = estimator._trained, getattr(estimator, "_following", ScaleFollowing())
    if estimator._labels.is_multilabel:
        return True
    rows, losses = scaler.transform(table.X), []
    for weights in (followed, trained.weights):
        put_weights(estimator.model_, weights, trained.fixed)
        probabilities = trained.probabilities(answer(estimator.model_, rows, estimator._parts))
        losses.append(row_losses(probabilities, table.codes))
    estimator._following = known.after(losses[0] - losses[1], table.weights)
    return not estimator._following.is_worse


def _first_dense(estimator):
    """Places of kernel and bias of the Dense layer that alone reads the input, among the weights; or None."""
    model = estimator.model_
    operations = data_flow(model)
    if estimator._parts is not None or not operations or len(estimator.X_shape_) != 2:
        return None
    layer = operations[0]
    if not isinstance(layer, keras.layers.Dense) or not layer.use_bias or getattr(layer, "lora_enabled", False):
        return None
    if layer.kernel_constraint is not None or layer.bias_constraint is not None or not layer.trainable:
        return None
    if not isinstance(model, keras.Sequential):
        given = model.inputs[0]
        readers = [op for op in model.operations if any(t is given for n in op._inbound_nodes for t in n.input_tensors)]
        if readers != [layer]:  # a path around the layer, or a network within the network
            return None
    places = [
        [i for i, variable in enumerate(model.trainable_variables) if variable is wanted]
        for wanted in (layer.kernel, layer.bias)
    ]
    return (places[0][0], places[1][0]) if all(places) else None


def _weights_of(weights, first, change):
    """The weights behind the other scale."""
    kernel, bias = first
    changed = list(weights)
    changed[bias] = (weights[bias] + change.into_bias(weights[kernel])[0]).astype(weights[bias].dtype)
    changed[kernel] = change.of_kernel(weights[kernel]).astype(weights[kernel].dtype)
    return changed


def _slots_of(model, slots, first, change):
    """The optimizer's variables behind the other scale; None, so that it begins afresh, where that is not known."""
    if slots is None or (np.all(change.factor == 1) and not change.shift.any()):
        return slots
    variables = model.trainable_variables
    optimizer = keras.optimizers.get(keras.optimizers.serialize(model.optimizer))
    optimizer.build(variables)
    paths = [variable.path for variable in optimizer.variables]
    if len(paths) != len(slots):
        return None
    kernel, bias = (variables[place].path.replace("/", "_") for place in first)
    changed = list(slots)
    for i, path in enumerate(paths):
        if f"/{kernel}_" not in path:
            continue
        ending = path.split(kernel, 1)[1]
        if ending in MEANS:
            of_bias = slots[paths.index(path.replace(kernel, bias))]
            changed[i] = change.of_mean_gradient(slots[i], of_bias).astype(slots[i].dtype)
        elif ending in SQUARES:
            changed[i] = change.of_mean_square(slots[i]).astype(slots[i].dtype)
        else:
            return None
    return changed
