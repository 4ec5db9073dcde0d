"""What `RobustMLPClassifier.to_keras` makes: a Keras model from raw columns to probabilities.

Puts the parts together and names the inputs."""

import keras

from robust_mlp.persistence.export.keras_encoding import encode
from robust_mlp.persistence.export.keras_network import probabilities_of
from robust_mlp.persistence.export.raw_columns import DATES, INTEGERS, TEXTS, fitted_parts

MATRIX_INPUT = "X"


def keras_model(clf, dtype, missing_texts):
    """Build the model.

    Parameters
    ----------
    clf : RobustMLPClassifier
        Fitted.
    dtype : {"float64", "float32"}
    missing_texts : tuple of str

    Returns
    -------
    model : keras.Model

    Raises
    ------
    NotFittedError
    ValueError
        For a column that cannot be an input; the message names it.
    """
    table, fitted = fitted_parts(clf, "to_keras")
    names = [MATRIX_INPUT] if table.is_matrix else _input_names([column.name for column in table.columns])
    dtypes = ["float64"] if table.is_matrix else [_input_dtype(column) for column in table.columns]
    width = len(table.columns) if table.is_matrix else 1
    # Columns may be called like operations of Keras ("sum", "mean"), and names are unique in a model. So the operations
    # lie in a model of their own.
    inner_inputs = [keras.Input((width,), dtype=kind, name=f"raw_{i}") for i, kind in enumerate(dtypes)]
    rows = encode(table, inner_inputs, missing_texts)
    inner = keras.Model(inner_inputs, probabilities_of(rows, fitted, dtype), name=_other_than(names, "network"))
    inputs = [keras.Input((width,), dtype=kind, name=name) for name, kind in zip(names, dtypes, strict=True)]
    outer = inputs[0] if table.is_matrix else dict(zip(names, inputs, strict=True))
    return keras.Model(outer, inner(inputs), name=_other_than(names, "robust_mlp_classifier"))


def _input_dtype(column):
    """Keras' dtype of an input."""
    if column.kind == TEXTS:
        return "string"
    return "int64" if column.kind in (DATES, INTEGERS) else "float64"


def _input_names(columns):
    """Names of the inputs: those of the columns, with "_" for the "/" that Keras does not allow."""
    names = [name.replace("/", "_") for name in columns]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        wrong = [column for column, name in zip(columns, names, strict=True) if name in twice]
        raise ValueError(
            f"The columns {', '.join(map(repr, wrong))} have the same name where '/' is '_', and Keras allows no '/' in "
            "the name of an input. Rename them, and fit again."
        )
    return names


def _other_than(names, name):
    """`name`, with as many "_" behind it as it takes to be none of `names`."""
    while name in names:
        name += "_"
    return name


