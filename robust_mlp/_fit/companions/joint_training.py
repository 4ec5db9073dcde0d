"""`CompanionTraining`: trains extra members in another thread, beside the members of a fit's first plan."""

from functools import partial

from robust_mlp._fit.companions import additive, radial
from robust_mlp._fit.companions.common import BackgroundTask

# Kinds of members that may join a plan's own, in this order.
COMPANIONS = (additive, radial)
# Members that are trained after the others draw other first weights: their seed is this far off.
MEMBER_STRIDE = 500_009


def other_seeds(seeds: dict[str, int]) -> dict[str, int]:
    """Seeds for members that are trained after the others."""
    return seeds | {"weights": seeds["weights"] + MEMBER_STRIDE}


class CompanionTraining:
    """A context manager: leaving it ends what still trains in the background, and forgets its tables.

    Parameters
    ----------
    seeds : dict of str to int
        Of the fit.
    """

    def __init__(self, seeds):
        self._seeds = other_seeds(seeds)
        self._begun = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cancel()
        # The task knows the fit's tables, which would stay in memory until Python collects cycles.
        self._begun = None

    def begin(self, plan, data, encoding, deadline):
        """Begin in another thread: prepare rows at once, and train once `release` is called.

        Parameters
        ----------
        plan : TrainingPlan
        data : TrainingData
        encoding : Encoding
        deadline : float or None
            `time.monotonic()` value after which no further epoch begins.
        """
        self.cancel()
        task = BackgroundTask(partial(self._train, plan, data, encoding, deadline))
        self._begun = plan, data, task
        task.start()

    def release(self):
        """Let the training go past the preparation of rows."""
        if self._begun is not None:
            self._begun[-1].release()

    def cancel(self):
        """Tell the background that its result is not wanted any more."""
        if self._begun is not None:
            self._begun[-1].cancel()

    def trained(self, plan, data, encoding, deadline):
        """Lists of what `Companions.train` returns, and what each of them counts: those of `begin` if they are for it.

        Parameters
        ----------
        plan, data, encoding, deadline
            As `begin` has them.

        Returns
        -------
        trained : list of (list of (Attempt, TrainingData), float)
        """
        if self._begun is not None:
            begun_plan, begun_data, task = self._begun
            if plan == begun_plan and data is begun_data and not task.is_cancelled:
                return task.result()
        return self._train(plan, data, encoding, deadline)

    def _train(self, plan, data, encoding, deadline, task=None):
        """Train all kinds.

        In the background, rows are prepared while the others' graph is traced, which leaves a core idle. Training waits
        until that is done: its many small steps would wait for the interpreter between any two of them.
        """

        def is_cancelled():
            return task is not None and task.is_cancelled

        trained: list = []
        prepared = []
        for kind in COMPANIONS:
            if is_cancelled():
                return trained
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
