"""Levels that no prediction depends on: those that are encoded as levels that were never seen.

Most of them occurred in one row, as names and e-mail addresses do, so they tell who was in the training table."""

from dataclasses import replace

import numpy as np


def is_rare(encoding):
    """Levels that are encoded as levels that were never seen.

    Parameters
    ----------
    encoding : Encoding

    Returns
    -------
    rare : dict of int to ndarray of shape (n_levels,), dtype bool
        For each category column. The last entries of its outputs and codes are those of missing and of unknown.
    """
    rare: dict[int, np.ndarray] = {}
    parts = ((encoding.categories, encoding.slots), (encoding.embedded, encoding.level_codes))
    for columns, places in parts:
        for j, of_levels in zip(columns.tolist(), places, strict=True):
            rare[j] = rare.get(j, True) & (of_levels[:-2] == of_levels[-1])
    return rare


def without_rare_levels(network):
    """The same network, whose reader does not know such levels.

    Parameters
    ----------
    network : FittedNetwork

    Returns
    -------
    network : FittedNetwork
        It predicts the same bits. Cells with such a level count as cells with a level that was never seen.
    """
    encoding, rare = network.encoding, is_rare(network.encoding)
    if not any(which.any() for which in rare.values()):
        return network
    # Missing and unknown have an entry in any case.
    kept = {j: np.concatenate([~which, [True, True]]) for j, which in rare.items()}
    levels = list(encoding.reader.levels)
    for j, which in rare.items():
        levels[j] = tuple(level for level, is_dropped in zip(levels[j], which, strict=True) if not is_dropped)
    changed = replace(
        encoding,
        reader=replace(encoding.reader, levels=tuple(levels)),
        slots=_taken(encoding.categories, encoding.slots, kept),
        level_codes=_taken(encoding.embedded, encoding.level_codes, kept),
    )
    return replace(network, encoding=changed)


def _taken(columns, places, kept):
    return tuple(of_levels[kept[j]] for j, of_levels in zip(columns.tolist(), places, strict=True))
