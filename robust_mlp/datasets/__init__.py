"""Seeded generators for experiments and tests: tables on which networks collapse, and tables on which they must not.

Every generator takes `random_state` and returns ``X, y``; `make_founding_table` returns a training and a test set.
Nothing is downloaded and nothing is cached.
"""

from robust_mlp.datasets._faults import (
    make_conflicting_duplicates,
    make_identifier_columns,
    make_imbalanced,
    make_many_decades,
    make_misaligned,
    make_noisy_labels,
    make_sorted,
)
from robust_mlp.datasets._founding import make_founding_table, make_waveforms
from robust_mlp.datasets._signals import (
    make_clusters,
    make_parity,
    make_pure_noise,
    make_rings,
    make_weak_signal,
    make_xor,
)

__all__ = [
    "make_clusters",
    "make_conflicting_duplicates",
    "make_founding_table",
    "make_identifier_columns",
    "make_imbalanced",
    "make_many_decades",
    "make_misaligned",
    "make_noisy_labels",
    "make_parity",
    "make_pure_noise",
    "make_rings",
    "make_sorted",
    "make_waveforms",
    "make_weak_signal",
    "make_xor",
]
