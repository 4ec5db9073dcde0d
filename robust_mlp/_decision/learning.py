"""Learns a decision: which offsets, if any, predict better than the largest probability.

Reads only held-out probabilities. Rejects a gain that may be noise."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from robust_mlp._core.log_odds import log_probabilities
from robust_mlp._decision.confusion import balanced_accuracy, geometric_mean
from robust_mlp._decision.decision import Decision
from robust_mlp._decision.measures import measure_for
from robust_mlp._decision.search import best_offsets, best_power

# A richer decision must beat a simpler one by this many standard errors on rows to which it was not fitted. The usual
# rule is one standard error (Breiman, Friedman, Olshen, Stone 1984, section 3.4.3). A single additional correct row
# reaches that, for any number of rows. 1.5 standard errors need three such rows.
NOISE_BAR = 1.5

# With fewer held-out rows nothing is learned: a single row then changes a score by more than the usual gain of a
# decision.
MIN_ROWS = 50

# Parts for cross-fitting the offsets: the usual number in cross-validation.
N_PARTS = 5

# Bootstrap resamples for a standard error. Its own relative error is then 10 %.
N_RESAMPLES = 50

# Scores that give every class the same weight. If the probabilities are honest, dividing by the prior maximizes them.
BALANCED_SCORES = (balanced_accuracy, geometric_mean)

# Fixed, so that the same held-out rows give the same decision for any random_state of the estimator.
SEED = 0


@dataclass(frozen=True, eq=False)
class GroupedRows:
    """Held-out rows `X` for a scorer, and the group of each: ndarray of shape (n_rows,), dtype int."""

    X: Any
    groups: np.ndarray


def learn_decision(decision, probabilities, codes, weights, classes, *, prior, honest_offsets=None, rows=None):
    """Learn how to turn probabilities into classes.

    Parameters
    ----------
    decision : {"argmax", "balanced"}, str, callable or array-like of shape (n_classes, n_classes)
        ``"argmax"``: the most probable class. ``"balanced"``: probabilities are divided by the prior first, which
        maximizes the expected balanced accuracy. A scorer name, ``"geometric_mean"`` or a scorer: offsets that maximize
        this score are learned (see Notes). A matrix ``costs[true, predicted]``: the class of least expected cost [1]_.
    probabilities : ndarray of shape (n_rows, n_classes)
        Held-out, as `predict_proba` will give them.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        Sample weights, positive, without class weights.
    classes : ndarray of shape (n_classes,)
    prior : ndarray of shape (n_classes,), dtype float64
        Class shares in the probabilities: those of the data; or those of the loss, if it was weighted or resampled and
        the probabilities were not corrected.
    honest_offsets : ndarray of shape (n_classes,), dtype float64, default=None
        For costs: offsets that make the probabilities honest. None if they are honest.
    rows : array-like of n_rows rows, or GroupedRows, default=None
        X of the held-out rows, for a scorer that reads it. The rows of a group are in one part of the cross-fitting,
        and are resampled together.

    Returns
    -------
    decision : Decision

    Raises
    ------
    ValueError, TypeError
        If `decision` is none of the above.

    Notes
    -----
    There are three candidates, from simple to rich: no offsets; a multiple of minus the log-prior, which is one number
    to learn; and free offsets, found by coordinate search. The last two are cross-fitted: each is fitted to four fifths
    of the rows and scored on the other fifth, five times, and the five offsets are averaged. A candidate is chosen only
    if it beats the simpler one by 1.5 standard errors of the difference (paired bootstrap). So if a class has few rows,
    the decision stays at the largest probability or near it. With fewer than 50 rows or groups, nothing is learned. For
    balanced accuracy and the geometric mean, the first candidate is ``"balanced"``, which is best for them in theory.
    It is replaced by no offsets only if these are better by 1.5 standard errors.

    References
    ----------
    .. [1] Elkan (2001), "The foundations of cost-sensitive learning", IJCAI, eq. 1.
    """
    n_classes = len(classes)
    zero = np.zeros(n_classes)
    if isinstance(decision, str) and decision == "argmax":
        return Decision(kind="argmax", offsets=zero)
    if isinstance(decision, str) and decision == "balanced":
        return Decision(kind="balanced", offsets=-_log_prior(prior))
    if not isinstance(decision, str) and not callable(decision):
        costs = check_costs(decision, classes)
        honest_offsets = zero if honest_offsets is None else honest_offsets
        return Decision(kind="costs", offsets=zero, costs=costs, honest_offsets=honest_offsets)
    logits = log_probabilities(probabilities)
    X, groups = (rows.X, rows.groups) if isinstance(rows, GroupedRows) else (rows, None)
    measure = measure_for(decision, X, codes, weights, classes, logits.argmax(axis=1))
    return _tuned(logits, _log_prior(prior), measure, groups)


def check_costs(costs, classes):
    """Return a cost matrix as float64 (n_classes, n_classes). Raise an error if it is not valid."""
    n_classes = len(classes)
    example = "[[0, 1], [10, 0]]" if n_classes == 2 else "1 - np.eye(n_classes)"
    try:
        matrix = np.asarray(costs, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"decision={costs!r} is neither a name, a scorer nor a matrix of numbers. Pass 'argmax', 'balanced', a "
            f"scorer name such as 'balanced_accuracy', a scorer, or costs such as {example}."
        ) from None
    if isinstance(costs, Real) or matrix.shape != (n_classes, n_classes):
        raise ValueError(
            f"decision is a cost matrix of shape {matrix.shape}, but y has {n_classes} classes. Pass costs of shape "
            f"({n_classes}, {n_classes}), row: true class, column: predicted class, in the order of classes_."
        )
    if not np.isfinite(matrix).all():
        row, column = (int(place) for place in np.argwhere(~np.isfinite(matrix))[0])
        raise ValueError(
            f"decision is a cost matrix with {matrix[row, column]} at [{row}, {column}]. Pass finite costs."
        )
    if (matrix == matrix[:, :1]).all():
        raise ValueError(
            "decision is a cost matrix in which every answer costs the same, so that the first class would always be "
            f"predicted. Pass costs that differ within a row, such as {example}."
        )
    return matrix


def _log_prior(prior):
    """Logarithm of the prior (n_classes,), minus its mean over the classes that occur; 0 for the other classes."""
    occurs = prior > 0
    log_prior = np.zeros(len(prior))
    log_prior[occurs] = np.log(prior[occurs])
    log_prior[occurs] -= log_prior[occurs].mean()
    return log_prior


def _tuned(logits, log_prior, measure, groups=None):
    """The richest candidate that beats the simpler ones by more than noise."""
    n_groups = len(logits) if groups is None else len(np.unique(groups))
    learnt = ("prior", "free") if n_groups >= MIN_ROWS else ()
    candidates: dict[str, list] = {name: [] for name in ("zero", "balanced", *learnt)}
    out_of_part = {name: np.empty(len(logits), dtype=np.int64) for name in candidates}
    for fitted, scored in _parts(measure.codes, groups) if learnt else [(slice(None), slice(None))]:
        part = measure.at(fitted) if learnt else None
        for name, offsets in _candidates(logits[fitted], log_prior, part).items():
            candidates[name].append(offsets)
            out_of_part[name][scored] = (logits[scored] + offsets).argmax(axis=1)
    scores = {name: measure(predicted) for name, predicted in out_of_part.items()}

    def is_better(name, other):
        """Whether the gain of a candidate over another is more than noise."""
        gain = scores[name] - scores[other]
        return gain > 0 and gain > NOISE_BAR * _standard_error(measure, out_of_part[name], out_of_part[other], groups)

    chosen = "zero"
    if getattr(measure, "of_counts", None) in BALANCED_SCORES and not is_better("zero", "balanced"):
        chosen = "balanced"
    for richer in learnt:
        if is_better(richer, chosen):
            chosen = richer
    offsets = np.mean(candidates[chosen], axis=0)
    return Decision(
        kind="scorer",
        offsets=offsets - offsets.mean(),
        score=scores[chosen],
        argmax_score=scores["zero"],
        note=_note(chosen, scores, len(logits)),
    )


def _candidates(logits, log_prior, measure):
    """Offsets (n_classes,) of each candidate. Without a measure, only of the candidates that need no learning."""
    given = {"zero": np.zeros(len(log_prior)), "balanced": -log_prior}
    if measure is None:
        return given
    along_prior = best_power(logits, log_prior, measure)
    return given | {"prior": along_prior, "free": best_offsets(logits, along_prior, measure)}


def _parts(codes, groups=None):
    """Pairs (rows to fit, rows to score). Every class is spread over the parts; no group is in two of them."""
    # Not at the top: a process that only predicts learns no decision, and this import takes longer than all others.
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    counts = np.bincount(codes)
    strata = np.where(counts[codes] >= N_PARTS, codes, -1)  # classes of one to four rows are spread together
    if np.count_nonzero(strata == -1) < N_PARTS:
        strata[strata == -1] = counts.argmax()
    splitter = (StratifiedKFold if groups is None else StratifiedGroupKFold)(N_PARTS, shuffle=True, random_state=SEED)
    return list(splitter.split(strata[:, None], strata, groups))


def _standard_error(measure, predicted, other, groups=None):
    """Bootstrap standard error of the difference of two scores on the same rows. Groups are drawn as wholes."""
    rng = np.random.default_rng(SEED)
    differences = []
    if groups is not None:
        order = np.argsort(groups, kind="stable")
        members = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    for _ in range(N_RESAMPLES):
        if groups is None:
            index = rng.integers(len(predicted), size=len(predicted))
        else:
            index = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        resampled = measure.at(index)
        differences.append(resampled(predicted[index]) - resampled(other[index]))
    return float(np.std(differences))


def _note(chosen, scores, n_rows):
    """One sentence that says which candidate was chosen and why."""
    titles = {
        "zero": (
            "most probable class",
            "No offsets gained more than chance would: the most probable class is predicted",
        ),
        "balanced": ("divided by the prior", "Probabilities are divided by the prior"),
        "prior": ("discounted prior", "The log-prior was discounted by one learnt factor"),
        "free": ("free offsets", "One offset for each class was learnt"),
    }
    listed = ", ".join(f"{titles[name][0]} {score:.4g}" for name, score in scores.items())
    return f"{titles[chosen][1]} (scores on {n_rows} held-out rows, cross-fitted: {listed})."
