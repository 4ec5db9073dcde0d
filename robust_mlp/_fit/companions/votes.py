"""How much an extra member counts in the mean of all members, as rows that were held out from it tell."""

from dataclasses import replace

import numpy as np

from robust_mlp._collapse.simple_models.comparison import common_rows
from robust_mlp._core.group_errors import error_of_mean
from robust_mlp._core.losses import row_losses

# Of the plan's members, those with at least this share of the mean vote are what extra members are compared with.
LEAST_VOTE = 0.5
# Shares of an extra kind in the mean that are tried. At most .9: one member alone has no other to correct it.
SHARES = np.concatenate([[0.0], np.linspace(0.02, 0.9, 45)])
# Each share is compared with the usual one: by how much the loss is lower, less so many standard errors. The share with
# the largest difference is taken. So a vote moves as far as the rows can tell, and by chance it moves little.
CAUTION = 2.0
# What averaging gains is measured where members were trained on most rows. There they agree more than on new rows, so
# up to so many times as much may be true. A larger share of the extra kind has to be better with that, too.
MOST_UNDERESTIMATED = 1.5


def held_out_by_voters(held_out, parts, votes):
    """The held-out rows of the plan's members that count in their mean.

    Parameters
    ----------
    held_out : HeldOut
        Of the plan's members, member after member.
    parts : sequence of ndarray
        The held-out rows of each member.
    votes : ndarray of shape (n_members,)

    Returns
    -------
    held_out : HeldOut
        As it was where all members hold out the same rows.
    """
    if len(held_out.codes) != sum(map(len, parts)) or len(parts) != len(votes):
        return held_out
    counts = np.repeat(votes >= LEAST_VOTE * np.mean(votes), [len(part) for part in parts])
    if counts.all():
        return held_out
    chosen = {name: getattr(held_out, name)[counts] for name in ("codes", "probabilities", "weights", "rows")}
    groups = None if held_out.groups is None else held_out.groups[counts]
    return replace(held_out, **chosen, groups=groups)


def vote_of_kind(held_out, of_others, usual_vote, n_votes, gain):
    """The vote of all extra members of one kind together.

    A row is held out by one of the plan's members and by one extra member. So the mean of these two is judged on new
    rows, and with it each share of the extra one, s. In the mean of all, the place of the plan's member is taken by the
    mean of the plan's members. The loss of that is lower by what averaging gains, and counts by the square of 1 - s:
    exactly so for squared errors, whose mean product is all that a mean depends on (Krogh, Vedelsby 1995), and nearly
    for the log loss.

    Parameters
    ----------
    held_out, of_others : HeldOut
        Of the extra members, and of those of the plan's members that count.
    usual_vote : float
        Of the kind, where rows do not clearly tell of a better one.
    n_votes : float
        Of the plan's members together.
    gain : float
        By how much the log loss of the mean of the plan's members is lower than that of one.

    Returns
    -------
    vote : float
        0 if the mean is better without them. The usual one if no row is held out by both.

    References
    ----------
    .. [1] Krogh, Vedelsby (1995), "Neural Network Ensembles, Cross Validation, and Active Learning", NIPS 7
    """
    mine, theirs = common_rows(held_out.rows, of_others.rows)
    if not len(mine):
        return float(usual_vote)
    codes, weights = of_others.codes[theirs], of_others.weights[theirs]
    P, Q = held_out.probabilities[mine], of_others.probabilities[theirs]

    def losses_at(share, gain):
        return row_losses(share * P + (1 - share) * Q, codes) - (1 - share) ** 2 * gain

    usual_share = usual_vote / (usual_vote + n_votes)
    best, vote = 0.0, usual_vote
    for share in SHARES:
        assumed = gain * (MOST_UNDERESTIMATED if share > usual_share else 1.0)
        lower = losses_at(usual_share, assumed) - losses_at(share, assumed)
        surely = np.average(lower, weights=weights) - CAUTION * error_of_mean(lower, weights)
        if surely > best:
            best, vote = surely, n_votes * share / (1 - share)
    return float(vote)
