"""Codes and logits that several tests of the graph measure."""

import numpy as np

RNG = np.random.default_rng(0)


def of_members(n_members=3, n_rows=40, n_classes=4, rng=RNG):
    """(codes, logits) of members."""
    codes = rng.integers(0, n_classes, (n_members, n_rows)).astype(np.int32)
    logits = rng.normal(scale=2, size=(n_members, n_rows, n_classes)) + 3 * np.eye(n_classes)[codes]
    return codes, logits.astype(np.float32)
