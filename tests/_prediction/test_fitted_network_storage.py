"""A fitted network predicts the same before and after it was stored, and stores nothing that it can compute again."""

import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._prediction import fitted_network
from tests.tiny_fits import clouds, tiny

X, Y = clouds(200)


@pytest.fixture(scope="module")
def fitted():
    return tiny(n_members=2, max_iter=2).fit(X, Y)


def test_what_is_stored_is_what_was_learned(fitted, monkeypatch):
    network = fitted._fitted
    matrix = fitted._reader.read(fitted, X)
    in_float64 = network.scores(matrix)
    monkeypatch.setattr(fitted_network, "MOST_ROWS_IN_FLOAT64", 0)
    in_float32 = network.scores(matrix)
    stored = pickle.dumps(network)
    assert set(network.__getstate__()) == {
        "encoding", "weights", "offsets", "inverse_temperature", "member_weights", "companions",
    }  # fmt: skip
    loaded = pickle.loads(stored)
    assert len(pickle.dumps(loaded)) == len(stored)
    assert_array_equal(loaded.scores(matrix), in_float32)
    monkeypatch.undo()
    assert_array_equal(loaded.scores(matrix), in_float64)
    assert not np.array_equal(in_float64, in_float32)


def test_it_cannot_be_changed(fitted):
    with pytest.raises(FrozenInstanceError):
        fitted._fitted.offsets = np.zeros(2)


def test_the_networks_that_predict_are_made_once(fitted):
    assert fitted._fitted._networks is fitted._fitted._networks
    assert sum(network.n_members for network in fitted._fitted._networks) == sum(
        weights.n_members for weights in fitted._fitted.all_answering
    )
