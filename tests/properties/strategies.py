"""Tables, labels, weights and parameters as users pass them: most can be used, some cannot."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy import sparse

# Architectures and batch sizes are few: TensorFlow traces a graph for each new one.
GOOD_PARAMETERS = {
    "hidden_layer_sizes": [(4,), (), (3, 3), "auto"],
    "activation": ["relu", "silu", "tanh"],
    "n_members": [1, 2],
    "dropout": [0.0, 0.5],
    "input_dropout": [0.0, 0.3],
    "batch_norm": [False, True],
    "max_norm": [None, 2.0],
    "linear_path": [True, False],
    "optimizer": ["adam", "sgd"],
    "learning_rate": [1e-3, 0.1, 1e-300, 1e3],
    "learning_rate_schedule": ["auto", None, "cosine"],
    "weight_decay": [0.0, 0.01, 1e6],
    "label_smoothing": [0.0, 0.1],
    "batch_size": ["auto", 8],
    "shuffle": [True, False],
    "early_stopping": ["auto", True, False],
    "scoring": ["loss", "balanced_accuracy", "neg_log_loss"],
    "validation_fraction": [0.1, 0.5, 2],
    "n_iter_no_change": [1, 15],
    "tol": [0.0, 1e-4],
    "scale": ["standard", "robust", None],
    "numerical_embedding": ["auto", "mixed", "piecewise_linear", None],
    "class_weight": [None, "balanced"],
    "sampler": [None, "over", "under"],
    "prior_correction": [False, True],
    "decision": ["argmax"],
    "collapse_guard": ["off", "warn", "repair"],
    "max_restarts": [0, 1],
}
BAD_PARAMETERS = {
    "hidden_layer_sizes": [(0,), "wide", 3.5, (4, -1)],
    "activation": ["Relu6x", None, 3],
    "n_members": [0, 1.5, "many"],
    "dropout": [1.0, -0.1, float("nan")],
    "learning_rate": [0.0, -1.0, float("nan"), float("inf"), "adaptive"],
    "batch_size": [0, 2.5, "large"],
    "max_iter": [0, -1, 2.5, None],
    "validation_fraction": [0.0, 1.0, -2, float("nan")],
    "scale": ["minmax", 3],
    "class_weight": ["balance", 3, {"no such class": 2.0}],
    "sampler": ["undr", 3],
    "decision": ["argmin", 3, [1.0]],
    "collapse_guard": ["on", True],
    "categorical_features": ["from_types", [99], ["no such column"]],
    "scoring": ["no_such_scorer", 3, None],
    "random_state": ["seed", -1],
    "callbacks": [3, ["early"]],
    "max_time": [0, -3.0],
    "checkpoint": [3, 0.5],
}


@dataclass
class Case:
    """One call of `fit`, and the arguments that are at fault.

    Attributes
    ----------
    X, y, sample_weight
        As passed to `fit`.
    parameters : dict
        Of the constructor.
    faults : set of str
        Names of arguments that were made unusable; empty for a call that ought to work.
    """

    X: Any
    y: Any
    sample_weight: Any = None
    parameters: dict = field(default_factory=dict)
    faults: set = field(default_factory=set)


_NUMBER_TYPES = ("float64", "float32", "float16", "int64", "int8", "uint16", "bool")
# Sizes at which numbers overflow, vanish or lose digits somewhere.
_FACTORS = (1.0, 1e-30, 1e6, 1e30, 1e-300, 1e300)


@st.composite
def number_columns(draw, n_rows, dtype=None):
    """A column of numbers: any dtype and size, constant, with missing values, skewed, or all different."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    dtype = draw(st.sampled_from(_NUMBER_TYPES)) if dtype is None else dtype
    kind = draw(st.sampled_from(["normal", "constant", "skewed", "ids", "two values"]))
    values = {
        "normal": lambda: rng.normal(size=n_rows),
        "constant": lambda: np.full(n_rows, 3.0),
        "skewed": lambda: np.exp(3 * rng.normal(size=n_rows)),
        "ids": lambda: np.arange(n_rows) + 1.0,
        "two values": lambda: rng.integers(0, 2, n_rows).astype(float),
    }[kind]()
    if not dtype.startswith("float"):
        return np.clip(values, 0, 100).astype(dtype)
    factor = draw(st.sampled_from(_FACTORS)) if dtype == "float64" else 1.0
    with np.errstate(over="ignore"):  # what a small dtype cannot hold is missing, below
        values = (values * factor).astype(dtype)
    if draw(st.booleans()):
        values[rng.random(n_rows) < draw(st.sampled_from([0.1, 1.0]))] = np.nan
    return np.where(np.isinf(values), np.nan, values).astype(dtype)


@st.composite
def frame_columns(draw, n_rows):
    """A column of a pandas frame: numbers, words, categories, dates, durations, truth values with gaps."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    kind = draw(st.sampled_from(["number", "words", "category", "dates", "durations", "nullable", "ids", "truth"]))
    if kind == "number":
        return draw(number_columns(n_rows))
    words = np.array(["a", "b", "ä ö", "", "1.5", "nan", "x" * 300], dtype=object)
    picked = words[rng.integers(0, draw(st.integers(1, len(words))), n_rows)]
    if kind == "words":
        picked[rng.random(n_rows) < 0.2] = None
        return picked
    if kind == "category":
        return pd.Categorical(picked, categories=words)
    if kind == "dates":
        dates = pd.Series(pd.Timestamp("2020-02-28") + pd.to_timedelta(rng.integers(0, 1000, n_rows), "D"))
        return dates.where(rng.random(n_rows) > 0.1)
    if kind == "durations":
        return pd.Series(pd.to_timedelta(rng.integers(0, 10**6, n_rows), "s"))
    if kind == "nullable":
        return pd.array(np.where(rng.random(n_rows) < 0.2, None, rng.integers(0, 5, n_rows)), dtype="Int64")
    if kind == "truth":
        return np.where(rng.random(n_rows) < 0.2, None, rng.random(n_rows) < 0.5)
    return np.array([f"id-{i}" for i in range(n_rows)], dtype=object)


@st.composite
def tables(draw, n_rows):
    """A table in one of its containers."""
    n_columns = draw(st.integers(1, 4))
    container = draw(st.sampled_from(["array", "frame", "list", "csr", "fortran", "read only"]))
    if container == "frame":
        return pd.DataFrame({f"c{j}": draw(frame_columns(n_rows)) for j in range(n_columns)})
    dtype = draw(st.sampled_from(_NUMBER_TYPES))
    array = np.column_stack([draw(number_columns(n_rows, dtype)) for _ in range(n_columns)])
    if container == "list":
        return array.tolist()
    if container == "csr":
        return sparse.csr_array(array.astype("float64"))
    if container == "fortran":
        return np.asfortranarray(array)
    if container == "read only":
        array.flags.writeable = False
    return array


@st.composite
def labels(draw, n_rows):
    """Labels of at least two classes, of any type, in any shares."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    names = draw(
        st.sampled_from(
            [
                np.array([0, 1]),
                np.array([-1, 7, 3]),
                np.array([False, True]),
                np.array(["no", "yes"]),
                np.array(["b", "None", "ä"], dtype=object),
                np.array([0.0, 1.0, 2.0]),
                np.arange(6),
            ]
        )
    )
    weights = np.geomspace(1, draw(st.sampled_from([1, 30])), len(names))
    y = names[rng.choice(len(names), n_rows, p=weights / weights.sum())]
    y[: len(names)] = names  # each class has a row
    container = draw(st.sampled_from(["array", "list", "series"]))
    if container == "list":
        return y.tolist()
    return pd.Series(y, index=np.arange(n_rows)[::-1]) if container == "series" else y


@st.composite
def sample_weights(draw, n_rows):
    """Weights that can be used, or None."""
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    kind = draw(st.sampled_from(["none", "ones", "varied", "tiny", "huge", "some zero"]))
    return {
        "none": lambda: None,
        "ones": lambda: np.ones(n_rows),
        "varied": lambda: rng.random(n_rows) + 0.1,
        "tiny": lambda: np.full(n_rows, 1e-300),
        "huge": lambda: np.full(n_rows, 1e300),
        "some zero": lambda: np.r_[np.ones(n_rows - 3), np.zeros(3)],
    }[kind]()


@st.composite
def parameters(draw, most=4):
    """Up to `most` parameters away from the cheap setting that every example starts from."""
    names = draw(st.lists(st.sampled_from(sorted(GOOD_PARAMETERS)), max_size=most, unique=True))
    cheap = {"hidden_layer_sizes": (4,), "n_members": 1, "max_iter": 2, "max_restarts": 0, "random_state": 0}
    return cheap | {name: draw(st.sampled_from(GOOD_PARAMETERS[name])) for name in names}


@st.composite
def good_calls(draw):
    """A call of `fit` that ought to work."""
    n_rows = draw(st.integers(12, 60))
    return Case(draw(tables(n_rows)), draw(labels(n_rows)), draw(sample_weights(n_rows)), draw(parameters()))


def _spoil_table(draw, case):
    """Make `X` unusable."""
    n_rows = len(case.y)
    kind = draw(st.sampled_from(["infinite", "complex", "no rows", "no columns", "flat", "deep", "None", "short"]))
    case.X = {
        "infinite": lambda: np.full((n_rows, 2), np.inf),
        "complex": lambda: np.ones((n_rows, 2), dtype=complex),
        "no rows": lambda: np.empty((0, 2)),
        "no columns": lambda: np.empty((n_rows, 0)),
        "flat": lambda: np.ones(n_rows),
        "deep": lambda: np.ones((n_rows, 2, 2)),
        "None": lambda: None,
        "short": lambda: np.ones((n_rows - 1, 2)),
    }[kind]()
    case.faults.add("X")


def _spoil_labels(draw, case):
    """Make `y` unusable."""
    n_rows = len(case.y)
    kind = draw(st.sampled_from(["one class", "missing", "continuous", "table", "short", "None", "mixed", "infinite"]))
    case.y = {
        "one class": lambda: np.zeros(n_rows),
        "missing": lambda: np.r_[np.nan, np.arange(n_rows - 1) % 2],
        "continuous": lambda: np.arange(n_rows) + 0.5,
        "table": lambda: np.eye(n_rows)[:, :3],
        "short": lambda: np.arange(n_rows - 1) % 2,
        "None": lambda: None,
        "mixed": lambda: np.array(["a", 1] * n_rows, dtype=object)[:n_rows],
        "infinite": lambda: np.r_[np.inf, np.arange(n_rows - 1) % 2],
    }[kind]()
    case.faults.add("y")


def _spoil_weights(draw, case):
    """Make `sample_weight` unusable."""
    n_rows = len(case.y)
    kind = draw(st.sampled_from(["negative", "missing", "infinite", "all zero", "short", "words", "table"]))
    case.sample_weight = {
        "negative": lambda: np.r_[-1.0, np.ones(n_rows - 1)],
        "missing": lambda: np.r_[np.nan, np.ones(n_rows - 1)],
        "infinite": lambda: np.r_[np.inf, np.ones(n_rows - 1)],
        "all zero": lambda: np.zeros(n_rows),
        "short": lambda: np.ones(n_rows - 1),
        "words": lambda: ["heavy"] * n_rows,
        "table": lambda: np.ones((n_rows, 2)),
    }[kind]()
    case.faults.add("sample_weight")


def _spoil_parameter(draw, case):
    """Give one parameter an unusable value."""
    name = draw(st.sampled_from(sorted(BAD_PARAMETERS)))
    case.parameters[name] = draw(st.sampled_from(BAD_PARAMETERS[name]))
    case.faults.add(name)


@st.composite
def bad_calls(draw):
    """A call of `fit` with exactly one argument that cannot be used."""
    case = draw(good_calls())
    spoil = draw(st.sampled_from([_spoil_table, _spoil_labels, _spoil_weights, _spoil_parameter]))
    spoil(draw, case)
    return case
