"""The vote of extra members: the usual one, moved as far as held-out rows can tell."""

from dataclasses import replace

import numpy as np
import pytest

from robust_mlp._core.losses import row_losses, softmax
from robust_mlp._core.records import HeldOut
from robust_mlp._fit.companions.votes import SHARES, held_out_by_voters, vote_of_kind

N_MEMBERS, USUAL_SHARE = 6, 1 / 7


class Members:
    """Members whose logits are the true ones and errors, some of which all members of a kind make."""

    def __init__(self, n_rows, seed, *, own_error, common_error, extra_error):
        rng = np.random.default_rng(seed)
        truth = rng.normal(0, 1.5, (n_rows, 3))
        self.codes = (truth + rng.gumbel(size=truth.shape)).argmax(axis=1)
        common = truth + rng.normal(0, common_error, truth.shape)
        self.own = [softmax(common + rng.normal(0, own_error, truth.shape)) for _ in range(N_MEMBERS)]
        self.extra = softmax(truth + rng.normal(0, extra_error, truth.shape))
        self.n_rows = n_rows

    def vote(self, usual=1.0):
        """What is found by rows that one member and the extra one hold out."""
        gain = np.mean([row_losses(P, self.codes).mean() for P in self.own]) - self.loss_at(0.0)
        return vote_of_kind(self._held_out(self.extra), self._held_out(self.own[0]), usual, N_MEMBERS, gain)

    def loss_at(self, share):
        """Loss of the mean of all, with so large a share of the extra member."""
        mean = np.mean(self.own, axis=0)
        return row_losses(share * self.extra + (1 - share) * mean, self.codes).mean()

    def _held_out(self, probabilities):
        rows = np.arange(self.n_rows)
        return HeldOut(codes=self.codes, probabilities=probabilities, weights=np.ones(self.n_rows), rows=rows)


def share_of(vote):
    return vote / (vote + N_MEMBERS)


@pytest.mark.parametrize("own_error", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("common_error", [0.1, 0.5, 1.5])
@pytest.mark.parametrize("extra_error", [0.2, 0.8, 1.5, 3.0])
def test_the_mean_with_the_vote_is_never_worse_than_the_usual_mean(own_error, common_error, extra_error):
    members = Members(40_000, 0, own_error=own_error, common_error=common_error, extra_error=extra_error)
    assert members.loss_at(share_of(members.vote())) <= members.loss_at(USUAL_SHARE) + 1e-4


@pytest.mark.parametrize(
    "errors",
    [
        {"own_error": 1.0, "common_error": 0.3, "extra_error": 3.0},
        {"own_error": 0.5, "common_error": 1.5, "extra_error": 0.5},
        {"own_error": 0.4, "common_error": 0.8, "extra_error": 0.2},
        {"own_error": 0.3, "common_error": 0.2, "extra_error": 1.5},
    ],
    ids=["far worse", "far better", "better", "worse"],
)
def test_the_mean_with_the_vote_is_nearly_the_best_mean(errors):
    members = Members(40_000, 0, **errors)
    losses = [members.loss_at(share) for share in SHARES]
    found, usual = members.loss_at(share_of(members.vote())), members.loss_at(USUAL_SHARE)
    assert found - min(losses) <= 0.2 * (usual - min(losses))


def test_extra_members_that_spoil_the_mean_have_next_to_no_vote():
    members = Members(40_000, 1, own_error=0.2, common_error=0.1, extra_error=3.0)
    assert share_of(members.vote()) <= SHARES[1]
    found, without, usual = (members.loss_at(share) for share in (share_of(members.vote()), 0.0, USUAL_SHARE))
    assert found - without < 0.05 * (usual - without)


def test_extra_members_that_know_nothing_have_no_vote():
    assert Members(40_000, 1, own_error=0.2, common_error=0.1, extra_error=9.0).vote() == 0.0


def test_without_common_rows_the_vote_is_the_usual_one():
    rows = np.arange(50)
    mine = HeldOut(codes=rows * 0, probabilities=np.tile([0.9, 0.1], (50, 1)), weights=np.ones(50), rows=rows)
    assert vote_of_kind(mine, replace(mine, rows=rows + 50), 2.0, N_MEMBERS, 0.0) == 2.0


def test_members_without_a_vote_are_no_measure_of_others():
    rows = np.arange(12)
    held_out = HeldOut(codes=rows % 2, probabilities=np.full((12, 2), 0.5), weights=rows + 1.0, rows=rows, groups=rows)
    parts = np.split(rows, 3)
    found = held_out_by_voters(held_out, parts, np.array([2.0, 0.1, 0.9]))
    expected = [0, 1, 2, 3, 8, 9, 10, 11]
    assert found.rows.tolist() == found.groups.tolist() == expected
    assert found.weights.tolist() == [1, 2, 3, 4, 9, 10, 11, 12] and len(found.probabilities) == 8
    assert held_out_by_voters(held_out, parts, np.ones(3)) is held_out
    assert held_out_by_voters(held_out, [rows] * 3, np.array([2.0, 0.1, 0.9])) is held_out  # all hold out all of them


@pytest.mark.parametrize("usual", [1.0, 3.0])
def test_few_rows_leave_the_usual_vote(usual):
    members = Members(60, 2, own_error=0.8, common_error=0.3, extra_error=0.9)
    assert members.vote(usual) == usual


def test_chance_moves_a_vote_rarely_and_hardly_ever_to_a_worse_mean():
    worse = moved = 0
    for seed in range(200):
        members = Members(500, seed, own_error=0.8, common_error=0.8, extra_error=1.13)  # all errors are equal in size
        vote = members.vote()
        moved += vote != 1.0
        fresh = Members(20_000, 10_000 + seed, own_error=0.8, common_error=0.8, extra_error=1.13)
        worse += fresh.loss_at(share_of(vote)) > fresh.loss_at(USUAL_SHARE) + 1e-3 if vote != 1.0 else 0
    assert moved <= 20 and worse <= 4
