"""A `PriorShiftClassifier` around a `RobustMLPClassifier` as the description in a model file, and back as plain values.

Builds none of its records: they lie above this folder."""

from typing import Any

from robust_mlp.exceptions import ModelFileError
from robust_mlp.persistence.file_format import classifier
from robust_mlp.persistence.file_format.codecs import (
    FLOATS,
    Array,
    Flag,
    Maybe,
    Number,
    Text,
    Vector,
    Whole,
    read_fields,
)
from robust_mlp.persistence.file_format.places import Place
from robust_mlp.persistence.file_format.values import UnwritableError, read_value, write_value

KIND = "PriorShiftClassifier"
_PARAMETERS = ("method", "calibrate", "prior", "alpha", "confidence")

# Fields of the records in the attributes, by the name of the attribute.
RECORDS: dict[str, dict[str, Any]] = {
    "_source": {
        "prior": Vector(),
        "n_rows": Number(is_finite=False),
        "mean": Maybe(Vector()),
        "covariance": Maybe(Array(FLOATS, 2)),
        "mean_by_class": Maybe(Array(FLOATS, 2)),
        "covariance_within": Maybe(Array(FLOATS, 2)),
        "n_by_class": Maybe(Vector()),
    },
    "_calibration": {"slope": Number(), "offsets": Vector(), "floor": Number()},
    "shift_test_": {
        "statistic": Number(is_finite=False),
        "degrees": Whole(),
        "p_value": Number(),
        "is_shifted": Flag(),
        "reason": Text(),
    },
}
ATTRIBUTES: dict[str, Any] = {
    "source_prior_": Vector(),
    "probability_prior_": Vector(),
    "target_prior_": Vector(),
    "target_prior_interval_": Array(FLOATS, 2, may_be_nan=True),
    "offsets_": Vector(),
}
# Those of the inner classifier, taken from it anew.
_OF_INNER = {"estimator_", "n_features_in_", "feature_names_in_"}


def describe(shifted, arrays, leave_out=(), rows=True):
    """The description of a fitted classifier.

    Parameters
    ----------
    shifted : PriorShiftClassifier
        Around a RobustMLPClassifier, which its caller has looked at.
    arrays : ArraysOut
        Takes its arrays.
    leave_out : sequence of str, default=()
        Of the inner classifier, as in `classifier.describe`.
    rows : bool, default=True
        Of the inner classifier, as in `classifier.describe`.

    Returns
    -------
    content : dict

    Raises
    ------
    NotFittedError
        If neither it nor the inner classifier is fitted.
    ModelFileError
        For what a model file cannot hold.
    """
    place = Place() / "shift"
    inner = getattr(shifted, "estimator_", shifted.estimator)
    own = {name: value for name, value in vars(shifted).items() if name not in (*_PARAMETERS, "estimator", *_OF_INNER)}
    unknown = sorted(set(own) - {*ATTRIBUTES, *RECORDS})
    if unknown:
        raise ModelFileError(
            f"A model file does not know these attributes of the classifier: {', '.join(unknown)}. Delete them."
        )
    try:
        parameters = {name: write_value(getattr(shifted, name)) for name in _PARAMETERS}
    except UnwritableError as error:
        raise ModelFileError(f"A model file holds values and arrays, and no code: {error}.") from error
    return {
        "classifier": classifier.describe(inner, arrays, leave_out, rows),
        "parameters": parameters,
        "has_estimator": hasattr(shifted, "estimator_"),
        "was_fitted": inner is shifted.estimator,
        "attributes": {
            name: codec.write(own[name], place / name.strip("_"), arrays)
            for name, codec in ATTRIBUTES.items()
            if name in own
        },
        "records": {
            name: None if own[name] is None else _write_record(own[name], codecs, place / name.strip("_"), arrays)
            for name, codecs in RECORDS.items()
            if name in own
        },
    }


def _write_record(value, codecs, place, arrays):
    return {name: codec.write(getattr(value, name), place / name, arrays) for name, codec in codecs.items()}


def restore(content, arrays, n_classes_of):
    """Plain values of a description.

    Parameters
    ----------
    content : dict
        As from a file.
    arrays : ArraysIn
    n_classes_of : callable
        From the description of the inner classifier to (the inner classifier, number of classes). Called last, so that
        it finds which arrays nobody took.

    Returns
    -------
    values : dict
        With the keys "inner", "parameters", "has_estimator", "was_fitted", "attributes" and "records"; records are
        dicts of their fields, or None.

    Raises
    ------
    ModelFileError
    """
    place = Place() / "shift"
    keys = {"classifier", "parameters", "has_estimator", "was_fitted", "attributes", "records"}
    if set(content) != keys or not all(isinstance(content[key], dict) for key in ("classifier", "parameters")):
        raise place.refuse(sorted(content), f"an object with the keys {', '.join(sorted(keys))}")
    found = {name: Flag().read(content[name], place / name, arrays) for name in ("has_estimator", "was_fitted")}
    if set(content["parameters"]) != set(_PARAMETERS):
        raise (place / "parameters").refuse(sorted(content["parameters"]), f"an object with {', '.join(_PARAMETERS)}")
    found["parameters"] = {
        name: read_value(value, place / "parameters" / name) for name, value in content["parameters"].items()
    }
    found["attributes"] = _read_parts(ATTRIBUTES, content["attributes"], place, arrays)
    records = {name: Maybe(_Fields(codecs)) for name, codecs in RECORDS.items()}
    found["records"] = _read_parts(records, content["records"], place, arrays)
    found["inner"], n_classes = n_classes_of(content["classifier"])
    for where, array in _arrays_in(found):
        if array is not None and set(array.shape) - {n_classes, 2 if where == "target_prior_interval_" else n_classes}:
            raise (place / where).refuse(array.shape, f"numbers of {n_classes} classes")
    return found


class _Fields:
    """Codec of the fields of a record; only read."""

    def __init__(self, codecs):
        self.codecs = codecs

    def read(self, data, place, arrays):
        return read_fields(self.codecs, set(self.codecs), data, place, arrays)


def _read_parts(codecs, data, place, arrays):
    """As `read_fields` without needed keys, at places without the underscores of their names."""
    if not isinstance(data, dict):
        raise place.refuse(data, "an object")
    for name in data:
        if name not in codecs:
            raise place.refuse(name, f"an object with other keys than that: {', '.join(codecs)}")
    return {
        name: codec.read(data[name], place / name.strip("_"), arrays) for name, codec in codecs.items() if name in data
    }


def _arrays_in(found):
    """(name, ndarray or None) of everything that has an entry for each class."""
    yield from found["attributes"].items()
    for fields in found["records"].values():
        for name, value in (fields or {}).items():
            if hasattr(value, "shape"):
                yield name, value
