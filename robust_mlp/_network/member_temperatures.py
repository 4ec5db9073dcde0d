"""The temperatures that suit the held-out rows of members, and the probabilities by which these rows are judged."""

import numpy as np

from robust_mlp._core.losses import softmax
from robust_mlp._core.temperature import best_inverse_temperature, judging_factors


def fitted_factors(network, data):
    """Fit the factor of the logits to held-out rows. Members of an input group have one.

    Parameters
    ----------
    network : Network
    data : TrainingData
        With held-out rows.

    Returns
    -------
    inverse_temperature : float, or ndarray of shape (n_members,)
        One number if all members see the same inputs.
    probabilities : ndarray of shape (n_held_out, n_classes)
        Of each member's held-out rows, one member after the other, at the temperature that suits the rows of other
        folds.
    """
    rows, codes, weights = data.eval_rows
    offsets, class_factors = data.correction
    groups = np.array(data.input_groups or (0,) * network.n_members)
    logits = [network.member_logits(rows, i, part) for i, part in enumerate(data.held_out)]
    factors, judged = np.ones(network.n_members), [np.empty((0, network.n_outputs))] * network.n_members
    for group in range(groups.max() + 1):
        members = np.flatnonzero(groups == group)
        where = np.concatenate([data.held_out[i] for i in members])
        own = np.concatenate([logits[i] for i in members]), codes[where]
        in_data = weights[where] * class_factors[codes[where]]
        factors[members] = best_inverse_temperature(*own, in_data, offsets)
        folds = _folds_of(data, members)
        of_rows = factors[members[0]] if folds is None else judging_factors(*own, in_data, folds, offsets)[:, None]
        parts = np.split(softmax(of_rows * own[0]), np.cumsum([len(data.held_out[i]) for i in members])[:-1])
        for i, part in zip(members, parts, strict=True):
            judged[i] = part
    return float(factors[0]) if groups.max() == 0 else factors, np.concatenate(judged)


def _folds_of(data, members):
    """The fold of each held-out row of an input group, or None. Members that are several are a fold each."""
    if len(members) > 1:
        return np.repeat(members, [len(data.held_out[i]) for i in members])
    return data.part_folds[members[0]] if data.part_folds else None
