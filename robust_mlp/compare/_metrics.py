"""Metrics on test rows for comparisons of answers to class imbalance, and of models.

Pure functions of labels, probabilities and predicted classes. They work if a class is missing. Never fits anything."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from robust_mlp._core.losses import mean_loss
from robust_mlp._decision.confusion import balanced_accuracy, counts_of, geometric_mean

# Bins of equally many rows for the calibration error: the usual number (Naeini et al. 2015 use 10, Guo et al. 2017 15).
CALIBRATION_BINS = 15
# Class shares that are listed: more numbers in a row are read by nobody.
MOST_SHARES = 5


@dataclass(frozen=True, slots=True)
class Metric:
    """Name of a metric, whether higher is better, and the goal that it measures."""

    title: str
    is_gain: bool
    goal: str  # "honesty", "ranking", "decisions" or "cost"


METRICS = {
    "log_loss": Metric("log loss", False, "honesty"),
    "brier": Metric("Brier", False, "honesty"),
    "ece": Metric("ECE", False, "honesty"),
    "average_precision": Metric("avg. precision", True, "ranking"),
    "balanced_accuracy": Metric("balanced acc.", True, "decisions"),
    "g_mean": Metric("G-mean", True, "decisions"),
}

MODEL_METRICS = {
    "log_loss": Metric("log loss", False, "honesty"),
    "roc_auc": Metric("AUC", True, "ranking"),
    "accuracy": Metric("accuracy", True, "decisions"),
    "balanced_accuracy": Metric("balanced acc.", True, "decisions"),
    "seconds": Metric("seconds", False, "cost"),
}


def best_place(means, metric):
    """Index of the answer with the best mean.

    Parameters
    ----------
    means : ndarray of shape (n_answers,)
    metric : str
        A key of `METRICS`.

    Returns
    -------
    place : int
    """
    return int(means.argmax() if METRICS[metric].is_gain else means.argmin())


def measure(codes, probabilities, predicted):
    """All of `METRICS` on test rows.

    Parameters
    ----------
    codes : ndarray of shape (n_rows,), dtype int
        True classes.
    probabilities : ndarray of shape (n_rows, n_classes)
    predicted : ndarray of shape (n_rows,), dtype int
        Predicted classes. They need not be the most probable ones.

    Returns
    -------
    found : dict of str to float
        Log loss in nats; Brier score summed over classes, in [0, 2]; the rest in [0, 1].
    """
    counts = counts_of(codes, predicted, np.ones(len(codes)), probabilities.shape[1])
    return {
        "log_loss": mean_loss(probabilities, codes),
        "brier": brier(codes, probabilities),
        "ece": calibration_error(codes, probabilities),
        "average_precision": average_precision(codes, probabilities),
        "balanced_accuracy": float(balanced_accuracy(*counts)),
        "g_mean": float(geometric_mean(*counts)),
    }


def measure_model(codes, probabilities, predicted):
    """All of `MODEL_METRICS` on test rows, but the seconds.

    Parameters
    ----------
    codes, probabilities, predicted
        As for `measure`.

    Returns
    -------
    found : dict of str to float
        Log loss in nats; the rest in [0, 1], and the AUC NaN where the test rows are of one class.
    """
    counts = counts_of(codes, predicted, np.ones(len(codes)), probabilities.shape[1])
    return {
        "log_loss": mean_loss(probabilities, codes),
        "roc_auc": area_under_roc(codes, probabilities),
        "accuracy": float(np.mean(codes == predicted)),
        "balanced_accuracy": float(balanced_accuracy(*counts)),
    }


def area_under_roc(codes, probabilities):
    """Area under the ROC curve, for more than two classes the mean of each class that occurs against the others."""
    counts = np.bincount(codes, minlength=probabilities.shape[1])
    wanted = [1] if len(counts) == 2 else range(len(counts))
    found = [roc_auc_score(codes == k, probabilities[:, k]) for k in wanted if 0 < counts[k] < len(codes)]
    return float(np.mean(found)) if found else float("nan")


def brier(codes, probabilities):
    """Mean squared difference of the probabilities and the true 0/1 indicators, summed over classes (Brier 1950)."""
    off = probabilities.copy()
    off[np.arange(len(codes)), codes] -= 1.0
    return float((off**2).sum(axis=1).mean())


def calibration_error(codes, probabilities):
    """Expected calibration error: mean gap between probability and frequency.

    Uses bins of equally many rows. For more than two classes, it uses the probability of the predicted class (Guo et
    al. 2017, https://arxiv.org/abs/1706.04599). For two classes, it uses the probability of the rarer class, because
    the probability of the predicted class hides errors if one class is always predicted.
    """
    if probabilities.shape[1] == 2:
        rarer = int(np.bincount(codes, minlength=2).argmin())
        said, happened = probabilities[:, rarer], codes == rarer
    else:
        said, happened = probabilities.max(axis=1), probabilities.argmax(axis=1) == codes
    parts = np.array_split(np.argsort(said, kind="stable"), min(CALIBRATION_BINS, len(codes)))
    return float(sum(abs(said[part].sum() - happened[part].sum()) for part in parts) / len(codes))


def average_precision(codes, probabilities):
    """Average precision of the rarer of two classes, or the mean over the classes that occur."""
    counts = np.bincount(codes, minlength=probabilities.shape[1])
    wanted = [int(counts.argmin())] if len(counts) == 2 else np.flatnonzero(counts)
    found = [average_precision_score(codes == code, probabilities[:, code]) for code in wanted if counts[code]]
    return float(np.mean(found)) if found else float("nan")


def shares_text(class_shares):
    """The smallest class shares, as "0.02, 0.3, 0.68" or with dots for more: str."""
    shares = ", ".join(f"{share:.3g}" for share in np.sort(class_shares)[:MOST_SHARES])
    return shares if len(class_shares) <= MOST_SHARES else f"{shares}, ..."
