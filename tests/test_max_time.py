"""Whole fits under a time budget, and figures of whole fits that must agree."""

import pickle
import re
import time

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, make_classification

import robust_mlp._fit.training_table as training_table
from robust_mlp import RobustMLPClassifier, clear_cache
from robust_mlp._collapse.simple_models import probe

RNG = np.random.default_rng(0)
NOISE, LABELS = RNG.normal(size=(6000, 40)), RNG.integers(0, 2, 6000)
X, Y = make_classification(600, 8, n_informative=5, random_state=0)
N_CORES = 2  # that a fit of this size keeps busy, at most


def left_out(clf):
    """What the report says was left out, as one text."""
    return next((a.evidence for a in clf.report_.advisories if a.code == "left_out"), "")


@pytest.mark.filterwarnings("ignore::UserWarning")  # next to nothing is learnt
@pytest.mark.parametrize("guard", ["repair", "off"])
def test_next_to_no_time_gives_a_whole_classifier_and_says_what_is_missing(guard):
    RobustMLPClassifier(n_members=2, max_iter=2).fit(X, Y)  # TensorFlow has started
    clear_cache()
    begun = time.process_time()
    clf = RobustMLPClassifier(max_time=0.01, collapse_guard=guard, random_state=0).fit(NOISE, LABELS)
    # Processor time: what the wall says depends on what else the machine does.
    assert time.process_time() - begun < N_CORES * (1.3 * 0.01 + 1)
    assert clf.report_.attempts[0].stop_reason == "max_time"
    assert "rows" in left_out(clf) and "the training of hidden layers" in left_out(clf)
    assert clf.report_.advisories[0].code == "cut_short"
    again = pickle.loads(pickle.dumps(clf))
    np.testing.assert_array_equal(again.predict_proba(NOISE), clf.predict_proba(NOISE))
    assert np.isnan(clf.oof_decision_function_).any(axis=1).sum() > 1000  # rows that there was no time for


def test_a_large_budget_leaves_nothing_out_and_gives_the_same_bits():
    bounded, free = (RobustMLPClassifier(n_members=2, max_iter=5, max_time=t, random_state=0) for t in (3600, None))
    np.testing.assert_array_equal(bounded.fit(X, Y).predict_proba(X), free.fit(X, Y).predict_proba(X))
    assert left_out(bounded) == ""


def test_off_spends_nothing_on_the_guard(monkeypatch):
    monkeypatch.setattr(training_table, "learn_facts", None)  # nobody may look at the table
    monkeypatch.setattr(probe, "probe_signal", None)  # nor fit a simple model
    clf = RobustMLPClassifier(n_members=1, max_iter=3, collapse_guard="off", random_state=0)
    assert clf.fit(NOISE[:500], LABELS[:500]).report_.verdict.value == "UNCHECKED"


def curves(clf):
    """(kept figure, lowest point of the curve)."""
    return clf.report_.comparison.loss, min(clf.history_["val_loss"])


@pytest.mark.parametrize(
    "settings, data",
    [
        ({"n_members": 1}, {}),
        ({"n_members": 4}, {}),
        ({"n_members": 1, "class_weight": {0: 1.0, 1: 8.0}}, {}),
        ({"n_members": 3}, {"X_val": X[400:], "y_val": Y[400:]}),
    ],
    ids=["one network", "members", "class weights", "own held-out rows"],
)
def test_lines_history_curve_and_figure_tell_one_loss(settings, data, capsys):
    rows = slice(None, 400 if data else None)
    clf = RobustMLPClassifier(**settings, verbose=1, max_iter=25, collapse_guard="warn", random_state=0)
    clf.fit(X[rows], Y[rows], **data)
    lines = capsys.readouterr().out.splitlines()
    printed = [float(m[1]) for line in lines if (m := re.search(r"^Epoch .*held-out loss ([\d.]+)", line))]
    figure, lowest = curves(clf)
    np.testing.assert_allclose(printed, clf.history_["val_loss"], atol=1e-5)
    np.testing.assert_allclose(clf.report_.attempts[0].validation_loss, clf.history_["val_loss"])
    # Groups of members keep epochs of their own, and the graph finds the temperature in a few Newton steps. A report
    # judges each row at the temperature that suits the others, which is a little worse.
    assert 0.97 * lowest <= figure <= 1.1 * lowest
    assert lines[-1] == f"Kept: held-out loss {figure:.5f}, held-out accuracy " + lines[-1].split("accuracy ")[1]


@pytest.mark.parametrize("table", ["breast cancer", "noise"])
def test_default_settings_are_not_told_to_overfit_where_the_best_epoch_is_kept(table):
    rows = load_breast_cancer(return_X_y=True) if table == "breast cancer" else (NOISE[:800, :20], LABELS[:800])
    clf = RobustMLPClassifier(n_members=2, random_state=0)
    if table == "noise":
        with pytest.warns(UserWarning, match="Nothing in the features"):
            clf.fit(*rows)
    else:
        clf.fit(*rows)
    assert "overfitting" not in [advisory.code for advisory in clf.report_.advisories]


def test_the_default_schedule_ends_before_max_iter_and_says_so():
    clf = RobustMLPClassifier(n_members=1, n_iter_no_change=10_000, random_state=0).fit(X, Y)
    summary = clf.report_.attempts[0]
    assert (summary.stop_reason, summary.n_epochs < 200) == ("schedule", True)
    clf.set_params(max_iter=5).fit(X, Y)
    assert clf.report_.attempts[0].stop_reason == "max_iter"
