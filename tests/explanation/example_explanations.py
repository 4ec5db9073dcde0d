"""Explanations made by hand, for the tests of what shows them."""

import numpy as np

from robust_mlp.explanation import ColumnEffect, ColumnImportance, Explanation, PairEffect
from robust_mlp.explanation.contributions import Contributions


def importance(*columns, value=0.1, error=0.02, **others):
    """The importance of one column or group, with an interval of twice the error."""
    return ColumnImportance(columns=columns, importance=value, low=value - 2 * error, high=value + 2 * error, **others)


def number_effect(name="age", additive=None):
    """A rising line at 0, 1, 2, 3, with most rows in its middle piece; two classes."""
    curve = np.array([-1.5, -0.5, 0.5, 1.5])
    return ColumnEffect(
        name=name,
        kind="number",
        values=(0.0, 1.0, 2.0, 3.0),
        positions=(0.0, 1.0, 2.0, 3.0),
        shares=np.array([0.0, 0.25, 0.5, 0.25]),
        log_odds=np.column_stack([-curve, curve]),
        probability=np.column_stack([0.5 - curve / 4, 0.5 + curve / 4]),
        additive=additive,
    )


def level_effect(name="city"):
    """Three levels; two classes."""
    curve = np.array([1.0, -1.0, 0.0])
    return ColumnEffect(
        name=name,
        kind="levels",
        values=("Rome", "Oslo", "Lima"),
        positions=(0.0, 1.0, 2.0),
        shares=np.array([0.25, 0.25, 0.5]),
        log_odds=np.column_stack([-curve, curve]),
        probability=np.column_stack([0.5 - curve / 4, 0.5 + curve / 4]),
    )


def pair(first="age", second="city"):
    """A joint effect of a number and a column of levels."""
    values = np.array([[0.5, -0.5], [-0.5, 0.5]])
    return PairEffect(
        columns=(first, second),
        strength=0.5,
        values=((0.0, 3.0), ("Rome", "Oslo")),
        positions=((0.0, 3.0), (0.0, 1.0)),
        log_odds=np.stack([-values, values], axis=2),
    )


def row_contributions(n_rows=2):
    """Contributions of rows of `example`'s three columns: each row is 1 nat more for "yes" than the one before."""
    rows = np.arange(n_rows)
    return Contributions(
        values=np.column_stack([rows - 0.5, np.full(n_rows, -0.25), np.zeros(n_rows)]),
        base_values=np.full(n_rows, 0.5),
        data=np.array([[30.0 + row, "Rome", None] for row in rows], dtype=object),
        feature_names=("age", "city", "noise"),
        classes=("no", "yes"),
        target=("yes", "no"),
        method="exact",
        n_coalitions=6,
    )


def example(**changes):
    """An explanation of three columns, of which two go together."""
    settings = {
        "class_names": ("no", "yes"),
        "columns": ("age", "city", "noise"),
        "n_rows": 500,
        "rows": "rows as given",
        "has_labels": True,
        "loss": 0.4,
        "importance": (
            importance("age", value=0.2, missing=0.1, per_class=(0.1, 0.3)),
            importance("city", value=0.05, missing=0.04, per_class=(0.05, float("nan"))),
            importance("noise", value=0.001, missing=0.0, per_class=(0.0, 0.0)),
        ),
        "groups": (importance("age", "city", value=0.3, per_class=(0.2, 0.4)),),
        "effects": (number_effect(), level_effect(), number_effect("noise")),
        "pairs": (pair(),),
    }
    return Explanation(**(settings | changes))
