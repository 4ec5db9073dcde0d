"""The record of a comparison: means, frame, leaderboard, and names that cannot steer a terminal or a page."""

import numpy as np
import pytest

from robust_mlp import ModelComparison


def comparison(names=("a", "b"), verdicts=None, auc=((0.9, 0.8), (np.nan, np.nan))):
    scores = {
        "log_loss": np.array([[0.2, 0.4], [0.5, 0.7]]),
        "roc_auc": np.array(auc),
        "accuracy": np.array([[0.9, 0.8], [0.5, 0.5]]),
        "balanced_accuracy": np.array([[0.9, 0.7], [0.5, 0.5]]),
        "seconds": np.array([[1.0, 2.0], [0.001, 0.001]]),
    }
    return ModelComparison(
        names=names,
        fold_scores=scores,
        verdicts=verdicts or {},
        sentences=(f"Lowest log loss: {names[0]} (0.3000).",),
        n_rows=40,
        class_shares=np.array([0.75, 0.25]),
    )


def test_means_leave_out_folds_in_which_a_metric_is_not_defined():
    found = comparison(auc=((0.9, np.nan), (np.nan, np.nan)))
    assert found.mean("roc_auc")[0] == 0.9
    assert np.isnan(found.mean("roc_auc")[1])
    assert found.mean("log_loss") == pytest.approx([0.3, 0.6])


def test_an_unknown_metric_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError) as raised:
        comparison().mean("auc")
    assert str(raised.value) == (
        "metric='auc' is not known. Pass one of 'log_loss', 'roc_auc', 'accuracy', 'balanced_accuracy', 'seconds'."
    )


def test_the_leaderboard_has_a_line_a_model_and_says_what_it_shows():
    found = comparison(verdicts={"a": ("HEALTHY", "COLLAPSED")})
    assert str(found).splitlines() == [
        "   log loss     AUC  accuracy  balanced acc.  seconds",
        "a    0.3000  0.8500    0.8500         0.8000      1.5",
        "b    0.6000       -    0.5000         0.5000    0.001",
        "Means over 2 folds of 40 rows; seconds of one fit. Class shares from the rarest: 0.25, 0.75.",
        "",
        "- Lowest log loss: a (0.3000).",
        "- Verdicts of a over the folds: 1 HEALTHY, 1 COLLAPSED.",
    ]
    assert repr(found) == str(found)


def test_verdicts_that_are_healthy_everywhere_are_not_mentioned():
    assert comparison(verdicts={"a": ("HEALTHY", "HEALTHY")}).verdict_sentences() == []


def test_the_frame_has_the_means():
    frame = comparison().to_frame()
    assert frame.index.tolist() == ["a", "b"]
    assert frame["seconds"].tolist() == [1.5, 0.001]


def test_a_name_cannot_steer_a_terminal():
    assert "\x1b" not in str(comparison(names=("\x1b[31mred", "b")))
