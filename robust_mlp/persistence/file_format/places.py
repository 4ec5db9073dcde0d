"""Where in a model file something is, and what is said of what does not belong there."""

from dataclasses import dataclass

from robust_mlp.exceptions import ModelFileError

# Characters of a foreign value that a message shows.
MOST_SHOWN = 60


@dataclass(frozen=True)
class Place:
    """Keys and indices that lead to a value in model.json.

    Examples
    --------
    >>> place = Place() / "report" / "attempts" / 2
    >>> str(place), place.entry
    ('report.attempts[2]', 'report/attempts/2')
    """

    parts: tuple = ()

    def __truediv__(self, part):
        return Place((*self.parts, part))

    def __str__(self):
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.parts)
        return text.removeprefix(".") or "model.json"

    @property
    def entry(self):
        """The name of an array here, without its ending."""
        return "/".join(map(str, self.parts)).lower()

    def refuse(self, found, expected):
        """The error for a value that does not belong here."""
        return ModelFileError(f"is no valid model file: {self} must be {expected}, and is {shown(found)}.")


def shown(value):
    """A foreign value as short text without characters that steer a terminal."""
    text = ascii(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."
