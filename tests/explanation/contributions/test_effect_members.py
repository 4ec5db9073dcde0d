"""Members that read effects of levels: sums of mixed rows, and lines along which levels change."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._core.losses import softmax
from robust_mlp.explanation.contributions._effect_members import EffectMembers
from robust_mlp.explanation.contributions._lines import Ends
from robust_mlp.explanation.contributions._members import input_column_of_outputs, members_of
from tests.explanation.effect_fits import (
    OF_DIFFERENT_COLUMNS,
    classifier_with_effects,
    effects_network,
    features_between,
    mixed,
    some_effects,
)


def effect_members(network=None):
    """(EffectMembers in float64, encoded rows, the column of each input)."""
    clf, X = classifier_with_effects(n_classes=3, has_linear_path=True)
    encoded = clf._fitted.encoding.transform(clf._read(X[:40]))
    column_of = input_column_of_outputs(clf._fitted.encoding)
    (found,) = members_of([network or effects_network(clf)], column_of, X.shape[1])
    assert isinstance(found, EffectMembers)
    return found, encoded, column_of


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_of_a_mixed_row_are_its_levels_and_slopes(dtype):
    clf, _ = classifier_with_effects(n_classes=3, has_linear_path=True)
    network = clf._fitted.companions[0].network() if dtype == np.float32 else effects_network(clf)
    member, encoded, column_of = effect_members(network)
    (parts,) = member.parts(encoded)
    assert parts.dtype == dtype and parts.shape == (40, 5, *member.widths)
    rng = np.random.default_rng(0)
    for _ in range(20):
        row, other = rng.integers(0, 40, 2)
        mask = rng.uniform(size=5) < 0.5
        levels, slopes = member.levels_and_slopes(
            np.where(mask[:, np.newaxis], parts[row], parts[other]).sum(axis=0, keepdims=True)
        )
        expected = mixed(encoded[row], encoded[other], column_of, mask)[np.newaxis]
        assert_array_equal(levels, member.units.levels(expected))
        assert_allclose(slopes, member.units.slopes(expected), atol=1e-6)


def test_each_factor_belongs_to_the_column_that_it_reads():
    member, _, column_of = effect_members()
    assert member.factor_columns.tolist() == [0, 1, 2, 3, -1]
    assert member.number_columns.tolist() == [0, 1]
    assert column_of[-1] == 3


def test_probabilities_are_those_of_the_network():
    member, encoded, _ = effect_members()
    total = np.zeros((40, 3))
    sums = Ends.of(member, encoded).sums
    member.add_probabilities(sums, total)
    each = [softmax(member.network.logits(encoded, k)) for k in range(2)]
    expected = (each[0] + 2.5 * each[1]) / 3.5
    assert_allclose(member.vote, 1.0)
    assert_allclose(total, expected, atol=1e-12)
    assert_allclose(member.forward((member.features(sums[0]),))[0], expected, atol=1e-12)


@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_on_a_line_features_are_those_of_mixed_rows_with_their_shares(t):
    member, encoded, column_of = effect_members()
    units = some_effects(member.units, OF_DIFFERENT_COLUMNS)
    member = replace(member, units=units)
    lines = member.lines(Ends.of(member, encoded[:1]), Ends.of(member, encoded[1:]))
    shares = np.full(5, t)
    (found,) = lines.sums_at(t)
    assert_allclose(found, features_between(units, encoded[0], encoded[1:], column_of, shares), atol=1e-6)
    by_feature = np.random.default_rng(0).normal(size=found.shape)
    moved = lines.moved((by_feature,), t)
    for j in range(5):
        there, back = (  # features are linear in the share of a column
            features_between(units, encoded[0], encoded[1:], column_of, np.where(np.arange(5) == j, end, shares))
            for end in (1.0, 0.0)
        )
        assert_allclose(moved[j], (by_feature * (there - back)).sum() / 39, atol=1e-6)


def test_a_line_begins_and_ends_at_its_rows_and_columns_move_it():
    member, encoded, _ = effect_members()
    lines = member.lines(Ends.of(member, encoded[:1]), Ends.of(member, encoded[1:]))
    features = member.units(encoded)
    assert_allclose(lines.sums_at(0.0)[0], features[1:], atol=1e-12)
    assert_allclose(lines.sums_at(1.0)[0], np.broadcast_to(features[0], (39, 3)), atol=1e-12)
    by_feature = np.random.default_rng(0).normal(size=(39, 3))
    numeric = (by_feature * (lines.sums_at(0.4001)[0] - lines.sums_at(0.3999)[0])).sum() / 2e-4 / 39
    assert_allclose(lines.moved((by_feature,), 0.4).sum(), numeric, rtol=1e-6)
    assert lines.moved((by_feature,), 0.4)[4] == 0  # no effect reads the last column


def test_a_number_times_its_own_range_moves_one_column():
    member, encoded, _ = effect_members()
    member = replace(member, units=some_effects(member.units, [5]))
    lines = member.lines(Ends.of(member, encoded[:1]), Ends.of(member, encoded[1:]))
    moved = lines.moved((np.ones((39, 3)),), 0.4)
    assert moved[1] != 0
    assert_array_equal(np.delete(moved, 1), 0)
