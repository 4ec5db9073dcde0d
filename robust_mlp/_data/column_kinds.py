"""How each column of a training table is to be read: as numbers, categories, dates, durations.

Learns that from the dtypes, from `categorical_features`, and where these do not tell from the cells. Reads no column
into the matrix."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._data import columns
from robust_mlp._data.columns import CATEGORY, NUMBER
from robust_mlp._data.dates import DATE, DurationReader, kind_of_times, learn_dates
from robust_mlp._data.large_integers import holds_large_integers, learn_large_integers
from robust_mlp._data.text_numbers import are_numbers

# How a table's columns are stored, where that is more than their kind tells.
TEXT, LEVELS = "text", "levels"

# Cells that tell most columns of words from columns of numbers without a look at the others.
FIRST_CELLS = 20


@dataclass(frozen=True, eq=False)
class TableSource:
    """What the user's own table was: how its columns are called and stored. Goes into findings, never into predictions.

    Attributes
    ----------
    container : {"array", "pandas", "polars"}
    labels : tuple
        How the user calls each input column: its name, or its number where columns have none.
    storages : tuple of {"text", "levels", "other"}
        Of each input column: strings, a dtype of categories, or anything else.
    texts : dict of int to tuple of str
        Three cells of each input column of text that is read as numbers.
    rounded : tuple of int
        Input columns of whole numbers that floats do not tell apart.
    """

    container: str
    labels: tuple
    storages: tuple
    texts: dict
    rounded: tuple = ()


def is_plain(X):
    """Whether every column of a frame has a NumPy dtype of numbers, which scikit-learn reads in one go."""
    if not columns.is_pandas(X) or X.shape[1] == 0:
        return False
    return all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in X.dtypes)


def is_objects(X):
    """Whether `X` is a 2-dimensional array of Python objects."""
    return isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind == "O"


def is_times(X):
    """Whether `X` is a 2-dimensional array of NumPy's dates or durations."""
    return isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "mM"


def columns_of(X):
    """(index, name, column) for each column of a table; the name is None in an array."""
    if columns.is_polars(X):
        return [(j, column.name, column) for j, column in enumerate(X.get_columns())]
    if columns.is_pandas(X):
        return [(j, name, column) for j, (name, column) in enumerate(X.items())]
    return [(j, None, X[:, j]) for j in range(X.shape[1])]


def called(j, name):
    """How a message calls a column."""
    return f"Column {j}" if name is None else f"Column {name!r}"


def learn_kinds(X, categorical_features, used=None):
    """How to read each column of a training table.

    Parameters
    ----------
    X : table of shape (n_rows, n_features)
    categorical_features : 'from_dtype', None, or array-like of bool, int or str
        As `read_table` has it.
    used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows to learn from; None for all.

    Returns
    -------
    inputs : list or None
        For each column "number", "category", or a reader that has `names` and `read`. None where the whole of `X` is
        plain numbers for scikit-learn to read.
    source : TableSource or None
        None with `inputs` None and no frame.
    """
    is_frame = columns.is_frame(X)
    by_dtype = categorical_features is None or isinstance(categorical_features, str)
    is_array = is_objects(X) or is_times(X)
    if not is_frame and not is_array and (by_dtype or getattr(X, "ndim", 0) != 2):
        return None, None
    if by_dtype and is_plain(X) and not any(holds_large_integers(column) for _, _, column in columns_of(X)):
        return None, _source_of(X)
    names = list(X.columns) if is_frame else None
    mask = None if by_dtype else _category_mask(categorical_features, X.shape[1], names)
    if not is_frame and not is_array:
        if mask is None or not mask.any():
            return None, None
        return [CATEGORY if is_category else NUMBER for is_category in mask], None
    infers = isinstance(categorical_features, str) and is_frame
    inputs = [
        _learn_kind(column, called(j, name), mask is not None and mask[j], infers, used)
        for j, name, column in columns_of(X)
    ]
    source = _source_of(X)
    if infers:
        _read_text_as_numbers(X, inputs, source)
    rounded = [j for j, _, column in columns_of(X) if inputs[j] == NUMBER and is_frame and holds_large_integers(column)]
    source = TableSource(source.container, source.labels, source.storages, source.texts, tuple(rounded))
    if all(kind == NUMBER for kind in inputs) and (is_plain(X) or not is_frame):
        return None, source
    return inputs, source


def _learn_kind(column, name, is_category, infers, used):
    """How one column is to be read."""
    columns.check_not_complex(column, name)
    if is_category:
        return CATEGORY
    kind = kind_of_times(column)
    if kind is not None:
        return learn_dates(column, name, used) if kind == DATE else DurationReader()
    # Large numbers in an object array were put there by `exact_integers`.
    if isinstance(column, np.ndarray) or holds_large_integers(column):
        return learn_large_integers(column, used) or NUMBER
    return columns.kind_of(column, name) if infers else NUMBER


def exact_integers(X):
    """An array of whole numbers as Python objects where floats would not tell them apart; anything else as it is."""
    is_large = isinstance(X, np.ndarray) and X.ndim == 2 and holds_large_integers(X)
    return X.astype(object) if is_large else X


def _source_of(X):
    """The TableSource of a table whose cells nobody has looked at."""
    if not columns.is_frame(X):
        return TableSource("array", tuple(range(X.shape[1])), ("other",) * X.shape[1], {})
    container = "polars" if columns.is_polars(X) else "pandas"
    if is_plain(X):
        return TableSource(container, tuple(X.columns), ("other",) * X.shape[1], {})
    storages = tuple(columns.storage_of(column) for _, _, column in columns_of(X))
    return TableSource(container, tuple(X.columns), storages, {})


def _read_text_as_numbers(X, inputs, source):
    """Makes columns of text numbers in `inputs` where that is beyond doubt, and keeps examples of them in `source`.

    Whole numbers alone may be codes. They count as numbers where every column of the table is text, all are plain
    numbers, and some have fractions: then the table as a whole was stored as text.
    """
    found = {}
    for j, _, column in columns_of(X):
        if inputs[j] == CATEGORY and source.storages[j] == TEXT:
            found[j] = _are_numbers(column)
    is_whole_table = len(found) == len(inputs) and all(plain for _, plain in found.values())
    is_whole_table = is_whole_table and any(sure for sure, _ in found.values())
    for j, _, column in columns_of(X):
        if j in found and (found[j][0] or is_whole_table):
            inputs[j] = NUMBER
            source.texts[j] = tuple(columns.different_values(column)[:3])


def _are_numbers(column):
    """`are_numbers` of a column's different texts; of most columns of words only the first cells are looked at."""
    values = column.head(FIRST_CELLS)
    first = [value for value in values.to_list() if not columns.is_missing(value)]
    if not all(isinstance(value, str) for value in first) or (first and not are_numbers(first)[1]):
        return False, False
    return are_numbers(columns.different_values(column))


def _category_mask(categorical_features, n_features, names):
    """The user's mask, indices or names as ndarray of shape (n_features,), dtype bool."""
    chosen = np.asarray(categorical_features)
    mask = np.zeros(n_features, dtype=bool)
    if chosen.size == 0:
        return mask
    if chosen.ndim != 1 or chosen.dtype.kind not in "biuUO":
        raise ValueError(
            f"categorical_features={categorical_features!r} is not a list of column indices, of column names or of "
            "one bool per column. Pass for example categorical_features=[0, 3], or 'from_dtype'."
        )
    if chosen.dtype.kind == "b":
        if chosen.size != n_features:
            raise ValueError(
                f"categorical_features is a mask of {chosen.size} values, but X has {n_features} columns. "
                "Pass one bool per column, or the indices of the category columns."
            )
        return chosen
    if chosen.dtype.kind in "iu":
        if chosen.min() < 0 or chosen.max() >= n_features:
            raise ValueError(
                f"categorical_features={categorical_features!r} holds an index outside 0 to {n_features - 1}: "
                f"X has {n_features} columns."
            )
        mask[chosen] = True
        return mask
    if names is None:
        raise ValueError(
            f"categorical_features={categorical_features!r} holds column names, but X has none. "
            "Pass column indices, or X as a DataFrame."
        )
    unknown = [name for name in chosen.tolist() if name not in names]
    if unknown:
        raise ValueError(f"categorical_features names {unknown!r}, but the columns of X are {names!r}.")
    return np.isin(np.arange(n_features), [names.index(name) for name in chosen.tolist()])
