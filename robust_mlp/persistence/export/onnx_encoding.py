"""The encoding in an ONNX graph: from raw columns to what the network is given.

The same numbers as `Encoding.transform`, in the same precision: computed in float64, stored in float32. Knows no
network."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._data.encoding import WEIGHT_BESIDE_PIECES
from robust_mlp._data.number_scales import LARGEST_STANDARDIZED, SMOOTH_CLIP
from robust_mlp.persistence.export.onnx_calendar import date_columns
from robust_mlp.persistence.export.onnx_graph import BOOL, FLOAT32, FLOAT64, INT64, ML_DOMAIN
from robust_mlp.persistence.export.raw_columns import (
    DATES,
    FLOAT32_MAX,
    INTEGERS,
    LARGEST_SAFE_DIFFERENCE,
    MISSING_INTEGER,
    TEXTS,
    places_of_values,
)


@dataclass(frozen=True)
class EncodedRows:
    """Names of the parts of encoded rows.

    Attributes
    ----------
    plain : str or None
        Shape (n_rows, n_plain), float32: all outputs but codes. None where there are none.
    codes : tuple of str
        Of each embedded category, then of each number whose values have codes: shape (n_rows,), int64.
    """

    plain: str | None
    codes: tuple


def encode(graph, table, inputs, missing_texts):
    """Encode raw columns.

    Parameters
    ----------
    graph : Graph
    table : RawTable
    inputs : list of str
        Names of the inputs: one for each column, or that of the matrix.
    missing_texts : sequence of str
        Texts that stand for a missing value.

    Returns
    -------
    rows : EncodedRows
    """
    numbers, categories = _raw_values(graph, table, inputs)
    places = {
        column.name: _places(graph, column, value, missing_texts)
        for column, value in zip([c for c in table.columns if c.levels is not None], categories, strict=True)
    }
    parts = _encoded_numbers(graph, table.encoding, numbers) if table.encoding.numbers.size else []
    for column in table.one_hot:
        if column.levels.width:
            one_hot = graph.constant(column.levels.one_hot, FLOAT32, "one_hot")
            parts.append(graph.add("Gather", one_hot, places[column.name], axis=0))
    codes = tuple(places[column.name] for column in table.embedded)
    if table.encoding.values:
        codes += tuple(_codes_of_values(graph, table.encoding, numbers))
    return EncodedRows(graph.side_by_side(parts) if parts else None, codes)


def _raw_values(graph, table, inputs):
    """(name of all numbers as doubles (n_rows, n_numbers) or None, names of the categories' columns (n_rows, 1))."""
    if table.is_matrix:
        matrix, encoding = graph.cast(inputs[0], FLOAT64), table.encoding
        categories = [graph.columns(matrix, [j]) for j, column in enumerate(table.columns) if column.levels is not None]
        if encoding.numbers.size == len(table.columns):
            return matrix, []
        return (graph.columns(matrix, encoding.numbers) if encoding.numbers.size else None), categories
    numbers, categories = [], []
    for column, value in zip(table.columns, inputs, strict=True):
        if column.kind == DATES:
            numbers.append(date_columns(graph, value, column.reader))
        elif column.kind == INTEGERS:
            numbers.append(_difference(graph, value, column.reader.origin))
        elif column.levels is not None:
            categories.append(value)
        else:
            numbers.append(value)
    return (graph.side_by_side(numbers) if numbers else None), categories


def _difference(graph, value, origin):
    """Whole numbers less `origin`, exactly wherever float64 can hold it: doubles (n_rows, 1), NaN where missing."""
    exact = graph.cast(graph.add("Sub", value, graph.constant(origin, INT64, "origin")), FLOAT64)
    near = graph.add("Sub", graph.cast(value, FLOAT64), graph.constant(origin, FLOAT64, "origin"))
    is_safe = graph.add("Less", graph.add("Abs", near), graph.constant(LARGEST_SAFE_DIFFERENCE, FLOAT64))
    is_missing = graph.add("Equal", value, graph.constant(MISSING_INTEGER, INT64))
    difference = graph.add("Where", is_safe, exact, near)
    return graph.add("Where", is_missing, graph.constant(np.nan, FLOAT64), difference)


def _places(graph, column, value, missing_texts):
    """The place of each row's level: int64 of shape (n_rows,)."""
    if column.kind == TEXTS:
        texts, places = column.levels.with_missing(missing_texts)
        # An operator without texts has no type: this one changes nothing, as it leads where all others lead.
        texts, places = (texts, places) if texts else ([""], [column.levels.unknown])
        return graph.flat(
            graph.add(
                "LabelEncoder",
                value,
                domain=ML_DOMAIN,
                keys_strings=texts,
                values_int64s=places,
                default_int64=column.levels.unknown,
            )
        )
    return _places_of_numbers(graph, column.levels, graph.flat(value))


def _places_of_numbers(graph, levels, value):
    """The place of each number among levels, by binary search: `LabelEncoder` has keys of float32 only."""
    order = np.argsort(levels.levels)
    n_steps = max(len(order), 1).bit_length()
    sorted_levels = np.full(2**n_steps, np.inf)
    sorted_levels[: len(order)] = np.array(levels.levels, dtype=np.float64)[order]
    places = np.full(2**n_steps, levels.unknown)
    places[: len(order)] = levels.places[order]
    table = graph.constant(sorted_levels, FLOAT64, "levels")
    found = graph.constant(0, INT64, "start")
    for step in reversed(range(n_steps)):
        further = graph.add("Add", found, graph.constant(2**step, INT64, "step"))
        is_there = graph.add("LessOrEqual", graph.add("Gather", table, further, axis=0), value)
        found = graph.add("Where", is_there, further, found)
    is_level = graph.add("Equal", graph.add("Gather", table, found, axis=0), value)
    place = graph.add("Gather", graph.constant(places, INT64, "places"), found, axis=0)
    place = graph.add("Where", is_level, place, graph.constant(levels.unknown, INT64, "unknown"))
    return graph.add("Where", graph.add("IsNaN", value), graph.constant(levels.missing, INT64, "missing"), place)


def _codes_of_values(graph, encoding, numbers):
    """Names of the codes of values: int64 of shape (n_rows,)."""
    for i, values in zip(encoding.coded, encoding.values, strict=True):
        x = graph.cast(graph.cast(graph.flat(graph.columns(numbers, [i])), FLOAT32), FLOAT64)
        yield _places_of_numbers(graph, places_of_values(values), x)


def _encoded_numbers(graph, encoding, numbers):
    """Names of scaled numbers, missing flags and pieces, float32."""
    z = numbers if encoding.bend is None else _bent(graph, encoding.bend, numbers)
    z = graph.add("Sub", z, graph.constant(encoding.center, FLOAT64, "center"))
    z = graph.add("Div", z, graph.constant(encoding.divisor, FLOAT64, "divisor"))
    z = graph.add("Where", graph.add("IsNaN", z), graph.constant(encoding.fill, FLOAT64, "fill"), z)
    limit = FLOAT32_MAX if encoding.scale is None else LARGEST_STANDARDIZED
    z = graph.add("Clip", z, graph.constant(-limit, FLOAT64, "low"), graph.constant(limit, FLOAT64, "high"))
    if encoding.scale == "robust":
        z = _smoothly_clipped(graph, z)
    scaled = z
    if encoding.pieced.size:
        scaled = graph.add("Mul", z, graph.constant(WEIGHT_BESIDE_PIECES, FLOAT64, "weight"))
    parts = [graph.cast(scaled, FLOAT32)]
    if encoding.flagged.size:
        is_missing = graph.add("IsNaN", graph.columns(numbers, encoding.flagged))
        parts.append(graph.cast(is_missing, FLOAT32))
    if encoding.pieced.size:
        reach = graph.add("Sub", graph.columns(z, encoding.pieced), graph.constant(encoding.piece_low, FLOAT64))
        reach = graph.add("Div", reach, graph.constant(encoding.piece_width, FLOAT64))
        reach = graph.add("Clip", reach, graph.constant(0.0, FLOAT64), graph.constant(1.0, FLOAT64))
        reach = graph.add("Sub", reach, graph.constant(0.5, FLOAT64))
        parts.append(graph.cast(reach, FLOAT32))
    return parts


def _bent(graph, bend, numbers):
    """Numbers, or their signed logarithm: sign(x) log(1 + |x| / bend)."""
    is_bent = np.isfinite(bend)
    size = graph.add("Div", graph.add("Abs", numbers), graph.constant(np.where(is_bent, bend, 1.0), FLOAT64, "bend"))
    logarithm = graph.add("Log", graph.add("Add", size, graph.constant(1.0, FLOAT64)))
    signed = graph.add("Mul", logarithm, graph.add("Sign", numbers))
    return graph.add("Where", graph.constant(is_bent, BOOL, "is_bent"), signed, numbers)


def _smoothly_clipped(graph, z):
    """z / sqrt(1 + (z / 3)^2)."""
    root = graph.add("Div", graph.add("Mul", z, z), graph.constant(SMOOTH_CLIP**2, FLOAT64))
    root = graph.add("Sqrt", graph.add("Add", root, graph.constant(1.0, FLOAT64)))
    return graph.add("Div", z, root)
