"""scikeras' classes, without what importing scikeras does to Keras in the whole process.

`import scikeras` replaces how Keras models, losses, metrics and optimizers pickle. Keras 3 pickles them itself, so what
was there before is put back; an import of scikeras that came first is left alone."""

import sys

import keras

_PATCHED_CLASSES = (keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)
_PATCHED_NAMES = ("__reduce__", "__deepcopy__")


def _own(cls):
    """What a class itself defines of the names that scikeras replaces."""
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
