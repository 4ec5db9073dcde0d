"""What came of a fit: the report in place of warnings, figures on rows kept aside, files. Reads no table."""

import warnings

from robust_mlp._report import score_tables
from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._model_files import SavedModel, save_model
from robust_mlp.cli._options import file_format
from robust_mlp.cli._output_files import written_whole
from robust_mlp.cli._terminal import show

EXIT_OK = 0
EXIT_COLLAPSED = 3


def trained(classifier, fit, shown):
    """Fit in place; the report, and whether there is a fitted classifier (collapse_guard='raise' may leave none).

    The warnings about collapse and missing signal are left to the report, which says the same with more evidence. A
    training that Ctrl-C ended is no result, though the classifier keeps its best weights so far: whoever waits for the
    exit code would take it for one.

    Parameters
    ----------
    classifier : RobustMLPClassifier
    fit : callable
        () -> None: fits the classifier.
    shown : str
        The file's name for messages.

    Returns
    -------
    report : TrainingReport
    is_fitted : bool

    Raises
    ------
    InputError
        For rows or parameters that `fit` refuses.
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
        warnings.filterwarnings("ignore", "Training was interrupted", UserWarning)
        try:
            fit()
            report, is_fitted = classifier.report_, True
        except CollapseError as error:
            report, is_fitted = error.report, False
        except ValueError as error:  # too few rows for the parameters, ...
            raise InputError(f"{shown}: {one_line(error)}") from error
    if any(attempt.stop_reason == "interrupted" for attempt in report.attempts):
        raise KeyboardInterrupt
    return report, is_fitted


def scores(classifier, X, y, prior):
    """The figures on the rows kept aside, each of which counts once.

    Parameters
    ----------
    classifier : RobustMLPClassifier
    X : pandas.DataFrame of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,)
    prior : tuple (ndarray of classes, ndarray of their shares)
        Of the rows that were trained on.

    Returns
    -------
    text : str
    """
    predicted, probabilities = classifier.predict(X), classifier.predict_proba(X)
    lines = {"RobustMLPClassifier": (predicted, probabilities, classifier.classes_)}
    comparison = score_tables.comparison(prior, y, lines)
    return f"{comparison}\n\n{score_tables.per_class(y, predicted, classifier.classes_)}"


def write_files(classifier, report, kinds, arguments):
    """Write the model and the report where they were asked for.

    Parameters
    ----------
    classifier : RobustMLPClassifier or None
        None: it is not fitted, and no model is written.
    report : TrainingReport
    kinds : dict of str to str
        Of the columns: "number" or "category".
    arguments : argparse.Namespace
    """
    if classifier is not None and arguments.model_out:
        model = SavedModel(
            classifier=classifier,
            target=arguments.target,
            kinds=kinds,
            missing=file_format(arguments).missing,
            identifier=arguments.id_column,
        )
        with written_whole(arguments.model_out, "--model-out") as path:
            save_model(model, path)
        show(f"\nModel written to {arguments.model_out}.")
    if arguments.report:
        with written_whole(arguments.report, "--report") as path:
            report.to_html(path)
        show(f"\nReport written to {arguments.report}.")


def exit_code(report, *, is_fitted):
    """The exit code of `fit`."""
    from robust_mlp._core.records import Verdict

    return EXIT_COLLAPSED if report.verdict is Verdict.COLLAPSED or not is_fitted else EXIT_OK


def sizes(kinds, n_train, n_test):
    """One line on how much there is to learn from."""
    found = list(kinds.values())
    counts = {kind: found.count(kind) for kind in ("number", "category", "date")}
    dates = f" and {counts['date']:,} date" if counts["date"] else ""
    columns = f"{counts['number']:,} number{',' if dates else ' and'} {counts['category']:,} category{dates} columns"
    return f"Training on {n_train:,} rows of {columns}; {n_test:,} rows kept aside."
