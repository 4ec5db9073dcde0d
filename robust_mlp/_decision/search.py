"""Search for the log-probability offsets under which the decision scores best on given rows.

Deterministic; of equal offsets the middle of a plateau is taken. Never asks if a gain is real (`learning` does)."""

import numpy as np

from robust_mlp._decision.measures import CountScore

# How far from "largest probability" (0) over "divide by the prior" (1) to look. What the usual scores need lies
# between; a little more lets the search see that it has passed the best.
PRIOR_POWERS = np.linspace(0.0, 1.5, 31)

# Sweeps over the classes at most. A sweep that gains nothing ends the search.
MAX_SWEEPS = 4

# Thresholds tried for one class: those of the rows that are of the class, and of those that are not, each in this many
# quantiles at most. For a scorer that has to be called for each, fewer.
MAX_CUTS = 256
MAX_CALLED_CUTS = 12

# A scorer that has to be called costs about a millisecond; more classes than this would take a minute.
MAX_CALLED_CLASSES = 8

# Rows times squared classes that one sweep may cost, some seconds in all: 100,000 rows of 30 classes, 2,500 of 200.
# Beyond it one number is learnt (`best_power`), which is also all that the rarest of so many classes can tell.
MAX_SWEEP_COST = 100_000_000

# Gains below this are rounding.
TIE = 1e-12


def best_power(logits, log_prior, measure):
    """Best multiple of minus the log-prior as offsets: one number to learn, whatever the number of classes.

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
    """Best offsets by coordinate search from `start`: one class after the other, its threshold swept over all rows.

    Parameters
    ----------
    logits : ndarray of shape (n_rows, n_classes), dtype float64
        Log-probabilities.
    start : ndarray of shape (n_classes,), dtype float64
    measure : CountScore or ScorerScore

    Returns
    -------
    offsets : ndarray of shape (n_classes,), dtype float64
        They score no less than `start`, and are `start` itself for a `ScorerScore` of more than
        `MAX_CALLED_CLASSES` classes and beyond `MAX_SWEEP_COST`.
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
    """How far class `code` is behind the best other class in each row (n_rows,), and which class that is (n_rows,)."""
    rest = logits.copy()
    rest[:, code] = -np.inf
    rivals = rest.argmax(axis=1)
    return rest[np.arange(len(rest)), rivals] - logits[:, code], rivals


def _cuts(margins, is_of_class, max_cuts):
    """Edges (n_edges,), at most 2 * `max_cuts`, and a level (n_edges + 1,) below all, just past each, and past all.

    A level lies halfway between an edge and the next margin of any row, so no row is left on the wrong side.
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
    """Score (n_edges + 1,) with the offset of `code` below all edges, between each two, and above all."""
    n_classes, weights, codes = measure.n_classes, measure.weights, measure.codes
    place = np.searchsorted(edges, margins)  # the row turns to `code` once the offset is past edge `place`
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
    """Middle of the run of best scores that is nearest to place `start`; `start` itself if it is in the run."""
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
