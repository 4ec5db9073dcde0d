"""A random search that ends in time: settings are tried one by one until the next might not be done in time.

Fits clones. Never changes the given estimator."""

import time
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import ParameterSampler
from sklearn.utils import _safe_indexing

from robust_mlp._core.losses import mean_loss
from robust_mlp.compare._folds import folds_of

INNER_FOLDS = 3  # few, so that more settings can be tried; the fits have two thirds of the rows
MOST_TRIALS = 30  # of a small space; more find settings that suit these folds by chance
# A fit is taken to need up to so many times as long as the longest before it: another embedding is traced anew.
SAFETY = 1.5


@dataclass(frozen=True)
class Trial:
    """One setting: what differs from the estimator, its log loss over the folds, and the seconds of each fold."""

    parameters: dict
    loss: float
    fold_seconds: tuple

    @property
    def seconds(self):
        """Seconds of all folds."""
        return sum(self.fold_seconds)


@dataclass(frozen=True)
class SearchOutcome:
    """All trials in the order in which they were made; the first is the estimator as it was given."""

    trials: tuple

    @property
    def best(self):
        """The trial with the lowest log loss, the earliest of equal ones."""
        return min(self.trials, key=lambda trial: trial.loss)


def search_within(estimator, X, y, space, *, seconds, sample_weight=None, clock=time.monotonic, tell=None):
    """Try settings of a space, beginning with the estimator as it is, within a time.

    Parameters
    ----------
    estimator : RobustMLPClassifier
        An int as its `random_state` makes the order of the settings repeatable.
    X : DataFrame or ndarray of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,)
    space : dict of str to (list or frozen scipy distribution)
    seconds : float
        For all trials and one more fit on all rows, which is left to the caller. The first trial is always made.
    sample_weight : ndarray of shape (n_rows,), default=None
    clock : callable, default=monotonic
    tell : callable, default=None
        Called with the `SearchOutcome` so far after each trial.

    Returns
    -------
    outcome : SearchOutcome

    Raises
    ------
    KeyboardInterrupt
        If Ctrl-C ended one of the trainings.
    """
    start = clock()
    classes, codes = np.unique(y, return_inverse=True)
    folds = folds_of(INNER_FOLDS, X, codes)
    trials: list[Trial] = []
    for parameters in [{}, *_drawn(space, estimator.random_state)]:
        if trials and not _has_time_for_another(trials, len(folds), seconds - (clock() - start)):
            break
        losses, ends = [], [clock()]
        for fold in folds:
            losses.append(_loss(estimator, parameters, (X, y, sample_weight), fold, classes))
            ends.append(clock())
        trials.append(Trial(parameters, float(np.mean(losses)), tuple(np.diff(ends).tolist())))
        if tell is not None:
            tell(SearchOutcome(tuple(trials)))
    return SearchOutcome(tuple(trials))


def _has_time_for_another(trials, n_folds, left):
    """Whether one more trial and the last fit, on all rows, are likely to end in the seconds that are left."""
    _, *fits = [seconds for trial in trials for seconds in trial.fold_seconds]  # the first also loads TensorFlow
    last_fit = n_folds / (n_folds - 1)  # in fits of a fold's training rows
    return SAFETY * max(fits) * (n_folds + last_fit) <= left


def _drawn(space, random_state):
    """Settings to try, each once where the space holds few."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The total space of parameters", UserWarning)
        return list(ParameterSampler(space, MOST_TRIALS - 1, random_state=random_state))


def _loss(estimator, parameters, table, fold, classes):
    """Log loss on the test rows of a fold, each of which counts once."""
    X, y, weights = table
    train, test = fold
    extra = {} if weights is None else {"sample_weight": weights[train]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # problems show in the loss; the last fit tells its own
        fitted = clone(estimator).set_params(**parameters).fit(_safe_indexing(X, train), y[train], **extra)
        if any(attempt.stop_reason == "interrupted" for attempt in fitted.report_.attempts):
            raise KeyboardInterrupt
        probabilities = np.zeros((len(test), len(classes)))
        probabilities[:, np.searchsorted(classes, fitted.classes_)] = fitted.predict_proba(_safe_indexing(X, test))
    return mean_loss(probabilities, np.searchsorted(classes, y[test]))
