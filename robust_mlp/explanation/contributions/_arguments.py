"""What a user passes to `contributions`: checked, and read into tables. Each error says what to type."""

import difflib
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from robust_mlp._data.containers import check_container
from robust_mlp.explanation.contributions._mixed_tables import as_rows, choose_rows, column_names, kind_of

METHODS = ("auto", "exact", "sampled", "gradients")

# Background rows that are drawn where the user passes no table. shap's maskers take as many.
N_BACKGROUND = 100
# Coalitions of a row. With so many, the error of a draw is a thousandth of the differences between draws.
MOST_COALITIONS = 1_000_000
# A single background row is a point to compare with, not a distribution; and a row compared with itself has no values.
LEAST_BACKGROUND = 2


def did_you_mean(value, options):
    """ " Did you mean 'age'?" where `value` is nearly one of the options, else ""."""
    by_text = {str(option): option for option in options}
    near = difflib.get_close_matches(str(value), by_text, n=1)
    return f" Did you mean {by_text[near[0]]!r}?" if near else ""


def shown_names(classifier, X, usual):
    """What the columns of a table are called, as texts: its own names, else those of the training, else `usual`."""
    names = column_names(X)
    if names is None:
        names = getattr(classifier, "feature_names_in_", None)
    texts = [] if names is None else [str(name) for name in names]
    is_known = len(texts) == X.shape[1] == len(set(texts))
    return texts if is_known else [str(name) for name in usual]


def check_method(method):
    """Raise for a method that does not exist."""
    if method not in METHODS:
        listed = ", ".join(map(repr, METHODS))
        raise ValueError(f"method={method!r} must be one of {listed}.{did_you_mean(method, METHODS)}")


def check_count(name, value):
    """Raise for a count that is neither 'auto' nor a whole number above 0."""
    is_count = type(value) is not bool and isinstance(value, Integral) and int(value) >= 1
    if not is_count and not (isinstance(value, str) and value == "auto"):
        raise ValueError(f"{name}={value!r} must be 'auto' or an int >= 1.")
    if is_count and value > MOST_COALITIONS:
        raise ValueError(
            f"{name}={value!r} would take days and all memory. Pass 'auto' or at most {MOST_COALITIONS:,}."
        )


def check_at_least_one(name, value):
    """Raise for anything but a whole number above 0."""
    if type(value) is bool or not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name}={value!r} must be an int >= 1.")


def check_row(row, n_rows, otherwise=""):
    """A position of a row as it is; raises for one that does not exist, and says what else can be passed."""
    if type(row) is bool or not isinstance(row, Integral) or not -n_rows <= row < n_rows:
        raise ValueError(f"row={row!r} is not one of the {n_rows} rows. Pass an int from 0 to {n_rows - 1}{otherwise}.")
    return row


def check_classifier(classifier):
    """The labels of a fitted classifier of at least two classes.

    Returns
    -------
    classes : ndarray of shape (n_classes,)

    Raises
    ------
    TypeError
        A class in place of an object, or no ``predict_proba``.
    NotFittedError
        The classifier is not fitted.
    ValueError
        The classifier learned a single class, or does not say which it learned.
    """
    name = type(classifier).__name__
    if isinstance(classifier, type):
        raise TypeError(
            f"classifier is the class {classifier.__name__}, not an object. Fit one: {classifier.__name__}().fit(X, y)."
        )
    if hasattr(classifier, "fit") and hasattr(classifier, "get_params"):
        check_is_fitted(classifier)
    if not hasattr(classifier, "predict_proba"):
        raise TypeError(
            f"{name} has no predict_proba, and contributions are shares of log-odds. Pass a fitted classifier that has "
            "one; sklearn.calibration.CalibratedClassifierCV gives it to a classifier that has none."
        )
    classes = getattr(classifier, "classes_", None)
    if classes is None:
        raise ValueError(f"{name} has no classes_, so its columns of probabilities have no names. Set classes_.")
    if isinstance(classes, list) or np.ndim(classes) != 1:
        raise ValueError(f"{name} predicts several outputs. Explain a classifier of one output at a time.")
    if len(classes) < 2:
        (label,) = np.asarray(classes).tolist()
        raise ValueError(
            f"{name} learned the single class {label!r}, whose log-odds are infinite. Train it on rows of at least two "
            "classes."
        )
    return np.asarray(classes)


def check_columns(classifier, X, name, *, may_have_more):
    """Raise for a frame that lacks columns of the training, or has others.

    Parameters
    ----------
    classifier : object
        Its `feature_names_in_` says which columns it knows, if it has one.
    X : table
        As from `as_rows`.
    name : str
        How messages call the table.
    may_have_more : bool
        Whether other columns do no harm.
    """
    known, given = getattr(classifier, "feature_names_in_", None), column_names(X)
    n_known = getattr(classifier, "n_features_in_", None)
    if known is None or given is None:
        if n_known is not None and X.shape[1] != n_known and not may_have_more:
            raise ValueError(
                f"{name} has {X.shape[1]} columns, and the classifier was trained on {n_known}. Pass the columns of "
                "the training table, in their order."
            )
        return
    lacking = [column for column in known if column not in set(given)]
    others = [column for column in given if column not in set(known)]
    if lacking:
        said = ", ".join(f"{column!r}" for column in lacking)
        hint = "".join(did_you_mean(column, others).replace("Did you", f"For {column!r} did you") for column in lacking)
        raise ValueError(f"{name} lacks columns of the training table: {said}.{hint} It has {_listed(given)}.")
    if others and not may_have_more:
        raise ValueError(
            f"{name} has columns that the training table had not: {_listed(others)}. Pass "
            f"{name}[classifier.feature_names_in_]."
        )
    if not may_have_more and given != list(known):
        raise ValueError(
            f"{name} has the columns of the training table in another order. Pass {name}[classifier.feature_names_in_]."
        )


def read_tables(classifier, X, background, random_state, *, may_have_more):
    """The rows to be explained and the background rows, as tables of the same kind and columns.

    Parameters
    ----------
    classifier : object
    X : array-like of shape (n_rows, n_columns)
    background : array-like of shape (n_background, n_columns), int or None
        An int is the number of rows to draw from `X`, without replacement. None draws up to `N_BACKGROUND`.
    random_state : int, RandomState instance or None
    may_have_more : bool
        Whether columns that the classifier does not know do no harm.

    Returns
    -------
    rows, background : table
    """
    rows = _as_table(X, "X")
    check_columns(classifier, rows, "X", may_have_more=may_have_more)
    if isinstance(background, str | bytes | float | np.floating | bool) or callable(background):
        raise TypeError(
            f"background={background!r} is no background. Pass a table of typical rows, a whole number of rows to draw "
            f"from X (at least {LEAST_BACKGROUND}), or None."
        )
    if background is None or isinstance(background, Integral):
        return rows, _drawn(rows, background, random_state)
    others = _as_table(background, "background")
    check_columns(classifier, others, "background", may_have_more=may_have_more)
    if others.shape[1] != rows.shape[1] or column_names(others) != column_names(rows) or type(others) is not type(rows):
        raise ValueError(
            f"background is {said_kind(others)} of {others.shape[1]} columns and X {said_kind(rows)} of "
            f"{rows.shape[1]}. Pass both as tables of the same kind, with the same columns in the same order."
        )
    if others.shape[0] < LEAST_BACKGROUND:
        raise ValueError(
            f"background has {_counted(others.shape[0])}. Pass at least {LEAST_BACKGROUND}, better {N_BACKGROUND}: "
            "rows of the training table, drawn at random."
        )
    return rows, others


def said_kind(table):
    """How messages call a table: "a frame of polars", "a sparse matrix", "an array"."""
    kind = kind_of(table)
    return {"sparse": "a sparse matrix", "array": "an array"}.get(kind, f"a frame of {kind}")


def _as_table(X, name):
    check_container(X, name)
    table, least = as_rows(X), LEAST_BACKGROUND if name == "background" else 1
    if len(table.shape) != 2:
        raise ValueError(f"{name} has shape {table.shape}. Pass a table of rows and columns, such as X[:{least}].")
    if not table.shape[0]:
        raise ValueError(f"{name} has no rows. Pass at least {least}.")
    names = column_names(table)
    if names is not None and len(set(names)) < len(names):
        twice = sorted({repr(name) for i, name in enumerate(names) if name in names[:i]})
        raise ValueError(f"{name} has several columns of the same name: {', '.join(twice)}. Give each its own.")
    return table


def _drawn(rows, n_background, random_state):
    """Background rows drawn from the rows to be explained."""
    n_rows = rows.shape[0]
    wanted = min(N_BACKGROUND, n_rows) if n_background is None else int(n_background)
    advice = "Pass background=X_train, the rows that the classifier was trained on, or another table of typical rows."
    if n_background is not None and wanted > n_rows:
        raise ValueError(f"background={wanted} asks for more rows than X has, which are {n_rows}. {advice}")
    if wanted < LEAST_BACKGROUND:
        raise ValueError(f"{_counted(wanted)} cannot be a background: at least {LEAST_BACKGROUND} are needed. {advice}")
    chosen = check_random_state(random_state).choice(n_rows, wanted, replace=False)
    return choose_rows(rows, np.sort(chosen))


def _counted(n_rows):
    return "1 row" if n_rows == 1 else f"{n_rows} rows"


def _listed(names, most=8):
    """The first of some names, for a message."""
    said = ", ".join(map(repr, names[:most]))
    return said if len(names) <= most else f"{said} and {len(names) - most} more"
