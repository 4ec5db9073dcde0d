"""Names that the user typed: columns and classes, with a suggestion for one that does not exist."""

import numpy as np

from robust_mlp.explanation.contributions._arguments import did_you_mean

MOST_NAMES_SHOWN = 10


def unknown_name(what, name, known):
    """The ValueError for a name that does not exist.

    Parameters
    ----------
    what : str
        "column" or "class".
    name : object
    known : sequence of str

    Returns
    -------
    error : ValueError
    """
    hint = did_you_mean(name, known)
    if hint:
        return ValueError(f"There is no {what} {name!r}.{hint}")
    shown = ", ".join(map(repr, known[:MOST_NAMES_SHOWN])) + (", ..." if len(known) > MOST_NAMES_SHOWN else "")
    return ValueError(f"There is no {what} {name!r}. There is: {shown}.")


def chosen_columns(columns, names):
    """Places of the columns that the user asked for.

    Parameters
    ----------
    columns : None, str, int, or sequence of str and int
        Names or numbers; None: all.
    names : list of str

    Returns
    -------
    places : list of int
        In the order in which they were asked for, each once.
    """
    if columns is None:
        return list(range(len(names)))
    if isinstance(columns, str | int | np.integer):
        columns = [columns]
    if isinstance(columns, bytes) or not hasattr(columns, "__iter__"):
        raise TypeError(
            f"columns is of type {type(columns).__name__}. Pass names or numbers of columns in a list, or None."
        )
    places = []
    for column in columns:
        if isinstance(column, bool | np.bool_) and str(column) not in names:
            raise TypeError("columns holds True or False, as a mask does. Pass names or numbers: np.flatnonzero(mask).")
        if str(column) in names:
            places.append(names.index(str(column)))
        elif isinstance(column, int | np.integer) and not isinstance(column, bool):
            if not -len(names) <= int(column) < len(names):
                raise ValueError(
                    f"There is no column {column}: X has {len(names)} columns, from 0 to {len(names) - 1}."
                )
            places.append(int(column) % len(names))
        else:
            raise unknown_name("column", column, names)
    if not places:
        raise ValueError("columns names no column. Pass at least one name or number, or None for all columns.")
    return list(dict.fromkeys(places))
