"""Reading a user's table into one matrix of numbers, the same way at `fit` and at `predict`.

Learns what the levels of categories are; which columns are categories or dates says `column_kinds`. A column of dates
becomes several columns of the matrix. Never scales, fills or drops anything."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from robust_mlp._data import column_kinds, columns
from robust_mlp._data.column_kinds import TableSource, called, columns_of, is_objects, is_plain, is_times
from robust_mlp._data.column_labels import check_labels, learn_labels
from robust_mlp._data.columns import CATEGORY, NUMBER
from robust_mlp._data.containers import check_container, unmasked
from robust_mlp._data.dates import kind_of_time_values
from robust_mlp._data.input_columns import input_columns
from robust_mlp._data.sparse_rows import as_rows, stays_sparse
from robust_mlp._system.sklearn_compat import looking_at_values

# A category column holds the level's number, NaN where the value is missing, and this where the level was
# not there when the table was learnt.
UNKNOWN_LEVEL = -1.0

# Levels of one column that a stream of tables is read with. A column of names that never repeat would else grow for
# ever.
MOST_LEVELS_KEPT = 100_000

# Up to this many cells a frame is turned into Python values in one go: below it, the fixed cost of looking at
# each column (some 10 microseconds in pandas) is more than the cost of reading the values one by one.
SMALL_TABLE_CELLS = 2000

# Up to this many cells an array to predict is looked at here, in microseconds; scikit-learn's checks take forty
# whatever the size, which is as long as the prediction of a row.
MOST_CELLS_LOOKED_AT = 10_000

# Those in which scikit-learn can look for infinity; others become the first of them.
SPARSE_FORMATS = ("csr", "csc", "coo")

INFINITE_FIX = (
    "Infinite values cannot be scaled. Replace them first, for example with X = np.where(np.isinf(X), np.nan, X): "
    "NaN is accepted and read as missing."
)


@dataclass(frozen=True, eq=False)
class TableReader:
    """What was learnt about the columns of the training table.

    Attributes
    ----------
    kinds : tuple of {"number", "category"}
        One for each column of the matrix.
    levels : tuple of (tuple or None)
        For each category column of the matrix its levels, sorted; None for a column of numbers.
    names : tuple of str or None
        Names of the matrix' columns, where the training table had names or has columns that become several.
    inputs : tuple or None
        For each input column "number", "category", or a reader that has `names` and `read` (`DateReader`, say). None
        where every input column is one column of the matrix, read as its kind says.
    source : TableSource or None
        What the training table was, for findings. Not pickled.
    """

    kinds: tuple
    levels: tuple
    names: tuple | None = None
    inputs: tuple | None = None
    source: TableSource | None = None

    def __getstate__(self):
        return {"kinds": self.kinds, "levels": self.levels, "names": self.names, "inputs": self.inputs}

    def __setstate__(self, state):
        self.__dict__.update({"inputs": None, "source": None} | state)

    @cached_property
    def _codes(self):
        return _codes_of(self.levels)

    @property
    def n_features(self):
        """Number of input columns."""
        return len(self.kinds if self.inputs is None else self.inputs)

    @property
    def input_of(self):
        """The input column that each column of the matrix comes from: tuple of int, ascending."""
        if self.inputs is None:
            return tuple(range(len(self.kinds)))
        return tuple(j for j, width in enumerate(map(_width_of, self.inputs)) for _ in range(width))

    @property
    def input_columns(self):
        """What the user's columns are: tuple of InputColumn."""
        return input_columns(self)

    @property
    def categories(self):
        """Indices of the category columns of the matrix: tuple of int, ascending."""
        return tuple(self._codes)

    def name_of(self, j):
        """How column `j` is called: its name, or "x3" where columns have no names."""
        return f"x{j}" if self.names is None else self.names[j]

    def has_columns_of(self, other):
        """Whether another TableReader reads the same columns, each as the same kind; levels may differ."""
        has_readers = self.inputs is not None or other.inputs is not None
        same_inputs = not has_readers or (
            self.inputs is not None
            and other.inputs is not None
            and list(map(type, self.inputs)) == list(map(type, other.inputs))
        )
        return (self.kinds, self.names) == (other.kinds, other.names) and same_inputs

    def read(self, estimator, X):
        """Read a table of the same columns.

        Parameters
        ----------
        estimator : estimator
            Its `n_features_in_` and `feature_names_in_` say what `X` must look like.
        X : table of shape (n_rows, n_features)
            Anything that `read_table` reads.

        Returns
        -------
        matrix : ndarray or csr_array of shape (n_rows, n_columns), dtype float32 or float64
            As from `read_table`; a level that was not there in training is `UNKNOWN_LEVEL`.

        Raises
        ------
        ValueError
            Other columns, names or order than in training; infinity; no rows.
        """
        check_labels(estimator, X)
        return _read(estimator, X, self, reset=False)

    def read_more(self, estimator, X, used=None):
        """Read a table of the same columns, and learn the levels that it has and earlier ones had not.

        Parameters
        ----------
        estimator, X
            As for `read`.
        used : ndarray of shape (n_rows,), dtype bool, default=None
            Rows whose levels count; None: all.

        Returns
        -------
        matrix : ndarray of shape (n_rows, n_columns), dtype float32 or float64
            As from `read`, with the new levels.
        reader : TableReader
            New levels come after the known ones, so that level numbers mean what they meant. A column keeps at most
            `MOST_LEVELS_KEPT`: further ones are unknown.
        """
        if not self.categories:
            return self.read(estimator, X), self
        check_labels(estimator, X)
        X = _as_table(X, has_categories=True)
        places = np.cumsum([0, *map(_width_of, self.inputs or self.kinds)])
        levels = list(self.levels)

        def learn(j, numbers, found):
            j = places[j]
            known, codes = self.levels[j], self._codes[j]
            present = np.unique(numbers if used is None else numbers[used])
            new = columns.sort_levels([found[i] for i in present if i >= 0 and found[i] not in codes])
            if new and len(known) < MOST_LEVELS_KEPT:
                levels[j] = (*known, *new[: MOST_LEVELS_KEPT - len(known)])
            return levels[j]

        matrix = _read_columns(estimator, X, self.inputs or self.kinds, learn, reset=False)
        return np.ascontiguousarray(matrix), replace(self, levels=tuple(levels))


def read_table(estimator, X, *, categorical_features, reset, used=None):
    """Read a training table and learn how to read others like it.

    Parameters
    ----------
    estimator : estimator
        With `reset=True` it gets `n_features_in_`, and `feature_names_in_` where the columns have string names.
    X : array-like, sparse matrix or array, pandas or polars DataFrame, of shape (n_rows, n_features)
        NaN, None, NA and null are missing values. Small sparse input is made dense, see `stays_sparse`.
    categorical_features : 'from_dtype', None, or array-like of bool, int or str
        Which columns are categories. 'from_dtype': of a frame, those of a category, Enum or string dtype, and
        object columns that hold strings, unless all of these are numbers beyond doubt; of anything else, none.
    reset : bool
        False compares columns with what `estimator` has instead of setting it.
    used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows whose levels count. Levels that only other rows hold are unknown. None counts all rows.

    Returns
    -------
    matrix : ndarray of shape (n_rows, n_columns), dtype float32 or float64
        One column for each input column; of dates several, beside each other. float32 where every input dtype fits
        into float32 exactly, else float64. Row after row in memory; the
        user's own array where nothing had to change; a csr_array of a large sparse table. Columns of numbers as they
        are, NaN where missing; columns of categories as level numbers 0, 1, ..., NaN where missing, `UNKNOWN_LEVEL`
        where unknown. Dates as `DateReader` reads them, durations in seconds.
    reader : TableReader

    Raises
    ------
    ValueError, TypeError
        scikit-learn's own for a wrong shape, no rows or columns, complex numbers, strings where numbers belong;
        for infinity and for columns of unusable dtype the message says what to do.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> estimator = BaseEstimator()
    >>> cells = np.array([[1.5, "b"], [2.5, "a"], [None, "b"]], dtype=object)
    >>> matrix, reader = read_table(estimator, cells, categorical_features=[1], reset=True)
    >>> matrix
    array([[1.5, 1. ],
           [2.5, 0. ],
           [nan, 1. ]])
    >>> reader.levels
    (None, ('a', 'b'))
    """
    X = _as_table(X, has_categories=not (categorical_features is None or isinstance(categorical_features, str)))
    inputs, source = column_kinds.learn_kinds(X, categorical_features, used)
    levels = {}

    def learn(j, numbers, found):
        seen = np.unique(numbers if used is None else numbers[used])
        levels[j] = columns.sort_levels([found[i] for i in seen if i >= 0])
        return levels[j]

    matrix = _read_columns(estimator, X, inputs, learn, reset=reset)
    learn_labels(estimator, X)
    names = tuple(estimator.feature_names_in_) if hasattr(estimator, "feature_names_in_") else None
    kinds = (NUMBER,) * matrix.shape[1] if inputs is None else tuple(inputs)
    has_readers = any(not isinstance(kind, str) for kind in kinds)
    if has_readers:
        called_so = [f"x{j}" for j in range(len(inputs))] if names is None else names
        names = tuple(
            name
            for column, kind in zip(called_so, inputs, strict=True)
            for name in ([column] if isinstance(kind, str) else kind.names(column))
        )
        kinds = tuple(kind if isinstance(kind, str) else NUMBER for kind in inputs for _ in range(_width_of(kind)))
    places = np.cumsum([0, *map(_width_of, inputs or ())])
    levels = {int(places[j]): found for j, found in levels.items()}
    reader = TableReader(
        kinds=kinds,
        levels=tuple(levels.get(j) for j in range(matrix.shape[1])),
        names=names,
        inputs=tuple(inputs) if has_readers else None,
        source=source,
    )
    return matrix if sparse.issparse(matrix) else np.ascontiguousarray(matrix), reader


def _width_of(kind):
    """How many columns of the matrix an input column becomes."""
    return 1 if isinstance(kind, str) else len(kind.names(""))


def _as_table(X, *, has_categories):
    """`X` with what NumPy would misread made plain: masked cells NaN; with categories, strings Python objects."""
    check_container(X)
    if getattr(getattr(X, "dtype", None), "kind", "") == "c":
        raise ValueError(
            "Complex data not supported\nPass real and imaginary parts as columns: numpy.hstack((X.real, X.imag))."
        )
    if columns.is_pandas(X) and not X.columns.is_unique:
        names = list(dict.fromkeys(X.columns[X.columns.duplicated()]))
        raise ValueError(
            f"X has several columns of the same name: {', '.join(map(repr, names))}. Give each a name of its own, for "
            "example X.columns = [f'{name}_{j}' for j, name in enumerate(X.columns)], or drop all but one."
        )
    X = unmasked(X)
    if isinstance(X, (list, tuple)) and (has_categories or _holds_times(X)):
        cells = np.asarray(X)
        return cells if cells.dtype.kind in "biufmM" else np.asarray(X, dtype=object)
    if has_categories and isinstance(X, np.ndarray) and X.dtype.kind in "US":
        return X.astype(object)
    return column_kinds.exact_integers(X)


def _holds_times(rows):
    """Whether the first of a list's rows holds a date or a duration."""
    first = rows[0] if len(rows) else ()
    return isinstance(first, (list, tuple)) and any(kind_of_time_values([value]) is not None for value in first)


def _read(estimator, X, reader, *, reset):
    """A table read with what `reader` knows."""
    X = _as_table(X, has_categories=bool(reader.categories) or reader.inputs is not None)
    inputs = reader.inputs
    is_frame = columns.is_frame(X)
    is_small = is_frame and X.shape[0] * X.shape[1] <= SMALL_TABLE_CELLS
    if inputs is None and is_small and (reader.categories or not is_plain(X)):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        cells = list(zip(*X.rows(), strict=True)) if columns.is_polars(X) else X.to_numpy(dtype=object).T.tolist()
        return _checked(estimator, _read_values(cells, reader.kinds, reader.names, reader._codes, X.shape))
    if inputs is None and (reader.categories or (is_frame and not is_plain(X))):
        inputs = reader.kinds
    places = np.cumsum([0, *map(_width_of, inputs or ())])
    return _read_columns(estimator, X, inputs, lambda j, numbers, found: reader.levels[places[j]], reset=reset)


def _read_values(cells, kinds, names, codes, shape):
    """Python values, a sequence for each column, as ndarray of shape `shape`, dtype float64."""
    matrix = np.empty(shape, dtype=np.float64)
    for j, (kind, values) in enumerate(zip(kinds, cells, strict=True)):
        if kind == CATEGORY:
            matrix[:, j] = [_code_of(value, codes[j]) for value in values]
        else:
            matrix[:, j] = columns.values_to_numbers(values, called(j, names and names[j]))
    return matrix


def _code_of(value, codes):
    """The number of one level; NaN where the value is missing, `UNKNOWN_LEVEL` where it is unknown."""
    code = codes.get(value)
    if code is None:
        return np.nan if columns.is_missing(value) else UNKNOWN_LEVEL
    return code


def _codes_of(levels):
    """{column: {level: its number}} for the category columns."""
    return {j: dict(zip(found, range(len(found)), strict=True)) for j, found in enumerate(levels) if found is not None}


def _read_columns(estimator, X, inputs, levels_of, *, reset):
    """A table column by column: `levels_of(j, numbers, found)` tells the levels of input column `j`, sorted."""
    is_frame = columns.is_frame(X)
    if inputs is None or not (is_frame or is_objects(X) or is_times(X)):
        matrix = _read_numbers(estimator, X, reset=reset)
        if inputs is None:
            return matrix
        if sparse.issparse(matrix):
            matrix = _dense_for_categories(matrix, is_training=reset)
        if all(isinstance(kind, str) for kind in inputs):
            matrix = matrix.copy()
            for j in (j for j, kind in enumerate(inputs) if kind == CATEGORY):
                numbers, found = columns.array_to_levels(matrix[:, j])
                matrix[:, j] = _recode(numbers, found, levels_of(j, numbers, found))
            return matrix
        X = matrix.astype(object)  # numbers where there were dates in training: each reader says what it expects
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    named = columns_of(X)
    of_numbers = [column for (_, _, column), kind in zip(named, inputs, strict=True) if kind == NUMBER]
    is_small = is_frame and all(map(columns.is_small, of_numbers)) and all(isinstance(kind, str) for kind in inputs)
    widths = list(map(_width_of, inputs))
    matrix = np.empty((X.shape[0], sum(widths)), dtype=np.float32 if is_small else np.float64)
    start = 0
    for (j, name, column), kind, width in zip(named, inputs, widths, strict=True):
        if kind == NUMBER:
            matrix[:, start] = columns.to_numbers(column, called(j, name))
        elif kind == CATEGORY:
            numbers, found = columns.to_levels(column)
            matrix[:, start] = _recode(numbers, found, levels_of(j, numbers, found))
        else:
            matrix[:, start : start + width] = kind.read(column, called(j, name))
        start += width
    return _checked(estimator, matrix)


def _recode(numbers, found, levels):
    """Positions in `found` (-1: missing) as positions in `levels`: ndarray of shape (n_rows,), dtype float64."""
    codes = dict(zip(levels, range(len(levels)), strict=True))
    table = np.array([*(codes.get(level, UNKNOWN_LEVEL) for level in found), np.nan])
    return table[numbers]  # -1 takes the last entry


def _read_numbers(estimator, X, *, reset):
    """Plain numbers as ndarray of shape (n_rows, n_features), dtype float32 or float64, checked by scikit-learn."""
    if not reset and _is_ready(estimator, X):
        return X
    kind = getattr(getattr(X, "dtype", None), "kind", None)
    if kind is not None and kind in "USV":
        dtype = "numeric"  # with this scikit-learn refuses strings instead of parsing them
    elif columns.is_pandas(X):
        dtype = columns.float_type(np.result_type(*X.dtypes))
    else:
        dtype = columns.float_type(getattr(X, "dtype", None))
    wanted = {"dtype": dtype, "accept_sparse": SPARSE_FORMATS, "ensure_all_finite": "allow-nan"}
    try:
        with looking_at_values():
            matrix = validate_data(estimator, X, reset=reset, **wanted)
    except ValueError as error:
        raise _with_fix(error) from error
    if stays_sparse(matrix):
        return as_rows(matrix)
    return matrix.toarray() if sparse.issparse(matrix) else matrix


def _dense_for_categories(matrix, *, is_training):
    """A sparse table with columns of categories as ndarray. Raise in training: so large a one would be encoded, too."""
    if not is_training:
        return matrix.toarray()
    raise ValueError(
        f"categorical_features names columns of a sparse table of shape {matrix.shape}, which stays sparse, and a "
        "sparse table holds numbers only. Make 0/1 columns of the categories first, with OneHotEncoder() and "
        "scipy.sparse.hstack, and leave categorical_features out."
    )


def _is_ready(estimator, X):
    """Whether few rows are as scikit-learn's checks would leave them: to see that is quicker than to have them run."""
    return (
        type(X) is np.ndarray
        and X.dtype in (np.float32, np.float64)
        and X.dtype.isnative
        and X.ndim == 2
        and 0 < X.size <= MOST_CELLS_LOOKED_AT
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
        and bool(np.isfinite(X).all())
    )


def _checked(estimator, matrix):
    """The matrix, if it has rows and columns and no infinity."""
    try:
        with looking_at_values():
            return check_array(matrix, dtype=None, ensure_all_finite="allow-nan", estimator=estimator, input_name="X")
    except ValueError as error:
        raise _with_fix(error) from error


def _with_fix(error):
    """scikit-learn's error with what to do about it."""
    message = str(error)
    if "contains infinity" in message:
        return ValueError(f"{message} {INFINITE_FIX}")
    if "could not convert string to float" in message:
        return ValueError(
            f"{message}. Pass categorical_features with the indices of the columns that hold strings, or X as a "
            "DataFrame, whose string columns are read as categories."
        )
    if "not compatible with arrays of bytes/strings" in message:
        return ValueError(
            f"{message} Pass X.astype(float) if they are numbers; else categorical_features with the indices of the "
            "columns that hold strings."
        )
    return error
