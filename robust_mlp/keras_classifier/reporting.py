"""The report on a user's own network: repairs of head and labels, then the guard's findings.

Combines records. Judges nothing."""

from dataclasses import replace

from robust_mlp._collapse.overridden import overridden_settings
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import TrainingReport
from robust_mlp.inspection._watch.batch_statistics import lag_finding
from robust_mlp.keras_classifier.own_terms import FOLLOWED

# The guard's advice with the parameters of this classifier instead of RobustMLPClassifier's.
_LINES = {
    "still_improving": "Raise epochs, or optimizer__learning_rate.",
    "in_sample": "Pass X_val and y_val, or more rows, for an honest judgement.",
    "overconfident": "Pass callbacks=[keras.callbacks.EarlyStopping(restore_best_weights=True)] or more dropout, or "
    "calibrate with CalibratedClassifierCV.",
    "overfitting": "Pass callbacks=[keras.callbacks.EarlyStopping(restore_best_weights=True)], or more dropout.",
    "late_collapse": "The weights of the best epoch are kept. A lower optimizer__learning_rate keeps the "
    "training stable.",
    "decision_collapse": "The probabilities are right for these class shares: choose the threshold that suits your "
    "costs, with sklearn.model_selection.TunedThresholdClassifierCV; another training would not help.",
    "rare_classes_never_predicted": "Choose the threshold that suits your costs, with "
    "sklearn.model_selection.TunedThresholdClassifierCV, or pass class_weight='balanced'.",
}


def in_own_words(report):
    """The report with advice for this estimator."""
    advisories = tuple(replace(finding, fix=_LINES.get(finding.code, finding.fix)) for finding in report.advisories)
    return replace(report, advisories=advisories)


def with_repairs(report, choice, label_finding):
    """The report with the repairs that were made before any training.

    Parameters
    ----------
    report : TrainingReport
    choice : HeadChoice
        Head and loss of the kept network.
    label_finding : Finding or None
        An error in the labels that new codes repaired.

    Returns
    -------
    report : TrainingReport
        HEALTHY becomes REPAIRED if head, loss or labels were repaired.
    """
    report = in_own_words(report)
    repaired = [label_finding] if label_finding is not None else []
    if choice.right is not None:
        repaired += [finding for finding in choice.findings if finding.fix.startswith("Replaced by ")]
    if not repaired:
        kept = [finding for finding in choice.findings if finding.severity == "error"]
        if not kept or report.verdict not in (Verdict.COLLAPSED, Verdict.NO_SIGNAL):
            return report
        return replace(report, findings=(*kept, *report.findings))
    first = repaired[0]
    headline = f"{first.cause} {first.fix} {report.headline}"
    verdict = Verdict.REPAIRED if report.verdict is Verdict.HEALTHY else report.verdict
    return replace(report, verdict=verdict, headline=headline, findings=(*repaired, *report.findings))


_MEND = (
    "The averages were estimated again on the training rows, after the training. More epochs, or "
    "keras.layers.BatchNormalization(momentum=0.9), let them follow."
)


def with_averages(report, lag, policy):
    """The report with what lagging averages of batch normalization did, named first.

    Parameters
    ----------
    report : TrainingReport
        Of the network with the averages estimated anew.
    lag : AverageLag or None
        None leaves the report as it is.
    policy : str
        Of the guard. With "off" there is no verdict to change.

    Returns
    -------
    report : TrainingReport
        HEALTHY becomes REPAIRED if the network was not healthy with its moving averages. Nothing is said where another
        training was kept: then something else was to blame.
    """
    if lag is None or report.kept > 1:
        return report
    if lag.was_healthy:
        return replace(report, advisories=(*report.advisories, lag_finding(lag, _MEND, "info")))
    finding = lag_finding(lag, _MEND, "warning" if report.verdict in (Verdict.HEALTHY, Verdict.REPAIRED) else "error")
    verdict = Verdict.REPAIRED if report.verdict is Verdict.HEALTHY and policy != "off" else report.verdict
    headline = f"{finding.cause} The averages were estimated again. {report.headline}"
    return replace(report, verdict=verdict, headline=headline, findings=(finding, *report.findings))


def with_own_version(report, own):
    """The report with what scaling did to the network, where the user's own version was kept.

    Parameters
    ----------
    report : TrainingReport
    own : OwnVersion or None
        None leaves the report as it is.

    Returns
    -------
    report : TrainingReport
    """
    if own is None or report.verdict in (Verdict.COLLAPSED, Verdict.NO_SIGNAL):
        return report  # which of two networks that learned nothing has the lower loss says nothing about scales
    if report.attempts and report.attempts[report.kept - 1].changes.get("scale"):
        return report
    finding = Finding(
        symptom="",
        cause="Scaled columns made this network worse, so its rows go in as they are.",
        evidence=f"log loss {own.loss:.4g} as they are, {own.scaled_loss:.4g} with scale={own.scale!r}, on "
        f"{own.n_rows} held-out rows",
        fix="Pass scale=None to train on rows as they are at once.",
        code="scale_undone",
        severity="info",
    )
    return replace(report, advisories=(*report.advisories, finding))


def with_own_head_kept(report, own):
    """The report with what another head did to the network, where the user's own head was kept.

    Parameters
    ----------
    report : TrainingReport
        Of the network with the user's own head.
    own : OwnHead or None
        None leaves the report as it is.

    Returns
    -------
    report : TrainingReport
    """
    if own is None:
        return report
    finding = Finding(
        symptom="",
        cause="Another head, which fits the labels, made this network worse, so its own head and loss are kept.",
        evidence=f"log loss {own.loss:.4g} with {own.name}, {own.repaired_loss:.4g} with {own.replacement}, on "
        f"{own.n_rows} held-out rows",
        fix="Pass repair_head=False to train the own head at once.",
        code="head_kept",
        severity="info",
    )
    return replace(report, advisories=(*report.advisories, finding))


# Values of settings that nobody typed.
_UNTYPED = {"max_iter": 1, "batch_size": 32, "shuffle": True}


def own_overridden(report, plan, estimator, choice):
    """What the network that is kept was not trained with, of the user's own network and settings.

    Parameters
    ----------
    report : TrainingReport
    plan : TrainingPlan
        Of the user's own settings.
    estimator : GuardedKerasClassifier
    choice : HeadChoice
        Of the network that is kept.

    Returns
    -------
    overridden : dict of str to tuple
        (the user's own, used), also for "head" and "loss".
    """
    own = {name: getattr(plan, name) for name in FOLLOWED if name != "class_weight"}
    own = {name: value for name, value in own.items() if name not in _UNTYPED or value != _UNTYPED[name]}
    own["learning_rate"] = float(f"{own['learning_rate']:.6g}")  # Keras keeps it in float32
    own["class_weight"] = estimator.class_weight
    if estimator.scale == "auto":
        del own["scale"]
    pairs = overridden_settings(report, own)
    return dict(choice.replaced) | {FOLLOWED[name]: pair for name, pair in pairs.items()}


def what_keeps(overridden):
    """What the user can type so that settings stay as they are."""
    ways = {"repair_head=False": {"head", "loss"} & overridden.keys()}
    ways["collapse_guard='warn'"] = overridden.keys() - {"head", "loss"}
    return " and ".join(way for way, settings in ways.items() if settings)


def scaled_labels_finding(finding):
    """The finding that labels were scaled, as a repaired one."""
    return replace(
        finding,
        severity="warning",
        symptom="",
        fix="Each distinct value was taken as a class.",
    )


def one_sided_report(report, share):
    """The report of a training whose class weights give almost all of the loss to one class."""
    headline = f"The class weights give one class {share:.2%} of the loss: the network can only answer it."
    return replace(report, headline=headline)


def unwatched_report():
    """The report if the guard has judged no training."""
    headline = "The network was trained by partial_fit, or not at all; nothing was held out to judge it by."
    return TrainingReport(verdict=Verdict.UNCHECKED, headline=headline)


def unchecked_report(seconds):
    """The report of a training with several labels per row."""
    headline = "Rows carry several labels each, and the guard judges networks with one class per row."
    return TrainingReport(verdict=Verdict.UNCHECKED, headline=headline, seconds=seconds)
