"""What `to_keras` makes: a Keras model from raw columns to probabilities.

Puts the parts together and names the inputs."""

import re
import warnings
from itertools import count

import keras

from robust_mlp.persistence.export.exported import exported
from robust_mlp.persistence.export.keras_encoding import encode
from robust_mlp.persistence.export.keras_network import adjusted, probabilities_of
from robust_mlp.persistence.export.raw_columns import DATES, INTEGERS, TEXTS

MATRIX_INPUT = "X"


def keras_model(clf, dtype, missing_texts):
    """Build the model.

    Parameters
    ----------
    clf : RobustMLPClassifier or PriorShiftClassifier
        Fitted.
    dtype : {"float64", "float32"}
    missing_texts : tuple of str

    Returns
    -------
    model : keras.Model

    Raises
    ------
    NotFittedError
    TypeError
        For a PriorShiftClassifier around another classifier.
    ValueError
        For a column that cannot be an input; the message names it.
    """
    parts = exported(clf, "to_keras")
    table = parts.table
    names = [MATRIX_INPUT] if table.is_matrix else [column.name for column in table.columns]
    tensor_names = _tensor_names(names)
    dtypes = ["float64"] if table.is_matrix else [_input_dtype(column) for column in table.columns]
    width = len(table.columns) if table.is_matrix else 1
    # Columns may be called like operations of Keras ("sum", "mean"), and names are unique in a model. So the operations
    # lie in a model of their own.
    inner_inputs = [keras.Input((width,), dtype=kind, name=f"raw_{i}") for i, kind in enumerate(dtypes)]
    rows = encode(table, inner_inputs, missing_texts)
    probabilities = adjusted(probabilities_of(rows, parts.fitted, dtype), parts.adjustments)
    inner = keras.Model(inner_inputs, probabilities, name=_other_than(tensor_names, "network"))
    inputs = [keras.Input((width,), dtype=kind, name=name) for name, kind in zip(tensor_names, dtypes, strict=True)]
    with warnings.catch_warnings():
        # Keras wants keys to be names of tensors, which TensorFlow restricts. Users have the keys in their hands.
        warnings.filterwarnings("ignore", message="When providing `inputs` as a dict", category=UserWarning)
        return keras.Model(
            inputs[0] if table.is_matrix else dict(zip(names, inputs, strict=True)),
            inner(inputs),
            name=_other_than(tensor_names, "robust_mlp_classifier"),
        )


def _input_dtype(column):
    """Keras' dtype of an input."""
    if column.kind == TEXTS:
        return "string"
    return "int64" if column.kind in (DATES, INTEGERS) else "float64"


def _tensor_names(columns):
    """A name for the input of each column that TensorFlow takes in a SavedModel: other characters become "_"."""
    taken, names = set(), []
    for column in columns:
        name = safe = re.sub(r"^(?![A-Za-z0-9.])", "x", re.sub(r"[^A-Za-z0-9_.-]", "_", column))
        numbers = count(1)
        while name.lower() in taken:  # TensorFlow takes "a" and "A" for the same
            name = f"{safe}_{next(numbers)}"
        taken.add(name.lower())
        names.append(name)
    return names


def _other_than(names, name):
    """`name`, with as many "_" behind it as it takes to be none of `names`."""
    while name in names:
        name += "_"
    return name
