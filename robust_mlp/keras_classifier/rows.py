"""Reads the rows, labels and weights that a user passes to GuardedKerasClassifier into arrays.

Sets what scikeras and scikit-learn call the metadata of a fit. Trains nothing."""

import numpy as np
from sklearn.utils.validation import check_consistent_length, validate_data

from robust_mlp._data.containers import unmasked
from robust_mlp._data.sample_weights import check_weights, in_canonical_unit
from robust_mlp._fit.labelled_table import LabelledTable
from robust_mlp._fit.splits import check_groups
from robust_mlp.inspection._read.batches import arrays_of_batches, comes_in_batches
from robust_mlp.inspection._read.input_parts import is_dict, learn_parts
from robust_mlp.inspection._rules.labels import describe_labels, judge_labels
from robust_mlp.keras_classifier.labels import learn_class_labels
from robust_mlp.keras_classifier.reporting import scaled_labels_finding


def read_training(estimator, X, y, sample_weight, groups=None):
    """(LabelledTable, finding about the labels) of rows with positive weight. Sets scikeras' metadata."""
    X, y, sample_weight = out_of_batches(X, y, sample_weight)
    X = learn_rows(estimator, X, y)
    weights = in_canonical_unit(check_weights(sample_weight, len(X)))
    counts = weights > 0
    if y is not None:
        check_consistent_length(X, y)
    codes, finding = learn_labels(estimator, y, None if counts.all() else counts)
    numbers = check_groups(groups, len(X), is_used=counts)
    numbers = None if numbers is None else numbers[counts]
    return LabelledTable(X[counts], codes[counts], weights[counts], groups=numbers), finding


def out_of_batches(X, y, sample_weight):
    """(X, y, sample_weight) as arrays; X may be a `tf.data.Dataset` or `PyDataset` that holds all three."""
    if not comes_in_batches(X):
        return X, y, sample_weight
    if y is not None:
        raise ValueError(f"X is a {type(X).__name__}, which holds its own labels, and y came too. Pass fit(X).")
    X, y, weights = arrays_of_batches(X)
    return X, y, weights if sample_weight is None else sample_weight


def learn_rows(estimator, X, y=None):
    """Rows as an ndarray. Sets: n_features_in_, feature_names_in_, X_shape_, X_dtype_, input_shapes_."""
    _check_one_output(X, y)
    estimator._parts = learn_parts(X, len(y) if hasattr(y, "__len__") else None)
    estimator.__dict__.pop("input_shapes_", None)
    if (parts := estimator._parts) is not None:
        estimator.input_shapes_ = dict(zip(parts.names, parts.shapes, strict=True)) if parts.names else parts.shapes
    X = read_rows(estimator, X, reset=True)
    estimator.X_shape_, estimator.X_dtype_ = X.shape, X.dtype
    return X


def _check_one_output(X, y):
    """ValueError if y holds labels of several outputs: a dict, or a list of arrays with a label for each row of X."""
    if not (is_dict(y) or isinstance(y, (list, tuple))) or not len(y):
        return
    labels, rows = (tuple(getattr(_first(part), "shape", ())) for part in (y, X))
    has_label_each = labels[:1] == rows[:1] and rows[:1] not in ((), (len(y),))
    if is_dict(y) or has_label_each:
        raise ValueError(
            f"y holds {len(y)} arrays; GuardedKerasClassifier trains networks with one output. Pass one array of "
            "labels, and fit one classifier for each output."
        )


def _first(parts):
    """The first of several arrays; one array as it is."""
    if is_dict(parts):
        return next(iter(parts.values()))
    return parts[0] if isinstance(parts, (list, tuple)) and hasattr(parts[0], "shape") else parts


def learn_labels(estimator, y, used=None):
    """(codes, finding about the labels). Sets: classes_ and scikeras' metadata of the target."""
    estimator._labels, codes = learn_class_labels(y, used)
    given = np.asarray(y)
    labels = estimator._labels
    estimator.classes_, estimator.n_classes_ = labels.classes, labels.n_classes
    estimator.target_type_, estimator.y_dtype_, estimator.y_ndim_ = labels.target_type, given.dtype, given.ndim
    estimator.n_outputs_ = estimator.n_outputs_expected_ = 1
    if given.dtype.kind != "f":
        return codes, None
    scaled = [finding for finding in judge_labels(describe_labels(given)) if finding.code == "labels_scaled"]
    return codes, scaled_labels_finding(scaled[0]) if scaled else None


def read_validation(estimator, X_val, y_val):
    """The user's own held-out rows as a LabelledTable, or None."""
    X_val, y_val, _ = out_of_batches(X_val, y_val, None)
    if (X_val is None) != (y_val is None):
        missing = "y_val" if y_val is None else "X_val"
        raise ValueError(f"{missing} is missing. Pass X_val and y_val together.")
    if X_val is None:
        return None
    X = read_rows(estimator, X_val, reset=False)
    check_consistent_length(X, y_val)
    return LabelledTable(X, estimator._labels.encode(y_val), np.ones(len(X)))


def read_rows(estimator, X, *, reset):
    """Rows as an ndarray of numbers; NaN stays. Several inputs lie side by side, as `estimator._parts` says.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    X : array-like, sparse matrix, or list or dict of arrays
    reset : bool
        Whether the columns are learnt from X. Else they are checked.

    Returns
    -------
    X : ndarray of shape (n_rows, n_features) or (n_rows, ...)
    """
    if estimator._parts is not None:
        X = estimator._parts.pack(X)
    elif is_dict(X):
        raise ValueError("X is a dict; in fit it was one table. Pass an array.")
    X = validate_data(
        estimator,
        unmasked(X),
        reset=reset,
        dtype="numeric",
        accept_sparse=("csr", "csc", "coo"),
        allow_nd=True,
        ensure_all_finite=False,
    )
    X = X.toarray() if hasattr(X, "toarray") else X
    if X.dtype.kind == "c":
        raise ValueError("Complex data not supported. Pass real numbers.")
    if not reset and X.shape[1:] != estimator.X_shape_[1:]:
        raise ValueError(f"X has rows of shape {X.shape[1:]}, but in fit they had shape {estimator.X_shape_[1:]}.")
    if X.dtype.kind == "f" and np.isinf(X).any():
        raise ValueError(
            "Input X contains infinity. Replace it first, for example with X = np.where(np.isinf(X), np.nan, X)."
        )
    if estimator.scale is None and X.dtype.kind == "f" and np.isnan(X).any():
        raise ValueError("Input X contains NaN, and scale=None leaves it. Pass scale='standard', or fill it first.")
    return X


def has_gaps(X):
    """Whether a cell of X, an ndarray, is missing."""
    return X.dtype.kind == "f" and bool(np.isnan(X).any())


def check_gaps(X, scaler):
    """X. Raise if a network that reads its rows as they are would read missing cells: one makes all its answers NaN.

    Parameters
    ----------
    X : ndarray
        Rows as read.
    scaler : object
        With which the network was trained. Only a ColumnScaler says what it leaves.
    """
    if getattr(scaler, "scale", "") is None and has_gaps(X):
        raise ValueError(
            "Input X contains NaN, and the network was trained on rows without any, as they are. Fill the missing "
            "cells first, or fit again with scale='standard'."
        )
    return X
