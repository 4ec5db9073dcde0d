"""The benchmark of pairs: no column of its tables tells the classes, and its claims can fail."""

import numpy as np
import pytest

from benchmarks import interactions
from benchmarks.interactions import ALL, ASIDE, CHOOSING, RARE, drawn, main


def test_half_of_the_cases_are_kept_aside():
    assert len(CHOOSING) == len(ASIDE) == 8 and len(ALL) == 16
    assert set(RARE) <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_tables_hold_much_for_who_knows_their_law(name):
    X, y, P = drawn(name, 0, 4000, 2)
    again, labels, _ = drawn(name, 0, 4000, 2)
    assert X.equals(again) and (y == labels).all()
    np.testing.assert_allclose(P.sum(axis=1), 1)
    shares = np.bincount(y) / len(y)
    loss, prior = -np.mean(np.log(P[np.arange(len(y)), y])), -np.sum(shares * np.log(shares))
    assert loss < 0.85 * prior
    weak = drawn(name, 0, 4000, 2, 0.6)[2]
    assert np.ptp(np.log(weak), axis=0).max() < np.ptp(np.log(P), axis=0).max()


def test_no_level_of_a_category_tells_much_alone():
    X, y, _ = drawn("hours_of_cities", 0, 40_000, 2)
    for column in ("hour", "city"):
        assert X.assign(y=y).groupby(column)["y"].mean().sub(y.mean()).abs().max() < 0.12


@pytest.mark.parametrize(
    "verdict, loss, is_noise, expected",
    [
        ("HEALTHY", 0.55, False, 0),
        ("REPAIRED", 0.55, False, 0),
        ("NO_SIGNAL", 0.69, False, 1),
        ("HEALTHY", 0.68, False, 1),
        ("NO_SIGNAL", 0.69, True, 0),
        ("REPAIRED", 0.69, True, 1),
    ],
)
def test_claims_hold_or_fail_by_what_was_measured(verdict, loss, is_noise, expected, monkeypatch, tmp_path):
    def pretend(case, seed, strength, is_noise):
        found = ("NO_SIGNAL", 0.69) if is_noise != asked else (verdict, loss)
        found = ("HEALTHY", 0.5) if not is_noise and asked else found
        return {"verdict": found[0], "loss": found[1], "prior_loss": 0.69, "best_loss": 0.5}

    asked = is_noise
    monkeypatch.setattr(interactions, "measured", pretend)
    arguments = ["--only", "quarters", "--seeds", "1", "--out", str(tmp_path / "lines.jsonl")]
    assert main(arguments) == expected
    assert main([*arguments, "--report"]) == expected
