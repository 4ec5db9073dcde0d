"""Facts learnt of a small table; shared by the tests of facts and of neighbours."""

import numpy as np

from robust_mlp._data.columns import CATEGORY, NUMBER
from robust_mlp._data.distinct_rows import merge_rows
from robust_mlp._data.table_facts import SplitRows, learn_facts
from robust_mlp._data.tables import TableReader


def reader_of(matrix, categories=(), names=None):
    kinds = tuple(CATEGORY if j in categories else NUMBER for j in range(matrix.shape[1]))
    levels = tuple(tuple(range(9)) if j in categories else None for j in range(matrix.shape[1]))
    return TableReader(kinds=kinds, levels=levels, names=names)


def learn(matrix, y=None, *, categories=(), names=None, weights=None, held_out=True, **kwargs):
    matrix = np.asarray(matrix)
    y = np.arange(len(matrix)) % 2 if y is None else np.asarray(y)
    rows = merge_rows(matrix, y, weights)
    split = len(rows.index) * 9 // 10
    train, left = [rows.index[:split]], [rows.index[split:]]
    if not held_out:
        train, left = [rows.index], []
    reader = reader_of(matrix, categories, names)
    parts = {"train": train, "held_out": left} | kwargs
    split = SplitRows(**{name: parts.pop(name) for name in ("train", "held_out", "validation") if name in parts})
    return learn_facts(matrix, reader, rows, split, seed=0, **parts)


def normal(n=500, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))
