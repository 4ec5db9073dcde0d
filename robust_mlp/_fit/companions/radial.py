"""Radial members: linear heads on RBF units. A unit measures how near a row is to one of the training rows.

Such a network is smooth, and far from all training rows its units are near 0. So its errors differ from those of a
network with the piecewise linear encoding. It is kernel logistic regression with a sample of the rows as centers
(Williams and Seeger 2001, "Using the Nystroem method to speed up kernel machines"). The width of the units is not a
parameter: members of several widths are trained, and clearly worse ones are left out."""

from dataclasses import replace

import numpy as np

from robust_mlp._data.encoding import WEIGHT_BESIDE_PIECES
from robust_mlp._fit.companions.common import Companions, plan_without_hidden_units, rows_beside
from robust_mlp._fit.companions.radial_learning import N_CENTERS, learn_units
from robust_mlp._system.aligned_arrays import empty_aligned

# Exponents of the units at the mean squared distance of two rows, one for each kind of members. The smallest makes wide
# units, which respond to nearly all rows; the largest makes narrow units, which respond to near rows only. Without the
# largest, accuracy is lower on the balanced tables of benchmarks/accuracy.
SHARPNESSES = (0.3, 0.6, 2.0)
# Each kind has one member per four members of the plan. With weight one half, all kinds together make up about a
# quarter of the mean. From a sixth to a third, results are equal on the balanced tables.
MEMBER_WEIGHT = 0.5
ROWS_AT_ONCE = 4096
# The unit outputs of three kinds take 1.8 kB per row beside the encoded table, and learning takes as much again: 180 MB
# for this many rows.
MOST_ROWS = 50_000


def companions(plan, data, encoding, seeds):
    """The radial members that are trained beside a plan's members, or None if the plan gets none.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
        Training data of the plan's members, with held-out rows. Each radial member holds out the same rows as one of
        them.
    encoding : Encoding
    seeds : dict of str to int

    Returns
    -------
    companions : Companions or None
    """
    beside = plan_without_hidden_units(plan, len(SHARPNESSES))
    if beside is None or len(data.rows) > MOST_ROWS:
        return None
    own = [rows_beside(plan, data, kind) for kind in range(len(SHARPNESSES))]
    factors = _factors(encoding)
    kinds = [_learn(part, factors, sharpness, seeds) for part, sharpness in zip(own, SHARPNESSES, strict=True)]
    if None in kinds:
        return None

    def split(attempt):
        return [_of_kind(attempt, i, units, part) for i, (units, part) in enumerate(zip(kinds, own, strict=True))]

    return Companions(beside, _stacked(own, kinds), split, member_weights=MEMBER_WEIGHT)


def _learn(data, factors, sharpness, seeds):
    """RadialUnits learned from the rows that all members of a kind are trained on.

    None if no input varies. Also None if there are no such rows: a sampler gives each member rows of its own.
    """
    rows = _common(data.train)
    if not len(rows):
        return None
    return learn_units(data.rows[rows], data.codes[rows], data.weights[rows], factors, sharpness, seeds["weights"])


def _common(train):
    """Rows that all members are trained on. Their order is that of the first member, which is not random."""
    first, *others = train
    rows = first[np.sort(np.unique(first, return_index=True)[1])]
    return rows[np.logical_and.reduce([np.isin(rows, other) for other in others], axis=0)] if others else rows


def _factors(encoding):
    """First weight of each output of an encoding in distances: as scaled for numbers, 0 for pieces and codes."""
    factors = np.where(encoding.is_piece, 0.0, 1.0)
    if encoding.pieced.size:
        factors[: encoding.numbers.size] /= WEIGHT_BESIDE_PIECES
    factors[len(factors) - encoding.n_codes :] = 0.0
    return factors


def _stacked(own, kinds):
    """TrainingData of all kinds: one table with the kinds' rows below each other, so that one training is enough."""
    first = own[0]
    eval_rows, *of_looked_at = first.eval_rows
    n_rows, n_looked_at = len(first.rows), len(eval_rows)
    rows, n_kinds = _outputs(kinds, first.rows), len(kinds)

    def draw(where, rng, n_draws):
        start = where[0] // n_rows * n_rows
        return first.draw(where - start, rng, n_draws) + start

    return replace(
        first,
        rows=rows,
        codes=np.tile(first.codes, n_kinds),
        weights=_repeated(first.weights, n_kinds),
        train=[where + i * n_rows for i, part in enumerate(own) for where in part.train],
        eval_rows=(
            rows if eval_rows is first.rows else _outputs(kinds, eval_rows),
            *[_repeated(values, n_kinds) for values in of_looked_at],
        ),
        held_out=[where + i * n_looked_at for i, part in enumerate(own) for where in part.held_out],
        shares_held_out=False,
        draw=None if first.draw is None else draw,
        embedding_sizes=(),
        eval_origin=None,
        rare_codes=None,
        constant_inputs=None,
        part_folds=[folds for part in own for folds in part.part_folds],
        kinds=tuple(i for i, part in enumerate(own) for _ in part.train),
    )


def _outputs(kinds, rows):
    """Outputs of each of the RadialUnits for encoded rows, one below the other."""
    outputs = empty_aligned((len(kinds) * len(rows), N_CENTERS), np.float32)
    for units, out in zip(kinds, np.split(outputs, len(kinds)), strict=True):
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            out[part] = units(rows[part])
    return outputs


def _repeated(values, n_times):
    """Values of rows, repeated `n_times`. A broadcast single number stays one."""
    if values.strides == (0,):
        return np.broadcast_to(values[0], n_times * len(values))
    return np.tile(values, n_times)


def _of_kind(attempt, i, units, part):
    """(Attempt, TrainingData) of the members of the i-th kind. The attempt's network reads encoded rows."""
    from robust_mlp._core.training_data import Trained
    from robust_mlp._network.training import finished

    n_members = len(part.train)
    weights = attempt.network.weights.of_members(range(i * n_members, (i + 1) * n_members))
    trained = Trained(weights=replace(weights, units=units), n_steps=attempt.network.n_steps)
    return finished(replace(attempt, plan=replace(attempt.plan, n_members=n_members)), trained, part), part
