"""Encoding: what the network is given for each column, learnt once from the training rows.

Numbers are centred and scaled, missing values filled and flagged, categories one-hot, or codes where they have many
levels. Reads matrices made by `read_table`; never sees the user's table, and never keeps a row."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from robust_mlp._data.bends import bent, found_bends
from robust_mlp._data.column_statistics import Moments, row_chunks
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.level_outputs import MAX_LEVELS, learn_level_codes, learn_slots, level_masses
from robust_mlp._data.number_scales import (
    LARGEST_STANDARDIZED,
    bent_moments,
    is_constant,
    robust_scale,
    smooth_clip,
    standard_divisor,
)
from robust_mlp._data.pieces import N_PIECES, learn_pieces
from robust_mlp._data.sparse_rows import keeps_zeros, sparse_outputs
from robust_mlp._data.tables import UNKNOWN_LEVEL, TableReader
from robust_mlp._system.aligned_arrays import empty_aligned

# What a number is multiplied by beside its pieces: they are fourteen outputs and more to its one. Without it a
# network follows every cut that a few rows suggest before it follows the number. Chosen by benchmarks/accuracy.
WEIGHT_BESIDE_PIECES = 2.0

_FLOAT32_MAX = float(np.finfo(np.float32).max)


@dataclass(frozen=True, eq=False)
class Encoding:
    """How each column becomes outputs: numbers, then missing flags, pieces of numbers, categories one-hot, and codes.

    Attributes
    ----------
    reader : TableReader
    scale : {'standard', 'robust', None}
    numbers : ndarray of shape (n_numbers,), dtype intp
        Input columns of numbers.
    center, divisor, fill : ndarray of shape (n_numbers,), dtype float64
        A number x becomes (x - center) / divisor, and NaN becomes `fill`. The divisor of a constant is infinite.
    flagged : ndarray of shape (n_flags,), dtype intp
        Positions in `numbers` of the columns that have a missing flag.
    pieced : ndarray of shape (n_pieces,), dtype intp
        For each piece of the range of a number its position in `numbers`.
    piece_low, piece_width : ndarray of shape (n_pieces,), dtype float64
        A scaled number z becomes (z - low) / width, cut off at 0 and 1, less a half.
    categories : ndarray of shape (n_one_hot,), dtype intp
        Input columns of categories with few levels.
    slots : tuple of ndarray of shape (n_levels + 2,), dtype intp
        For each of these the output of each level, then of missing, then of unknown; -1 for none.
    embedded : ndarray of shape (n_embedded,), dtype intp
        Input columns of categories with many levels, an output each: the last ones.
    level_codes : tuple of ndarray of shape (n_levels + 2,), dtype intp
        For each of these the code of each level, then of missing, then of unknown; 0 for the rare and the unknown.
    reserved : tuple of int, default=()
        For each of these how many codes the network has room for; empty: as many as there are.
    bend : ndarray of shape (n_numbers,), dtype float64, or None
        Where a number is replaced by its signed logarithm before it is centred; infinite or None for none. See `bends`.
    coded : ndarray of shape (n_coded,), dtype intp, or None
        Positions in `numbers` of those whose values have codes, outputs behind those of categories. See `detail`.
    values : tuple of ndarray of shape (n_values,), dtype float64
        For each of these its values, ascending, rounded to float32. The code of the first is 1; others and NaN have
        code 0.
    """

    reader: TableReader
    scale: str | None
    numbers: np.ndarray
    center: np.ndarray
    divisor: np.ndarray
    fill: np.ndarray
    flagged: np.ndarray
    pieced: np.ndarray
    piece_low: np.ndarray
    piece_width: np.ndarray
    categories: np.ndarray
    slots: tuple
    embedded: np.ndarray
    level_codes: tuple
    n_outputs: int
    reserved: tuple = ()
    bend: np.ndarray | None = None
    coded: np.ndarray | None = None
    values: tuple = ()

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_")}

    @cached_property
    def _table(self):
        """The slots of all columns, one after the other."""
        return np.concatenate([np.empty(0, dtype=np.intp), *self.slots])

    @cached_property
    def _starts(self):
        """Where the slots of each column begin in `_table`."""
        return np.cumsum([0, *(slots.size for slots in self.slots)])[:-1].astype(np.intp)

    @property
    def is_piece(self):
        """Whether an output is a piece of a number: ndarray of shape (n_outputs,), dtype bool."""
        start = self.numbers.size + self.flagged.size
        places = np.arange(self.n_outputs)
        return (places >= start) & (places < start + self.pieced.size)

    @property
    def is_detail(self):
        """Whether an output is a fine piece or the code of a value, see `detail`: ndarray like `is_piece`."""
        is_detail = np.zeros(self.n_outputs, dtype=bool)
        is_detail[self._value_outputs.start : self._value_outputs.stop] = True
        # Fine pieces follow the usual ones of the same number, and begin at the lowest again.
        is_same = np.diff(self.pieced, prepend=-1) == 0
        begins_again = is_same & (np.diff(self.piece_low, prepend=0) < 0)
        n_begun = np.cumsum(begins_again)
        n_before = n_begun[np.searchsorted(self.pieced, self.pieced)]
        is_detail[np.flatnonzero(self.is_piece)] = n_begun > n_before
        return is_detail

    @property
    def embedding_sizes(self):
        """How many codes each of the last outputs has: tuple of int."""
        sizes = tuple(int(codes.max()) + 1 for codes in self.level_codes)
        sizes = tuple(map(max, sizes, self.reserved)) if self.reserved else sizes
        return (*sizes, *(len(values) + 1 for values in self.values))

    @property
    def n_codes(self):
        """How many of the last outputs are codes: those of levels, then those of values."""
        return self.embedded.size + len(self.values)

    @property
    def code_columns(self):
        """The column of the matrix that each code is of: ndarray of shape (n_codes,), dtype intp."""
        return self.embedded if self.coded is None else np.concatenate([self.embedded, self.numbers[self.coded]])

    @property
    def names_out(self):
        """Names of the outputs: tuple of str of length `n_outputs`."""
        names = [self.reader.name_of(j) for j in self.numbers]
        names += [f"{names[i]}_missing" for i in self.flagged]
        first = np.searchsorted(self.pieced, self.pieced)
        names += [f"{names[i]}_piece{n - start}" for n, (i, start) in enumerate(zip(self.pieced, first, strict=True))]
        n_one_hot = self.n_outputs - self.n_codes - len(names)
        names += [""] * n_one_hot + [f"{self.reader.name_of(j)}_level" for j in self.embedded]
        names += [f"{names[i]}_value" for i in (() if self.coded is None else self.coded)]
        for j, slots in zip(self.categories, self.slots, strict=True):
            column, levels = self.reader.name_of(j), self.reader.levels[j]
            shared = slots[-1]
            for level, slot in zip((*levels, "missing"), slots[:-1], strict=True):
                if slot >= 0:
                    names[slot] = f"{column}_infrequent" if slot == shared else f"{column}_{level}"
        return tuple(names)

    def transform(self, matrix, rows=None):
        """Encode rows.

        Parameters
        ----------
        matrix : ndarray or csr_array of shape (n_rows, n_features), dtype float32 or float64
            As from the reader; not changed.
        rows : ndarray of shape (n_chosen,), dtype int, default=None
            Rows to encode, in this order; None for all. Cheaper than ``transform(matrix[rows])``, which copies.

        Returns
        -------
        outputs : ndarray of shape (n_rows or n_chosen, n_outputs), dtype float32
            Row after row in memory, and finite. A csr_array of a csr_array, if the encoding makes 0 of 0.
        """
        is_sparse = sparse.issparse(matrix)
        if is_sparse and keeps_zeros(self):
            return sparse_outputs(self, matrix if rows is None else matrix[rows], self._limit, self._bound)
        n_rows = matrix.shape[0] if rows is None else rows.shape[0]
        outputs = empty_aligned((n_rows, self.n_outputs), np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            for part in row_chunks(n_rows, max(matrix.shape[1], self.pieced.size)):
                cells = matrix[part if rows is None else rows[part]]
                cells = cells.toarray() if is_sparse else cells
                self._encode_numbers(cells, outputs[part])
                outputs[part, self._one_hot_outputs] = 0.0  # also those that no level has yet
                if self.slots:
                    self._encode_categories(cells, outputs[part])
                for output, j, level_codes in zip(self._code_outputs, self.embedded, self.level_codes, strict=True):
                    outputs[part, output] = level_codes[_places_of(cells[:, j], level_codes.size)]
                if self.coded is not None:
                    for output, i, values in zip(self._value_outputs, self.coded, self.values, strict=True):
                        outputs[part, output] = codes_of_values(cells[:, self.numbers[i]], values)
        return outputs

    @property
    def _one_hot_outputs(self):
        return slice(self.numbers.size + self.flagged.size + self.pieced.size, self._code_outputs.start)

    @property
    def _code_outputs(self):
        start = self.n_outputs - self.n_codes
        return range(start, start + self.embedded.size)

    @property
    def _value_outputs(self):
        return range(self.n_outputs - len(self.values), self.n_outputs)

    def _encode_numbers(self, cells, outputs):
        """Writes numbers, missing flags and pieces of ndarray cells (n, n_features) into outputs (n, n_outputs)."""
        n_numbers = self.numbers.shape[0]
        x = cells if n_numbers == cells.shape[1] else cells[:, self.numbers]
        z = x.astype(np.float64)  # first: to convert and subtract at once takes longer
        if self.bend is not None:
            z = bent(z, self.bend)
        z -= self.center
        z /= self.divisor
        # NaN is a missing value; or infinity by infinity, in a constant column far off its constant.
        least, largest = z.min(initial=0.0), z.max(initial=0.0)
        is_any_nan = np.isnan(least)
        if is_any_nan:
            np.copyto(z, self.fill, where=np.isnan(z))
        if is_any_nan or least < -self._limit or largest > self._limit:
            np.clip(z, -self._limit, self._limit, out=z)
        self._bound(z)
        outputs[:, :n_numbers] = z * WEIGHT_BESIDE_PIECES if self.pieced.size else z
        if self.flagged.size:
            flags = outputs[:, n_numbers : n_numbers + self.flagged.size]
            flags[:] = np.isnan(x[:, self.flagged]) if is_any_nan else 0.0
        if self.pieced.size:
            start = n_numbers + self.flagged.size
            pieces = z[:, self.pieced]
            pieces -= self.piece_low
            pieces /= self.piece_width
            np.clip(pieces, 0.0, 1.0, out=pieces)
            pieces -= 0.5
            outputs[:, start : start + self.pieced.size] = pieces

    @property
    def _limit(self):
        return _FLOAT32_MAX if self.scale is None else LARGEST_STANDARDIZED

    def _bound(self, z):
        """Clip scaled numbers smoothly, in place, if the scale says so."""
        if self.scale == "robust":
            smooth_clip(z)

    def _encode_categories(self, cells, outputs):
        """Writes 1 into the outputs (n, n_outputs) of the levels of ndarray cells (n, n_features)."""
        codes = cells[:, self.categories]
        ends = np.append(self._starts[1:], self._table.size)
        places = np.where(codes >= 0, codes, 0).astype(np.intp) + self._starts
        places = np.where(codes == UNKNOWN_LEVEL, ends - 1, np.where(np.isnan(codes), ends - 2, places))
        slots = self._table[places]
        row, column = np.nonzero(slots >= 0)
        outputs[row, slots[row, column]] = 1.0


def _places_of(codes, size):
    """Where level codes, missing (NaN) and unknown ones included, are in a table of n_levels + 2 = `size` entries."""
    is_missing = np.isnan(codes)
    places = np.where(is_missing, size - 2, codes).astype(np.intp)
    return np.where(places == UNKNOWN_LEVEL, size - 1, places)


def codes_of_values(x, values):
    """The code of each number among `values`, ascending: its place from 1 on, 0 if it is none of them.

    Numbers are compared as float32, so that a table in float32 has the codes of the same table in float64.
    """
    if not values.size:
        return np.zeros(x.shape, dtype=np.intp)
    x = x.astype(np.float32).astype(np.float64)
    places = np.minimum(np.searchsorted(values, x), values.size - 1)
    return np.where(values[places] == x, places + 1, 0)


@dataclass(frozen=True, eq=False)
class ColumnTotals:
    """Statistics of the columns of a table that is larger than the rows at hand.

    Attributes
    ----------
    moments : Moments
        Of the columns of numbers.
    masses : dict of int to ndarray of shape (n_levels + 1,)
        For each category column the weight of each level of the reader, then of missing.
    bend : ndarray of shape (n_numbers,), dtype float64, or None
        Where the rows at hand say that each number is to be bent; None: nowhere.
    bent : Moments or None
        Of the columns of numbers once they are bent.
    """

    moments: Moments
    masses: dict[int, np.ndarray]
    bend: np.ndarray | None = None
    bent: Moments | None = None


def learn_encoding(matrix, reader, rows, weights, scale, numerical_embedding=None, *, embeds_levels=False, totals=None):
    """Learn an encoding from some rows of a matrix.

    Every statistic is taken in the order of `rows`, in pieces of fixed size: the same rows and weights in the same
    order give the same encoding to the last bit, wherever the rows stand in `matrix`.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
        As from `read_table`.
    reader : TableReader
        The reader that came with it.
    rows : ndarray of shape (n_used,), dtype int
        Rows to learn from, all others are not looked at.
    weights : ndarray of shape (n_used,), dtype float64
        Positive. A row of weight 2 counts as two rows.
    scale : {'standard', 'robust', None}
        'standard': weighted mean and standard deviation, at most `LARGEST_STANDARDIZED` from 0. 'robust': median
        and interquartile range (half the range where that is 0), smoothly clipped to +-3. None: as they are, within
        float32's range. Constant columns become 0 where there is a scale.
    numerical_embedding : {None, 'piecewise_linear', 'mixed'}, default=None
        Any but None adds, for each number, how far it reaches through each piece of its range, cut at the quantiles of
        `quantiles_of`, from -1/2 to 1/2: a linear function of these is a piecewise linear function of the number. The
        numbers themselves then count `WEIGHT_BESIDE_PIECES` times.
    embeds_levels : bool, default=False
        Categories of more than `MAX_LEVELS` levels become codes, at the end.
    totals : ColumnTotals, default=None
        Of a larger table that the rows are a sample of: means, standard deviations, ranges and levels come from there,
        and quantiles from the rows. So do the bends, which were learned before.

    Returns
    -------
    encoding : Encoding

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from robust_mlp._data.tables import read_table
    >>> X = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]])
    >>> matrix, reader = read_table(BaseEstimator(), X, categorical_features=None, reset=True)
    >>> encoding = learn_encoding(matrix, reader, np.arange(3), np.ones(3), "standard")
    >>> encoding.names_out
    ('x0', 'x1', 'x0_missing')
    >>> encoding.transform(matrix)
    array([[-1.,  0.,  0.],
           [ 1.,  0.,  0.],
           [ 0.,  0.,  1.]], dtype=float32)

    References
    ----------
    D. Holzmueller, L. Grinsztajn, I. Steinwart (2024). Better by default: strong pre-tuned MLPs and boosted trees on
    tabular data. arXiv 2407.04491, section 3.1 (robust scaling and smooth clipping).
    Y. Gorishniy, I. Rubachev, A. Babenko (2022). On embeddings for numerical features in tabular deep learning. arXiv
    2203.05556, section 3.2.1 (piecewise linear encoding).
    """
    numbers = number_columns(reader)
    bend = None
    if scale == "standard":
        bend = found_bends(matrix, rows, weights, numbers) if totals is None else totals.bend
    if totals is None:
        moments = bent_moments(matrix, rows, weights, numbers, bend)
    else:
        moments = totals.moments if bend is None else totals.bent
    if scale == "robust":
        center, divisor = robust_scale(matrix, rows, weights, numbers, moments)
    elif scale == "standard":
        center, divisor = moments.mean, standard_divisor(moments)
    else:
        center, divisor = np.zeros(numbers.size), np.ones(numbers.size)
    fill = np.zeros(numbers.size)
    if scale is None:
        fill = moments.mean
    else:
        divisor = np.where(is_constant(moments, matrix.dtype) | ~(divisor > 0), np.inf, divisor)
    flagged = np.flatnonzero((moments.missing_weight > 0) & (moments.present_weight > 0))
    nothing = np.empty(0, np.intp)
    encoding = Encoding(
        reader=reader,
        scale=scale,
        numbers=numbers,
        center=center,
        divisor=divisor,
        fill=fill,
        flagged=flagged,
        pieced=nothing,
        piece_low=np.empty(0),
        piece_width=np.empty(0),
        categories=nothing,
        slots=(),
        embedded=nothing,
        level_codes=(),
        n_outputs=numbers.size + flagged.size,
        bend=bend,
    )
    if numerical_embedding is not None:
        pieced, low, width = learn_pieces(encoding, matrix, rows, weights, np.full(numbers.size, N_PIECES))
        n_outputs = encoding.n_outputs + pieced.size
        encoding = replace(encoding, pieced=pieced, piece_low=low, piece_width=width, n_outputs=n_outputs)
    masses = (
        {j: level_masses(matrix, rows, weights, j, len(reader.levels[j])) for j in reader.categories}
        if totals is None
        else totals.masses
    )
    return _with_levels(encoding, masses, embeds_levels)


def _with_levels(encoding, masses, embeds_levels):
    """The encoding with outputs for levels, by the weight of each level."""
    n_outputs = encoding.n_outputs
    categories, slots, embedded, level_codes = [], [], [], []
    for j in encoding.reader.categories:
        if embeds_levels and np.count_nonzero(masses[j][:-1]) > MAX_LEVELS:
            embedded.append(j)
            level_codes.append(learn_level_codes(masses[j]))
            continue
        categories.append(j)
        slots.append(learn_slots(masses[j], n_outputs))
        n_outputs = max(n_outputs, slots[-1].max() + 1)
    return replace(
        encoding,
        categories=np.array(categories, dtype=np.intp),
        slots=tuple(slots),
        embedded=np.array(embedded, dtype=np.intp),
        level_codes=tuple(level_codes),
        n_outputs=int(n_outputs) + len(embedded),
    )


def number_columns(reader):
    """The columns of numbers of a TableReader, ndarray of shape (n_numbers,), dtype intp."""
    return np.array([j for j, kind in enumerate(reader.kinds) if kind == NUMBER], dtype=np.intp)
