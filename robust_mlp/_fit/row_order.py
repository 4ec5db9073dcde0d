"""Notes on tables of pandas whose rows carry the same index in another order. Rows are paired by position."""

from robust_mlp._core.records import Finding


def notes_on_order(X, **others):
    """What to say where the index of the labels, weights or groups is that of `X` in another order.

    A table that was scaled often has a new index from 0 on, and its rows lie where they lay: then it is a note. Where
    the index of `X` is another, both indices name rows, and it is a warning.

    Parameters
    ----------
    X : table
    **others : array-like or None
        What was passed for each row of `X`, by the names of the parameters.

    Returns
    -------
    notes : tuple of Finding
    """
    index = _index_of(X)
    if index is None:
        return ()
    notes = [_note(name, index, _index_of(values)) for name, values in others.items()]
    return tuple(note for note in notes if note is not None)


def _index_of(table):
    """The index of a table or column of pandas; None of anything else. A list has a method of this name."""
    index = getattr(table, "index", None)
    return index if hasattr(index, "equals") and hasattr(index, "is_unique") else None


def _note(name, index, other):
    if other is None or len(other) != len(index) or index.equals(other):
        return None
    if not index.is_unique or not other.isin(index).all():
        return None  # the two say nothing of each other
    is_new = index.equals(type(index)(range(len(index)))) if index.dtype.kind in "iu" else False
    place = next(i for i, (a, b) in enumerate(zip(index, other, strict=True)) if a != b)
    return Finding(
        symptom="",
        cause=f"X and {name} have the same index in another order. Rows are paired by position, as in scikit-learn.",
        evidence=f"row {place}: {index[place]!r} in X, {other[place]!r} in {name}",
        fix=f"If the index says which rows belong together, pass {name}.loc[X.index].",
        code="index_in_another_order",
        severity="info" if is_new else "warning",
    )
