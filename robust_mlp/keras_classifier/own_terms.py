"""A plan and a report in the terms of a user's own network: what it follows, and what that is called there.

The guard's plans have settings of `RobustMLPClassifier`, some of which a user's own network does not have. Judges
nothing."""

import re
from dataclasses import fields, replace

# Fields of a plan that a training of a user's own network follows, and what they are called here.
FOLLOWED = {
    "hidden_layer_sizes": "hidden_layer_sizes",
    "activation": "activation",
    "dropout": "dropout",
    "input_dropout": "input_dropout",
    "batch_norm": "batch_norm",
    "max_norm": "max_norm",
    "kernel_initializer": "kernel_initializer",
    "optimizer": "optimizer",
    "learning_rate": "learning_rate",
    "learning_rate_schedule": "learning_rate_schedule",
    "weight_decay": "weight_decay",
    "batch_size": "batch_size",
    "max_iter": "epochs",
    "shuffle": "shuffle",
    "scale": "scale",
    "class_weight": "class_weight",
}
# Followed as well, and no setting that anybody types.
_FOLLOWED_UNTYPED = ("clip_norm", "use_class_weight")
# Causes whose sentence speaks of another thing than a layer of Keras has.
_CAUSES = {"weight_decay_too_strong": "A penalty on weights or activities, or weight decay, outweighs the loss."}
# Where something holds a network back and no cause says what: how to find it.
_UNKNOWN_FIX = (
    'Compare it with keras.layers.Dense(64, activation="relu") twice, Adam and the loss that fits the labels, and '
    "change one thing at a time."
)
_EPOCHS = re.compile(r"\bmax_iter=")


def as_followed(plan, base):
    """A plan as far as a training of a user's own network follows it; the rest is as in `base`.

    Parameters
    ----------
    plan, base : TrainingPlan

    Returns
    -------
    plan : TrainingPlan
    """
    followed = FOLLOWED.keys() | set(_FOLLOWED_UNTYPED)
    names = {f.name for f in fields(plan)} - followed
    if base.learning_rate_schedule is None:  # a schedule can be left out, and not put in
        names.add("learning_rate_schedule")
    elif plan.learning_rate_schedule != base.learning_rate_schedule:
        plan = replace(plan, learning_rate_schedule=None)
    return replace(plan, **{name: getattr(base, name) for name in names})


def in_own_terms(report):
    """The report with the names of this classifier's settings.

    Parameters
    ----------
    report : TrainingReport

    Returns
    -------
    report : TrainingReport
    """
    findings = tuple(
        replace(
            finding,
            cause=_CAUSES.get(finding.code, finding.cause),
            evidence=_EPOCHS.sub("epochs=", finding.evidence),
            fix=_EPOCHS.sub("epochs=", finding.fix) or (_UNKNOWN_FIX if finding.code == "unknown" else ""),
        )
        for finding in report.findings
    )
    attempts = tuple(
        replace(attempt, changes={FOLLOWED.get(name, name): pair for name, pair in attempt.changes.items()})
        for attempt in report.attempts
    )
    headline = report.headline
    for old, new in zip(report.findings, findings, strict=True):
        headline = headline.replace(old.cause, new.cause) if old.cause else headline
    return replace(report, headline=headline, findings=findings, attempts=attempts)
