"""The strongest pairs of columns: whose joint effect is not the sum of their effects.

Not all pairs are tried. In a model without interactions, the local effect of a column is the same in all rows that hold
the same value of it. Where it differs, the columns that explain the difference are its partners; to find them takes no
further prediction. Only the best candidates are measured by accumulated local effects of second order."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._system.threads import for_each
from robust_mlp.explanation._measures.columns import LEVELS, Grid, grid_of
from robust_mlp.explanation._measures.effects import donor_rows
from robust_mlp.explanation._measures.scales import mean_log_odds

# Ranges of both columns within which local effects are compared. Eight times four cells leave sixty rows of two
# thousand in each.
N_RANGES, N_OWN_RANGES = 8, 4
# Pieces of each column of a measured pair: thirty-six cells, with fifty rows of two thousand in each.
N_PIECES = 6
# Candidates that are measured, for each pair that is asked for. The search and the measurement order pairs
# differently where several are nearly equal.
CANDIDATES_PER_PAIR = 3


@dataclass(frozen=True, eq=False)
class Interaction:
    """The joint effect of two columns beyond the sum of their own effects.

    Attributes
    ----------
    first, second : int
        Positions of the columns among the views.
    strength : float
        Standard deviation of the joint effect over the rows, in log-odds; of several classes the root of their mean
        square.
    grids : tuple of two Grid
    values : ndarray of shape (n_first, n_second, n_classes)
        Accumulated local effect of second order, in log-odds.
    """

    first: int
    second: int
    strength: float
    grids: tuple[Grid, Grid]
    values: np.ndarray


def candidate_pairs(views, effects, groups, n_candidates):
    """Pairs that may interact, the likeliest first.

    Parameters
    ----------
    views : list of ColumnView
    effects : list of Effect
    groups : list of list of int
        Pairs within a group are left out: whether one column bends or two of them interact cannot be told apart.
    n_candidates : int

    Returns
    -------
    pairs : list of tuple of (int, int)
    """
    ranges = [_ranges(view, N_RANGES) for view in views]
    scores = np.zeros((len(views), len(views)))
    for j, effect in enumerate(effects):
        if len(effect.local.places):
            scores[j] = _explained(effect, ranges)
            scores[j, j] = 0.0
    for group in groups:
        scores[np.ix_(group, group)] = 0.0
    scores = np.maximum(scores, scores.T)
    first, second = np.triu_indices(len(views), 1)
    order = np.argsort(-scores[first, second], kind="stable")[:n_candidates]
    return [(int(first[i]), int(second[i])) for i in order if scores[first[i], second[i]] > 0]


def _ranges(view, n_ranges):
    """In which range or level each row of the table lies: ndarray of int; 0 where it is missing or a rare level."""
    places = np.zeros(len(view.axis), dtype=np.intp)
    known = ~np.isnan(view.axis)
    values = view.axis[known]
    if view.kind == LEVELS:
        counts = np.bincount(values.astype(np.intp), minlength=1)
        rank = np.argsort(np.argsort(-counts, kind="stable"), kind="stable")
        found = rank[values.astype(np.intp)]
        places[known] = np.where(found < n_ranges, found + 1, 0)
    elif values.size:
        cuts = np.unique(np.quantile(values, np.arange(1, n_ranges) / n_ranges))
        places[known] = 1 + np.searchsorted(cuts, values, side="left")
    return places


def _explained(effect, ranges):
    """How much of the variance of a column's local effects each column explains: ndarray of shape (n_columns,)."""
    local, n_own = effect.local, min(len(effect.grid), N_OWN_RANGES)
    n_steps, width = len(local.places), N_RANGES + 1
    own = (np.maximum(local.places - 1, 0) * n_own) // max(len(effect.grid) - 1, 1)
    own = np.minimum(own, n_own - 1)
    rest = local.steps - _means(local.places, local.steps, len(effect.grid))[local.places]
    variance = np.square(rest).sum() / n_steps
    explained = np.zeros(len(ranges))
    for k, places in enumerate(ranges):
        cells = own * width + places[local.rows]
        counts = np.bincount(cells, minlength=n_own * width)
        n_cells = np.count_nonzero(counts)
        between = 0.0
        for step in rest.T:
            sums = np.bincount(cells, weights=step, minlength=n_own * width)
            between += np.sum(np.square(sums[counts > 0]) / counts[counts > 0]) / n_steps
        explained[k] = max(between - (n_cells - 1) / n_steps * variance, 0.0)  # less what chance explains
    return explained * max(len(effect.grid) - 1, 1) ** 2  # from a step to the whole range


def _means(places, values, n_places):
    counts = np.maximum(np.bincount(places, minlength=n_places), 1)
    return np.column_stack([np.bincount(places, weights=v, minlength=n_places) / counts for v in values.T])


def measure_pairs(predictor, rows, views, pairs, weights):
    """Accumulated local effects of second order (Apley and Zhu 2020, section 3.2 and appendix C).

    Parameters
    ----------
    predictor : NetworkPredictor or TablePredictor
    rows : ndarray of int
        In random order.
    views : list of ColumnView
    pairs : list of tuple of (int, int)
        Positions in `views`.
    weights : ndarray of shape (n_table_rows,)

    Returns
    -------
    interactions : list of Interaction
        The strongest first.
    """
    if not pairs:
        return []
    used = sorted({j for pair in pairs for j in pair})
    grids = {j: grid_of(views[j], rows, N_PIECES) for j in used}
    pairs = [pair for pair in pairs if min(len(grids[j]) for j in pair) > 1]
    donors = predictor.donors(donor_rows(predictor, [views[j] for j in used], [grids[j] for j in used]))
    found: list[list[tuple]] = [[] for _ in pairs]
    for block in predictor.blocks(rows):

        def measure(i, block=block):
            found[i].append(_differences(block, [views[j] for j in pairs[i]], [grids[j] for j in pairs[i]], donors))

        for_each(measure, range(len(pairs)), predictor.n_threads)
    measured = []
    for (j, k), parts in zip(pairs, found, strict=True):
        places, where, differences = (np.concatenate([part[i] for part in parts]) for i in range(3))
        of_pair = (grids[j], grids[k])
        values, strength = _accumulated(of_pair, places, differences, weights[where])
        measured.append(Interaction(j, k, strength, of_pair, values))
    return sorted(measured, key=lambda pair: -pair.strength)


def _differences(block, views, grids, donors):
    """(piece of each column, row, second difference over the piece) of the rows of a block."""
    places = np.column_stack([_upper(grid, view.axis[block.rows]) for view, grid in zip(views, grids, strict=True)])
    is_used = (places >= 1).all(axis=1)
    high = np.maximum(places, 1).T
    corners = [(high[0] - a, high[1] - b) for a in (0, 1) for b in (0, 1)]
    log_odds = mean_log_odds(block.changed([[view.place] for view in views], donors, corners))
    differences = log_odds[0] - log_odds[1] - log_odds[2] + log_odds[3]
    return places[is_used], block.rows[is_used], differences[is_used]


def _upper(grid, axis):
    """The piece of each row, from 1 on; a row of the first level counts for the step to the second."""
    places = grid.places(axis)
    return places if grid.is_ordered else np.where(places == 0, 1, places)


def _accumulated(grids, places, differences, weights):
    """(values at the corners of all cells, strength): the accumulated effect less both main effects and the mean."""
    shape = tuple(map(len, grids))
    cells = places[:, 0] * shape[1] + places[:, 1]
    n_cells = shape[0] * shape[1]
    masses = np.bincount(cells, weights=weights, minlength=n_cells).reshape(shape)
    sums = np.stack(
        [np.bincount(cells, weights=weights * d, minlength=n_cells).reshape(shape) for d in differences.T], axis=-1
    )
    means = sums / np.where(masses > 0, masses, 1)[..., np.newaxis]  # a cell without rows says nothing
    values = means.cumsum(axis=0).cumsum(axis=1)
    total = masses.sum() or 1.0
    for axis in (0, 1):  # take away the main effects: accumulated steps within the other column's pieces
        values = values - _main_effect(values, masses, axis)
    inside = masses[1:, 1:, np.newaxis] / total
    middle = (values[1:, 1:] + values[:-1, 1:] + values[1:, :-1] + values[:-1, :-1]) / 4
    mean = (inside * middle).sum(axis=(0, 1))
    squares = (inside * np.square(middle - mean)).sum(axis=(0, 1))
    return values - mean, float(np.sqrt(squares.mean()))


def _main_effect(values, masses, axis):
    """The accumulated mean step along one axis, in the shape of `values`."""
    if axis == 1:
        return _main_effect(values.swapaxes(0, 1), masses.T, 0).swapaxes(0, 1)
    steps = np.diff(values, axis=0)
    steps = (steps[:, 1:] + steps[:, :-1]) / 2  # in the middle of each cell
    inside = masses[1:, 1:, np.newaxis]
    totals = inside.sum(axis=1)
    mean = (inside * steps).sum(axis=1) / np.where(totals > 0, totals, 1)
    curve = np.concatenate([np.zeros((1, values.shape[2])), np.cumsum(mean, axis=0)])
    return np.broadcast_to(curve[:, np.newaxis], values.shape)
