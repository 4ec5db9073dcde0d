"""`RowEvidence`: what the columns of one row say for one class and against another.

Holds numbers and the row's own values. Computes no contribution."""

from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np

from robust_mlp._core.printable import printable
from robust_mlp._report.json_text import plain
from robust_mlp.explanation.contributions._mixed_tables import text_of

# Columns that the text of a row names on each side: more than a reader compares.
MOST_COLUMNS_SHOWN = 5
WIDTH = 118


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnContribution:
    """What one column of one row adds to log-odds.

    Attributes
    ----------
    name : str
    value : object
        The row's own value.
    contribution : float
        In nats; above 0 where it speaks for the class.

    Examples
    --------
    >>> print(ColumnContribution(name="region", value="north", contribution=1.2))
    region = north (+1.20)
    """

    name: str
    value: Any
    contribution: float

    def __str__(self):
        return f"{printable(self.name)} = {printable(text_of(self.value))} ({self.contribution:+.2f})"


@dataclass(frozen=True, kw_only=True, slots=True)
class RowEvidence:
    """What the columns of one row say for one class and against another. `Contributions.evidence` makes it.

    Attributes
    ----------
    for_class : label
        The class that the columns speak for.
    against : label or None
        The class that they speak against; None for all others.
    base_value : float
        The mean log-odds of the background rows, in nats: what is said without looking at the row.
    log_odds : float
        The log-odds of the row: `base_value` and all contributions together.
    columns : tuple of ColumnContribution
        All columns, the largest size first.

    Examples
    --------
    >>> evidence = RowEvidence(
    ...     for_class="yes",
    ...     against="no",
    ...     base_value=0.1,
    ...     log_odds=1.0,
    ...     columns=(
    ...         ColumnContribution(name="region", value="north", contribution=1.2),
    ...         ColumnContribution(name="rooms", value=3.0, contribution=-0.3),
    ...     ),
    ... )
    >>> print(evidence)
    'yes' against 'no': log-odds +0.10 (background) +0.90 (columns) = +1.00
      for 'yes': region = north (+1.20)
      against it: rooms = 3 (-0.30)
    """

    for_class: Any
    against: Any
    base_value: float
    log_odds: float
    columns: tuple[ColumnContribution, ...]

    @property
    def speaks_for(self):
        """The columns that speak for the class, the strongest first: tuple of ColumnContribution."""
        return tuple(one for one in self.columns if one.contribution > 0)

    @property
    def speaks_against(self):
        """The columns that speak against the class, the strongest first: tuple of ColumnContribution."""
        return tuple(one for one in self.columns if one.contribution < 0)

    @property
    def title(self):
        """For whom and against whom, in words."""
        against = "all others" if self.against is None else repr(self.against)
        return printable(f"{self.for_class!r} against {against}")

    @property
    def sum_text(self):
        """How the log-odds come about, in one line."""
        of_columns = self.log_odds - self.base_value
        return f"{self.base_value:+.2f} (background) {of_columns:+.2f} (columns) = {self.log_odds:+.2f}"

    def to_dict(self):
        """The record as values that `json` can write.

        Returns
        -------
        values : dict
            With the keys "for_class", "against", "base_value", "log_odds" and "columns", a list of dicts with the keys
            "name", "value" and "contribution".
        """
        names = ("for_class", "against", "base_value", "log_odds")
        columns = [
            {"name": one.name, "value": plain(one.value), "contribution": plain(one.contribution)}
            for one in self.columns
        ]
        return {name: plain(getattr(self, name)) for name in names} | {"columns": columns}

    def __str__(self):
        lines = [f"{self.title}: log-odds {self.sum_text}"]
        lines += _listed(printable(f"for {self.for_class!r}"), self.speaks_for)
        lines += _listed("against it", self.speaks_against)
        return "\n".join(lines)


def evidence_of(names, cells, values, *, base_value, for_class, against):
    """The evidence of one row from arrays.

    Parameters
    ----------
    names : sequence of str
    cells, values : ndarray of shape (n_columns,)
        The row's own values, and the contributions.
    base_value : float
    for_class, against : label
        `against` may be None.

    Returns
    -------
    evidence : RowEvidence
    """
    order = np.argsort(-np.abs(values), kind="stable")
    columns = tuple(
        ColumnContribution(name=str(names[j]), value=_python_value(cells[j]), contribution=float(values[j]))
        for j in order
    )
    log_odds = float(base_value + values.sum())
    return RowEvidence(
        for_class=for_class, against=against, base_value=float(base_value), log_odds=log_odds, columns=columns
    )


def _python_value(cell):
    """A number of NumPy as one of Python; dates and texts as they are."""
    return cell.item() if isinstance(cell, (np.bool_, np.number)) else cell


def _listed(name, columns):
    if not columns:
        return []
    rest = columns[MOST_COLUMNS_SHOWN:]
    text = ", ".join(map(str, columns[:MOST_COLUMNS_SHOWN]))
    if rest:
        total = sum(one.contribution for one in rest)
        text += f" and {len(rest)} more ({total:+.2f})"
    text = text.replace("\n", "\\n")
    return wrap(
        f"{name}: {text}", WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
