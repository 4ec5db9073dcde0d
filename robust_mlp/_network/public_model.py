"""The public Keras model of a trained network.

The model takes encoded rows and returns probabilities; with several members, their mean."""

from dataclasses import replace

import keras
import numpy as np
from keras import ops

from robust_mlp._network.architecture import DTYPE, NetworkShape, build_model
from robust_mlp._network.optimizers import has_own_schedule, make_optimizer
from robust_mlp._prediction.effect_matrices import matrices_of
from robust_mlp._prediction.effect_units import LARGEST_SLOPED, NONE, EffectUnits
from robust_mlp._prediction.network import votes_in


@keras.saving.register_keras_serializable(package="robust_mlp")
class SameRowsForEachMember(keras.layers.Layer):
    """(batch, inputs) -> (members, batch, inputs)."""

    def __init__(self, n_members, **kwargs):
        super().__init__(**kwargs)
        self.n_members = n_members

    def call(self, inputs):
        return ops.repeat(ops.expand_dims(inputs, 0), self.n_members, axis=0)

    def compute_output_shape(self, input_shape):
        return (self.n_members, *input_shape)

    def get_config(self):
        return super().get_config() | {"n_members": self.n_members}


@keras.saving.register_keras_serializable(package="robust_mlp")
class MeanOverMembers(keras.layers.Layer):
    """(members, batch, outputs) -> (batch, outputs): the mean, weighted by `member_weights` if given."""

    def __init__(self, member_weights=None, **kwargs):
        super().__init__(**kwargs)
        self.member_weights = member_weights

    def call(self, inputs):
        if self.member_weights is not None:
            inputs = inputs * ops.reshape(ops.convert_to_tensor(self.member_weights, inputs.dtype), (-1, 1, 1))
        return ops.mean(inputs, axis=0)

    def compute_output_shape(self, input_shape):
        return input_shape[1:]

    def get_config(self):
        return super().get_config() | {"member_weights": self.member_weights}


@keras.saving.register_keras_serializable(package="robust_mlp")
class GaussianUnits(keras.layers.Layer):
    """`RadialUnits` as a layer in float64: (batch, inputs) -> (batch, n_outputs). Its weights are not trainable."""

    def __init__(self, n_centers, n_outputs, **kwargs):
        super().__init__(**{"dtype": "float64", **kwargs})
        self.n_centers, self.n_outputs = n_centers, n_outputs

    def build(self, input_shape):
        n_inputs = input_shape[-1]
        shapes = {
            "factors": (n_inputs,),
            "centers": (self.n_centers, n_inputs),
            "projection": (self.n_centers, self.n_outputs),
            "shift": (self.n_outputs,),
        }
        self.parts = [
            self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name)
            for name, shape in shapes.items()
        ]

    def set_units(self, units):
        """Copy the arrays of RadialUnits. Inputs that they do not use get a factor of 0."""
        factors, centers = (np.zeros(weight.shape) for weight in self.parts[:2])
        factors[units.inputs], centers[:, units.inputs] = units.factors, units.centers
        self.set_weights([factors, centers, units.projection, units.shift])

    def call(self, inputs):
        factors, centers, projection, shift = map(ops.convert_to_tensor, self.parts)
        rows = inputs * factors
        squares = ops.sum(ops.square(rows), axis=1, keepdims=True) + ops.sum(ops.square(centers), axis=1)
        units = ops.exp(-ops.maximum(squares - 2 * ops.matmul(rows, ops.transpose(centers)), 0))
        return ops.matmul(units, projection) - shift

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.n_outputs)

    def get_config(self):
        return super().get_config() | {"n_centers": self.n_centers, "n_outputs": self.n_outputs}


@keras.saving.register_keras_serializable(package="robust_mlp")
class RandomEffects(keras.layers.Layer):
    """`EffectUnits` as a layer in float64: (batch, inputs) -> (batch, n_outputs). Its weights are not trainable.

    The sizes are those of `EffectMatrices`; inputs are encoded rows with the codes of categories as their last values.
    """

    def __init__(self, n_steps, n_codes, n_factors, n_effects, n_cells, n_outputs, **kwargs):
        super().__init__(**{"dtype": "float64", **kwargs})
        self.n_steps, self.n_codes, self.n_factors = n_steps, n_codes, n_factors
        self.n_effects, self.n_cells, self.n_outputs = n_effects, n_cells, n_outputs

    def build(self, input_shape):
        places = {"step_inputs": self.n_steps, "code_inputs": self.n_codes, "numbers": self.n_effects}
        shapes = {
            "thresholds": (self.n_steps,),
            "added": (self.n_steps + self.n_codes, self.n_factors),
            "n_levels": (self.n_factors,),
            "strides": (self.n_factors, self.n_effects),
            "starts": (self.n_effects,),
            "table": (self.n_cells, self.n_outputs),
        }
        settings = {"initializer": "zeros", "trainable": False}
        self.places = [self.add_weight((n,), dtype="int32", name=name, **settings) for name, n in places.items()]
        self.parts = [self.add_weight(shape, name=name, **settings) for name, shape in shapes.items()]

    def set_units(self, units):
        """Copy the arrays of EffectUnits."""
        matrices = matrices_of(units)
        places = [matrices.step_inputs, matrices.code_inputs, units.numbers]
        parts = [matrices.thresholds, matrices.added, matrices.n_levels, matrices.strides, units.starts, units.table]
        for weight, values in zip([*self.places, *self.parts], [*places, *parts], strict=True):
            weight.assign(values)

    def call(self, inputs):
        step_inputs, code_inputs, numbers = map(ops.convert_to_tensor, self.places)
        thresholds, added, n_levels, strides, starts, table = map(ops.convert_to_tensor, self.parts)
        is_above = ops.cast(ops.take(inputs, step_inputs, axis=1) > thresholds, inputs.dtype)
        levels = ops.matmul(ops.concatenate([is_above, ops.take(inputs, code_inputs, axis=1)], axis=1), added)
        levels = ops.where(ops.logical_and(levels >= 0, levels < n_levels), levels, ops.zeros_like(levels))
        cells = ops.cast(starts + ops.matmul(levels, strides), "int32")
        slopes = ops.clip(ops.take(inputs, ops.maximum(numbers, 0), axis=1), -LARGEST_SLOPED, LARGEST_SLOPED)
        slopes = ops.where(ops.equal(numbers, NONE), ops.ones_like(slopes), slopes)
        return ops.sum(ops.take(table, cells, axis=0) * ops.expand_dims(slopes, 2), axis=1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.n_outputs)

    def get_config(self):
        sizes = ("n_steps", "n_codes", "n_factors", "n_effects", "n_cells", "n_outputs")
        return super().get_config() | {name: getattr(self, name) for name in sizes}


def public_model(plan, n_inputs, n_outputs, weights=None, companions=(), *, embedding_sizes=()):
    """Build the Keras model of a plan, with weights if given.

    Parameters
    ----------
    plan : TrainingPlan
    n_inputs, n_outputs : int
    weights : NetworkWeights or None
        Of the plan's own members.
    companions : sequence of NetworkWeights
        Additional members without hidden units.
    embedding_sizes : tuple of int, default=()
        Levels of each category whose codes are the last inputs.

    Returns
    -------
    model : keras.Model
        Compiled with the plan's optimizer and sparse categorical cross-entropy: `evaluate` and `fit` work on it.
    """
    rows = keras.Input((n_inputs,), dtype=DTYPE)
    shape = NetworkShape.of(plan, n_inputs, n_outputs, embedding_sizes)
    answers = [_probabilities(rows, plan, shape, weights)]
    for i, others in enumerate(companions):
        n_seen, sizes = (n_inputs, embedding_sizes) if others.units is None else (others.units.n_outputs, ())
        linear = replace(plan, hidden_layer_sizes=(), n_members=others.n_members, batch_norm=False)
        linear_shape = NetworkShape.of(linear, n_seen, n_outputs, sizes)
        answers.append(_probabilities(rows, linear, linear_shape, others, name=f"companions_{i + 1}"))
    outputs = answers[0]
    if companions:
        answers = [a if len(a.shape) == 3 else SameRowsForEachMember(1, dtype=DTYPE)(a) for a in answers]
        outputs = keras.layers.Concatenate(axis=0, dtype=DTYPE)(answers)
    if len(outputs.shape) == 3:
        member_weights = None if weights is None else _uneven(np.concatenate([*map(votes_in, (weights, *companions))]))
        outputs = MeanOverMembers(member_weights, dtype=DTYPE)(outputs)
    model = keras.Model(rows, outputs, name="robust_mlp_classifier")
    optimizer = make_optimizer(plan.optimizer)
    if not has_own_schedule(optimizer):
        optimizer.learning_rate = plan.learning_rate
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    optimizer.build(model.trainable_variables)  # a loaded model must have as many variables as the saved one
    return model


def _probabilities(rows, plan, shape, weights, name="robust_mlp"):
    """Probabilities of the members of one shape: (batch, outputs) for one member, else (members, batch, outputs)."""
    inner = build_model(shape, dropout=plan.dropout, input_dropout=plan.input_dropout, name=name)
    if weights is not None and weights.units is not None:
        layer = _layer_for(weights.units)
        rows = layer(rows)
        layer.set_units(weights.units)
    if shape.n_members > 1:
        rows = SameRowsForEachMember(shape.n_members, dtype=DTYPE)(rows)
    answers = keras.layers.Softmax(dtype=DTYPE)(inner(rows))
    if weights is not None:
        set_weights(inner, weights.trainable, weights.moving)
    return answers


def _layer_for(units):
    """A layer with room for the arrays of units."""
    if not isinstance(units, EffectUnits):
        return GaussianUnits(*units.projection.shape)
    matrices = matrices_of(units)
    n_steps, n_codes = len(matrices.step_inputs), len(matrices.code_inputs)
    return RandomEffects(n_steps, n_codes, *matrices.strides.shape, *units.table.shape)


def _uneven(member_weights):
    """Member weights as a list of floats with mean 1; None if all are equal."""
    return None if (member_weights == member_weights[0]).all() else (member_weights / member_weights.mean()).tolist()


def set_weights(model, weights, state):
    """Set weights, moving means and variances of a Keras model with the same layers."""
    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value)
    moving = [v for v in model.non_trainable_variables if v.name.startswith("moving_")]
    for variable, value in zip(moving, state, strict=True):
        variable.assign(value)
