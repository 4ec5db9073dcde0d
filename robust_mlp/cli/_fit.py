"""`robust-mlp fit`: train on a table, and show what came of it on rows kept aside."""

import math
import warnings

import numpy as np

from robust_mlp._report import score_tables
from robust_mlp.cli._errors import InputError, did_you_mean
from robust_mlp.cli._model_files import SavedModel, check_can_write, save_model
from robust_mlp.cli._settings import parse_settings
from robust_mlp.cli._tables import column_kinds, features, read_table

EXIT_OK = 0
EXIT_COLLAPSED = 3


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "fit",
        help="train on a CSV or Parquet table",
        description="Train RobustMLPClassifier on a table; compare it with the class prior on rows kept aside.",
        epilog="Exit codes: 0; 2 for bad usage or input; 3 where the network collapsed and could not be repaired.",
    )
    parser.add_argument("data", help="table with a header: .csv, .csv.gz, .parquet or .pq")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    parser.add_argument(
        "--test-size",
        type=float,
        default=0.2,
        metavar="SHARE",
        help="share of the rows kept aside for the figures, from 0 (train on all) to below 1 (default: %(default)s)",
    )
    parser.add_argument("--model-out", metavar="FILE", help="write the fitted classifier here")
    parser.add_argument("--random-state", type=int, metavar="N", help="seed of the split and of the training")
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="parameters of the classifier, such as max_iter=100 activation=relu",
    )
    parser.set_defaults(run=run)


def run(arguments):
    """Train, print the figures and the report; return the exit code."""
    from robust_mlp._core.records import Verdict

    classifier = _classifier(arguments)
    if not 0 <= arguments.test_size < 1:
        raise InputError(f"--test-size must be at least 0 and below 1; got {arguments.test_size}.")
    if arguments.model_out:
        check_can_write(arguments.model_out)
    X, y, kinds = _labelled_rows(arguments.data, arguments.target)
    train, test = _split(y, arguments.test_size, arguments.random_state)
    print(_sizes(kinds, train, test), flush=True)

    report, fitted = _fit(classifier, X.iloc[train], y[train])
    if fitted and len(test):
        predicted, probabilities = classifier.predict(X.iloc[test]), classifier.predict_proba(X.iloc[test])
        rows = {"RobustMLPClassifier": (predicted, probabilities, classifier.classes_)}
        print(f"\n{score_tables.comparison(y[train], y[test], rows)}")
        print(f"\n{score_tables.per_class(y[test], predicted, classifier.classes_)}")
    print(f"\n{report}")
    if fitted and arguments.model_out:
        save_model(SavedModel(classifier=classifier, target=arguments.target, kinds=kinds), arguments.model_out)
        print(f"\nModel written to {arguments.model_out}.")
    return EXIT_COLLAPSED if report.verdict is Verdict.COLLAPSED or not fitted else EXIT_OK


def _classifier(arguments):
    """The classifier with the parameters asked for, checked before any row is read."""
    from robust_mlp._core.parameters import check_parameters
    from robust_mlp.classifier import RobustMLPClassifier

    settings = parse_settings(arguments.set, RobustMLPClassifier().get_params(deep=False))
    classifier = RobustMLPClassifier(**settings, random_state=arguments.random_state)
    try:
        check_parameters(classifier)
    except (ValueError, TypeError) as error:
        raise InputError(f"--set: {' '.join(str(error).split())}") from error
    return classifier


def _fit(classifier, X, y):
    """Fit in place; the report, and whether there is a fitted classifier (collapse_guard='raise' may leave none).

    The warnings about collapse and missing signal are left to the report, which says the same with more evidence.
    """
    from robust_mlp.exceptions import (
        CollapseError,
        CollapseWarning,
        NoSignalWarning,
        OneClassWarning,
        RepairWarning,
        UnderfitWarning,
    )

    with warnings.catch_warnings():
        for category in (CollapseWarning, UnderfitWarning, RepairWarning, NoSignalWarning, OneClassWarning):
            warnings.simplefilter("ignore", category)
        try:
            classifier.fit(X, y)
        except CollapseError as error:
            return error.report, False
        except ValueError as error:  # an infinite number, too few rows for the parameters, ...
            raise InputError(" ".join(str(error).split())) from error
    return classifier.report_, True


def _labelled_rows(path, target):
    """Features as a frame, labels as an array, and the kind of each feature column, of the rows that have a label."""
    table = read_table(path)
    if target not in table.columns:
        raise InputError(f"{path!r} has no column {target!r}. {did_you_mean(target, list(table.columns))}")
    present = table[target].notna()
    n_dropped = int((~present).sum())
    if n_dropped == len(table):
        raise InputError(f"column {target!r} is empty in every row of {path!r}.")
    if n_dropped:
        print(f"{n_dropped:,} {'row' if n_dropped == 1 else 'rows'} without a value of {target!r} dropped.")
        table = table[present]
    y = _labels(table[target], target)
    kinds = column_kinds(table.drop(columns=target))
    if not kinds:
        raise InputError(f"{path!r} has no column beside {target!r} to learn from.")
    return features(table, kinds), y, kinds


def _labels(column, target):
    """The labels as an array: whole numbers as int64, truth values as bool, all else as text."""
    from pandas.api.types import infer_dtype, is_bool_dtype, is_integer_dtype, is_numeric_dtype

    if infer_dtype(column) == "boolean" or is_bool_dtype(column):
        y = column.to_numpy(dtype=bool)
    elif is_integer_dtype(column):
        y = column.to_numpy(dtype="int64")
    elif is_numeric_dtype(column):  # whole numbers become floats in a CSV where some are missing
        numbers = column.to_numpy(dtype="float64")
        is_whole = np.isfinite(numbers) & (numbers == np.floor(numbers))
        if not is_whole.all():
            raise InputError(
                f"column {target!r} holds numbers such as {numbers[~is_whole][0]:g}, and a classifier predicts "
                "classes. Cut them into ranges, or name another --target."
            )
        y = numbers.astype("int64")
    else:
        y = column.astype(object).map(str).to_numpy(dtype=object)
    if len(classes := np.unique(y)) < 2:
        raise InputError(
            f"column {target!r} holds one class only, {str(classes[0])!r}: there is nothing to tell apart."
        )
    return y


def _split(y, test_size, random_state):
    """Row numbers to train on and to test on, each class in both by its share; a class of one row is trained on."""
    from sklearn.model_selection import train_test_split

    rows = np.arange(len(y))
    if test_size == 0:
        return rows, rows[:0]
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    single = counts[codes] == 1
    divisible = rows[~single]
    n_classes, n_test = int(np.sum(counts > 1)), math.ceil(test_size * len(divisible))
    if not n_classes <= n_test <= len(divisible) - n_classes:
        raise InputError(
            f"--test-size {test_size:g} of {len(y)} rows puts {n_test} aside, and the {n_classes} classes need a row "
            "each there and a row each to train on. Use more rows, another share, or --test-size 0."
        )
    train, test = train_test_split(divisible, test_size=n_test, stratify=codes[~single], random_state=random_state)
    return np.sort(np.concatenate([train, rows[single]])), np.sort(test)


def _sizes(kinds, train, test):
    """One line on how much there is to learn from."""
    n_categories = sum(kind == "category" for kind in kinds.values())
    columns = f"{len(kinds) - n_categories:,} number and {n_categories:,} category columns"
    return f"Training on {len(train):,} rows of {columns}; {len(test):,} rows kept aside."
