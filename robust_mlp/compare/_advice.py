"""Advice from a comparison: which answer to class imbalance to use for which goal.

Reads fold scores and writes sentences. Ignores differences within the noise of the folds."""

import numpy as np

from robust_mlp.compare._metrics import METRICS

# Name of each goal, and the metric that measures it.
GOALS = {
    "honest probabilities": "log_loss",
    "ranking": "average_precision",
    "decisions that treat classes alike": "balanced_accuracy",
    "finding rows of every class": "g_mean",
}

# Smaller differences are ignored, even if they are significant. For scores in [0, 1] it is a difference; for losses it
# is a share of the best loss.
SMALLEST_DIFFERENCE = 0.01

# Probabilities are called distorted if the log loss of an option is more than this factor times the best.
DISTORTED = 1.1


def best_for(scores, metric):
    """The best option for a metric, and the simplest option that is not clearly worse on these folds.

    Parameters
    ----------
    scores : ndarray of shape (n_options, n_folds)
        Of one metric; simplest option first.
    metric : str
        A key of `METRICS`.

    Returns
    -------
    best, simplest : int
    """
    gains = scores if METRICS[metric].is_gain else -scores
    best = int(np.nanmean(gains, axis=1).argmax())
    for option in range(best):
        behind = gains[best] - gains[option]
        behind = behind[~np.isnan(behind)]
        # One standard error of the paired difference (Breiman et al. 1984, section 3.4.3).
        noise = behind.std(ddof=1) / np.sqrt(len(behind)) if len(behind) > 1 else 0.0
        scale = 1.0 if METRICS[metric].is_gain else abs(np.nanmean(scores[best]))
        if behind.mean() <= max(noise, SMALLEST_DIFFERENCE * scale):
            return best, option
    return best, best


def sentences(options, scores):
    """One sentence of advice per goal. Then the options that distort probabilities, and the best option for both goals.

    Parameters
    ----------
    options : sequence of Option
        Simplest first.
    scores : dict of str to ndarray of shape (n_options, n_folds)
        By metric.

    Returns
    -------
    advice : tuple of str
    """
    said = [_goal_sentence(options, scores[metric], goal, metric) for goal, metric in GOALS.items()]
    losses = np.nanmean(scores["log_loss"], axis=1)
    distorting = [i for i in np.argsort(-losses) if losses[i] > DISTORTED * losses.min()]
    if distorting:
        worst = distorting[0]
        said.append(
            f"Probabilities are distorted by {', '.join(options[i].name for i in distorting)}: log loss up to "
            f"{losses[worst] / losses.min():.2f} times that of the best. Do not read them as probabilities."
        )
    honest = [i for i, option in enumerate(options) if option.is_honest and losses[i] <= DISTORTED * losses.min()]
    if honest:
        recalls = scores["balanced_accuracy"][honest]
        pick = honest[best_for(recalls, "balanced_accuracy")[1]]
        said.append(
            f"For honest probabilities and balanced decisions: {options[pick].name} (log loss {losses[pick]:.4g}, "
            f"balanced accuracy {np.nanmean(scores['balanced_accuracy'][pick]):.4g})."
        )
    return tuple(said)


def _goal_sentence(options, scores, goal, metric):
    """Which option to use for one goal, and why."""
    best, simplest = best_for(scores, metric)
    means = np.nanmean(scores, axis=1)
    title = METRICS[metric].title
    if best == simplest:
        return f"For {goal}: {options[best].name} ({title} {means[best]:.4g}, the best)."
    return (
        f"For {goal}: {options[simplest].name} ({title} {means[simplest]:.4g}); {options[best].name} reaches "
        f"{means[best]:.4g}, but the difference may be chance or is below 1 %, and it is less simple."
    )
