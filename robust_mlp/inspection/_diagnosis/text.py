"""The text of a diagnosis: findings and headline. Calls and fits no classifier."""

import math

from robust_mlp._collapse.simple_models.comparison import is_behind
from robust_mlp._collapse.symptoms.rules import is_constant, is_skilled, never_predicted
from robust_mlp._core.records import Finding
from robust_mlp.inspection._diagnosis.own_advice import OF_OTHERS
from robust_mlp.inspection._diagnosis.record import DiagnosisVerdict
from robust_mlp.inspection._diagnosis.steps import (
    CALIBRATION_GAIN,
    FEWEST_CALIBRATION_ROWS,
    OVERCONFIDENT_SLOPE,
    SHIFT_DIFFERENCE,
    SHIFT_P_VALUE,
    UNDERCONFIDENT_SLOPE,
)

GOOD_AUC = 0.65  # as in the guard: if a class ranks this well and is never predicted, the decision is at fault
READ_AS_FIX = "Compile the network with its loss, or pass a function that gives probabilities: lambda X: ..."
MIN_SUPPORT = 5
MAX_NAMES = 4


def _finding(code, severity, symptom, cause, evidence, fix):
    """A Finding from its parts, in reading order."""
    return Finding(code=code, severity=severity, symptom=symptom, cause=cause, evidence=evidence, fix=fix)


def diagnosis_findings(
    answers, judged, *, verdict, signal, rescaled=None, unknown=(), figures=(None, None), advice=OF_OTHERS
):
    """All findings, the most serious first.

    Parameters
    ----------
    answers : Answers
    judged : Judged
    verdict : DiagnosisVerdict
    signal : Signal or None
    rescaled : Finding or None, default=None
    unknown : tuple, default=()
        Labels in y that the classifier does not know.
    figures : (CalibrationSummary or None, PriorSummary or None), default=(None, None)
    advice : Advice, optional
        What to type, for this kind of classifier.

    Returns
    -------
    findings : list of Finding
    """
    c = judged.attempt.comparison
    if not c.is_finite:
        return [
            _finding(
                "not_a_number",
                "error",
                "The classifier answers NaN or infinity; the argmax of NaN is the first class.",
                "",
                f"{_n_bad(answers)} of {answers.probabilities.size} values.",
                "Look for NaN in X (np.isnan(X).sum()) and in the weights; train again on standardized columns.",
            )
        ]
    found = [rescaled] if rescaled is not None else []
    found += _about_skill(answers, c, verdict, signal, advice)
    if verdict is DiagnosisVerdict.DECISION_COLLAPSED:
        found.append(_decision(answers, c, advice))
    elif verdict is DiagnosisVerdict.HEALTHY:
        found += _about_healthy(answers, judged, signal, advice)
    if unknown:
        found.append(
            _finding(
                "unknown_labels",
                "warning",
                "These rows can never be right.",
                "y holds labels that the classifier does not know.",
                f"{len(unknown)} of them: {_names(unknown)}.",
                "Train with rows of every class, or map the labels first.",
            )
        )
    calibration, prior = figures
    found += _about_prior(answers, prior) + _about_calibration(c, calibration)
    if answers.is_one_column:
        found.append(
            _finding(
                "one_column_output",
                "info",
                "np.argmax over one column is 0 for every row.",
                "The classifier answers one number per row: of the second class.",
                f"Shape ({c.n_rows}, 1); {_names(answers.classes[1:])} where it is above {answers.middle:g}.",
                f"classes[(model.predict(X).ravel() > {answers.middle:g}).astype(int)]",
            )
        )
    if answers.reading:
        found.append(
            _finding("answers_read_as", "info", answers.reading, "Nothing says what the answers mean.", "", READ_AS_FIX)
        )
    return found


def _n_bad(answers):
    return int((~(abs(answers.probabilities) < math.inf)).sum())


def _names(names):
    shown = ", ".join(repr(name.item() if hasattr(name, "item") else name) for name in names[:MAX_NAMES])
    return shown if len(names) <= MAX_NAMES else f"{shown} and {len(names) - MAX_NAMES} more"


def _about_skill(answers, c, verdict, signal, advice):
    """Findings about a classifier that is no better than the class shares."""
    if verdict not in (DiagnosisVerdict.COLLAPSED, DiagnosisVerdict.NO_SIGNAL):
        return []
    share = max(c.predicted_share)
    name = answers.classes[c.predicted_share.index(share)]
    evidence = f"{share:.1%} of the rows get {_names([name])}; largest standard deviation over rows {c.spread:.2g}"
    if verdict is DiagnosisVerdict.NO_SIGNAL:
        s = signal.summary
        return [
            _finding(
                "no_signal",
                "warning",
                "The classifier is no better than the class shares alone.",
                "Nothing in these columns tells the classes apart, for simple models either.",
                f"{s.n_rows} rows, smallest p-value {s.p_value:.2g}; an area under the ROC curve of "
                f"{s.smallest_auc:.3f} would have been found.",
                "No setting can change that. Check that rows and labels belong together; add features that say more.",
            )
        ]
    best = min(signal.summary.probes, key=lambda probe: probe.p_value) if signal is not None else None
    missed = (
        f"; {best.name}: area under the ROC curve {best.auc:.3f}" if best is not None and signal.summary.found else ""
    )
    is_same = is_constant(c)
    return [
        _finding(
            "constant_output" if is_same else "no_skill",
            "error",
            "The classifier gives the same answer to every row."
            if is_same
            else "The classifier is no better than the class shares alone, although simple models are.",
            "",
            f"{evidence}{missed}.",
            advice.collapse,
        )
    ]


def _decision(answers, c, advice):
    """Finding about a good ranking and a constant decision."""
    share = max(c.predicted_share)
    code = c.predicted_share.index(share)
    return _finding(
        "decision_collapsed",
        "warning",
        "The classifier ranks the rows, and yet (nearly) every row gets the same class.",
        "No other class ever is the most probable one: with these class shares that is a matter of the decision.",
        f"{share:.1%} of the rows get {_names([answers.classes[code]])}, {c.true_share[code]:.1%} have it; area under "
        f"the ROC curve {c.mean_auc:.3f}.",
        advice.decision,
    )


def _about_healthy(answers, judged, signal, advice):
    """Findings about a classifier that beats the class shares."""
    c = judged.attempt.comparison
    found = []
    if answers.kind == "probabilities" and signal is not None and is_behind(judged.attempt, signal):
        best = min(signal.summary.probes, key=lambda probe: probe.loss)
        found.append(
            _finding(
                "misses_signal",
                "warning",
                "Simple models do far better on the same rows.",
                "The classifier leaves most of the signal unused.",
                f"Log loss {c.loss:.4g}; {best.name} {best.loss:.4g}; class shares {c.prior_loss:.4g}.",
                advice.missed,
            )
        )
    rows = zip(c.support, c.predicted_share, c.auc, strict=True)
    ranked = [i for i, (n, share, auc) in enumerate(rows) if n >= MIN_SUPPORT and share == 0 and auc >= GOOD_AUC]
    missing = ranked or list(never_predicted(c))
    if missing:
        found.append(
            _finding(
                "never_predicted",
                "warning",
                "Some classes are never predicted.",
                "They rank well, but never come first." if ranked else "They are not told from the others.",
                f"{len(missing)} classes: {_names([answers.classes[i] for i in missing])}; area under the ROC curve at "
                f"least {min(c.auc[i] for i in missing):.3f}.",
                advice.never,
            )
        )
    return found


def _about_prior(answers, prior):
    """Finding about class shares that differ from training."""
    if prior is None or prior.p_value >= SHIFT_P_VALUE:
        return []
    moved = [abs(a - b) for a, b in zip(prior.trained, prior.here, strict=True)]
    if max(moved) < SHIFT_DIFFERENCE:
        return []
    worst = moved.index(max(moved))
    may_be_weighted = prior.source == "probability_prior_" or prior.source.startswith("implied")
    return [
        _finding(
            "prior_shift",
            "warning",
            "The probabilities are made for other class shares than these rows have.",
            "Trained on other class shares, or with class weights or resampling."
            if may_be_weighted
            else "Trained on other class shares.",
            f"Class {_names([answers.classes[worst]])}: {prior.trained[worst]:.1%} ({prior.source}), "
            f"{prior.here[worst]:.1%} here; p-value {prior.p_value:.2g}.",
            "robust_mlp.PriorShiftClassifier(classifier).adapt(X_new)",
        )
    ]


def _about_calibration(c, calibration):
    """Finding about overconfident or underconfident probabilities."""
    if calibration is None or not is_skilled(c) or c.n_rows < FEWEST_CALIBRATION_ROWS:
        return []
    if calibration.loss_saved < CALIBRATION_GAIN * c.prior_loss:
        return []
    if calibration.slope < OVERCONFIDENT_SLOPE:
        code, cause = "overconfident", "The probabilities are too extreme."
    elif calibration.slope > UNDERCONFIDENT_SLOPE:
        code, cause = "underconfident", "The probabilities are too timid."
    else:
        return []
    return [
        _finding(
            code,
            "warning",
            "The probabilities do not mean what they say.",
            cause,
            f"Mean confidence {calibration.mean_confidence:.3f} at accuracy {calibration.accuracy:.3f}; log-odds times "
            f"{calibration.slope:.2f} would save {calibration.loss_saved:.4g} of log loss {c.loss:.4g}.",
            "sklearn.calibration.CalibratedClassifierCV(FrozenEstimator(classifier)).fit(X_held_out, y_held_out)",
        )
    ]


def headline(judged, verdict, rescaled):
    """The verdict in one sentence."""
    c = judged.attempt.comparison
    if verdict is DiagnosisVerdict.UNCHECKED:
        if sum(n > 0 for n in c.support) < 2:
            return f"all {c.n_rows} rows have the same label, so nothing can be told. Pass rows of every class."
        return f"{c.n_rows} rows are too few to tell whether the classifier is better than the class shares."
    if not c.is_finite:
        return "the classifier answers something that is not a number."
    numbers = f"accuracy {c.accuracy:.3f}, always the commonest class {c.prior_accuracy:.3f}, {c.n_rows} rows"
    if verdict is DiagnosisVerdict.HEALTHY:
        return f"the classifier is better than the class shares ({numbers})."
    if verdict is DiagnosisVerdict.DECISION_COLLAPSED:
        return (
            f"the ranking is good and the decision is constant ({numbers}; area under the ROC curve {c.mean_auc:.3f})."
        )
    if verdict is DiagnosisVerdict.NO_SIGNAL:
        return f"nothing in these rows tells the classes apart, for this classifier or for simple models ({numbers})."
    if rescaled is not None and getattr(rescaled, "code", "") == "batch_averages_lag":
        return f"the moving averages of batch normalization lag behind the rows ({numbers})."
    if rescaled is not None:
        return f"the rows have another scale than those of the training ({numbers})."
    return f"the classifier is no better than the class shares ({numbers})."
