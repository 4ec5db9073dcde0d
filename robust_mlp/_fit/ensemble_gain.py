"""How much better the mean of the members is than each member alone, estimated without rows that all have left out.

A row is held out by one member, and the others were trained on it. So the mean of all members looks too good on it: by
what a member gains on a row from being trained on it, which rows that it left out show."""

import numpy as np

from robust_mlp._core.losses import row_losses
from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp._prediction.network import votes_in

# Rows to look at: all members predict each of them. They tell a mean loss to about 2 %.
MOST_ROWS = 2_000


def loss_of_mean(network: FittedNetwork, table, held_out):
    """Log loss of the members' mean on new rows, as a share of the mean log loss of single members on new rows.

    Parameters
    ----------
    network : FittedNetwork
    table : LabelledTable
        Whose rows were held out.
    held_out : list of ndarray of int
        The rows that each member left out.

    Returns
    -------
    share : float
        In (0, 1]: 1 for a single member.
    """
    members = network.answering_weights.network()
    if members.n_members == 1:
        return 1.0
    holder = np.repeat(np.arange(len(held_out)), [len(part) for part in held_out])
    places = np.linspace(0, len(holder) - 1, min(len(holder), MOST_ROWS)).astype(int)
    rows, holder = np.concatenate(held_out)[places], holder[places]
    encoded, codes, weights = network.encoding.transform(table.X[rows]), table.codes[rows], table.weights[rows]
    P = np.stack([members.member_probabilities(encoded, member) for member in range(members.n_members)])
    losses = np.stack([row_losses(own, codes) for own in P])
    is_fresh = holder == np.arange(len(P))[:, np.newaxis]
    votes = votes_in(members) / votes_in(members).sum()
    fresh, trained = (_mean(losses, weights * chosen) for chosen in (is_fresh, ~is_fresh))
    too_good = (votes * (fresh - trained)) @ ~is_fresh  # of the mean, on each row
    together = row_losses(np.tensordot(votes, P, axes=1), codes) + too_good
    alone = np.average(losses[holder, np.arange(len(rows))], weights=weights)
    share = float(np.average(together, weights=weights) / alone) if alone > 0 else 1.0
    return min(max(share, 0.0), 1.0) if np.isfinite(share) else 1.0


def _mean(losses, weights):
    """Weighted mean of each member's losses, ndarray of shape (n_members,); weights (n_members, n_rows)."""
    total = weights.sum(axis=1)
    return np.divide((losses * weights).sum(axis=1), total, out=np.zeros(len(losses)), where=total > 0)
