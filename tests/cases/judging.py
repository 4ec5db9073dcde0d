"""Whether what came of a case is what had to: held-out log loss against the class prior."""

from dataclasses import dataclass

import numpy as np

from robust_mlp.keras_classifier import GuardedKerasClassifier

SMALLEST = 1e-7


@dataclass(frozen=True)
class Outcome:
    """Held-out figures of a fitted case."""

    loss: float
    prior_loss: float
    accuracy: float
    prior_accuracy: float
    verdict: str
    n_restarts: int

    @property
    def beats_prior(self):
        """Whether the log loss is below that of the class shares."""
        return self.loss < self.prior_loss


def fitted(case, seed=0, **settings):
    """A GuardedKerasClassifier of the case's network, fitted as it was asked about."""
    clf = GuardedKerasClassifier(
        case.build, random_state=seed, callbacks=case.callbacks() or None, **case.fit, **settings
    )
    return clf.fit(case.X, case.y)


def outcome(clf, case):
    """Held-out figures."""
    y, y_new = np.asarray(case.y), np.asarray(case.y_new)
    P = clf.predict_proba(case.X_new)
    report = clf.report_
    if y.ndim == 2 and y.shape[1] > 1 and np.any(y.sum(axis=1) != 1):
        prior = np.tile(y.mean(axis=0), (len(y_new), 1))
        losses = _yes_no_loss(P, y_new), _yes_no_loss(prior, y_new)
        right = float(np.mean((P > 0.5) == y_new)), float(np.mean((prior > 0.5) == y_new))
        return Outcome(*losses, *right, report.verdict.value, report.n_restarts)
    codes, shares, width = _codes(y, y_new)
    full = np.zeros((len(P), width))
    full[:, : P.shape[1]] = P
    own = -np.log(np.maximum(full[np.arange(len(codes)), codes], SMALLEST)).mean()
    prior = -np.log(np.maximum(shares[codes], SMALLEST)).mean()
    accuracy = float(np.mean(full.argmax(axis=1) == codes))
    return Outcome(
        float(own),
        float(prior),
        accuracy,
        float(np.mean(codes == shares.argmax())),
        report.verdict.value,
        report.n_restarts,
    )


def _codes(y, y_new):
    """(codes of y_new, class shares of y, number of columns) in the order of the classifier's columns."""
    if y.ndim == 2 and y.shape[1] > 1:
        return y_new.argmax(axis=1), y.mean(axis=0), y.shape[1]
    classes, counts = np.unique(y.ravel(), return_counts=True)
    return np.searchsorted(classes, y_new.ravel()), counts / counts.sum(), len(classes)


def _yes_no_loss(P, y):
    P = np.clip(P, SMALLEST, 1 - SMALLEST)
    return float(-np.mean(y * np.log(P) + (1 - y) * np.log(1 - P)))
