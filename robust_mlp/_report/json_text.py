"""`WrittenAsJson`: what records that are dicts become as text."""

import json
from typing import Any


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
