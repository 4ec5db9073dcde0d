"""Cause: one reason why a training went wrong, with the numbers that show it. Decides nothing."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One reason why a training went wrong, as a code and numbers. Other modules write the text.

    `is_certain` is True if the numbers alone prove that a network cannot learn. Other causes are tried when no certain
    cause is left. `can_repair` is False if no setting of the training can remove the cause.
    """

    code: str
    numbers: dict = field(default_factory=dict)
    is_certain: bool = False
    can_repair: bool = True
