"""What the mean of all members adds to one of them, which a held-out row cannot show: one member alone holds it out.

Under the log loss, the mean of the members is better than a member on average by their mean divergence from it,
whatever the labels are (Heskes 1998; for squares, the ambiguity of Krogh and Vedelsby 1995). So it is measured without
labels, on training rows. Never trains or judges."""

from dataclasses import replace

import numpy as np

from robust_mlp._collapse.trees_ahead import with_gain
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.losses import log_losses, softmax
from robust_mlp._core.records import Verdict
from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp._prediction.network import votes_in

# Rows that are looked at, and numbers of one array while they are: a mean over 2,000 rows is known to a few percent.
MOST_ROWS, MOST_CELLS = 2_000, 1_000_000


def averaging_gains(
    network: FittedNetwork, matrix, weights: np.ndarray, offsets: np.ndarray, *, by_votes: bool = False
) -> tuple[float, float]:
    """By how much the mean of all members is expected to be better than one of the plan's own members.

    Parameters
    ----------
    network : FittedNetwork
        Its extra members count in the mean. None of them is the one, as long as the plan's own members are judged.
    matrix : ndarray of shape (n_rows, n_columns), or csr_array
        Rows as read.
    weights : ndarray of shape (n_rows,), dtype float64
    offsets : ndarray of shape (n_classes,)
        From the network's probabilities to the class shares of the data.
    by_votes : bool, default=False
        Whether an own member that counts more in the mean is more often the one.

    Returns
    -------
    loss, accuracy : float
        In nats and as a share; neither is negative. A label is expected to be what the mean says.

    References
    ----------
    .. [1] Krogh, Vedelsby (1995), "Neural Network Ensembles, Cross Validation, and Active Learning", NIPS 7
    .. [2] Heskes (1998), "Bias/Variance Decompositions for Likelihood-Based Estimators", Neural Computation 10(6)
    """
    n_rows = matrix.shape[0]
    most = min(n_rows, MOST_ROWS, max(1, MOST_CELLS // len(offsets)))
    where = np.linspace(0, n_rows - 1, most).astype(int)
    rows = network.encoding.transform(matrix[where])
    votes, chances = _votes_and_chances(network, by_votes)
    mean, losses = np.zeros((2, most, len(offsets)))
    chosen = []
    members = (logits for weights in network.all_answering for logits in weights.network().all_logits(rows))
    for logits, vote, chance in zip(members, votes, chances, strict=True):
        P = softmax(logits.astype(np.float64))
        P = shift_log_odds(P, offsets) if offsets.any() else P
        mean, losses = mean + vote * P, losses + chance * log_losses(P)
        chosen.append(P.argmax(axis=1))
    divergence = np.sum(mean * (losses - log_losses(mean)), axis=1)
    of_chosen = chances @ np.array([mean[np.arange(most), codes] for codes in chosen])
    shares = weights[where] / weights[where].sum()
    gains = float(shares @ divergence), float(shares @ (mean.max(axis=1) - of_chosen))
    return max(gains[0], 0.0), max(gains[1], 0.0)  # equal members differ by rounding


def _votes_and_chances(network, by_votes):
    """How much each member counts in the mean, and how often it is the one: shares of 1, the plan's own first."""
    votes = [votes_in(weights) for weights in network.all_answering]
    chances = [np.zeros(len(own)) for own in votes]
    judged = votes[network.judged_kind]
    chances[network.judged_kind] = judged / judged.sum() if by_votes else np.full(len(judged), 1 / len(judged))
    together = np.concatenate(votes)
    return together / together.sum(), np.concatenate(chances)


def gains_in_fit(job, attempt, *, by_votes=False):
    """`averaging_gains` of an attempt of a FitJob, on the rows of its table."""
    table = job.table.table
    offsets = np.zeros(len(job.table.classes)) if job.prior_correction else job.offsets(attempt.plan)
    return averaging_gains(attempt.network, table.X, table.weights, offsets, by_votes=by_votes)


def with_averaging(report, job, attempt):
    """The TrainingReport with what the mean of all members adds.

    Parameters
    ----------
    report : TrainingReport
    job : FitJob
    attempt : Attempt of FittedNetwork
        That was kept.

    Returns
    -------
    report : TrainingReport
        As it was where a held-out row is predicted by all members, where no row was held out, or where the network
        learned nothing: labels are then not what the mean says.
    """
    c = report.comparison
    if report.verdict in (Verdict.COLLAPSED, Verdict.NO_SIGNAL):
        return report
    if c is None or not c.is_finite or c.in_sample or attempt.plan.n_members == 1 or not job.table.has_parts:
        return report
    loss, accuracy = gains_in_fit(job, attempt)
    if not np.isfinite([loss, accuracy]).all():
        return report
    return replace(report, comparison=replace(c, averaging_gain=loss, averaging_accuracy_gain=accuracy))


def with_trees_beside_all(outcome, job, attempt):
    """The TrainingReport whose advice on trees compares them with all members, extra ones included.

    Parameters
    ----------
    outcome : GuardOutcome
        Whose report compares them with the plan's own members.
    job : FitJob
    attempt : Attempt of FittedNetwork
        With its extra members.

    Returns
    -------
    report : TrainingReport
    """
    extra = attempt.network.companions
    if outcome.trees_ahead is None or not extra or not job.table.has_parts:
        return outcome.report
    without = replace(attempt, network=replace(attempt.network, companions=()))
    gain = gains_in_fit(job, attempt)[0] - gains_in_fit(job, without)[0]
    return with_gain(outcome.report, outcome.trees_ahead, gain) if np.isfinite(gain) else outcome.report
