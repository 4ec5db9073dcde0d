"""compare_imbalance: same folds for all answers, and one table, frame and figure of their scores."""

import warnings

import matplotlib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import compare_imbalance
from robust_mlp.compare._metrics import METRICS
from robust_mlp.compare._options import default_options
from tests.tiny_fits import tiny

matplotlib.use("Agg")


def overlapping(n_rows=300, share=0.15, seed=0, n_classes=2):
    """Gaussian classes that overlap; the last is the rarest."""
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n_rows) < share, rng.integers(1, n_classes, n_rows), 0)
    return rng.normal(size=(n_rows, 3)) + 1.2 * y[:, None], np.array(["a", "b", "c", "d"])[y]


class Told(ClassifierMixin, BaseEstimator):
    """A classifier that takes the parameters and answers with the training shares; it notes what it was given."""

    def __init__(self, class_weight=None, sampler=None, prior_correction=False, decision="argmax"):
        self.class_weight = class_weight
        self.sampler = sampler
        self.prior_correction = prior_correction
        self.decision = decision

    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        SEEN.append((self.class_weight, self.sampler, tuple(X[:, 0])))
        return self

    def predict_proba(self, X):
        shares = np.ones(len(self.shares_)) / len(self.shares_) if self.class_weight else self.shares_
        return np.tile(shares, (len(X), 1))

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


SEEN = []


@pytest.fixture(autouse=True)
def nothing_seen():
    SEEN.clear()


def test_every_answer_is_trained_on_the_same_folds_and_tested_on_rows_unseen():
    X, y = overlapping()
    compare_imbalance(Told(), X, y, cv=3)
    assert len(SEEN) == 3 * len(default_options())
    trained = [rows for _, _, rows in SEEN]
    for start in range(0, len(trained), 3):
        assert trained[start : start + 3] == trained[:3]
    assert all(len(rows) == 200 for rows in trained)


def test_the_estimator_is_not_changed_and_keeps_its_other_parameters():
    estimator = tiny(hidden_layer_sizes=(3,))
    before = clone(estimator).get_params()
    comparison = compare_imbalance(estimator, *overlapping(120), cv=2, options=["none", "class_weight='balanced'"])
    assert estimator.get_params() == before
    assert not hasattr(estimator, "classes_")
    assert comparison.names == ("none", "class_weight='balanced'")


def test_the_network_itself_is_compared():
    X, y = overlapping(1200)
    estimator = tiny(max_iter=25, learning_rate=0.02, dropout=0.0)
    options = ["none", "class_weight='balanced'", "class_weight='balanced', corrected", "sampler='under'"]
    found = compare_imbalance(estimator, X, y, cv=2, options=options)
    losses, recalls = found.mean("log_loss"), found.mean("balanced_accuracy")
    assert losses[1] > 1.2 * losses[0]
    assert losses[2] < 1.1 * losses[0]
    assert min(recalls[1:]) > recalls[0] + 0.02
    assert_allclose(recalls[1], recalls[2], atol=1e-9)  # the correction leaves decisions as they are
    assert "Probabilities are distorted by" in found.advice[-2]


def test_the_last_step_of_a_pipeline_is_set():
    X, y = overlapping(120)
    pipeline = make_pipeline(StandardScaler(), Told())
    found = compare_imbalance(pipeline, X, y, cv=2, options=["none", "sampler='over'"])
    assert found.best("g_mean")["told__sampler"] is None
    assert {sampler for _, sampler, _ in SEEN} == {None, "over"}


def test_the_users_own_answers_are_compared():
    options = {
        "plain": {},
        "heavy": {"class_weight": {"b": 9}},
        "honest": {"class_weight": "balanced", "prior_correction": True},
    }
    found = compare_imbalance(Told(), *overlapping(), cv=2, options=options)
    assert found.names == ("plain", "heavy", "honest")
    assert found.best("log_loss") == {}


def test_frames_and_splitters_are_taken():
    X, y = overlapping(120)
    frame = pd.DataFrame(X, columns=["x", "y", "z"])
    estimator = tiny(max_iter=1)
    for cv in (StratifiedKFold(2), TimeSeriesSplit(2), [(np.arange(80), np.arange(80, 120))]):
        found = compare_imbalance(estimator, frame, y, cv=cv, options=["none", "sampler='over'"])
        assert found.fold_scores["ece"].shape == (2, 1 if isinstance(cv, list) else 2)


def test_a_class_of_one_row_is_scored_and_nothing_warns():
    X, y = overlapping(90, n_classes=3)
    y[0] = "z"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compare_imbalance(Told(), X, y, cv=5)
    assert all(np.isfinite(found.mean(metric)).all() for metric in METRICS)


def test_two_processes_find_what_one_finds():
    X, y = overlapping(90)
    one = compare_imbalance(LikeTold(), X, y, cv=2, options=["none", "class_weight='balanced'"])
    two = compare_imbalance(LikeTold(), X, y, cv=2, options=["none", "class_weight='balanced'"], n_jobs=2)
    for metric in METRICS:
        assert_array_equal(one.fold_scores[metric], two.fold_scores[metric])


class LikeTold(Told):
    """`Told`, for processes of their own."""


def test_table_frame_and_figure_show_the_same():
    found = compare_imbalance(Told(), *overlapping(), cv=3)
    frame = found.to_frame()
    assert list(frame.index) == list(found.names)
    assert_allclose(frame["brier"], found.mean("brier"))
    text = str(found)
    for place, name in enumerate(found.names):
        line = next(line for line in text.splitlines() if line.startswith(name + " "))
        assert f"{found.mean('log_loss')[place]:.4f}" in line
    assert "Means over 3 folds; * best. Class shares from the rarest: 0.1" in text
    assert all(f"- {sentence}" in text for sentence in found.advice)
    axes = found.plot()
    assert [ax.get_title() for ax in axes] == [
        "log loss, less is better",
        "Brier, less is better",
        "ECE, less is better",
        "avg. precision, more is better",
        "balanced acc., more is better",
        "G-mean, more is better",
    ]
    matplotlib.pyplot.close(axes[0].figure)


@pytest.mark.parametrize(
    "estimator, options, kind, message",
    [
        (
            LogisticRegression(),
            None,
            TypeError,
            "LogisticRegression has no parameters class_weight, sampler, prior_correction, decision. Pass a "
            "RobustMLPClassifier, or a Pipeline that ends in one.",
        ),
        (
            Told(),
            "none",
            TypeError,
            "options='none' is one name. Pass a list of names, or a dict of name to parameters.",
        ),
        (Told(), ["none"], ValueError, "options=['none'] leaves 1 to compare. Pass at least two."),
        (
            Told(),
            {"a": {"dropout": 1}, "b": {}},
            ValueError,
            "Option 'a' sets 'dropout', which is not about class imbalance. Pass some of 'class_weight', 'sampler', "
            "'prior_correction', 'decision', and set the rest on the estimator.",
        ),
    ],
)
def test_a_wrong_request_is_told(estimator, options, kind, message):
    with pytest.raises(kind) as caught:
        compare_imbalance(estimator, *overlapping(), options=options)
    assert str(caught.value) == message


def test_an_unknown_answer_one_class_and_an_unknown_metric_are_told():
    X, y = overlapping()
    with pytest.raises(ValueError) as caught:
        compare_imbalance(Told(), X, y, options=["none", "weights"])
    assert str(caught.value).startswith(
        "There is no option 'weights'. Pass a dict such as {'weights': {'class_weight': 'balanced'}}, or some of: "
        "none; decision='balanced'; "
    )
    with pytest.raises(ValueError) as caught:
        compare_imbalance(Told(), X, np.zeros(len(X)))
    assert str(caught.value) == "y has one class, 0.0. Pass at least two classes to compare."
    found = compare_imbalance(Told(), X, y, cv=2, options=["none", "sampler='over'"])
    with pytest.raises(ValueError) as caught:
        found.best("auc")
    assert str(caught.value) == (
        "metric='auc' is not known. Pass one of 'log_loss', 'brier', 'ece', 'average_precision', 'balanced_accuracy', "
        "'g_mean'."
    )
