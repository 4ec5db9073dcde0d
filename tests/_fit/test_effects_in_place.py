"""Mixed-effects members in place of networks that found nothing: what is judged, predicted, explained and shipped."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import log_loss

from robust_mlp import RobustMLPClassifier, explain, load_model
from robust_mlp._fit.effects_in_place import ADDED
from robust_mlp.exceptions import CollapseWarning

N_ROWS, N_FRESH = 1600, 4000


def drawn(n, seed):
    """A category of 25 levels, each with signs of its own for the hours of a day; and noise."""
    rng = np.random.default_rng(seed)
    level, hour = rng.integers(0, 25, n), rng.integers(0, 24, n)
    signs = np.random.default_rng(5).permuted(np.tile([1.0, -1.0], (25, 12)), axis=1)
    y = (rng.random(n) < 1 / (1 + np.exp(-1.8 * signs[level, hour]))).astype(int)
    frame = pd.DataFrame({"noise": rng.normal(size=n), "city": [f"city {i}" for i in level], "hour": hour})
    return frame, np.array(["no", "yes"])[y]


@pytest.fixture(scope="module")
def fitted():
    X, y = drawn(N_ROWS, 0)
    return RobustMLPClassifier(max_iter=15, random_state=0).fit(X, y), X, y


def test_fresh_rows_are_predicted_as_well_as_the_report_says(fitted):
    clf, _, _ = fitted
    report = clf.report_
    assert report.verdict == "REPAIRED" and report.attempts[-1].added == ADDED
    assert [finding.code for finding in report.findings] == ["pairs_alone"]
    assert "'city' and 'hour' tell most" in report.findings[0].evidence
    fresh, labels = drawn(N_FRESH, 1)
    loss = log_loss(labels, clf.predict_proba(fresh))
    c = report.comparison
    assert loss < 0.98 * c.prior_loss
    assert abs(loss - c.expected_loss) < 4 * c.gain_error + 0.02
    assert clf.n_mixed_effects_members_ == clf.n_members_
    assert clf.overridden_ == {}


def test_held_out_probabilities_are_those_of_the_members_that_stand_in(fitted):
    clf, X, _ = fitted
    network, encoded = clf._fitted.companions[0].network(), clf._fitted.encoding.transform(clf._read(X))
    stored = clf.oof_decision_function_
    assert np.isfinite(stored).all()
    for member, trained_on in enumerate(clf.sample_indices_):
        left_out = np.setdiff1d(np.arange(N_ROWS), trained_on)
        answers = network.member_probabilities(encoded[left_out], member)
        # The temperature of a stored row is that of the other folds.
        assert np.abs(answers - stored[left_out]).max() < 0.05
        assert np.corrcoef(answers[:, 1], stored[left_out, 1])[0, 1] > 0.999


def test_importances_are_of_the_columns_that_tell(fitted):
    clf, X, y = fitted
    assert clf.feature_importances_[1:].min() > 0.3 and clf.feature_importances_[0] < 0.1
    training, (fresh, labels) = explain(clf, X, y, random_state=0), drawn(N_FRESH, 2)
    new = explain(clf, fresh, labels, random_state=0)
    rises = [{one.name: one.importance for one in found.importances()} for found in (training, new)]
    differences = [abs(rises[0][name] - rises[1][name]) for name in X]
    assert max(differences) < 0.06  # members that were trained on the rows would show far more
    assert min(rises[0][name] for name in ("city", "hour")) > 0.02


def test_every_way_to_predict_agrees(fitted, tmp_path):
    clf, _, _ = fitted
    fresh, _ = drawn(300, 3)
    expected = clf.predict_proba(fresh)
    assert_allclose(pickle.loads(pickle.dumps(clf)).predict_proba(fresh), expected, atol=1e-7)
    clf.save_model(tmp_path / "model.rmlp")
    assert_allclose(load_model(tmp_path / "model.rmlp").predict_proba(fresh), expected, atol=1e-7)
    encoded = clf._fitted.encoding.transform(clf._read(fresh))
    assert_allclose(clf.model_.predict(encoded, verbose=0), expected, atol=1e-5)


def test_a_warning_says_what_would_help_where_nothing_is_repaired():
    X, y = drawn(N_ROWS, 0)
    with pytest.warns(CollapseWarning, match="one category"):
        clf = RobustMLPClassifier(max_iter=15, collapse_guard="warn", random_state=0).fit(X, y)
    assert clf.report_.verdict == "COLLAPSED"
    assert [finding.code for finding in clf.report_.findings] == ["pairs_alone"]


@pytest.mark.parametrize("settings", [{"n_members": 1}, {"numerical_embedding": None}])
def test_plans_that_can_have_no_such_members_collapse(settings):
    X, y = drawn(N_ROWS, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = RobustMLPClassifier(max_iter=15, random_state=0, **settings).fit(X, y)
    assert clf.report_.verdict in ("COLLAPSED", "UNCHECKED")
    assert clf.n_mixed_effects_members_ == 0


def test_permuted_labels_still_hold_nothing():
    X, y = drawn(N_ROWS, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = RobustMLPClassifier(max_iter=15, random_state=0).fit(X, np.random.default_rng(0).permutation(y))
    assert clf.report_.verdict == "NO_SIGNAL"


def test_partial_fit_does_not_go_on_from_networks_that_found_nothing(fitted):
    clf, X, y = fitted
    before = clf.predict_proba(X[:50])
    with pytest.raises(ValueError, match="mixed-effects members predict in their place"):
        clf.partial_fit(X[:100], y[:100])
    assert_allclose(clf.predict_proba(X[:50]), before)


@pytest.mark.parametrize(
    "settings",
    [{"class_weight": {"no": 1, "yes": 4}, "prior_correction": True}, {"validation": "last"}, {"sampler": "over"}],
)
def test_weights_samplers_and_last_rows_are_no_hindrance(settings):
    X, y = drawn(N_ROWS, 0)
    clf = RobustMLPClassifier(max_iter=15, random_state=0, **settings).fit(X, y)
    assert clf.report_.verdict == "REPAIRED" and clf.n_mixed_effects_members_ > 0
    fresh, labels = drawn(N_FRESH, 1)
    assert log_loss(labels, clf.predict_proba(fresh)) < 0.9 * clf.report_.comparison.prior_loss


def test_rows_that_repeat_by_nature_are_no_reason_to_find_nothing():
    """600 pairs of city and hour in 1,600 rows: with all rows of a pair held out, nothing of it could be learned."""
    rng = np.random.default_rng(0)
    tables = []
    for n in (N_ROWS, N_FRESH):
        level, hour = rng.integers(0, 25, (2, n))
        signs = np.random.default_rng(5).permuted(np.tile([1.0, -1.0], (25, 13)), axis=1)[:, :25]
        y = (rng.random(n) < 1 / (1 + np.exp(-1.8 * signs[level, hour]))).astype(int)
        tables.append((pd.DataFrame({"city": [f"city {i}" for i in level], "hour": hour}), y))
    clf = RobustMLPClassifier(max_iter=15, random_state=0).fit(*tables[0])
    assert clf.report_.verdict in ("HEALTHY", "REPAIRED")
    fresh, labels = tables[1]
    assert log_loss(labels, clf.predict_proba(fresh)) < 0.9 * np.log(2)
