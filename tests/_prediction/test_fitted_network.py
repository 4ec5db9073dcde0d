"""A network behind its encoding: temperature, offsets and companions in what it answers, by whatever way."""

import pickle
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.losses import softmax
from robust_mlp._prediction import fitted_network
from robust_mlp._prediction.fitted_network import MOST_ROWS_IN_FLOAT64, FittedNetwork
from robust_mlp._prediction.network import NetworkWeights
from robust_mlp._prediction.radial_units import RadialUnits

RNG = np.random.default_rng(0)
OFFSETS = np.array([0.3, -0.2, 0.0])


@dataclass
class Halved:
    """An encoding: all inputs halved."""

    factor: float = 0.5

    def transform(self, matrix):
        return np.float32(self.factor) * matrix.astype(np.float32)


def weights_of(n_members, sizes=(4, 6, 3), units=None, linear_path=False):
    """Random NetworkWeights with a member axis."""
    members, row = ((n_members,), (1,)) if n_members > 1 else ((), ())
    arrays = []
    for n_in, n_out in pairwise(sizes):
        arrays += [RNG.normal(size=(*members, n_in, n_out)), RNG.normal(size=(*members, *row, n_out))]
    if linear_path:
        arrays.append(RNG.normal(size=(*members, sizes[0], sizes[-1])))
    arrays = [array.astype(np.float32) for array in arrays]
    return NetworkWeights(arrays, [], "tanh", len(sizes) - 2, False, linear_path, n_members, units=units)


def radial_weights():
    units = RadialUnits(np.arange(4), np.ones(4), RNG.normal(size=(5, 4)), RNG.normal(size=(5, 2)), np.zeros(2))
    return weights_of(1, sizes=(2, 3), units=units)


def rows_of(n_rows):
    return RNG.normal(size=(n_rows, 4))


def by_hand(fitted, rows):
    """Probabilities of the members one by one, and their weighted mean."""
    encoded = fitted.encoding.transform(rows)
    network = fitted.weights.network()
    factors = np.broadcast_to(fitted.inverse_temperature, network.n_members)
    votes = np.ones(network.n_members) if fitted.member_weights is None else fitted.member_weights
    answers = [softmax(network.logits(encoded, k) * factors[k] + OFFSETS) for k in range(network.n_members)]
    votes = [*votes]
    for weights in fitted.companions:
        other = weights.network()
        answers += [softmax(other.logits(encoded, k)) for k in range(other.n_members)]
        votes += [1.0] * other.n_members
    return np.average(answers, axis=0, weights=votes)


@pytest.mark.parametrize("linear_path", [False, True])
@pytest.mark.parametrize(
    "n_members, temperature, member_weights",
    [(1, 0.7, None), (3, 0.7, None), (3, np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.5, 2.0]))],
)
def test_answers_are_those_of_the_members_at_their_temperature_with_the_offsets(
    n_members, temperature, member_weights, linear_path
):
    weights = weights_of(n_members, linear_path=linear_path)
    fitted = FittedNetwork(Halved(), weights, OFFSETS, temperature, member_weights)
    rows = rows_of(30)
    assert_allclose(fitted.probabilities(rows), by_hand(fitted, rows), atol=1e-6)
    assert_allclose(softmax(fitted.scores(rows)), fitted.probabilities(rows), atol=1e-12)


def test_companions_vote_as_they_are_and_are_counted_by_their_kind():
    companions = (weights_of(2, sizes=(4, 3)), radial_weights())
    fitted = FittedNetwork(Halved(), weights_of(3), OFFSETS, 0.7, None, companions)
    rows = rows_of(30)
    assert_allclose(fitted.probabilities(rows), by_hand(fitted, rows), atol=1e-6)
    assert (fitted.n_additive_members, fitted.n_radial_members) == (2, 1)
    assert [weights.n_members for weights in fitted.all_answering] == [3, 2, 1]


def test_the_weights_that_were_trained_stay_as_they_are():
    weights = weights_of(2)
    before = [w.copy() for w in weights.trainable]
    fitted = FittedNetwork(Halved(), weights, OFFSETS, 0.5, np.array([1.0, 2.0]))
    fitted.probabilities(rows_of(3))
    for now, then in zip(fitted.weights.trainable, before, strict=True):
        assert_array_equal(now, then)
    assert_array_equal(fitted.answering_weights.member_weights, [1.0, 2.0])


def test_few_rows_are_answered_alike_wherever_they_stand():
    fitted = FittedNetwork(Halved(), weights_of(3), OFFSETS)
    rows = rows_of(37)
    whole = fitted.scores(rows)
    for i in (0, 17, 36):
        assert_allclose(fitted.scores(rows[i : i + 1])[0], whole[i], rtol=1e-12)
    assert_allclose(fitted.scores(rows[::-1])[::-1], whole, rtol=1e-12)


def test_many_rows_are_answered_as_few_are_on_one_thread_or_several(monkeypatch):
    fitted = FittedNetwork(Halved(), weights_of(3), OFFSETS)
    rows = rows_of(MOST_ROWS_IN_FLOAT64 + 50)
    exact = np.concatenate([fitted.probabilities(part) for part in np.array_split(rows, 2)])
    on_one = fitted.probabilities(rows)
    assert fitted._networks_for(len(rows)) == (fitted._networks, 1)
    assert_allclose(on_one, exact, atol=1e-5)
    monkeypatch.setattr(fitted_network, "LEAST_VALUES_FOR_THREADS", 1)
    monkeypatch.setattr(fitted_network, "n_threads", lambda: 3)
    monkeypatch.setattr("robust_mlp._prediction.network.CHUNK_VALUES", 6 * 500)
    assert fitted._networks_for(len(rows))[1] == 3
    on_several = fitted.probabilities(rows)
    assert_allclose(on_several, exact, atol=1e-5)
    monkeypatch.setattr(fitted_network, "n_threads", lambda: 1)
    assert_array_equal(fitted.probabilities(rows), on_several)  # the number of threads decides nothing


def test_networks_too_wide_for_one_thread_stay_on_all_of_blas(monkeypatch):
    monkeypatch.setattr(fitted_network, "LEAST_VALUES_FOR_THREADS", 1)
    wide = FittedNetwork(Halved(), weights_of(1, sizes=(4, 300, 300, 3)), OFFSETS)
    radial = FittedNetwork(Halved(), weights_of(1), OFFSETS, companions=(radial_weights(),))
    for fitted in (wide, radial):
        assert fitted._networks_for(MOST_ROWS_IN_FLOAT64 + 1) == (fitted._networks, 1)


def test_no_rows_get_no_answers():
    fitted = FittedNetwork(Halved(), weights_of(2), OFFSETS)
    assert fitted.probabilities(np.empty((0, 4))).shape == (0, 3)


def test_a_pickle_holds_what_it_was_made_of_and_answers_alike():
    fitted = FittedNetwork(
        Halved(), weights_of(2), OFFSETS, np.array([0.5, 2.0]), np.array([1.0, 3.0]), (radial_weights(),)
    )
    rows = rows_of(20)
    expected = fitted.probabilities(rows)  # makes the networks in float64, which are left out
    assert set(fitted.__getstate__()) == {
        "encoding",
        "weights",
        "offsets",
        "inverse_temperature",
        "member_weights",
        "companions",
    }
    assert_array_equal(pickle.loads(pickle.dumps(fitted)).probabilities(rows), expected)


@pytest.mark.parametrize("member_weights", [None, np.array([1.5, 0.5, 1.0])])
def test_companions_that_stand_in_answer_nearly_alone_and_are_judged(member_weights):
    own, others = weights_of(3), weights_of(3, sizes=(4, 3))
    fitted = FittedNetwork(Halved(), own, OFFSETS, 0.7, member_weights).in_place(others)
    rows = rows_of(30)
    alone = others.network().probabilities(fitted.encoding.transform(rows))
    assert np.abs(fitted.probabilities(rows) - alone).max() <= 1 - fitted_network.SHARE_IN_PLACE
    assert fitted.judged_kind == 1
    assert fitted.judged_weights is fitted.companions[0]
    assert fitted.companions[0].n_members == 3


def test_without_companions_in_place_the_own_members_are_judged():
    votes = np.full(3, 9.0)  # nine tenths, the most that companions get
    beside = replace(weights_of(3, sizes=(4, 3)), member_weights=votes)
    for companions in ((), (beside,), (weights_of(2, sizes=(4, 3)),)):
        fitted = FittedNetwork(Halved(), weights_of(3), OFFSETS, 0.7, None, companions)
        assert fitted.judged_kind == 0
        assert fitted.judged_weights.n_members == 3 and fitted.judged_weights.units is None
