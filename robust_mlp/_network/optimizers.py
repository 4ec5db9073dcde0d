"""Keras optimizers: made from a name or from another optimizer's settings. Trains nothing."""

import keras
import tensorflow as tf
from keras import ops

# Their update of a weight depends on that weight's own gradients only, so one flat vector trains as separate arrays do.
ELEMENTWISE = {"SGD", "RMSprop", "Adam", "AdamW", "FusedAdam", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Lion"}
# Settings that look at a whole variable, or keep more than elementwise state.
_WHOLE_VARIABLE_SETTINGS = ("clipnorm", "use_ema", "gradient_accumulation_steps")


def settings_of(optimizer):
    """A name, or the settings of a Keras optimizer as plain values, both fit for `make_optimizer`."""
    return optimizer if isinstance(optimizer, str) else keras.optimizers.serialize(optimizer)


def make_optimizer(settings):
    """A new, unbuilt optimizer.

    A named one comes without weight decay of its own: the plan's `weight_decay` is applied the same way to all.
    """
    if not isinstance(settings, str):
        return keras.optimizers.deserialize(settings)
    classes = {name.lower(): value for name, value in vars(keras.optimizers).items() if isinstance(value, type)}
    optimizer = classes[settings.lower()]()
    optimizer.weight_decay = None
    return optimizer


class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam (Kingma and Ba 2015) by TensorFlow's one kernel for it, in one pass over the weights.

    The formula is the same, in the form before section 2.1: w -= a m / (sqrt(v) + epsilon). The kernel always wakes all
    threads, which for few weights costs more than Keras' own operations.
    """

    FEWEST = 2**15

    def update_step(self, gradient, variable, learning_rate):
        if variable.shape.num_elements() < self.FEWEST:
            super().update_step(gradient, variable, learning_rate)
            return
        step = ops.cast(self.iterations + 1, variable.dtype)
        index = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            beta1_power=ops.power(ops.cast(self.beta_1, variable.dtype), step),
            beta2_power=ops.power(ops.cast(self.beta_2, variable.dtype), step),
            lr=ops.cast(learning_rate, variable.dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


def fused(optimizer):
    """The same unbuilt optimizer by a fused kernel where there is one, else itself."""
    if type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW) and not optimizer.amsgrad:
        return FusedAdam.from_config(optimizer.get_config())
    return optimizer


def has_own_schedule(optimizer):
    """Whether its learning rate is a schedule object, which nothing else then sets."""
    return isinstance(getattr(optimizer, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule)


def is_elementwise(optimizer):
    """Whether it may run on the flat vector of all weights."""
    return type(optimizer).__name__ in ELEMENTWISE and not any(
        getattr(optimizer, name, None) for name in _WHOLE_VARIABLE_SETTINGS
    )


def learning_rate_of(optimizer):
    """The learning rate of an optimizer object, at its first step if it has a schedule."""
    if has_own_schedule(optimizer):
        return float(optimizer._learning_rate(0))
    return float(optimizer.learning_rate)
