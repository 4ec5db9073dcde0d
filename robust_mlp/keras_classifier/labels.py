"""ClassLabels: converts the user's labels to class codes, and predictions back to the form of the labels.

Forms are vectors, columns, one-hot columns and several labels per row. Knows nothing of networks."""

from dataclasses import dataclass

import numpy as np

from robust_mlp._data.targets import encode_labels, learn_labels
from robust_mlp.inspection._rules.labels import describe_labels


@dataclass(frozen=True, eq=False)
class ClassLabels:
    """How labels are coded.

    `kind` is "vector", "one_hot" or "multilabel". `classes`, ndarray of shape (n_classes,), holds the labels by code,
    or column numbers.
    """

    kind: str
    classes: np.ndarray
    target_type: str  # the name in scikit-learn

    @property
    def n_classes(self):
        """Number of classes, or of labels per row."""
        return len(self.classes)

    @property
    def is_multilabel(self):
        """Whether rows may have several labels."""
        return self.kind == "multilabel"

    def encode(self, y):
        """Class codes of shape (n_rows,), int; for several labels per row the matrix as float32."""
        if self.kind == "vector":
            return encode_labels(y, self.classes) if self.classes.dtype.kind != "f" else _among(y, self.classes)
        matrix = np.asarray(y)
        if matrix.ndim != 2 or matrix.shape[1] != self.n_classes:
            raise ValueError(f"y has shape {matrix.shape}; in fit it had {self.n_classes} columns. Pass as many.")
        return matrix.argmax(axis=1) if self.kind == "one_hot" else matrix.astype(np.float32)

    def decode(self, probabilities):
        """Predictions from probabilities of shape (n_rows, n_classes), in the form of the labels."""
        if self.is_multilabel:
            return (probabilities > 0.5).astype(int)
        codes = probabilities.argmax(axis=1)
        return np.eye(self.n_classes, dtype=int)[codes] if self.kind == "one_hot" else self.classes[codes]


def learn_class_labels(y, used=None):
    """Learn how labels are coded.

    Parameters
    ----------
    y : array-like of shape (n_rows,), (n_rows, 1) or (n_rows, n_classes)
    used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows whose labels are used.

    Returns
    -------
    labels : ClassLabels
    codes : ndarray of shape (n_rows,), int, or (n_rows, n_classes), float32
    """
    array = None if y is None else y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(y)
    if array is not None and array.ndim == 2 and array.shape[1] > 1 and array.dtype.kind in "biuf":
        kind = describe_labels(array).kind
        if kind == "one_hot":
            return ClassLabels("one_hot", np.arange(array.shape[1]), "multiclass-onehot"), array.argmax(axis=1)
        if kind == "multilabel":
            labels = ClassLabels("multilabel", np.arange(array.shape[1]), "multilabel-indicator")
            return labels, array.astype(np.float32)
    if (
        array is not None
        and array.dtype.kind == "f"
        and describe_labels(array.reshape(len(array), -1)).kind == "scaled"
    ):
        classes = np.unique(array if used is None else array.ravel()[used])
        return ClassLabels("vector", classes, _type(len(classes))), _among(array, classes)
    classes, codes = learn_labels(y, used)
    return ClassLabels("vector", classes, _type(len(classes))), codes


def _type(n_classes):
    return "binary" if n_classes <= 2 else "multiclass"


def _among(y, classes):
    """Codes of numbers that must be among the classes."""
    values = np.asarray(y, dtype=float).ravel()
    codes = np.clip(np.searchsorted(classes, values), 0, len(classes) - 1)
    if not np.array_equal(classes[codes], values):
        unknown = values[classes[codes] != values].tolist()[0]
        raise ValueError(f"y holds {unknown!r}, which was no label in fit. Known labels: {classes.tolist()[:10]}.")
    return codes


__all__ = ["ClassLabels", "learn_class_labels"]
