"""Lines of dense and radial members: their sums on the way, and what each column moves."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from robust_mlp.explanation.contributions._lines import Ends
from robust_mlp.explanation.contributions._members import input_column_of_outputs, members_of
from tests.explanation.contributions.mixed_fits import mixed_classifier


@pytest.fixture(scope="module")
def members():
    """(Members of every kind but those of effects, encoded rows in float64)."""
    clf, X = mixed_classifier()
    encoded = clf._fitted.encoding.transform(clf._read(X[:5])).astype(np.float64)
    networks = [weights.network().in_float64() for weights in clf._fitted.all_answering]
    return members_of(networks, input_column_of_outputs(clf._fitted.encoding), X.shape[1]), encoded


def lines_of(member, encoded):
    """The lines from all rows but the first to the first."""
    return member.lines(Ends.of(member, encoded[:1]), Ends.of(member, encoded[1:]))


def test_sums_at_a_share_are_those_of_the_row_at_this_share(members):
    found, encoded = members
    for member in found:
        between = Ends.of(member, 0.7 * encoded[1:] + 0.3 * encoded[0])
        at_share = lines_of(member, encoded).sums_at(0.3)
        for sums, expected, constant in zip(at_share, between.sums, member.constants, strict=True):
            assert_allclose(sums, expected + constant, atol=1e-10)


def test_columns_together_move_the_sums_as_far_as_these_move(members):
    found, encoded = members
    rng = np.random.default_rng(0)
    for member in found:
        lines = lines_of(member, encoded)
        by_sums = tuple(rng.normal(size=sums.shape) for sums in lines.sums_at(0.3))
        moved = lines.moved(by_sums, 0.3)
        assert moved.shape == (6,)
        numeric = sum(
            (by_sum * (ahead - behind)).sum() / 2e-5 / len(by_sum)
            for by_sum, ahead, behind in zip(by_sums, lines.sums_at(0.3 + 1e-5), lines.sums_at(0.3 - 1e-5), strict=True)
        )
        assert_allclose(moved.sum(), numeric, rtol=1e-6)
