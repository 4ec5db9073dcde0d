"""What inspect_model takes: any usual table, a loss of its own, and a seed that repeats the findings."""

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from robust_mlp.inspection import inspect_model
from tests.inspection.examples import X4, Y4, model_of, plain_model

L = keras.layers


def test_a_loss_can_be_passed_for_a_model_without_one():
    model = keras.Sequential([keras.Input((4,)), L.Dense(8, activation="relu"), L.Dense(1)])
    findings = inspect_model(model, X4, Y4, loss=keras.losses.BinaryCrossentropy(from_logits=True))
    assert findings.errors == ()
    assert inspect_model(model, X4, Y4, loss="bce")[0].code == "linear_head_without_from_logits"


@pytest.mark.parametrize(
    "X, y",
    [
        (pd.DataFrame(X4, columns=list("abcd")), pd.Series(Y4)),
        (X4.tolist(), Y4.tolist()),
        (scipy.sparse.csr_matrix(X4), Y4),
        (X4.astype(object), Y4),
        (pd.DataFrame(X4).convert_dtypes(), pd.Series(Y4, dtype="Int64")),
    ],
    ids=["pandas", "lists", "sparse", "objects", "nullable"],
)
def test_any_usual_table_will_do(X, y):
    assert inspect_model(plain_model(), X, y).errors == ()


def test_a_single_column_may_come_as_a_vector():
    model = model_of(L.Dense(8, activation="relu"), L.Dense(1, activation="sigmoid"), shape=(1,))
    assert inspect_model(model, X4[:, 0], Y4).errors == ()


def test_the_same_seed_gives_the_same_findings():
    model = model_of(L.Dense(3, activation="sigmoid"), L.Dense(1, activation="sigmoid"), optimizer="sgd")
    X, y = np.tile(1000 * X4, (40, 1)), np.tile(Y4, 40)
    assert inspect_model(model, X, y, random_state=3) == inspect_model(model, X, y, random_state=3)
