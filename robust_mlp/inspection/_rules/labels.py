"""Facts and findings about labels that do not depend on the network.

Pure NumPy. Never reads a network."""

from typing import Any

import numpy as np

from robust_mlp._core.label_lists import without_casts
from robust_mlp._core.records import Finding
from robust_mlp.inspection._read.distributions import ROW_SUM_TOLERANCE, are_shares, sum_to_one
from robust_mlp.inspection._read.facts import LabelFacts

MAX_VALUES = 200  # distinct labels kept as evidence; more are rarely classes

# Usual divisors: pixels (255, 256), percent, tenths. C - 1 and C, from min-max scaling, are added later.
COMMON_DIVISORS = (10, 100, 255, 256, 1000, 65535)
# float32 labels, multiplied back, differ from whole numbers by about 1e-7 of their size; 1e-3 is enough for 65535.
WHOLE_NUMBER_TOLERANCE = 1e-3
# Few distinct non-integer labels, each in many rows, are scaled classes. Standardizing keeps the number of distinct
# values. So a number below both limits means classes, a number above them a quantity.
MAX_DISGUISED_CLASSES = 100
MIN_ROWS_PER_DISGUISED_CLASS = 3


def labels_as_array(y):
    """y as an ndarray of shape (n_rows,) or (n_rows, width); ValueError for anything else."""
    if y is None:
        raise ValueError("y is None: the labels are needed. Pass y of shape (n_rows,) or (n_rows, n_classes).")
    array = y.to_numpy() if hasattr(y, "to_numpy") else np.asarray(without_casts(y))
    if array.ndim not in (1, 2):
        raise ValueError(
            f"y has shape {array.shape}; labels have shape (n_rows,) or (n_rows, n_classes). "
            "Pass one row of labels per row of X."
        )
    if array.size == 0:
        raise ValueError(f"y has shape {array.shape}: there is no label to look at. Pass at least two rows.")
    return array


def describe_labels(y):
    """Facts about labels.

    Parameters
    ----------
    y : ndarray of shape (n_rows,) or (n_rows, width)

    Returns
    -------
    facts : LabelFacts
    """
    is_column = y.ndim == 2 and y.shape[1] == 1
    shape: dict[str, Any] = {"n_rows": len(y), "is_column": is_column}
    flat = y[:, 0] if is_column else y
    if flat.ndim == 1:
        return _describe_vector(flat, shape)
    return _describe_matrix(flat, shape)


def _describe_vector(y, shape):
    """Facts about labels of shape (n_rows,)."""
    if y.dtype.kind in "OUST":
        return _describe_objects(y, shape)
    present = ~np.isnan(y) if y.dtype.kind == "f" else np.ones(len(y), dtype=bool)
    return _describe_numbers(y[present], {**shape, "width": 1, "n_missing": int(np.sum(~present))})


def _describe_objects(y, shape):
    """Facts about labels of dtype object or string: numbers stored as objects, or names."""
    missing = np.array([value is None or value != value for value in y])  # NaN is not equal to itself
    known = y[~missing]
    shape = {**shape, "width": 1, "n_missing": int(missing.sum())}
    if all(isinstance(value, (bool, int, float, np.number, np.bool_)) for value in known):
        return _describe_numbers(known.astype(float), shape)
    values, counts = np.unique(np.array([str(value) for value in known]), return_counts=True)
    return LabelFacts(kind="strings", n_classes=len(values), **_sample(values, counts), **shape)


def _describe_numbers(y, shape):
    """Facts about numbers without NaN, shape (n,)."""
    values, counts = np.unique(y, return_counts=True)
    if len(values) == 0:
        return LabelFacts(kind="codes", n_classes=0, **shape)
    values = values.astype(float)
    shape = {
        **shape,
        **_sample(values, counts),
        "n_classes": len(values),
        "smallest": float(values[0]),
        "largest": float(values[-1]),
    }
    if np.all(values == np.rint(values)):
        return LabelFacts(kind="codes", **shape)
    if values[0] >= 0 and values[-1] <= 1 and _is_smoothed_pair(values):
        return LabelFacts(kind="probabilities", **shape)
    if len(values) <= min(MAX_DISGUISED_CLASSES, len(y) / MIN_ROWS_PER_DISGUISED_CLASS):
        return LabelFacts(kind="scaled", factor=_divisor(values), **shape)
    kind = "probabilities" if values[0] >= 0 and values[-1] <= 1 else "continuous"
    return LabelFacts(kind=kind, **shape)


def _is_smoothed_pair(values):
    """Whether two distinct labels are smoothed 0 and 1, as in (.05, .95)."""
    return len(values) == 2 and abs(values.sum() - 1) < ROW_SUM_TOLERANCE


def _divisor(values):
    """The smallest common divisor that turns every label of `values` into a whole number, or None."""
    for factor in sorted({*COMMON_DIVISORS, len(values) - 1, len(values)} - {0, 1}):
        codes = values * factor
        if np.all(np.abs(codes - np.rint(codes)) < WHOLE_NUMBER_TOLERANCE) and len(np.unique(np.rint(codes))) == len(
            values
        ):
            return float(factor)
    return None


def _describe_matrix(y, shape):
    """Facts about labels of shape (n_rows, width), width >= 2."""
    shape = {**shape, "width": y.shape[1]}
    if y.dtype.kind not in "biuf":
        values, counts = np.unique(y.astype(str), return_counts=True)
        return LabelFacts(kind="strings", n_classes=len(values), **_sample(values, counts), **shape)
    numbers = y.astype(float)
    n_missing = int(np.isnan(numbers).any(axis=1).sum())
    numbers = np.nan_to_num(numbers)
    sums = numbers.sum(axis=1)
    shape |= {"n_missing": n_missing, "smallest": float(numbers.min()), "largest": float(numbers.max())}
    per_column: dict[str, Any] = {
        "n_classes": int(np.sum(np.any(numbers != 0, axis=0))),
        "values": tuple(range(min(y.shape[1], MAX_VALUES))),
        "counts": tuple(int(n) for n in np.count_nonzero(numbers, axis=0)[:MAX_VALUES]),
    }
    if np.all((numbers == 0) | (numbers == 1)):
        return LabelFacts(kind="one_hot" if sum_to_one(numbers) else "multilabel", **per_column, **shape)
    if are_shares(numbers):
        return LabelFacts(kind="shares", **per_column, **shape)
    if np.all(np.count_nonzero(numbers, axis=1) == 1) and np.ptp(sums) < ROW_SUM_TOLERANCE * abs(sums[0]):
        return LabelFacts(kind="scaled", factor=float(1 / sums[0]), **per_column, **shape)
    if numbers.min() >= 0 and numbers.max() <= 1:
        return LabelFacts(kind="multilabel", **per_column, **shape)
    return LabelFacts(kind="continuous", **per_column, **shape)


def _sample(values, counts):
    """The first distinct labels with their counts, as plain Python values."""
    return {"values": tuple(values[:MAX_VALUES].tolist()), "counts": tuple(counts[:MAX_VALUES].tolist())}


def show_values(values, most=6):
    """A short text that lists distinct labels: "0, 1, 2, ... (10 values)"."""
    shown = ", ".join(f"{value:.4g}" if isinstance(value, float) else repr(value) for value in values[:most])
    return shown if len(values) <= most else f"{shown}, ... ({len(values)} values)"


def judge_labels(labels):
    """Find errors in y that stop every network.

    Parameters
    ----------
    labels : LabelFacts

    Returns
    -------
    findings : list of Finding
    """
    checks = (_missing, _strings, _scaled, _continuous, _one_class)
    return [finding for check in checks if (finding := check(labels)) is not None]


def _missing(labels):
    """NaN or None among the labels."""
    if labels.n_missing == 0:
        return None
    return Finding(
        code="labels_missing",
        severity="error",
        symptom="The loss becomes NaN at the first batch that holds such a row.",
        cause="Some rows have no label.",
        evidence=f"{labels.n_missing} of {labels.n_rows} labels are NaN or None.",
        fix="known = ~pandas.isna(y); X, y = X[known], y[known]",
    )


def _strings(labels):
    """Class names instead of numbers."""
    if labels.kind != "strings":
        return None
    return Finding(
        code="labels_strings",
        severity="error",
        symptom="Keras cannot compute a loss from names.",
        cause="The labels are strings.",
        evidence=f"y holds {show_values(labels.values)}.",
        fix="classes, y = np.unique(y, return_inverse=True)  # names again: classes[codes]",
    )


def _scaled(labels):
    """Class labels that were scaled together with the features."""
    if labels.kind != "scaled":
        return None
    if labels.width > 1:
        back = f"y = (y * {labels.factor:g}).round()"
    elif labels.factor is None:
        back = "classes, y = np.unique(y, return_inverse=True)"
    else:
        back = f"y = np.rint(y * {labels.factor:g}).astype(int)"
    cast = int(sum(count for value, count in zip(labels.values, labels.counts, strict=False) if int(value) == 0))
    evidence = f"{labels.n_classes} distinct labels between {labels.smallest:.4g} and {labels.largest:.4g}"
    if labels.width == 1:
        evidence += f"; cut to whole numbers, {cast} of {labels.n_rows} become class 0"
    return Finding(
        code="labels_scaled",
        severity="error",
        symptom="Training looks perfect and every prediction is wrong: the loss cuts the labels to whole numbers.",
        cause="The labels were scaled like a feature.",
        evidence=f"{evidence}.",
        fix=f"{back}  # scale X only",
    )


def _continuous(labels):
    """A quantity instead of classes."""
    if labels.kind != "continuous":
        return None
    return Finding(
        code="labels_continuous",
        severity="error",
        symptom="There is no class to predict.",
        cause="y is a quantity, not a class.",
        evidence=f"{labels.n_classes} distinct values between {labels.smallest:.4g} and {labels.largest:.4g}."
        if labels.width == 1
        else f"Values between {labels.smallest:.4g} and {labels.largest:.4g} in {labels.width} columns.",
        fix="y = np.digitize(y, bins=np.quantile(y, [1 / 3, 2 / 3]))  # or use a regressor",
    )


def _one_class(labels):
    """Only one class in y."""
    if labels.n_classes != 1 or labels.kind == "multilabel" or labels.n_missing == labels.n_rows:
        return None
    only = labels.values[0] if labels.width == 1 else int(np.argmax(labels.counts))
    return Finding(
        code="one_class",
        severity="error",
        symptom="The network can only learn to answer that class.",
        cause="All rows have the same label.",
        evidence=f"y holds {only!r} in all {labels.n_rows} rows.",
        fix="Check how y was made, or the slice of it: np.unique(y_full, return_counts=True)",
    )
