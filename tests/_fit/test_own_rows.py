"""What a member of a fit knows of its held-out rows: nothing that its own training rows do not tell."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp._core.seeds import spawn_seeds
from robust_mlp._data.tables import read_table
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.prepare_table import prepare_table
from tests.tiny_fits import able, tiny

N = 300


def table_of_levels(seed=0):
    """A text column of 250 levels, a number, and a flag that one row has: (frame, y)."""
    rng = np.random.default_rng(seed)
    flag = np.zeros(N)
    flag[5] = 1.0
    return pd.DataFrame({"level": rng.integers(0, 250, N).astype(str), "x": rng.normal(size=N), "flag": flag}).astype(
        {"level": "category"}
    ), rng.integers(0, 2, N)


def prepared(**parameters):
    """(TrainingTable, TrainingData, Encoding) of this table for three members."""
    X, y = table_of_levels()
    clf = tiny(**({"early_stopping": "auto", "n_members": 3} | parameters))
    matrix, reader = read_table(clf, X, categorical_features="from_dtype", reset=True)
    table = LabelledTable(matrix, y.astype(np.int32), np.ones(N))
    prepared, plan = prepare_table(clf, table, reader, np.unique(y), spawn_seeds(0))
    return prepared, *prepared.training_data(plan)


@pytest.mark.parametrize("sampler", [None, "over", "smote", "under", "balanced_batches"])
def test_a_level_has_a_code_where_two_rows_of_the_members_own_have_it(sampler):
    table, data, _ = prepared(sampler=sampler)
    level = table.table.X[:, 0]
    n_known = 0
    for member, (train, held_out) in enumerate(zip(table.train, table.held_out, strict=True)):
        counts = np.bincount(level[train].astype(int), minlength=250)
        judged = data.eval_rows[0][data.held_out[member], -1]
        np.testing.assert_array_equal(judged > 0, counts[level[held_out].astype(int)] >= 2)
        np.testing.assert_array_equal(data.eval_origin[data.held_out[member]], held_out)
        if sampler in (None, "under", "balanced_batches"):
            trained = data.rows[data.train[member], -1]
            np.testing.assert_array_equal(trained > 0, counts[level[train].astype(int)] >= 2)
        n_known += np.count_nonzero(judged)
    assert 0 < n_known < N


def test_rows_are_drawn_from_those_of_the_member():
    _, data, _ = prepared(sampler="balanced_batches")
    for train in data.train:
        drawn = data.draw(train, np.random.default_rng(0), 64)
        assert np.isin(drawn, train).all()
        assert np.ptp(np.bincount(data.codes[drawn])) <= 1


def test_an_input_that_only_a_held_out_row_has_is_ignored_by_its_member():
    table, data, encoding = prepared()
    holder = next(member for member, part in enumerate(table.held_out) if 5 in part)
    flag = encoding.names_out.index("flag")
    is_constant = ~np.isnan(data.constant_inputs[:, flag])
    assert is_constant.tolist() == [member == holder for member in range(3)]
    X, y = table_of_levels()
    clf = able(n_members=3, early_stopping="auto").fit(X, y)
    kernel = clf._fitted.weights.trainable[clf._fitted.weights.n_embedded]
    assert (kernel[holder, flag] == 0).all()
    assert (kernel[(holder + 1) % 3, flag] != 0).any()


def test_held_out_probabilities_are_those_of_the_member_as_it_predicts():
    X, y = table_of_levels()
    clf = able(n_members=3, early_stopping="auto", numerical_embedding="piecewise_linear").fit(X, y)
    network = clf._fitted.weights.network()
    matrix = clf._reader.read(clf, X)
    table = prepared()[0]
    rows = clf._fitted.encoding.transform(matrix)
    for member, held_out in enumerate(table.held_out):
        logits = network.member_logits(rows, member, held_out)
        odds = np.log(clf.oof_decision_function_[held_out])
        ratio = (odds[:, 1] - odds[:, 0]) / (logits[:, 1] - logits[:, 0])
        np.testing.assert_allclose(ratio, ratio[0], rtol=2e-3)  # one temperature, that of the other members
