"""Radial members: linear heads on RBF units, which say how near a row is to some of the training rows.

Such a network is smooth, unlike one with the piecewise linear encoding, and predicts little far from all rows. So its
errors differ. It is kernel logistic regression with a sample of the rows as centers (Williams and Seeger 2001, "Using
the Nystroem method to speed up kernel machines"). The width of the units is no parameter: there are members of several
widths, and clearly worse ones are left out."""

from dataclasses import replace

import numpy as np

from robust_mlp._data.encoding import WEIGHT_BESIDE_PIECES
from robust_mlp._fit.companions.common import Companions, plan_without_hidden_units, rows_beside
from robust_mlp._fit.companions.radial_learning import N_CENTERS, learn_units
from robust_mlp._system.aligned_arrays import empty_aligned

# Exponents at the mean squared distance of two rows, one for each kind of members: units that nearly all rows reach,
# others, and units of near rows. Without the last, accuracy is lower on the balanced tables of benchmarks/accuracy.
SHARPNESSES = (0.3, 0.6, 2.0)
# Each kind has one member for four of the plan's own. If these count half, all kinds together are a quarter of the mean
# or a little less; a sixth to a third is alike on the balanced tables.
MEMBER_WEIGHT = 0.5
ROWS_AT_ONCE = 4096
# Of three kinds, the outputs take 1.8 kB a row beside the encoded table, and learning them as much again: 180 MB.
MOST_ROWS = 50_000


def companions(plan, data, encoding, seeds):
    """The radial members that go with a plan's members; None where there are none.

    Parameters
    ----------
    plan : TrainingPlan
    data : TrainingData
        What the others are trained on, with held-out rows. Each radial member leaves out what one of the others did.
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
    """RadialUnits learnt from the rows that none of a kind's members leaves out; None where no input varies.

    None as well where there are no such rows: a sampler gives each member rows of its own.
    """
    rows = _common(data.train)
    if not len(rows):
        return None
    return learn_units(data.rows[rows], data.codes[rows], data.weights[rows], factors, sharpness, seeds["weights"])


def _common(train):
    """Rows that all members are trained on, in the order in which they come to the first, which is no accident."""
    first, *others = train
    rows = first[np.sort(np.unique(first, return_index=True)[1])]
    return rows[np.logical_and.reduce([np.isin(rows, other) for other in others], axis=0)] if others else rows


def _factors(encoding):
    """What each output of an encoding counts in distances at first: numbers as scaled, pieces and codes nothing."""
    factors = np.where(encoding.is_piece, 0.0, 1.0)
    if encoding.pieced.size:
        factors[: encoding.numbers.size] /= WEIGHT_BESIDE_PIECES
    factors[len(factors) - encoding.embedded.size :] = 0.0
    return factors


def _stacked(own, kinds):
    """TrainingData of all kinds: their tables below each other, so that one training serves them all."""
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
        kinds=tuple(i for i, part in enumerate(own) for _ in part.train),
    )


def _outputs(kinds, rows):
    """What each of the RadialUnits makes of encoded rows, one below the other."""
    outputs = empty_aligned((len(kinds) * len(rows), N_CENTERS), np.float32)
    for units, out in zip(kinds, np.split(outputs, len(kinds)), strict=True):
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            out[part] = units(rows[part])
    return outputs


def _repeated(values, n_times):
    """Values of rows, `n_times` after each other; a single number in memory stays one."""
    if values.strides == (0,):
        return np.broadcast_to(values[0], n_times * len(values))
    return np.tile(values, n_times)


def _of_kind(attempt, i, units, part):
    """(Attempt, TrainingData) of the members of the i-th kind, whose network reads encoded rows."""
    from robust_mlp._core.training_data import Trained
    from robust_mlp._network.training import finished

    n_members = len(part.train)
    weights = attempt.network.weights.of_members(range(i * n_members, (i + 1) * n_members))
    trained = Trained(weights=replace(weights, units=units), n_steps=attempt.network.n_steps)
    return finished(replace(attempt, plan=replace(attempt.plan, n_members=n_members)), trained, part), part
