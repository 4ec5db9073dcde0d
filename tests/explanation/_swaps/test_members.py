"""Members that predict again after a change: the same numbers as a prediction of the changed rows."""

import numpy as np
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.losses import softmax
from robust_mlp.explanation._swaps.encoded_columns import outputs_of_columns
from robust_mlp.explanation._swaps.members import Members, probabilities_of
from tests.explanation.effect_fits import classifier_with_effects
from tests.explanation.known_answers import embedding_network, mixed_network, numbers_network


def effects_network():
    """(classifier, frame, None) with members that read effects of levels."""
    return *classifier_with_effects(), None


NETWORKS = [numbers_network, mixed_network, embedding_network, effects_network]


def members_of(clf, X):
    """(Members, encoded rows, encoding) of all rows."""
    fitted, matrix = clf._fitted, clf._read(X)
    encoded = fitted.encoding.transform(matrix)
    return Members([weights.network() for weights in fitted.all_answering], encoded), encoded, fitted


def expected(fitted, encoded):
    """The probabilities of encoded rows, computed as in a prediction."""
    from robust_mlp._prediction.network import decide_together

    return softmax(decide_together([weights.network() for weights in fitted.all_answering], encoded))


def test_the_network_of_numbers_has_all_kinds_of_members():
    clf = numbers_network()[0]
    assert min(clf.n_members_, clf.n_additive_members_, clf.n_radial_members_) > 0


@pytest.mark.parametrize("network", NETWORKS)
def test_unchanged_rows_have_the_probabilities_of_predict_proba(network):
    clf, X, _ = network()
    members, _, _ = members_of(clf, X)
    np.testing.assert_allclose(members.probabilities(), clf.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_one_changed_column_gives_the_probabilities_of_the_changed_rows(network):
    clf, X, _ = network()
    members, encoded, fitted = members_of(clf, X)
    order = np.random.default_rng(0).permutation(len(encoded))
    for outputs in outputs_of_columns(fitted.encoding):
        changed = encoded.copy()
        changed[:, outputs] = encoded[order][:, outputs]
        found = members.changed([outputs], [None], [(order,), (np.arange(len(order)),)])
        np.testing.assert_allclose(found[0], expected(fitted, changed), atol=1e-5)
        np.testing.assert_allclose(found[1], expected(fitted, encoded), atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
def test_two_columns_may_take_the_values_of_different_donors(network):
    clf, X, _ = network()
    members, encoded, fitted = members_of(clf, X)
    first, second = outputs_of_columns(fitted.encoding)[:2]
    donors, rng = encoded[:7], np.random.default_rng(1)
    a, b = rng.integers(0, 7, len(encoded)), rng.integers(0, 7, len(encoded))
    changed = encoded.copy()
    changed[:, first], changed[:, second] = donors[a][:, first], donors[b][:, second]
    found = members.changed([first, second], [donors, donors], [(a, b)])
    np.testing.assert_allclose(found[0], expected(fitted, changed), atol=1e-5)


@pytest.mark.parametrize("settings", [{"hidden_layer_sizes": ()}, {"linear_path": False}, {"batch_norm": True}])
def test_networks_of_other_shapes_are_followed(settings):
    _, X, y = numbers_network()
    clf = RobustMLPClassifier(**({"hidden_layer_sizes": (8,)} | settings), n_members=2, max_iter=5, random_state=0)
    clf.fit(X, np.where(X[:, 3] > 1, 2, y))
    members, encoded, fitted = members_of(clf, X)
    outputs, order = outputs_of_columns(fitted.encoding)[3], np.arange(len(X))[::-1]
    changed = encoded.copy()
    changed[:, outputs] = encoded[order][:, outputs]
    np.testing.assert_allclose(members.changed([outputs], [None], [(order,)])[0], expected(fitted, changed), atol=1e-5)


def test_the_difference_of_two_logits_is_enough_and_exact_at_both_ends():
    differences = np.array([[-800.0], [-1.0], [0.0], [800.0]])
    both = np.column_stack([np.zeros(4), differences[:, 0]])
    np.testing.assert_allclose(probabilities_of(differences), softmax(both), rtol=1e-12)
    assert probabilities_of(np.array([[40.0]]))[0, 0] == pytest.approx(np.exp(-40.0), rel=1e-9)
