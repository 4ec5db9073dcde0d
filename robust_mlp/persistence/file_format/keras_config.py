"""The configuration of a Keras network in a model file: which names in it pass.

Keras builds objects by the names in a configuration, and imports their modules. Only Keras' own layers and what belongs
to them pass, and no Lambda, which holds code. Imports no Keras."""

from dataclasses import dataclass

from robust_mlp.exceptions import ModelFileError

# Of a file that holds such a network.
KIND = "GuardedKerasClassifier"

# As Keras 3 writes them. A Functional network has the one module that is not public.
MODULES = (
    "keras",
    "keras.activations",
    "keras.constraints",
    "keras.dtype_policies",
    "keras.initializers",
    "keras.layers",
    "keras.losses",
    "keras.regularizers",
    "keras.src.models.functional",
    "builtins",  # of containers such as slice, checked by name
)
_BUILTINS = ("slice", "tuple", "ellipsis")
_CODE = ("Lambda", "TorchModuleWrapper", "FlaxLayer", "JaxLayer", "TFSMLayer", "function", "lambda", "__lambda__")
# Functions that a configuration may name by a text. Keras writes some of them as objects of kind "function".
_FUNCTIONS = (
    "celu", "elu", "exponential", "gelu", "glu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh",
    "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu",
    "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink", "threshold",
)  # fmt: skip
# Deeper than any configuration that Keras writes.
MOST_NESTED = 60


@dataclass(frozen=True)
class KerasConfig:
    """Codec of a configuration: plain JSON whose class names are all Keras' own."""

    def write(self, value, place, arrays):
        value = _with_names_of_functions(value)
        wrong = foreign_class(value)
        if wrong:
            raise ModelFileError(
                f"The network holds {wrong}, and a model file holds Keras' own layers only. Save the network with "
                "clf.model_.save('network.keras'), or build it from layers of keras.layers."
            )
        return value

    def read(self, data, place, arrays):
        wrong = foreign_class(data) if isinstance(data, (dict, str)) else type(data).__name__
        if wrong:
            raise place.refuse(wrong, "made of Keras' own layers")
        return data


def foreign_class(config, depth=0):
    """The first class or function in a configuration that is none of Keras' own, or ''.

    Parameters
    ----------
    config : object
        As `keras.saving.serialize_keras_object` gives it: a name, or nested dicts and lists.
    depth : int, default=0
        In how many others it lies.

    Returns
    -------
    wrong : str

    Examples
    --------
    >>> foreign_class({"module": "keras.layers", "class_name": "Dense", "config": {}, "registered_name": None})
    ''
    >>> foreign_class({"module": "os", "class_name": "system", "config": {}, "registered_name": None})
    'os.system'
    """
    if depth > MOST_NESTED:
        return "a configuration nested too deeply"
    if isinstance(config, dict):
        if "class_name" in config:
            wrong = _foreign_name(config)
            if wrong:
                return wrong
        parts = list(config.values())
    else:
        parts = config if isinstance(config, list) else []
    return next((wrong for part in parts if (wrong := foreign_class(part, depth + 1))), "")


def _with_names_of_functions(config):
    """The configuration with its name in the place of each of Keras' activation functions."""
    if isinstance(config, list):
        return [_with_names_of_functions(part) for part in config]
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "function" and config.get("config") in _FUNCTIONS:
        return config["config"]
    return {key: _with_names_of_functions(part) for key, part in config.items()}


def _foreign_name(config):
    name, module = config["class_name"], config.get("module")
    registered = config.get("registered_name")
    if not isinstance(name, str) or name in _CODE:
        return f"{module}.{name}"
    if name == "__keras_tensor__" or name == "__tuple__" or name == "__numpy__":
        return ""
    is_known = module in MODULES and (module != "builtins" or name in _BUILTINS)
    return "" if is_known and registered in (None, name) else f"{module}.{registered or name}"
