"""`robust-mlp explain`: which columns of a table matter to a saved model, and how."""

import numpy as np

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._labels import known_labels
from robust_mlp.cli._model_files import check_columns, load_model
from robust_mlp.cli._options import TABLE_HELP, add_file_options, file_format
from robust_mlp.cli._output_files import check_page_place, written_whole
from robust_mlp.cli._table_options import Columns
from robust_mlp.cli._tables import features, read_table
from robust_mlp.cli._terminal import note, show


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "explain",
        help="say which columns matter to a saved model, and how",
        description="Measure how much the log loss rises when a column is permuted, and how predictions change with "
        "its values. Use rows that the model was not trained on.",
    )
    parser.add_argument("model", help="file that `robust-mlp fit --model-out` wrote")
    parser.add_argument("data", help=TABLE_HELP)
    parser.add_argument(
        "--target",
        metavar="COLUMN",
        help="the column with the labels (default: that of fit, if there; without labels, importance is measured "
        "against the model's own predictions)",
    )
    parser.add_argument("--out", metavar="FILE", help="write everything, with figures, as a page (.html)")
    parser.add_argument(
        "--rows",
        type=int,
        metavar="N",
        help="say of the first N rows what speaks for their predicted class and against the next one",
    )
    parser.add_argument(
        "--random-state", type=int, default=0, metavar="N", help="seed of the permutations (default: 0)"
    )
    add_file_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Explain, print, and write the page; return the exit code."""
    from robust_mlp.explanation import explain

    if arguments.out:
        check_page_place(arguments.out, "--out", [arguments.model, arguments.data])
    if arguments.rows is not None and arguments.rows < 1:
        raise InputError(f"--rows: {arguments.rows} is no number of rows. Pass a whole number above 0.")
    if not 0 <= arguments.random_state < 2**32:
        raise InputError(f"--random-state: {arguments.random_state} is no seed. Pass a number from 0 to {2**32 - 1}.")
    model = load_model(arguments.model)
    X, y, is_known = _rows(model, arguments)
    first = None if arguments.rows is None else X.iloc[: arguments.rows]
    if first is not None and len(first) < arguments.rows:
        note(f"--rows: {arguments.data!r} has only {len(first):,} rows.")
    X = X[is_known].reset_index(drop=True)
    try:
        with interrupts_kept():
            explanation = explain(model.classifier, X, y, contributions_of=first, random_state=arguments.random_state)
    except ValueError as error:
        raise InputError(f"{arguments.data!r}: {one_line(error)}") from error
    show(explanation)
    if arguments.out:
        with written_whole(arguments.out, "--out") as path:
            explanation.to_html(path)
        show(f"\nEverything, with figures, is in {arguments.out}.")
    return 0


def _rows(model, arguments):
    """(features of all rows, labels of those that have one, which have one); (features, None, all) without labels."""
    target = model.target if arguments.target is None else arguments.target
    if target in model.kinds:
        raise InputError(
            f"--target: {target!r} is a column that the model predicts from. Name the one with the labels."
        )
    categories = [name for name, kind in model.kinds.items() if kind == "category"]
    columns = Columns(target=target, as_text=frozenset([*categories, target]), only=frozenset(model.kinds))
    table = read_table(arguments.data, file_format(arguments, model.missing), columns)
    if arguments.target is not None:
        table.check_has([target], "--target")
    check_columns(model, table)
    for text in table.notes:
        note(text)
    X = features(table.frame, model.kinds, table.shown, can_drop=False)
    if target not in table.frame.columns:
        note(f"{table.shown} has no column {target!r} with labels: importance is measured against the predictions.")
        return X, None, np.ones(len(X), dtype=bool)
    y, is_known = known_labels(table.frame[target], model.classifier.classes_)
    n_unknown = int((~is_known).sum())
    if not len(y):
        raise InputError(f"column {target!r} of {table.shown} holds no label that the model knows.")
    if n_unknown:
        rows = "row" if n_unknown == 1 else "rows"
        note(f"{n_unknown:,} {rows} of {table.shown} without a label that the model knows left out.")
    return X, y, is_known
