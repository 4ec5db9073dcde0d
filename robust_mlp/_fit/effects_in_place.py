"""Mixed-effects members in place of networks that found nothing, where pairs of columns tell the classes apart.

Trains no network, and judges nothing: the guard does."""

from dataclasses import replace
from functools import partial

from robust_mlp._core.deadline import OutOfTime
from robust_mlp._core.records import Attempt
from robust_mlp._fit.companions import effects
from robust_mlp._fit.ensemble_gain import loss_of_mean
from robust_mlp._fit.run_attempt import FitJob, on_training_rows, ready_to_predict
from robust_mlp._prediction.fitted_network import FittedNetwork

# As the report calls them.
ADDED = "mixed-effects members"


def effects_in_place(job: FitJob, attempt: Attempt[FittedNetwork]) -> Attempt[FittedNetwork] | None:
    """The attempt with a mixed-effects member in place of each of its networks.

    Parameters
    ----------
    job : FitJob
    attempt : Attempt of FittedNetwork
        Of networks that found nothing.

    Returns
    -------
    attempt : Attempt of FittedNetwork or None
        Its held-out predictions are those of the mixed-effects members. None if the plan or the table can have no such
        members, or if the time is over.
    """
    if job.table.is_sparse or not attempt.ran_its_course or attempt.held_out is None or attempt.held_out.in_sample:
        return None
    data, encoding = job.table.training_data(attempt.plan)
    built = effects.companions(attempt.plan, data, encoding, job.table.seeds, in_place=True)
    if built is None:
        return None
    try:
        parts = built.train(job.table.seeds, job.deadline)
    except OutOfTime:
        job.deadline.leave_out(effects.MIXED_EFFECTS)
        return None
    if not parts:
        return None
    ((trained, own),) = parts
    extra = ready_to_predict(job, trained, own, encoding)
    network = attempt.network.in_place(extra.network.answering_weights)
    has_parts = job.table.has_parts and len(own.held_out) == len(job.table.held_out)
    return replace(
        attempt,
        added=ADDED,
        network=network,
        held_out=extra.held_out,
        training_rows=partial(on_training_rows, job, network, attempt.plan),
        loss_of_mean=partial(loss_of_mean, network, job.table.table, job.table.held_out) if has_parts else None,
    )
