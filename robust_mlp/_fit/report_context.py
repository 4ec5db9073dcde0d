"""What a report says beside the verdict: the table in numbers, the settings, and which version of the package wrote it.

Counts and compares. Judges nothing."""

from dataclasses import fields, replace

from robust_mlp._data.columns import CATEGORY, NUMBER
from robust_mlp._report import TableSummary

# Fields of a plan that are no parameter of the estimator.
_NO_PARAMETER = (
    "embedding_once_scaled",
    "has_auto_schedule",
    "epochs_of_schedule",
    "longest_schedule",
    "kernel_initializer",
    "clip_norm",
    "use_class_weight",
)


def with_context(report, typed, estimator, plan, table, facts):
    """The report with its table, its settings and the version.

    Parameters
    ----------
    report : TrainingReport
    typed : dict of str to object
        Parameters with another value than their default.
    estimator : RobustMLPClassifier
    plan : TrainingPlan
        Of the network that is kept.
    table : TrainingTable
    facts : DataFacts or None
        None if nobody looked at the columns.

    Returns
    -------
    report : TrainingReport
    """
    from robust_mlp import __version__  # here, as the package's own module is still loading when this one is imported

    return replace(
        report,
        table=_table_summary(table, facts),
        settings=_settings(typed, estimator, plan),
        version=__version__,
    )


def _table_summary(table, facts):
    """The TableSummary of a training table."""
    reader = table.reader
    kinds = list(reader.kinds if reader.inputs is None else reader.inputs)
    n_numbers, n_categories = kinds.count(NUMBER), kinds.count(CATEGORY)
    input_of = reader.input_of
    return TableSummary(
        n_rows=len(table.table),
        n_held_out=len(table.validation) if table.validation is not None else sum(map(len, table.held_out)),
        n_columns=len(kinds),
        n_numbers=n_numbers,
        n_categories=n_categories,
        n_times=len(kinds) - n_numbers - n_categories,
        n_missing=None if facts is None else len({input_of[j] for j in (*facts.missing, *facts.mostly_missing)}),
    )


def _settings(typed, estimator, plan):
    """{parameter: (its value, what the kept network was trained with)} of those typed, and of those the fit chose."""
    used = {f.name: getattr(plan, f.name) for f in fields(plan) if f.name not in _NO_PARAMETER}
    values = estimator.get_params(deep=False)
    names = [name for name, value in values.items() if name in typed or _differs(value, used.get(name, value))]
    return {name: (_shown(values[name]), _shown(used.get(name, values[name]))) for name in names}


def _differs(value, used):
    """Whether a fit used something else than the parameter says; only plain values are compared."""
    plain = (str, float, int, tuple, type(None))
    return isinstance(value, plain) and isinstance(used, plain) and value != used


def _shown(value):
    """The value as it is if it is a number, a text or a tuple of these; else what it is called."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, tuple | list) and all(isinstance(part, int | float | str) for part in value):
        return tuple(value)
    return getattr(value, "__name__", type(value).__name__)
