"""Predictions as a table, and how they are scored. Predicts nothing, and reads no file."""

import io
import sys

from robust_mlp._report import score_tables
from robust_mlp.cli._errors import InputError, did_you_mean
from robust_mlp.cli._labels import known_labels
from robust_mlp.cli._prediction_files import write_csv
from robust_mlp.cli._table_options import Columns
from robust_mlp.cli._tables import as_texts
from robust_mlp.cli._terminal import is_terminal, note, show


def wanted_columns(model, arguments):
    """The columns that the model knows, the target, and the one that names the rows.

    Parameters
    ----------
    model : SavedModel
    arguments : argparse.Namespace

    Returns
    -------
    columns : Columns
    """
    identifier = arguments.id_column if arguments.id_column is not None else model.identifier
    categories = [name for name, kind in model.kinds.items() if kind == "category"]
    return Columns(
        target=model.target,
        identifier=identifier if identifier not in model.kinds else None,
        as_text=frozenset([*categories, model.target]),
        only=frozenset(model.kinds),
    )


def identifier_of(model, table, arguments):
    """(name, values) of the column that names the rows, or None where the table has none."""
    name = arguments.id_column if arguments.id_column is not None else model.identifier
    if name is None or name not in table.frame.columns:
        return None
    own = _names_of(model.classifier)
    if name in own:
        raise InputError(f"--id-column: {name!r} is a column that the predictions have themselves. Rename it.")
    return name, table.frame[name]


def _names_of(classifier):
    """Names of the columns of the predictions."""
    return ["predicted_class", *(f"probability_{label}" for label in classifier.classes_)]


def predictions_of(classifier, probabilities, predicted, identifier):
    """One row a row of the table: the row's name, predicted_class, then probability_<label> for every class."""
    import pandas as pd

    first, *others = _names_of(classifier)
    predictions = pd.DataFrame(probabilities, columns=others)
    is_text = predicted.dtype.kind in "OU"  # pandas 3 would make it a type that holds no lone surrogate
    predictions.insert(0, first, pd.Series(predicted, dtype=object if is_text else None))
    if identifier is not None:
        name, values = identifier
        predictions.insert(0, name, values.to_numpy())
    return predictions


def to_standard_output(predictions):
    """CSV as it is into a pipe or a file; what steers a terminal is written out on one."""
    if not is_terminal(sys.stdout):
        write_csv(predictions, sys.stdout)
        return
    text = io.StringIO()
    write_csv(predictions, text)
    show(text.getvalue().removesuffix("\n"))


def score(model, table, probabilities, predicted, tell):
    """Compare the predictions with the target where the table has it."""
    if model.target not in table.frame.columns or not table.frame[model.target].notna().any():
        return
    labels, classifier = table.frame[model.target], model.classifier
    y, is_known = known_labels(labels, classifier.classes_)
    foreign = as_texts(labels[labels.notna() & ~is_known]).unique()
    if len(foreign):
        suggestion = did_you_mean(foreign[0], list(classifier.classes_))
        n = int((labels.notna() & ~is_known).sum())
        note(
            f"{n:,} {'row' if n == 1 else 'rows'} of {table.shown} not scored: column {model.target!r} holds labels "
            f"that the model does not know, such as {foreign[0]!r}. {suggestion}"
        )
    if not len(y):
        return
    lines = {type(classifier).__name__: (predicted[is_known], probabilities[is_known], classifier.classes_)}
    comparison = score_tables.comparison((classifier.classes_, classifier.class_prior_), y, lines)
    tell(f"\nScored on {len(y):,} rows with a label in {model.target!r}:\n\n{comparison}")
    tell(f"\n{score_tables.per_class(y, predicted[is_known], classifier.classes_)}")
