"""Encodings that were learned from small tables without a network, and rows to encode."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from robust_mlp._data.encoding import learn_encoding
from robust_mlp._data.tables import read_table
from robust_mlp.persistence.export.raw_columns import raw_table

RNG = np.random.default_rng(0)
LEVELS = [f"level {i}" for i in range(130)]

# (scale, numerical embedding, whether levels are embedded)
SETTINGS = [
    ("standard", None, False),
    ("standard", "mixed", True),
    ("robust", "piecewise_linear", False),
    (None, "piecewise_linear", True),
    (None, None, False),
]


def training_frame():
    """300 rows: numbers of unlike scales, few levels, many levels, and missing values in all."""
    table = pd.DataFrame(RNG.normal(size=(300, 3)) * [1, 1e6, 1e-3], columns=["a", "b", "c"])
    table["year"] = RNG.integers(1990, 2020, 300)
    table["flat"] = 3.0
    table["few"] = RNG.choice(np.array(["x", "y", "z", None], dtype=object), 300)
    table["many"] = RNG.choice(np.array(LEVELS, dtype=object), 300)
    table.loc[::5, "a"] = np.nan
    return table


def new_frame():
    """Rows unlike those of the training."""
    table = training_frame()
    table["flat"] = np.linspace(2, 4, 300)
    table.loc[0, ["a", "b", "c"]] = [1e300, -1e30, np.nan]
    table.loc[1, ["few", "many"]] = ["never seen", None]
    table.loc[2, ["few", "many"]] = [None, "never seen"]
    return table


def encoding_of(scale, numerical_embedding, embeds_levels):
    """(RawTable, Encoding, function that reads other frames) learned from `training_frame`."""
    estimator, table = BaseEstimator(), training_frame()
    matrix, reader = read_table(estimator, table, categorical_features="from_dtype", reset=True)
    encoding = learn_encoding(
        matrix, reader, np.arange(250), np.ones(250), scale, numerical_embedding, embeds_levels=embeds_levels
    )
    return raw_table(encoding, reader), encoding, lambda X: reader.read(estimator, X)


def raw_values(table, X):
    """The columns of a frame as an exported model takes them."""
    values = []
    for column in table.columns:
        of_column = X[column.name]
        is_text = column.kind == "texts"
        of_column = of_column.where(of_column.notna(), "") if is_text else of_column.astype(float)
        values.append(of_column.to_numpy(object if is_text else np.float64)[:, np.newaxis])
    return values
