"""Effects: how the answer of a classifier changes with the value of one column.

Accumulated local effects compare rows with nearly equal rows, and partial dependence averages over all rows. Works on a
predictor of `_swaps`; knows no table."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._system.threads import for_each
from robust_mlp.explanation._measures.columns import Grid
from robust_mlp.explanation._measures.scales import mean_log_odds

# Rows that local effects are measured on: a hundred for each of twenty pieces.
MOST_ROWS = 2000
# Rows that partial dependence is averaged over. Its error is that of a mean of a few hundred curves.
MOST_ROWS_OF_DEPENDENCE = 300


@dataclass(frozen=True, eq=False)
class LocalEffects:
    """The steps of one column: how far the answer moves when the value moves to a neighbour in the grid.

    Attributes
    ----------
    places : ndarray of shape (n_steps,), dtype int
        For each step the piece: from value ``places - 1`` of the grid to value ``places``.
    rows : ndarray of shape (n_steps,), dtype int
        The row that was moved. Of numbers each row moves once; of levels to both neighbours.
    steps : ndarray of shape (n_steps, n_classes), dtype float64
        In log-odds, as `mean_log_odds` has them.
    """

    places: np.ndarray
    rows: np.ndarray
    steps: np.ndarray


@dataclass(frozen=True, eq=False)
class Effect:
    """What was measured of one column at the values of its grid.

    Attributes
    ----------
    grid : Grid
    shares : ndarray of shape (n_values,), dtype float64
        Of numbers the share of the rows in the piece that ends at each value (the first is 0); of levels the share of
        each level.
    accumulated : ndarray of shape (n_values, n_classes)
        Accumulated local effect in log-odds. Its mean over the rows is 0.
    dependence : ndarray of shape (n_values, n_classes)
        Partial dependence: mean probability.
    local : LocalEffects
    """

    grid: Grid
    shares: np.ndarray
    accumulated: np.ndarray
    dependence: np.ndarray
    local: LocalEffects


def measure_effects(predictor, rows, views, grids, weights):
    """Accumulated local effects and partial dependence of columns.

    Parameters
    ----------
    predictor : NetworkPredictor or TablePredictor
    rows : ndarray of int
        In random order.
    views : list of ColumnView
    grids : list of Grid
        One for each view; of at least one value.
    weights : ndarray of shape (n_table_rows,)

    Returns
    -------
    effects : list of Effect

    References
    ----------
    D. W. Apley, J. Zhu (2020). Visualizing the effects of predictor variables in black box supervised learning models.
    JRSS B 82(4), eq. 15 and 16, https://arxiv.org/abs/1612.08468 (accumulated local effects).
    J. H. Friedman (2001). Greedy function approximation: a gradient boosting machine. Annals of Statistics 29(5),
    section 8.2 (partial dependence).
    """
    donors = predictor.donors(donor_rows(predictor, views, grids))
    steps: list[list[LocalEffects]] = [[] for _ in views]
    sums = [0.0 for _ in views]
    used, n_dependence = 0.0, MOST_ROWS_OF_DEPENDENCE
    for block in predictor.blocks(rows):
        few = block.first(n_dependence) if n_dependence else None
        n_dependence -= 0 if few is None else len(few.rows)
        used += 0.0 if few is None else weights[few.rows].sum()

        def measure(i, block=block, few=few):
            steps[i] += _steps(block, views[i], grids[i], donors)
            if few is not None:
                constants = [(np.full(len(few.rows), k),) for k in range(len(grids[i]))]
                P = few.changed([[views[i].place]], donors, constants)
                sums[i] = sums[i] + np.einsum("vrc,r->vc", P, weights[few.rows])

        for_each(measure, range(len(views)), predictor.n_threads)
    return [
        _effect(view, grid, parts, total / used, rows, weights)
        for view, grid, parts, total in zip(views, grids, steps, sums, strict=True)
    ]


def donor_rows(predictor, views, grids):
    """For each column of the table the rows of its grid; no row for columns without a grid."""
    rows = [np.empty(0, dtype=np.intp)] * predictor.n_columns
    for view, grid in zip(views, grids, strict=True):
        rows[view.place] = grid.rows
    return rows


def _steps(block, view, grid, donors):
    """LocalEffects of one block: one for numbers, two for levels."""
    if len(grid) < 2:
        return []
    places = grid.places(view.axis[block.rows])
    if grid.is_ordered:
        moves = [(places >= 1, places - 1, places)]
    else:  # from the level before, and to the level after
        moves = [(places >= 1, places - 1, places), ((places >= 0) & (places < len(grid) - 1), places, places + 1)]
    ends = [(np.clip(end, 0, len(grid) - 1),) for _, low, high in moves for end in (low, high)]
    log_odds = mean_log_odds(block.changed([[view.place]], donors, ends))
    return [
        LocalEffects(high[is_used], block.rows[is_used], (log_odds[2 * i + 1] - log_odds[2 * i])[is_used])
        for i, (is_used, _, high) in enumerate(moves)
    ]


def _effect(view, grid, parts, dependence, rows, weights):
    n_values, n_classes = dependence.shape
    places = grid.places(view.axis[rows])
    known = places >= 0
    shares = np.bincount(places[known], weights=weights[rows][known], minlength=n_values)
    shares = shares / (shares.sum() or 1.0)  # a column without known cells has no shares
    if not parts:
        nothing = np.empty(0, dtype=np.intp)
        local = LocalEffects(nothing, nothing, np.empty((0, n_classes)))
        return Effect(grid, shares, np.zeros((n_values, n_classes)), dependence, local)
    local = LocalEffects(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("places", "rows", "steps")))
    masses = np.bincount(local.places, weights=weights[local.rows], minlength=n_values)
    sums = np.column_stack(
        [np.bincount(local.places, weights=weights[local.rows] * step, minlength=n_values) for step in local.steps.T]
    )
    means = sums / np.where(masses > 0, masses, 1)[:, np.newaxis]
    means[0] = 0
    accumulated = np.cumsum(means, axis=0)
    return Effect(grid, shares, accumulated - mean_effect(grid, accumulated, shares), dependence, local)


def mean_effect(grid, values, shares):
    """The mean over the rows of a curve: of numbers, the curve in a piece is the mean of its ends."""
    if not grid.is_ordered or len(grid) < 2:
        return shares @ values
    return shares[1:] @ (values[1:] + values[:-1]) / 2 + shares[0] * values[0]
