"""Whether a network follows the scale of a stream: one sum of differences of losses, beside its standard error."""

import numpy as np
import pytest

from robust_mlp._fit.scale_following import KEPT_PER_ROW, ScaleFollowing


def test_without_rows_a_network_follows():
    assert not ScaleFollowing().is_worse


def test_differences_that_are_chance_do_not_end_it():
    rng = np.random.default_rng(0)
    n_ended = sum(ScaleFollowing().after(rng.normal(size=400), np.ones(400)).is_worse for _ in range(400))
    assert 0.1 < n_ended / 400 < 0.22  # one standard error, on one side: 16 %


def test_small_differences_add_up_over_calls():
    rng, known = np.random.default_rng(1), ScaleFollowing()
    for _ in range(20):
        known = known.after(0.2 + rng.normal(size=25), np.ones(25))
    assert known.is_worse


def test_earlier_rows_are_forgotten():
    known = ScaleFollowing().after(np.full(100, 1.0), np.ones(100))
    later = known.after(np.zeros(3000), np.ones(3000))
    assert later.total == pytest.approx(known.total * KEPT_PER_ROW**3000)
    assert later.after(np.full(50, -0.1), np.ones(50)).total < 0


@pytest.mark.parametrize("factor", [1e-30, 1e-3, 1e20])
def test_a_factor_on_all_weights_changes_nothing(factor):
    rng = np.random.default_rng(2)
    differences, weights = rng.normal(size=60), rng.uniform(0.1, 3, 60)
    one, other = (ScaleFollowing().after(differences, weights * f) for f in (1.0, factor))
    assert one.total == pytest.approx(other.total, rel=1e-12)
    assert one.squares == pytest.approx(other.squares, rel=1e-12)


def test_a_loss_that_is_no_number_tells_nothing():
    known = ScaleFollowing().after(np.array([np.nan, np.inf, -np.inf, 0.5]), np.ones(4))
    assert (known.total, known.squares) == (0.5, 0.25)
