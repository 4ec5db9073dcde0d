"""Fitted networks with random weights of every form, and encoded rows for them."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from robust_mlp._prediction.effect_units import EffectUnits
from robust_mlp._prediction.fitted_network import FittedNetwork
from robust_mlp._prediction.network import NetworkWeights
from robust_mlp._prediction.radial_units import RadialUnits

N_PLAIN, N_CLASSES, LEVELS = 5, 3, (7, 4)
OFFSETS = np.array([0.4, -0.3, 0.0])


@dataclass
class AsItIs:
    """An encoding: rows are encoded already."""

    def transform(self, matrix):
        return matrix.astype(np.float32)


def weights_of(rng, n_members, sizes, *, activation="silu", linear_path=False, batch_norm=False, n_embedded=0):
    """Random NetworkWeights."""
    members, row = ((n_members,), (1,)) if n_members > 1 else ((), ())
    width = sizes[0] + 8 * n_embedded
    arrays = [rng.normal(size=(*members, n_levels, 8)) for n_levels in LEVELS[:n_embedded]]
    moving = []
    for i, (n_in, n_out) in enumerate(pairwise((width, *sizes[1:]))):
        arrays += [rng.normal(size=(*members, n_in, n_out)) / n_in**0.5, rng.normal(size=(*members, *row, n_out))]
        if batch_norm and i < len(sizes) - 2:
            arrays += [rng.uniform(0.5, 2, size=(*members, *row, n_out)), rng.normal(size=(*members, *row, n_out))]
            moving += [rng.normal(size=(*members, *row, n_out)), rng.uniform(0.5, 2, size=(*members, *row, n_out))]
    if linear_path:
        arrays.append(rng.normal(size=(*members, width, sizes[-1])))
    arrays, moving = ([a.astype(np.float32) for a in group] for group in (arrays, moving))
    n_hidden = len(sizes) - 2
    return NetworkWeights(arrays, moving, activation, n_hidden, batch_norm, linear_path, n_members, n_embedded)


def radial(rng, n_members, member_weights=None):
    """Random radial members that see three of the inputs."""
    inputs, factors = np.array([0, 2, 3]), np.array([0.5, 1.0, 0.3])
    centers = rng.normal(size=(11, 3)) * factors
    units = RadialUnits(inputs, factors, centers, rng.normal(size=(11, 6)) * 4, rng.normal(size=6))
    return replace(weights_of(rng, n_members, (6, N_CLASSES)), member_weights=member_weights, units=units)


def effects(rng, n_members, code_input=-1):
    """Random members that see effects: of one factor, of pairs, and of a factor times a number."""
    units = EffectUnits(
        step_inputs=np.array([0, 3, 0]),
        step_factors=np.array([0, 1, 0]),
        step_levels=np.array([1, 2, 1]),
        thresholds=np.array([-0.5, 0.2, 0.7], np.float32),
        code_inputs=np.array([-1, -1, code_input]),
        n_levels=np.array([3, 3, 3]),  # the codes have a level more
        first=np.array([0, 1, 2, -1, 0]),
        second=np.array([-1, 2, -1, 0, 1]),
        numbers=np.array([-1, -1, 1, 4, -1]),
        starts=np.array([0, 3, 12, 15, 18]),
        table=rng.normal(size=(27, 4)).astype(np.float32),
    )
    return replace(weights_of(rng, n_members, (4, N_CLASSES)), units=units)


def slopes(rng):
    """A random member that sees numbers alone, cut off."""
    none, two = np.empty(0, np.int64), np.full(2, -1)
    units = EffectUnits(
        none, none, none, np.empty(0, np.float32), none, none,
        first=two, second=two, numbers=np.array([2, 0]), starts=np.array([0, 1]),
        table=rng.normal(size=(2, 4)).astype(np.float32),
    )  # fmt: skip
    return replace(weights_of(rng, 1, (4, N_CLASSES)), units=units)


def made_networks():
    """{name: FittedNetwork}."""
    rng = np.random.default_rng(0)
    plain, hidden = (N_PLAIN, N_CLASSES), (N_PLAIN, 8, 6, N_CLASSES)
    uneven = np.array([1.0, 0.5, 2.0])
    one, three = weights_of(rng, 1, hidden, linear_path=True), weights_of(rng, 3, hidden, activation="tanh")
    embedded = weights_of(rng, 3, hidden, linear_path=True, n_embedded=2)
    made = {
        "one member": (one, 0.8, None, ()),
        "three members": (three, np.array([0.5, 1.0, 1.5]), None, ()),
        "unequal members": (weights_of(rng, 3, hidden, batch_norm=True, activation="relu"), 0.7, uneven, ()),
        "no hidden layer": (weights_of(rng, 1, plain), 1.3, None, ()),
        "embedded": (embedded, 1.0, None, ()),
        "one embedded member": (weights_of(rng, 1, hidden, n_embedded=2), 1.0, None, ()),
        "companions": (
            three, 1.0, uneven, (weights_of(rng, 1, plain), radial(rng, 2, np.array([0.5, 0.5])), radial(rng, 1)),
        ),
        "embedded with companions": (
            embedded, 1.0, uneven, (weights_of(rng, 2, plain, n_embedded=2), radial(rng, 1, np.array([0.5]))),
        ),
        "effects": (one, 1.0, None, (effects(rng, 3), slopes(rng))),
        "effects of codes": (embedded, 1.0, None, (effects(rng, 2, code_input=N_PLAIN + 1), slopes(rng))),
    }  # fmt: skip
    return {
        name: FittedNetwork(AsItIs(), weights, OFFSETS, temperature, member_weights, companions)
        for name, (weights, temperature, member_weights, companions) in made.items()
    }


def encoded_rows(n_rows, seed=0):
    """(plain outputs (n_rows, N_PLAIN) float32, codes of two categories (n_rows, 2) int64)."""
    rng = np.random.default_rng(seed)
    plain = (rng.normal(size=(n_rows, N_PLAIN)) * 2).astype(np.float32)
    return plain, np.column_stack([rng.integers(0, n, n_rows) for n in LEVELS])


def expected(fitted, plain, codes):
    """Probabilities as `FittedNetwork` gives them."""
    is_embedded = fitted.weights.n_embedded > 0
    return fitted.probabilities(np.column_stack([plain, codes]) if is_embedded else plain)
