"""Members as sums over columns: the sums of a whole row give what the network gives."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.losses import softmax
from robust_mlp.explanation.contributions._effect_members import EffectMembers
from robust_mlp.explanation.contributions._members import (
    DenseMember,
    RadialMembers,
    input_column_of_outputs,
    members_of,
)
from tests.explanation.contributions.mixed_fits import classifier_with_levels, mixed_classifier
from tests.explanation.effect_fits import classifier_with_effects


@pytest.fixture(scope="module", params=["mixed", "deep", "linear", "levels", "effects"])
def fitted(request):
    """(FittedNetwork, encoded rows, number of columns)."""
    settings = {"mixed": {}, "deep": {"hidden_layer_sizes": (6, 5), "activation": "tanh"}}
    others = {"levels": classifier_with_levels, "effects": classifier_with_effects}
    if request.param in others:
        clf, X = others[request.param]()
    else:
        clf, X = mixed_classifier(**settings.get(request.param, {"hidden_layer_sizes": (), "n_members": 2}))
    return clf._fitted, clf._fitted.encoding.transform(clf._read(X[:30])), X.shape[1]


def members(fitted):
    network, encoded, n_columns = fitted
    networks = [weights.network().in_float64() for weights in network.all_answering]
    return members_of(networks, input_column_of_outputs(network.encoding), n_columns), encoded


def whole_sums(member, encoded):
    return tuple(
        parts.sum(axis=1) + constant for parts, constant in zip(member.parts(encoded), member.constants, strict=True)
    )


def test_the_members_together_predict_what_the_network_predicts(fitted):
    found, encoded = members(fitted)
    total = np.zeros((len(encoded), fitted[0].weights.network().n_outputs))
    for member in found:
        member.add_probabilities(whole_sums(member, encoded), total)
    networks = fitted[0]._networks_in_float64
    votes, expected = 0.0, 0.0
    for network in networks:
        weights = np.ones(network.n_members) if network.member_weights is None else network.member_weights
        for k, vote in enumerate(weights):
            expected = expected + vote * softmax(network.logits(encoded, k))
            votes += vote
    assert_allclose(total, expected / votes, atol=1e-12)


def test_the_votes_sum_to_one(fitted):
    found, _ = members(fitted)
    assert_allclose(sum(member.vote for member in found), 1.0)
    assert any(isinstance(member, DenseMember) for member in found)


def test_forward_gives_the_same_probabilities_and_the_derivatives_by_the_sums(fitted):
    found, encoded = members(fitted)
    rng = np.random.default_rng(0)
    for member in found:
        if isinstance(member, EffectMembers):  # its probabilities jump with the sums
            continue
        sums = whole_sums(member, encoded)
        direct = np.zeros((len(encoded), fitted[0].weights.network().n_outputs))
        member.add_probabilities(tuple(s.copy() for s in sums), direct)
        probabilities, backward = member.forward(tuple(s.copy() for s in sums))
        assert_allclose(member.vote * probabilities, direct, atol=1e-12)
        by_probability = rng.normal(size=probabilities.shape)
        by_sums = backward(by_probability)
        for i, by_sum in enumerate(by_sums):
            step = rng.normal(size=by_sum.shape)
            ahead, behind = (
                member.forward(tuple(s + sign * 1e-6 * step if j == i else s.copy() for j, s in enumerate(sums)))[0]
                for sign in (1, -1)
            )
            numeric = (by_probability * (ahead - behind)).sum(axis=1) / 2e-6
            assert_allclose((by_sum * step).sum(axis=1), numeric, rtol=1e-4, atol=1e-7)


def test_squared_distances_bend_along_a_line_by_the_gaps():
    clf, X = mixed_classifier()
    encoded = clf._fitted.encoding.transform(clf._read(X[:9]))
    networks = [weights.network().in_float64() for weights in clf._fitted.all_answering]
    column_of = input_column_of_outputs(clf._fitted.encoding)
    (radial,) = [m for m in members_of(networks, column_of, X.shape[1]) if isinstance(m, RadialMembers)]
    row, others, t = encoded[0].astype(np.float64), encoded[1:].astype(np.float64), 0.3
    (between,) = radial.parts((1 - t) * others + t * row)
    (at_row,), (at_others,) = radial.parts(row[None]), radial.parts(others)
    gaps = radial.path_gaps(row, others)[:, :, None]
    assert_allclose(between, (1 - t) * at_others + t * at_row - t * (1 - t) * gaps, atol=1e-12)


def test_each_output_belongs_to_the_users_column():
    clf, X = mixed_classifier()
    encoding = clf._fitted.encoding
    column_of = input_column_of_outputs(encoding)
    names = list(X.columns)
    for name, j in zip(encoding.names_out, column_of, strict=True):
        assert name.split("_")[0] == names[j], (name, j)
    assert set(column_of) == set(range(len(names)))


def test_codes_of_many_levels_belong_to_their_column():
    clf, _ = classifier_with_levels()
    encoding = clf._fitted.encoding
    assert encoding.embedded.tolist() == [1]
    column_of = input_column_of_outputs(encoding)
    assert column_of[-1] == 1
    assert_array_equal(np.unique(column_of), [0, 1, 2])
