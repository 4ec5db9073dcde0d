"""A fitted `RobustMLPClassifier` as the description in a model file, and back as parameters and attributes.

Looks at attributes only; builds no classifier. What a file cannot hold is an error that names it, never left out in
silence."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._prediction.rare_levels import without_rare_levels
from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    WHOLES,
    Array,
    Mapping,
    Maybe,
    Number,
    Several,
    Text,
    Vector,
    Whole,
    read_fields,
)
from robust_mlp.persistence.file_format.fit import CHANGES, DECISION, PLAN, REPORT
from robust_mlp.persistence.file_format.network import Fitted
from robust_mlp.persistence.file_format.optimizer import foreign_part
from robust_mlp.persistence.file_format.parameters import names_left_out, write_parameters
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.stream import read_training, write_training
from robust_mlp.persistence.file_format.table import RANGES, Columns
from robust_mlp.persistence.file_format.values import Labels, read_value

KIND = "RobustMLPClassifier"


@dataclass(frozen=True)
class _RowNumbers:
    """Codec of `sample_indices_`: an array, or a list of one for each member."""

    def write(self, value, place, arrays):
        if isinstance(value, list):
            return Several(Array(WHOLES, 1)).write(value, place, arrays)
        return Array(WHOLES, 1).write(value, place, arrays)

    def read(self, data, place, arrays):
        if isinstance(data, list):
            return Several(Array(WHOLES, 1), list).read(data, place, arrays)
        return Array(WHOLES, 1).read(data, place, arrays)


_CURVE = Several(Maybe(Number(is_finite=False)), list)
# Attributes whose codec needs nothing else. `_keep` of robust_mlp._fit sets them.
ATTRIBUTES: dict[str, Any] = {
    "class_prior_": Vector(),
    "probability_prior_": Vector(),
    "decision_offsets_": Vector(),
    "temperature_": Number(),
    "n_iter_": Whole(),
    "n_members_": Whole(1),
    "n_additive_members_": Whole(),
    "n_radial_members_": Whole(),
    "n_mixed_effects_members_": Whole(),
    "n_restarts_": Whole(),
    "overridden_": CHANGES,
    "loss_curve_": Several(Number(is_finite=False), list),
    "best_loss_": Number(is_finite=False),
    "validation_scores_": Maybe(_CURVE),
    "best_validation_score_": Maybe(Number(is_finite=False)),
    "history_": Mapping(_CURVE),
    "out_activation_": Text(("softmax",)),
    "_class_mass": Vector(),
    "_plan": PLAN,
    "_first_plan": PLAN,
    "_decision": Maybe(DECISION),
    "_ranges": RANGES,
    "report_": REPORT,
    "sample_indices_": _RowNumbers(),
    "oof_decision_function_": Array(FLOATS, 2, may_be_nan=True),
    "feature_importances_": Vector(),
}
# Without these nothing can be predicted or trained on.
NEEDED = {
    "class_prior_", "probability_prior_", "decision_offsets_", "temperature_", "n_iter_", "n_members_",
    "n_additive_members_", "n_radial_members_", "overridden_", "loss_curve_", "best_loss_", "out_activation_", "_plan",
    "_decision",
}  # fmt: skip
# Nor can these be left out where they are there: `partial_fit` counts on.
NEEDED_LATER = {"_class_mass"}
# What there is for each training row.
OF_ROWS = {"sample_indices_", "oof_decision_function_"}
# They have parts of the file of their own.
APART = {"classes_", "n_features_in_", "feature_names_in_", "_reader", "_fitted", "_partial"}
# Built anew when asked for; and labels of columns that are no text, of whatever type.
REBUILT = {"_keras_model", "_column_labels"}


@dataclass
class Restored:
    """What a description says: parameters of the constructor, attributes, and the state of `partial_fit` or None."""

    parameters: dict[str, Any]
    attributes: dict[str, Any]
    training: dict[str, Any] | None = None
    left_out: tuple[str, ...] = field(default_factory=tuple)


def describe(clf, arrays, leave_out=(), rows=True):
    """The description of a fitted classifier.

    Parameters
    ----------
    clf : RobustMLPClassifier
    arrays : ArraysOut
        Takes its arrays.
    leave_out : sequence of str, default=()
        Parameters and attributes that are not to be written.
    rows : bool, default=True
        Whether to write `OF_ROWS`, and levels that no prediction depends on.

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
    known = {*clf.get_params(deep=False), *vars(clf)}
    leave_out = names_left_out(leave_out, known, NEEDED | NEEDED_LATER | APART - {"_partial"})
    if clf.checkpoint is not None:  # a path of the machine on which the classifier was fitted
        leave_out |= {"checkpoint"}
    network = clf._fitted
    if not rows:
        leave_out |= OF_ROWS & set(vars(clf))
        network = without_rare_levels(network)
    place = Place()
    parameters = write_parameters(clf.get_params(deep=False), leave_out)
    _refuse_unknown_attributes(clf, leave_out)
    present = {name: vars(clf)[name] for name in ATTRIBUTES if name in vars(clf) and name not in leave_out}
    present.update({name: plan for name, plan in _plans_without(clf, leave_out).items() if name in present})
    names = None if not hasattr(clf, "feature_names_in_") else [str(name) for name in clf.feature_names_in_]
    reading = Columns().write(network.encoding.reader, place / "table", arrays)
    return {
        "classes": Labels().write(clf.classes_, place / "classes", arrays),
        "features": {"number": int(clf.n_features_in_), "names": names},
        "table": reading,
        "network": Fitted().write(network, place / "network", arrays),
        "parameters": parameters,
        "left_out": sorted(leave_out),
        "attributes": {
            name: ATTRIBUTES[name].write(value, place / "attributes" / _key(name), arrays)
            for name, value in present.items()
        },
        "training": None if "_partial" in leave_out else _write_training(clf, rows, place / "training", arrays),
    }


def _key(name):
    """The name of an attribute as a part of an entry's name."""
    return name.strip("_")


def _plans_without(clf, leave_out):
    """{attribute: plan} without what was left out: plans hold the optimizer and the schedule as they were typed."""
    return {name: _without(getattr(clf, name), leave_out) for name in ("_plan", "_first_plan") if hasattr(clf, name)}


def _without(plan, leave_out):
    """The plan with its default for an optimizer or a schedule that was left out and holds code.

    The settings of one of Keras' optimizers hold none: a training goes on with them.
    """
    defaults = TrainingPlan()
    changes = {}
    if "optimizer" in leave_out and foreign_part(plan.optimizer):
        changes["optimizer"] = defaults.optimizer
    if "learning_rate_schedule" in leave_out and callable(plan.learning_rate_schedule):
        changes["learning_rate_schedule"] = defaults.learning_rate_schedule
    return replace(plan, **changes)


def _refuse_unknown_attributes(clf, leave_out):
    known = {*clf.get_params(deep=False), *ATTRIBUTES, *APART, *REBUILT, *leave_out}
    unknown = sorted(set(vars(clf)) - known)
    if unknown:
        raise ModelFileError(
            f"A model file does not know these attributes of the classifier: {', '.join(unknown)}. Delete them, or "
            f"pass leave_out={unknown!r} to write it without them."
        )


def _write_training(clf, rows, place, arrays):
    """What `partial_fit` keeps, or None."""
    training = getattr(clf, "_partial", None)
    return None if training is None else write_training(training, rows, place, arrays)


def restore(content, arrays):
    """Parameters and attributes of a classifier that was described.

    Parameters
    ----------
    content : dict
        As from a file.
    arrays : ArraysIn

    Returns
    -------
    restored : Restored

    Raises
    ------
    ModelFileError
    """
    place = Place()
    keys = ("classes", "features", "table", "network", "parameters", "left_out", "attributes", "training")
    if set(content) != set(keys):
        raise place.refuse(sorted(content), f"an object with the keys {', '.join(keys)}")
    classes = Labels().read(content["classes"], place / "classes", arrays)
    reader = Columns().read(content["table"], place / "table", arrays)
    attributes = _read_attributes(content["attributes"], place / "attributes", arrays)
    attributes |= _read_features(content["features"], place / "features", reader)
    attributes |= {"classes_": classes, "_reader": reader}
    network = Fitted().read(content["network"], place / "network", arrays, reader, len(classes))
    attributes["_fitted"] = network
    _check_attributes(attributes, place / "attributes")
    training = content["training"]
    if training is not None:
        training = read_training(training, place / "training", arrays, reader, len(classes))
    left_out = Several(Text()).read(content["left_out"], place / "left_out", arrays)
    if arrays.left:
        raise ModelFileError(f"is no valid model file: nothing needs its array {arrays.left[0]!r}.")
    parameters = content["parameters"]
    if not isinstance(parameters, dict):
        raise (place / "parameters").refuse(parameters, "an object")
    parameters = {name: read_value(value, place / "parameters" / name) for name, value in parameters.items()}
    return Restored(parameters, attributes, training, left_out)


def _read_attributes(data, place, arrays):
    if not isinstance(data, dict):
        raise place.refuse(data, "an object")
    for name in data:
        if name not in ATTRIBUTES:
            raise place.refuse(name, f"an object with other keys than that: {', '.join(ATTRIBUTES)}")
    missing = sorted(NEEDED - set(data))
    if missing:
        raise place.refuse(sorted(data), f"an object with the key {missing[0]!r}")
    return {
        name: codec.read(data[name], place / _key(name), arrays) for name, codec in ATTRIBUTES.items() if name in data
    }


def _read_features(data, place, reader):
    """`n_features_in_`, and `feature_names_in_` where columns had names."""
    keys = {"number": Whole(1), "names": Maybe(Several(Text(), list))}
    found = read_fields(keys, set(keys), data, place, None)
    if found["number"] != reader.n_features:
        raise (place / "number").refuse(found["number"], f"{reader.n_features}, the number of inputs")
    if found["names"] is None:
        return {"n_features_in_": found["number"]}
    if len(found["names"]) != found["number"]:
        raise (place / "names").refuse(found["names"], f"a list of {found['number']} names")
    return {"n_features_in_": found["number"], "feature_names_in_": np.array(found["names"], dtype=object)}


def _check_attributes(attributes, place):
    """Raise where an attribute does not fit the classes, the columns or the network."""
    n_classes, n_columns = len(attributes["classes_"]), len(attributes["_reader"].kinds)
    expected = {"class_prior_": n_classes, "probability_prior_": n_classes, "decision_offsets_": n_classes}
    expected |= {"_class_mass": n_classes, "feature_importances_": attributes["n_features_in_"]}
    for name, length in expected.items():
        if name in attributes and len(attributes[name]) != length:
            raise (place / name).refuse(len(attributes[name]), f"a list of {length} numbers")
    ranges, decision = attributes.get("_ranges"), attributes["_decision"]
    if ranges is not None and any(len(values) != n_columns for values in vars(ranges).values()):
        raise (place / "_ranges").refuse("others", f"arrays of {n_columns} numbers")
    if decision is not None and not _fits(decision, n_classes):
        raise (place / "_decision").refuse("others", f"offsets and costs of {n_classes} classes")
    out_of_fold = attributes.get("oof_decision_function_")
    if out_of_fold is not None and out_of_fold.shape[1] != n_classes:
        raise (place / "oof_decision_function_").refuse(out_of_fold.shape, f"an array with {n_classes} columns")
    network = attributes["_fitted"]
    if attributes["n_members_"] != network.weights.n_members:
        raise (place / "n_members_").refuse(attributes["n_members_"], f"{network.weights.n_members}")


def _fits(decision, n_classes):
    """Whether the arrays of a decision are those of so many classes."""
    has_costs = decision.costs is not None
    if has_costs and (decision.costs.shape != (n_classes, n_classes) or decision.honest_offsets is None):
        return False
    is_long_enough = decision.honest_offsets is None or len(decision.honest_offsets) == n_classes
    return len(decision.offsets) == n_classes and is_long_enough
