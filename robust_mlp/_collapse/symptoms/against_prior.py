"""How the predictions for held-out rows compare with always answering the class prior.

One pass over (rows, classes); the numbers go to the symptoms and into the report. Decides nothing."""

import numpy as np

from robust_mlp._core.group_errors import error_of_mean, normal_errors, sums_of_groups
from robust_mlp._core.losses import log_losses, row_losses
from robust_mlp._report import Comparison

# A larger table of classes against classes nobody reads.
MOST_CLASSES_OF_CONFUSION = 20
# Bins of the calibration curve, as in scikit-learn's `CalibrationDisplay` with its usual strategy for plots.
N_CALIBRATION_BINS = 10


def compare(held_out, prior):
    """Measure held-out predictions against the class prior.

    Parameters
    ----------
    held_out : HeldOut
        With at least one row.
    prior : ndarray of shape (n_classes,), dtype float64
        Class shares of the training rows; they sum to 1.

    Returns
    -------
    comparison : Comparison
        `is_finite` is False, and every figure NaN, where a probability is not a number.
    """
    codes, weights = np.asarray(held_out.codes), np.asarray(held_out.weights, dtype=np.float64)
    P = np.asarray(held_out.probabilities, dtype=np.float64)
    if held_out.counts_rows:
        times = np.rint(weights).astype(np.intp)
        codes, P, weights = np.repeat(codes, times), np.repeat(P, times, axis=0), np.ones(times.sum())
    n, n_classes = P.shape
    prior = np.asarray(prior, dtype=np.float64)
    prior_losses = log_losses(prior)  # of a row of each class
    support = np.bincount(codes, minlength=n_classes)
    total = float(weights.sum())
    true_share = np.bincount(codes, weights=weights, minlength=n_classes) / total
    facts = {
        "n_rows": n,
        "in_sample": held_out.in_sample,
        "support": tuple(support.tolist()),
        "true_share": tuple(true_share.tolist()),
        "prior": tuple(prior.tolist()),
        "prior_loss": float(true_share @ prior_losses),
        "prior_accuracy": float(true_share[int(np.argmax(prior))]),
    }
    if not np.isfinite(P).all():
        return Comparison(is_finite=False, **facts)
    gains = prior_losses[codes] - row_losses(P, codes)
    gain = float(weights @ gains) / total
    predicted = P.argmax(axis=1)
    is_right = predicted == codes
    hits = np.bincount(codes[is_right], weights=weights[is_right], minlength=n_classes)
    recalls = np.divide(hits, true_share * total, out=np.full(n_classes, np.nan), where=true_share > 0)
    auc, association = rank_statistics(P, codes, weights, support, held_out.groups)
    return Comparison(
        is_finite=True,
        loss=facts["prior_loss"] - gain,
        gain_error=float(error_of_mean(gains, weights, held_out.groups)),
        accuracy=float(hits.sum()) / total,
        recalls=tuple(recalls.tolist()),
        predicted_share=tuple((np.bincount(predicted, weights=weights, minlength=n_classes) / total).tolist()),
        spread=float(P.std(axis=0).max()),
        auc=auc,
        association=association,
        confusion=_confusion(codes, predicted, weights / total, n_classes),
        calibration=_calibration(P[np.arange(n), predicted], is_right, weights / total),
        **facts,
    )


def _confusion(codes, predicted, shares, n_classes):
    """Share of the rows by class and predicted class, a tuple for each class; empty with many classes."""
    if n_classes > MOST_CLASSES_OF_CONFUSION:
        return ()
    cells = np.bincount(codes * n_classes + predicted, weights=shares, minlength=n_classes**2)
    return tuple(map(tuple, cells.reshape(n_classes, n_classes).tolist()))


def _calibration(confidence, is_right, shares):
    """(mean confidence, share that is right, share of all rows) for each bin with rows, from low to high."""
    bins = np.minimum((confidence * N_CALIBRATION_BINS).astype(np.intp), N_CALIBRATION_BINS - 1)
    size, sums, hits = (
        np.bincount(bins, weights=values, minlength=N_CALIBRATION_BINS)
        for values in (shares, shares * confidence, shares * is_right)
    )
    return tuple((float(sums[k] / size[k]), float(hits[k] / size[k]), float(size[k])) for k in np.flatnonzero(size > 0))


def rank_statistics(P, codes, weights, support, groups=None):
    """Area under the ROC curve of each class against the rest, and one score for all classes together.

    The score tells whether predictions and labels belong together at all. With a(i, c) the centred rank of row i among
    the probabilities of class c, it is T = sum_i a(i, label_i), divided by its exact standard deviation were the labels
    handed out to the rows at random (Hoeffding 1951, "A combinatorial central limit theorem", eq. 10): near N(0, 1)
    without skill, whatever the calibration, the class shares or the class weights. With two classes it is the
    Mann-Whitney test.

    Parameters
    ----------
    P : ndarray of shape (n_rows, n_classes), dtype float64
    codes : ndarray of shape (n_rows,), dtype int
    weights : ndarray of shape (n_rows,), dtype float64
        Of the rows in the area; the score counts rows alike.
    support : ndarray of shape (n_classes,), dtype int
        Rows of each class.
    groups : ndarray of shape (n_rows,), dtype int, default=None
        Rows with the same number belong together. The score is then at most T over its standard error by groups, and
        counts for less where groups are few.

    Returns
    -------
    auc : tuple of float
        One value in [0, 1] per class, NaN for a class without rows or without other rows.
    association : float
        0.0 where nothing can be told: fewer than two rows, or constant probabilities.
    """
    n, n_classes = P.shape
    auc = [float("nan")] * n_classes
    score, squares, row_sums, own, centred = 0.0, 0.0, *np.zeros((3, n))
    for c in range(n_classes):
        n_rows = int(support[c])
        if n_rows == 0:
            continue
        if n_classes == 2 and c == 1 and support[0] > 0:  # class 0 seen in the mirror: its ranks with the other sign
            others = int(support[0])
            auc[1] = auc[0]
            score, squares, row_sums = 2 * score, squares / others * n, row_sums * (1 - n_rows / others)
            own[codes == 1] = -centred[codes == 1]
            break
        is_class = codes == c
        centred, auc[c] = _centred_ranks(P[:, c], is_class, weights)
        own[is_class] = centred[is_class]
        score += float(centred[is_class].sum())
        squares += n_rows * float(centred @ centred)
        row_sums += n_rows * centred
    variance = (squares - float(row_sums @ row_sums) / n) / max(n - 1, 1)
    # Sums of squares of ranks in [-1/2, 1/2]: what is left of a constant column is rounding, far below 1e-9.
    association = score / variance**0.5 if variance > 1e-9 else 0.0
    if groups is not None and association != 0.0:
        sums = sums_of_groups(own - own.mean(), groups)
        error = float(np.sqrt(sums @ sums * len(sums) / max(len(sums) - 1, 1)))
        if error > abs(score / association):
            association = score / error
        association = normal_errors(association, groups)
    return tuple(auc), association


def _centred_ranks(scores, is_class, weights):
    """Mid-ranks of `scores` divided by n, minus their mean, and the weighted area under the ROC curve."""
    n = len(scores)
    order = np.argsort(scores)
    ordered = scores[order]
    is_new = np.empty(n, dtype=bool)
    is_new[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_new[1:])
    positive = np.where(is_class, weights, 0.0)[order]
    negative = weights[order] - positive
    centred = np.empty(n)
    if is_new.all():
        centred[order] = (np.arange(n) - (n - 1) / 2) / n
        below = np.cumsum(negative) - negative
        pairs = float(positive @ below)
    else:
        group = np.cumsum(is_new) - 1
        counts = np.bincount(group)
        last = np.cumsum(counts)
        centred[order] = ((last - (counts + 1) / 2 - (n - 1) / 2) / n)[group]
        tied = np.bincount(group, weights=negative)
        below = np.cumsum(tied) - tied / 2
        pairs = float(positive @ below[group])
    total = float(positive.sum()) * float(negative.sum())
    return centred, pairs / total if total > 0 else float("nan")
