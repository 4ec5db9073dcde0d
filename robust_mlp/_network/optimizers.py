"""Keras optimizers: made from a name or from another optimizer's settings. Trains nothing."""

import keras

# Their update of a weight depends on that weight's own gradients only, so one flat vector trains as separate arrays do.
ELEMENTWISE = {"SGD", "RMSprop", "Adam", "AdamW", "Adadelta", "Adagrad", "Adamax", "Nadam", "Ftrl", "Lion"}
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
