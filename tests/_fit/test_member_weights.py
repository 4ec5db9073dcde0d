"""How much each member counts, and that every way to predict knows of it."""

import pickle
from dataclasses import replace

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import make_classification

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.records import HeldOut
from robust_mlp._fit import run_attempt
from robust_mlp._fit.companions import radial
from robust_mlp._fit.member_weights import member_weights_of

INPUT_GROUPS = (0, 1, 0, 0)
N_ROWS = 50


def answers(gap=0.0, noise=0.1, seed=0):
    """Held-out answers of four members, the second with `gap` more loss, and the rows that each left out."""
    rng = np.random.default_rng(seed)
    parts = np.split(rng.permutation(4 * N_ROWS), 4)
    losses = 0.5 + noise * rng.uniform(-1, 1, 4 * N_ROWS)
    losses[N_ROWS : 2 * N_ROWS] += gap
    right = np.exp(-losses)
    held_out = HeldOut(
        codes=np.zeros(4 * N_ROWS, int),
        probabilities=np.stack([right, 1 - right], axis=1),
        weights=np.ones(4 * N_ROWS),
        rows=np.concatenate(parts),
    )
    return held_out, parts


def test_a_view_that_is_clearly_behind_counts_next_to_nothing():
    weights = member_weights_of(*answers(gap=0.3), INPUT_GROUPS)
    assert weights[1] < 0.01
    assert_allclose(weights[[0, 2, 3]], 4 / 3, rtol=0.01)
    assert member_weights_of(*answers(gap=-0.3), INPUT_GROUPS)[1] == pytest.approx(4, rel=0.01)


def test_one_standard_error_is_a_factor_of_e():
    held_out, parts = answers(noise=0.2)
    losses = -np.log(held_out.probabilities[:, 0])
    of_second = np.repeat(INPUT_GROUPS, N_ROWS) == 1
    ours, theirs = losses[of_second], losses[~of_second]
    error = np.sqrt(ours.var() / len(ours) + theirs.var() / len(theirs))
    weights = member_weights_of(held_out, parts, INPUT_GROUPS)
    assert weights.mean() == pytest.approx(1)
    assert np.log(weights[0] / weights[1]) == pytest.approx((ours.mean() - theirs.mean()) / error)


def test_by_chance_a_view_rarely_loses_its_vote():
    """Where groups are alike z is normal: beyond 2 in some 5 % of the tables, either way."""
    ratios = [
        np.log(v[0] / v[1]) for v in (member_weights_of(*answers(seed=seed), INPUT_GROUPS) for seed in range(400))
    ]
    assert 0.02 < np.mean(np.abs(ratios) > 2) < 0.09
    assert abs(np.mean(ratios)) < 0.2


def test_rows_count_by_their_weights():
    weights = np.ones(4 * N_ROWS)
    weights[N_ROWS : N_ROWS + N_ROWS // 2] = 1e-6
    held_out, parts = answers()
    losses = -np.log(held_out.probabilities)
    losses[N_ROWS : N_ROWS + N_ROWS // 2, 0] += 1.0  # bad where nothing counts
    bad = replace(held_out, probabilities=np.exp(-losses))
    assert member_weights_of(bad, parts, INPUT_GROUPS)[1] < 0.1
    assert member_weights_of(replace(bad, weights=weights), parts, INPUT_GROUPS)[1] > 0.3


@pytest.mark.parametrize("case", ["one view", "joint answers", "not finite", "all alike"])
def test_members_count_alike_where_nothing_tells_them_apart(case):
    held_out, parts = answers()
    groups = INPUT_GROUPS
    if case == "one view":
        groups = (0,) * 4
    if case == "joint answers":
        parts = [np.arange(4 * N_ROWS)] * 4
    if case == "not finite":
        held_out = replace(held_out, probabilities=np.full((4 * N_ROWS, 2), np.nan))
    if case == "all alike":
        held_out = replace(held_out, probabilities=np.full((4 * N_ROWS, 2), 0.5))
    assert member_weights_of(held_out, parts, groups) is None


@pytest.fixture(scope="module", autouse=True)
def _short_on_purpose():
    """These fits have few epochs, and the guard is not to ask whether more would be better."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("robust_mlp._collapse.judge.may_be_held_back", lambda inputs: False)
        yield


@pytest.fixture(scope="module")
def fitted():
    X, y = make_classification(300, 6, n_informative=3, random_state=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            run_attempt,
            "member_weights_of",
            lambda _, parts, groups: np.linspace(0.2, 1.8, len(parts)) if groups else None,
        )
        patch.setattr(run_attempt, "vote_of_kind", lambda held_out, of_others, usual, *_: 1.5 * usual)
        return RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y), X


def test_every_way_to_predict_knows_the_votes(fitted, tmp_path):
    clf, X = fitted
    encoded = clf._fitted.encoding.transform(clf._read(X))
    networks = clf._fitted._networks
    assert [network.n_members for network in networks] == [5, 1, 1, 1, 1]
    members = [network.member_probabilities(encoded, i) for network in networks for i in range(network.n_members)]
    weights = [*np.linspace(0.2, 1.8, 5), 1.5, *[1.5 * radial.MEMBER_WEIGHT] * 3]
    expected = np.average(members, axis=0, weights=weights)
    assert_allclose(clf.predict_proba(X), expected, atol=1e-6)
    assert_allclose(pickle.loads(pickle.dumps(clf)).predict_proba(X), expected, atol=1e-6)
    assert_allclose(clf.model_.predict(encoded, verbose=0), expected, atol=1e-5)
    clf.model_.save(tmp_path / "model.keras")
    assert_allclose(keras.saving.load_model(tmp_path / "model.keras").predict(encoded, verbose=0), expected, atol=1e-5)


def test_votes_follow_from_the_rows_that_members_left_out():
    X, y = make_classification(300, 6, n_informative=3, random_state=0)
    clf = RobustMLPClassifier((8,), n_members=5, max_iter=8, random_state=0).fit(X, y)
    weights = clf._fitted.member_weights
    assert weights.mean() == pytest.approx(1) and weights[1] == weights[4] != weights[0] == weights[2] == weights[3]
    assert (
        RobustMLPClassifier((8,), n_members=5, max_iter=2, numerical_embedding=None, random_state=0)
        .fit(X, y)
        ._fitted.member_weights
        is None
    )
    shown = RobustMLPClassifier((8,), n_members=5, max_iter=2, random_state=0).fit(X, y, X_val=X + 0.1, y_val=y)
    assert shown._fitted.member_weights is None
