"""Tables as simple models may look at them; shared by the tests of the probe and of the guard."""

import numpy as np

from robust_mlp._core.records import ProbeSource


def source(X, y, *, groups=None, weights=None, validation=None, **fields):
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    rows = np.arange(len(y))
    values = {
        "encode": lambda where: X[where],
        "index": rows,
        "codes": y,
        "weights": np.ones(len(y)) if weights is None else weights,
        "groups": rows if groups is None else groups,
        "n_classes": int(y.max()) + 1,
        "validation": validation,
        "has_foreign_rows": validation is not None,
        "matrix": X,
        "is_number": np.ones(X.shape[1], dtype=bool),
        "names": tuple(f"x{j}" for j in range(X.shape[1])),
        "is_grouped": False,
        "validation_matrix": validation,
        "counts": None,
    }
    return ProbeSource(**(values | fields))
