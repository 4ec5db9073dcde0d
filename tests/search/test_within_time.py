"""A search within a time: the first trial is the estimator, trials end in time, and the best is the lowest log loss."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin

from robust_mlp.search._within_time import MOST_TRIALS, search_within
from tests.tiny_fits import tiny


class Clock:
    """Seconds that pass when `pass_` is called."""

    def __init__(self):
        self.now = 100.0
        self.first_fit = 0.0  # seconds that the next fit takes longer

    def __call__(self):
        return self.now


class Report:
    attempts = ()


class Slow(ClassifierMixin, BaseEstimator):
    """A classifier whose fit takes a second of `CLOCK`, and whose probabilities are best with p = .9."""

    def __init__(self, p=0.5, random_state=0):
        self.p = p
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        CLOCK.now += 1.0 + CLOCK.first_fit
        CLOCK.first_fit = 0.0
        SEEN.append((self.p, len(X), sample_weight))
        self.classes_ = np.unique(y)
        self.report_ = Report()
        return self

    def predict_proba(self, X):
        second = np.where(X[:, 0] > 0, self.p, 1 - self.p)
        return np.column_stack([1 - second, second])


CLOCK, SEEN = Clock(), []


@pytest.fixture(autouse=True)
def from_the_start():
    SEEN.clear()


def table(n=120):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 1))
    return X, ((X[:, 0] > 0) ^ (rng.random(n) < 0.1)).astype(int)


def test_trials_end_where_the_next_and_the_last_fit_would_not_be_in_time():
    X, y = table()
    outcome = search_within(Slow(), X, y, {"p": [0.6, 0.7, 0.8, 0.9]}, seconds=16, clock=CLOCK)
    # A trial is 3 fits of a second. One more and the last fit take 1.5 (3 + 1.5) = 6.75 s; 13, 10 and 7 s are left.
    assert len(outcome.trials) == 4
    assert outcome.trials[0].parameters == {}
    assert {trial.seconds for trial in outcome.trials} == {3.0}


def test_the_first_fit_which_loads_tensorflow_is_no_measure_of_the_others():
    X, y = table()
    CLOCK.first_fit = 20.0
    outcome = search_within(Slow(), X, y, {"p": [0.6, 0.7, 0.8, 0.9]}, seconds=30, clock=CLOCK)
    assert outcome.trials[0].fold_seconds == (21.0, 1.0, 1.0)
    assert len(outcome.trials) == 2


def test_the_first_trial_is_made_however_little_time_there_is():
    X, y = table()
    outcome = search_within(Slow(), X, y, {"p": [0.6, 0.9]}, seconds=0.1, clock=CLOCK)
    assert [trial.parameters for trial in outcome.trials] == [{}]
    assert outcome.best is outcome.trials[0]


def test_the_best_is_the_setting_with_the_lowest_log_loss_of_the_folds():
    X, y = table()
    outcome = search_within(Slow(), X, y, {"p": [0.2, 0.55, 0.9, 0.99999]}, seconds=1e6, clock=CLOCK)
    assert outcome.best.parameters == {"p": 0.9}
    truth = np.where((X[:, 0] > 0) == (y == 1), 0.9, 0.1)
    assert outcome.best.loss == pytest.approx(-np.log(truth).mean(), abs=0.01)


def test_there_is_an_end_without_a_limit_of_time():
    X, y = table()
    space = {"p": list(np.linspace(0.1, 0.9, 200))}
    assert len(search_within(Slow(), X, y, space, seconds=1e9, clock=CLOCK).trials) == MOST_TRIALS


def test_each_trial_is_told_with_those_before_it():
    X, y = table()
    told = []
    space = {"p": [0.6, 0.9]}
    outcome = search_within(Slow(), X, y, space, seconds=1e6, clock=CLOCK, tell=told.append)
    assert [len(so_far.trials) for so_far in told] == [1, 2, 3]
    assert told[-1] == outcome


def test_a_seed_repeats_the_settings():
    X, y = table()
    space = {"p": list(np.linspace(0.1, 0.9, 200))}
    runs = [search_within(Slow(random_state=s), X, y, space, seconds=60, clock=CLOCK) for s in (1, 1, 2)]
    first, again, other = ([trial.parameters for trial in run.trials] for run in runs)
    assert first == again != other


def test_each_fit_gets_the_weights_of_its_rows():
    X, y = table()
    weights = np.arange(120.0)
    search_within(Slow(), X, y, {"p": [0.9]}, seconds=0.1, sample_weight=weights, clock=CLOCK)
    assert [len(given) for _, _, given in SEEN] == [n for _, n, _ in SEEN] == [80, 80, 80]
    rows = np.concatenate([given for _, _, given in SEEN])
    assert np.array_equal(np.sort(rows), np.repeat(np.arange(120.0), 2))


def test_ctrl_c_in_a_training_ends_the_search():
    import os
    import signal

    import keras

    class PressesCtrlC(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            os.kill(os.getpid(), signal.SIGINT)

    X, y = table()
    with pytest.raises(KeyboardInterrupt):
        search_within(tiny(callbacks=[PressesCtrlC()], max_iter=20), X, y, {"dropout": [0.1, 0.2]}, seconds=1e6)
