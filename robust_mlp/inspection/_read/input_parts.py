"""The rows of a network with several inputs: a list, a tuple or a dict of arrays, side by side in one matrix.

Splitting, merging and scaling see one matrix; the network gets the parts back. Pure NumPy; knows no network."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from robust_mlp.inspection._read.arguments import as_array


@dataclass(frozen=True)
class InputParts:
    """How the parts lie side by side.

    Attributes
    ----------
    names : tuple of str
        Keys of a dict, in its order; () for a list.
    shapes : tuple of tuple of int
        Shape of one row of each part; () for a vector.
    dtypes : tuple of str
    """

    names: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]

    @property
    def slices(self):
        """The columns of each part, a list of slice."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes]).tolist()
        return [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]

    def pack(self, X):
        """The parts of X in one matrix.

        Parameters
        ----------
        X : list, tuple or dict of array-likes
            Of the same parts as those learnt.

        Returns
        -------
        matrix : ndarray of shape (n_rows, n_columns), dtype float64

        Raises
        ------
        ValueError
            A part is missing, one too many, or of another shape.
        """
        arrays = self._in_order(X)
        n_rows = _n_rows(arrays, self.names)
        for label, array, shape in zip(_labels(arrays, self.names), arrays, self.shapes, strict=True):
            if array.shape[1:] != shape:
                raise ValueError(f"{label} has rows of shape {array.shape[1:]}, but in fit they had shape {shape}.")
        return np.hstack([array.reshape(n_rows, -1).astype(np.float64) for array in arrays])

    def unpack(self, matrix):
        """The parts of a matrix, as the network takes them: a list, or a dict for a dict.

        Parameters
        ----------
        matrix : ndarray of shape (n_rows, n_columns)

        Returns
        -------
        parts : list or dict of ndarray
            Whole numbers get their type back where they still are whole numbers.
        """
        parts = [
            _typed(matrix[:, columns].reshape(len(matrix), *shape), dtype)
            for columns, shape, dtype in zip(self.slices, self.shapes, self.dtypes, strict=True)
        ]
        return dict(zip(self.names, parts, strict=True)) if self.names else parts

    def _in_order(self, X):
        """The arrays of X in the order of the parts."""
        if self.names:
            if not is_dict(X):
                raise ValueError(f"X is a {type(X).__name__}; in fit it was a dict with the keys {list(self.names)}.")
            missing = [name for name in self.names if name not in X]
            more = [name for name in X if name not in self.names]
            if missing or more:
                wrong = f"lacks {missing}" if missing else f"holds {more}, which fit did not see"
                raise ValueError(f"X {wrong}. Pass a dict with the keys {list(self.names)}.")
            return [as_array(X[name], f"X[{name!r}]") for name in self.names]
        if not isinstance(X, (list, tuple)) or len(X) != len(self.shapes):
            came = f"{len(X)} arrays" if isinstance(X, (list, tuple)) else f"a {type(X).__name__}"
            raise ValueError(f"X is {came}; in fit it was a list of {len(self.shapes)} arrays. Pass as many.")
        return [as_array(part, f"X[{i}]") for i, part in enumerate(X)]


def learn_parts(X, n_labels=None):
    """How the parts of X lie side by side; None if X is one table.

    A dict holds parts. So does a list of arrays, unless it may as well be a list of rows: then it has as many items as
    there are labels.

    Parameters
    ----------
    X : object
        As the user passed it.
    n_labels : int or None, default=None
        Number of labels. None: not known.

    Returns
    -------
    parts : InputParts or None
    """
    if not is_parted(X, n_labels):
        return None
    names = tuple(X) if is_dict(X) else ()
    values = list(X.values()) if names else list(X)
    arrays = [as_array(part, label) for part, label in zip(values, _labels(values, names), strict=True)]
    _n_rows(arrays, names)
    return InputParts(names, tuple(array.shape[1:] for array in arrays), tuple(array.dtype.str for array in arrays))


def is_parted(X, n_labels=None):
    """Whether X holds the arrays of several inputs, or of one input by name."""
    if is_dict(X):
        return len(X) > 0
    if not isinstance(X, (list, tuple)) or not X or not all(_is_array(part) for part in X):
        return False
    lengths = {part.shape[0] for part in X}
    if any(len(part.shape) > 1 for part in X):
        return n_labels is None or lengths == {n_labels} or len(X) != n_labels
    return n_labels is not None and lengths == {n_labels} and len(X) != n_labels


def is_dict(X):
    """Whether X holds arrays by name; a sparse matrix may be a dict, too, and has a shape."""
    return isinstance(X, Mapping) and not hasattr(X, "shape")


def _is_array(part):
    """Whether it has a shape with at least one axis: an array, a tensor, a table."""
    return len(getattr(part, "shape", ())) > 0


def _labels(arrays, names):
    """What each part is called in a message."""
    return [f"X[{name!r}]" for name in names] or [f"X[{i}]" for i in range(len(arrays))]


def _n_rows(arrays, names):
    """The number of rows; ValueError if the parts differ."""
    lengths = [len(array) if array.ndim else -1 for array in arrays]
    if len(set(lengths)) > 1 or lengths[0] < 0:
        counts = ", ".join(f"{label} {n}" for label, n in zip(_labels(arrays, names), lengths, strict=True))
        raise ValueError(f"The inputs have different numbers of rows: {counts}. Pass the same rows in each.")
    return lengths[0]


def _typed(part, dtype):
    """A part in its own type if that holds whole numbers and the part does, else as it is."""
    kind = np.dtype(dtype)
    return part.astype(kind) if kind.kind in "iub" and np.array_equal(part, np.rint(part)) else part
