"""Radial members: what they are trained on, the network that is left of them, and the tables that they are for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import make_classification

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.losses import softmax
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.temperature import best_inverse_temperature
from robust_mlp._core.training_data import TrainingData
from robust_mlp._fit.companions import additive, radial
from robust_mlp._fit.companions.radial import SHARPNESSES, companions
from robust_mlp._fit.companions.radial_learning import N_CENTERS

PLAN = TrainingPlan(n_members=9, numerical_embedding="mixed", optimizer="adam", learning_rate=1e-3, max_iter=3)
SEEDS = {"weights": 0, "shuffle": 0, "dropout": 0}


class AllNumbers:
    """As much of an Encoding as is asked about: numbers as they are."""

    def __init__(self, n):
        self.numbers, self.is_piece = np.arange(n), np.zeros(n, bool)
        self.pieced, self.n_codes = np.empty(0), 0


def table(n_rows=400, n_inputs=4):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, n_inputs)).astype(np.float32)
    return rows, (np.hypot(rows[:, 0], rows[:, 1]) > 1.2).astype(np.int32)


def data_of(n_rows=400, n_members=9, **changes):
    rows, codes = table(n_rows)
    held_out = np.array_split(np.arange(n_rows), n_members)
    weights = np.ones(n_rows, np.float32)
    train = [np.setdiff1d(np.arange(n_rows), part) for part in held_out]
    data = TrainingData(rows, codes, weights, 2, train, (rows, codes, weights), held_out)
    return replace(data, **changes)


def test_there_are_no_members_where_nothing_varies():
    assert companions(PLAN, data_of(rows=np.ones_like(table()[0])), AllNumbers(4), SEEDS) is None


def test_units_know_no_label_of_a_row_that_one_of_their_members_leaves_out():
    """Else these rows could not say whether the members lag behind."""
    data = data_of()
    outputs = np.split(companions(PLAN, data, AllNumbers(4), SEEDS).data.rows, len(SHARPNESSES))
    for kind in range(len(SHARPNESSES)):
        left_out = np.concatenate([data.held_out[kind], data.held_out[kind + 4]])
        for rows, is_same in ((left_out, True), (np.setdiff1d(np.arange(400), left_out), False)):
            codes = data.codes.copy()
            codes[rows] = 1 - codes[rows[::-1]]
            others = companions(PLAN, replace(data, codes=codes), AllNumbers(4), SEEDS).data.rows
            assert np.array_equal(np.split(others, len(SHARPNESSES))[kind], outputs[kind]) == is_same


def test_the_order_of_a_table_is_no_matter_where_rows_come_to_members_as_they_did():
    data, order = data_of(), np.random.default_rng(1).permutation(400)
    place = np.argsort(order)
    moved = data_of(
        rows=data.rows[order],
        codes=data.codes[order],
        train=[place[rows] for rows in data.train],
        held_out=[place[rows] for rows in data.held_out],
        eval_rows=(data.rows[order], data.codes[order], data.weights),
    )
    ours, others = (companions(PLAN, each, AllNumbers(4), SEEDS).data.rows for each in (data, moved))
    for kind, of_moved in zip(np.split(ours, 3), np.split(others, 3), strict=True):
        assert_allclose(of_moved, kind[order], atol=1e-6)


def test_the_network_that_is_left_reads_rows():
    data = data_of()
    for i, (attempt, _) in enumerate(companions(PLAN, data, AllNumbers(4), SEEDS).train(SEEDS)):
        weights = attempt.network.weights
        outputs = companions(PLAN, data, AllNumbers(4), SEEDS).data.rows[400 * i : 400 * (i + 1)]
        expected = replace(weights, units=None).network()
        for member, logits in enumerate(weights.network().all_logits(data.rows)):
            assert_allclose(logits, expected.logits(outputs, member), atol=1e-5)
            assert_array_equal(logits, weights.network().logits(data.rows, member))


def test_all_kinds_are_trained_at_once_and_leave_out_other_rows():
    data = data_of()
    found = companions(PLAN, data, AllNumbers(4), SEEDS)
    assert (found.plan.n_members, found.plan.hidden_layer_sizes) == (6, ())
    stacked, n_rows = found.data, len(data.rows)
    assert stacked.rows.shape == (3 * n_rows, N_CENTERS)
    assert stacked.input_groups == (0, 0, 1, 1, 2, 2)
    expected = [data.held_out[i] for i in (0, 4, 1, 5, 2, 6)]
    for i, (held_out, train) in enumerate(zip(stacked.held_out, stacked.train, strict=True)):
        assert_array_equal(held_out - i // 2 * n_rows, expected[i])
        assert_array_equal(np.sort(np.concatenate([held_out, train])) - i // 2 * n_rows, np.arange(n_rows))
    assert_array_equal(stacked.codes, np.tile(data.codes, 3))


def test_each_kind_is_judged_by_its_own_held_out_rows():
    data = data_of()
    parts = companions(PLAN, data, AllNumbers(4), SEEDS).train(SEEDS)
    assert len(parts) == len(SHARPNESSES)
    for kind, (attempt, own) in enumerate(parts):
        assert_array_equal(attempt.held_out.rows, np.concatenate([data.held_out[kind], data.held_out[kind + 4]]))
        network = attempt.network.weights.network()
        logits = [network.member_logits(data.rows, i, part) for i, part in enumerate(own.held_out)]
        weights = [data.eval_rows[2][part] for part in own.held_out]
        # Two members: the rows of each are predicted at the temperature of the other's.
        factors = [best_inverse_temperature(logits[i], data.codes[own.held_out[i]], weights[i]) for i in (1, 0)]
        expected = [softmax(factor * own_logits) for factor, own_logits in zip(factors, logits, strict=True)]
        assert_allclose(attempt.held_out.probabilities, np.concatenate(expected), atol=1e-6)


def test_rows_of_another_table_are_looked_at_by_all_members():
    rows, codes = table(50)
    other = (rows, codes, np.ones(50, np.float32))
    data = data_of(eval_rows=other, held_out=[np.arange(50)] * 9, shares_held_out=True)
    for attempt, _ in companions(PLAN, data, AllNumbers(4), SEEDS).train(SEEDS):
        assert_array_equal(attempt.held_out.rows, np.arange(50))
        assert attempt.held_out.probabilities.shape == (50, 2)


def test_draws_are_from_the_own_rows():
    def draw(where, rng, n_draws):
        assert where.max() < 400
        return where[rng.integers(0, len(where), n_draws)]

    stacked = companions(PLAN, data_of(draw=draw, n_draws=64), AllNumbers(4), SEEDS).data
    for kind, member in ((0, 1), (1, 2), (2, 5)):
        drawn = stacked.draw(stacked.train[member], np.random.default_rng(0), 30)
        assert np.isin(drawn, stacked.train[member]).all()
        assert (drawn // 400 == kind).all()


@pytest.mark.parametrize("is_radial", [True, False])
def test_they_join_where_near_rows_are_alike(monkeypatch, is_radial):
    """A ball; and stripes in one column of six, where rows that are near each other are not alike."""
    monkeypatch.setattr(additive, "companions", lambda *_: None)
    rng = np.random.default_rng(0)
    X = rng.uniform(-2, 2, (900, 3 if is_radial else 6))
    y = (np.linalg.norm(X, axis=1) > 2) if is_radial else np.sin(4 * X[:, 0]) > 0
    clf = RobustMLPClassifier((32,), n_members=8, random_state=0).fit(X, y)
    assert clf.n_additive_members_ == 0
    # In the ball, those of one sharpness are clearly behind the members that count.
    assert clf.n_radial_members_ == (2 * (len(SHARPNESSES) - 1) if is_radial else 0)


def test_categories_count_in_distances_and_codes_of_many_levels_do_not():
    rng = np.random.default_rng(0)
    level, many = rng.integers(0, 3, 400), rng.integers(0, 200, 400)
    frame = pd.DataFrame({"x": rng.normal(size=400), "few": pd.Categorical(level), "many": pd.Categorical(many)})
    clf = RobustMLPClassifier((8,), n_members=4, max_iter=20, random_state=0).fit(frame, level == 1)
    encoding = clf._fitted.encoding
    radial = [weights for weights in clf._fitted.companions if weights.units is not None]
    assert radial and encoding.embedded.size == 1
    n_pieces = encoding.pieced.size
    assert_array_equal(radial[0].units.inputs, [0, 1 + n_pieces, 2 + n_pieces, 3 + n_pieces])


def test_more_members_at_the_same_rows_change_nothing_but_the_mean(monkeypatch):
    X, y = make_classification(300, 6, n_informative=3, random_state=0)
    monkeypatch.setattr("robust_mlp._fit.run_attempt.is_much_worse", lambda *_: False)
    monkeypatch.setattr("robust_mlp._fit.run_attempt.vote_of_kind", lambda held_out, of_others, usual, *_: usual)
    clf = RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y)
    assert (clf.n_additive_members_, clf.n_radial_members_) == (1, 3)
    rows = clf._fitted.encoding.transform(X)
    parts = [weights.network() for weights in clf._fitted.all_answering]
    votes = [5, 1, *[radial.MEMBER_WEIGHT] * 3]
    expected = np.average([network.probabilities(rows) for network in parts], axis=0, weights=votes)
    assert_allclose(clf.predict_proba(X), expected, atol=1e-5)


@pytest.mark.parametrize("sampler", ["over", "smote"])
def test_where_a_sampler_gives_members_rows_of_their_own_there_are_none(sampler):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 3))
    labels = rows[:, 0] > 0.8
    clf = RobustMLPClassifier((8,), sampler=sampler, n_members=8, max_iter=5, random_state=0).fit(rows, labels)
    assert clf.n_radial_members_ == 0


def test_a_long_table_has_none(monkeypatch):
    monkeypatch.setattr("robust_mlp._fit.companions.radial.MOST_ROWS", 299)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 3))
    clf = RobustMLPClassifier((8,), n_members=8, max_iter=5, random_state=0).fit(rows, rows[:, 0] > 0)
    assert clf.n_radial_members_ == 0
