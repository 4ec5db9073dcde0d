"""`CompanionTraining`: trains extra members in another thread, beside the members of a fit's first plan."""

from functools import partial

from robust_mlp._core.deadline import OutOfTime
from robust_mlp._fit.companions import additive, effects, radial
from robust_mlp._fit.companions.common import BackgroundTask

# Kinds of extra members, in the order in which they are trained.
COMPANIONS = (additive, radial, effects)
# What a fit with a time budget did without where only some kinds were trained in time, as the report calls it.
OTHER_KINDS = "some of the extra members"
# Added to the weight seed of members that are trained later, so that they draw other initial weights.
MEMBER_STRIDE = 500_009


def other_seeds(seeds: dict[str, int]) -> dict[str, int]:
    """Seeds for members that are trained after the others."""
    return seeds | {"weights": seeds["weights"] + MEMBER_STRIDE}


class CompanionTraining:
    """Trains extra members in the background. A context manager: on exit it cancels the training and drops its tables.

    Parameters
    ----------
    seeds : dict of str to int
        Of the fit.
    """

    def __init__(self, seeds):
        self._seeds = other_seeds(seeds)
        self._begun = None
        self._trained: list = []  # kinds that are ready, beside those that are still trained

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cancel()
        # The task refers to the fit's tables. Without this, they stay in memory until Python collects cycles.
        self._begun = None

    def begin(self, plan, data, encoding, deadline):
        """Start another thread. It prepares the rows at once and trains after `release` is called.

        Parameters
        ----------
        plan : TrainingPlan
        data : TrainingData
        encoding : Encoding
        deadline : Deadline
        """
        self.cancel()
        task = BackgroundTask(partial(self._train, plan, data, encoding, deadline))
        self._begun = plan, data, task
        task.start()

    def release(self):
        """Let the background thread train, once its rows are prepared."""
        if self._begun is not None:
            self._begun[-1].release()

    def cancel(self):
        """Tell the background thread that its result is no longer needed."""
        if self._begun is not None:
            self._begun[-1].cancel()

    def trained(self, plan, data, encoding, deadline):
        """Train the extra members, or wait for those that `begin` started for the same plan and data.

        Parameters
        ----------
        plan, data, encoding, deadline
            As in `begin`.

        Returns
        -------
        trained : list of (list of (Attempt, TrainingData), float)
            For each kind, what `Companions.train` returns and the weight of each of its members in the mean. Kinds
            that are not trained in time are left out.

        Raises
        ------
        OutOfTime
            If the time is used up before any of them is trained.
        """
        try:
            if self._begun is not None:
                begun_plan, begun_data, task = self._begun
                if plan == begun_plan and data is begun_data and not task.is_cancelled:
                    return task.result(deadline)
            return self._train(plan, data, encoding, deadline)
        except OutOfTime:
            if not self._trained:
                raise
            deadline.leave_out(OTHER_KINDS)
            return list(self._trained)

    def _train(self, plan, data, encoding, deadline, task=None):
        """Train all kinds.

        In the background, rows are prepared while TensorFlow traces the graph of the other members. Tracing uses one
        core, so another is free. Training waits until tracing is done: tracing holds the interpreter, and each of the
        many small training steps would have to wait for it.
        """

        def is_cancelled():
            return task is not None and task.is_cancelled

        trained: list = []
        self._trained = trained
        prepared: list = []
        for kind in COMPANIONS:
            if is_cancelled():
                return trained
            deadline.check()
            prepared.append(kind.companions(plan, data, encoding, self._seeds))
        if task is not None:
            task.await_release()
        for companions in filter(None, prepared):
            if is_cancelled():
                return trained
            parts = companions.train(self._seeds, deadline, is_cancelled)
            trained.append((parts, companions.member_weights))
            if any(attempt.stop_reason == "interrupted" for attempt, _ in parts):
                return trained
        return trained
