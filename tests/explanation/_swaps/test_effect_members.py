"""Members that read effects of levels, after a change: the same logits as for the changed rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp._core.losses import softmax
from robust_mlp.explanation._swaps.effect_members import EffectMembers
from robust_mlp.explanation._swaps.encoded_columns import outputs_of_columns
from robust_mlp.explanation._swaps.members import probabilities_of
from tests.explanation.effect_fits import classifier_with_effects, effects_network
from tests.explanation.known_answers import whole_predictor


def members_of(n_classes):
    """(EffectMembers of some rows, their Network, the encoded rows, the outputs of each column)."""
    clf, X = classifier_with_effects(n_classes, has_linear_path=n_classes == 3)
    encoded = clf._fitted.encoding.transform(clf._read(X[:60]))
    network = effects_network(clf)
    return EffectMembers(network, encoded), network, encoded, outputs_of_columns(clf._fitted.encoding)


def assert_is_predicted(found, network, encoded):
    """Logits of each member give the probabilities of the rows."""
    for member, logits in enumerate(found):
        assert_allclose(probabilities_of(logits), softmax(network.logits(encoded, member)), atol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_unchanged_rows_have_the_logits_of_the_network(n_classes):
    members, network, encoded, _ = members_of(n_classes)
    assert_is_predicted(members.logits(), network, encoded)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("columns", [[0], [1], [2], [3], [0, 1], [2, 3, 4]])
@pytest.mark.parametrize("are_donors_others", [False, True])
def test_changed_columns_give_the_logits_of_the_changed_rows(n_classes, columns, are_donors_others):
    members, network, encoded, outputs = members_of(n_classes)
    donors = encoded[::-1][:20] if are_donors_others else encoded
    rng = np.random.default_rng(0)
    indices = [tuple(rng.integers(0, len(donors), 60) for _ in columns) for _ in range(3)]
    changes = [members.change(outputs[j], donors if are_donors_others else None) for j in columns]
    for index, found in zip(indices, members.changed(changes, indices), strict=True):
        changed = encoded.copy()
        for j, donor in zip(columns, index, strict=True):
            changed[:, outputs[j]] = donors[donor][:, outputs[j]]
        assert_is_predicted(found, network, changed)


def test_columns_of_a_group_change_together():
    members, network, encoded, outputs = members_of(2)
    group, order = np.concatenate([outputs[1], outputs[3]]), np.arange(60)[::-1]
    (found,) = members.changed([members.change(group, None)], [(order,)])
    changed = encoded.copy()
    changed[:, group] = encoded[order][:, group]
    assert_is_predicted(found, network, changed)


def test_a_column_that_no_effect_reads_changes_nothing():
    members, network, encoded, outputs = members_of(2)
    change = members.change(outputs[4], None)
    assert change is None
    (found,) = members.changed([change], [(np.arange(60)[::-1],)])
    assert_is_predicted(found, network, encoded)


@pytest.mark.parametrize("column, name", list(enumerate(["size", "gaps", "town", "shop"])))
def test_a_missing_column_is_what_predict_proba_takes_for_missing(column, name):
    clf, X = classifier_with_effects(n_classes=3, has_linear_path=True)
    few = X.iloc[:15].copy()  # so few that no drift is warned of
    block = next(whole_predictor(clf, few).blocks(np.arange(15)))
    few[name] = few[name].where(np.zeros(15, dtype=bool))
    assert_allclose(block.without(column), clf.predict_proba(few), atol=1e-5)
