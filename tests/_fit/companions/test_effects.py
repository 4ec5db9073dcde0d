"""Mixed-effects members: the rows they hold out, the network that is left of them, and the tables that they are for."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import log_loss

from robust_mlp import RobustMLPClassifier
from robust_mlp._collapse.simple_models.random_effects import EffectRows, learn_effects
from robust_mlp._core.deadline import Deadline, OutOfTime
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.training_data import TrainingData
from robust_mlp._fit.companions import effects
from robust_mlp._fit.companions.effects import FEWEST_ROWS, MIXED_EFFECTS, MOST_MEMBERS, companions, weights_of
from robust_mlp._prediction.effect_units import EffectUnits

PLAN = TrainingPlan(n_members=6, numerical_embedding="mixed", optimizer="adam", learning_rate=1e-3, max_iter=3)


def encoding_of(n):
    """As much of an Encoding as is asked about: numbers as they are."""
    none = np.empty(0, int)
    return SimpleNamespace(
        numbers=np.arange(n), flagged=none, slots=(), embedding_sizes=(), embedded=none, n_outputs=n, n_codes=0
    )


def data_of(n_rows=2400, n_classes=2, **changes):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, 3)).astype(np.float32)
    codes = (rows[:, 0] * rows[:, 1] > 0).astype(np.int32) + (n_classes > 2) * (rows[:, 2] > 1)
    held_out = np.array_split(np.arange(n_rows), PLAN.n_members)
    train = [np.setdiff1d(np.arange(n_rows), part) for part in held_out]
    weights = np.ones(n_rows, np.float32)
    data = TrainingData(rows, codes, weights, n_classes, train, (rows, codes, weights), held_out)
    return replace(data, **changes)


def trained(data, **settings):
    ((attempt, own),) = companions(PLAN, data, encoding_of(3), {}).train({}, **settings)
    return attempt, own


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_pair_that_no_column_tells_is_learned(n_classes):
    attempt, own = trained(data_of(n_classes=n_classes))
    held = attempt.held_out
    assert_array_equal(held.rows, np.concatenate(own.held_out))
    assert np.mean(held.probabilities.argmax(axis=1) == held.codes) > 0.85
    assert attempt.ran_its_course and not held.in_sample
    assert attempt.network.weights.n_members == MOST_MEMBERS == len(own.train)
    pairs = attempt.network.weights.units
    assert (1, 3, -1) in zip(pairs.first.tolist(), pairs.second.tolist(), pairs.numbers.tolist(), strict=True)


def test_a_member_knows_no_label_of_its_held_out_rows():
    data = data_of()
    attempt, own = trained(data)
    codes = data.codes.copy()
    codes[own.held_out[0]] = 1 - codes[own.held_out[0]]
    other, _ = trained(replace(data, codes=codes, eval_rows=(data.rows, data.codes, data.weights)))
    first, changed = (a.network.weights.network() for a in (attempt, other))
    for network in (first, changed):
        assert network.n_members == MOST_MEMBERS
    assert_allclose(first.logits(data.rows, 0), changed.logits(data.rows, 0), atol=1e-6)
    assert np.abs(first.logits(data.rows, 1) - changed.logits(data.rows, 1)).max() > 0.01


def test_members_are_what_was_learned_for_each():
    data = data_of()
    built = companions(PLAN, data, encoding_of(3), {})
    levels, slopes = built.factors.levels(data.rows), built._slopes()
    learned = []
    for where in data.train[:2]:
        rows = EffectRows(
            levels[where], built.factors.n_levels, {k: v[where] for k, v in slopes.items()}, data.codes[where],
            np.ones(len(where)), 2,
        )  # fmt: skip
        learned.append(learn_effects(rows, built.is_coarse, built.number_of))
    all_rows = EffectRows(levels, built.factors.n_levels, slopes, data.codes, np.ones(len(levels)), 2)
    for n_members in (1, 2):
        network = weights_of(built.factors, learned[:n_members]).network()
        for member in range(n_members):
            intercept, tables = learned[member]
            expected = intercept + sum(all_rows.table_of(e).scores(table) for e, table in tables.items())
            assert_allclose(network.logits(data.rows, member), expected, atol=1e-5)


@pytest.mark.parametrize(
    "changes", [{"draw": lambda *_: None}, {"rows": np.ones((2400, 3), np.float32)}, {"n_classes": 10_000}]
)
def test_there_are_none_for_drawn_rows_constant_rows_and_very_many_classes(changes):
    assert companions(PLAN, data_of(**changes), encoding_of(3), {}) is None


def test_there_are_none_beside_few_members_and_of_few_rows():
    assert companions(replace(PLAN, n_members=3), data_of(), encoding_of(3), {}) is None
    assert companions(PLAN, data_of(FEWEST_ROWS), encoding_of(3), {}) is not None
    assert companions(PLAN, data_of(FEWEST_ROWS - 1), encoding_of(3), {}) is None


def test_more_work_leaves_fewer_members(monkeypatch):
    monkeypatch.setattr(effects, "MOST_WORK", 3 * 2400 * 6)
    assert companions(PLAN, data_of(), encoding_of(3), {}).plan.n_members == 3
    monkeypatch.setattr(effects, "MOST_WORK", 2 * 2400 * 6 - 1)
    assert companions(PLAN, data_of(), encoding_of(3), {}) is None


def test_where_nothing_tells_anything_there_are_none(monkeypatch):
    monkeypatch.setattr(effects, "learn_effects", lambda *_: (np.zeros(2), {}))
    assert companions(PLAN, data_of(), encoding_of(3), {}).train({}) == []


def test_who_is_cancelled_or_out_of_time_learns_nothing():
    built = companions(PLAN, data_of(), encoding_of(3), {})
    assert built.train({}, is_cancelled=lambda: True) == []
    clock = iter([0.0, 0.5, *[2.0] * 9])
    with pytest.raises(OutOfTime):
        built.train({}, Deadline(1.0, lambda: next(clock)))


def test_where_time_is_short_they_are_left_out_and_the_report_says_so():
    built = companions(PLAN, data_of(), encoding_of(3), {})
    assert built.seconds == pytest.approx(6 * 2400 * 6e-6)  # six members, three numbers of two factors each
    deadline = Deadline(built.seconds, lambda: 0.0)
    assert built.train({}, deadline) == []
    assert deadline.left_out == (MIXED_EFFECTS,)


@pytest.fixture(scope="module")
def prices():
    """A price matters in another way for each of 60 products, of which each has about 30 rows."""
    rng = np.random.default_rng(0)
    slopes = rng.normal(0, 1.5, 60)

    def draw(n):
        product, price = rng.integers(0, 60, n), rng.normal(size=n)
        y = rng.random(n) < 1 / (1 + np.exp(-slopes[product] * price))
        return pd.DataFrame({"product": pd.Categorical([f"p{i}" for i in product]), "price": price}), y

    return draw(1800), draw(4000)


def test_slopes_of_levels_make_a_default_fit_better(prices, monkeypatch):
    (X, y), (X_new, y_new) = prices
    settings = {"n_members": 4, "max_iter": 30, "random_state": 0}
    clf = RobustMLPClassifier(**settings).fit(X, y)
    assert clf.n_mixed_effects_members_ == 4
    (weights,) = [w for w in clf._fitted.companions if isinstance(w.units, EffectUnits)]
    assert weights.n_members == 4
    monkeypatch.setattr(effects, "MOST_WORK", 0)
    without = RobustMLPClassifier(**settings).fit(X, y)
    assert without.n_mixed_effects_members_ == 0
    ours, theirs = (log_loss(y_new, c.predict_proba(X_new)) for c in (clf, without))
    assert ours < 0.99 * theirs
