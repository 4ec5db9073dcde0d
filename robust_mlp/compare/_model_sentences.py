"""What a comparison of models says in words: who is best, which differences may be chance, and what the time is.

Reads fold scores and writes sentences. Never fits anything."""

import numpy as np
from scipy import stats

# A difference is called clear if chance alone would give so large a one in less than 5 % of comparisons.
SIGNIFICANCE = 0.05


def sentences(names, scores, train_rows, test_rows, prior=None):
    """Sentences below a leaderboard.

    Parameters
    ----------
    names : sequence of str
        Best log loss first.
    scores : dict of str to ndarray of shape (n_models, n_folds)
        By metric, in the order of `names`.
    train_rows, test_rows : ndarray of shape (n_folds,)
        Number of rows of each fold.
    prior : str, default=None
        Name of the class prior; None where it was not compared.

    Returns
    -------
    sentences : tuple of str
    """
    losses = scores["log_loss"]
    means = losses.mean(axis=1)
    said = [f"Lowest log loss: {names[0]} ({means[0]:.4f})."]
    others = range(1, len(names))
    p_values = {i: p_value(losses[i] - losses[0], train_rows, test_rows) for i in others}
    near = [names[i] for i in others if p_values[i] >= SIGNIFICANCE]
    clear = [names[i] for i in others if p_values[i] < SIGNIFICANCE]
    if near:
        said.append(f"The difference may be chance for {_listed(near)}: more rows or folds would tell.")
    if clear:
        said.append(f"Clearly worse by log loss (p < {SIGNIFICANCE:g}): {_listed(clear)}.")
    seconds = scores["seconds"].mean(axis=1)
    close = [i for i in range(len(names)) if i == 0 or names[i] in near]
    quickest = min(close, key=lambda i: seconds[i])
    if quickest != 0:
        said.append(
            f"Quickest of these: {names[quickest]} ({seconds[quickest]:.2g} s a fit against {seconds[0]:.2g} s)."
        )
    if prior in names and (prior == names[0] or prior in near):
        said.append("No model is clearly better than the class prior: these columns may say nothing about the classes.")
    return tuple(said)


def p_value(differences, train_rows, test_rows):
    """Two-sided p-value that paired differences over folds have mean zero.

    The training rows of folds overlap, so that the variance of the mean is larger than that of independent folds:
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52, section 3.

    Parameters
    ----------
    differences : ndarray of shape (n_folds,)
    train_rows, test_rows : ndarray of shape (n_folds,)

    Returns
    -------
    p_value : float
        In [0, 1]; 1 for fewer than two folds.
    """
    n_folds = len(differences)
    if n_folds < 2:
        return 1.0
    variance = np.var(differences, ddof=1) * (1 / n_folds + np.mean(test_rows / train_rows))
    mean = np.mean(differences)
    if variance == 0:
        return float(mean == 0)
    return float(2 * stats.t.sf(abs(mean) / np.sqrt(variance), n_folds - 1))


def _listed(names):
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
