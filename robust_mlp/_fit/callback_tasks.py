"""The tasks that scikit-learn's callbacks are told of: a task for each epoch, and one around each further training.

Calls callbacks. Never trains and never prints."""

from robust_mlp._fit.expected_end import ExpectedEnd

AGAIN = "training again"  # the name of the task around a training that the guard began, as a bar shows it


class CallbackTasks:
    """Tells the callbacks of one fit what begins and ends.

    The epochs of the first training are tasks of the fit. A repair that follows is one more task of the fit, and its
    epochs are tasks of the repair, so that a bar of its own shows it from 0 to 100 %.

    Callbacks must be told before a training how many tasks to expect, and early stopping may end it before. Callbacks
    that score get a task for each epoch. Where there are bars alone, the tasks are spread over the epochs that are
    expected, so that a bar is full when the training ends.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    context : CallbackContext
        Of this fit.
    told : dict
        `X`, `y` and `metadata` that the user passed to fit, for callbacks that score.
    """

    def __init__(self, estimator, context, told):
        self._estimator, self._fit, self._told = estimator, context, told
        self._has_only_bars = all(map(_is_progress_bar, estimator._skl_callbacks))
        self._of_fit = _Count(context.max_subtasks)
        self._again = None
        self._of_again = _Count(0)
        self._share_before = 0.0
        self._n_trainings = 0

    def begin(self, plan):
        """Begin another training.

        Parameters
        ----------
        plan : TrainingPlan
        """
        self._end = ExpectedEnd.of(plan)
        self._n_trainings += 1
        if self._n_trainings == 1:
            return
        self.end_training()
        if len(self._fit._children_map) >= self._fit.max_subtasks:
            self._fit.max_subtasks += 1  # a repair is a task that nobody expected
        self._again = self._fit.subcontext(task_name=AGAIN, max_subtasks=plan.most_epochs)
        self._of_again = _Count(plan.most_epochs)
        self._share_before = self._of_fit.share
        self._again.call_on_fit_task_begin(estimator=self._estimator, X=self._told["X"], y=self._told["y"])

    def end_epoch(self, record, reconstruct):
        """Tell of one epoch.

        Parameters
        ----------
        record : EpochRecord
        reconstruct : callable
            Without arguments; returns the attributes of an estimator that is fitted so far.

        Returns
        -------
        is_over : bool
            Whether a callback asks to stop.
        """
        share = record.epoch / self._end.after(record)
        if self._again is None:
            return self._tell(self._fit, self._of_fit.due(share if self._has_only_bars else None), reconstruct)
        if self._has_only_bars:  # the bar of the whole fit goes on beside that of the repair
            whole = self._share_before + (1 - self._share_before) * share
            room = self._fit.max_subtasks - len(self._fit._children_map)
            self._tell(self._fit, min(room, self._of_fit.due(whole)), reconstruct)
        return self._tell(self._again, self._of_again.due(share if self._has_only_bars else None), reconstruct)

    def end_training(self):
        """End the task of a further training, if there is one."""
        if self._again is not None:
            self._again.call_on_fit_task_end(estimator=self._estimator, **self._told)
            self._again = None

    def _tell(self, context, n_tasks, reconstruct):
        is_over = False
        for _ in range(n_tasks):
            step = context.subcontext(task_name="epoch")
            step.call_on_fit_task_begin(estimator=self._estimator, X=self._told["X"], y=self._told["y"])
            is_over |= bool(
                step.call_on_fit_task_end(
                    estimator=self._estimator, **self._told, reconstruction_attributes=reconstruct
                )
            )
        return is_over


class _Count:
    """How many tasks of a number that was announced were told of; those beyond are none."""

    def __init__(self, n_tasks):
        self._n_tasks, self._n_told = n_tasks, 0

    @property
    def share(self):
        """The share that was told of."""
        return self._n_told / self._n_tasks

    def due(self, share):
        """How many tasks to tell of now: as many as make this share, or one if it is None. They count as told."""
        wanted = self._n_told + 1 if share is None else round(share * self._n_tasks)
        before = self._n_told
        self._n_told = max(before, min(wanted, self._n_tasks))
        return self._n_told - before


def _is_progress_bar(callback):
    """Whether a callback of scikit-learn only counts tasks."""
    return type(callback).__name__ == "ProgressBar" and type(callback).__module__.startswith("sklearn.")
