"""`robust-mlp predict`: classes and probabilities for the rows of a new table."""

import io
import sys

from robust_mlp._report import score_tables
from robust_mlp.cli._errors import InputError, did_you_mean, one_line
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._labels import known_labels
from robust_mlp.cli._model_files import check_columns, load_model
from robust_mlp.cli._options import TABLE_HELP, add_file_options, file_format
from robust_mlp.cli._output_files import check_table_place, written_whole
from robust_mlp.cli._prediction_files import ENDINGS, ENDINGS_SHOWN, write_csv, write_predictions
from robust_mlp.cli._table_options import Columns
from robust_mlp.cli._tables import as_texts, features, read_table
from robust_mlp.cli._terminal import note, show, show_beside


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "predict",
        help="predict the rows of a table with a saved model",
        description="Predict each row's class and the probability of every class; other columns are ignored. Where the "
        "table has the target, the predictions are scored, too.",
    )
    parser.add_argument("model", help="file that `robust-mlp fit --model-out` wrote")
    parser.add_argument("data", help=TABLE_HELP)
    parser.add_argument(
        "--trust-pickle",
        action="store_true",
        help="read a model that an earlier version wrote as a pickle; it can run any code",
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        help=f"file to write, its name's ending saying the format: {', '.join(ENDINGS_SHOWN)} "
        "(default: CSV on standard output)",
    )
    parser.add_argument(
        "--id-column", metavar="COLUMN", help="column to carry into the predictions (default: that of fit, if there)"
    )
    add_file_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Predict, write and score; return the exit code."""
    if arguments.out:
        inputs = [arguments.model, arguments.data]
        check_table_place(arguments.out, "--out", ENDINGS, ENDINGS_SHOWN, inputs)
    model = load_model(arguments.model, trusts_pickles=arguments.trust_pickle)
    table = _read(model, arguments)
    X = features(table.frame, model.kinds, table.shown, can_drop=False)
    try:
        with interrupts_kept():
            probabilities, predicted = model.classifier.predict_proba(X), model.classifier.predict(X)
    except ValueError as error:
        raise InputError(f"{table.shown}: {one_line(error)}") from error
    identifier = _identifier(model, table, arguments)
    predictions = _predictions(model.classifier, probabilities, predicted, identifier)
    if arguments.out:
        with written_whole(arguments.out, "--out") as path, interrupts_kept():
            write_predictions(predictions, path, arguments.out)
        show(f"{len(predictions):,} predictions written to {arguments.out}.")
    else:
        _to_standard_output(predictions)
    _score(model, table, probabilities, predicted, show if arguments.out else show_beside)
    return 0


def _read(model, arguments):
    """The columns that the model knows, the target, and the one that names the rows."""
    identifier = arguments.id_column if arguments.id_column is not None else model.identifier
    categories = [name for name, kind in model.kinds.items() if kind == "category"]
    columns = Columns(
        target=model.target,
        identifier=identifier if identifier not in model.kinds else None,
        as_text=frozenset([*categories, model.target]),
        only=frozenset(model.kinds),
    )
    table = read_table(arguments.data, file_format(arguments, model.missing), columns)
    if arguments.id_column is not None:
        table.check_has([arguments.id_column], "--id-column")
    check_columns(model, table)
    for text in table.notes:
        note(text)
    return table


def _identifier(model, table, arguments):
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


def _predictions(classifier, probabilities, predicted, identifier):
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


def _to_standard_output(predictions):
    """CSV as it is into a pipe or a file; what steers a terminal is written out on one."""
    if not sys.stdout.isatty():
        write_csv(predictions, sys.stdout)
        return
    text = io.StringIO()
    write_csv(predictions, text)
    show(text.getvalue().removesuffix("\n"))


def _score(model, table, probabilities, predicted, tell):
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
