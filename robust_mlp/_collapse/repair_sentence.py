"""What the guard says when it trains again: what went wrong, why, and with which settings. Trains nothing."""

from robust_mlp._collapse.explanations import CAUSES, SYMPTOMS, settings_text


def tell_repair(tell, judged_attempts, causes, changes, added=""):
    """Say why another training begins, if anybody wants to know.

    Parameters
    ----------
    tell : callable or None
        Takes a sentence.
    judged_attempts : list of JudgedAttempt
        Those so far; the last went wrong.
    causes : list of tuple of Cause
        What was found about each.
    changes : dict of str to tuple
        (value of the first plan, value now) by parameter.
    added : str, default=""
        As for `repair_sentence`.
    """
    if tell is not None:
        tell(repair_sentence(len(judged_attempts), judged_attempts[-1], causes[-1], changes, added))


def repair_sentence(number, judged, causes, changes, added=""):
    """Why another training begins, in a line.

    Parameters
    ----------
    number : int
        Of the attempt that went wrong, from 1.
    judged : JudgedAttempt
        That attempt.
    causes : tuple of Cause
        Why it went wrong, as far as known.
    changes : dict of str to tuple
        (value of the first plan, value now) by parameter.
    added : str, default=""
        Members of another kind that were learned instead.

    Returns
    -------
    sentence : str
    """
    parts = [f"Attempt {number}:"]
    if judged.symptoms:
        parts.append(SYMPTOMS[judged.symptoms[0].code])
    certain = [cause for cause in causes if cause.is_certain] or list(causes)
    if certain:
        parts.append(CAUSES[certain[0].code])
    parts.append(f"Adding {added}." if added else f"Training again with {settings_text(changes)}.")
    return " ".join(parts)


def tell_trial(tell, causes, changes):
    """Say why a network that learned is trained a second time, if anybody wants to know; parameters as above."""
    if tell is not None:
        tell(
            f"Attempt 1: The network learned, with a setting that holds most networks back. {CAUSES[causes[0].code]} "
            f"Training again with {settings_text(changes)}, to see whether it does better."
        )
