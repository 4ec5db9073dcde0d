"""The optimizer of a plan: a name, or the settings of one of Keras' own optimizers.

Keras builds an object from such settings by the names in them, when a training goes on. So only names that are known
here pass."""

from dataclasses import dataclass

from robust_mlp._core.parameters import OPTIMIZERS
from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.values import UnwritableError, read_value, write_value

_KEYS = {"module", "class_name", "config", "registered_name"}
# Schedules of Keras 3, which an optimizer may hold as its learning rate.
SCHEDULES = (
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
)


@dataclass(frozen=True)
class Optimizer:
    """Codec of `TrainingPlan.optimizer`."""

    def write(self, value, place, arrays):
        wrong = foreign_part(value)
        try:
            data = write_value(value)
        except UnwritableError as error:
            wrong = wrong or str(error)
        if wrong:
            raise ModelFileError(
                f"The optimizer is none of Keras' own: {wrong}. Pass leave_out=['optimizer'] to write the classifier "
                "without it: it predicts the same, and the loaded one goes on with 'adam'."
            )
        return data

    def read(self, data, place, arrays):
        value = read_value(data, place)
        wrong = foreign_part(value)
        if wrong:
            raise place.refuse(wrong, "the name or the settings of one of Keras' optimizers")
        return value


def foreign_part(settings):
    """What in the settings of an optimizer is no name or class of Keras that is known here, or ''.

    Parameters
    ----------
    settings : str or dict
        As `keras.optimizers.serialize` gives them.

    Returns
    -------
    wrong : str

    Examples
    --------
    >>> foreign_part("adam")
    ''
    >>> foreign_part({"module": "os", "class_name": "system", "config": {}, "registered_name": None})
    'os.system'
    """
    if isinstance(settings, str):
        return "" if settings in OPTIMIZERS else settings
    if not isinstance(settings, dict) or set(settings) != _KEYS:
        return type(settings).__name__
    wrong = _foreign_class(settings, "keras.optimizers", OPTIMIZERS)
    if wrong:
        return wrong
    for name, value in settings["config"].items():
        if name == "learning_rate" and isinstance(value, dict):
            wrong = wrong or _foreign_schedule(value)
        elif not isinstance(value, (str, bool, int, float, type(None))):
            wrong = wrong or f"{name} of type {type(value).__name__}"
    return wrong


def _foreign_schedule(settings):
    if set(settings) != _KEYS:
        return "learning_rate of type dict"
    wrong = _foreign_class(settings, "keras.optimizers.schedules", tuple(name.lower() for name in SCHEDULES))
    is_deep = any(isinstance(value, dict) for value in settings["config"].values()) if not wrong else False
    return wrong or ("a schedule that holds others" if is_deep else "")


def _foreign_class(settings, module, names):
    """The class that settings name, unless it is one of a module; '' for one of these."""
    name, config = settings["class_name"], settings["config"]
    is_known = isinstance(name, str) and name.lower() in names and settings["registered_name"] in (None, name)
    if settings["module"] == module and is_known and isinstance(config, dict):
        return ""
    return f"{settings['module']}.{name}"
