"""How much of a training one call into the graph runs: some epochs, or the steps of an epoch that there is time for.

Without a time budget the work is estimated, not timed: the same fit then stops at the same epoch on every machine."""

from robust_mlp._core.training_cost import FLOPS_PER_SECOND, SECONDS_PER_STEP

# Work between two returns to Python. After a tenth of a second, Ctrl-C, callbacks and the guard still act promptly.
SECONDS_PER_CALL = 0.1
MAX_ORDER_BYTES = 2**25  # row orders given to the graph in one call
# Under a time budget, calls are shorter: the budget is looked at between them.
CALLS_UNDER_BUDGET = 4
# The first call gets so much time even where the budget is used up: a network without a step is no network.
FIRST_SECONDS = 0.1
# A training goes on into an epoch of which it can finish at least this share.
SHORTEST_SHARE = 0.1


class CallLengths:
    """The lengths of the calls of one training.

    Parameters
    ----------
    deadline : Deadline
    n_steps : int
        Steps of a whole epoch.
    step_flops, look_flops : float
        Multiplications of a step, and of the look at the held-out rows after an epoch.
    order_bytes : int
        Of the row orders of an epoch.
    wants_every_epoch : bool
        Whether Python must be entered after each epoch.
    """

    def __init__(self, deadline, n_steps, step_flops, look_flops, order_bytes, wants_every_epoch):
        self._deadline, self._n_steps = deadline, n_steps
        self._step = SECONDS_PER_STEP + step_flops / FLOPS_PER_SECOND
        self._look = look_flops / FLOPS_PER_SECOND
        self._per_call = 1
        if not wants_every_epoch:
            within_time = int(SECONDS_PER_CALL / (n_steps * self._step))
            self._per_call = max(1, min(within_time, MAX_ORDER_BYTES // order_bytes))
        # How much slower than estimated this machine is: the last call tells.
        self._slowness, self._has_run = 1.0, False

    def next(self, n_ahead):
        """The next call.

        Parameters
        ----------
        n_ahead : int
            Epochs that may be run, at least 1.

        Returns
        -------
        length : tuple of int or None
            (epochs, steps of each). None: there is no time for another call.
        """
        if not self._deadline.is_set:
            return min(self._per_call, n_ahead), self._n_steps
        left = self._deadline.left
        if not self._has_run:
            left = max(left, FIRST_SECONDS)
        whole = self._seconds(self._n_steps)
        if whole <= left:
            most = max(1, self._per_call // CALLS_UNDER_BUDGET)
            return min(most, n_ahead, int(left / whole)), self._n_steps
        n_fitting = int((left / self._slowness - self._look) / self._step)
        if self._has_run and n_fitting < max(1, SHORTEST_SHARE * self._n_steps):
            return None
        return 1, min(max(n_fitting, 1), self._n_steps)

    def ran(self, n_epochs, n_steps, seconds):
        """Note how long a call took."""
        estimated = n_epochs * self._seconds(n_steps) / self._slowness
        self._slowness, self._has_run = seconds / estimated, True

    def _seconds(self, n_steps):
        """Seconds of an epoch of so many steps on this machine."""
        return (n_steps * self._step + self._look) * self._slowness
