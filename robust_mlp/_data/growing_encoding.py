"""`GrowingEncoding`: an encoding whose statistics grow with a stream of tables.

Scales follow merged moments, levels and missing flags get inputs when they come. How the inputs change is said in an
`InputChange`, so that the network can follow. Never trains."""

from dataclasses import dataclass, field, replace

import numpy as np

from robust_mlp._core.input_change import InputChange
from robust_mlp._data.bends import bent
from robust_mlp._data.column_statistics import Moments, learn_moments
from robust_mlp._data.encoding import WEIGHT_BESIDE_PIECES, Encoding, learn_encoding
from robust_mlp._data.level_outputs import LEAST_WEIGHT_OF_LEVEL, MAX_EMBEDDED_LEVELS, MAX_LEVELS, level_masses
from robust_mlp._data.number_scales import is_constant, robust_scale, standard_divisor
from robust_mlp._data.unit_changes import Settling, UnitChange

# A column whose values in one table are, in the median, farther than this from the center of all, in units of the scale
# of all, has moved: earlier rows then count less, until it is so no longer. Of a normal column the median is .67, and a
# mixture of which a tenth is new reaches 3.2.
FARTHEST_MEDIAN = 4.0
# A median of fewer rows is chance.
FEWEST_ROWS_TO_FORGET = 20
# The scale of 'robust' is learnt again from a table of this many times the rows that it was learnt from. Quantiles of
# two tables cannot be merged, and those of many more rows are better.
TIMES_THE_ROWS = 2.0
# Inputs are added in steps: at least so many, and half as many as there are beside the numbers. Each step traces the
# network again, so that it must not come with each level.
FEWEST_NEW_INPUTS, NEW_INPUTS_SHARE = 8, 0.5
# Where one table multiplies a scale by more than this, or moves a center by more than this many scales, most of its
# values are far outside all that the network has seen. It has learnt nothing for them, and a kernel that is multiplied
# by so much would take thousands of steps to come back: it then keeps its weights for the scaled values.
LARGEST_CHANGE = 30.0
# The scale of fewer rows is chance: its error is above a quarter, and without limit for two rows. A kernel that would
# follow it has learnt next to nothing.
FEWEST_ROWS_TO_FOLLOW = 10.0


@dataclass(frozen=True, eq=False)
class GrowingEncoding:
    """The encoding so far, with the statistics that it grows by.

    Attributes
    ----------
    encoding : Encoding
    settling : Settling
        Statistics of the columns of numbers over all rows that count.
    scale_rows : ndarray of shape (n_numbers,), dtype float64
        Weight of the rows that the scale of each number was learnt from; for 'robust'.
    masses : dict of int to ndarray of shape (n_levels + 1,)
        For each category column the weight of each level so far, then of missing.
    changes : tuple of UnitChange
        Columns that the last table brought in another unit. Rows of earlier tables say nothing of them.
    """

    encoding: Encoding
    settling: Settling
    scale_rows: np.ndarray
    masses: dict[int, np.ndarray] = field(default_factory=dict)
    changes: tuple[UnitChange, ...] = ()

    @property
    def moments(self) -> Moments:
        """Of the columns of numbers over all rows that count."""
        return self.settling.total

    @classmethod
    def begin(cls, matrix, reader, weights, scale, numerical_embedding=None):
        """Learn from the first table; parameters as for `learn_encoding`."""
        rows = np.arange(len(matrix))
        encoding = learn_encoding(matrix, reader, rows, weights, scale, numerical_embedding, embeds_levels=True)
        moments = learn_moments(matrix, rows, weights, encoding.numbers)
        masses = {j: level_masses(matrix, rows, weights, j, len(reader.levels[j])) for j in reader.categories}
        return cls(encoding, Settling.of(moments), moments.present_weight, masses)

    @classmethod
    def after_fit(cls, encoding, weight):
        """Go on from the encoding of a fit, which keeps no statistics but its scales.

        Parameters
        ----------
        encoding : Encoding
        weight : float
            Total weight of its rows.
        """
        n, is_alive = encoding.numbers.size, np.isfinite(encoding.divisor)
        spread = np.where(is_alive, encoding.divisor, 0.0)
        is_flagged = np.isin(np.arange(n), encoding.flagged)
        present = np.full(n, float(weight))
        low, high = encoding.center - spread, encoding.center + spread
        moments = Moments(encoding.center.copy(), spread, low, high, present, is_flagged.astype(float))
        masses = {}
        for j, slots in zip(encoding.categories, encoding.slots, strict=True):
            masses[int(j)] = (slots[:-1] >= 0).astype(float)
        for j, codes in zip(encoding.embedded, encoding.level_codes, strict=True):
            has_own = codes[:-1] > 0
            known = masses.get(int(j), np.zeros(has_own.size))
            masses[int(j)] = np.maximum(known, np.where(has_own, LEAST_WEIGHT_OF_LEVEL, 0.0))
        return cls(encoding, Settling.of(moments), present, masses)

    def grown(self, matrix, reader, weights):
        """Learn from another table.

        Parameters
        ----------
        matrix : ndarray of shape (n_rows, n_columns), dtype float32 or float64
        reader : TableReader
            Of all tables so far: the one before with further levels.
        weights : ndarray of shape (n_rows,), dtype float64
            Positive.

        Returns
        -------
        grown : GrowingEncoding
        change : InputChange
        """
        rows, matrix = np.arange(len(matrix)), _with_bends(matrix, self.encoding)
        here = learn_moments(matrix, rows, weights, self.encoding.numbers)
        cells = matrix[:, self.encoding.numbers].astype(np.float64)
        settling, changes = self.settling.after(here, cells, lambda before: less_where_moved(before, here, cells))
        scaled, scale_rows, (factor, shift) = self._rescaled(matrix, weights, here, settling.total, changes)
        masses = {
            j: _padded(self.masses.get(j), len(reader.levels[j]))
            + level_masses(matrix, rows, weights, j, len(reader.levels[j]))
            for j in reader.categories
        }
        layout = _Layout(scaled, reader, settling.total, masses)
        growing = GrowingEncoding(layout.encoding, settling, scale_rows, masses, changes)
        return growing, layout.change(factor, shift)

    def _rescaled(self, matrix, weights, here, moments, changes):
        """(encoding with new scales, scale_rows, (factor, shift) of each number)."""
        old, numbers, before = self.encoding, self.encoding.numbers, self.moments
        is_changed = np.isin(np.arange(numbers.size), [change.number for change in changes])
        center, divisor, scale_rows = old.center.copy(), old.divisor.copy(), self.scale_rows
        had_values = before.present_weight > 0
        fill = old.fill
        if old.scale is None:
            fill = np.where(had_values, fill, moments.mean)
        else:
            found_center, found_divisor = moments.mean, standard_divisor(moments)
            is_better = ~is_constant(moments, matrix.dtype) & (found_divisor > 0) & np.isfinite(found_divisor)
            if old.scale == "robust":
                found_center, found_divisor = robust_scale(matrix, np.arange(len(matrix)), weights, numbers, here)
                is_better &= (found_divisor > 0) & (here.high > here.low)
                # Sums of the same weights in another order may differ in their last digits.
                has_moved = moments.present_weight < 0.999999 * (before.present_weight + here.present_weight)
                is_larger = here.present_weight >= TIMES_THE_ROWS * scale_rows
                is_better &= has_moved | is_larger | ~np.isfinite(divisor)
                scale_rows = np.where(is_better, here.present_weight, scale_rows)
            center[is_better], divisor[is_better] = found_center[is_better], found_divisor[is_better]
            is_first = ~had_values & ~is_better
            center[is_first] = moments.mean[is_first]
        # What was learnt of the scaled values of the one unit holds for those of the other.
        has_rows = (before.present_weight >= FEWEST_ROWS_TO_FOLLOW) & ~is_changed
        factor, shift = _fold(old, center, divisor, has_rows)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            low = (old.piece_low * old.divisor[old.pieced] + (old.center - center)[old.pieced]) / divisor[old.pieced]
            width = old.piece_width * old.divisor[old.pieced] / divisor[old.pieced]
        if old.scale != "standard":
            low, width = old.piece_low, old.piece_width
        scaled = replace(old, center=center, divisor=divisor, fill=fill, piece_low=low, piece_width=width)
        return scaled, scale_rows, (factor, shift)


def _with_bends(matrix, encoding):
    """The matrix with the numbers bent that the encoding bends."""
    if encoding.bend is None:
        return matrix
    matrix = matrix.astype(np.float64)
    matrix[:, encoding.numbers] = bent(matrix[:, encoding.numbers], encoding.bend)
    return matrix


def _fold(old, center, divisor, has_rows):
    """(factor, shift) of each number: ndarrays (n_numbers,); see `followed`."""
    if old.scale is None:
        return np.ones(center.size), np.zeros(center.size)
    factor, shift = followed((old.center, old.divisor), (center, divisor), has_rows)
    return factor, shift * (WEIGHT_BESIDE_PIECES if old.pieced.size else 1.0)


def followed(before, now, has_rows):
    """How the scaled values of columns change with their scale, where a network is to follow.

    Parameters
    ----------
    before, now : (center, divisor)
        ndarrays of shape (n_columns,); an infinite divisor belongs to a constant column.
    has_rows : ndarray of shape (n_columns,), dtype bool
        Columns of which enough rows have come.

    Returns
    -------
    factor, shift : ndarray of shape (n_columns,)
        The old value is ``factor * new + shift``; 1 and 0 where the network is not to follow. A column that was
        constant had the value 0. Its kernel, which was drawn and never used, stays, and the shift takes away what the
        constant adds now.
    """
    (old_center, old_divisor), (center, divisor) = before, now
    factor, shift = np.ones(center.size), np.zeros(center.size)
    was_alive, is_alive = np.isfinite(old_divisor), np.isfinite(divisor)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ratio, moved = divisor / old_divisor, (center - old_center) / old_divisor
        constant = (old_center - center) / divisor
    is_near = (ratio <= LARGEST_CHANGE) & (np.abs(moved) <= LARGEST_CHANGE) & (ratio > 0)
    follows = was_alive & is_alive & is_near & has_rows
    factor[follows], shift[follows] = ratio[follows], moved[follows]
    awakes = ~was_alive & is_alive & has_rows & (np.abs(constant) <= LARGEST_CHANGE)
    shift[awakes] = -constant[awakes]
    return factor, shift


def less_where_moved(before, here, cells):
    """The moments before, with less weight for columns that have moved far away."""
    if len(cells) < FEWEST_ROWS_TO_FORGET or not cells.shape[1]:
        return before
    factors = np.ones(cells.shape[1])
    has_median = np.count_nonzero(~np.isnan(cells), axis=0) >= FEWEST_ROWS_TO_FORGET
    cells = np.where(has_median, cells, 0.0)
    while True:
        merged = before.discounted(factors).merged(here)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            distance = np.nanmedian(np.abs(cells - merged.mean), axis=0) / merged.std
        # Half of the weight at a time; below that of one of its rows there is nothing left to forget.
        is_far = has_median & (distance > FARTHEST_MEDIAN) & (factors * before.present_weight >= 1)
        if not is_far.any():
            return before.discounted(factors)
        factors[is_far] /= 2


def _padded(masses, n_levels):
    """Masses of levels, then of missing, with zeros for levels that are new."""
    if masses is None:
        return np.zeros(n_levels + 1)
    return np.concatenate([masses[:-1], np.zeros(n_levels + 1 - masses.size), masses[-1:]])


class _Layout:
    """Where each output of a grown encoding is, and where it was."""

    def __init__(self, old, reader, moments, masses):
        self._old = old
        known = {int(i) for i in old.flagged}
        is_missing = (moments.missing_weight > 0) & (moments.present_weight > 0)
        new_flags = [i for i in np.flatnonzero(is_missing) if i not in known]
        flagged = np.concatenate([old.flagged, np.array(new_flags, dtype=np.intp)])
        n_before = old.numbers.size + old.flagged.size + old.pieced.size
        n_plain_old = old.n_outputs - old.n_codes
        self._offset = len(new_flags)  # by which one-hot outputs move
        self._n_plain_old, self._n_before = n_plain_old, n_before
        used = max([n_before, *(int(slots.max()) + 1 for slots in old.slots)])
        self._n_one_hot_old = used - n_before
        slots, end = [], used + self._offset
        level_codes = dict(zip(map(int, old.embedded), old.level_codes, strict=True))
        for j, places in zip(map(int, old.categories), old.slots, strict=True):
            found, end = _more_slots(places, self._offset, masses[j], end)
            slots.append(found)
            known_codes = level_codes.get(j)
            shares = (masses[j][:-1] > 0) & (found[:-2] < 0)
            if known_codes is not None or shares.any():
                level_codes[j] = _more_codes(known_codes, masses[j], may_have=found[:-2] < 0)
        for j in map(int, old.embedded):
            if j not in set(map(int, old.categories)):
                level_codes[j] = _more_codes(level_codes[j], masses[j], may_have=np.ones(masses[j].size - 1, bool))
        embedded = [*map(int, old.embedded), *(j for j in level_codes if j not in set(map(int, old.embedded)))]
        n_plain = n_plain_old
        if end > n_plain:
            n_plain = end + max(FEWEST_NEW_INPUTS, int((end - old.numbers.size) * NEW_INPUTS_SHARE))
        room = dict(zip(map(int, old.embedded), old.embedding_sizes, strict=False))  # those of values come last
        self._reserved = tuple(_room_for(room.get(j, 0), int(level_codes[j].max()) + 1) for j in embedded)
        self._n_plain, self._flagged, self._embedded = n_plain, flagged, embedded
        self.encoding = replace(
            old,
            reader=reader,
            flagged=flagged,
            slots=tuple(slots),
            embedded=np.array(embedded, dtype=np.intp),
            level_codes=tuple(level_codes[j] for j in embedded),
            n_outputs=n_plain + len(embedded) + len(old.values),
            reserved=self._reserved if level_codes else (),
        )

    def change(self, factor, shift):
        """The InputChange, for the (factor, shift) of each number."""
        old, n_numbers = self._old, self._old.numbers.size
        source = np.full(self._n_plain, -1, dtype=np.intp)
        n_first = n_numbers + old.flagged.size  # numbers and flags that existed stay where they were
        source[:n_first] = np.arange(n_first)
        n_rest = old.pieced.size + self._n_one_hot_old
        start = n_first + self._offset
        source[start : start + n_rest] = np.arange(n_first, n_first + n_rest)
        factors, shifts = np.ones(self._n_plain), np.zeros(self._n_plain)
        factors[:n_numbers], shifts[:n_numbers] = factor, shift
        flags = np.stack([n_numbers + np.arange(self._flagged.size), self._flagged], axis=1)
        places = {int(j): place for place, j in enumerate(old.embedded)}
        vectors = [(places.get(j, -1), size) for j, size in zip(self._embedded, self._reserved, strict=True)]
        # Values get no further codes: what is new to a stream is unknown.
        vectors += [(len(old.embedded) + i, len(values) + 1) for i, values in enumerate(old.values)]
        return InputChange(source, factors, shifts, flags, tuple(vectors))


def _more_slots(old, offset, masses, end):
    """Outputs of a category's levels, moved by `offset`; those that came get outputs from `end` on. And the new end."""
    n_levels = masses.size - 1
    slots = np.full(n_levels + 2, -1, dtype=np.intp)
    slots[: old.size - 2], slots[-2:] = old[:-2], old[-2:]
    slots[slots >= 0] += offset
    new = np.flatnonzero((masses[:-1] > 0) & (slots[:-2] < 0))
    new = new[: max(0, MAX_LEVELS - np.count_nonzero(slots[:-2] >= 0))]
    slots[new] = end + np.arange(new.size)
    end += new.size
    if masses[-1] > 0 and slots[-2] < 0:
        slots[-2] = end
        end += 1
    return slots, end


def _more_codes(old, masses, may_have):
    """Codes of a category's levels: those that exist, and further ones for levels that have become common."""
    level_codes = np.zeros(masses.size + 1, dtype=np.intp)
    if old is not None:
        level_codes[: old.size - 2], level_codes[-2:] = old[:-2], old[-2:]
    is_common = masses >= LEAST_WEIGHT_OF_LEVEL
    is_common[:-1] &= may_have
    if old is None:
        is_common[-1] = False  # its missing value has an output, if it has come
    next_code = int(level_codes.max()) + 1
    new = np.flatnonzero(is_common & (level_codes[:-1] == 0))[: max(0, MAX_EMBEDDED_LEVELS + 1 - next_code)]
    level_codes[new] = next_code + np.arange(new.size)
    return level_codes


def _room_for(room, n_codes):
    """Codes to reserve: as many as before where these suffice, else half as many again."""
    return room if n_codes <= room else n_codes + max(FEWEST_NEW_INPUTS, n_codes // 2)
