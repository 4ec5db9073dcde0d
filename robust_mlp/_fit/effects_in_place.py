"""Mixed-effects members in place of networks that found nothing, where pairs of columns tell the classes apart.

Trains no network, and judges nothing: the guard does."""

from dataclasses import replace

from robust_mlp._core.deadline import OutOfTime
from robust_mlp._core.records import Attempt
from robust_mlp._fit.companions import effects
from robust_mlp._fit.run_attempt import FitJob, ready_to_predict
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
    return replace(
        attempt,
        added=ADDED,
        network=attempt.network.in_place(extra.network.answering_weights),
        held_out=extra.held_out,
        training_rows=extra.training_rows,
        loss_of_mean=extra.loss_of_mean,
    )
