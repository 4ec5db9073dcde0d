"""The rows that `fit` trains on, from the file and the options that say what its columns are for. Never trains."""

from dataclasses import dataclass
from typing import Any

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._labels import labels_of, many_classes_note
from robust_mlp.cli._missing import label_note
from robust_mlp.cli._number_like_text import check_number_marks, mostly_numbers_notes
from robust_mlp.cli._options import file_format
from robust_mlp.cli._row_numbers import row_number_notes
from robust_mlp.cli._table_options import USUAL_MISSING, Columns
from robust_mlp.cli._tables import column_kinds, features, first_infinite, read_table
from robust_mlp.cli._terminal import note, show


@dataclass(frozen=True)
class TrainingRows:
    """What a classifier is fitted on, for the rows that have a label."""

    X: Any  # pandas.DataFrame of shape (n_rows, n_features)
    y: Any  # ndarray of shape (n_rows,)
    weights: Any  # ndarray of shape (n_rows,), or None
    kinds: dict[str, str]  # of the columns of X: "number", "category" or "date"
    shown: str  # the file's name for messages


def check_options(arguments):
    """Refuse a column that is typed for two purposes, before anything is read."""
    named = {"--target": [arguments.target]}
    for option in ("--id-column", "--sample-weight-column", "--drop", "--categorical"):
        typed = getattr(arguments, option.strip("-").replace("-", "_"), None) or []
        named[option] = [typed] if isinstance(typed, str) else typed
    first_option: dict = {}
    for option, names in named.items():
        for name in dict.fromkeys(names):
            if name in first_option:
                raise InputError(f"column {name!r} is named by both {first_option[name]} and {option}. Leave one out.")
            first_option[name] = option


def read_training_rows(arguments):
    """The rows with a label; what the user should know of them is told.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    rows : TrainingRows

    Raises
    ------
    InputError
    """
    target, identifier, weight = arguments.target, arguments.id_column, arguments.sample_weight_column
    written = file_format(arguments)
    columns = Columns(
        target=target,
        identifier=identifier,
        as_text=frozenset(arguments.categorical),
        dropped=frozenset(arguments.drop),
    )
    table = read_table(arguments.data, written, columns)
    for names, option in (
        ([target], "--target"),
        (arguments.drop, "--drop"),
        (arguments.categorical, "--categorical"),
        ([] if identifier is None else [identifier], "--id-column"),
        ([] if weight is None else [weight], "--sample-weight-column"),
    ):
        table.check_has(names, option)
    frame = _with_label(table, target)
    y = labels_of(frame[target], target, table.shown)
    inputs = frame.drop(columns=[name for name in (target, identifier, weight) if name is not None])
    kinds = column_kinds(inputs, columns.as_text)
    if not kinds:
        raise InputError(f"{table.shown} has no column beside {target!r} to learn from.")
    notes = [*table.notes, *row_number_notes(table.frame, table.shown), many_classes_note(y, target, table.shown)]
    if written.missing is None:
        notes.append(label_note(frame[target], target, table.shown, USUAL_MISSING))
    if table.is_text:
        check_number_marks(inputs, kinds, columns.as_text, table.shown)
    if arguments.na is None:
        notes += mostly_numbers_notes(inputs, kinds, columns.as_text, table.shown)
    X = features(inputs, kinds, table.shown)
    weights = None if weight is None else _weights(frame[weight], weight, table.shown)
    for text in filter(None, notes):
        note(text)
    return TrainingRows(X, y, weights, kinds, table.shown)


def _with_label(table, target):
    """The rows that have a label; how many have none is told."""
    frame = table.frame
    present = frame[target].notna()
    n_dropped = int((~present).sum())
    if n_dropped == len(frame):
        raise InputError(f"--target: column {target!r} is empty in every row of {table.shown}.")
    if n_dropped:
        show(f"{n_dropped:,} {'row' if n_dropped == 1 else 'rows'} without a value of {target!r} dropped.")
    return frame[present]


def _weights(column, name, shown):
    """The weights as floats, none of them missing, negative or infinite, and not all zero."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    where = f"--sample-weight-column: column {name!r} of {shown}"
    if not is_numeric_dtype(column) or is_bool_dtype(column):
        example = column.dropna()
        raise InputError(f"{where} holds {str(example.iloc[0] if len(example) else '')!r}, and a weight is a number.")
    if column.isna().any():
        row = column.index[int(column.isna().to_numpy().argmax())] + 1
        raise InputError(f"{where} is empty in data row {row:,}. Give every row a weight, 0 to leave it out.")
    if infinite := first_infinite(column):
        raise InputError(f"{where} holds {infinite}, and a weight is finite.")
    weights = column.to_numpy(dtype="float64")
    if (weights < 0).any():
        row = int((weights < 0).argmax())
        raise InputError(
            f"{where} holds {weights[row]:g} in data row {column.index[row] + 1:,}; the least weight is 0."
        )
    if not weights.any():
        raise InputError(f"{where} is 0 in every row.")
    return weights
