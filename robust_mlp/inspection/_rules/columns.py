"""Findings about the columns of X: scale, constant columns, values that are not finite.

Pure NumPy. Never reads a network."""

import numpy as np

from robust_mlp._core.records import Finding
from robust_mlp.inspection._read.facts import ColumnFacts

# Initial weights assume inputs of about unit size (LeCun et al. 1998, "Efficient BackProp", section 4.3). Iris in
# centimetres (root mean square up to 6) is harmless; pixels 0..255 (about 80) and ages in years (about 45) are harmful.
UNSCALED_ROOT_MEAN_SQUARE = 10.0
# Values per chunk in the computation of column statistics.
CHUNK_VALUES = 4_000_000
# Columns named in a message.
MOST_SHOWN = 5


def describe_columns(X, names=()):
    """Facts about the columns of X.

    Parameters
    ----------
    X : ndarray of shape (n_rows, ...), numeric
        Arrays with more axes (images, sequences) count as one column: only their overall size is judged.
    names : sequence of str, default=()

    Returns
    -------
    facts : ColumnFacts
    """
    table = X if X.ndim == 2 else X.reshape(len(X), -1)
    n_columns = table.shape[1]
    low, high = np.full(n_columns, np.inf), np.full(n_columns, -np.inf)
    squares, bad = np.zeros(n_columns), np.zeros(n_columns, dtype=np.int64)
    step = max(1, CHUNK_VALUES // max(n_columns, 1))
    for start in range(0, len(table), step):
        rows = table[start : start + step]
        rows = rows if rows.dtype.kind == "f" else rows.astype(np.float32)
        finite = np.isfinite(rows)
        if not finite.all():
            bad += np.sum(~finite, axis=0)
            low = np.minimum(low, np.min(np.where(finite, rows, np.inf), axis=0))
            high = np.maximum(high, np.max(np.where(finite, rows, -np.inf), axis=0))
            rows = np.where(finite, rows, 0)
        else:
            low, high = np.minimum(low, rows.min(axis=0)), np.maximum(high, rows.max(axis=0))
        squares += np.einsum("ij,ij->j", rows, rows, dtype=np.float64)
    scale = np.sqrt(squares / np.maximum(len(table) - bad, 1))
    varies = high > low
    unscaled = np.flatnonzero(varies & (scale > UNSCALED_ROOT_MEAN_SQUARE))
    if X.ndim > 2:
        overall = float(np.sqrt(np.mean(scale**2)))
        unscaled = np.array([0] if overall > UNSCALED_ROOT_MEAN_SQUARE else [], dtype=int)
        scale, varies, n_columns = np.array([overall]), np.array([bool(varies.any())]), 1
    finite_ends = np.concatenate([low[np.isfinite(low)], high[np.isfinite(high)], [0.0]])
    return ColumnFacts(
        n_columns=n_columns,
        not_finite=tuple(np.flatnonzero(bad).tolist()) if X.ndim == 2 else ((0,) if bad.any() else ()),
        n_not_finite=int(bad.sum()),
        constant=tuple(np.flatnonzero(~varies).tolist()),
        unscaled=tuple(unscaled.tolist()),
        largest=float(np.max(np.abs(finite_ends))),
        largest_scale=float(np.max(scale, initial=0.0)),
        smallest_scale=float(np.min(scale[varies], initial=np.inf)) if varies.any() else 0.0,
        names=tuple(str(name) for name in names),
    )


def show_columns(indices, names=()):
    """A short text that names columns: "3, 7 and 12 more"."""
    shown = [repr(names[i]) if names else str(i) for i in indices[:MOST_SHOWN]]
    more = len(indices) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def judge_columns(columns, *, is_scaled_inside):
    """Find errors in the inputs.

    Parameters
    ----------
    columns : ColumnFacts
    is_scaled_inside : bool
        Whether the network begins with a layer that scales, normalizes or embeds its inputs.

    Returns
    -------
    findings : list of Finding
    """
    found = []
    if columns.not_finite:
        found.append(
            Finding(
                code="inputs_not_finite",
                severity="error",
                symptom="One such value makes the loss NaN, and the argmax of NaN is class 0 for every row.",
                cause="X holds NaN or infinite values.",
                evidence=f"{columns.n_not_finite} values in column{_plural(columns.not_finite)} "
                f"{show_columns(columns.not_finite, columns.names)}.",
                fix="X = sklearn.impute.SimpleImputer().fit_transform(np.where(np.isfinite(X), X, np.nan))",
            )
        )
    if columns.unscaled and not is_scaled_inside:
        found.append(
            Finding(
                code="inputs_unscaled",
                severity="warning",
                symptom="Hidden units saturate or die, and the steps of the optimizer fit one column only.",
                cause="Columns of X are far from unit size.",
                evidence=f"{len(columns.unscaled)} of {columns.n_columns} columns "
                f"({show_columns(columns.unscaled, columns.names)}); root mean squares from "
                f"{columns.smallest_scale:.3g} to {columns.largest_scale:.3g}, largest value {columns.largest:.3g}.",
                fix="scaler = sklearn.preprocessing.StandardScaler().fit(X_train); X_train = scaler.transform(X_train)"
                "  # the same scaler for every X to predict",
            )
        )
    if columns.constant and len(columns.constant) < columns.n_columns:
        found.append(
            Finding(
                code="inputs_constant",
                severity="info",
                symptom="Such a column says nothing.",
                cause="Columns of X hold one value.",
                evidence=f"{len(columns.constant)} of {columns.n_columns} columns "
                f"({show_columns(columns.constant, columns.names)}).",
                fix="X = sklearn.feature_selection.VarianceThreshold().fit_transform(X)",
            )
        )
    if columns.n_columns and len(columns.constant) == columns.n_columns:
        found.append(
            Finding(
                code="inputs_all_constant",
                severity="error",
                symptom="The network must answer the same to every row.",
                cause="Every column of X holds one value.",
                evidence=f"All {columns.n_columns} columns are constant.",
                fix="Check how X was made: np.ptp(X, axis=0)",
            )
        )
    return found


def _plural(indices):
    """An s if there is not exactly one."""
    return "s" if len(indices) != 1 else ""
