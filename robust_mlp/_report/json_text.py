"""`WrittenAsJson`: what records that are dicts become as text; `plain`: what values become before."""

import json
import math
from typing import Any


def plain(value):
    """A value that `json` can write; NaN and infinity become None."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [plain(v) for v in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return str(value)


class WrittenAsJson:
    """Base of records with a `to_dict`, which gives plain values without NaN."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The record as plain values."""
        raise NotImplementedError

    def to_json(self, indent=None):
        """The values of `to_dict` as JSON text.

        Parameters
        ----------
        indent : int or None, default=None
            As in `json.dumps`.

        Returns
        -------
        text : str
        """
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)
