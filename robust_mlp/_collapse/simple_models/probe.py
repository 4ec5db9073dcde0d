"""Is there anything to learn? Fits simple models and compares each with chance, on rows that it was not fitted to.

A linear model and shallow trees find most signals. Three more models find what these miss. Products of two and three
columns find XOR and parity. Nearest neighbours find islands of any shape, as on a chess board. Effects of pairs of
levels find a price that each customer minds differently. The score of each model is compared with its distribution
under randomly permuted labels. This distribution is known exactly (see `rank_statistics`), so no model is fitted to
permuted labels. Trains no network."""

import math
import warnings
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
from scipy.special import softmax
from scipy.stats import norm, rankdata
from threadpoolctl import threadpool_limits

from robust_mlp._collapse.simple_models.column_pairs import Cells, clearest_pair, pair_model
from robust_mlp._collapse.simple_models.comparison import PAIRS, Signal
from robust_mlp._collapse.simple_models.per_column import feature_signal
from robust_mlp._collapse.simple_models.probe_models import (
    forest_model,
    kernel_model,
    linear_model,
    neighbours_model,
    products_model,
    shallow_trees,
)
from robust_mlp._collapse.symptoms.against_prior import rank_statistics
from robust_mlp._core.deadline import NO_DEADLINE, Deadline, OutOfTime
from robust_mlp._core.losses import log_losses, mean_loss
from robust_mlp._core.temperature import best_inverse_temperature, judging_factors
from robust_mlp._report import ProbeResult, SignalSummary

# In tables without a signal, a signal is reported in at most this share of cases. Together with false signals from a
# lucky epoch of the network, it stays below 5 % (tests/_collapse/simple_models/test_probe.py,
# benchmarks/collapse_zoo.py).
FALSE_SIGNAL_RATE = 0.02
# Share of such signals that a model finds if it knows the right columns. A model that must learn them from the same
# rows finds about 80 %.
POWER = 0.95
# Limits on rows and on their cells. They are enough to detect an area under the ROC curve of .52, and all probes
# together take about a second.
MAX_ROWS, MAX_CELLS = 20_000, 4_000_000
FEWEST_ROWS = 12
FEW_ROWS = 400  # with fewer rows, each fold leaves out a smaller part
N_FOLDS, N_FOLDS_OF_FEW = 2, 5
# Models that must show how much is to be found learn from more of the rows. Of so many rows, two thirds are still all
# that these models take (`MAX_FOREST_ROWS`), and three folds take three fifths of the time of five. Of 1,800 rows, with
# three folds, networks were taken for healthy that are .12 of balanced accuracy behind.
MANY_ROWS, N_FINE_FOLDS_OF_MANY = 6000, 3
# The scores of the folds are dependent, even without a signal. For a model that is linear in its training rows, the
# score of fold j is s_j . sum of s_k over k != j, where s_k are the independent contributions of the folds. The sum
# over j counts each pair twice. So its variance is twice that of independent scores, for any number of folds. For other
# models it is smaller.
FOLD_DEPENDENCE = 2.0
# If a probe saves this share of the prior's loss, the probes for special shapes are not needed.
PLENTY = 0.1
PROBES = (
    ("linear model", linear_model),
    ("shallow trees", shallow_trees),
    ("products of columns", products_model),
    ("nearest neighbours", neighbours_model),
    (PAIRS, pair_model),
)
SPECIAL = ("products of columns", "nearest neighbours", PAIRS)
# What these find may be a part only of what the special one finds: products of ranks see something of most pairs.
ONLY_PARTS = {PAIRS: {"products of columns"}}
# How much there is to be found: what the network is held against, row by row.
THOROUGH = (("forest", forest_model), ("kernel model", kernel_model))


@dataclass(frozen=True, eq=False)
class ProbeTable:
    """The sampled rows: features `X` (n, d) in [-1, 1], codes, weights, fold of each row, and where they came from.

    `groups` says which rows belong together; None if all are independent. `cells` are the rows before encoding; None
    where they are not at hand.
    """

    X: np.ndarray
    codes: np.ndarray
    weights: np.ndarray
    folds: np.ndarray
    rows: np.ndarray
    n_classes: int
    groups: np.ndarray | None = None
    fine_folds: np.ndarray | None = None  # as many as models have that must show how much is to be found
    cells: Cells | None = None
    deadline: Deadline = NO_DEADLINE

    def seen_by(self, make):
        """What a model is fitted to: the features, or the cells."""
        return self.cells if make is pair_model else self.X

    def for_model(self, make):
        """The table with the folds for a model: pairs of levels have few rows each, and are learned from most rows."""
        if make is not pair_model or self.fine_folds is None:
            return self
        return replace(self, folds=self.fine_folds)

    def can_be_seen_by(self, make):
        """Whether there is anything for a model to be fitted to."""
        if make is not pair_model:
            return True
        return self.cells is not None and self.cells.values.shape[1] > 1


def probe_signal(source, *, seed=0, deadline=NO_DEADLINE):
    """Search the features for anything that separates the classes.

    Parameters
    ----------
    source : ProbeSource
    seed : int, default=0
    deadline : Deadline, optional

    Returns
    -------
    signal : Signal or None
        None if the time is over before all models are fitted: some of them prove nothing.
    """
    try:
        return _probed(source, seed, deadline)
    except OutOfTime:
        return None


def _probed(source, seed, deadline):
    """The Signal of `probe_signal`. Raises OutOfTime."""
    table = replace(sample_table(source, seed), deadline=deadline)
    n_classes, features = source.n_classes, partial(_features, source, seed)
    n = len(table.codes)
    if n < FEWEST_ROWS or len(np.unique(table.codes)) < 2:
        summary = SignalSummary(found=False, p_value=1.0, probes=(), n_rows=n, smallest_auc=1.0)
        return Signal(summary=summary, features=features)
    shares = np.bincount(table.codes, weights=table.weights, minlength=n_classes) / table.weights.sum()
    prior_loss = float(log_losses(shares)[table.codes].mean())
    results: list[ProbeResult] = []
    predictions = []
    # One thread: on a shared machine, waiting threads cost these small models more time than they save.
    # No warnings: a probe that does not converge, or that sees a class only once, is good enough.
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        for name, make in PROBES:
            plenty = {r.name for r in results if r.loss < (1 - PLENTY) * prior_loss} - ONLY_PARTS.get(name, set())
            if (name in SPECIAL and plenty) or not table.can_be_seen_by(make):
                continue
            result, P = run_probe(name, make, table.for_model(make), seed)
            results.append(result)
            predictions.append(P)
        p_value = min(1.0, len(PROBES) * min(r.p_value for r in results))
        factors = {}
        if p_value <= FALSE_SIGNAL_RATE:  # these look for no signal, but tell more exactly how much is in one
            for name, make in THOROUGH:
                result, P, factors[name] = run_thorough(name, make, table, seed)
                results.append(result)
                predictions.append(P)
        best = min(range(len(results)), key=lambda i: results[i].loss)
        where, P, name = table.rows, predictions[best], results[best].name
        if source.has_foreign_rows:
            where, P = for_validation(dict((*PROBES, *THOROUGH))[name], table, source, seed)
            if P is not None and name in factors:
                P = _tempered(P, factors[name])
    pair = cache(partial(_pair_of_columns, source, table, seed))
    summary = SignalSummary(
        found=p_value <= FALSE_SIGNAL_RATE,
        p_value=p_value,
        probes=tuple(results),
        n_rows=n,
        smallest_auc=smallest_detectable_auc(_independent(table)),
    )
    return Signal(summary=summary, rows=where, probabilities=P, features=features, pair=pair)


def sample_table(source, seed):
    """Draw the rows to use, replace their columns by ranks, and assign groups to folds, class by class."""
    rng = np.random.default_rng(seed)
    index = source.index
    size = min(MAX_ROWS, max(MAX_CELLS // source.encode(index[:1]).shape[1], 500))
    chosen = np.arange(len(index)) if len(index) <= size else np.sort(rng.choice(len(index), size, replace=False))
    codes = source.codes[chosen]
    n_fine_folds = N_FOLDS_OF_FEW if len(chosen) < MANY_ROWS else N_FINE_FOLDS_OF_MANY
    return ProbeTable(
        X=to_ranks(source.encode(index[chosen])),
        codes=codes,
        weights=source.weights[chosen],
        folds=_folds(codes, source.groups[chosen], N_FOLDS_OF_FEW if len(chosen) < FEW_ROWS else N_FOLDS, rng),
        fine_folds=_folds(codes, source.groups[chosen], n_fine_folds, np.random.default_rng(seed)),
        rows=index[chosen],
        n_classes=source.n_classes,
        groups=source.groups[chosen] if source.is_grouped else None,
        cells=_cells(source, chosen),
    )


def _cells(source, chosen):
    """The cells of pairs of a ProbeSource before encoding; None if they are not at hand."""
    if source.matrix is None:
        return None
    counts = None if source.counts is None else source.counts[chosen]
    return Cells(source.matrix[source.index[chosen]], source.is_number, counts)


def to_ranks(X):
    """Columns as mid-ranks from -1 to 1, so that large or heavy-tailed columns do not disturb a probe."""
    if len(X) < 2:
        return np.zeros(X.shape)
    return (2 * rankdata(X, axis=0) - len(X) - 1) / (len(X) - 1)


def _independent(table):
    """How many independent rows each class has, int array (n_classes,): the rows of a group count once."""
    codes = table.codes
    if table.groups is not None:
        codes = np.unique(np.column_stack([table.groups, codes]), axis=0)[:, 1]
    return np.bincount(codes, minlength=table.n_classes)


def _folds(codes, groups, n_folds, rng):
    """Fold of each row. Groups stay together, and each class is spread evenly over the folds."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    shuffled = rng.permutation(len(first))
    order = shuffled[np.argsort(codes[first][shuffled], kind="stable")]
    fold = np.empty(len(first), dtype=int)
    fold[order] = np.arange(len(first)) % n_folds
    return fold[group]


def run_probe(name, make, table, seed):
    """Cross-validate a probe: for each fold, fit it to the other folds and score it on this one.

    Returns
    -------
    result : ProbeResult
    P : ndarray of shape (n, n_classes)
        Predictions for all rows. Each row is predicted by a model that was fitted without it.
    """
    P, seen = np.full((len(table.codes), table.n_classes), np.nan), table.seen_by(make)
    scores, errors = [], []
    for fold in range(table.folds.max() + 1):
        test = table.folds == fold
        P[test] = fit_predict(make, table, ~test, seen[test], seed)
        support = np.bincount(table.codes[test], minlength=table.n_classes)
        groups = None if table.groups is None else table.groups[test]
        auc, score = rank_statistics(P[test], table.codes[test], table.weights[test], support, groups)
        scores.append(score)
        errors.append((np.nanmean(auc), test.sum()))
    loss = mean_loss(P, table.codes)
    score = math.fsum(scores) / math.sqrt(FOLD_DEPENDENCE * len(scores))
    auc, n_rows = np.array(errors).T
    known = ~np.isnan(auc)
    mean_auc = float(np.average(auc[known], weights=n_rows[known])) if known.any() else float("nan")
    result = ProbeResult(name=name, association=score, p_value=float(norm.sf(score)), loss=loss, auc=mean_auc)
    return result, P


def run_thorough(name, make, table, seed):
    """As `run_probe`, with more of the rows for each fold's model, and at the temperature that suits its predictions.

    Returns
    -------
    result : ProbeResult
    P : ndarray of shape (n, n_classes)
    factor : float
        What its log-probabilities are best multiplied by: the mean of many trees is less sure than it is right. `P` of
        a row is multiplied by what suits the other folds.
    """
    result, P = run_probe(name, make, replace(table, folds=table.fine_folds), seed)
    logs = _logs(P)
    factor = best_inverse_temperature(logs, table.codes, table.weights)
    P = _tempered(P, judging_factors(logs, table.codes, table.weights, table.fine_folds)[:, None])
    loss = mean_loss(P, table.codes)
    return replace(result, loss=float(loss)), P, factor


def _logs(P):
    return -log_losses(P)


def _tempered(P, factor):
    return softmax(factor * _logs(P), axis=1)


def fit_predict(make, table, train, test, seed):
    """Probabilities for k rows, seen as by `seen_by`, by a probe fitted to the rows `train` (mask).

    Returns
    -------
    P : ndarray of shape (k, n_classes)
    """
    table.deadline.check()
    y = table.codes[train]
    P = np.zeros((len(test), table.n_classes))
    present = np.unique(y)
    if len(present) < 2:
        P[:, present] = 1.0
        return P
    model, columns = make(table.seen_by(make)[train], y, table.weights[train], seed)
    P[:, model.classes_] = model.predict_proba(columns(test))
    return P


def for_validation(make, table, source, seed):
    """(rows, predictions) for the user's own held-out rows, by a probe fitted to all sampled rows. (None, None) if the
    user passed none."""
    if source.validation is None:
        return None, None
    all_rows = np.ones(len(table.codes), dtype=bool)
    where = np.arange(len(source.validation))
    if make is pair_model:
        return where, fit_predict(make, table, all_rows, Cells(source.validation_matrix, source.is_number), seed)
    # The probe was fitted to ranks within the sample, so new cells get their rank within the sample, too.
    sampled = np.sort(source.encode(table.rows), axis=0)
    X = np.empty(source.validation.shape)
    for j, column in enumerate(source.validation.T):
        below, above = (np.searchsorted(sampled[:, j], column, side=side) for side in ("left", "right"))
        X[:, j] = (below + above) / len(sampled) - 1
    return where, fit_predict(make, table, all_rows, X, seed)


def _features(source, seed):
    """What each column alone says about the classes."""
    return feature_signal(source.matrix, source.index, source.codes, source.is_number, source.names, seed=seed)


def _pair_of_columns(source, table, seed):
    """The names of the two columns that tell most together, or None."""
    if not table.can_be_seen_by(pair_model):
        return None
    with threadpool_limits(1):
        pair = clearest_pair(table.cells, table.codes, table.weights, seed)
    return None if pair is None else (source.names[pair[0]], source.names[pair[1]])


def smallest_detectable_auc(support):
    """The area under the ROC curve that would be reported as a signal in a share `POWER` of such tables.

    It is computed for the class that is easiest to detect. It uses the standard deviation of the Mann-Whitney statistic
    for random predictions, sqrt((n + 1) / (12 n1 n0)).
    """
    n = int(support.sum())
    pairs = max((int(k) * (n - int(k)) for k in support), default=0)
    if pairs == 0:
        return 1.0
    errors = norm.isf(FALSE_SIGNAL_RATE / len(PROBES)) + norm.ppf(POWER)
    return float(min(1.0, 0.5 + errors * math.sqrt(FOLD_DEPENDENCE * (n + 1) / (12 * pairs))))
