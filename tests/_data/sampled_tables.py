"""A table of three unequal classes, and a sampler run on it; shared by the tests of samplers."""

import numpy as np

from robust_mlp._data.sampling import Resampled, resample


def table(counts=(90, 25, 8), seed=0, n_numbers=3):
    """Numbers and one category column of 4 levels, both shifted by class."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(counts)), counts)
    numbers = rng.normal(size=(len(codes), n_numbers)) + codes[:, None]
    category = (rng.integers(0, 2, len(codes)) + codes) % 4
    return np.column_stack([numbers, category]), ["number"] * n_numbers + ["category"], codes


def run(sampler, matrix, kinds, codes, weights=None, seed=0, **options) -> Resampled:
    return resample(sampler, matrix, kinds, codes, np.ones(len(codes)) if weights is None else weights, seed, **options)
