"""A fitted `GuardedKerasClassifier` as the description in a model file, and back.

The network is its Keras configuration and arrays. The user's function is not in the file: the loaded classifier holds
the network in its place."""

import inspect
import json
import math
import re
from typing import Any

import keras
import numpy as np
from sklearn.utils.validation import check_is_fitted

from robust_mlp.exceptions import ModelFileError
from robust_mlp.inspection._read.facts import HeadFacts, LossFacts
from robust_mlp.inspection._read.input_parts import InputParts
from robust_mlp.inspection._rules.findings import Findings
from robust_mlp.keras_classifier.fit import keep_loss_mass
from robust_mlp.keras_classifier.heads import HeadChoice
from robust_mlp.keras_classifier.labels import ClassLabels
from robust_mlp.keras_classifier.network_factory import NetworkRecipe
from robust_mlp.keras_classifier.run_attempt import TrainedNetwork
from robust_mlp.keras_classifier.scaling import SCALES, ColumnScaler
from robust_mlp.keras_classifier.training import put_weights
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    Array,
    Flag,
    Mapping,
    Maybe,
    Number,
    Pair,
    Record,
    Several,
    Text,
    Vector,
    Whole,
    read_fields,
)
from robust_mlp.persistence.file_format.fit import CHANGES, FINDING, REPORT
from robust_mlp.persistence.file_format.keras_config import KIND, KerasConfig, foreign_class
from robust_mlp.persistence.file_format.model_file import write_model_file
from robust_mlp.persistence.file_format.optimizer import Optimizer
from robust_mlp.persistence.file_format.parameters import names_left_out, write_parameters
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.values import Labels, read_value

# In the place of the user's function there is the network.
_NETWORK_PARAMETERS = ("model", "build_fn")
# Parameters that scikeras routes.
_ROUTED = re.compile(r"(?:model|optimizer|loss|metrics|callbacks|fit|predict|compile)(?:__\w{1,100})+")
_NUMBER_KINDS = re.compile(r"\|b1|[<>|=]?[iuf][1248]|[<>]?[US]\d{1,6}|\|?O|object|str|bool|u?int\d{1,2}|float\d{2}")

_PAIR = Maybe(Pair(Number(is_finite=False)))
_INPUTS = Record(
    InputParts, {"names": Several(Text()), "shapes": Several(Several(Whole(1))), "dtypes": Several(Text())}
)
_PARTS: dict[str, Any] = {
    "network": KerasConfig(),
    "weights": Several(Array(), list),
    "fixed": Several(Array(), list),
    "slots": Maybe(Several(Array(), list)),
    "loss": Maybe(KerasConfig()),
    "optimizer": Maybe(Optimizer()),
    "head": Record(
        HeadFacts,
        {
            "units": Whole(1),
            "chain": Several(Text()),
            "layer": Text(),
            "dropout_after": Number(),
            "is_read_from_outputs": Flag(),
            "row_sum": _PAIR,
            "output_range": _PAIR,
        },
    ),
    "loss_facts": Record(
        LossFacts,
        {
            "name": Text(),
            "family": Text(),
            "from_logits": Flag(),
            "label_smoothing": Number(),
            "ignore_class": Maybe(Whole(-(2**31), 2**31)),
        },
    ),
    "units": Whole(1),
    "seed": Maybe(Whole()),
    "offsets": Vector(),
    "label_kind": Text(("vector", "one_hot", "multilabel")),
    "target_type": Text(),
    "classes": Labels(),
    "scale": Maybe(Text(tuple(scale for scale in SCALES if scale))),
    "center": Array(FLOATS, 1),
    "divisor": Array(FLOATS, 1, may_be_infinite=True),
    "as_is": Several(Whole()),
    "commonest": Several(Number(), list),
    "is_double": Flag(),
    "inputs": Maybe(_INPUTS),
    "row_shape": Several(Whole(1)),
    "n_rows": Whole(),
    "dtypes": Several(Text()),
    "y_ndim": Whole(),
    "feature_names": Maybe(Several(Text(), list)),
    "inspection": Several(FINDING),
    "history": Mapping(Several(Number(is_finite=False), list)),
    "report": REPORT,
    "n_restarts": Whole(),
    "overridden": CHANGES,
    "loss_mass": Maybe(Vector()),
    "left_out": Several(Text()),
}


def write(clf, path, leave_out=()):
    """Write the model file of a fitted classifier; parameters and errors are those of `save_model`."""
    write_model_file(path, KIND, lambda arrays: describe(clf, arrays, leave_out))


def describe(clf, arrays, leave_out=()):
    """The description of a fitted classifier.

    Parameters
    ----------
    clf : GuardedKerasClassifier
    arrays : ArraysOut
        Takes its arrays.
    leave_out : sequence of str, default=()
        Parameters that are not to be written.

    Returns
    -------
    content : dict

    Raises
    ------
    NotFittedError
        If it is not fitted.
    ModelFileError
        For what a model file cannot hold.
    """
    check_is_fitted(clf)
    trained, model, labels, scaler = clf._trained, clf.model_, clf._labels, clf.feature_encoder_
    if type(scaler) is not ColumnScaler:
        raise ModelFileError(f"feature_encoder_ is a {type(scaler).__name__}; a model file holds a ColumnScaler only.")
    loss = trained.choice.loss if trained.choice.right is not None else model.loss
    typed = clf.get_params(deep=False)
    leave_out = names_left_out(leave_out, typed, _NETWORK_PARAMETERS)
    parameters = write_parameters(typed, leave_out.union(_NETWORK_PARAMETERS))
    config = json.loads(model.to_json())
    config.pop("compile_config", None)
    is_compiled = getattr(model, "optimizer", None) is not None
    values = {
        "network": config,
        "weights": trained.weights,
        "fixed": trained.fixed,
        "slots": trained.slots,
        "loss": None if loss is None or "loss" in leave_out else _loss_config(loss),
        "optimizer": (
            keras.optimizers.serialize(model.optimizer) if is_compiled and "optimizer" not in leave_out else None
        ),
        "head": trained.choice.head,
        "loss_facts": trained.choice.facts,
        "units": trained.choice.units,
        "seed": trained.recipe.seed,
        "offsets": trained.offsets,
        "label_kind": labels.kind,
        "target_type": labels.target_type,
        "classes": labels.classes,
        "scale": scaler.scale,
        "center": scaler.center_,
        "divisor": scaler.divisor_,
        "as_is": scaler.as_is if scaler.scale is not None else (),
        "commonest": getattr(scaler, "_commonest", ()),
        "is_double": getattr(scaler, "_dtype", np.float32) is np.float64,
        "inputs": clf._parts,
        "row_shape": clf.X_shape_[1:],
        "n_rows": clf.X_shape_[0],
        "dtypes": (str(clf.X_dtype_), np.dtype(clf.y_dtype_).str),
        "y_ndim": clf.y_ndim_,
        "feature_names": getattr(clf, "feature_names_in_", None),
        "inspection": clf.inspection_,
        "history": clf.history_,
        "report": clf.report_,
        "n_restarts": clf.n_restarts_,
        "overridden": clf.overridden_,
        "loss_mass": clf._loss_mass,
        "left_out": tuple(sorted(leave_out)),
    }
    place = Place()
    content = {name: codec.write(values[name], place / name, arrays) for name, codec in _PARTS.items()}
    return content | {"parameters": parameters}


def _loss_config(loss):
    """A loss as Keras' own name or configuration."""
    config = loss if isinstance(loss, str) else keras.losses.serialize(loss)
    name = getattr(loss, "__name__", "")
    if name and getattr(keras.losses, name, None) is loss:
        config = name
    if foreign_class(config) or (isinstance(config, str) and not hasattr(keras.losses, config)):
        raise ModelFileError(
            f"The loss {getattr(loss, '__name__', loss)!r} is none of Keras' own. Pass leave_out=['loss'] to write the "
            "classifier without it: it predicts the same, and cannot be trained further."
        )
    return config


def restore(content, arrays, kind):
    """The classifier that was described.

    Parameters
    ----------
    content : dict
        As from a file.
    arrays : ArraysIn
    kind : type
        GuardedKerasClassifier, which imports this module.

    Returns
    -------
    clf : GuardedKerasClassifier

    Raises
    ------
    ModelFileError
    """
    place = Place()
    rest = {name: value for name, value in content.items() if name != "parameters"}
    found = read_fields(_PARTS, set(_PARTS), rest, place, arrays)
    if arrays.left:
        raise ModelFileError(f"is no valid model file: nothing needs its array {arrays.left[0]!r}.")
    parameters = _read_parameters(content.get("parameters"), place / "parameters", kind)
    model = _network(found, place)
    clf = kind(model, **parameters)
    clf.__dict__.update(_attributes(found, place), _keras_model=model)
    keep_loss_mass(clf, found["loss_mass"])
    return clf


def _read_parameters(data, place, kind):
    if not isinstance(data, dict):
        raise place.refuse(data, "an object")
    own = set(inspect.signature(kind.__init__).parameters) - {"self", "kwargs", *_NETWORK_PARAMETERS}
    for name in data:
        if name not in own and _ROUTED.fullmatch(name) is None:
            raise place.refuse(name, "an object of the classifier's parameters")
    return {name: read_value(value, place / name) for name, value in data.items()}


def _network(found, place):
    """The network, compiled where the file says how."""
    model = keras.saving.deserialize_keras_object(found["network"], safe_mode=True)
    if not isinstance(model, keras.Model):
        raise (place / "network").refuse(type(model).__name__, "a network")
    for name, variables in (("weights", model.trainable_variables), ("fixed", model.non_trainable_variables)):
        shapes = [(tuple(variable.shape), str(variable.dtype)) for variable in variables]
        if shapes != [(array.shape, str(array.dtype)) for array in found[name]]:
            raise (place / name).refuse("others", "arrays of the network's variables")
    put_weights(model, found["weights"], found["fixed"])
    if found["loss"] is not None and found["optimizer"] is not None:
        model.compile(optimizer=keras.optimizers.deserialize(found["optimizer"]), loss=keras.losses.get(found["loss"]))
    return model


def _attributes(found, place):
    """The fitted attributes."""
    if not all(_NUMBER_KINDS.fullmatch(text) for text in found["dtypes"]) or len(found["dtypes"]) != 2:
        raise (place / "dtypes").refuse(found["dtypes"], "two dtypes of numbers or texts")
    labels = ClassLabels(found["label_kind"], found["classes"], found["target_type"])
    scaler = ColumnScaler(found["scale"], as_is=found["as_is"])
    scaler.center_, scaler.divisor_ = found["center"], found["divisor"]
    scaler._commonest, scaler._dtype = found["commonest"], np.float64 if found["is_double"] else np.float32
    if len(scaler._commonest) != len(scaler.as_is) or any(j >= len(scaler.center_) for j in scaler.as_is):
        raise (place / "as_is").refuse("others", "columns of the table, with a commonest code each")
    if len(scaler.center_) != len(scaler.divisor_) or not (scaler.divisor_ > 0).all():
        raise (place / "divisor").refuse("others", "as many positive numbers as center")
    shape = found["row_shape"]
    if len(scaler.center_) not in (1, shape[0] if len(shape) == 1 else 1):
        raise (place / "center").refuse(len(scaler.center_), "a number for each column")
    trained = TrainedNetwork(
        recipe=NetworkRecipe(seed=found["seed"], row_shape=shape, parts=found["inputs"]),
        choice=HeadChoice(found["units"], None, found["loss_facts"], found["head"]),
        scaler=scaler,
        weights=found["weights"],
        fixed=found["fixed"],
        slots=found["slots"],
        history=found["history"],
        n_classes=labels.n_classes,
        offsets=found["offsets"],
    )
    attributes = {
        "n_features_in_": shape[0] if shape else 1,
        "X_shape_": (found["n_rows"], *shape),
        "X_dtype_": np.dtype(found["dtypes"][0]),
        "y_dtype_": np.dtype(found["dtypes"][1]),
        "y_ndim_": found["y_ndim"],
        "_labels": labels,
        "classes_": labels.classes,
        "n_classes_": labels.n_classes,
        "target_type_": labels.target_type,
        "target_encoder_": labels,
        "n_outputs_": 1,
        "n_outputs_expected_": 1,
        "inspection_": Findings(found["inspection"]),
        "_scale": found["scale"],
        "_as_is": found["as_is"],
        "_parts": found["inputs"],
        "feature_encoder_": scaler,
        "_trained": trained,
        "history_": found["history"],
        "report_": found["report"],
        "n_restarts_": found["n_restarts"],
        "overridden_": found["overridden"],
    }
    if (parts := found["inputs"]) is not None:
        _check_inputs(parts, shape, place / "inputs")
        attributes["input_shapes_"] = dict(zip(parts.names, parts.shapes, strict=True)) if parts.names else parts.shapes
    if found["feature_names"] is not None:
        attributes["feature_names_in_"] = np.array(found["feature_names"], dtype=object)
    return attributes


def _check_inputs(parts, shape, place):
    """Raise if the arrays of several inputs, side by side, are not the rows."""
    n_parts = len(parts.shapes)
    if len(parts.dtypes) != n_parts or len(parts.names) not in (0, n_parts) or n_parts == 0:
        raise place.refuse("others", "a shape, a dtype and a name for each input")
    if not all(_NUMBER_KINDS.fullmatch(text) for text in parts.dtypes):
        raise (place / "dtypes").refuse(parts.dtypes, "dtypes of numbers")
    if sum(math.prod(part) for part in parts.shapes) != math.prod(shape):
        raise (place / "shapes").refuse(parts.shapes, f"parts of {math.prod(shape)} columns")
