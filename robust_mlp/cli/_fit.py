"""`robust-mlp fit`: train on a table, and show what came of it on rows kept aside."""

import numpy as np

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._fit_large import check_is_one_file, fit_large
from robust_mlp.cli._fit_results import exit_code, scores, sizes, trained, write_files
from robust_mlp.cli._labels import check_divisible, split_rows
from robust_mlp.cli._options import TABLE_HELP, add_column_options, add_file_options, add_training_options
from robust_mlp.cli._output_files import check_model_place, check_page_place, is_same_file
from robust_mlp.cli._search import add_search_options, check_search_options, searched
from robust_mlp.cli._settings import classifier_from
from robust_mlp.cli._terminal import show
from robust_mlp.cli._training_rows import check_options, read_training_rows


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "fit",
        help="train on a table",
        description="Train RobustMLPClassifier on a table; compare it with the class prior on rows kept aside.",
        epilog="Exit codes: 0; 2 for bad usage or input; 3 where the network collapsed and could not be repaired; 130 "
        "when interrupted.",
    )
    parser.add_argument("data", help=TABLE_HELP)
    add_column_options(parser)
    parser.add_argument(
        "--test-size",
        type=float,
        default=0.2,
        metavar="SHARE",
        help="share of the rows kept aside for the figures, from 0 (train on all) to below 1 (default: %(default)s)",
    )
    parser.add_argument("--model-out", metavar="FILE", help="write the fitted classifier here, such as m.rmlp")
    parser.add_argument("--report", metavar="FILE", help="write the report as a page here: .html")
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        help="about how much memory to take at most, such as 2GB: for tables that are larger, in one or several "
        "Parquet or CSV files, such as 'big/*.parquet'",
    )
    add_training_options(parser)
    add_search_options(parser)
    add_file_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Train, print the figures and the report, write the files; return the exit code."""
    classifier = classifier_from(arguments)
    if not 0 <= arguments.test_size < 1:
        raise InputError(f"--test-size must be at least 0 and below 1; got {arguments.test_size}.")
    check_options(arguments)
    check_search_options(arguments)
    _check_places(arguments)
    if arguments.memory is not None:
        return fit_large(classifier, arguments)
    check_is_one_file(arguments.data)
    rows = read_training_rows(arguments)
    train, test = split_rows(rows.y, arguments.test_size, arguments.random_state)
    if arguments.search:
        check_divisible(rows.y[train], arguments.target, rows.shown, "rows to train on")
    show(sizes(rows.kinds, len(train), len(test)))
    if arguments.search:
        classifier = _searched(classifier, rows, train, arguments)

    weights = {} if rows.weights is None else {"sample_weight": rows.weights[train]}
    report, is_fitted = trained(
        classifier, lambda: classifier.fit(rows.X.iloc[train], rows.y[train], **weights), rows.shown
    )
    if is_fitted and len(test):
        classes, counts = np.unique(rows.y[train], return_counts=True)
        show(f"\n{scores(classifier, rows.X.iloc[test], rows.y[test], (classes, counts / counts.sum()))}")
    show(f"\n{report}")
    write_files(classifier if is_fitted else None, report, rows.kinds, arguments)
    return exit_code(report, is_fitted=is_fitted)


def _check_places(arguments):
    """Refuse places that cannot be written before the table is read."""
    if arguments.model_out:
        check_model_place(arguments.model_out, "--model-out", [arguments.data])
    if arguments.report:
        check_page_place(arguments.report, "--report", [arguments.data])
        if arguments.model_out and is_same_file(arguments.report, arguments.model_out):
            raise InputError(f"--report and --model-out are the same file, {arguments.report!r}.")


def _searched(classifier, rows, train, arguments):
    """The classifier with the settings that the search found on the training rows."""
    try:
        return searched(classifier, rows, train, arguments)
    except ValueError as error:  # too few rows for the folds, ...
        raise InputError(f"--search: {rows.shown}: {one_line(error)}") from error
