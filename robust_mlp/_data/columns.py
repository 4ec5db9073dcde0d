"""One column of a table: what kind it is, its numbers, its levels.

Knows pandas and polars columns, and plain lists of Python values; never imports pandas or polars, never looks
at more than one column."""

import sys

import numpy as np

NUMBER = "number"
CATEGORY = "category"

# Type names of pandas' missing scalars, which compare as neither true nor false.
_PANDAS_MISSING = ("NAType", "NaTType")

# Cells of an object column that are looked at to see what it holds; one that is missing in all of these is no text.
FIRST_OBJECTS = 1000

# What the names of pandas' dtypes of categories and strings begin with.
_PANDAS_CATEGORIES = ("category", "str", "large_string")


def is_polars(table):
    """Whether `table` is a polars frame; polars is not imported to find out."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(table, polars.DataFrame)


def is_pandas(table):
    """Whether `table` is a pandas frame; pandas is not imported to find out."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(table, pandas.DataFrame)


def is_frame(table):
    """Whether `table` is a pandas or polars frame."""
    return is_pandas(table) or is_polars(table)


def is_missing(value):
    """Whether one Python value stands for "not known": None, NaN, pandas' NA or NaT."""
    if value is None:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(value != value)
    return type(value).__name__ in _PANDAS_MISSING


def kind_of(column, name):
    """`NUMBER` or `CATEGORY`, read off the dtype of a pandas or polars column, or off its values if it is 'object'.

    Booleans are numbers: 0 and 1 say all that two levels say.
    """
    if is_polars_series(column):
        return _polars_kind(column, name)
    dtype = column.dtype
    if str(dtype).startswith(_PANDAS_CATEGORIES):
        return CATEGORY
    if getattr(dtype, "kind", "O") in "biuf":
        return NUMBER
    return kind_of_values(column.tolist(), name)


def kind_of_values(values, name):
    """The kind of a list of Python values: that of those that are not missing. None at all are no numbers."""
    types = {type(value) for value in values}
    types -= {t for t in types if t is type(None) or t.__name__ in _PANDAS_MISSING}
    if any(issubclass(t, (complex, np.complexfloating)) for t in types):
        raise ValueError(f"Complex data not supported\n{name} holds complex numbers. Pass two columns of real ones.")
    floats = {t for t in types if issubclass(t, (float, np.floating))}
    is_text = all(issubclass(t, str) for t in types - floats)
    if is_text and all(is_missing(value) for value in values if type(value) in floats):
        return CATEGORY  # NaN is how older pandas writes a missing string
    if all(_is_numeric_type(t) for t in types):
        return NUMBER
    raise _unusable(name, "object", types)


def check_not_complex(column, name):
    """Raise for a column of complex numbers, of which a float would keep the real part alone."""
    if getattr(column.dtype, "kind", "O") == "c":
        raise ValueError(
            f"Complex data not supported\n{name} has dtype {column.dtype}. Pass its real and imaginary parts as two "
            "columns, for example X.real and X.imag."
        )


def storage_of(column):
    """How a pandas or polars column is stored: "text", "levels" of a category dtype, or "other"."""
    dtype = str(column.dtype)
    if dtype.startswith(("category", "Categorical", "Enum")):
        return "levels"
    if dtype.lower().startswith(("str", "large_string")):
        return "text"
    if dtype.lower().startswith("object"):
        first = next((value for value in column.head(FIRST_OBJECTS).to_list() if not is_missing(value)), None)
        return "text" if isinstance(first, str) else "other"
    return "other"


def different_values(column):
    """The different values of a pandas or polars column that are not missing, in the order in which they come."""
    values = column.unique(maintain_order=True) if is_polars_series(column) else column.drop_duplicates()
    return [value for value in values.to_list() if not is_missing(value)]


def values_of(column):
    """A pandas or polars column, or one of an array, as a list of Python values."""
    return column.to_list() if is_polars_series(column) else column.tolist()


def is_polars_series(column):
    """Whether `column` is a polars Series."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(column, polars.Series)


def to_numbers(column, name):
    """A pandas or polars column, or one of an object array, as ndarray (n_rows,) of floats; missing is NaN."""
    if isinstance(column, np.ndarray):
        return values_to_numbers(column.tolist(), name)
    check_not_complex(column, name)
    if storage_of(column) == "text":
        return values_to_numbers(column.to_list(), name)
    try:
        if is_polars_series(column):
            return _polars_numbers(column)
        dtype = np.float32 if is_small(column) else np.float64
        if isinstance(column.dtype, np.dtype) and column.dtype != object:
            return column.to_numpy().astype(dtype, copy=False)
        return column.to_numpy(dtype=dtype, na_value=np.nan)
    except (TypeError, ValueError):
        return values_to_numbers(column.tolist(), name)


def values_to_numbers(values, name):
    """A list of Python values as ndarray of shape (n_values,), dtype float64; missing is NaN."""
    try:
        return np.array([np.nan if is_missing(value) else float(value) for value in values], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{error}. {name} is read as numbers. Pass its name or index in categorical_features to have it read as "
            "categories, or convert it to numbers."
        ) from error


def to_levels(column):
    """A pandas or polars column, or one of an object array, as (level numbers, -1 where missing; list of levels)."""
    if is_polars_series(column) or isinstance(column, np.ndarray):
        return values_to_levels(column.tolist() if isinstance(column, np.ndarray) else column.to_list())
    if str(column.dtype) == "category":
        values = column.array
        return values.codes, [_plain(level) for level in values.categories]
    numbers, levels = column.factorize()
    return numbers, [_plain(level) for level in levels]


def values_to_levels(values):
    """A list of Python values as (ndarray of level numbers, -1 where missing; list of the levels)."""
    unique = dict.fromkeys(values)
    levels = [value for value in unique if not is_missing(value)]
    unique.update((value, -1) for value in unique)
    unique.update(zip(levels, range(len(levels)), strict=True))
    numbers = np.fromiter(map(unique.__getitem__, values), dtype=np.intp, count=len(values))
    return numbers, [_plain(level) for level in levels]


def array_to_levels(values):
    """An ndarray of shape (n_rows,), any float dtype, as (level numbers, -1 where NaN; list of the levels)."""
    levels, numbers = np.unique(values, return_inverse=True)
    n_levels = np.searchsorted(levels, np.nan) if levels.size and np.isnan(levels[-1]) else levels.size
    numbers = np.where(numbers < n_levels, numbers, -1)
    return numbers, levels[:n_levels].tolist()


def sort_levels(levels):
    """The levels as a sorted tuple; by type, then by value, where they cannot be compared with each other."""
    try:
        return tuple(sorted(levels))
    except TypeError:
        return tuple(sorted(levels, key=lambda level: (type(level).__name__, str(level))))


def float_type(dtype):
    """float32 for the dtypes whose every value float32 holds exactly, else float64."""
    dtype = dtype if isinstance(dtype, np.dtype) else None
    return np.float32 if dtype is not None and np.can_cast(dtype, np.float32) else np.float64


def is_small(column):
    """Whether float32 holds every value of a pandas or polars column of numbers exactly."""
    if is_polars_series(column):
        polars = sys.modules["polars"]
        small = (polars.Float32, polars.Boolean, polars.Int8, polars.Int16, polars.UInt8, polars.UInt16)
        return column.dtype in small
    return float_type(getattr(column.dtype, "numpy_dtype", column.dtype)) is np.float32


def _plain(value):
    """A NumPy scalar as the Python value it holds; anything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def _is_numeric_type(type_):
    """Whether values of the type are numbers; complex ones are not."""
    numeric = (bool, int, float, np.bool_, np.integer, np.floating)
    return issubclass(type_, numeric) or type_.__name__ == "Decimal"


def _polars_kind(series, name):
    """The kind of a polars Series."""
    dtype = series.dtype
    if dtype.is_numeric() or str(dtype) == "Boolean":
        return NUMBER
    if str(dtype).split("(")[0] in ("String", "Categorical", "Enum", "Null"):
        return CATEGORY
    if str(dtype).startswith("Object"):
        return kind_of_values(series.to_list(), name)
    raise _unusable(name, dtype)


def _polars_numbers(series):
    """A polars Series as ndarray of shape (n_rows,), dtype float32 or float64; null is NaN."""
    polars = sys.modules["polars"]
    return series.cast(polars.Float32 if is_small(series) else polars.Float64).to_numpy()


def _unusable(name, dtype, types=()):
    """What to raise for a column that is neither numbers nor categories."""
    held = f" holding {', '.join(sorted(t.__name__ for t in types))}" if types else ""
    return ValueError(
        f"{name} has dtype {dtype}{held}, which is neither numbers nor categories. Convert it to numbers, or to "
        "strings with astype(str), or name it in categorical_features."
    )
