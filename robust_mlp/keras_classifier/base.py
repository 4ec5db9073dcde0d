"""scikeras' classes, without the changes that scikeras makes to Keras.

`import scikeras` replaces how Keras models, losses, metrics and optimizers pickle. Keras 3 can pickle them itself, so
this module restores Keras' own methods. If scikeras was imported before, its changes stay."""

import sys

import keras

_PATCHED_CLASSES = (keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)
_PATCHED_NAMES = ("__reduce__", "__deepcopy__")


def _own(cls):
    """The methods that scikeras replaces and that the class defines itself."""
    return {name: vars(cls)[name] for name in _PATCHED_NAMES if name in vars(cls)}


_before = None if "scikeras" in sys.modules else {cls: _own(cls) for cls in _PATCHED_CLASSES}

from scikeras._utils import route_params  # noqa: E402
from scikeras.wrappers import KerasClassifier  # noqa: E402

if _before is not None:
    for _cls, _names in _before.items():
        for _name in _PATCHED_NAMES:
            if _name in _names:
                setattr(_cls, _name, _names[_name])
            elif _name in vars(_cls):
                delattr(_cls, _name)

__all__ = ["KerasClassifier", "route_params"]
