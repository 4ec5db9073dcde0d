"""Tells networks of Keras 2 by name: those of tf_keras, and those that TensorFlow once held. Imports neither."""

# Where classes of Keras 2 come from. `keras.engine` and `keras.src.engine` are there in the package keras before 3.
LEGACY_MODULES = ("tf_keras.", "tensorflow.python.keras.", "keras.engine.", "keras.src.engine.")


def check_not_legacy(model):
    """TypeError if a model is one of Keras 2.

    Parameters
    ----------
    model : object

    Raises
    ------
    TypeError
    """
    for cls in type(model).__mro__:
        name = f"{cls.__module__}."
        if name.startswith(LEGACY_MODULES):
            raise TypeError(
                f"The {type(model).__name__} comes from {name.split('.')[0]}: it is a network of Keras 2, the legacy "
                "Keras, and robust_mlp takes networks of Keras 3. Build it with import keras, in a process in which "
                "TF_USE_LEGACY_KERAS is not set."
            )
