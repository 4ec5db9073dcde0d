"""The first training of a fit, and beside it the user's own version: rows as they are, the head as it is.

Scaling suits nearly every network, and spoils one that reads its inputs by their size. The held-out rows tell. Never
repairs anything."""

from dataclasses import dataclass, replace

import numpy as np

from robust_mlp._collapse.symptoms.rules import look
from robust_mlp.inspection._read.own_inputs import handles_inputs_itself
from robust_mlp.keras_classifier.network_factory import make_network
from robust_mlp.keras_classifier.own_head import is_clearly_better
from robust_mlp.keras_classifier.run_attempt import run_attempt
from robust_mlp.keras_classifier.scaling import ColumnScaler

# A column beyond this size stops most trainings by itself; raw rows are then not worth a training of their own. It is
# the size from which the guard is certain that columns are the cause (`_collapse/causes/data.py`).
LARGEST_RAW_SIZE = 100.0


@dataclass(frozen=True, kw_only=True)
class OwnVersion:
    """The user's own version that was kept, because scaled rows made it worse.

    Attributes
    ----------
    loss, scaled_loss : float
        Log loss on the held-out rows, of the own version and of the one with scaled rows.
    n_rows : int
    scale : str
        The scale that was undone.
    """

    loss: float
    scaled_loss: float
    n_rows: int
    scale: str


def first_attempt(job, policy):
    """Train the first plan; where it may have been spoilt by scaling, train the user's own version, too.

    Parameters
    ----------
    job : KerasFitJob
    policy : str
        Of the guard. With "off", without held-out rows or under a time budget, nothing is compared.

    Returns
    -------
    attempt : Attempt of KerasNetwork
        The better one.
    job : KerasFitJob
        The job with the plan and the network of this attempt, for the attempts that follow.
    own : OwnVersion or None
        None if the attempt with scaled rows is kept, or nothing was compared.
    """
    attempt = run_attempt(job, job.plan, 1)
    if job.limit.is_set or not _may_differ(job, policy) or not _is_worth_it(job, attempt):
        return attempt, job, None
    raw_job = replace(job, model=make_network(job.estimator, job.recipe), plan=replace(job.plan, scale=None))
    raw = run_attempt(raw_job, raw_job.plan, 1)
    scaled_loss, loss = _loss(job, attempt), _loss(job, raw)
    if not loss < scaled_loss or not is_clearly_better(raw.held_out, attempt.held_out):
        return attempt, job, None
    n_rows = len(job.data.held_out)
    return raw, raw_job, OwnVersion(loss=loss, scaled_loss=scaled_loss, n_rows=n_rows, scale=str(job.plan.scale))


def _may_differ(job, policy):
    """Whether rows were scaled because nobody said otherwise, and held-out rows can tell whether that was right."""
    estimator, data = job.estimator, job.data
    is_ours = estimator.scale == "auto" and isinstance(job.data.make_scaler(job.plan.scale), ColumnScaler)
    if policy == "off" or not is_ours or job.plan.scale is None or data.held_out is None or job.begin_from is not None:
        return False
    return not np.isnan(data.unsampled.X).any() if data.unsampled.X.dtype.kind == "f" else True


def _is_worth_it(job, attempt):
    """Whether the network does something to its inputs, or did not learn from rows that it could have taken raw."""
    if attempt.stop_reason in ("interrupted", "callback"):
        return False
    if handles_inputs_itself(job.model):
        return True
    X = job.data.unsampled.X
    size = np.sqrt(np.mean(np.square(X, dtype=np.float64), axis=0)) if len(X) else np.zeros(1)
    is_moderate = size.max(initial=0.0) < LARGEST_RAW_SIZE
    return is_moderate and not look(attempt, job.data.class_shares().prior).is_healthy


def _loss(job, attempt):
    """Log loss on the held-out rows; infinite where it is not a number."""
    comparison = look(attempt, job.data.class_shares().prior).comparison
    return comparison.loss if comparison is not None and comparison.is_finite else np.inf
