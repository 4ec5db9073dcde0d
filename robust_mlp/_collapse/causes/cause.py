"""Cause: one reason why a training went wrong, with the numbers that say so. Decides nothing."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One reason, before it is put into words.

    `is_certain` where the numbers alone are enough to stop a network; else the cause is tried when no certain one is
    left. `can_repair` is False for what no setting of the training can change.
    """

    code: str
    numbers: dict = field(default_factory=dict)
    is_certain: bool = False
    can_repair: bool = True
