"""The column that is predicted: labels from its values, and which rows are kept aside. Never reads a file or trains."""

import math

import numpy as np

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._tables import as_texts

# From this share of the rows on so many values are more likely numbers or identifiers than classes; scikit-learn warns
# from the same share on.
MANY_CLASSES = 0.5
# A class of two rows can have one of them in the training rows of a fold and one in its test rows.
ROWS_OF_DIVISIBLE = 2
FEWEST_CLASSES = 2


def labels_of(column, target, shown):
    """The labels as an array: whole numbers as int64, truth values as bool, all else as text.

    Parameters
    ----------
    column : pandas.Series
        Without missing values.
    target : str
        The column's name.
    shown : str
        The file's name for messages.

    Returns
    -------
    y : ndarray of shape (n_rows,)

    Raises
    ------
    InputError
        For numbers that are no classes, a single class, or a class for each row.
    """
    y = label_array(column, target, shown)
    classes = np.unique(y)
    if len(classes) < 2:
        raise InputError(
            f"--target: column {target!r} of {shown} holds one class only, {str(classes[0])!r}: there is nothing to "
            "tell apart."
        )
    if len(classes) == len(y):
        raise InputError(
            f"--target: column {target!r} of {shown} is different in each of its {len(y):,} rows, and a class needs "
            "several. Name the column with the classes, or cut numbers into ranges."
        )
    return y


def many_classes_note(y, target, shown):
    """One sentence where there are nearly as many classes as rows, or ""."""
    n_classes = len(np.unique(y))
    if n_classes <= MANY_CLASSES * len(y):
        return ""
    return f"column {target!r} of {shown} has {n_classes:,} classes in {len(y):,} rows. Is it the right --target?"


def check_divisible(y, target, shown, rows="rows"):
    """Refuse labels of which no two classes can be in the training rows and in the test rows of a fold.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
    target, shown : str
        As for `labels_of`.
    rows : str, default="rows"
        How the message calls the rows.

    Raises
    ------
    InputError
    """
    _, counts = np.unique(y, return_counts=True)
    n_divisible = int(np.sum(counts >= ROWS_OF_DIVISIBLE))
    if n_divisible < FEWEST_CLASSES:
        found = "only one class" if n_divisible else "no class"
        raise InputError(
            f"--target: {found} of column {target!r} of {shown} has two {rows} or more, and folds need two such "
            "classes: each with a row to train on and one to test."
        )


def split_rows(y, test_size, random_state):
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


def known_labels(column, classes):
    """Labels of another table as those of a model.

    Parameters
    ----------
    column : pandas.Series
        Labels, as text or as in a typed file; missing ones included.
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    y : ndarray
        Of the dtype of `classes`, for the rows in `is_known` only.
    is_known : ndarray of shape (n_rows,), dtype bool
        Whether the row has a label and it is one of `classes`.
    """
    texts = as_texts(column)
    code_of = {str(label): code for code, label in enumerate(classes)}
    codes = texts.map(lambda text: _code(text, code_of, classes.dtype.kind), na_action="ignore")
    codes = codes.astype("float64").fillna(-1).to_numpy().astype("int64")
    return classes[codes[codes >= 0]], codes >= 0


def _code(text, code_of, kind):
    """The class' code; -1 where there is none. Whole numbers may have a decimal point, as beside missing cells."""
    if text in code_of or kind not in "iu":
        return code_of.get(text, -1)
    try:
        number = float(text)
    except ValueError:
        return -1
    return code_of.get(f"{number:.0f}", -1) if number.is_integer() else -1


def label_array(column, target, shown):
    """The labels of some rows, whichever classes they hold; else as `labels_of`."""
    from pandas.api.types import infer_dtype, is_bool_dtype, is_integer_dtype, is_numeric_dtype

    if infer_dtype(column) == "boolean" or is_bool_dtype(column):
        return column.to_numpy(dtype=bool)
    if is_integer_dtype(column):
        return column.to_numpy(dtype="int64")
    if is_numeric_dtype(column):  # whole numbers become floats in a CSV where some are missing
        numbers = column.to_numpy(dtype="float64")
        is_whole = np.isfinite(numbers) & (numbers == np.floor(numbers))
        if not is_whole.all():
            raise InputError(
                f"--target: column {target!r} of {shown} holds numbers such as {numbers[~is_whole][0]:g}, and a "
                "classifier predicts classes. Cut them into ranges, or name another column."
            )
        return numbers.astype("int64")
    return as_texts(column).to_numpy(dtype=object)
