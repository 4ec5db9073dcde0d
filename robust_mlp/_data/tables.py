"""Reading a user's table into one matrix of numbers, the same way at `fit` and at `predict`.

Learns which columns are categories and what their levels are. Never scales, fills or drops anything."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from robust_mlp._data import columns
from robust_mlp._data.columns import CATEGORY, NUMBER

# A category column holds the level's number, NaN where the value is missing, and this where the level was
# not there when the table was learnt.
UNKNOWN_LEVEL = -1.0

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
        One for each input column.
    levels : tuple of (tuple or None)
        For each category column its levels, sorted; None for a column of numbers.
    names : tuple of str or None
        Column names, where the training table had names.
    """

    kinds: tuple
    levels: tuple
    names: tuple | None = None
    _codes: dict = field(init=False, repr=False)

    def __post_init__(self):
        self.__dict__["_codes"] = _codes_of(self.levels)

    def __getstate__(self):
        return {"kinds": self.kinds, "levels": self.levels, "names": self.names}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.__dict__["_codes"] = _codes_of(self.levels)

    @property
    def n_features(self):
        """Number of input columns."""
        return len(self.kinds)

    @property
    def categories(self):
        """Indices of the category columns: tuple of int, ascending."""
        return tuple(self._codes)

    def name_of(self, j):
        """How column `j` is called: its name, or "x3" where columns have no names."""
        return f"x{j}" if self.names is None else self.names[j]

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
        matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
            As from `read_table`; a level that was not there in training is `UNKNOWN_LEVEL`.

        Raises
        ------
        ValueError
            Other columns, names or order than in training; infinity; no rows.
        """
        return _read(estimator, X, self, reset=False)


def read_table(estimator, X, *, categorical_features, reset, used=None):
    """Read a training table and learn how to read others like it.

    Parameters
    ----------
    estimator : estimator
        With `reset=True` it gets `n_features_in_`, and `feature_names_in_` where the columns have string names.
    X : array-like, sparse matrix or array, pandas or polars DataFrame, of shape (n_rows, n_features)
        NaN, None, NA and null are missing values. Sparse input is made dense.
    categorical_features : 'from_dtype', None, or array-like of bool, int or str
        Which columns are categories. 'from_dtype': of a frame, those of a category, Enum or string dtype, and
        object columns that hold strings; of anything else, none.
    reset : bool
        False compares columns with what `estimator` has instead of setting it.
    used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows whose levels count. Levels that only other rows hold are unknown. None counts all rows.

    Returns
    -------
    matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
        float32 where every input dtype fits into float32 exactly, else float64. Row after row in memory; the
        user's own array where nothing had to change. Columns of numbers as they are, NaN where missing; columns
        of categories as level numbers 0, 1, ..., NaN where missing, `UNKNOWN_LEVEL` where unknown.
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
    kinds = _kinds(X, categorical_features)
    levels = {}

    def learn(j, numbers, found):
        seen = np.unique(numbers if used is None else numbers[used])
        levels[j] = columns.sort_levels([found[i] for i in seen if i >= 0])
        return levels[j]

    matrix = _read_columns(estimator, X, kinds, learn, reset=reset)
    n_features = matrix.shape[1]
    reader = TableReader(
        kinds=(NUMBER,) * n_features if kinds is None else tuple(kinds),
        levels=tuple(levels.get(j) for j in range(n_features)),
        names=tuple(estimator.feature_names_in_) if hasattr(estimator, "feature_names_in_") else None,
    )
    return np.ascontiguousarray(matrix), reader


def _as_table(X, *, has_categories):
    """`X` with what NumPy would misread made plain: masked cells NaN; with categories, strings Python objects."""
    if isinstance(X, np.ma.MaskedArray):
        return X.astype(columns.float_type(X.dtype)).filled(np.nan)
    if type(X).__name__ == "LazyFrame":
        raise TypeError("X is a polars LazyFrame, which holds no rows yet. Pass X.collect().")
    if has_categories and isinstance(X, (list, tuple)):
        cells = np.asarray(X)
        return cells if cells.dtype.kind in "biuf" else np.asarray(X, dtype=object)
    if has_categories and isinstance(X, np.ndarray) and X.dtype.kind in "US":
        return X.astype(object)
    return X


def _kinds(X, categorical_features):
    """List of each column's kind, or None where the whole of `X` is plain numbers for scikit-learn to read."""
    is_frame = columns.is_frame(X)
    by_dtype = isinstance(categorical_features, str)
    if not is_frame and (by_dtype or categorical_features is None or getattr(X, "ndim", 0) != 2):
        return None
    if is_frame and by_dtype:
        if _is_plain(X):
            return None
        return [columns.kind_of(column, _called(j, name)) for j, name, column in _columns_of(X)]
    if categorical_features is None:
        return None if _is_plain(X) else [NUMBER] * X.shape[1]
    names = list(X.columns) if is_frame else None
    mask = _category_mask(categorical_features, X.shape[1], names)
    if not mask.any() and (not is_frame or _is_plain(X)):
        return None
    return [CATEGORY if is_category else NUMBER for is_category in mask]


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


def _is_plain(X):
    """Whether every column of a frame has a NumPy dtype of numbers, which scikit-learn reads in one go."""
    if not columns.is_pandas(X) or X.shape[1] == 0:
        return False
    return all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in X.dtypes)


def _columns_of(X):
    """(index, name, column) for each column of a pandas or polars frame."""
    if columns.is_polars(X):
        return [(j, column.name, column) for j, column in enumerate(X.get_columns())]
    return [(j, name, column) for j, (name, column) in enumerate(X.items())]


def _called(j, name):
    """How a message calls a column."""
    return f"Column {j}" if name is None else f"Column {name!r}"


def _read(estimator, X, reader, *, reset):
    """A table read with what `reader` knows."""
    X = _as_table(X, has_categories=bool(reader.categories))
    kinds = reader.kinds
    is_frame = columns.is_frame(X)
    if is_frame and X.shape[0] * X.shape[1] <= SMALL_TABLE_CELLS and (reader.categories or not _is_plain(X)):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        cells = list(zip(*X.rows(), strict=True)) if columns.is_polars(X) else X.to_numpy(dtype=object).T.tolist()
        return _checked(estimator, _read_values(cells, reader.kinds, reader.names, reader._codes, X.shape))
    if not reader.categories and (not is_frame or _is_plain(X)):
        kinds = None
    return _read_columns(estimator, X, kinds, lambda j, numbers, found: reader.levels[j], reset=reset)


def _read_values(cells, kinds, names, codes, shape):
    """Python values, a sequence for each column, as ndarray of shape `shape`, dtype float64."""
    matrix = np.empty(shape, dtype=np.float64)
    for j, (kind, values) in enumerate(zip(kinds, cells, strict=True)):
        if kind == CATEGORY:
            matrix[:, j] = [_code_of(value, codes[j]) for value in values]
        else:
            matrix[:, j] = columns.values_to_numbers(values, _called(j, names and names[j]))
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


def _read_columns(estimator, X, kinds, levels_of, *, reset):
    """A table column by column: `levels_of(j, numbers, found)` tells the levels of column `j`, sorted."""
    is_frame = columns.is_frame(X)
    if kinds is None or not (is_frame or _is_objects(X)):
        matrix = _read_numbers(estimator, X, reset=reset)
        if kinds is None:
            return matrix
        matrix = matrix.copy()
        for j in (j for j, kind in enumerate(kinds) if kind == CATEGORY):
            numbers, found = columns.array_to_levels(matrix[:, j])
            matrix[:, j] = _recode(numbers, found, levels_of(j, numbers, found))
        return matrix
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    named = _columns_of(X) if is_frame else [(j, None, X[:, j]) for j in range(X.shape[1])]
    of_numbers = [column for (_, _, column), kind in zip(named, kinds, strict=True) if kind == NUMBER]
    is_small = is_frame and all(map(columns.is_small, of_numbers))
    matrix = np.empty(X.shape, dtype=np.float32 if is_small else np.float64)
    for (j, name, column), kind in zip(named, kinds, strict=True):
        if kind == NUMBER:
            matrix[:, j] = columns.to_numbers(column, _called(j, name))
        else:
            numbers, found = columns.to_levels(column)
            matrix[:, j] = _recode(numbers, found, levels_of(j, numbers, found))
    return _checked(estimator, matrix)


def _is_objects(X):
    """Whether `X` is a 2-dimensional array of Python objects."""
    return isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind == "O"


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
    try:
        matrix = validate_data(
            estimator, X, reset=reset, dtype=dtype, accept_sparse=SPARSE_FORMATS, ensure_all_finite="allow-nan"
        )
    except ValueError as error:
        raise _with_fix(error) from error
    return matrix.toarray() if sparse.issparse(matrix) else matrix


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
    return error
