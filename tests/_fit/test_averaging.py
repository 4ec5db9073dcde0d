"""What the mean of all members adds to one of them: measured without labels, right where labels are what it says."""

import copy
from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import make_classification

from robust_mlp._collapse.guard import GuardOutcome
from robust_mlp._core.losses import row_losses, softmax
from robust_mlp._fit import averaging as module
from robust_mlp._fit.averaging import MOST_ROWS, averaging_gains, with_trees_beside_all
from robust_mlp.exceptions import NoSignalWarning
from tests.tiny_fits import able, clouds


@dataclass(frozen=True)
class Network:
    companions: tuple


@dataclass(frozen=True)
class Attempt:
    network: Network


NO_SHIFT = np.zeros(3)


def several(**settings):
    return able(**({"n_members": 4, "max_iter": 30, "early_stopping": "auto", "collapse_guard": "warn"} | settings))


@pytest.fixture(scope="module")
def fitted():
    X, y = make_classification(300, 6, n_informative=4, n_classes=3, class_sep=0.8, random_state=0)
    return several().fit(X, y), X


def member_answers(clf, X):
    """Probabilities of each of the plan's own members, and the mean of all members."""
    network = clf._fitted
    rows = network.encoding.transform(clf._reader.read(clf, X))
    members = np.array([softmax(logits) for logits in network.answering_weights.network().all_logits(rows)])
    return members, clf.predict_proba(X)


def shown_by_labels(members, mean):
    """What labels that are drawn from the mean show: (gain in loss, in accuracy), and their standard errors."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(300):
        codes = (rng.random((len(mean), 1)) > mean.cumsum(axis=1)).sum(axis=1)
        of_mean = row_losses(mean, codes).mean(), (mean.argmax(axis=1) == codes).mean()
        of_one = np.mean([(row_losses(P, codes).mean(), (P.argmax(axis=1) == codes).mean()) for P in members], axis=0)
        found.append((of_one[0] - of_mean[0], of_mean[1] - of_one[1]))
    return np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(300)


@pytest.mark.parametrize("vote", [0.0, 1.0, 20.0])
def test_it_is_what_labels_show_that_are_drawn_from_the_mean(fitted, vote):
    """Also where extra members count more than all others."""
    clf, X = copy.copy(fitted[0]), fitted[1]
    own = clf._fitted
    extra = own.answering_weights.tempered(0.5) if vote else None
    companions = (replace(extra, member_weights=np.full(extra.n_members, vote)),) if vote else ()
    clf._fitted = replace(own, companions=companions)
    (loss_found, accuracy_found), errors = shown_by_labels(*member_answers(clf, X))
    loss, accuracy = averaging_gains(clf._fitted, X, np.ones(len(X)), NO_SHIFT)
    assert loss > 0.001
    assert loss == pytest.approx(loss_found, abs=4 * errors[0])
    assert accuracy == pytest.approx(accuracy_found, abs=4 * errors[1])


def test_members_that_agree_gain_nothing(fitted):
    clf, X = fitted
    weights = clf._fitted.weights
    same = [np.repeat(array[:1], weights.n_members, axis=0) for array in weights.trainable]
    alike = replace(clf._fitted, weights=replace(weights, trainable=same), inverse_temperature=1.0, companions=())
    assert averaging_gains(alike, X, np.ones(len(X)), NO_SHIFT) == pytest.approx((0, 0), abs=1e-7)


def test_rows_count_by_their_weight(fitted):
    clf, X = fitted
    half = np.arange(len(X)) < len(X) // 2
    found = [averaging_gains(clf._fitted, rows, w, NO_SHIFT) for rows, w in ((X, half * 5.0), (X[half], half[half]))]
    assert found[0] == pytest.approx(found[1])


def test_many_rows_are_looked_at_in_part(fitted):
    clf, X = fitted
    many = np.tile(X, (10 * MOST_ROWS // len(X), 1))
    few, all_rows = (averaging_gains(clf._fitted, rows, np.ones(len(rows)), NO_SHIFT) for rows in (X, many))
    assert few == pytest.approx(all_rows, rel=0.2)


def test_the_report_of_several_members_says_what_they_add(fitted):
    clf, _ = fitted
    c = clf.report_.comparison
    assert 0 < c.averaging_gain < 0.2 and 0 <= c.averaging_accuracy_gain < 0.2
    assert c.expected_loss == pytest.approx(c.loss - c.averaging_gain)
    assert "all members together, expected" in str(clf.report_)
    assert "all members together, expected" in clf.report_._repr_html_()


@pytest.mark.parametrize("case", ["one member", "own held-out rows"])
def test_where_no_single_member_predicts_a_held_out_row_nothing_is_added(case):
    X, y = clouds(180)
    given = {"X_val": X[150:], "y_val": y[150:]} if case == "own held-out rows" else {}
    clf = several(n_members=1 if case == "one member" else 4, early_stopping=True).fit(X[:150], y[:150], **given)
    c = clf.report_.comparison
    assert not c.in_sample
    assert (c.averaging_gain, c.averaging_accuracy_gain) == (0, 0)
    assert c.expected_loss_interval() == c.loss_interval()
    assert c.expected_accuracy_interval() == pytest.approx(c.accuracy_interval())


def test_a_network_that_learned_nothing_is_not_expected_to_be_better():
    rng = np.random.default_rng(0)
    with pytest.warns(NoSignalWarning):
        clf = several().fit(rng.normal(size=(200, 3)), rng.integers(0, 2, 200))
    assert clf.report_.comparison.averaging_gain == 0


@pytest.mark.parametrize("n_own", [0, 1])
def test_trees_are_compared_with_all_members(monkeypatch, n_own):
    """`gains_in_fit` is invented: .03 nats with the extra members, .01 without."""
    monkeypatch.setattr(module, "gains_in_fit", lambda job, attempt: (0.03 if attempt.network.companions else 0.01, 0))
    monkeypatch.setattr(module, "with_gain", lambda report, advice, gain: (report, advice, pytest.approx(gain)))
    job = SimpleNamespace(table=SimpleNamespace(has_parts=True))
    attempt = Attempt(network=Network(companions=("extra",) * n_own))
    found = with_trees_beside_all(GuardOutcome(attempt=None, report="report", trees_ahead="advice"), job, attempt)
    assert found == (("report", "advice", 0.02) if n_own else "report")
    assert with_trees_beside_all(GuardOutcome(attempt=None, report="report"), job, attempt) == "report"
