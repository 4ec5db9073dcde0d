"""Linear and kernel models prove that something holds a network back: seldom where nothing does."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from robust_mlp._collapse.simple_models.smooth_models import prove_held_back, smooth_models
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.deadline import Deadline
from robust_mlp._core.losses import mean_loss
from robust_mlp._core.records import HeldOut
from tests._collapse.simple_models.probe_sources import source
from tests.invented_attempts import attempt

N_TRAIN, N_HELD_OUT = 300, 150


def table(seed, law):
    """(rows, labels), the first `N_TRAIN` to train on."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, size=(N_TRAIN + N_HELD_OUT, 5))
    return X, (law(X) + rng.logistic(0, 0.3, len(X)) > 0).astype(int)


def line(X):
    return 2 * X[:, 0] + X[:, 1]


def ring(X):
    return 3 * (X[:, 0] ** 2 + X[:, 1] ** 2) - 1.8


def judged(P_held_out, codes, P_train, codes_train, *, shows_fitted=True):
    """The JudgedAttempt of a network that answers so, with the training loss that it has."""
    ones, places = np.ones(len(codes)), np.arange(len(codes))
    held = HeldOut(codes=codes, probabilities=P_held_out, weights=ones, rows=places)
    ones, places = np.ones(len(codes_train)), np.arange(len(codes_train))
    fitted = HeldOut(codes=codes_train, probabilities=P_train, weights=ones, rows=places, in_sample=True)
    prior = np.bincount(codes_train) / len(codes_train)
    case = attempt(held, (0.69, 0.6, *(mean_loss(P_train, codes_train),) * 5))
    return look(replace(case, fitted=fitted if shows_fitted else None), prior)


def features_of(X):
    return np.hstack([X, X**2])


def network(X, y, strength):
    """Answers of a model of lines and squares, learned from the training rows; `strength` shrinks its log-odds.

    With less than a quarter of it, what is left over from first weights decides as much.
    """
    model = LogisticRegression(C=10.0).fit(features_of(X[:N_TRAIN]), y[:N_TRAIN])
    odds = strength * model.decision_function(features_of(X))
    if strength < 0.25:
        odds += 0.5 * (X[:, 2] - X[:, 3] + X[:, 4])
    P = 1 / (1 + np.exp(-np.column_stack([-odds, odds])))
    return P[N_TRAIN:], P[:N_TRAIN]


def proved(seed, law, strength):
    X, y = table(seed, law)
    P, P_train = network(X, y, strength)
    models = smooth_models(source(X[:N_TRAIN], y[:N_TRAIN], validation=X[N_TRAIN:]), y[N_TRAIN:])
    return prove_held_back(judged(P, y[N_TRAIN:], P_train, y[:N_TRAIN]), models)


@pytest.mark.parametrize("law", [line, ring])
def test_a_network_that_learned_what_there_is_is_called_held_back_in_none_of_sixty_tables(law):
    assert sum(proved(seed, law, 1.0) for seed in range(60)) == 0


@pytest.mark.parametrize("law", [line, ring])
def test_a_network_that_learned_a_tenth_of_it_is_told_in_nine_of_ten_tables(law):
    assert sum(proved(seed, law, 0.1) for seed in range(20)) >= 18


def shares_of(seed, *, is_lost):
    """(models, attempts with and without fitted rows) of a network that gives up the rarer class, or is unsure."""
    X, y = table(seed, lambda X: line(X) - 0.7)
    P, P_train = network(X, y, 0.4)
    if is_lost:
        odds = np.array([1.0, 0.25])
        P, P_train = (Q * odds / (Q * odds).sum(axis=1, keepdims=True) for Q in (P, P_train))
    else:
        P, _ = network(X, y, 1.0)  # held-out rows say nothing against it
    few = slice(N_TRAIN, N_TRAIN + 40)
    models = smooth_models(source(X[:N_TRAIN], y[:N_TRAIN], validation=X[few]), y[few])
    return models, [judged(P[:40], y[few], P_train, y[:N_TRAIN], shows_fitted=shows) for shows in (True, False)]


def test_few_held_out_rows_leave_it_to_the_training_rows():
    n_proved = np.zeros(2)
    for seed in range(20):
        models, cases = shares_of(seed, is_lost=True)
        n_proved += [prove_held_back(case, models) for case in cases]
    assert n_proved[0] >= 16 > n_proved[1]


def test_training_rows_prove_nothing_against_a_network_that_decides_as_well_and_is_less_sure():
    n_proved = 0
    for seed in range(20):
        models, (case, _) = shares_of(seed, is_lost=False)
        n_proved += prove_held_back(case, models)
    assert n_proved == 0


def test_trees_that_are_ahead_by_nature_prove_nothing():
    n_proved = 0
    for seed in range(20):
        X, _ = table(seed, line)
        y = ((np.floor(4 * X[:, 0]) + np.floor(4 * X[:, 1])) % 2).astype(int)  # a board
        P, P_train = network(X, y, 1.0)
        models = smooth_models(source(X[:N_TRAIN], y[:N_TRAIN], validation=X[N_TRAIN:]), y[N_TRAIN:])
        n_proved += prove_held_back(judged(P, y[N_TRAIN:], P_train, y[:N_TRAIN]), models)
    assert n_proved == 0


def test_a_network_that_fits_its_training_rows_has_not_learned_too_little():
    X, y = table(0, line)
    P, _ = network(X, y, 0.1)
    models = smooth_models(source(X[:N_TRAIN], y[:N_TRAIN], validation=X[N_TRAIN:]), y[N_TRAIN:])
    sure = np.full((N_TRAIN, 2), 0.02)
    sure[np.arange(N_TRAIN), y[:N_TRAIN]] = 0.98
    assert not prove_held_back(judged(P, y[N_TRAIN:], sure, y[:N_TRAIN]), models)


def test_rows_that_were_trained_on_are_not_judged():
    X, y = table(0, line)
    P, P_train = network(X, y, 0.1)
    models = smooth_models(source(X[:N_TRAIN], y[:N_TRAIN], validation=X[N_TRAIN:]), y[N_TRAIN:])
    case = judged(P, y[N_TRAIN:], P_train, y[:N_TRAIN])
    in_sample = replace(case.attempt, held_out=replace(case.attempt.held_out, in_sample=True))
    assert not prove_held_back(replace(case, attempt=in_sample), models)


def test_without_held_out_rows_or_time_or_rows_there_are_no_models():
    X, y = table(0, line)
    rows = source(X[:N_TRAIN], y[:N_TRAIN], validation=X[N_TRAIN:])
    assert smooth_models(source(X, y), y) == ()
    assert smooth_models(rows, y[N_TRAIN:], deadline=Deadline(1e-9)) == ()
    assert smooth_models(source(X[:5], y[:5], validation=X[N_TRAIN:]), y[N_TRAIN:]) == ()
    assert [model.name for model in smooth_models(rows, y[N_TRAIN:])] == ["linear model", "kernel model"]
