"""From a plan to a Keras model: Dense - [BatchNormalization] - activation - [Dropout] blocks and a head of logits.

One member is made of Keras' own layers; several members are the same layers stacked along a leading axis. The engine's
model is that of one member, whichever number is trained. Trains nothing."""

import functools
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from robust_mlp._core.activations import activation_called
from robust_mlp._network.graph.dense import UNDRAWN, EngineDense, StackedDense, silu
from robust_mlp._network.graph.masks import MaskedDropout

# Whatever Keras' global dtype policy is: the arrays of a fit are float32, and the same fit gives the same bits.
DTYPE = "float32"
BATCH_NORM_MOMENTUM = 0.9  # Keras' .99 needs hundreds of steps to forget its start; small tables have few
BATCH_NORM_EPSILON = 1e-3  # Keras' default
# Numbers that stand for one level of an embedded category: as many as RealMLP has (Holzmueller et al. 2024, arXiv
# 2407.04491); wider ones learn the few rows of a level by heart.
EMBEDDING_WIDTH = 8


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """What decides the graph: everything else in a plan is a number that flows through it.

    The last inputs are codes of levels, one for each of `embedding_sizes`, which counts the levels.
    """

    n_inputs: int
    n_outputs: int
    hidden_layer_sizes: tuple[int, ...]
    activation: str
    n_members: int
    batch_norm: bool
    has_dropout: bool
    has_input_dropout: bool
    has_linear_path: bool
    embedding_sizes: tuple[int, ...] = ()

    @property
    def n_features(self):
        """What the first layer sees, once codes have become vectors."""
        n_embedded = len(self.embedding_sizes)
        return self.n_inputs - n_embedded + n_embedded * EMBEDDING_WIDTH

    @property
    def dropout_layers(self):
        """Kind ("input" or "hidden", by which the rate is chosen) and width of every dropout layer, in order."""
        inputs = (("input", self.n_features),) if self.has_input_dropout else ()
        return inputs + tuple(("hidden", width) for width in self.hidden_layer_sizes if self.has_dropout)

    @classmethod
    def of(cls, plan, n_inputs, n_outputs, embedding_sizes=()):
        """The shape of a plan's network."""
        return cls(
            n_inputs=n_inputs,
            n_outputs=n_outputs,
            hidden_layer_sizes=tuple(plan.hidden_layer_sizes),
            activation=activation_called(plan.activation).name,
            n_members=plan.n_members,
            batch_norm=plan.batch_norm,
            has_dropout=plan.dropout > 0 and len(plan.hidden_layer_sizes) > 0,
            has_input_dropout=plan.input_dropout > 0,
            has_linear_path=plan.linear_path and len(plan.hidden_layer_sizes) > 0,
            embedding_sizes=tuple(embedding_sizes),
        )


@keras.saving.register_keras_serializable(package="robust_mlp")
class LevelEmbedding(keras.layers.Layer):
    """Replaces the codes at the end of each row by learned vectors: (..., numbers + codes) -> (..., features)."""

    def __init__(self, sizes, n_members=1, width=EMBEDDING_WIDTH, **kwargs):
        super().__init__(**kwargs)
        self.sizes, self.n_members, self.width = tuple(sizes), n_members, width

    def build(self, input_shape):
        members = (self.n_members,) if self.n_members > 1 else ()
        self.vectors = [
            self.add_weight(shape=(*members, size, self.width), initializer="zeros", name="embedding")
            for size in self.sizes
        ]

    def call(self, inputs):
        n_numbers = inputs.shape[-1] - len(self.sizes)
        parts = [inputs[..., :n_numbers]]
        for i, (size, vectors) in enumerate(zip(self.sizes, self.vectors, strict=True)):
            codes = ops.cast(inputs[..., n_numbers + i], "int32")
            if self.n_members > 1:  # all members' vectors below each other, so that one look-up serves them all
                codes = codes + size * ops.expand_dims(ops.arange(self.n_members, dtype="int32"), -1)
                vectors = ops.reshape(vectors, (self.n_members * size, self.width))
            parts.append(ops.take(vectors, codes, axis=0))
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], input_shape[-1] + len(self.sizes) * (self.width - 1))

    def get_config(self):
        return super().get_config() | {"sizes": self.sizes, "n_members": self.n_members, "width": self.width}


@keras.saving.register_keras_serializable(package="robust_mlp")
class PathsAdded(keras.layers.Add):
    """Keras' Add for inputs of equal shapes, whose gradient needs no operation."""

    def call(self, inputs):
        return tf.add_n(inputs)


@keras.saving.register_keras_serializable(package="robust_mlp")
class StackedBatchNormalization(keras.layers.Layer):
    """Batch normalization of each member by its own batch: the same formulas as Keras' layer, member by member."""

    def build(self, input_shape):
        shape = (input_shape[0], 1, input_shape[-1])
        self.gamma = self.add_weight(shape=shape, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=shape, initializer="zeros", name="beta")
        self.moving_mean = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="moving_mean")
        self.moving_variance = self.add_weight(shape=shape, initializer="ones", trainable=False, name="moving_variance")

    def call(self, inputs, training=False):
        if training:
            mean, variance = ops.moments(inputs, axes=1, keepdims=True)
            keep = BATCH_NORM_MOMENTUM
            self.moving_mean.assign(self.moving_mean * keep + mean * (1 - keep))
            self.moving_variance.assign(self.moving_variance * keep + variance * (1 - keep))
        else:
            mean, variance = self.moving_mean, self.moving_variance
        scale = self.gamma / ops.sqrt(variance + BATCH_NORM_EPSILON)
        return (inputs - mean) * scale + self.beta


def build_model(shape, *, dropout=0.0, input_dropout=0.0, in_engine=False, name="robust_mlp"):
    """A Keras model from encoded rows to logits.

    Parameters
    ----------
    shape : NetworkShape
    dropout, input_dropout : float, default=0.0
        The rates that the layers show and use outside the engine; inside it the rate is a tensor.
    in_engine : bool, default=False
        Whether the model is for the engine's graph alone, and of one member; one that is handed out is of all, and has
        layers that go anywhere.
    name : str, default="robust_mlp"

    Returns
    -------
    model : keras.Model
        (batch, inputs) -> (batch, outputs); with several members (members, batch, inputs) -> (members, batch, outputs).
    """
    stacked = shape.n_members > 1 and not in_engine
    dense = functools.partial(_dense, shape, in_engine)
    batch_shape = (shape.n_members, None, shape.n_inputs) if stacked else (None, shape.n_inputs)
    rows = z = keras.Input(batch_shape=batch_shape, dtype=DTYPE)
    if shape.embedding_sizes:
        z = LevelEmbedding(shape.embedding_sizes, shape.n_members if stacked else 1, dtype=DTYPE)(z)
    if shape.has_input_dropout:
        z = MaskedDropout(input_dropout or 0.5, dtype=DTYPE)(z)
    inputs = z
    for width in shape.hidden_layer_sizes:
        z = dense(width)(z)
        if shape.batch_norm:
            z = _batch_normalization(stacked)(z)
        if shape.activation != "linear":
            activation = silu if in_engine and shape.activation == "silu" else shape.activation
            z = keras.layers.Activation(activation, dtype=DTYPE)(z)
        if shape.has_dropout:
            z = MaskedDropout(dropout or 0.5, dtype=DTYPE)(z)
    logits = dense(shape.n_outputs)(z)
    if shape.has_linear_path:
        path = dense(shape.n_outputs, use_bias=False)(inputs)
        logits = PathsAdded(dtype=DTYPE)([logits, path])
    return keras.Model(rows, logits, name=name)


def _dense(shape, in_engine, units, use_bias=True):
    is_one_of_many = shape.n_members > 1
    if in_engine:
        return EngineDense(units, use_bias=use_bias, on_one_thread=is_one_of_many, dtype=DTYPE)
    if is_one_of_many:
        return StackedDense(shape.n_members, units, use_bias=use_bias, dtype=DTYPE)
    return keras.layers.Dense(units, use_bias=use_bias, kernel_initializer=UNDRAWN, dtype=DTYPE)


def _batch_normalization(stacked):
    if stacked:
        return StackedBatchNormalization(dtype=DTYPE)
    return keras.layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, epsilon=BATCH_NORM_EPSILON, dtype=DTYPE)


def initial_weights(variables, shape, initializer, seed, hidden_inputs=None):
    """Draw a first value for every trainable weight, from a NumPy generator.

    Parameters
    ----------
    variables : sequence
        Trainable variables of `build_model`'s model, or what else has their names and shapes in their order.
    shape : NetworkShape
    initializer : str
        "auto", or a Keras initializer name such as "random_normal".
    seed : int
    hidden_inputs : ndarray of shape (n_members, n_inputs), dtype bool, default=None
        Inputs that a member does not see: their weights are 0, and the others as large as if these were not there.

    Returns
    -------
    weights : list of ndarray, dtype float32
        In the order of `variables`.
    """
    rng = np.random.default_rng(seed)
    gain = activation_called(shape.activation).gain
    kernels = [i for i, v in enumerate(variables) if v.name == "kernel"]
    head = kernels[-2] if shape.has_linear_path else kernels[-1]
    weights = []
    for i, variable in enumerate(variables):
        dims = tuple(variable.shape)
        if i in kernels:
            weights.append(_kernel(rng, dims, initializer, gain, is_head=i == head))
        else:
            # Embeddings start at 0, where a level that is never met stays: it then counts as an average one.
            weights.append(np.full(dims, 1.0 if variable.name == "gamma" else 0.0, dtype=np.float32))
    if shape.has_linear_path:
        weights[kernels[-1]][:] = 0  # the linear path starts as if it were not there
    if hidden_inputs is not None:
        for kernel, is_hidden in zip(_of_each_member(weights[kernels[0]]), hidden_inputs, strict=True):
            places = np.flatnonzero(is_hidden)
            kernel[places] = 0
            kernel *= np.float32(np.sqrt(len(kernel) / (len(kernel) - len(places))))
    return weights


def without_hidden_inputs(weights, variables, shape, hidden_inputs):
    """Weights of a network that was shown all inputs, with 0 for those that its members do not see from now on.

    Parameters
    ----------
    weights : list of ndarray
        In the order of `variables`; left as they are.
    variables, shape, hidden_inputs
        Those of `initial_weights`.

    Returns
    -------
    weights : list of ndarray
    """
    if hidden_inputs is None:
        return weights
    kernels = [i for i, v in enumerate(variables) if v.name == "kernel"]
    weights = list(weights)
    for i in {kernels[0], kernels[-1]} if shape.has_linear_path else {kernels[0]}:
        weights[i] = weights[i].copy()
        for kernel, is_hidden in zip(_of_each_member(weights[i]), hidden_inputs, strict=True):
            kernel[np.flatnonzero(is_hidden)] = 0
    return weights


def _of_each_member(kernels):
    return kernels if kernels.ndim == 3 else kernels[np.newaxis]


# A head that starts small starts at the uniform prediction, loss log C, and not at random confident ones.
HEAD_SHRINKAGE = 0.1


def _kernel(rng, dims, initializer, gain, is_head):
    if initializer != "auto":
        drawn = keras.initializers.get({"class_name": initializer, "config": {"seed": int(rng.integers(2**31))}})
        return np.asarray(ops.convert_to_numpy(drawn(dims)), dtype=np.float32)
    deviation = HEAD_SHRINKAGE / np.sqrt(dims[-2]) if is_head else np.sqrt(gain / dims[-2])
    return (rng.standard_normal(dims, dtype=np.float32) * np.float32(deviation)).astype(np.float32, copy=False)
