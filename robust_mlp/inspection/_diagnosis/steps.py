"""The steps of a diagnosis: compare with the prior, calibrate, look for a shift and for a signal, conclude.

Works on answers and labels. Calls no classifier, except for rescaled rows, through a function."""

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from robust_mlp._collapse.simple_models.comparison import is_behind
from robust_mlp._collapse.simple_models.probe import probe_signal
from robust_mlp._collapse.symptoms.against_prior import compare
from robust_mlp._collapse.symptoms.rules import JudgedAttempt, is_constant, is_skilled, ranks_beyond_doubt
from robust_mlp._core.calibration import fit_calibration
from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._core.losses import LARGEST_UNSEEN_AUC_WITHOUT_TRAINING, mean_loss, row_losses
from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.prior_of_classifier import told_prior
from robust_mlp._core.records import Attempt, Finding, HeldOut
from robust_mlp.inspection._diagnosis.record import CalibrationSummary, ClassRow, DiagnosisVerdict, PriorSummary
from robust_mlp.inspection._rules.rescaling import rescaled_rows
from robust_mlp.inspection._watch.table_facts import facts_of_table

# "Nearly all" rows: with one other row in two hundred, the decision is still constant for any use.
NEARLY_ALL = 0.995
# If a class has more than this share of the rows, it may rightly get (nearly) all predictions.
MOST_ROWS = 0.98
# A shift of class shares needs a p-value below this and a change of a share by this much, because in large samples
# every difference is significant.
SHIFT_P_VALUE, SHIFT_DIFFERENCE = 1e-3, 0.02
# Slopes of log-probabilities that are reported, if a temperature would save this part of the prior's loss.
OVERCONFIDENT_SLOPE, UNDERCONFIDENT_SLOPE, CALIBRATION_GAIN = 0.7, 1.5, 0.02
CALIBRATION_BINS = 10
FEWEST_CALIBRATION_ROWS = 50
# Rescaled rows must beat the commonest class clearly, by a quarter of what is left to gain.
CLEARLY_BETTER = 0.25
MAX_RESCALED_ROWS = 2000
# Limits of the iteration for the offsets. Each step shrinks the error, more slowly for uncertain predictions.
MAX_OFFSET_STEPS, OFFSET_TOLERANCE = 200, 1e-6
# Far above the smallest float64, so that the quotient of two shares is finite whatever they are.
SMALLEST_SHARE = 1e-300


@dataclass(frozen=True, eq=False)
class Judged:
    """Answers compared with the labels, for all later steps."""

    codes: np.ndarray  # (n_rows,), int
    attempt: JudgedAttempt
    trained_prior: np.ndarray | None
    prior_source: str


def judge(answers, codes, trained_prior, prior_source):
    """Compare the answers with the class prior.

    Parameters
    ----------
    answers : Answers
    codes : ndarray of shape (n_rows,), int
        Positions of the true labels in `answers.classes`.
    trained_prior : ndarray of shape (n_classes,) or None
    prior_source : str
    """
    shares = np.bincount(codes, minlength=len(answers.classes)) / len(codes)
    weights = np.ones(len(codes))
    held_out = HeldOut(codes=codes, probabilities=answers.probabilities, weights=weights, rows=np.arange(len(codes)))
    comparison = compare(held_out, shares)
    if comparison.is_finite:
        comparison = replace(comparison, **_decisions(answers, codes))
        if answers.kind != "probabilities":
            comparison = replace(comparison, loss=math.nan, gain_error=math.nan)
    attempt = Attempt(plan=TrainingPlan(), records=(), best_epoch=0, stop_reason="", held_out=held_out, network=None)
    return Judged(
        codes, JudgedAttempt(attempt=attempt, comparison=comparison, symptoms=()), trained_prior, prior_source
    )


def _decisions(answers, codes):
    """Accuracy, recalls and predicted shares of the labels of `predict`."""
    n_classes = len(answers.classes)
    hits = np.bincount(codes[answers.predicted == codes], minlength=n_classes)
    support = np.bincount(codes, minlength=n_classes)
    recalls = np.divide(hits, support, out=np.full(n_classes, np.nan), where=support > 0)
    shares = np.bincount(answers.predicted, minlength=n_classes) / len(codes)
    return {
        "accuracy": float(hits.sum() / len(codes)),
        "recalls": tuple(recalls.tolist()),
        "predicted_share": tuple(shares.tolist()),
    }


def class_rows(answers, judged):
    """The table of classes."""
    c = judged.attempt.comparison
    n_classes = len(answers.classes)
    predicted = np.bincount(answers.predicted, minlength=n_classes)
    hits = np.bincount(judged.codes[answers.predicted == judged.codes], minlength=n_classes)
    return tuple(
        ClassRow(
            label=str(answers.classes[i]),
            n_rows=c.support[i],
            n_predicted=int(predicted[i]),
            precision=float(hits[i] / predicted[i]) if predicted[i] else math.nan,
            recall=c.recalls[i] if c.recalls else math.nan,
            auc=c.auc[i] if c.auc else math.nan,
            mean_probability=float(answers.probabilities[:, i].mean()),
        )
        for i in range(n_classes)
    )


def calibrate(answers, judged):
    """CalibrationSummary, or None without probabilities."""
    c = judged.attempt.comparison
    if answers.kind != "probabilities" or not c.is_finite or sum(n > 0 for n in c.support) < 2:
        return None
    P, codes = answers.probabilities, judged.codes
    fitted = fit_calibration(P, codes, np.ones(len(codes)))
    loss = mean_loss(fitted(P), codes)
    confidence, right = P.max(axis=1), P.argmax(axis=1) == codes
    bins = np.array_split(np.argsort(confidence, kind="stable"), min(CALIBRATION_BINS, len(codes)))
    error = sum(len(rows) * abs(confidence[rows].mean() - right[rows].mean()) for rows in bins) / len(codes)
    return CalibrationSummary(
        mean_confidence=float(confidence.mean()),
        accuracy=float(right.mean()),
        expected_error=float(error),
        slope=fitted.slope,
        loss_saved=float(c.loss - loss),
    )


def known_prior(classifier, classes, given):
    """Class shares that the probabilities carry, (n_classes,), and where they were read; (None, "") where unknown."""
    if given is not None:
        prior = np.asarray(given, dtype=float)
        if prior.shape != (len(classes),) or not np.isfinite(prior).all() or prior.min() < 0 or prior.sum() <= 0:
            raise ValueError(
                f"class_prior={given!r} does not fit. Pass {len(classes)} shares, one for each of {classes.tolist()!r}."
            )
        return prior / prior.sum(), "given"
    return told_prior(classifier, len(classes))


def compare_priors(answers, judged):
    """PriorSummary: the shares that the probabilities assume and those of these rows; None if unknown."""
    c = judged.attempt.comparison
    counts, n = np.asarray(c.support, dtype=float), c.n_rows
    present = counts > 0
    if judged.trained_prior is not None:
        prior = judged.trained_prior
        if (prior[present] == 0).any():
            p_value = 0.0
        else:  # likelihood ratio of the counts (Wilks 1938)
            statistic = 2 * float(counts[present] @ np.log(counts[present] / (n * prior[present])))
            p_value = float(chi2.sf(statistic, max(np.count_nonzero(prior) - 1, 1)))
        return PriorSummary(
            source=judged.prior_source, trained=tuple(prior.tolist()), here=c.true_share, p_value=p_value
        )
    if answers.kind != "probabilities" or not is_skilled(c) or present.sum() < 2:
        return None
    P, codes = answers.probabilities, judged.codes
    offsets = _fitting_offsets(P, np.asarray(c.true_share))
    # Under label shift the offsets that fit the labels are the log of how much each share changed.
    prior = np.where(present, np.asarray(c.true_share) * np.exp(-offsets), 0.0)
    prior /= prior.sum()
    saved = row_losses(P, codes).sum() - row_losses(shift_log_odds(P, offsets), codes).sum()
    p_value = float(chi2.sf(2 * max(saved, 0.0), int(present.sum()) - 1))
    source = "implied by the probabilities"
    return PriorSummary(source=source, trained=tuple(prior.tolist()), here=c.true_share, p_value=p_value)


def _fitting_offsets(P, shares):
    """Offsets of log-probabilities, (n_classes,), that make the mean probabilities `shares`: maximum likelihood."""
    present = shares > 0
    offsets = np.zeros(len(shares))
    for _ in range(MAX_OFFSET_STEPS):
        mean = shift_log_odds(P, offsets).mean(axis=0)
        change = np.where(present, np.log(np.maximum(shares, SMALLEST_SHARE) / np.maximum(mean, SMALLEST_SHARE)), 0.0)
        offsets += change
        if np.abs(change).max() < OFFSET_TOLERANCE:
            break
    return offsets


def look_for_signal(X, codes, n_classes, seed):
    """What simple models find in a table; None if X is not a table of numbers and categories."""
    facts = facts_of_table(X, codes, n_classes, seed=seed)
    return None if facts is None else probe_signal(facts.probe_source(), seed=seed)


def conclude(answers, judged, signal):
    """The DiagnosisVerdict."""
    c = judged.attempt.comparison
    if not c.is_finite:
        return DiagnosisVerdict.COLLAPSED
    if sum(n > 0 for n in c.support) < 2:
        return DiagnosisVerdict.UNCHECKED
    if (is_skilled(c) or ranks_beyond_doubt(c)) and not is_constant(c):
        return DiagnosisVerdict.DECISION_COLLAPSED if takes_all(c) else DiagnosisVerdict.HEALTHY
    if signal is not None and signal.summary.found:
        # The probe uses the rows in several folds. It may find a signal that the classifier's few answers cannot show.
        is_certain = is_constant(c) or answers.kind != "probabilities" or is_behind(judged.attempt, signal)
        return DiagnosisVerdict.COLLAPSED if is_certain or takes_all(c) else DiagnosisVerdict.UNCHECKED
    if signal is not None and signal.summary.smallest_auc <= LARGEST_UNSEEN_AUC_WITHOUT_TRAINING:
        return DiagnosisVerdict.NO_SIGNAL
    return DiagnosisVerdict.COLLAPSED if signal is None and takes_all(c) else DiagnosisVerdict.UNCHECKED


def takes_all(comparison):
    """Whether one class gets (nearly) all predictions although it does not have (nearly) all rows."""
    shares = comparison.predicted_share
    return max(shares) >= NEARLY_ALL and comparison.true_share[shares.index(max(shares))] <= MOST_ROWS


def rescaled_finding(ask, X, judged):
    """A finding if the classifier works on the same rows in another scale; None otherwise.

    Parameters
    ----------
    ask : callable
        From rows to predicted positions, ndarray of shape (n_rows,), int.
    X : object
        Tried if it is an ndarray of numbers.
    judged : Judged
    """
    if not isinstance(X, np.ndarray) or X.dtype.kind not in "iuf" or X.ndim < 2:
        return None
    step = max(1, len(X) // MAX_RESCALED_ROWS)
    rows, codes = X[::step].astype(np.float64), judged.codes[::step]
    commonest = np.bincount(codes).max() / len(codes)
    best, how = 0.0, ""
    for typed, rescaled in rescaled_rows(rows):
        try:
            predicted = ask(rescaled.astype(X.dtype if X.dtype.kind == "f" else np.float64))
        except (TypeError, ValueError):
            return None
        accuracy = float(np.mean(predicted == codes))
        best, how = (accuracy, typed) if accuracy > best else (best, how)
    noise = 3 * math.sqrt(commonest * (1 - commonest) / len(codes))  # three standard errors of the accuracy of guessing
    if best < commonest + max(CLEARLY_BETTER * (1 - commonest), noise):
        return None
    return Finding(
        code="scale_differs_from_training",
        severity="error",
        symptom="Rows as given (nearly) all get the same class.",
        cause="The classifier was trained on rows of another scale than these.",
        evidence=f"Accuracy {judged.attempt.comparison.accuracy:.3f} on the rows as given, {best:.3f} on {how}; always "
        f"the commonest class {commonest:.3f}.",
        fix=f"classifier.predict({how})  # the same scaling as in training: put both into one Pipeline",
    )
