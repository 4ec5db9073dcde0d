"""`robust-mlp predict`: classes and probabilities for the rows of a new table."""

import sys

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._model_files import check_can_write, check_columns, load_model
from robust_mlp.cli._tables import features, read_table


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "predict",
        help="predict the rows of a table with a saved model",
        description="Predict each row's class and the probability of every class; other columns are ignored.",
        epilog="A model file can run code when it is read: use files from people you trust.",
    )
    parser.add_argument("model", help="file that `robust-mlp fit --model-out` wrote")
    parser.add_argument("data", help="table with the columns the model was fitted on")
    parser.add_argument("--out", metavar="FILE", help="CSV to write (default: standard output)")
    parser.set_defaults(run=run)


def run(arguments):
    """Predict and write; return the exit code."""
    if arguments.out:
        check_can_write(arguments.out)
    model = load_model(arguments.model)
    table = read_table(arguments.data, model.kinds)
    check_columns(model, table, arguments.data)
    X = features(table, model.kinds)
    try:
        predictions = _predictions(model.classifier, X)
    except ValueError as error:  # an infinite number in the new rows
        raise InputError(" ".join(str(error).split())) from error
    if not arguments.out:
        predictions.to_csv(sys.stdout, index=False)
        return 0
    try:
        predictions.to_csv(arguments.out, index=False)
    except OSError as error:
        raise InputError(f"cannot write {arguments.out!r}: {error.strerror or error}.") from error
    print(f"{len(predictions):,} predictions written to {arguments.out}.")
    return 0


def _predictions(classifier, X):
    """One row a row of `X`: predicted_class, then probability_<label> for every class."""
    import pandas as pd

    probabilities = classifier.predict_proba(X)
    names = [f"probability_{label}" for label in classifier.classes_]
    predictions = pd.DataFrame(probabilities, columns=names)
    predictions.insert(0, "predicted_class", classifier.predict(X))
    return predictions
