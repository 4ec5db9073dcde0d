"""What a table may come in: the containers that are no tables are refused, each with the line to type.

Never reads a cell into a matrix."""

import sys
from collections.abc import Iterator, Mapping, Sequence, Set

import numpy as np

from robust_mlp._data.columns import float_type


def check_container(X, name="X"):
    """Raise for what holds rows or columns, and is no table that can be read as it is.

    Parameters
    ----------
    X : object
    name : str, default="X"
        How the message calls it.

    Raises
    ------
    TypeError

    Examples
    --------
    >>> check_container([[1.0, 2.0]])
    >>> check_container({"a": [1.0]})
    Traceback (most recent call last):
    ...
    TypeError: X is a dict, which is no table. Pass pandas.DataFrame(X).
    """
    if isinstance(X, (np.ndarray, list, tuple)):
        fault = _fault_of_array(X) if isinstance(X, np.ndarray) else _fault_of_rows(X)
    else:
        fault = _fault_of_object(X)
    if fault is not None:
        what, line = fault
        raise TypeError(f"{name} is {what}. Pass {line.replace('X', name)}.")


def _fault_of_array(X):
    """(what came, what to type) of an ndarray that is no table; None of one that may be."""
    if X.dtype.names is not None:
        return "a structured array, whose rows are records", "pandas.DataFrame(X)"
    if X.ndim == 1 and X.dtype == object and len(X) and _is_row(X[0]):
        return _CELLS_OF_ROWS.format("an array"), "numpy.array(X.tolist())"
    return None


def _fault_of_rows(X):
    """The same of a list or tuple, judged by its first row."""
    if len(X) and isinstance(X[0], Mapping):
        return f"a {type(X).__name__} of dicts, which is no table", "pandas.DataFrame(X)"
    return None


def _fault_of_object(X):
    """The same of anything else."""
    name = type(X).__name__
    if name == "LazyFrame":
        return "a polars LazyFrame, which holds no rows yet", "X.collect()"
    if isinstance(X, (Mapping, Set)) and not hasattr(X, "shape"):  # some sparse arrays of SciPy are dicts, too
        is_columns = isinstance(X, Mapping)
        return f"a {name}, which is no table", "pandas.DataFrame(X)" if is_columns else "a list of rows"
    if isinstance(X, Iterator):
        return f"a {name}, which can be read only once", "numpy.array(list(X))"
    if name in ("RaggedTensor", "SparseTensor"):
        line = "X.to_tensor()" if name == "RaggedTensor" else "tensorflow.sparse.to_dense(X)"
        return f"a {name} of TensorFlow, which NumPy cannot read", line
    if name in ("DMatrix", "Dataset") and not hasattr(X, "__array__"):
        return f"a {name}, which holds rows for another library", "the array or DataFrame that it was made of"
    if _is_series(X) and len(X) and _is_row(X.head(1).to_list()[0]):
        return _CELLS_OF_ROWS.format("a Series"), "numpy.array(X.to_list())"
    return None


# Each cell is a row: NumPy calls that "a sequence" and does not say whose.
_CELLS_OF_ROWS = "{} whose cells are lists or arrays"


def _is_row(cell):
    """Whether one cell holds several values."""
    return isinstance(cell, np.ndarray) or (isinstance(cell, Sequence) and not isinstance(cell, (str, bytes)))


def _is_series(X):
    """Whether X is a pandas or polars Series; neither is imported to find out."""
    modules = (sys.modules.get("pandas"), sys.modules.get("polars"))
    return any(module is not None and isinstance(X, module.Series) for module in modules)


def unmasked(X):
    """`X` with NaN in the place of masked cells; anything else as it is.

    Parameters
    ----------
    X : object

    Returns
    -------
    X : object
    """
    if not isinstance(X, np.ma.MaskedArray):
        return X
    return np.ma.filled(X.astype(float_type(X.dtype)), np.nan)
