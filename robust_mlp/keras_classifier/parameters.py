"""The check of the parameters that GuardedKerasClassifier adds to scikeras, and the arguments of a fit.

Checks and resolves. Trains nothing."""

from numbers import Integral, Real

from robust_mlp._data.sampling import check_sampler
from robust_mlp.keras_classifier.base import route_params
from robust_mlp.keras_classifier.scaling import SCALES

GUARD_MODES = ("repair", "warn", "raise", "off")
DEFAULT_BATCH_SIZE = 32  # as in Keras


def check_parameters(estimator):
    """Raise an error for the first invalid parameter."""
    if estimator.model is None and estimator.build_fn is None and not hasattr(estimator, "_keras_build_fn"):
        raise ValueError(
            "model is None. Pass the function that makes the network: GuardedKerasClassifier(create_model)."
        )
    if estimator.scale not in ("auto", *SCALES):
        raise ValueError(f"scale={estimator.scale!r} is not known. Pass 'auto', 'standard', 'robust' or None.")
    if estimator.collapse_guard not in GUARD_MODES:
        modes = ", ".join(map(repr, GUARD_MODES))
        raise ValueError(f"collapse_guard={estimator.collapse_guard!r} is not known. Pass one of {modes}.")
    if not _is_int(estimator.max_restarts) or estimator.max_restarts < 0:
        raise ValueError(f"max_restarts={estimator.max_restarts!r} does not fit. Pass an int >= 0.")
    if not isinstance(estimator.repair_head, bool):
        raise ValueError(f"repair_head={estimator.repair_head!r} does not fit. Pass True or False.")
    for name in ("validation_fraction", "validation_split"):
        value = getattr(estimator, name)
        if value is not None and (not isinstance(value, Real) or not 0 <= float(value) < 1):
            raise ValueError(f"{name}={value!r} does not fit. Pass a number in [0, 1).")
    limit = estimator.max_time
    is_number = isinstance(limit, Real) and limit is not True and limit is not False
    if limit is not None and not (is_number and float(limit) > 0):
        raise ValueError(f"max_time={limit!r} does not fit. Pass a number of seconds > 0, or None.")
    check_sampler(estimator.sampler)


def fit_settings(estimator, given, n_rows):
    """Epochs, batch size and order of a fit. Keyword arguments override `fit__...`, which override plain parameters.

    Parameters
    ----------
    estimator : GuardedKerasClassifier
    given : dict
        Keyword arguments of `fit`.
    n_rows : int
        The meaning of a batch size of -1.

    Returns
    -------
    settings : dict
        With "epochs", "batch_size", "shuffle", "initial_epoch".
    """
    known = {"epochs", "batch_size", "shuffle", "initial_epoch", "verbose"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise TypeError(
            f"fit got unexpected keyword arguments: {', '.join(unknown)}. It takes {', '.join(sorted(known))}."
        )
    routed = route_params(estimator.get_params(), destination="fit", pass_filter=estimator._fit_kwargs)
    routed = {**routed, **given}
    epochs, batch_size = routed.get("epochs", 1), routed.get("batch_size")
    if not _is_int(epochs) or epochs < 0:
        raise ValueError(f"epochs={epochs!r} does not fit. Pass an int >= 0.")
    batch_size = DEFAULT_BATCH_SIZE if batch_size is None else n_rows if batch_size == -1 else batch_size
    if not _is_int(batch_size) or batch_size < 1:
        raise ValueError(f"batch_size={batch_size!r} does not fit. Pass an int >= 1, or -1 for all rows at once.")
    return {
        "epochs": int(epochs),
        "batch_size": int(batch_size),
        "shuffle": bool(routed.get("shuffle", True)),
        "initial_epoch": int(routed.get("initial_epoch", 0)),
    }


def _is_int(value):
    return isinstance(value, Integral) and not isinstance(value, bool)
