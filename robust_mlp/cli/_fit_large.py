"""`robust-mlp fit --memory`: train on files that are larger than memory, and show what came of it."""

import os
from dataclasses import replace

import numpy as np

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._fit_results import exit_code, scores, sizes, trained, write_files
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._large_files import RowRule, missing_words, names_several, opened_rows
from robust_mlp.cli._terminal import note, show

# Rows kept aside at most: they are scored at once, and more change no figure that is shown.
MOST_TEST_ROWS = 100_000
# Of the rows of a sample, so that they fit into the memory that its training took.
SHARE_OF_SAMPLE = 0.25
# Rows that are read at once to find those kept aside.
ROWS_AT_ONCE = 50_000


def check_is_one_file(data):
    """Refuse a pattern for several files, which only --memory reads. What is wrong with a folder, others say."""
    if names_several(data) and not os.path.isdir(data):
        raise InputError(
            f"{data!r} is a pattern, not a file. Type --memory 2GB, say, to train on all files that fit it."
        )


def fit_large(classifier, arguments):
    """Train, print the figures and the report, write the files; return the exit code.

    Parameters
    ----------
    classifier : DaskRobustMLPClassifier
        With checked parameters.
    arguments : argparse.Namespace

    Returns
    -------
    code : int

    Raises
    ------
    InputError
    """
    if arguments.search:
        raise InputError("--search needs the whole table at once, which --memory says does not fit. Leave one out.")
    from robust_mlp.dask._cluster import check_own_parameters, memory_of

    try:
        check_own_parameters(classifier)
    except ValueError as error:
        raise InputError(f"--memory: {one_line(error)}") from error
    shown = repr(arguments.data)
    with interrupts_kept(), opened_rows(arguments) as (rows, kinds):
        try:
            tables = rows.tables(classifier, memory_of(classifier))
        except ValueError as error:
            raise InputError(f"--memory: {one_line(error)}") from error
        rule = _rule(arguments, rows, kinds, tables.most_sample_rows, shown)
        n_test = round(rule.test_share * rows.n_rows)
        show(sizes(kinds, rows.n_rows - n_test, n_test).replace("Training on ", "Training on about "))
        if rule.test_share < arguments.test_size:
            note(f"{n_test:,} rows are kept aside in place of {arguments.test_size:.0%}: more change no figure.")
        learnt = replace(rows, prepare=rule).tables(classifier, memory_of(classifier))
        report, is_fitted = trained(classifier, lambda: classifier._fit_tables(lambda: learnt, (None, None)), shown)
        if is_fitted and n_test:
            X, y = _rows_aside(rows, rule, classifier.classes_)
            local = classifier.to_local()
            show(f"\n{scores(local, X, y, (local.classes_, local.class_prior_))}")
    show(f"\n{report}")
    write_files(classifier.to_local() if is_fitted else None, report, kinds, arguments)
    return exit_code(report, is_fitted=is_fitted)


def _rule(arguments, rows, kinds, most_sample_rows, shown):
    """The RowRule of the rows to train on."""
    seed = arguments.random_state
    most = min(MOST_TEST_ROWS, SHARE_OF_SAMPLE * most_sample_rows)
    return RowRule(
        kinds=kinds,
        target=arguments.target,
        shown=shown,
        weight=arguments.sample_weight_column,
        test_share=min(arguments.test_size, most / rows.n_rows),
        seed=int(np.random.default_rng(seed).integers(2**31 - 1)),
        missing=missing_words(arguments),
    )


def _rows_aside(rows, rule, classes):
    """(X, y) of the rows that were kept aside, but those of classes that no row to train on has."""
    import pandas as pd

    frame = pd.concat(replace(rows, prepare=replace(rule, is_test=True)).blocks(ROWS_AT_ONCE))
    y = frame[rule.target].to_numpy()
    is_known = np.isin(y.astype(str), classes.astype(str))
    X = frame[list(rule.kinds)]
    X = X.assign(**{name: X[name].astype("category") for name, kind in rule.kinds.items() if kind == "category"})
    return X[is_known], y[is_known].astype(classes.dtype)
