"""The fast game: scores of mixed rows are those of the classifier for the same mixed rows."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._class_scores import class_scores
from robust_mlp.explanation.contributions._network_game import NetworkGame
from tests.explanation.contributions.mixed_fits import classifier_with_levels, mix_by_hand, mixed_classifier
from tests.explanation.effect_fits import classifier_with_effects

ROWS, OTHERS = slice(0, 5), slice(40, 48)


def game_of(clf, X, **settings):
    return NetworkGame(clf._fitted, clf._read(X[ROWS]), clf._read(X[OTHERS]), **settings)


@pytest.mark.parametrize(
    "make",
    [
        mixed_classifier,
        lambda: mixed_classifier(n_classes=2, activation="relu"),
        lambda: mixed_classifier(hidden_layer_sizes=(), n_members=1),
        lambda: mixed_classifier(linear_path=False, batch_norm=True, hidden_layer_sizes=(7, 5)),
        lambda: mixed_classifier(scale="robust"),
        lambda: mixed_classifier(scale=None, numerical_embedding=None),
        classifier_with_levels,
        classifier_with_effects,
        lambda: classifier_with_effects(n_classes=3, has_linear_path=True),
    ],
)
@pytest.mark.parametrize("is_float64, tolerance", [(True, 1e-9), (False, 1e-4)])
def test_mixed_rows_score_as_the_classifier_scores_them(make, is_float64, tolerance):
    clf, X = make()
    game = game_of(clf, X, is_float64=is_float64)
    rng = np.random.default_rng(0)
    masks = rng.uniform(size=(12, X.shape[1])) < 0.5
    background = rng.integers(0, 8, 12)
    found = game.scores(slice(1, 4), game.prepare(masks, background))
    assert found.shape == (3, 12, game.n_scores)
    for i, row in enumerate(range(1, 4)):
        for e in range(12):
            mixed = mix_by_hand(X, row, 40 + background[e], masks[e])
            expected = class_scores(clf.predict_proba(mixed))
            assert_allclose(found[i, e], expected[0], atol=tolerance)


@pytest.mark.parametrize(
    "make",
    [mixed_classifier, classifier_with_levels, classifier_with_effects, lambda: mixed_classifier(n_classes=2)],
)
def test_pairs_of_background_rows_score_as_the_classifier_scores_them(make):
    clf, X = make()
    game = game_of(clf, X, is_float64=True)
    rng = np.random.default_rng(1)
    rounds = [
        (rng.uniform(size=(5, X.shape[1])) < 0.5, np.array([0, 3]), np.array([7, 1])),
        (rng.uniform(size=(3, X.shape[1])) < 0.5, np.array([2]), np.array([2])),
    ]
    for (masks, first, second), found in zip(rounds, game.scores_of_pairs(rounds), strict=True):
        assert found.shape == (len(first), len(masks), game.n_scores)
        for pair, (i, k) in enumerate(zip(first, second, strict=True)):
            for e, mask in enumerate(masks):
                mixed = mix_by_hand(X, 40 + i, 40 + k, mask)
                assert_allclose(found[pair, e], class_scores(clf.predict_proba(mixed))[0], atol=1e-9)


def test_features_of_rows_are_numbers_within_the_range_of_the_background():
    clf, X = mixed_classifier()
    game = game_of(clf, X)
    features, limits = game.features_of_rows(), game.of_background().features_of_rows()
    assert features.shape == (5, limits.shape[1]) and np.isfinite(features).all()
    assert (features <= limits.max(axis=0) + 1e-9).all() and (features >= limits.min(axis=0) - 1e-9).all()
    assert_allclose(limits.mean(axis=0), 0, atol=1e-5)
    assert set(limits.std(axis=0).round(4)) <= {0.0, 1.0}


@pytest.mark.parametrize("n_coalitions", [1, 7, 300])
def test_coalitions_in_blocks_score_as_each_alone(n_coalitions):
    clf, X = mixed_classifier(hidden_layer_sizes=(150,))
    game = game_of(clf, X)
    rng = np.random.default_rng(0)
    masks, background = rng.uniform(size=(n_coalitions, 6)) < 0.5, rng.integers(0, 8, n_coalitions)
    together = game.scores(slice(0, 2), game.prepare(masks, background))
    assert together.shape[1] == n_coalitions
    for e in (0, n_coalitions - 1):
        alone = game.scores(slice(0, 2), game.prepare(masks[[e]], background[[e]]))
        assert_allclose(together[:, e], alone[:, 0], atol=1e-5)


def test_whole_rows_score_as_the_classifier_scores_them():
    clf, X = mixed_classifier()
    game = game_of(clf, X)
    assert_allclose(game.scores_of_rows(), class_scores(clf.predict_proba(X[ROWS])), atol=1e-9)
    assert_allclose(game.scores_of_background(), class_scores(clf.predict_proba(X[OTHERS])), atol=1e-9)
    assert_allclose(game.of_background().scores_of_rows(), game.scores_of_background())


def test_a_game_knows_its_size():
    clf, X = mixed_classifier()
    game = game_of(clf, X)
    assert (game.n_rows, game.n_background, game.n_columns, game.n_scores) == (5, 8, 6, 6)
    assert game.of_background().n_rows == 8
    assert game.largest_tile >= 1 and game.n_threads >= 1


def test_rows_score_alike_alone_and_together():
    clf, X = mixed_classifier()
    game = game_of(clf, X)
    coalitions = game.prepare(np.eye(6, dtype=bool), np.arange(6))
    together = game.scores(slice(0, 5), coalitions)
    assert_allclose(game.scores(slice(2, 3), coalitions)[0], together[2], atol=1e-6)


def test_features_of_many_rows_take_little_more_than_themselves():
    clf, X = mixed_classifier()
    rows = clf._read(X)[np.arange(30_000) % len(X)]
    game = NetworkGame(clf._fitted, rows, clf._read(X[OTHERS]))
    encoded_bytes = game.encode(slice(0, 1)).nbytes * len(rows)
    tracemalloc.start()
    features = game.features_of_rows()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert features.shape == (30_000, len(clf._fitted.encoding.numbers))
    assert encoded_bytes > 4 * features.nbytes  # else the next line could not fail
    assert peak < 4 * features.nbytes
