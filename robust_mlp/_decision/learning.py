"""Learning a decision: which offsets, if any, are worth leaving the largest probability for.

Reads held-out probabilities only. A gain within the noise of the rows at hand is refused."""

from numbers import Real

import numpy as np
from sklearn.model_selection import StratifiedKFold

from robust_mlp._core.log_odds import log_probabilities
from robust_mlp._decision.confusion import balanced_accuracy, geometric_mean
from robust_mlp._decision.decision import Decision
from robust_mlp._decision.measures import measure_for
from robust_mlp._decision.search import best_offsets, best_power

# A richer decision must beat a simpler one by this many standard errors on rows it was not fitted to. The usual one
# standard error (Breiman, Friedman, Olshen, Stone 1984, section 3.4.3) is what a single row more right amounts to,
# however many rows there are; 1.5 asks for three.
NOISE_BAR = 1.5

# Below this many held-out rows nothing is learnt: one row is then worth more than what a decision usually gains.
MIN_ROWS = 50

# Parts for cross-fitting the offsets, as usual for cross-validation.
N_PARTS = 5

# Bootstrap resamples for a standard error: its own relative error is then a tenth.
N_RESAMPLES = 50

# What dividing by the prior maximizes, if the probabilities are honest: every class then counts the same.
BALANCED_SCORES = (balanced_accuracy, geometric_mean)

# Fixed: the same held-out rows give the same decision, whatever the estimator's random_state is.
SEED = 0


def learn_decision(decision, probabilities, codes, weights, classes, *, prior, honest_offsets=None, rows=None):
    """Learn how to turn probabilities into classes.

    Parameters
    ----------
    decision : {"argmax", "balanced"}, str, callable or array-like of shape (n_classes, n_classes)
        ``"argmax"``: the most probable class. ``"balanced"``: probabilities are divided by the prior first, which
        maximizes the expected balanced accuracy. A scorer name, ``"geometric_mean"`` or a scorer: offsets are learnt
        that maximize it (below). A matrix: the class of least expected cost, ``costs[true, predicted]`` [1]_.
    probabilities : ndarray of shape (n_rows, n_classes)
        Held-out, as `predict_proba` will give them.
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        Sample weights, positive, without class weights.
    classes : ndarray of shape (n_classes,)
    prior : ndarray of shape (n_classes,), dtype float64
        Class shares that the probabilities carry: those of the data, or of the loss where it was weighted or resampled
        and the probabilities were not corrected.
    honest_offsets : ndarray of shape (n_classes,), dtype float64, default=None
        What makes the probabilities honest, for costs; None if they are.
    rows : array-like of n_rows rows, default=None
        X of the held-out rows, for a scorer that looks at it.

    Returns
    -------
    decision : Decision

    Raises
    ------
    ValueError, TypeError
        If `decision` is none of the above.

    Notes
    -----
    Candidates of growing freedom: no offsets; a multiple of minus the log-prior (one number); free offsets by
    coordinate search. The last two are fitted to four fifths of the rows and scored on the other fifth, in turn, and
    averaged. A candidate is taken only if it beats the simpler one by 1.5 standard errors of the (paired bootstrap)
    difference. So with few rows of a class the decision stays with the largest probability, or close to it, and below
    50 rows nothing is learnt. For balanced accuracy and the geometric mean the first candidate is ``"balanced"``, which
    is best for them in theory, unless the rows speak against it by as much.

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
    measure = measure_for(decision, rows, codes, weights, classes, logits.argmax(axis=1))
    return _tuned(logits, _log_prior(prior), measure)


def check_costs(costs, classes):
    """Return a cost matrix as float64 (n_classes, n_classes), or raise what is wrong with it."""
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
    return matrix


def _log_prior(prior):
    """Logarithm of the prior (n_classes,), its mean over the classes that occur 0, and 0 for those that do not."""
    occurs = prior > 0
    log_prior = np.zeros(len(prior))
    log_prior[occurs] = np.log(prior[occurs])
    log_prior[occurs] -= log_prior[occurs].mean()
    return log_prior


def _tuned(logits, log_prior, measure):
    """The richest of the candidates that beats the simpler ones by more than noise."""
    learnt = ("prior", "free") if len(logits) >= MIN_ROWS else ()
    candidates: dict[str, list] = {name: [] for name in ("zero", "balanced", *learnt)}
    out_of_part = {name: np.empty(len(logits), dtype=np.int64) for name in candidates}
    for fitted, scored in _parts(measure.codes) if learnt else [(slice(None), slice(None))]:
        part = measure.at(fitted) if learnt else None
        for name, offsets in _candidates(logits[fitted], log_prior, part).items():
            candidates[name].append(offsets)
            out_of_part[name][scored] = (logits[scored] + offsets).argmax(axis=1)
    scores = {name: measure(predicted) for name, predicted in out_of_part.items()}

    def is_better(name, other):
        """Whether the gain of a candidate over another is more than noise."""
        gain = scores[name] - scores[other]
        return gain > 0 and gain > NOISE_BAR * _standard_error(measure, out_of_part[name], out_of_part[other])

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
    """Offsets (n_classes,) of each candidate; those that are learnt only if there is a measure to fit them to."""
    given = {"zero": np.zeros(len(log_prior)), "balanced": -log_prior}
    if measure is None:
        return given
    along_prior = best_power(logits, log_prior, measure)
    return given | {"prior": along_prior, "free": best_offsets(logits, along_prior, measure)}


def _parts(codes):
    """Pairs (rows to fit, rows to score), every class spread over the parts."""
    counts = np.bincount(codes)
    groups = np.where(counts[codes] >= N_PARTS, codes, -1)  # classes of a row or four are spread together
    if np.count_nonzero(groups == -1) < N_PARTS:
        groups[groups == -1] = counts.argmax()
    return list(StratifiedKFold(N_PARTS, shuffle=True, random_state=SEED).split(groups[:, None], groups))


def _standard_error(measure, predicted, other):
    """Bootstrap standard error of the difference of two scores on the same rows."""
    rng = np.random.default_rng(SEED)
    differences = []
    for _ in range(N_RESAMPLES):
        index = rng.integers(len(predicted), size=len(predicted))
        resampled = measure.at(index)
        differences.append(resampled(predicted[index]) - resampled(other[index]))
    return float(np.std(differences))


def _note(chosen, scores, n_rows):
    """One sentence on which candidate was taken and why."""
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
