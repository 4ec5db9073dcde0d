"""Dense layers: one for several members, and one for the engine that uses the fastest product.

The engine's layer has the weights and the result of Keras' Dense. Its operations exist only in some builds of
TensorFlow, so no public model has this layer."""

import keras
import tensorflow as tf

from robust_mlp._network.graph.gradients import with_gradient
from robust_mlp._network.graph.matmul import matmul

# `initial_weights` draws the kernels in NumPy. So Keras need not draw values that are thrown away.
UNDRAWN = "zeros"
# Up to this many weights of a kernel, oneDNN is faster if all threads are free. For larger kernels Eigen's threads save
# more than they cost (`make bench-speed.matmul`).
LARGEST_SINGLE = 2**14


@keras.saving.register_keras_serializable(package="robust_mlp")
class StackedDense(keras.layers.Layer):
    """The Dense layers of `n_members` members: (members, batch, inputs) -> (members, batch, units)."""

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


class EngineDense(keras.layers.Dense):
    """Keras' Dense in the engine's graph; `on_one_thread` if other members use the other threads."""

    def __init__(self, units, *, on_one_thread=False, **kwargs):
        super().__init__(units, kernel_initializer=UNDRAWN, **kwargs)
        self.on_one_thread = on_one_thread

    def call(self, inputs, training=None):
        kernel = tf.convert_to_tensor(self.kernel)
        is_small = self.on_one_thread or kernel.shape.num_elements() <= LARGEST_SINGLE
        z = (_product if is_small else tf.matmul)(inputs, kernel)
        return tf.nn.bias_add(z, tf.convert_to_tensor(self.bias)) if self.use_bias else z


@with_gradient
def silu(z):
    """z sigmoid(z), Keras' silu. TensorFlow's gradient computes the sigmoid twice (Elfwing et al. 2018, eq. 3)."""
    gate = tf.sigmoid(z)
    output = z * gate
    return output, lambda upstream: upstream * (output + gate * (1 - output))


@with_gradient
def _product(inputs, kernel):
    def gradient(upstream):
        return matmul(upstream, kernel, transpose_b=True), matmul(inputs, upstream, transpose_a=True)

    return matmul(inputs, kernel), gradient
