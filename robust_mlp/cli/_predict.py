"""`robust-mlp predict`: classes and probabilities for the rows of a new table."""

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._model_files import check_columns, load_model
from robust_mlp.cli._options import TABLE_HELP, add_file_options, file_format
from robust_mlp.cli._output_files import check_table_place, written_whole
from robust_mlp.cli._predict_large import is_large, predict_large
from robust_mlp.cli._predicted import identifier_of, predictions_of, score, to_standard_output, wanted_columns
from robust_mlp.cli._prediction_files import ENDINGS, ENDINGS_SHOWN, write_predictions
from robust_mlp.cli._tables import features, read_table
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
    if is_large(arguments.data):
        return predict_large(model, arguments)
    table = _read(model, arguments)
    X = features(table.frame, model.kinds, table.shown, can_drop=False)
    try:
        with interrupts_kept():
            probabilities, predicted = model.classifier.predict_proba(X), model.classifier.predict(X)
    except ValueError as error:
        raise InputError(f"{table.shown}: {one_line(error)}") from error
    identifier = identifier_of(model, table, arguments)
    predictions = predictions_of(model.classifier, probabilities, predicted, identifier)
    if arguments.out:
        with written_whole(arguments.out, "--out") as path, interrupts_kept():
            write_predictions(predictions, path, arguments.out)
        show(f"{len(predictions):,} predictions written to {arguments.out}.")
    else:
        to_standard_output(predictions)
    score(model, table, probabilities, predicted, show if arguments.out else show_beside)
    return 0


def _read(model, arguments):
    """The wanted columns of the table."""
    table = read_table(arguments.data, file_format(arguments, model.missing), wanted_columns(model, arguments))
    if arguments.id_column is not None:
        table.check_has([arguments.id_column], "--id-column")
    check_columns(model, table)
    for text in table.notes:
        note(text)
    return table
