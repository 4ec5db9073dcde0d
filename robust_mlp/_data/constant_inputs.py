"""Inputs that have one value in all training rows of a member, and other values only in rows that it holds out.

The member can learn nothing of such an input. Its initial weight would answer for it, with a number drawn at random."""

import numpy as np


def constant_inputs(rows, parts, rest):
    """The value of each input that is constant in the training rows of a member.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_inputs), dtype float32
    parts : sequence of ndarray of int
        Held-out rows of each member, disjoint. A member is trained on the rows of all other parts and on the rest.
    rest : ndarray of int
        Rows that all members are trained on.

    Returns
    -------
    values : ndarray of shape (n_members, n_inputs), dtype float32, or None
        NaN where an input varies. None if every input that varies at all varies for each member.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.array([[1, 0], [2, 0], [3, 0], [4, 5]], dtype=np.float32)
    >>> constant_inputs(rows, [np.array([0, 1]), np.array([2, 3])], np.array([], dtype=int))
    array([[nan, nan],
           [nan,  0.]], dtype=float32)
    """
    blocks = [block for block in (*parts, rest) if len(block)]
    # An input that varies within two blocks varies for every member: each is trained on one of them.
    varies_often = _varies(rows, blocks[0]) & _varies(rows, blocks[1]) if len(blocks) > 1 else False
    inputs = np.flatnonzero(~np.broadcast_to(varies_often, rows.shape[1]))
    if not inputs.size:
        return None
    cells = [rows[np.ix_(block, inputs)] for block in blocks]
    low, high = np.array([block.min(axis=0) for block in cells]), np.array([block.max(axis=0) for block in cells])
    is_any = low.min(axis=0) < high.max(axis=0)
    values = np.full((len(parts), rows.shape[1]), np.nan, np.float32)
    place = 0
    for member, part in enumerate(parts):
        others = np.arange(len(blocks)) != (place if len(part) else -1)
        place += bool(len(part))
        lowest, highest = low[others].min(axis=0), high[others].max(axis=0)
        is_constant = is_any & (lowest == highest)
        values[member, inputs[is_constant]] = lowest[is_constant]
    return None if np.isnan(values).all() else values


def absent_inputs(rows, parts, rest):
    """As `constant_inputs`, of sparse rows: which inputs are stored in no training row of a member.

    Parameters
    ----------
    rows : csr_array of shape (n_rows, n_inputs)
    parts, rest
        As for `constant_inputs`.

    Returns
    -------
    values : ndarray of shape (n_members, n_inputs), dtype float32, or None
        0 where an input is absent, NaN elsewhere. An input that is stored in all rows with one value is left alone.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy import sparse
    >>> rows = sparse.csr_array(np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 5.0]]))
    >>> absent_inputs(rows, [np.array([0, 1]), np.array([2])], np.array([], dtype=int))
    array([[nan, nan],
           [nan,  0.]], dtype=float32)
    """
    n_inputs = rows.shape[1]
    counts = np.array([np.bincount(rows[block].indices, minlength=n_inputs) for block in (*parts, rest)])
    total = counts.sum(axis=0)  # of the rows that are used: others may repeat them
    values = np.full((len(parts), n_inputs), np.nan, np.float32)
    values[(total > 0) & (counts[:-1] == total)] = 0.0
    return None if np.isnan(values).all() else values


def _varies(rows, block):
    """Whether each input has different values in some rows: ndarray of shape (n_inputs,), dtype bool."""
    cells = rows[block]
    return cells.min(axis=0) < cells.max(axis=0)
