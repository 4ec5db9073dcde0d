"""Settings that the user typed and that the network which is kept was not trained with, and the sentence about them.

Compares the plan of the attempt that is kept with what was typed. Never judges, and never warns."""

from robust_mlp._collapse.explanations import setting_value

MAX_LISTED = 6  # settings in one sentence


def overridden_settings(report, typed):
    """Which typed settings another value took the place of.

    Parameters
    ----------
    report : TrainingReport
    typed : dict of str to object
        What the user typed, by the names of the settings in `AttemptSummary.changes`.

    Returns
    -------
    overridden : dict of str to tuple
        (typed, used) of each; empty where the first attempt is kept.
    """
    if not report.attempts:
        return {}
    changes = report.attempts[report.kept - 1].changes
    return {name: (typed[name], used) for name, (_, used) in changes.items() if name in typed}


def overridden_text(overridden, report, *, keep="collapse_guard='warn'"):
    """The sentence to warn with: what was typed, what was used, why, and how to keep it.

    Parameters
    ----------
    overridden : dict of str to tuple
        Not empty.
    report : TrainingReport
    keep : str, default="collapse_guard='warn'"
        What keeps the settings as they were typed.

    Returns
    -------
    text : str
    """
    pairs = [
        f"{name}={setting_value(typed)} (used: {setting_value(used)})" for name, (typed, used) in overridden.items()
    ]
    more = f" and {len(pairs) - MAX_LISTED} more" if len(pairs) > MAX_LISTED else ""
    causes = [finding.cause for finding in report.findings if finding.cause]
    why = (
        " ".join(dict.fromkeys(causes)) or "A network that was trained so does better on the rows that were looked at."
    )
    return (
        f"The network that is kept was not trained as typed: {', '.join(pairs[:MAX_LISTED])}{more}. {why} "
        f"Pass {keep} to keep what was typed. overridden_ holds every pair."
    )
