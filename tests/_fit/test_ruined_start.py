"""A warm start from weights that no training comes back from: begun anew and told, and from no others."""

from types import SimpleNamespace

import numpy as np
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.records import Verdict
from robust_mlp._fit.ruined_start import LARGEST_SIZE, overridden_start, size_of, usable_start, with_ruined_start
from robust_mlp._report import TrainingReport
from robust_mlp.exceptions import RepairWarning
from tests.tiny_fits import able, clouds

X, Y = clouds()
HEALTHY = TrainingReport(verdict=Verdict.HEALTHY, headline="The network beats the class shares.")


def of(*arrays):
    return SimpleNamespace(trainable=[np.asarray(array, dtype=np.float32) for array in arrays])


@pytest.mark.parametrize(
    "arrays, expected",
    [
        (([0.5, -0.5], [0.1]), 0.5),
        (([0.1], [-200.0]), 200.0),
        (([0.1], [np.nan]), np.inf),
        (([1e30], [0.0]), 1e30),
    ],
)
def test_the_size_is_that_of_the_largest_array(arrays, expected):
    assert size_of(of(*arrays)) == pytest.approx(expected)


@pytest.mark.parametrize("policy, is_dropped", [("repair", True), ("warn", False), ("raise", False)])
def test_only_a_repair_drops_ruined_weights(policy, is_dropped):
    start, size = usable_start(of([2 * LARGEST_SIZE]), policy)
    assert (start is None) is is_dropped and size == pytest.approx(2 * LARGEST_SIZE)


@pytest.mark.parametrize("policy", ["repair", "warn", "raise", "off"])
def test_weights_of_usual_size_are_gone_on_from(policy):
    weights = of([0.4], [8.0])
    start, size = usable_start(weights, policy)
    assert start.weights is weights and size is None
    assert usable_start(of([np.nan]), "off")[1] is None


def test_the_report_says_what_was_done_or_what_to_type():
    dropped = with_ruined_start(HEALTHY, 196.4, is_dropped=True)
    assert dropped.verdict is Verdict.REPAIRED
    assert dropped.headline.endswith("The training began with new weights. The network beats the class shares.")
    assert overridden_start(dropped) == {"warm_start": (True, False)}
    kept = with_ruined_start(HEALTHY, 196.4, is_dropped=False)
    assert kept.verdict is Verdict.HEALTHY and kept.advisories[0].fix.startswith("Pass warm_start=False")
    assert overridden_start(kept) == {}


def ruined(**settings):
    """A classifier that was fitted at a rate of 30, unguarded, and that is to go on from there."""
    clf = able(learning_rate=30.0, max_iter=30, collapse_guard="off", optimizer="adam").fit(X, Y)
    return clf.set_params(learning_rate=0.002, warm_start=True, collapse_guard="repair", **settings)


def test_a_fit_that_was_ruined_is_begun_anew():
    with pytest.warns(RepairWarning, match="warm_start=True"):
        clf = ruined().fit(X, Y)
    assert clf.report_.verdict is Verdict.REPAIRED and clf.report_.findings[0].code == "ruined_start"
    assert clf.overridden_["warm_start"] == (True, False)
    cold = RobustMLPClassifier(**clf.get_params() | {"warm_start": False}).fit(X, Y)
    assert clf.score(X, Y) == pytest.approx(cold.score(X, Y), abs=0.02)
    again = clf.fit(X, Y)  # what was repaired is gone on from
    assert again.report_.verdict is Verdict.HEALTHY and again.overridden_ == {}


def test_a_second_fit_of_a_healthy_network_goes_on_as_before():
    clf = able(max_iter=30, warm_start=True, collapse_guard="repair").fit(X, Y)
    weights = [array.copy() for array in clf._fitted.weights.trainable]
    clf.set_params(max_iter=1, learning_rate=1e-5).fit(X, Y)
    assert clf.overridden_ == {} and "ruined_start" not in [finding.code for finding in clf.report_.advisories]
    for before, after in zip(weights, clf._fitted.weights.trainable, strict=True):
        np.testing.assert_allclose(after, before, atol=0.01)
