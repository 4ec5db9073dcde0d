"""Keras optimizers, made from a name or from the settings of another optimizer. Trains nothing."""

import copy

import keras
import tensorflow as tf
from keras import ops

# Their update of a weight depends only on the gradients of this weight. So one flat vector trains like separate arrays.
ELEMENTWISE = {"SGD", "RMSprop", "Adam", "AdamW", "FusedAdam", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Lion"}
# Settings that look at a whole variable, or keep more than elementwise state.
_WHOLE_VARIABLE_SETTINGS = ("clipnorm", "use_ema", "gradient_accumulation_steps")


def settings_of(optimizer):
    """The argument for `make_optimizer`: a name, or the settings of a Keras optimizer as plain values."""
    return optimizer if isinstance(optimizer, str) else keras.optimizers.serialize(optimizer)


def make_optimizer(settings):
    """A new, unbuilt optimizer.

    An optimizer made from a name has no weight decay of its own, because the engine applies the plan's `weight_decay`.
    """
    if not isinstance(settings, str):
        return keras.optimizers.deserialize(copy.deepcopy(settings))  # Keras writes the class name in small letters
    classes = {name.lower(): value for name, value in vars(keras.optimizers).items() if isinstance(value, type)}
    optimizer = classes[settings.lower()]()
    optimizer.weight_decay = None
    return optimizer


class FusedAdam(keras.optimizers.Adam):
    """Keras' Adam (Kingma and Ba 2015) with TensorFlow's fused kernel, in one pass over the weights.

    The formula is the same, in the form before section 2.1: w -= a m / (sqrt(v) + epsilon). The kernel always wakes all
    threads. For few weights this costs more than Keras' own operations.
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
    """The same unbuilt optimizer with a fused kernel if one exists, else the optimizer itself."""
    if type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW) and not optimizer.amsgrad:
        return FusedAdam.from_config(optimizer.get_config())
    return optimizer


def has_own_schedule(optimizer):
    """Whether its learning rate is a schedule object; the engine then never sets the rate."""
    return isinstance(getattr(optimizer, "_learning_rate", None), keras.optimizers.schedules.LearningRateSchedule)


def own_schedule_of(settings):
    """The schedule object that decides the rate of an optimizer with these settings, or None.

    Parameters
    ----------
    settings : str or dict
        As of `settings_of`.

    Returns
    -------
    schedule : callable or None
        From the number of updates so far to the rate.
    """
    if isinstance(settings, str):
        return None
    optimizer = make_optimizer(settings)
    return optimizer._learning_rate if has_own_schedule(optimizer) else None


def is_elementwise(optimizer):
    """Whether the optimizer may run on one flat vector of all weights."""
    return type(optimizer).__name__ in ELEMENTWISE and not any(
        getattr(optimizer, name, None) for name in _WHOLE_VARIABLE_SETTINGS
    )


def learning_rate_of(optimizer):
    """The learning rate of an optimizer object; with a schedule, the rate of the first step."""
    if has_own_schedule(optimizer):
        return float(optimizer._learning_rate(0))
    return float(optimizer.learning_rate)
