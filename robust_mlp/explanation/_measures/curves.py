"""The exact curves of additive members: what each of them adds to the log-odds for each value of a column.

A member without hidden units is a sum of one curve for each column (Hastie and Tibshirani 1986, "Generalized additive
models", Statistical Science 1). The curves are read from its weights; nothing is averaged over rows."""

import numpy as np

from robust_mlp._prediction.network import votes_in
from robust_mlp.explanation._measures.effects import mean_effect
from robust_mlp.explanation._measures.scales import mean_log_odds_of_logits
from robust_mlp.explanation._swaps.encoded_columns import features_of_outputs


def additive_networks(fitted):
    """The networks of a FittedNetwork whose members are additive models: list of Network, maybe empty."""
    return [
        network
        for network in (weights.network() for weights in fitted.all_answering)
        if network.units is None and len(network.kernels) == 1
    ]


def additive_curve(networks, outputs, donors, grid, shares):
    """The mean curve of the additive members for one column.

    Parameters
    ----------
    networks : list of Network
        As from `additive_networks`; at least one.
    outputs : ndarray of int
        Encoded outputs of the column.
    donors : ndarray of shape (n_donors, n_outputs), dtype float32
        Encoded; the first rows hold the values of the grid.
    grid : Grid
    shares : ndarray of shape (n_values,)

    Returns
    -------
    curve : ndarray of shape (n_values, n_classes), dtype float64
        In log-odds as `mean_log_odds` has them. Its mean over the rows is 0.
    """
    total, n_votes = 0.0, 0.0
    for network in networks:
        where = features_of_outputs(outputs, donors.shape[1], network.embeddings)
        for member, vote in enumerate(votes_in(network)):
            kernel = network.kernels[0][member]
            if network.linear_path is not None:
                kernel = kernel + network.linear_path[member]
            features = network.features(donors[: len(grid)], member)[:, where]
            total = total + vote * (features.astype(np.float64) @ kernel[where])
            n_votes += vote
    curve = mean_log_odds_of_logits(total / n_votes)
    return curve - mean_effect(grid, curve, shares)
