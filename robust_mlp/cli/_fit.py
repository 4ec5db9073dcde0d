"""`robust-mlp fit`: train on a table, and show what came of it on rows kept aside."""

import warnings

import numpy as np

from robust_mlp._report import score_tables
from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._labels import check_divisible, split_rows
from robust_mlp.cli._model_files import SavedModel, save_model
from robust_mlp.cli._options import TABLE_HELP, add_column_options, add_file_options, add_training_options, file_format
from robust_mlp.cli._output_files import check_model_place, check_page_place, is_same_file, written_whole
from robust_mlp.cli._search import add_search_options, check_search_options, searched
from robust_mlp.cli._settings import classifier_from
from robust_mlp.cli._terminal import show
from robust_mlp.cli._training_rows import check_options, read_training_rows

EXIT_OK = 0
EXIT_COLLAPSED = 3


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
    add_training_options(parser)
    add_search_options(parser)
    add_file_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Train, print the figures and the report, write the files; return the exit code."""
    from robust_mlp._core.records import Verdict

    classifier = classifier_from(arguments)
    if not 0 <= arguments.test_size < 1:
        raise InputError(f"--test-size must be at least 0 and below 1; got {arguments.test_size}.")
    check_options(arguments)
    check_search_options(arguments)
    _check_places(arguments)
    rows = read_training_rows(arguments)
    train, test = split_rows(rows.y, arguments.test_size, arguments.random_state)
    if arguments.search:
        check_divisible(rows.y[train], arguments.target, rows.shown, "rows to train on")
    show(_sizes(rows.kinds, train, test))
    if arguments.search:
        classifier = _searched(classifier, rows, train, arguments)

    report, fitted = _fit(classifier, rows, train)
    if fitted and len(test):
        show(f"\n{_scores(classifier, rows, train, test)}")
    show(f"\n{report}")
    if fitted and arguments.model_out:
        _write_model(classifier, rows, arguments)
    if arguments.report:
        with written_whole(arguments.report, "--report") as path:
            report.to_html(path)
        show(f"\nReport written to {arguments.report}.")
    return EXIT_COLLAPSED if report.verdict is Verdict.COLLAPSED or not fitted else EXIT_OK


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


def _fit(classifier, rows, train):
    """Fit in place; the report, and whether there is a fitted classifier (collapse_guard='raise' may leave none).

    The warnings about collapse and missing signal are left to the report, which says the same with more evidence. A
    training that Ctrl-C ended is no result, though the classifier keeps its best weights so far: whoever waits for the
    exit code would take it for one.
    """
    from robust_mlp.exceptions import (
        CollapseError,
        CollapseWarning,
        NoSignalWarning,
        OneClassWarning,
        RepairWarning,
        UnderfitWarning,
    )

    weights = {} if rows.weights is None else {"sample_weight": rows.weights[train]}
    with warnings.catch_warnings():
        for category in (CollapseWarning, UnderfitWarning, RepairWarning, NoSignalWarning, OneClassWarning):
            warnings.simplefilter("ignore", category)
        warnings.filterwarnings("ignore", "Training was interrupted", UserWarning)
        try:
            classifier.fit(rows.X.iloc[train], rows.y[train], **weights)
            report, fitted = classifier.report_, True
        except CollapseError as error:
            report, fitted = error.report, False
        except ValueError as error:  # too few rows for the parameters, ...
            raise InputError(f"{rows.shown}: {one_line(error)}") from error
    if any(attempt.stop_reason == "interrupted" for attempt in report.attempts):
        raise KeyboardInterrupt
    return report, fitted


def _scores(classifier, rows, train, test):
    """The figures on the rows kept aside, each of which counts once."""
    y, X = rows.y[test], rows.X.iloc[test]
    predicted, probabilities = classifier.predict(X), classifier.predict_proba(X)
    classes, counts = np.unique(rows.y[train], return_counts=True)
    lines = {"RobustMLPClassifier": (predicted, probabilities, classifier.classes_)}
    comparison = score_tables.comparison((classes, counts / counts.sum()), y, lines)
    return f"{comparison}\n\n{score_tables.per_class(y, predicted, classifier.classes_)}"


def _write_model(classifier, rows, arguments):
    """Write what `predict` needs: the classifier, and how its table was read."""
    model = SavedModel(
        classifier=classifier,
        target=arguments.target,
        kinds=rows.kinds,
        missing=file_format(arguments).missing,
        identifier=arguments.id_column,
    )
    with written_whole(arguments.model_out, "--model-out") as path:
        save_model(model, path)
    show(f"\nModel written to {arguments.model_out}.")


def _sizes(kinds, train, test):
    """One line on how much there is to learn from."""
    found = list(kinds.values())
    counts = {kind: found.count(kind) for kind in ("number", "category", "date")}
    dates = f" and {counts['date']:,} date" if counts["date"] else ""
    columns = f"{counts['number']:,} number{',' if dates else ' and'} {counts['category']:,} category{dates} columns"
    return f"Training on {len(train):,} rows of {columns}; {len(test):,} rows kept aside."
