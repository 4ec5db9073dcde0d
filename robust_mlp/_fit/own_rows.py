"""What a member may know: only what its own training rows tell, where the table's encoding was learned from all rows.

Members hold out rows on which other members are trained, and share one encoding. A held-out row must not help its
member to know its level, nor leave it an input that it never learned. Trains nothing."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from robust_mlp._data.constant_inputs import absent_inputs, constant_inputs
from robust_mlp._data.input_relevance import CLEARLY_BETTER, find_power, relevance_scales, weighs_inputs
from robust_mlp._data.member_scales import member_scales
from robust_mlp._data.rare_levels import forget, rare_codes, with_forgotten
from robust_mlp._data.sample_weights import weights_of


def with_own_rows_only(data, split, table, encoding):
    """The training data, with what each member knows restricted to its own rows.

    Parameters
    ----------
    data : TrainingData
        Of several members, each with held-out rows of its own in ``data.eval_rows``. Its rows may be changed in place.
    split : Split
        Rows of the table that ``data.eval_rows`` is, before any sampler.
    table : LabelledTable
        This table, before the encoding.
    encoding : Encoding

    Returns
    -------
    data : TrainingData
    """
    rows, n_embedded = data.eval_rows[0], len(data.embedding_sizes)
    if sparse.issparse(rows):
        # The scale of a column is that of all its stored cells. A member's own would differ, and nothing follows it: no
        # cell of a text is so large that it hides in the scale that it makes.
        return replace(data, constant_inputs=absent_inputs(rows, split.held_out, split.rest))
    scales = member_scales(table.X, encoding, split.held_out, split.rest, table.weights)
    data, scales = _with_relevance(data, split, table, scales)
    if scales is not None:
        hidden = np.zeros(scales.shape, dtype=bool) if data.hidden_inputs is None else data.hidden_inputs
        data = replace(data, input_scales=scales, hidden_inputs=hidden)
    constants = constant_inputs(rows, split.held_out, split.rest)
    if constants is not None:
        constants[:, rows.shape[1] - n_embedded :] = np.nan  # codes are names, and have a rule of their own
        if rows is not data.rows:
            _keep_if_still_constant(constants, data)
        constants = None if np.isnan(constants).all() else constants
    data = replace(data, constant_inputs=constants)
    if not n_embedded:
        return data
    codes = rows[:, rows.shape[1] - n_embedded :].astype(np.intp)
    rare = rare_codes(codes, data.embedding_sizes, split.train, table.weights)
    if rare is None:
        return data
    data = replace(data, rare_codes=rare)
    return _one_table(data) if rows is data.rows else _two_tables(data)


def _with_relevance(data, split, table, scales):
    """(TrainingData, input scales or None): where it helps, some members see inputs scaled by their relevance, too."""
    n_sized = data.rows.shape[1] - len(data.embedding_sizes)
    if not n_sized or data.eval_rows[0] is not data.rows:
        return data, scales
    of_table = data.codes, table.weights, data.n_classes
    power, gain = find_power(data.rows[:, :n_sized], *of_table, np.concatenate([*split.held_out, split.rest]))
    if not gain > CLEARLY_BETTER:
        return data, scales
    weighs = weighs_inputs(len(split.train), gain)
    relevance = relevance_scales(data.rows, *of_table, split.held_out, split.rest, power)
    relevance[:, n_sized:] = 1  # codes are names, and have no size
    relevance[~weighs] = 1
    return replace(data, weighs_inputs=tuple(weighs.tolist())), relevance if scales is None else scales * relevance


def _keep_if_still_constant(constants, data):
    """Set to NaN what a sampler made vary. Changes `constants`, ndarray of shape (n_members, n_inputs)."""
    for values, where in zip(constants, data.train, strict=True):
        for j in np.flatnonzero(~np.isnan(values)):
            if (data.rows[where, j] != values[j]).any():
                values[j] = np.nan


def _one_table(data):
    """Training and held-out rows are rows of one table: copies of rows stand beside it."""
    rows, origin, (train, held_out) = with_forgotten(data.rows, data.rare_codes, data.train, data.held_out)
    codes, weights = data.codes[origin], weights_of(data.weights, origin)
    is_same = data.eval_rows[2] is data.weights
    eval_weights = weights if is_same else weights_of(data.eval_rows[2], origin)
    draw = data.draw

    def draw_own(where, rng, n_draws):
        number_of = np.arange(len(data.rows))
        number_of[origin[where]] = where
        return number_of[draw(origin[where], rng, n_draws)]

    return replace(
        data,
        rows=rows,
        codes=codes,
        weights=weights,
        train=train,
        eval_rows=(rows, codes, eval_weights),
        held_out=held_out,
        eval_origin=origin,
        draw=None if draw is None else draw_own,
    )


def _two_tables(data):
    """A sampler made training rows for each member, so they can be changed; held-out rows get copies."""
    for member, where in enumerate(data.train):
        own = data.rows[where[0] : where[-1] + 1]  # a view: the rows of a member follow each other
        forget(own, data.rare_codes, member)
    table, codes, weights = data.eval_rows
    rows, origin, (held_out,) = with_forgotten(table, data.rare_codes, data.held_out)
    return replace(
        data,
        eval_rows=(rows, codes[origin], weights_of(weights, origin)),
        held_out=held_out,
        eval_origin=origin,
    )
