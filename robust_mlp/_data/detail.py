"""Numbers in which small differences matter: they get fine pieces, too, or a code for each value that comes again.

A price may say which product it is, and a measurement whose it is. Sixteen pieces of the range hide that. What a number
tells beyond a straight line in each piece of its range is tested on the labels; a column that passes gets the detail.
Trains nothing."""

from dataclasses import replace

import numpy as np

from robust_mlp._data.bends import bent
from robust_mlp._data.level_outputs import LEAST_WEIGHT_OF_LEVEL, MAX_EMBEDDED_LEVELS
from robust_mlp._data.number_scales import LARGEST_STANDARDIZED
from robust_mlp._data.pieces import N_PIECES, even_quantiles, learn_pieces

# Fine pieces of a number in which small differences matter, beside the usual ones: four to one. If these are not
# enough, and each of the finest has so many rows, sixteen to one.
N_FINE_PIECES, N_FINEST_PIECES = 64, 256
FEWEST_ROWS_OF_FINEST = 30
NONE = 1  # what cuts a number nowhere
# A column whose values come again, each in so many rows in the mean, can have a code for each value. Fewer rows do not
# tell what a value stands for.
FEWEST_ROWS_PER_VALUE = 4.0
# With fewer values, the fine pieces tell nearly all of them apart.
FEWEST_CODED_VALUES = 2 * N_FINE_PIECES
# Columns with codes at most, those with the strongest detail first: each adds a vector to the inputs.
MOST_CODED = 12
# Groups of rows that are compared: the values, or quantile bins with at least so many rows, at most so many.
FEWEST_ROWS_OF_BIN, MOST_BINS = 5, 1024
# A first look, by the F test. Most columns end here, after a millisecond.
CHANCE_AT_FIRST_SIGHT = 0.001
# Then the labels are shuffled within each piece so many times. A column has detail if groups explain more than they do
# of shuffled labels by so many standard deviations: by chance in one of a million columns.
N_SHUFFLES, CLEARLY_MORE = 20, 5.0
# The least share of the labels' variance that detail explains: less would not pay for the inputs.
LEAST_SHARE = 0.004
# Rows to test with: every k-th of more.
MOST_ROWS = 100_000


def with_detail(encoding, matrix, rows, codes, weights):
    """The encoding with fine pieces and with codes of values, for numbers in which small differences matter.

    Parameters
    ----------
    encoding : Encoding
        With pieces; without them nothing changes.
    matrix : ndarray of shape (n_rows, n_features), dtype float32 or float64
    rows : ndarray of shape (n_used,), dtype int
        Training rows.
    codes : ndarray of shape (n_used,), dtype int
        Their classes.
    weights : ndarray of shape (n_used,), dtype float64

    Returns
    -------
    encoding : Encoding
    """
    if not encoding.pieced.size:
        return encoding
    step = max(1, -(-rows.size // MOST_ROWS))
    shown, labels = rows[::step], codes[::step]
    rng = np.random.default_rng(0)  # the same rows have the same encoding, whatever the seed of the fit
    n_pieces, coded = np.full(encoding.numbers.size, NONE), []
    for i in np.unique(encoding.pieced):
        x = _scaled(encoding, i, matrix[shown, encoding.numbers[i]])
        found = np.isfinite(x)
        x, own = x[found], labels[found]
        values, of_value = np.unique(x, return_inverse=True)
        comes_again = len(values) * FEWEST_ROWS_PER_VALUE <= len(x)
        groups = of_value.reshape(-1) if comes_again else _bins(x)
        share = detail_of(x, groups, _pieces(x, N_PIECES), own, rng)
        if not share > LEAST_SHARE:
            continue
        n_pieces[i] = N_FINE_PIECES
        has_codes = comes_again and FEWEST_CODED_VALUES < len(values) <= MAX_EMBEDDED_LEVELS
        has_finest = len(x) >= FEWEST_ROWS_OF_FINEST * N_FINEST_PIECES
        if not has_codes and not has_finest:
            continue
        share = detail_of(x, groups, _pieces(x, N_FINE_PIECES), own, rng)
        if share > LEAST_SHARE and has_codes:
            coded.append((share, i))
        elif share > LEAST_SHARE:
            n_pieces[i] = N_FINEST_PIECES
    if (n_pieces == NONE).all():
        return encoding
    coded = sorted(i for _, i in sorted(coded, reverse=True)[:MOST_CODED])
    encoding = _with_pieces(encoding, matrix, rows, weights, n_pieces)
    return _with_codes(encoding, matrix, rows, weights, coded) if coded else encoding


def _scaled(encoding, i, x):
    """The number as the network sees it: of size one, so that squares are finite."""
    x = x.astype(np.float64)
    if encoding.bend is not None:
        x = bent(x[:, np.newaxis], encoding.bend[[i]])[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        z = (x - encoding.center[i]) / encoding.divisor[i]
    return np.where(np.abs(z) <= LARGEST_STANDARDIZED, z, np.nan)


def _pieces(x, n_pieces):
    """The piece of each value, between even quantiles.

    Pieces of the tails are left out. With them the test misses detail: two columns of diamonds had no fine pieces then,
    and the log loss rose by 3 %.
    """
    return np.searchsorted(np.unique(np.quantile(x, even_quantiles(n_pieces))), x, side="right")


def _bins(x):
    return _pieces(x, int(min(MOST_BINS, max(1, len(x) // FEWEST_ROWS_OF_BIN))))


def detail_of(x, groups, pieces, codes, rng):
    """How much of the classes groups of values tell, beyond a straight line in each piece of the range.

    An analysis of variance of the class indicators: groups within pieces, after the regression on the mean of each
    group, over rows within groups. It is the test of lack of fit [1]_ for a regression that is linear in each piece.
    Classes are no normal numbers, and the rarer a class, the further is the F distribution from the truth. So what
    passes the F test is compared with labels that are shuffled within each piece.

    Parameters
    ----------
    x : ndarray of shape (n_rows,), dtype float64
    groups, pieces : ndarray of shape (n_rows,), dtype int
        The group and the piece of each row, numbered in the order of the values.
    codes : ndarray of shape (n_rows,), dtype int
    rng : numpy.random.Generator

    Returns
    -------
    share : float
        Of the variance of the class indicators, less what chance explains. 0 where it may be chance.

    References
    ----------
    .. [1] N. R. Draper, H. Smith (1998). Applied regression analysis, 3rd edition, section 2.1.

    Examples
    --------
    >>> import numpy as np
    >>> x, rng = np.repeat(np.arange(40.0), 50), np.random.default_rng(0)
    >>> groups, pieces = x.astype(int), x.astype(int) // 8
    >>> bool(detail_of(x, groups, pieces, groups % 2, rng) > 0.8)
    True
    >>> detail_of(x, groups, pieces, (rng.random(2000) < x / 40).astype(int), rng)
    0.0
    """
    from scipy.stats import f as f_distribution

    if not len(x) or not codes.any():
        return 0.0
    # A group that lies in two pieces is two groups.
    groups = np.unique(groups * (int(pieces.max()) + 1) + pieces, return_inverse=True)[1].reshape(-1)
    design = _Design(x, groups, pieces)
    if design.freedom_of_groups < 1 or design.freedom_of_rows < 1:
        return 0.0
    independent = int(codes.max())  # the indicators of all classes sum to one
    explained, within, total = design.variances(codes)
    noise = within / design.freedom_of_rows
    if not explained > 0 or not total > 0:
        return 0.0
    if noise > 0:
        freedom = design.freedom_of_groups * independent, design.freedom_of_rows * independent
        by_chance = f_distribution.sf(explained / design.freedom_of_groups / noise, *freedom)
        if by_chance > CHANCE_AT_FIRST_SIGHT:
            return 0.0
    shuffled = np.array([design.variances(labels)[0] for labels in _shuffled(codes, pieces, rng)])
    is_clear = explained > shuffled.mean() + CLEARLY_MORE * shuffled.std(ddof=1)
    return float((explained - shuffled.mean()) / total) if is_clear else 0.0


def _shuffled(codes, pieces, rng):
    """Yields the codes `N_SHUFFLES` times, each time in another order within each piece."""
    order = np.argsort(pieces, kind="stable")
    for _ in range(N_SHUFFLES):
        shuffled = np.empty_like(codes)
        shuffled[order] = codes[np.argsort(pieces + rng.random(len(codes)))]
        yield shuffled


class _Design:
    """Groups and pieces of some rows: what the variances of any class codes are computed with."""

    def __init__(self, x, groups, pieces):
        # Groups in the order of their pieces, as sums over pieces need them.
        first = np.full(int(groups.max()) + 1, -1)
        first[groups] = pieces
        rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
        self._groups = rank[groups]
        self._counts = np.bincount(self._groups).astype(np.float64)
        piece = np.sort(first, kind="stable")
        self._starts = np.flatnonzero(np.diff(piece, prepend=-1))
        self._piece = np.cumsum(np.diff(piece, prepend=-1) > 0) - 1
        means = np.bincount(self._groups, weights=x) / self._counts
        self._of_piece = np.add.reduceat(self._counts, self._starts)
        center = np.add.reduceat(self._counts * means, self._starts) / self._of_piece
        self._leverage = self._counts * (means - center[self._piece])
        self._width = np.add.reduceat(self._leverage * (means - center[self._piece]), self._starts)
        n_groups = np.bincount(self._piece)
        self.freedom_of_groups = int(np.maximum(n_groups - 2, 0).sum())
        self.freedom_of_rows = len(x) - len(self._counts)

    def variances(self, codes):
        """Sums of squares of the class indicators: (groups beyond lines, rows within groups, all)."""
        n_classes, n_groups = int(codes.max()) + 1, len(self._counts)
        table = np.bincount(self._groups * n_classes + codes, minlength=n_groups * n_classes)
        table = table.reshape(n_groups, n_classes).astype(np.float64)
        mean = np.add.reduceat(table, self._starts) / self._of_piece[:, np.newaxis]
        deviation = table / self._counts[:, np.newaxis] - mean[self._piece]
        between = np.add.reduceat(self._counts[:, np.newaxis] * deviation**2, self._starts)
        slope = np.add.reduceat(self._leverage[:, np.newaxis] * deviation, self._starts)
        has_width = self._width > 0
        between[has_width] -= slope[has_width] ** 2 / self._width[has_width, np.newaxis]
        n_rows = len(codes)
        within = n_rows - (table**2 / self._counts[:, np.newaxis]).sum()
        total = n_rows - (table.sum(axis=0) ** 2).sum() / n_rows
        return np.maximum(between, 0).sum(), within, total


def _with_pieces(encoding, matrix, rows, weights, n_pieces):
    """The encoding with so many pieces more of each number, behind those that it has. Outputs of levels move on."""
    pieced, low, width = learn_pieces(encoding, matrix, rows, weights, n_pieces)
    moved = len(pieced)
    pieced = np.concatenate([encoding.pieced, pieced])
    order = np.argsort(pieced, kind="stable")
    return replace(
        encoding,
        pieced=pieced[order],
        piece_low=np.concatenate([encoding.piece_low, low])[order],
        piece_width=np.concatenate([encoding.piece_width, width])[order],
        slots=tuple(np.where(slots >= 0, slots + moved, slots) for slots in encoding.slots),
        n_outputs=encoding.n_outputs + moved,
    )


def _with_codes(encoding, matrix, rows, weights, coded):
    """The encoding with codes for the values of the numbers `coded`. Values of few rows share code 0."""
    values = []
    for i in coded:
        x = matrix[rows, encoding.numbers[i]].astype(np.float32).astype(np.float64)
        found = np.isfinite(x)
        distinct, groups = np.unique(x[found], return_inverse=True)
        mass = np.bincount(groups.reshape(-1), weights=weights[found], minlength=len(distinct))
        values.append(distinct[mass >= LEAST_WEIGHT_OF_LEVEL])
    return replace(
        encoding,
        coded=np.array(coded, dtype=np.intp),
        values=tuple(values),
        n_outputs=encoding.n_outputs + len(coded),
    )
