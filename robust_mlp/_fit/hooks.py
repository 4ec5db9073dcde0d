"""What is called during a training: scorers, scikit-learn callbacks, Keras callbacks, the printed line, the deadline.

Makes the hooks of one training from the estimator's parameters. Never trains and never judges."""

import contextlib

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.metrics import check_scoring

from robust_mlp._collapse.give_up import should_give_up
from robust_mlp._collapse.symptoms.early_stop import restarts_allowed
from robust_mlp._core.log_odds import log_probabilities, shift_log_odds
from robust_mlp._core.losses import entropy
from robust_mlp._fit.callback_tasks import CallbackTasks
from robust_mlp._fit.expected_end import ExpectedEnd
from robust_mlp._fit.training_bar import bar_for
from robust_mlp._prediction.fitted_network import FittedNetwork


class HeldOutView(ClassifierMixin, BaseEstimator):
    """A classifier with fixed predictions, so that any scorer can score held-out probabilities.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
    probabilities : ndarray of shape (n_rows, n_classes)
        Row i holds the prediction for row number i. `X` is then a column of row numbers.
    """

    def __init__(self, classes, probabilities):
        self.classes = classes
        self.probabilities = probabilities

    def fit(self, X, y):
        """Do nothing: the predictions are given."""
        del X, y
        return self

    @property
    def classes_(self):
        """The labels, sorted."""
        return self.classes

    def predict_proba(self, X):
        """The given probabilities of the rows named in `X`."""
        return self.probabilities[np.asarray(X).ravel()]

    def predict(self, X):
        """The most probable label of the rows named in `X`."""
        return self.classes[self.predict_proba(X).argmax(axis=1)]

    def decision_function(self, X):
        """Log odds for two classes, log probabilities for more."""
        scores = log_probabilities(self.predict_proba(X))
        return scores[:, 1] - scores[:, 0] if len(self.classes) == 2 else scores


def held_out_scorer(scoring, classes, data):
    """A function that scores a network with a scikit-learn scorer on the held-out rows; None for `scoring='loss'`."""
    if isinstance(scoring, str) and scoring == "loss":
        return None
    scorer = check_scoring(HeldOutView(classes, None), scoring)

    def score(network):
        from robust_mlp._network.held_out_predictions import held_out_predictions

        eval_rows = held_out_predictions(network, data)
        offsets, class_factors = data.correction
        view = HeldOutView(classes, shift_log_odds(eval_rows.probabilities, offsets))
        places, labels = np.arange(len(eval_rows.codes))[:, np.newaxis], classes[eval_rows.codes]
        weights = eval_rows.weights * class_factors[eval_rows.codes]
        by_weight = {} if np.ptp(weights) == 0 else {"sample_weight": weights}
        return _number(scorer(view, places, labels, **by_weight), scoring)

    return score


def _number(score, scoring):
    """A scorer's value as a float. Raise for anything else."""
    try:
        return float(score)
    except (TypeError, ValueError):
        raise TypeError(
            f"scoring={scoring!r} returned {score!r}, which is no number. Pass a scorer that returns one, or 'loss'."
        ) from None


def check_scoring_fits(scoring, classes):
    """Raise if the scorer that `scoring` names cannot score these classes. Scorer objects are not checked."""
    if not isinstance(scoring, str) or scoring == "loss":
        return
    places = np.arange(2 * len(classes))[:, np.newaxis]
    guess = np.full((len(places), len(classes)), 1 / len(classes))
    try:
        check_scoring(HeldOutView(classes, None), scoring)(HeldOutView(classes, guess), places, np.tile(classes, 2))
    except ValueError as error:
        raise ValueError(
            f"scoring={scoring!r} cannot score {len(classes)} classes with labels such as {classes[0]!r}: {error}. "
            "Pass a scorer for them, for example 'roc_auc_ovr', 'balanced_accuracy' or 'loss'."
        ) from error


class Progress:
    """Tells scikit-learn's callbacks of each epoch, and shows it as `verbose` asks: in a bar, or as a line.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    tasks : CallbackTasks or None
        Of this fit; None if the estimator has no callbacks.
    """

    def __init__(self, estimator, tasks):
        self._estimator, self._tasks = estimator, tasks
        self._bar = bar_for(estimator.verbose)

    @property
    def is_wanted(self):
        """Whether epochs are reported to anyone."""
        return self._tasks is not None or bool(self._estimator.verbose)

    def begin(self, plan):
        """Begin to show another training."""
        if self._tasks is not None:
            self._tasks.begin(plan)
        if self._bar is not None:
            self._bar.begin(ExpectedEnd.of(plan))

    def tell_repair(self, sentence):
        """Print why another training begins, if `verbose` asks."""
        if self._bar is not None:
            self._bar.say(sentence)
        elif self._estimator.verbose:
            print(sentence)

    def close(self):
        """End the bar."""
        if self._bar is not None:
            self._bar.close()

    def tell_end(self, report):
        """End the last training; print the figures of the network that is kept, if `verbose` asks for lines."""
        if self._tasks is not None:
            self._tasks.end_training()
        self.close()
        c = report.comparison
        if self._estimator.verbose and c is not None and c.is_finite:
            rows = "training" if c.in_sample else "held-out"
            print(f"Kept: {rows} loss {c.loss:.5f}, {rows} accuracy {c.accuracy:.4f}, on {c.n_rows} rows")

    def tell(self, record, reconstruct):
        """Report one epoch; returns True if a callback asks to stop."""
        if self._bar is not None:
            self._bar.epoch(record)
        elif self._estimator.verbose:
            print(_line(record))
        return self._tasks is not None and self._tasks.end_epoch(record, reconstruct)


def _line(record):
    line = f"Epoch {record.epoch}: loss {record.loss:.5f}"
    if record.validation_loss is not None:
        line += f", held-out loss {record.validation_loss:.5f}, held-out accuracy {record.validation_accuracy:.4f}"
    return line


@contextlib.contextmanager
def watching(estimator, n_epochs, X, y, sample_weight):
    """Tell scikit-learn's callbacks when the fit begins and when it ends. Yields the `Progress`.

    `n_epochs`: epochs of the first plan at most. An 'auto' schedule may end before `max_iter`.
    """
    if not hasattr(estimator, "_init_callback_context"):
        with contextlib.closing(Progress(estimator, None)) as progress:
            yield progress
        return
    context = estimator._init_callback_context(max_subtasks=n_epochs)
    told = {"X": X, "y": y, "metadata": None if sample_weight is None else {"sample_weight": sample_weight}}
    context.call_on_fit_task_begin(estimator=estimator, **told)
    tasks = CallbackTasks(estimator, context, told) if getattr(estimator, "_skl_callbacks", None) else None
    with contextlib.closing(Progress(estimator, tasks)) as progress:
        yield progress
    context.call_on_fit_task_end(estimator=estimator, **told, reconstruction_attributes={})


def hooks_for(estimator, prior_of, *, progress, deadline, reader, checkpoint=None):
    """The function (plan, data, encoding, simple_loss=None) -> Hooks that a FitJob needs.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    prior_of : callable
        Takes a plan and returns the class shares in its loss, ndarray of shape (n_classes,).
    progress : Progress
    deadline : Deadline
    reader : TableReader
        Stored in the fitted copies of the estimator that callbacks may ask for.
    checkpoint : callable or None, default=None
        As in `Hooks`.
    """
    from robust_mlp._core.training_data import Hooks

    callbacks = _as_list(estimator.callbacks)

    def make(plan, data, encoding, simple_loss=None):
        progress.begin(plan)
        prior, bridge = prior_of(plan), None
        prior_loss = entropy(prior)
        if callbacks:
            from robust_mlp._network.keras_callbacks import KerasBridge

            bridge = KerasBridge(callbacks, plan, data.rows.shape[1], data.n_classes, data.embedding_sizes)

        def on_epoch(record, make_weights):
            return progress.tell(
                record,
                lambda: {
                    "_fitted": FittedNetwork(encoding, make_weights(), np.zeros(len(prior))),
                    "_reader": reader,
                    "_ranges": None,  # those of a fit before are of other columns
                    "_decision": None,
                },
            )

        return Hooks(
            should_stop=(lambda records: should_give_up(records, plan, prior_loss, simple_loss))
            if restarts_allowed(estimator.collapse_guard, estimator.max_restarts)
            else None,
            on_epoch=on_epoch if progress.is_wanted else None,
            score=held_out_scorer(estimator.scoring, estimator.classes_, data) if data.has_held_out else None,
            keras=bridge,
            deadline=deadline,
            checkpoint=checkpoint,
            asks_every_epoch=simple_loss is not None,
        )

    return make


def _as_list(callbacks):
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
