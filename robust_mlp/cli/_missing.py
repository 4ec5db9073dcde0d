"""Which cells count as missing, and how that is said. Never fills one."""

import shlex

from robust_mlp.cli._errors import InputError

MOST_COLUMNS_NAMED = 5  # in a note; more are counted


def check_names(names, shown):
    """Refuse a table in which two columns have the same name: pandas would rename one, or take both for one."""
    seen = set()
    for name in names:
        if name in seen:
            raise InputError(f"{shown} has two columns named {name!r}. Rename one.")
        seen.add(name)


def mask_missing(column, words):
    """The column with the cells whose text is one of `words` missing, and how often each word but "" came.

    Parameters
    ----------
    column : pandas.Series
        Of text, or of numbers and text.
    words : sequence of str

    Returns
    -------
    column : pandas.Series
    counts : dict of str to int
    """
    is_missing = column.isin(list(words))
    if not is_missing.any():
        return column, {}
    found = column[is_missing].value_counts()
    counts = {str(word): int(n) for word, n in found.items() if str(word).strip()}
    return column.mask(is_missing), counts


def missing_note(counts, shown, columns):
    """One sentence on the words that counted as missing in features, or "".

    An empty cell needs no word. What the user typed is confirmed, too: a typing mistake shows.
    """
    told = {name: found for name, found in counts.items() if found and name != columns.target}
    if not told:
        return ""
    parts = [
        f"{name!r} ({', '.join(f'{word!r} in {n:,} {_cells(n)}' for word, n in found.items())})"
        for name, found in list(told.items())[:MOST_COLUMNS_NAMED]
    ]
    rest = len(told) - len(parts)
    more = f" and {rest:,} more {'column' if rest == 1 else 'columns'}" if rest else ""
    return f"counted as missing in {shown}: {', '.join(parts)}{more}. --na says what counts."


def label_note(labels, target, shown, usual):
    """One sentence on classes whose names usually mean missing, or ""."""
    is_text = labels.dtype == object or labels.dtype == "str"  # pandas 3 has a type for text
    found = labels[labels.isin(list(usual))].value_counts() if is_text else labels[:0]
    if not len(found):
        return ""
    words = ", ".join(f"{word!r} ({int(n):,} {'row' if n == 1 else 'rows'})" for word, n in found.items())
    typed = " ".join(shlex.quote(word) for word in found.index)
    return f"taken as a class of {target!r} in {shown}: {words}. If that means missing, type --na {typed}."


def _cells(n):
    return "cell" if n == 1 else "cells"
