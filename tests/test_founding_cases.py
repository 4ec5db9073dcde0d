"""The two founding traps, small: the network of the question answers one class, and ours does not."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, log_loss

from robust_mlp import RobustMLPClassifier
from robust_mlp.datasets import make_founding_table, make_waveforms
from robust_mlp.demo._published_networks import QuestionNetwork, founding_network, waveform_network

N_ROWS = 4000


@pytest.fixture(scope="module")
def founding():
    return make_founding_table(N_ROWS, 2000, random_state=11)


@pytest.fixture(scope="module", params=[1, 100], ids="scale {}".format)
def waveforms(request):
    return make_waveforms(400, 1000, scale=request.param, noise=0.5, random_state=11)


@pytest.fixture(scope="module")
def fitted(founding):
    X, y, _, _ = founding
    return RobustMLPClassifier(max_iter=30, random_state=0).fit(X, y)


def test_the_network_of_the_first_question_answers_one_class(founding):
    X, y, X_test, _ = founding
    network = QuestionNetwork(founding_network, batch_fraction=0.25, epochs=40).fit(X, y)
    assert set(network.predict(X_test)) == {"b"}
    assert network.history_["accuracy"][-1] == pytest.approx(np.mean(y == "b"), abs=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_network_of_the_second_question_answers_one_class(seed):
    X, y = make_waveforms(500, 2000, scale=100, random_state=seed)
    network = QuestionNetwork(waveform_network, batch_size=50, epochs=20, random_state=seed).fit(X, y)
    assert len(set(network.predict(X))) == 1
    assert network.history_["loss"][-1] == pytest.approx(np.log(5), abs=1e-3)


def test_ours_names_every_class_of_the_first_question(founding, fitted):
    _, _, X_test, _ = founding
    assert sorted(set(fitted.predict(X_test))) == list("abcde")


def test_ours_beats_the_prior_of_the_first_question_although_the_shares_shift(founding, fitted):
    _, _, X_test, y_test = founding
    prior = np.tile(fitted.class_prior_, (len(y_test), 1))
    assert log_loss(y_test, fitted.predict_proba(X_test)) < log_loss(y_test, prior) - 0.3
    assert balanced_accuracy_score(y_test, fitted.predict(X_test)) > 0.45


def test_ours_calls_the_first_question_healthy_without_a_restart(fitted):
    assert fitted.report_.verdict.value == "HEALTHY"
    assert fitted.n_restarts_ == 0


def test_ours_tells_all_waveforms_apart_at_any_scale(waveforms):
    X, y = waveforms
    assert RobustMLPClassifier((32,), max_iter=30, random_state=0).fit(X[:300], y[:300]).score(X[300:], y[300:]) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_the_settings_of_the_first_question_do_not_collapse_in_ours(founding, seed):
    X, y, X_test, _ = founding
    question = RobustMLPClassifier(
        (64, 32, 32, 16),
        activation="relu",
        n_members=1,
        input_dropout=0.5,
        max_norm=3,
        optimizer="sgd",
        learning_rate=0.01,
        learning_rate_schedule=None,
        batch_size=N_ROWS // 4,
        max_iter=40,
        random_state=seed,
    ).fit(X, y)
    assert len(set(question.predict(X_test))) > 1
    assert question.report_.verdict.value in ("HEALTHY", "REPAIRED")
