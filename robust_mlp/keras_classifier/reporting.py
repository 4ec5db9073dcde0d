"""What a fit's report says of the user's own network: repairs of head and labels in front of the guard's findings.

Puts records together. Judges nothing."""

from dataclasses import replace

from robust_mlp._records import Verdict
from robust_mlp._report import TrainingReport


def with_repairs(report, choice, label_finding):
    """The report with what was repaired before any training.

    Parameters
    ----------
    report : TrainingReport
    choice : HeadChoice
        Of the network that is kept.
    label_finding : Finding or None
        What was wrong with the labels and is mended by coding them anew.

    Returns
    -------
    report : TrainingReport
        HEALTHY becomes REPAIRED where head, loss or labels were put right.
    """
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
    """The finding of an inspection that labels were scaled, told as repaired."""
    return replace(
        finding,
        severity="warning",
        symptom="",
        fix="Each distinct value was taken as a class.",
    )


def unchecked_report(seconds):
    """The report of a training for several labels per row."""
    headline = "Rows carry several labels each, and the guard judges networks with one class per row."
    return TrainingReport(verdict=Verdict.UNCHECKED, headline=headline, seconds=seconds)
