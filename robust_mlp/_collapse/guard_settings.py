"""What the guard is handed: the class shares to judge by, and what the user asks of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from robust_mlp._collapse.symptoms.early_stop import restarts_allowed
from robust_mlp._core.deadline import NO_DEADLINE, Deadline
from robust_mlp._core.records import Attempt


@dataclass(frozen=True, kw_only=True, eq=False)
class Priors:
    """Class shares that a training is judged by, each an ndarray of shape (n_classes,), dtype float64.

    Attributes
    ----------
    data : ndarray
        Of the training rows.
    loss : ndarray or None, default=None
        As the training loss sees them. None if neither class weights nor sampling change them.
    serves_loss : bool, default=False
        The user's predictions are made for the shares in the loss, and not for those of the data.
    """

    data: np.ndarray
    loss: np.ndarray | None = None
    serves_loss: bool = False

    @property
    def in_loss(self):
        """The shares in the loss: those of the data if nothing changes them."""
        return self.data if self.loss is None else self.loss


@dataclass(frozen=True, kw_only=True, eq=False)
class GuardSettings:
    """What the user asks of the guard, and the names in its report.

    Attributes
    ----------
    policy : {"repair", "warn", "raise", "off"}, default="repair"
        Only "repair" trains more than once. With "off" nothing is judged.
    max_restarts : int, default=3
        Trainings after the first, at most.
    class_names : sequence, default=()
        For the report; codes where empty.
    seed : int, default=0
        Of the simple models.
    deadline : Deadline, optional
        Of the whole fit. What there is no time for is left out.
    on_repair : callable or None, default=None
        Called with a sentence when another training begins.
    may_end_early : bool, default=False
        Whether a first training under unusual settings may be ended when simple models are far ahead of it.
        `run_attempt` then takes their log loss as its second argument.
    other_members : callable or None, default=None
        From an Attempt to one whose network has members of another kind, or None where it has none. Asked where only
        pairs of columns tell the classes apart.
    is_own_network : bool, default=False
        The network is a user's own, which something may hold back that no cause knows.
    """

    policy: str = "repair"
    max_restarts: int = 3
    class_names: Sequence = ()
    seed: int = 0
    deadline: Deadline = NO_DEADLINE
    on_repair: Callable[[str], None] | None = None
    may_end_early: bool = False
    other_members: Callable[[Attempt], Attempt | None] | None = None
    is_own_network: bool = False

    @property
    def n_restarts(self):
        """Trainings after the first that the policy allows."""
        return restarts_allowed(self.policy, self.max_restarts)


DEFAULT_SETTINGS = GuardSettings()
