"""Splits: which rows train and which are held out.

Splits each class in proportion, keeps equal rows on one side, and comes before any balancing. Reads codes and groups,
never the table."""

from dataclasses import dataclass
from math import ceil, floor
from numbers import Integral

import numpy as np

# From this many distinct rows on, a class has at least one held-out row, even if its proportional share is below one.
# With fewer rows, the row is worth more in training than in evaluation.
FEWEST_TO_HOLD_ONE = 4

# A number of rows this close to a whole number is taken as that number: .07 * 100 is 7.000000000000001.
_WHOLE = 1e-9


def hold_out(codes, groups, fraction, seed):
    """Split rows into a training and a held-out part.

    Rows of one group count as one. About the same share of each class's groups is held out. A class within a single
    group stays in training: none of its rows is held out. Every other class keeps at least one training row. At least
    one row of a class is held out if it has `FEWEST_TO_HOLD_ONE` groups and the held-out part has room for all such
    classes.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,), dtype int
        Class codes.
    groups : ndarray of shape (n_rows,), dtype int
        Rows with the same number stay on the same side.
    fraction : float in (0, 1) or int >= 1
        Share of those groups that can be held out, rounded up; or the number of groups to hold out.
    seed : int
        The same seed gives the same split; no global generator is used.

    Returns
    -------
    train, held_out : ndarray of int
        Ascending row numbers. Each row is in exactly one of the two. Neither is empty.

    Raises
    ------
    ValueError
        If no row can be held out, or if `fraction` would take the last training row of a class.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.repeat([0, 1], [8, 4])
    >>> train, held_out = hold_out(codes, np.arange(12), 0.25, seed=0)
    >>> codes[held_out]
    array([0, 0, 1])
    """
    rng = np.random.default_rng(seed)
    blocks = _find_blocks(codes, groups)
    counts = np.bincount(blocks.stratum)
    quotas = _share_out(counts, _wanted(counts, fraction), rng)
    order = _shuffled_by_class(blocks.stratum, rng)
    first = np.cumsum(counts) - counts
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size) - first[blocks.stratum[order]]
    part = np.where(rank < quotas[blocks.stratum], 0, -1)
    part_of_row = _keep_every_class(codes, blocks.of_row, part, n_parts=1)
    held_out = np.flatnonzero(part_of_row == 0)
    if held_out.size == 0:
        raise _nothing_to_hold_out()
    return np.flatnonzero(part_of_row < 0), held_out


def cross_fit(codes, groups, n_parts, seed):
    """Split rows into parts. Each part is held out once while the other rows train.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,), dtype int
        Class codes.
    groups : ndarray of shape (n_rows,), dtype int
        Rows with the same number stay in the same part.
    n_parts : int >= 2
    seed : int
        The same seed gives the same parts; no global generator is used.

    Returns
    -------
    parts : list of ndarray of int
        Ascending row numbers. No part is empty, and no row is in two parts. There are `n_parts` parts, or fewer if
        fewer groups can be held out; the list may be empty. The groups of a class are spread over the parts as evenly
        as possible. If all rows of a class are in one group, they are in no part and always train. The training rows
        always hold every class, whichever part is held out.

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.repeat([0, 1], [6, 3])
    >>> [codes[part].tolist() for part in cross_fit(codes, np.arange(9), 3, seed=0)]
    [[0, 0, 1], [0, 0, 1], [0, 0, 1]]
    """
    rng = np.random.default_rng(seed)
    blocks = _find_blocks(codes, groups)
    counts = np.bincount(blocks.stratum)
    order = _shuffled_by_class(blocks.stratum, rng)
    order = order[counts[blocks.stratum[order]] >= 2]
    part = np.full(blocks.stratum.size, -1)
    part[order] = rng.permutation(n_parts)[np.arange(order.size) % n_parts]
    part_of_row = _keep_every_class(codes, blocks.of_row, part, n_parts=n_parts)
    by_part = np.argsort(part_of_row, kind="stable")
    ends = np.cumsum(np.bincount(part_of_row + 1, minlength=n_parts + 1))
    return [held_out for held_out in np.split(by_part, ends[:-1])[1:] if held_out.size]


def n_spare(codes, groups):
    """Largest number of distinct rows that `hold_out` can hold out.

    Parameters
    ----------
    codes, groups
        As in `hold_out`.

    Returns
    -------
    n_spare : int
        0 if each class has a single group. `hold_out` then raises.
    """
    counts = np.bincount(_find_blocks(codes, groups).stratum)
    return int(np.maximum(counts - 1, 0).sum())


@dataclass(frozen=True, eq=False)
class _Blocks:
    """Groups numbered from 0, called blocks: `of_row` int array (n_rows,) holds the block of each row, and `stratum`
    int array (n_blocks,) the rarest class of each block."""

    of_row: np.ndarray
    stratum: np.ndarray


def _find_blocks(codes, groups):
    """Number the groups from 0 and find the rarest class of each."""
    codes = np.asarray(codes)
    groups = np.asarray(groups)
    is_new = np.append(np.ones(min(1, groups.size), dtype=bool), groups[1:] != groups[:-1])
    if is_new.all() and (groups[1:] > groups[:-1]).all():
        return _Blocks(of_row=np.arange(groups.size), stratum=codes)
    if (groups[1:] >= groups[:-1]).all():
        of_row = np.cumsum(is_new) - 1
        order: slice | np.ndarray = slice(None)
    else:
        of_row = np.unique(groups, return_inverse=True)[1]
        order = np.argsort(of_row, kind="stable")
    by_rarity = np.argsort(np.bincount(codes), kind="stable")
    rarity = np.empty_like(by_rarity)
    rarity[by_rarity] = np.arange(by_rarity.size)
    sorted_blocks = of_row[order]
    starts = np.flatnonzero(np.append(True, sorted_blocks[1:] != sorted_blocks[:-1]))
    return _Blocks(of_row=of_row, stratum=by_rarity[np.minimum.reduceat(rarity[codes[order]], starts)])


def _shuffled_by_class(stratum, rng):
    """Block numbers class by class, in random order within a class: int array (n_blocks,)."""
    shuffled = rng.permutation(stratum.size)
    classes = stratum[shuffled]
    if classes.max(initial=0) <= np.iinfo(np.int16).max:
        classes = classes.astype(np.int16)  # NumPy sorts int16 in linear time
    return shuffled[np.argsort(classes, kind="stable")]


def _wanted(counts, fraction):
    """Number of blocks to hold out. `counts` is an int array (n_classes,): the number of blocks of each class."""
    sharing = counts[counts >= 2]
    n_sharing = int(sharing.sum())
    if n_sharing == 0:
        raise _nothing_to_hold_out()
    is_number = isinstance(fraction, Integral)
    wanted = int(fraction) if is_number else ceil(fraction * n_sharing - _WHOLE)
    most = n_sharing - sharing.size
    if wanted > most:
        largest = most if is_number else floor(100 * most / n_sharing) / 100
        fits = f"Pass validation_fraction={largest!r} or less, or more rows." if largest > 0 else "Pass more rows."
        raise ValueError(
            f"validation_fraction={fraction!r} holds out {wanted} of {n_sharing} different rows, which leaves "
            f"{max(0, n_sharing - wanted)} training rows for {sharing.size} classes. {fits}"
        )
    return max(1, wanted)


def _share_out(counts, wanted, rng):
    """Divide `wanted` blocks among the classes in proportion, int array (n_classes,). Each class keeps one block."""
    sharing = counts >= 2
    room = np.where(sharing, counts - 1, 0)
    ideal = wanted * np.where(sharing, counts, 0) / counts[sharing].sum()
    least = (counts >= FEWEST_TO_HOLD_ONE).astype(np.int64)
    if least.sum() > wanted:
        least[:] = 0
    quotas = np.clip(np.floor(ideal + _WHOLE).astype(np.int64), least, room)
    tie_break = rng.permutation(counts.size)
    while (left := wanted - quotas.sum()) != 0:
        step = 1 if left > 0 else -1
        able = np.flatnonzero(quotas < room if left > 0 else quotas > least)
        # The class furthest from its share comes first. In a tie the smaller class; in a further tie any class.
        distance = np.round(step * (ideal - quotas), 9)
        able = able[np.lexsort((tie_break[able], counts[able], -distance[able]))]
        quotas[able[: abs(left)]] += step
    return quotas


def _keep_every_class(codes, block_of_row, part, n_parts):
    """Make sure that the rows outside each part hold every class. Returns the part of each row, -1 for always training.

    Changes `part`, int array (n_blocks,), in place. If all rows of a class are in one part, one of its groups is taken
    out of the part. This can happen only to a class that shares groups with rarer classes.
    """
    part_of_row = part[block_of_row]
    n_classes = int(np.max(codes, initial=-1)) + 1
    table = np.bincount(codes * (n_parts + 1) + part_of_row + 1, minlength=n_classes * (n_parts + 1))
    table = table.reshape(n_classes, n_parts + 1)
    for code in np.flatnonzero((table[:, 1:].max(axis=1) == table.sum(axis=1)) & (table.sum(axis=1) > 0)):
        rows = np.flatnonzero(codes == code)
        if (part[block_of_row[rows]] >= 0).all():  # unless an earlier class took a group of this one out
            part[block_of_row[rows[0]]] = -1
    return part[block_of_row]


def _nothing_to_hold_out():
    """The error to raise if every class has a single group."""
    return ValueError(
        "No row can be held out: no class has two different rows, and each class needs one training row. Pass more "
        "rows (with groups: rows of more groups), or early_stopping=False, or your own held-out rows as X_val and "
        "y_val."
    )
