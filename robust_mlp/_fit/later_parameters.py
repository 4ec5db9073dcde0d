"""Parameters that the user changed between two calls of `partial_fit`: followed, or refused by name."""

from dataclasses import replace

from robust_mlp._fit.resolve_plan import resolve_plan

# The network, its inputs and the state of its optimizer have the shape that these gave them.
FIXED = ("hidden_layer_sizes", "n_members", "batch_norm", "linear_path", "scale", "numerical_embedding", "optimizer")
# These can change between two steps.
FOLLOWED = (
    *("activation", "dropout", "input_dropout", "max_norm", "learning_rate", "weight_decay", "label_smoothing"),
    *("batch_size", "shuffle"),
)


def followed(estimator, plan, asked):
    """The plan of the next call.

    Parameters
    ----------
    estimator : RobustMLPClassifier
    plan : TrainingPlan
        Of the calls before. A repair of an earlier `fit` may have changed it.
    asked : TrainingPlan or None
        What the parameters were in the calls before. None if nobody knows: the network was read from a file.

    Returns
    -------
    plan, asked : TrainingPlan
        With the parameters as they are now. 'auto' changes nothing.

    Raises
    ------
    ValueError
        If a parameter changed that the network cannot follow.
    """
    now = _typed(estimator)
    if asked is None:
        return plan, replace(plan, **now)
    changed = {name: value for name, value in now.items() if getattr(asked, name) != value}
    for name in FIXED:
        if name in changed:
            raise ValueError(
                f"{name}={getattr(estimator, name)!r}, but it was {_shown(getattr(asked, name))} in the calls before. "
                f"partial_fit goes on with the network of these. Pass the {name} of before, or begin again with "
                "sklearn.base.clone(estimator)."
            )
    return (replace(plan, **changed), replace(asked, **changed)) if changed else (plan, asked)


def _typed(estimator):
    """The parameters that are not 'auto', by their names in a plan, with the values that a plan has."""
    resolved = resolve_plan(estimator, n_rows=1, n_numbers=1)  # sizes that only 'auto' depends on
    names = [name for name in (*FIXED, *FOLLOWED) if not _is_auto(getattr(estimator, name))]
    return {name: getattr(resolved, name) for name in names}


def _is_auto(value):
    return isinstance(value, str) and value == "auto"


def _shown(value):
    """A plan's value for a message: an optimizer's settings are a page."""
    return "another optimizer" if isinstance(value, dict) else repr(value)
