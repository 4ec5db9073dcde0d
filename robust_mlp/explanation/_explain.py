"""`explain`: which columns matter to a fitted classifier, and how.

Checks the arguments, calls the measures in order, and puts what they found into records."""

import numpy as np
from sklearn.utils import check_random_state

from robust_mlp._data.sample_weights import check_weights
from robust_mlp._data.targets import encode_labels
from robust_mlp.explanation._measures import curves
from robust_mlp.explanation._measures.columns import LEVELS, Grid, grid_of
from robust_mlp.explanation._measures.effects import MOST_ROWS, donor_rows, measure_effects
from robust_mlp.explanation._measures.groups import groups_of
from robust_mlp.explanation._measures.importance import Labels, interval, missing_rises, permutation_rises
from robust_mlp.explanation._measures.level_order import alike_order
from robust_mlp.explanation._measures.pairs import CANDIDATES_PER_PAIR, candidate_pairs, measure_pairs
from robust_mlp.explanation._names import chosen_columns
from robust_mlp.explanation._predictors import predictors_of
from robust_mlp.explanation._record import ColumnEffect, ColumnImportance, Explanation, PairEffect
from robust_mlp.explanation._sparse_tables import has_too_many_columns, strongest_columns
from robust_mlp.explanation.contributions import contributions
from robust_mlp.explanation.contributions._arguments import N_BACKGROUND, said_kind
from robust_mlp.explanation.contributions._mixed_tables import as_rows, choose_rows, kind_of

# Rows that importance is measured on, at random. Of twenty thousand rows a loss is known to a hundredth.
MOST_ROWS_OF_IMPORTANCE = 20_000
# A permutation of fewer rows says nothing.
LEAST_ROWS = 10
# Pairs that are told of. More are never looked at by anybody.
N_PAIRS = 5

AS_GIVEN = "rows as given"
OUT_OF_MEMBER = "training rows, each predicted by the member that was not trained on it"


def explain(
    classifier, X, y=None, *, sample_weight=None, columns=None, n_repeats=5, contributions_of=None, random_state=None
):
    """Say which columns matter to a fitted classifier, and how.

    Pass rows that the classifier was not trained on. If `X` is the training table of a `RobustMLPClassifier` with
    several members, all of it in its order, the importance is honest, too: each row is then predicted by the member
    that was not trained on it. Training rows of any other classifier make columns look important that it learned by
    heart.

    Importance is the rise of the log loss, in nats per row, when a column is permuted [1]_ [2]_. Effects are in
    log-odds (accumulated local effects [3]_) and in probabilities (partial dependence [4]_). No number says what
    happens if somebody changes a column in the world: the classifier knows what goes together, not what causes what.

    Parameters
    ----------
    classifier : fitted classifier
        A `RobustMLPClassifier`, which is fast; a `Pipeline`, whose input columns are explained; or any classifier with
        `predict_proba`.
    X : array-like, sparse matrix or DataFrame of shape (n_samples, n_features)
        At least 10 rows.
    y : array-like of shape (n_samples,), default=None
        True labels, of at least two classes. None: importance is measured against the classifier's own predictions.
    sample_weight : array-like of shape (n_samples,), default=None
        How often each row counts, >= 0.
    columns : str, int, sequence of these, or None, default=None
        Names or numbers of the columns to explain. None: all. A `RobustMLPClassifier` that was fitted to a sparse
        table without making it dense may have more than 50 columns: then the 50 whose permutation raises the log loss
        most.
    n_repeats : int, default=5
        Permutations of each column, >= 1.
    contributions_of : table like X, default=None
        Rows for which to compute what each column adds to their log-odds, for example ``X[:3]``. All columns count,
        also with `columns`. `contributions` computes them, with 100 rows of `X` as the background; call it for other
        settings. None: no row.
    random_state : int, RandomState instance or None, default=None
        Decides which rows are looked at, the permutations, and the background.

    Returns
    -------
    explanation : Explanation

    Raises
    ------
    NotFittedError, TypeError, ValueError
        For a classifier that is not fitted or has no `predict_proba`, columns that do not exist, other columns than in
        training, labels of one class or of unknown classes, and fewer than 10 rows. Also for rows of
        `contributions_of` that are a table of another kind or of other columns than `X`.

    See Also
    --------
    sklearn.inspection.permutation_importance : the same importance, of any estimator and any score.
    contributions : what each column adds to the log-odds of rows, in all detail.
    robust_mlp.displays.FeatureImportanceDisplay : draws importances.
    robust_mlp.displays.FeatureEffectDisplay : draws effects.

    References
    ----------
    .. [1] Breiman (2001), "Random Forests", Machine Learning 45, section 10.
    .. [2] Fisher, Rudin, Dominici (2019), "All Models are Wrong, but Many are Useful", JMLR 20(177), eq. 3.5.
    .. [3] Apley, Zhu (2020), "Visualizing the effects of predictor variables in black box supervised learning models",
       JRSS B 82(4), https://arxiv.org/abs/1612.08468
    .. [4] Friedman (2001), "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29(5),
       section 8.2.

    Examples
    --------
    >>> import numpy as np
    >>> from robust_mlp import RobustMLPClassifier, explain
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((300, 3))
    >>> y = np.where(X[:, 1] > 0, "yes", "no")
    >>> clf = RobustMLPClassifier(max_iter=20, n_members=2, random_state=0).fit(X, y)
    >>> explanation = explain(clf, X, y, random_state=0)
    >>> explanation.importance[0].name
    'x1'
    >>> bool(explanation.effect("x1").log_odds[-1, 1] > 1)
    True
    >>> explanation = explain(clf, X, y, contributions_of=X[:2], random_state=0)
    >>> explanation.contributions.evidence(0).columns[0].name
    'x1'
    """
    _check_repeats(n_repeats)
    predictors = predictors_of(classifier, X)
    n_rows = predictors.n_rows
    weights = _weights(sample_weight, n_rows)
    labels = Labels(_codes(y, predictors.classes, weights), weights)
    places = sorted(chosen_columns(columns, predictors.names))
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    order = np.random.default_rng(seed).permutation(n_rows)
    order = order[weights[order] > 0]
    honest = order[np.isin(order, predictors.honest.rows)][:MOST_ROWS_OF_IMPORTANCE]
    if len(honest) < LEAST_ROWS:
        raise ValueError(
            f"X has {len(honest)} usable rows, and an explanation needs at least {LEAST_ROWS}. Pass more rows."
        )
    if columns is None and has_too_many_columns(predictors):
        places = strongest_columns(predictors.honest, honest, labels, seed)
    found = _contributions(classifier, X, contributions_of, order, seed)
    n_left_out = len(predictors.names) - len(places) if columns is None else 0
    views = [predictors.views[place] for place in places]
    groups = groups_of(views, order)
    loss, importance, of_groups = _importances(
        predictors.honest, honest, labels, views, groups, n_left_out, n_repeats=n_repeats, seed=seed
    )
    effects, pairs = _effects(predictors, order[:MOST_ROWS], views, groups, weights)
    return Explanation(
        class_names=tuple(map(str, predictors.classes.tolist())),
        columns=tuple(view.name for view in views),
        n_rows=len(honest),
        rows=OUT_OF_MEMBER if predictors.is_training else AS_GIVEN,
        has_labels=labels.codes is not None,
        loss=loss,
        importance=importance,
        groups=of_groups,
        effects=effects,
        pairs=pairs,
        contributions=found,
        n_left_out=n_left_out,
    )


def _check_repeats(n_repeats):
    if isinstance(n_repeats, bool) or not isinstance(n_repeats, int | np.integer) or n_repeats < 1:
        raise ValueError(f"n_repeats={n_repeats!r} is no number of permutations. Pass a whole number >= 1.")


def _weights(sample_weight, n_rows):
    """Checked weights whose sums are finite."""
    weights = check_weights(sample_weight, n_rows)
    with np.errstate(over="ignore"):
        is_too_large = not np.isfinite(np.square(weights).sum())
    return weights / weights.max() if is_too_large else weights


def _codes(y, classes, weights):
    """Class codes of the labels, or None without labels."""
    if y is None:
        return None
    n_rows = len(weights)
    codes = encode_labels(y, classes, name="y of explain")
    if len(codes) != n_rows:
        raise ValueError(f"y has {len(codes)} labels, and X has {n_rows} rows. Pass one label for each row.")
    counted = codes[weights > 0]
    if len(np.unique(counted)) < 2:
        of_weight = "" if len(counted) == n_rows else " in the rows of positive weight"
        raise ValueError(
            f"y holds only one class{of_weight}, {classes.tolist()[counted[0]]!r}, and importance is about telling "
            "classes apart. Pass rows of two classes and more, or leave y out."
        )
    return codes


def _contributions(classifier, X, chosen, order, seed):
    """Contributions of the chosen rows, against rows of `X` in random order; None if no row was chosen."""
    if chosen is None:
        return None
    table, chosen = as_rows(X), as_rows(chosen)
    if kind_of(table) != kind_of(chosen) or table.shape[1:] != chosen.shape[1:]:
        raise ValueError(
            f"contributions_of is {said_kind(chosen)} of shape {chosen.shape}, and X {said_kind(table)} of "
            f"shape {table.shape}. Pass rows of X, or a table of the same kind with the same columns: X[:3], say."
        )
    if not chosen.shape[0]:
        raise ValueError("contributions_of has no rows. Pass at least one, or None.")
    background = choose_rows(table, np.sort(order[:N_BACKGROUND]))
    return contributions(classifier, chosen, background, random_state=seed)


def _importances(predictor, rows, labels, views, groups, n_left_out, *, n_repeats, seed):
    """(loss, ColumnImportance of columns, ColumnImportance of groups), both sorted.

    Columns that were left out count in the intervals: the others are the best of all.
    """
    sets = [[view.place] for view in views] + [[views[i].place for i in group] for group in groups]
    rises = permutation_rises(predictor, rows, labels, sets, n_repeats=n_repeats, seed=seed)
    loss, missing = missing_rises(predictor, rows, labels, [view.place for view in views])
    names = [(view.name,) for view in views] + [tuple(views[i].name for i in group) for group in groups]
    missing = [*missing.tolist(), *[float("nan")] * len(groups)]
    found = []
    for i, columns in enumerate(names):
        low, high = interval(rises.mean[i], rises.error[i], len(names) + n_left_out)
        found.append(
            ColumnImportance(
                columns=columns,
                importance=float(rises.mean[i]),
                low=low,
                high=high,
                missing=missing[i],
                per_class=tuple(rises.per_class[i].tolist()),
            )
        )
    alone, together = found[: len(views)], found[len(views) :]
    return loss, *(tuple(sorted(part, key=lambda one: -one.importance)) for part in (alone, together))


def _effects(predictors, rows, views, groups, weights):
    """(ColumnEffect of each column, PairEffect of the strongest pairs)."""
    grids = [_grid(view, predictors.views, rows) for view in views]
    measured = measure_effects(predictors.whole, rows, views, grids, weights)
    additive = _additive(predictors, views, measured)
    effects = tuple(
        _column_effect(view, effect, curve) for view, effect, curve in zip(views, measured, additive, strict=True)
    )
    candidates = candidate_pairs(views, measured, groups, CANDIDATES_PER_PAIR * N_PAIRS)
    found = measure_pairs(predictors.whole, rows, views, candidates, weights)
    return effects, tuple(_pair_effect(views, pair) for pair in found[:N_PAIRS])


def _grid(view, all_views, rows):
    """The grid of one column; levels in an order in which neighbours are alike."""
    grid = grid_of(view, rows)
    if not len(grid):  # nothing but missing values: one of them
        return Grid(rows[:1], np.full(1, np.nan), True)
    if view.kind != LEVELS or len(grid) < 3:
        return grid
    others = [other for other in all_views if other is not view]
    order = alike_order(view, others, grid.axis, rows)
    return Grid(grid.rows[order], grid.axis[order], False)


def _additive(predictors, views, measured):
    """The exact curve of the additive members for each column, or None."""
    networks = [] if predictors.network is None else curves.additive_networks(predictors.network)
    if not networks:
        return [None] * len(views)
    whole, grids = predictors.whole, [effect.grid for effect in measured]
    donors = whole.donors(donor_rows(whole, views, grids))
    return [
        curves.additive_curve(networks, whole.outputs[view.place], donors, effect.grid, effect.shares)
        for view, effect in zip(views, measured, strict=True)
    ]


def _column_effect(view, effect, additive):
    return ColumnEffect(
        name=view.name,
        kind=view.kind,
        values=_values(view, effect.grid),
        positions=_positions(view, effect.grid),
        shares=effect.shares,
        log_odds=effect.accumulated,
        probability=effect.dependence,
        additive=additive,
    )


def _pair_effect(views, pair):
    first, second = views[pair.first], views[pair.second]
    return PairEffect(
        columns=(first.name, second.name),
        strength=pair.strength,
        values=(_values(first, pair.grids[0]), _values(second, pair.grids[1])),
        positions=(_positions(first, pair.grids[0]), _positions(second, pair.grids[1])),
        log_odds=pair.values,
    )


def _values(view, grid):
    return tuple(view.shown(value) for value in grid.axis)


def _positions(view, grid):
    """Where values lie on an axis: levels at 0, 1, ..."""
    return tuple(map(float, range(len(grid)))) if view.kind == LEVELS else tuple(grid.axis.tolist())
