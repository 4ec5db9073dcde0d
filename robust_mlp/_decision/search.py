"""Searches for the log-probability offsets with the best score on given rows.

Deterministic. If a range of offsets scores equally, it takes the middle. Never tests whether a gain is more than noise
(`learning` does)."""

import numpy as np

from robust_mlp._decision.measures import CountScore

# Powers of the prior by which probabilities are divided: 0 keeps the largest probability, 1 divides by the prior. The
# best power for the usual scores lies between. Powers above 1 show the search that it has passed the best.
PRIOR_POWERS = np.linspace(0.0, 1.5, 31)

# Largest number of sweeps over the classes. A sweep without gain ends the search.
MAX_SWEEPS = 4

# Thresholds that are tried for one class: at most this many quantiles over the rows of the class, and as many over the
# other rows. Fewer if the scorer must be called for each threshold.
MAX_CUTS = 256
MAX_CALLED_CUTS = 12

# A call of a scorer takes about a millisecond. With more classes than this, the search would take a minute.
MAX_CALLED_CLASSES = 8

# Largest rows x classes^2 for a sweep, some seconds in all: 100,000 rows with 30 classes, or 2,500 rows with 200. Above
# it, only one number is learned (`best_power`). With so many classes, the rarest have too few rows for more.
MAX_SWEEP_COST = 100_000_000

# Smaller gains are rounding errors.
TIE = 1e-12


def best_power(logits, log_prior, measure):
    """Best multiple of minus the log-prior as offsets: one number to learn, for any number of classes.

    Parameters
    ----------
    logits : ndarray of shape (n_rows, n_classes), dtype float64
        Log-probabilities.
    log_prior : ndarray of shape (n_classes,), dtype float64
    measure : CountScore or ScorerScore

    Returns
    -------
    offsets : ndarray of shape (n_classes,), dtype float64
    """
    scores = np.array([measure((logits - power * log_prior).argmax(axis=1)) for power in PRIOR_POWERS])
    return -PRIOR_POWERS[_plateau(scores, start=0)] * log_prior


def best_offsets(logits, start, measure):
    """Best offsets by coordinate search from `start`: for one class after the other, all thresholds are tried.

    Parameters
    ----------
    logits : ndarray of shape (n_rows, n_classes), dtype float64
        Log-probabilities.
    start : ndarray of shape (n_classes,), dtype float64
    measure : CountScore or ScorerScore

    Returns
    -------
    offsets : ndarray of shape (n_classes,), dtype float64
        Their score is at least that of `start`. They are `start` itself for a `ScorerScore` with more than
        `MAX_CALLED_CLASSES` classes, or if the cost exceeds `MAX_SWEEP_COST`.
    """
    n_classes = logits.shape[1]
    is_counted = isinstance(measure, CountScore)
    if (not is_counted and n_classes > MAX_CALLED_CLASSES) or logits.size * n_classes > MAX_SWEEP_COST:
        return start
    offsets = start.copy()
    score = measure((logits + offsets).argmax(axis=1))
    moving = range(1, 2) if n_classes == 2 else range(n_classes)
    for _ in range(1 if n_classes == 2 else MAX_SWEEPS):
        before = score
        for code in moving:
            margins, rivals = _margins(logits + offsets, code)
            margins += offsets[code]  # the class wins a row if its offset is above the row's margin
            edges, levels = _cuts(margins, measure.codes == code, MAX_CUTS if is_counted else MAX_CALLED_CUTS)
            if is_counted:
                scores = _swept(measure, margins, rivals, edges, code)
            else:
                scores = np.array([measure(np.where(margins < level, code, rivals)) for level in levels])
            current = np.searchsorted(edges, offsets[code])
            best = _plateau(scores, start=current)
            if scores[best] > score + TIE:
                offsets[code], score = levels[best], scores[best]
        if score <= before + TIE:
            break
    return offsets


def _margins(logits, code):
    """For each row, (n_rows,): the logit of the best other class minus that of `code`; and that other class."""
    rest = logits.copy()
    rest[:, code] = -np.inf
    rivals = rest.argmax(axis=1)
    return rest[np.arange(len(rest)), rivals] - logits[:, code], rivals


def _cuts(margins, is_of_class, max_cuts):
    """(edges, levels): thresholds (n_edges,), at most 2 * `max_cuts`, and one offset to try in each interval between.

    `levels` is (n_edges + 1,): below all edges, just above each edge, and above all. A level lies halfway between an
    edge and the next larger margin of any row, so rounding moves no row to the wrong side.
    """
    chosen = []
    for part in (margins[is_of_class], margins[~is_of_class]):
        distinct = np.unique(part)
        if len(distinct) > max_cuts:
            distinct = np.quantile(distinct, np.linspace(0.0, 1.0, max_cuts), method="nearest")
        chosen.append(distinct)
    edges, every = np.unique(np.concatenate(chosen)), np.unique(margins)
    following = every[np.searchsorted(every, edges[:-1]) + 1]
    return edges, np.concatenate([[edges[0] - 1.0], (edges[:-1] + following) / 2, [edges[-1] + 1.0]])


def _swept(measure, margins, rivals, edges, code):
    """Scores (n_edges + 1,) with the offset of `code` below all edges, between neighbouring edges, and above all."""
    n_classes, weights, codes = measure.n_classes, measure.weights, measure.codes
    place = np.searchsorted(edges, margins)  # the row becomes `code` if the offset is above edge `place`
    shape = (len(edges) + 1, n_classes)
    turned_given, turned_right = np.zeros(shape), np.zeros(shape)
    np.add.at(turned_given, (place + 1, rivals), -weights)
    np.add.at(turned_given, (place + 1, code), weights)
    was_right, becomes_right = codes == rivals, codes == code
    np.add.at(turned_right, (place[was_right] + 1, codes[was_right]), -weights[was_right])
    np.add.at(turned_right, (place[becomes_right] + 1, code), weights[becomes_right])
    turned_given[0] += np.bincount(rivals, weights=weights, minlength=n_classes)
    turned_right[0] += np.bincount(codes[was_right], weights=weights[was_right], minlength=n_classes)
    held = np.bincount(codes, weights=weights, minlength=n_classes)
    return measure.of_counts(np.cumsum(turned_right, axis=0), np.cumsum(turned_given, axis=0), held)


def _plateau(scores, start):
    """Middle of the run of best scores nearest to position `start`. `start` itself if its score is among the best."""
    best = scores >= scores.max() - TIE
    if best[start]:
        return start
    places = np.flatnonzero(best)
    nearest = places[np.abs(places - start).argmin()]
    first = last = nearest
    while first > 0 and best[first - 1]:
        first -= 1
    while last < len(scores) - 1 and best[last + 1]:
        last += 1
    return (first + last) // 2
