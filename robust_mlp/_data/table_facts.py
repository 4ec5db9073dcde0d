"""Facts: what the guard needs to know of a table, read off a sample of its rows in a few milliseconds.

Never changes the table and never judges it: what a fact means for a training is decided in `_collapse`."""

import math
from dataclasses import dataclass

import numpy as np

from robust_mlp._core.losses import SMALLEST_POSITIVE, log_losses
from robust_mlp._core.records import DataFacts, LabelOrder, ProbeSource
from robust_mlp._data.balancing import class_mass
from robust_mlp._data.column_findings import find_in_columns, labels_of
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.dates import DateReader, DurationReader
from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.natural_repeats import are_natural_repeats, counts_of
from robust_mlp._data.neighbours import neighbour_agreement

# Rows to read column facts off, and cells in all: 2,000 rows give a mean to 2 % of the standard deviation, and a
# million cells cost about 10 ms. Wide tables get fewer rows, but not so few that chance makes columns look constant.
MAX_SAMPLED_ROWS, MIN_SAMPLED_ROWS, MAX_SAMPLED_CELLS = 2000, 100, 1_000_000
# A network's first weights are made for cells around 1: outside this range of sizes a column can stop a training.
SMALLEST_SIZE, LARGEST_SIZE = 1e-2, 10.0
# A column whose middle half lies within this share of its standard deviation: a few very large cells make that
# deviation, and divided by it all other cells look alike. The share is 1.35 for a normal column and 1.10 for an
# exponential one.
SQUEEZED_MIDDLE = 0.05
MOSTLY_MISSING = 0.95
FEWEST_IDENTIFIERS = 50  # rows; fewer different whole numbers are no rarity


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitRows:
    """Which rows of a table train, and which are held out.

    Attributes
    ----------
    train, held_out : list of ndarray of int
        Rows of each member; `held_out` is empty where nothing is held out.
    validation : tuple of (matrix, codes, weights) or None, default=None
        The user's own held-out rows, in the order of the held-out predictions.
    groups : ndarray of shape (n_rows,), dtype int, or None, default=None
        For each of the rows that are split, what it belongs to: no model is judged by rows of a group that it was
        fitted to. None: equal rows belong together.
    """

    train: list
    held_out: list
    validation: tuple | None = None
    groups: np.ndarray | None = None

    def held_out_share(self, mass):
        """Class shares of the held-out rows, a tuple; `mass` (n_classes,) is the weight of each class in the table."""
        if self.validation is not None:
            _, codes, weights = self.validation
            mass = class_mass(codes, weights, len(mass))
        elif not self.held_out:
            return ()
        return tuple((mass / mass.sum()).tolist())  # a split by class leaves the shares as they are, to a row


def learn_facts(matrix, reader, rows, split, *, seed, n_classes=None, pairs=None, classes=None):
    """Learn the facts of a table.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float32 or float64
        As read: category columns hold level numbers, NaN is missing.
    reader : TableReader
    rows : Rows or DistinctRows
        What the matrix is split into.
    split : SplitRows
    seed : int
        Of the sample.
    n_classes : int, default=None
        One more than the largest code where None.
    pairs : Rows, default=None
        The different pairs, where `rows` are every row of a table of few kinds of rows.
    classes : ndarray of shape (n_classes,), default=None
        The user's labels.

    Returns
    -------
    facts : DataFacts
    """
    index, codes, weights = rows.index, rows.codes, rows.weights
    n_classes = int(codes.max()) + 1 if n_classes is None else n_classes
    mass = class_mass(codes, weights, n_classes)
    counts = np.bincount(codes, minlength=n_classes)
    places = _sampled(len(index), matrix.shape[1], seed)
    sample = index[places]
    is_number = np.array([kind == NUMBER for kind in reader.kinds])
    names = tuple(str(reader.name_of(j)) for j in range(matrix.shape[1]))

    def probe_source():
        times = None
        if split.groups is None and are_natural_repeats(matrix, rows):
            times = np.rint(rows.weights).astype(np.intp)
        encoding = learn_encoding(matrix, reader, sample, np.ones(len(sample)), "standard")
        return ProbeSource(
            encode=lambda rows: encoding.transform(matrix[rows]),
            index=_repeated(index, times),
            codes=_repeated(rows.codes, times),
            weights=rows.weights if times is None else np.ones(times.sum()),
            groups=_repeated(rows.groups if split.groups is None else split.groups, times),
            n_classes=n_classes,
            validation=None if split.validation is None else encoding.transform(split.validation[0]),
            # With rows of another table held out, every row of this one trains.
            has_foreign_rows=bool(split.held_out) and len(split.train[0]) == len(index),
            is_grouped=split.groups is not None,
            validation_matrix=None if split.validation is None else split.validation[0],
            counts=counts_of(rows) if times is None else None,
            matrix=matrix,
            is_number=is_number,
            names=names,
        )

    findings = find_in_columns(matrix, reader, sample, codes[places], seed, classes)
    return DataFacts(
        n_rows=len(index),
        n_train=round(sum(map(len, split.train)) / len(split.train)),
        n_held_out=sum(map(len, split.held_out)),
        n_classes=n_classes,
        n_columns=matrix.shape[1],
        n_sampled=len(sample),
        feature_names=names,
        train_share=tuple((mass / mass.sum()).tolist()),
        held_out_share=split.held_out_share(mass),
        smallest_class=int(counts[counts > 0].min()),
        heavy_tailed=lambda: heavy_tailed_columns(matrix, sample, is_number),
        neighbour_agreement=lambda: neighbour_agreement(matrix, rows, is_number, seed),
        label_order=lambda: label_order(rows.index, rows.codes),
        probe_source=probe_source,
        findings=findings,
        container="array" if reader.source is None else reader.source.container,
        labels=labels_of(reader),
        **_told_once(_of_inputs(_column_facts(matrix, sample, is_number), reader), names, findings),
        **_conflicts(rows if pairs is None else pairs),
    )


def _repeated(values, times):
    """Values of merged rows for each of the rows that are equal by nature; `times` None: merged rows count once."""
    return values if times is None else np.repeat(values, times)


def _sampled(n_rows, n_columns, seed):
    """Positions of the rows to look at: all of a small table, else different ones drawn at random, ascending."""
    wanted = min(MAX_SAMPLED_ROWS, max(MAX_SAMPLED_CELLS // max(n_columns, 1), MIN_SAMPLED_ROWS))
    if n_rows <= wanted:
        return slice(None)
    return np.unique(np.random.default_rng(seed).integers(0, n_rows, size=wanted))


def _column_facts(matrix, sample, is_number):
    """The fields of DataFacts that describe columns, from the rows `sample`."""
    cells = matrix[sample]
    n = len(cells)
    totals = cells.sum(axis=0, dtype=np.float64)
    has_missing = np.isnan(totals)
    missing_share = np.zeros(cells.shape[1])
    if has_missing.any():
        is_nan = np.isnan(cells[:, has_missing])
        missing_share[has_missing] = is_nan.mean(axis=0)
        filled = cells[:, has_missing]
        filled[is_nan] = 0
        known = np.maximum(n - is_nan.sum(axis=0), 1)
        centre = filled.sum(axis=0, dtype=np.float64) / known
        cells = cells if isinstance(sample, np.ndarray) else cells.copy()
        cells[:, has_missing] = np.where(is_nan, centre, filled)  # a missing cell is an ordinary one
        totals[has_missing] = centre * n
    with np.errstate(over="ignore", invalid="ignore"):  # cells near 1e300: their squares are inf, which is large enough
        means = totals / n
        low, high = cells.min(axis=0).astype(np.float64), cells.max(axis=0).astype(np.float64)
        squares = np.einsum("ij,ij->j", cells, cells, dtype=np.float64) / n - means**2
        rough = np.sqrt(np.maximum(squares, 0.0))
        # Where the mean dwarfs the spread, the difference of squares is rounding: look again, centred.
        unsure = ~(squares > 1e-6 * means**2)
        if unsure.any():
            rough[unsure] = (cells[:, unsure] - means[unsure]).std(axis=0, dtype=np.float64)
    is_constant = low == high
    scales = np.where(is_number & ~is_constant, rough, 1.0)
    locations = np.where(is_number, means, 0.0)
    size = np.maximum(np.abs(locations), scales)
    too_small = (size < SMALLEST_SIZE) & ~is_constant
    badly_scaled = is_number & ((size > LARGEST_SIZE) | too_small)
    constant = np.flatnonzero(is_constant & (missing_share == 0))
    if len(constant) and n < len(matrix):
        constant = np.array([j for j in constant if (matrix[:, j] == matrix[0, j]).all()], dtype=np.intp)
    return {
        "locations": tuple(locations.tolist()),
        "scales": tuple(scales.tolist()),
        "badly_scaled": _places(badly_scaled),
        "constant": tuple(int(j) for j in constant),
        "missing": _places(has_missing),
        "mostly_missing": _places(missing_share >= MOSTLY_MISSING),
        "duplicate": _duplicates(matrix, cells, low, high, totals),
        "identifier_like": _identifiers(cells, low, high, is_number & (missing_share == 0)),
    }


def _of_inputs(facts, reader):
    """Facts of the matrix' columns without what is true of parts of a date alone, which no user ever stored."""
    if reader.inputs is None:
        return facts
    is_part = [j > 0 and k == reader.input_of[j - 1] for j, k in enumerate(reader.input_of)]
    is_time = [isinstance(reader.inputs[k], DateReader | DurationReader) for k in reader.input_of]
    return facts | {
        "constant": tuple(j for j in facts["constant"] if not is_part[j]),
        "mostly_missing": tuple(j for j in facts["mostly_missing"] if not is_part[j]),
        "duplicate": tuple((j, k) for j, k in facts["duplicate"] if not (is_part[j] or is_part[k])),
        # A time is different in every row by nature, and later ones go on where it ends.
        "identifier_like": tuple(j for j in facts["identifier_like"] if not is_time[j]),
    }


def _told_once(facts, names, findings):
    """Facts without identifiers of which the findings say already that they are keys."""
    keys = {finding.name for finding in findings if finding.code == "rounded_integers"}
    return facts | {"identifier_like": tuple(j for j in facts["identifier_like"] if names[j] not in keys)}


def _duplicates(matrix, cells, low, high, totals):
    """Pairs (column, earlier column) of equal content; candidates share minimum, maximum and sum, but for rounding."""
    first: dict = {}
    pairs = []
    with np.errstate(over="ignore"):  # cells beyond float32 are compared as they are, as infinity is no fraction
        ends = zip(low.astype(np.float32).tolist(), high.astype(np.float32).tolist(), strict=True)
    for j, (lowest, highest) in enumerate(ends):
        if low[j] == high[j]:
            continue  # constant columns are told of as such
        earlier = first.setdefault((lowest, highest, f"{totals[j]:.5g}"), j)
        if earlier != j and _are_equal(cells[:, j], cells[:, earlier]) and _are_equal(matrix[:, j], matrix[:, earlier]):
            pairs.append((j, earlier))
    return tuple(pairs)


def _are_equal(column, other):
    """Whether two columns hold the same cells. Of fractions, one may have been rounded to float32."""
    if np.array_equal(column, other, equal_nan=True):
        return True
    with np.errstate(over="ignore"):
        rounded, of_other = column.astype(np.float32), other.astype(np.float32)
    if not np.array_equal(rounded, of_other, equal_nan=True):
        return False
    known = column[np.isfinite(rounded)]
    return bool(len(known)) and bool((known != np.floor(known)).any())  # numbers of customers differ beyond float32


def _identifiers(cells, low, high, can_be):
    """Columns of whole numbers without a repetition, close together: row numbers, customer numbers, time stamps."""
    n = len(cells)
    if n < FEWEST_IDENTIFIERS:
        return ()
    found = []
    # n different whole numbers need room for n; two cells tell most measured columns apart at no cost.
    can_be = can_be & (high - low >= n - 1) & (low == np.floor(low)) & (high == np.floor(high))
    for j in np.flatnonzero(can_be):
        column = cells[:, j]
        if (column == np.floor(column)).all() and len(np.unique(column)) == n:
            found.append(int(j))
    return tuple(found)


def _conflicts(rows):
    """The fields of DataFacts that describe equal rows with different labels."""
    groups, weights = rows.groups, rows.weights
    m = len(groups)
    if m == 0 or int(groups[-1]) == m - 1:  # as many groups as pairs
        return {}
    sizes = np.bincount(groups)
    is_in_conflict = sizes[groups] > 1
    group, weight = groups[is_in_conflict], weights[is_in_conflict]
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    group_weight = np.add.reduceat(weight, starts)
    lost = group_weight - np.maximum.reduceat(weight, starts)
    total = float(weights.sum())
    per_row = np.repeat(group_weight, np.diff(np.append(starts, len(group))))
    return {
        "conflicting_share": float(weight.sum()) / total,
        "accuracy_ceiling": 1.0 - float(lost.sum()) / total,
        "loss_floor": float(weight @ log_losses(weight / per_row, SMALLEST_POSITIVE)) / total,
    }


def heavy_tailed_columns(matrix, sample, is_number):
    """Number columns whose standard deviation is made by a few very large cells.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float
    sample : ndarray of int
        Rows to look at.
    is_number : ndarray of shape (n_columns,), dtype bool

    Returns
    -------
    columns : tuple of int
        A column whose middle half is a single value is not among them: it is rarely anything else, not squeezed.
    """
    numbers = np.flatnonzero(is_number)
    cells = matrix[np.ix_(sample, numbers)].astype(np.float64)
    is_filled = ~np.isnan(cells).all(axis=0)
    numbers, cells = numbers[is_filled], cells[:, is_filled]
    if not len(numbers):
        return ()
    size = np.nanmax(np.abs(cells), axis=0, initial=0)
    cells /= np.where(size > 0, size, 1.0)  # cells near 1e300 have squares, too
    low, high = np.nanquantile(cells, [0.25, 0.75], axis=0)
    return tuple(numbers[(high > low) & (high - low < SQUEEZED_MIDDLE * np.nanstd(cells, axis=0))].tolist())


def label_order(index, codes):
    """How the labels lie in the order in which the rows came.

    Parameters
    ----------
    index : ndarray of shape (m,), dtype int
        Where each row stands in the table.
    codes : ndarray of shape (m,), dtype int

    Returns
    -------
    order : LabelOrder
    """
    in_order = codes[np.argsort(index)]
    shares = np.bincount(codes) / len(codes)
    return LabelOrder(
        n_runs=int(np.count_nonzero(np.diff(in_order))) + 1,
        # Neighbours differ with probability 1 - sum of squared shares.
        expected_runs=float(1 + (len(codes) - 1) * (1 - math.fsum(shares**2))),
        n_rows=len(codes),
    )


def _places(mask):
    return tuple(np.flatnonzero(mask).tolist())
