"""Dense layers of several members, and those of the engine, which multiply by what is fastest.

The engine's layers have the weights of Keras' Dense and of StackedDense and give the same result; their operations
exist in some builds of TensorFlow only, so no model that is handed out has them."""

import keras
import tensorflow as tf

from robust_mlp._network.gradients import with_gradient
from robust_mlp._network.matmul import matmul
from robust_mlp._network.transposition import upright

# Kernels are drawn by `initial_weights`, in NumPy: what Keras would draw before is thrown away, and costs time.
UNDRAWN = "zeros"
# Fewer units than a vector register holds floats: the gradient of such a kernel is faster computed as its transpose.
NARROW = 16
# Weights of a single kernel up to which oneDNN is faster; on larger ones the threads of Eigen are worth their cost.
# Stacks of all sizes that were measured are faster by oneDNN (`make bench-speed.matmul`).
LARGEST_SINGLE = 2**14


@keras.saving.register_keras_serializable(package="robust_mlp")
class StackedDense(keras.layers.Layer):
    """`n_members` Dense layers side by side: (members, batch, inputs) -> (members, batch, units)."""

    def __init__(self, n_members, units, use_bias=True, **kwargs):
        super().__init__(**kwargs)
        self.n_members, self.units, self.use_bias = n_members, units, use_bias

    def build(self, input_shape):
        shape = (self.n_members, input_shape[-1], self.units)
        self.kernel = self.add_weight(shape=shape, initializer=UNDRAWN, name="kernel")
        if self.use_bias:
            self.bias = self.add_weight(shape=(self.n_members, 1, self.units), initializer="zeros", name="bias")

    def call(self, inputs):
        z = tf.matmul(inputs, tf.convert_to_tensor(self.kernel))
        return z + tf.convert_to_tensor(self.bias) if self.use_bias else z

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return super().get_config() | {"n_members": self.n_members, "units": self.units, "use_bias": self.use_bias}


class EngineStackedDense(StackedDense):
    """StackedDense in the engine's graph."""

    def call(self, inputs):
        z = _product(inputs, tf.convert_to_tensor(self.kernel))
        return _shifted(z, tf.convert_to_tensor(self.bias)) if self.use_bias else z


class EngineDense(keras.layers.Dense):
    """Keras' Dense in the engine's graph."""

    def call(self, inputs, training=None):
        z = _product(inputs, tf.convert_to_tensor(self.kernel))
        return tf.nn.bias_add(z, tf.convert_to_tensor(self.bias)) if self.use_bias else z


@with_gradient
def silu(z):
    """z sigmoid(z), Keras' silu. TensorFlow's own gradient takes the sigmoid twice (Elfwing et al. 2018, eq. 3)."""
    gate = tf.sigmoid(z)
    output = z * gate
    return output, lambda upstream: upstream * (output + gate * (1 - output))


@with_gradient
def _product(inputs, kernel):
    """The product of matrices or stacks of them; a narrow kernel's gradient has its long side as the inner one."""
    is_single = kernel.shape.rank == 2
    multiply = tf.matmul if is_single and kernel.shape.num_elements() > LARGEST_SINGLE else matmul

    def gradient(upstream):
        if not is_single and kernel.shape[-1] < NARROW:
            of_kernel = upright(multiply(upstream, inputs, transpose_a=True))
        else:
            of_kernel = multiply(inputs, upstream, transpose_a=True)
        return multiply(upstream, kernel, transpose_b=True), of_kernel

    return multiply(inputs, kernel), gradient


@with_gradient
def _shifted(z, bias):
    """z + bias. TensorFlow's own gradient looks for the axes to sum over, in every step."""
    return z + bias, lambda upstream: (upstream, tf.reduce_sum(upstream, 1, keepdims=True))
