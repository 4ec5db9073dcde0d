"""The encoding in a Keras model: from raw columns to what the network is given.

The same numbers as `Encoding.transform`, in the same precision: computed in float64, stored in float32. Keras' own
layers and operations only, so that a file of the model loads without this package. Knows no network."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from robust_mlp._data.encoding import WEIGHT_BESIDE_PIECES
from robust_mlp._data.number_scales import LARGEST_STANDARDIZED, SMOOTH_CLIP
from robust_mlp.persistence.export.keras_calendar import date_columns
from robust_mlp.persistence.export.raw_columns import (
    DATES,
    FLOAT32_MAX,
    INTEGERS,
    LARGEST_SAFE_DIFFERENCE,
    MISSING_INTEGER,
    TEXTS,
    places_of_values,
)

# What `StringLookup` calls unknown texts; no level may have this name.
UNKNOWN_TOKEN = "[UNK]"


@dataclass(frozen=True, eq=False)
class EncodedTensors:
    """The parts of encoded rows.

    Attributes
    ----------
    plain : KerasTensor of shape (n_rows, n_plain), float32, or None
        All outputs but codes. None where there are none.
    codes : tuple of KerasTensor of shape (n_rows,), int32
        Of each embedded category, then of each number whose values have codes.
    """

    plain: object
    codes: tuple


def encode(table, inputs, missing_texts):
    """Encode raw columns.

    Parameters
    ----------
    table : RawTable
    inputs : list of KerasTensor
        One for each column, of shape (n_rows, 1), or the matrix.
    missing_texts : sequence of str
        Texts that stand for a missing value.

    Returns
    -------
    rows : EncodedTensors
    """
    numbers, categories = _raw_values(table, inputs)
    of_levels = [column for column in table.columns if column.levels is not None]
    places = {
        column.name: _places(column, value, missing_texts) for column, value in zip(of_levels, categories, strict=True)
    }
    parts = _encoded_numbers(table.encoding, numbers) if table.encoding.numbers.size else []
    for column in table.one_hot:
        if column.levels.width:  # place 0 becomes -1, of which all outputs are 0
            place = ops.subtract(places[column.name], 1)
            parts.append(ops.one_hot(place, column.levels.width, dtype="float32"))
    codes = [places[column.name] for column in table.embedded]
    if table.encoding.values:
        codes += _codes_of_values(table.encoding, numbers)
    return EncodedTensors(_side_by_side(parts, "float32"), tuple(codes))


def _side_by_side(parts, dtype):
    """Matrices beside each other; None where there are none."""
    if len(parts) > 1:
        return keras.layers.Concatenate(dtype=dtype)(parts)
    return parts[0] if parts else None


def _raw_values(table, inputs):
    """(all numbers as float64 (n_rows, n_numbers) or None, the categories' columns (n_rows, 1))."""
    if table.is_matrix:
        matrix, encoding = inputs[0], table.encoding
        places = [j for j, column in enumerate(table.columns) if column.levels is not None]
        categories = [ops.take(matrix, np.array([j]), axis=1) for j in places]
        if encoding.numbers.size == len(table.columns):
            return matrix, []
        return (ops.take(matrix, encoding.numbers, axis=1) if encoding.numbers.size else None), categories
    numbers, categories = [], []
    for column, value in zip(table.columns, inputs, strict=True):
        if column.kind == DATES:
            numbers.append(date_columns(value, column.reader))
        elif column.kind == INTEGERS:
            numbers.append(_difference(value, column.reader.origin))
        elif column.levels is not None:
            categories.append(value)
        else:
            numbers.append(value)
    return _side_by_side(numbers, "float64"), categories


def _difference(value, origin):
    """Whole numbers less `origin`, exactly wherever float64 can hold it: float64 (n_rows, 1), NaN where missing."""
    exact = ops.cast(ops.subtract(value, origin), "float64")
    near = ops.subtract(ops.cast(value, "float64"), float(origin))
    difference = ops.where(ops.less(ops.abs(near), LARGEST_SAFE_DIFFERENCE), exact, near)
    return ops.where(ops.equal(value, MISSING_INTEGER), np.array([np.nan]), difference)


def _places(column, value, missing_texts):
    """The place of each row's level: int32 of shape (n_rows,)."""
    value = ops.reshape(value, (-1,)) if column.kind != TEXTS else value
    if column.kind != TEXTS:
        return _places_of_numbers(column.levels, value)
    texts, places = column.levels.with_missing(missing_texts)
    # A table without texts is none: this one changes nothing, as it leads where all others lead.
    texts, places = (texts, places) if texts else ([""], [column.levels.unknown])
    token = UNKNOWN_TOKEN
    while token in texts:
        token += "_"
    number = keras.layers.StringLookup(vocabulary=texts, mask_token=None, oov_token=token)(value)
    of_number = np.array([column.levels.unknown, *places], dtype=np.int32)
    return ops.take(of_number, ops.reshape(number, (-1,)), axis=0)


def _places_of_numbers(levels, value):
    """The place of each number among levels."""
    order = np.argsort(levels.levels)
    sorted_levels = np.array(levels.levels, dtype=np.float64)[order]
    # A last place for numbers above all levels, which are none of them.
    places = np.append(levels.places[order], levels.unknown).astype(np.int32)
    found = ops.searchsorted(sorted_levels, value)
    level = ops.take(np.append(sorted_levels, np.inf), found, axis=0)
    place = ops.where(ops.equal(level, value), ops.take(places, found, axis=0), levels.unknown)
    return ops.where(ops.isnan(value), levels.missing, place)


def _codes_of_values(encoding, numbers):
    """The codes of values: list of int32 tensors of shape (n_rows,)."""
    codes = []
    for i, values in zip(encoding.coded, encoding.values, strict=True):
        x = ops.reshape(ops.take(numbers, np.array([i]), axis=1), (-1,))
        codes.append(_places_of_numbers(places_of_values(values), ops.cast(ops.cast(x, "float32"), "float64")))
    return codes


def _bent(bend, numbers):
    """Numbers, or their signed logarithm."""
    is_bent = np.isfinite(bend)
    size = ops.divide(ops.abs(numbers), np.where(is_bent, bend, 1.0))
    return ops.where(is_bent, ops.multiply(ops.log1p(size), ops.sign(numbers)), numbers)


def _encoded_numbers(encoding, numbers):
    """Scaled numbers, missing flags and pieces, float32."""
    z = numbers if encoding.bend is None else _bent(encoding.bend, numbers)
    z = ops.divide(ops.subtract(z, encoding.center), encoding.divisor)
    z = ops.where(ops.isnan(z), encoding.fill, z)
    limit = FLOAT32_MAX if encoding.scale is None else LARGEST_STANDARDIZED
    z = ops.clip(z, -limit, limit)
    if encoding.scale == "robust":
        z = ops.divide(z, ops.sqrt(ops.add(ops.divide(ops.square(z), SMOOTH_CLIP**2), 1.0)))
    scaled = ops.multiply(z, WEIGHT_BESIDE_PIECES) if encoding.pieced.size else z
    parts = [ops.cast(scaled, "float32")]
    if encoding.flagged.size:
        parts.append(ops.cast(ops.isnan(ops.take(numbers, encoding.flagged, axis=1)), "float32"))
    if encoding.pieced.size:
        reach = ops.subtract(ops.take(z, encoding.pieced, axis=1), encoding.piece_low)
        reach = ops.clip(ops.divide(reach, encoding.piece_width), 0.0, 1.0)
        parts.append(ops.cast(ops.subtract(reach, 0.5), "float32"))
    return parts
