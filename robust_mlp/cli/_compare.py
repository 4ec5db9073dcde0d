"""`robust-mlp compare`: the classifier beside boosted trees, forest, logistic regression and the prior, same folds."""

import contextlib
import sys

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._labels import check_divisible
from robust_mlp.cli._options import TABLE_HELP, add_column_options, add_file_options, add_training_options
from robust_mlp.cli._output_files import check_page_place, check_table_place, is_same_file, written_whole
from robust_mlp.cli._prediction_files import ENDINGS, ENDINGS_SHOWN, write_predictions
from robust_mlp.cli._settings import classifier_from
from robust_mlp.cli._terminal import is_terminal, show
from robust_mlp.cli._training_rows import check_options, read_training_rows

FEWEST_FOLDS = 2


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "compare",
        help="compare the classifier with boosted trees and other models on your table",
        description="Fit RobustMLPClassifier, boosted trees, a forest, logistic regression and the class prior on the "
        "same folds, and print a leaderboard.",
    )
    parser.add_argument("data", help=TABLE_HELP)
    add_column_options(parser)
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="folds (default: %(default)s)")
    parser.add_argument(
        "--out",
        metavar="FILE",
        help=f"write the leaderboard as a table, its name's ending saying the format: {', '.join(ENDINGS_SHOWN)}",
    )
    parser.add_argument("--report", metavar="FILE", help="write the comparison as a page here: .html")
    add_training_options(parser)
    add_file_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Compare, print, and write the files; return the exit code."""
    from robust_mlp.compare import compare_models

    classifier = classifier_from(arguments)
    if arguments.folds < FEWEST_FOLDS:
        raise InputError(f"--folds must be at least {FEWEST_FOLDS}; got {arguments.folds}.")
    check_options(arguments)
    _check_places(arguments)
    rows = read_training_rows(arguments)
    check_divisible(rows.y, arguments.target, rows.shown)
    is_watched = is_terminal(sys.stderr)
    try:
        # A line for each fit goes beside the results: whoever pipes these away still sees that something happens.
        with contextlib.redirect_stdout(sys.stderr):
            comparison = compare_models(
                classifier, rows.X, rows.y, cv=arguments.folds, sample_weight=rows.weights, verbose=int(is_watched)
            )
    except ValueError as error:
        raise InputError(f"{rows.shown}: {one_line(error)}") from error
    show(comparison)
    if arguments.out:
        table = comparison.to_frame().rename_axis("model").reset_index()
        with written_whole(arguments.out, "--out") as path:
            write_predictions(table, path, arguments.out)
        show(f"\nLeaderboard written to {arguments.out}.")
    if arguments.report:
        with written_whole(arguments.report, "--report") as path:
            comparison.to_html(path)
        show(f"\nReport written to {arguments.report}.")
    return 0


def _check_places(arguments):
    """Refuse places that cannot be written before the table is read."""
    if arguments.out:
        check_table_place(arguments.out, "--out", ENDINGS, ENDINGS_SHOWN, [arguments.data])
    if arguments.report:
        check_page_place(arguments.report, "--report", [arguments.data])
        if arguments.out and is_same_file(arguments.report, arguments.out):
            raise InputError(f"--report and --out are the same file, {arguments.report!r}.")
