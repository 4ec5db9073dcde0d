"""Is there anything to learn: found where there is, rarely where there is not, and honest about what could be seen."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from robust_mlp import datasets
from robust_mlp._collapse.simple_models import probe as signal_module
from robust_mlp._collapse.simple_models.comparison import PAIRS, found_in_pairs
from robust_mlp._collapse.simple_models.probe import (
    FALSE_SIGNAL_RATE,
    PROBES,
    probe_signal,
    run_probe,
    sample_table,
    smallest_detectable_auc,
    to_ranks,
)
from tests._collapse.simple_models.probe_sources import source
from tests._data.learnt_facts import learn


def probe(X, y, **kwargs):
    return probe_signal(source(X, y, **kwargs), seed=0)


def board(n_rows, n_fields):
    """Points on a chess board, and the colours of their fields."""
    X = np.random.default_rng(0).uniform(0, n_fields, (n_rows, 2))
    return X, X.astype(int).sum(axis=1) % 2


def months_of_products(n_rows):
    """Signs of twelve months that each of twenty products has for itself."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.integers(0, 20, n_rows), rng.integers(1, 13, n_rows), rng.normal(size=n_rows)])
    signs = rng.permuted(np.tile([1, -1], (20, 6)), axis=1)[X[:, 0].astype(int), X[:, 1].astype(int) - 1]
    return X, (rng.random(n_rows) < 0.5 + 0.35 * signs).astype(int)


SIGNALS = {
    "a line": lambda: datasets.make_clusters(400, random_state=0),
    "XOR of two columns": lambda: datasets.make_xor(500, random_state=1),
    "XOR among ten columns": lambda: datasets.make_xor(1000, 10, random_state=2),
    "parity of three among ten": lambda: datasets.make_parity(1000, 10, random_state=3),
    "parity of three among twenty": lambda: datasets.make_parity(2000, 20, random_state=4),
    "a board of fourteen by fourteen": lambda: board(2500, 14),
    "rings": lambda: datasets.make_rings(400, random_state=5),
    "a weak line in 20,000 rows": lambda: datasets.make_weak_signal(random_state=6),
    "200 classes": lambda: datasets.make_clusters(2000, n_classes=200, separation=6.0, random_state=7),
    "40 % wrong labels": lambda: datasets.make_noisy_labels(random_state=8),
    "one in a hundred": lambda: datasets.make_imbalanced(4000, ratio=100, random_state=9),
    "a month for each product": lambda: months_of_products(3000),
}


@pytest.mark.parametrize("name", SIGNALS)
def test_every_kind_of_signal_is_found(name):
    found = probe(*SIGNALS[name]()).summary
    assert found.found
    assert found.p_value < 1e-4


NOTHING = {
    "two classes": lambda seed: datasets.make_pure_noise(300, 6, random_state=seed),
    "rare": lambda seed: datasets.make_pure_noise(400, 6, shares=(0.95, 0.05), random_state=seed),
    "five classes": lambda seed: datasets.make_pure_noise(250, 6, shares=(0.2,) * 5, random_state=seed),
    "more columns than rows": lambda seed: datasets.make_pure_noise(80, 120, random_state=seed),
    "shuffled labels": lambda seed: datasets.make_misaligned(300, random_state=seed),
}


@pytest.mark.parametrize("name", NOTHING)
def test_without_a_signal_each_probes_score_is_no_wider_than_chance(name):
    # Trees take most of the time and are the least dependent over folds: the others decide.
    quick = tuple(named for named in PROBES if named[0] != "shallow trees")
    scores = []
    for seed in range(40):
        table = sample_table(source(*NOTHING[name](seed)), seed)
        with threadpool_limits(1):
            scores.append([run_probe(name, make, table.for_model(make), seed)[0].association for name, make in quick])
    deviation = np.std(scores, axis=0)
    assert (deviation < 1.35).all()  # 40 draws of a deviation of 1 stay below 1.35 with probability .999
    assert (np.abs(np.mean(scores, axis=0)) < 0.6).all()


def test_tables_without_signal_are_rarely_said_to_have_one():
    found = [probe(*make(seed)).summary.found for make in NOTHING.values() for seed in range(4)]
    # Of 20 tables at a rate of at most 2 %, three or more would come once in 140 times.
    assert sum(found) <= 2
    assert FALSE_SIGNAL_RATE <= 0.02


def test_predictions_are_made_by_models_that_never_saw_the_row():
    # Labels are noise and every row is unlike the others: whoever has seen a row could name its label.
    X, y = datasets.make_pure_noise(300, 40, random_state=0)
    signal = probe(X, y)
    right = (signal.probabilities.argmax(axis=1) == y[signal.rows]).mean()
    assert abs(right - 0.5) < 0.12


def test_equal_rows_are_never_learned_from_and_judged_on():
    rng = np.random.default_rng(0)
    groups = np.sort(rng.integers(0, 150, 400))
    table = sample_table(source(rng.normal(size=(400, 3)), rng.integers(0, 2, 400), groups=groups), 0)
    assert all(len(set(table.folds[groups == group])) == 1 for group in set(groups))


def test_every_fold_has_its_share_of_every_class():
    y = np.repeat([0, 1, 2], [300, 60, 40])
    table = sample_table(source(np.zeros((400, 2)), y), 0)
    counts = np.array([np.bincount(y[table.folds == fold]) for fold in range(table.folds.max() + 1)])
    assert np.ptp(counts, axis=0).max() <= 1


def test_predictions_come_with_the_table_rows_they_belong_to():
    X, y = datasets.make_clusters(300, n_classes=2, random_state=0)
    index = np.arange(300) * 3 + 1
    wide = np.zeros((1000, X.shape[1]))
    wide[index] = X
    signal = probe(X, y, encode=lambda where: wide[where], index=index, matrix=wide)
    assert set(signal.rows) <= set(index)
    right = signal.probabilities.argmax(axis=1) == y[(signal.rows - 1) // 3]
    assert right.mean() > 0.9


def test_the_users_own_held_out_rows_are_predicted():
    X, y = datasets.make_clusters(500, n_classes=3, random_state=0)
    signal = probe(X[:400], y[:400], validation=X[400:])
    assert signal.rows.tolist() == list(range(100))
    assert (signal.probabilities.argmax(axis=1) == y[400:]).mean() > 0.9


def test_held_out_rows_that_are_not_at_hand_are_not_guessed_at():
    X, y = datasets.make_clusters(300, n_classes=2, random_state=0)
    signal = probe(X, y, has_foreign_rows=True)
    assert signal.summary.found
    assert signal.rows is None and signal.probabilities is None


@pytest.mark.parametrize(
    "X, y",
    [
        (np.zeros((40, 3)), np.arange(40) % 2),  # constant columns
        (np.zeros((5, 2)), np.array([0, 1, 0, 1, 0])),  # next to no rows
        (np.random.default_rng(0).normal(size=(40, 2)), np.zeros(40, dtype=int)),  # one class
        (np.random.default_rng(0).normal(size=(40, 1)), np.append(np.zeros(39, dtype=int), 1)),  # one row of a class
        (np.random.default_rng(0).normal(size=(30, 2)), np.arange(30)),  # a class per row
    ],
)
def test_tables_that_cannot_tell_are_not_said_to_hold_a_signal(X, y):
    assert not probe(X, y).summary.found


def test_large_tables_are_sampled():
    X, y = datasets.make_clusters(30_000, 300, n_classes=2, random_state=0)
    table = sample_table(source(X, y), 0)
    assert table.X.size <= signal_module.MAX_CELLS
    assert probe(X[:, :10], y).summary.n_rows == signal_module.MAX_ROWS


@pytest.mark.parametrize("support, expected", [([1000, 1000], 0.57), ([20, 20], 1.0), ([999, 1], 1.0), ([0, 50], 1.0)])
def test_what_would_have_been_found_shrinks_with_the_rows(support, expected):
    assert smallest_detectable_auc(np.array(support)) == pytest.approx(expected, abs=0.01)


def test_a_signal_of_the_size_named_is_found_in_most_tables():
    auc = smallest_detectable_auc(np.array([500, 500]))
    found = [
        probe(*datasets.make_weak_signal(1000, 5, auc=auc, n_informative=5, random_state=seed)).summary.found
        for seed in range(12)
    ]
    assert sum(found) >= 7  # of 12; at 80 %, six or fewer would come once in 50 times


def test_ranks_lie_between_minus_one_and_one_and_ties_share_theirs():
    ranks = to_ranks(np.array([[1.0, 5.0], [1e30, 5.0], [-3.0, 5.0], [1.0, 5.0]]))
    assert ranks[:, 0].tolist() == pytest.approx([-0.0, 1.0, -1.0, -0.0])
    assert ranks[:, 1].tolist() == [0.0] * 4


def test_the_features_table_is_made_only_when_asked_for():
    X, y = datasets.make_clusters(200, random_state=0)
    signal = probe(X, y, matrix=None)
    assert signal.summary.found
    with pytest.raises(AttributeError):
        signal.features()
    assert {row.name for row in probe(X, y).features()} == {f"x{j}" for j in range(X.shape[1])}


def test_the_models_that_tell_how_much_there_is_see_curves_that_a_line_does_not():
    X, y = datasets.make_rings(600, random_state=0)
    found = {result.name: result for result in probe(X, y).summary.probes}
    for name in ("forest", "kernel model"):
        assert found[name].loss < 0.5 * found["linear model"].loss
        assert found[name].auc > 0.95


def test_the_models_that_tell_how_much_there_is_are_not_asked_where_there_is_nothing():
    X, y = datasets.make_pure_noise(300, 6, random_state=0)
    assert not {"forest", "kernel model"} & {result.name for result in probe(X, y).summary.probes}


@pytest.mark.parametrize("n_foreign", [0, 90])
def test_what_they_predict_are_probabilities_for_rows_that_they_were_not_fitted_to(n_foreign):
    X, y = datasets.make_rings(600, random_state=0)
    others, labels = datasets.make_rings(max(n_foreign, 2), random_state=1)
    signal = probe(X, y, validation=others) if n_foreign else probe(X, y)
    codes = labels if n_foreign else y
    assert signal.probabilities.shape == (n_foreign or 600, 2)
    assert np.allclose(signal.probabilities.sum(axis=1), 1)
    assert np.mean(signal.probabilities[np.arange(len(codes)), codes] > 0.5) > 0.9


def test_groups_with_a_label_each_hold_no_signal_however_many_rows_they_have():
    rng = np.random.default_rng(0)
    found = {True: [], False: []}
    for _ in range(6):
        groups = rng.permutation(np.repeat(np.arange(60), 12))
        X = rng.normal(size=(60, 3))[groups] + 0.02 * rng.normal(size=(720, 3))
        y = rng.permutation(np.arange(60) % 2)[groups]
        for is_grouped in found:
            signal = probe(X, y, groups=groups if is_grouped else None, is_grouped=is_grouped)
            found[is_grouped].append(signal.summary.found)
    assert found == {True: [False] * 6, False: [True] * 6}
    # What would show depends on the groups, not on their rows.
    assert signal_module.smallest_detectable_auc(signal_module._independent(sample_table(source(X, y), 0))) < 0.65
    told = sample_table(source(X, y, groups=groups, is_grouped=True), 0)
    assert signal_module._independent(told).tolist() == [30, 30]
    assert signal_module.smallest_detectable_auc(signal_module._independent(told)) > 0.85


def test_what_only_pairs_tell_is_found_by_pairs_and_the_columns_are_named():
    X, y = months_of_products(3000)
    is_number = np.array([False, True, True])
    signal = probe(X, y, is_number=is_number)
    assert found_in_pairs(signal)
    assert signal.pair() == ("x0", "x1")
    clearest = max(signal.summary.probes, key=lambda found: found.association)
    assert clearest.name == PAIRS and clearest.auc > 0.75


def test_the_users_own_held_out_rows_are_predicted_from_their_cells_by_the_model_of_pairs():
    X, y = months_of_products(4000)
    signal = probe(X[:3000], y[:3000], validation=X[3000:], validation_matrix=X[3000:], is_number=np.arange(3) > 0)
    assert found_in_pairs(signal)
    assert signal.rows.tolist() == list(range(1000))
    assert np.mean(signal.probabilities.argmax(axis=1) == y[3000:]) > 0.7


@pytest.mark.parametrize("fields", [{"matrix": None}, {}])
def test_without_two_columns_at_hand_pairs_are_not_looked_at(fields):
    X, y = datasets.make_pure_noise(300, 1 if not fields else 4, random_state=0)
    signal = probe(X, y, **fields)
    assert PAIRS not in {found.name for found in signal.summary.probes}
    assert signal.pair() is None


def test_equal_rows_with_different_labels_are_evidence():
    """A gap that speaks for the class in half of 25 levels: all its rows of one level and label are merged."""
    rng = np.random.default_rng(0)
    level, gap = rng.integers(0, 25, 3000), rng.random(3000) < 0.5
    score = np.where((level % 2 == 0) == gap, 1.5, -1.5)
    y = (rng.random(3000) < 1 / (1 + np.exp(-score))).astype(int)
    X = np.column_stack([level, np.where(gap, np.nan, rng.normal(size=3000))])
    facts = learn(X, y)
    table = sample_table(facts.probe_source(), 0)
    assert len(table.codes) < 1700
    make = dict(PROBES)[PAIRS]
    associations = [
        run_probe(PAIRS, make, replace(each, folds=table.fine_folds), 0)[0].association
        for each in (table, replace(table, cells=replace(table.cells, counts=None)))
    ]
    assert associations[0] > 8 > associations[1]
