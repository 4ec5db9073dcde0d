"""The Keras model of a plan: Dense - [BatchNormalization] - activation - [Dropout] blocks and a head of logits.

A model of one member has Keras' own layers. A model of several members has the same layers, stacked along a leading
axis. The engine always uses the model of one member. Trains nothing."""

import functools
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from robust_mlp._core.activations import activation_called
from robust_mlp._network.graph import tensorflow_startup
from robust_mlp._network.graph.dense import UNDRAWN, EngineDense, StackedDense, silu
from robust_mlp._network.graph.masks import MaskedDropout

# Independent of Keras' global dtype policy: the arrays of a fit are float32, and the same fit gives the same bits.
DTYPE = "float32"
BATCH_NORM_MOMENTUM = 0.9  # Keras' .99 needs hundreds of steps to forget its start; small tables have few
BATCH_NORM_EPSILON = 1e-3  # Keras' default
# Numbers that stand for one level of an embedded category: as in RealMLP (Holzmueller et al. 2024, arXiv 2407.04491).
# Wider vectors memorize the few rows of a level.
EMBEDDING_WIDTH = 8


@dataclass(frozen=True, slots=True)
class NetworkShape:
    """The part of a plan that decides the graph. Everything else in a plan is an input of the graph.

    The last inputs are codes of levels, one for each entry of `embedding_sizes`, the numbers of levels.
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
        """Number of inputs of the first layer, after codes have become vectors."""
        n_embedded = len(self.embedding_sizes)
        return self.n_inputs - n_embedded + n_embedded * EMBEDDING_WIDTH

    @property
    def dropout_layers(self):
        """(kind, width) of every dropout layer, in order; the kind, "input" or "hidden", decides the rate."""
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
            if self.n_members > 1:  # one table of all members' vectors: one look-up serves all members
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
    """Keras' Add for inputs of equal shapes. Its gradient needs no operation."""

    def call(self, inputs):
        return tf.add_n(inputs)


@keras.saving.register_keras_serializable(package="robust_mlp")
class StackedBatchNormalization(keras.layers.Layer):
    """Batch normalization of each member by its own batch, with the formulas of Keras' layer."""

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
        The layers show these rates, and use them outside the engine. Inside the engine the rate is a tensor.
    in_engine : bool, default=False
        True builds the model of one member for the engine's graph. False builds the public model of all members, whose
        layers work everywhere.
    name : str, default="robust_mlp"

    Returns
    -------
    model : keras.Model
        (batch, inputs) -> (batch, outputs); with several members (members, batch, inputs) -> (members, batch, outputs).
    """
    tensorflow_startup.start()
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
    """Draw an initial value for every trainable weight, from a NumPy generator.

    Parameters
    ----------
    variables : sequence
        Trainable variables of `build_model`'s model, or objects with the same names and shapes in the same order.
    shape : NetworkShape
    initializer : str
        "auto", or a Keras initializer name such as "random_normal".
    seed : int
    hidden_inputs : ndarray of shape (n_members, n_inputs), dtype bool, default=None
        Inputs that a member does not see. Their weights are 0; the other weights are scaled as if these did not exist.

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
            # Embeddings start at 0. A level that never occurs stays there and counts as an average level.
            weights.append(np.full(dims, 1.0 if variable.name == "gamma" else 0.0, dtype=np.float32))
    if shape.has_linear_path:
        weights[kernels[-1]][:] = 0  # the linear path has no effect at the start
    if hidden_inputs is not None:
        for kernel, is_hidden in zip(_of_each_member(weights[kernels[0]]), hidden_inputs, strict=True):
            places = _hidden_rows(is_hidden, len(kernel))
            kernel[places] = 0
            kernel *= np.float32(np.sqrt(len(kernel) / (len(kernel) - len(places))))
    return weights


def without_hidden_inputs(weights, variables, shape, hidden_inputs):
    """Set the weights of hidden inputs to 0 in a network that was trained with all inputs.

    Parameters
    ----------
    weights : list of ndarray
        In the order of `variables`; not changed.
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
            kernel[_hidden_rows(is_hidden, len(kernel))] = 0
    return weights


def _hidden_rows(is_hidden, n_rows):
    """Rows of a kernel that belong to hidden inputs: one for a number, `EMBEDDING_WIDTH` for a code behind these."""
    n_embedded = (n_rows - len(is_hidden)) // (EMBEDDING_WIDTH - 1)
    n_numbers = len(is_hidden) - n_embedded
    of_codes = np.repeat(is_hidden[n_numbers:], EMBEDDING_WIDTH)
    return np.flatnonzero(np.concatenate([is_hidden[:n_numbers], of_codes]))


def _of_each_member(kernels):
    return kernels if kernels.ndim == 3 else kernels[np.newaxis]


# With a small initial head, training starts at the uniform prediction (loss log C), not at random confident
# predictions.
HEAD_SHRINKAGE = 0.1


def _kernel(rng, dims, initializer, gain, is_head):
    if initializer != "auto":
        drawn = keras.initializers.get({"class_name": initializer, "config": {"seed": int(rng.integers(2**31))}})
        return np.asarray(ops.convert_to_numpy(drawn(dims)), dtype=np.float32)
    deviation = HEAD_SHRINKAGE / np.sqrt(dims[-2]) if is_head else np.sqrt(gain / dims[-2])
    return (rng.standard_normal(dims, dtype=np.float32) * np.float32(deviation)).astype(np.float32, copy=False)
