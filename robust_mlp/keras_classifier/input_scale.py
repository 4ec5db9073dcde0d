"""How the rows of a fit are scaled, and which columns never are: integer codes that the network looks up.

Reads the untrained network. Trains nothing."""

import numpy as np

from robust_mlp.inspection._read.own_inputs import code_columns, handles_inputs_itself, input_names, inputs_left_raw
from robust_mlp.keras_classifier.rows import check_gaps, has_gaps
from robust_mlp.keras_classifier.scaling import ColumnScaler
from robust_mlp.keras_classifier.training import answer


def resolve_scale(estimator, model, X, before=None):
    """Resolve `scale`, and find the columns that stay as they are. Sets: _scale, _as_is.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    model : keras.Model
        Built, untrained.
    X : ndarray of shape (n_rows, n_features) or (n_rows, ...)
        Raw rows.
    before : TrainedNetwork or None, default=None
        Whose training goes on: its rows were scaled in this way.
    """
    is_auto = estimator.scale == "auto"
    if is_auto and before is not None and isinstance(before.scaler, ColumnScaler):
        check_gaps(X, before.scaler)
        estimator._scale, estimator._as_is = before.scaler.scale, before.scaler.as_is
        return
    raw = inputs_left_raw(model) or (False,)
    if len(raw) == 1 and is_auto and raw[0] and not has_gaps(X):  # scaling fills missing cells
        estimator._scale, estimator._as_is = None, ()
        return
    estimator._as_is = _columns_as_they_are(estimator, model, X, raw)
    is_all = X.ndim == 2 and len(estimator._as_is) == X.shape[1]
    estimator._scale = None if is_all and not has_gaps(X) else "standard" if is_auto else estimator.scale


def _columns_as_they_are(estimator, model, X, raw):
    """Columns that scaling would spoil, a tuple of int."""
    if X.ndim != 2:
        return ()
    parts, found = estimator._parts, set()
    if parts is not None and len(raw) == len(parts.shapes) and len(raw) > 1:
        for is_raw, columns in zip(_in_order_of_parts(model, parts, raw), parts.slices, strict=True):
            found |= set(range(columns.start, columns.stop)) if is_raw else set()
    if handles_inputs_itself(model) or len(raw) > 1:
        found |= set(code_columns(lambda rows: answer(model, np.asarray(rows, np.float32), parts), X))
    return tuple(sorted(found))


def _in_order_of_parts(model, parts, raw):
    """`raw`, which is in the order of the network's inputs, in the order of X's arrays."""
    names = input_names(model)
    if set(parts.names) != set(names):
        return raw
    by_name = dict(zip(names, raw, strict=True))
    return tuple(by_name[name] for name in parts.names)
