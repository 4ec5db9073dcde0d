"""What follows from a comparison: which answer to class imbalance serves which goal, and what it costs.

Reads fold scores and writes sentences. A difference within the noise of the folds counts for nothing."""

import numpy as np

from robust_mlp.compare._metrics import METRICS

# What to look at for each goal, and how the goal is called.
GOALS = {
    "honest probabilities": "log_loss",
    "ranking": "average_precision",
    "decisions that treat classes alike": "balanced_accuracy",
    "rarest class never forgotten": "g_mean",
}

# Differences smaller than this count for nothing, however sure: of what a gain can be at most, or of the best loss.
SMALLEST_DIFFERENCE = 0.01

# Probabilities are called distorted where an option's log loss is above that of the best by this factor.
DISTORTED = 1.1


def best_for(scores, metric):
    """The best option for a metric, and the simplest one that is as good for all the folds can tell.

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
    """Advice, one sentence a goal, then what distorts probabilities and what gives both.

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
            f"Honest probabilities and balanced decisions in one: {options[pick].name} (log loss {losses[pick]:.4g}, "
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
        f"{means[best]:.4g}, which is no more than chance or a hundredth, and asks for more."
    )
