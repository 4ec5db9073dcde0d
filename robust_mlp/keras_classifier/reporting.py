"""The report on a user's own network: repairs of head and labels, then the guard's findings.

Combines records. Judges nothing."""

from dataclasses import replace

from robust_mlp._core.records import Verdict
from robust_mlp._report import TrainingReport

# The guard's advice with the parameters of this classifier instead of RobustMLPClassifier's.
_LINES = {
    "still_improving": "Raise epochs, or optimizer__learning_rate.",
    "in_sample": "Pass X_val and y_val, or more rows, for an honest judgement.",
    "overconfident": "Pass callbacks=[keras.callbacks.EarlyStopping(restore_best_weights=True)] or more dropout, or "
    "calibrate with CalibratedClassifierCV.",
    "overfitting": "Pass callbacks=[keras.callbacks.EarlyStopping(restore_best_weights=True)], or more dropout.",
    "late_collapse": "The weights of the best epoch are kept. A lower optimizer__learning_rate keeps training from "
    "falling apart.",
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
