"""One order of advice: what contradicts the verdict, a finding or more urgent advice is left out.

Works on codes. Makes no advice and no sentences."""

from robust_mlp._core.records import Verdict

# Advice that another training would gain something.
ABOUT_TRAINING = (
    "overconfident",
    "wrong_level",
    "late_collapse",
    "overfitting",
    "still_improving",
    "simple_models_do_better",
    "trees_do_better",
    "extreme_settings",
)
# Advice on how probabilities become classes.
ABOUT_DECISIONS = ("weighted_predictions", "decision_collapse", "rare_classes_never_predicted")
# By a piece of advice: what contradicts it, and is less urgent.
_SILENCED_BY = {
    # "Another training would not help."
    "decision_collapse": ABOUT_TRAINING,
    # "No setting explains it", while these name settings.
    "still_improving": ("simple_models_do_better", "trees_do_better"),
    "extreme_settings": ("simple_models_do_better", "trees_do_better"),
    # Its network was cut, so nobody knows what the rest of the training would have shown.
    "cut_short": ("simple_models_do_better",),
}
# By the cause that a finding names: advice that says the opposite.
_SILENCED_BY_FINDING = {
    "learning_rate_too_low": ("late_collapse",),
    "too_few_epochs": ("overfitting",),
}
# By the verdict: it says itself what to do, or that nothing can be done.
_SILENCED_BY_VERDICT = {
    # "No setting can change that." What is said of the table stays.
    Verdict.NO_SIGNAL: (*ABOUT_TRAINING, *ABOUT_DECISIONS, "retrained_members"),
    # The findings name what to change. A network that did not learn has no use for another threshold.
    Verdict.COLLAPSED: (*ABOUT_TRAINING, *ABOUT_DECISIONS),
    Verdict.UNDERFIT: (*ABOUT_TRAINING, "decision_collapse"),
}


def consistent(advice, verdict, finding_codes=()):
    """The advice without what contradicts the verdict, a finding, or another piece of it.

    Parameters
    ----------
    advice : sequence of Cause
        Most urgent first.
    verdict : Verdict
    finding_codes : sequence of str, default=()
        Causes that the report names.

    Returns
    -------
    advice : tuple of Cause
        In the same order.

    Examples
    --------
    >>> from robust_mlp._collapse.causes import Cause
    >>> from robust_mlp._core.records import Verdict
    >>> advice = [Cause(code="decision_collapse"), Cause(code="still_improving"), Cause(code="constant_columns")]
    >>> [piece.code for piece in consistent(advice, Verdict.HEALTHY)]
    ['decision_collapse', 'constant_columns']
    """
    silent = set(_SILENCED_BY_VERDICT.get(verdict, ()))
    for code in finding_codes:
        silent.update(_SILENCED_BY_FINDING.get(code, ()))
    said = []
    for piece in advice:
        if piece.code not in silent:
            said.append(piece)
            silent.update(_SILENCED_BY.get(piece.code, ()))
    # What comes later may silence what came before it.
    return tuple(piece for piece in said if piece.code not in silent)
