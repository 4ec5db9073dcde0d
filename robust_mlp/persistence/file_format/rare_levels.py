"""Levels that no prediction depends on: those that share code 0 with levels that were never seen.

Most of them occurred in one row, as names and e-mail addresses do, so they tell who was in the training table."""

from dataclasses import replace

import numpy as np


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
    encoding = network.encoding
    levels, level_codes = list(encoding.reader.levels), []
    for j, codes in zip(encoding.embedded.tolist(), encoding.level_codes, strict=True):
        is_kept = codes > 0
        is_kept[-2:] = True  # missing and unknown have an entry in any case
        level_codes.append(codes[is_kept])
        levels[j] = tuple(levels[j][i] for i in np.flatnonzero(is_kept[:-2]))
    reader = replace(encoding.reader, levels=tuple(levels))
    return replace(network, encoding=replace(encoding, reader=reader, level_codes=tuple(level_codes)))
