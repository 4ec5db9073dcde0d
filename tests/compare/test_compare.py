"""compare_imbalance: same folds for all answers, metrics that mean what they say, advice that follows from scores."""

import warnings

import matplotlib
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, balanced_accuracy_score, brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp import compare_imbalance
from robust_mlp.compare._advice import best_for, sentences
from robust_mlp.compare._metrics import METRICS, average_precision, brier, calibration_error, measure
from robust_mlp.compare._options import Option, default_options
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


# --- metrics ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 3])
def test_metrics_are_scikit_learns_where_it_has_them(n_classes):
    rng = np.random.default_rng(0)
    codes, probabilities = rng.integers(0, n_classes, 200), rng.dirichlet(np.ones(n_classes), 200)
    predicted = probabilities.argmax(axis=1)
    found = measure(codes, probabilities, predicted)
    assert list(found) == list(METRICS)
    assert_allclose(found["log_loss"], sklearn_log_loss(codes, probabilities))
    assert_allclose(found["balanced_accuracy"], balanced_accuracy_score(codes, predicted))
    assert_allclose(found["brier"], brier_score_loss(codes, probabilities, scale_by_half=False))
    if n_classes == 3:
        assert_allclose(found["average_precision"], average_precision_score(codes, probabilities))


def test_average_precision_of_two_classes_is_that_of_the_rarer():
    codes, second = np.array([0, 1, 1, 1, 0, 1]), np.array([0.3, 0.4, 0.9, 0.2, 0.6, 0.7])
    probabilities = np.column_stack([1 - second, second])
    assert_allclose(average_precision(codes, probabilities), average_precision_score(codes == 0, 1 - second))


def test_a_missing_class_is_no_error():
    codes, probabilities = np.array([0, 0, 0]), np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    found = measure(codes, probabilities, probabilities.argmax(axis=1))
    assert np.isnan(found["average_precision"])
    assert_allclose(found["balanced_accuracy"], 2 / 3)
    several = np.array([[0.5, 0.2, 0.3], [0.1, 0.6, 0.3]])
    assert_allclose(average_precision(np.array([0, 1]), several), 1.0)


def test_a_probability_of_zero_for_what_happened_is_dear_and_finite():
    assert_allclose(
        measure(np.array([1, 0]), np.array([[1.0, 0.0]] * 2), np.array([0, 0]))["log_loss"], -np.log(1e-7) / 2
    )
    assert brier(np.array([1]), np.array([[1.0, 0.0]])) == 2.0


def test_calibration_error_is_the_gap_between_probability_and_frequency():
    rng = np.random.default_rng(0)
    second = rng.uniform(0, 0.4, 200_000)
    codes = (rng.random(200_000) < second).astype(int)
    honest = np.column_stack([1 - second, second])
    assert calibration_error(codes, honest) < 0.005
    high = np.column_stack([0.9 - second, second + 0.1])
    assert_allclose(calibration_error(codes, high), 0.1, atol=0.005)


def test_calibration_error_of_several_classes_is_of_the_predicted_one():
    codes = np.array([0, 0, 1, 2] * 50)
    probabilities = np.tile([0.7, 0.2, 0.1], (200, 1))
    assert_allclose(calibration_error(codes, probabilities), 0.2, atol=0.05)


# --- the comparison ---------------------------------------------------------------------------------------------------


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
            "Option 'a' sets 'dropout', which is no answer to imbalance. Pass some of 'class_weight', 'sampler', "
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


# --- advice -----------------------------------------------------------------------------------------------------------


def test_the_simplest_answer_that_folds_cannot_tell_from_the_best_is_preferred():
    scores = np.array([[0.70, 0.72, 0.74], [0.71, 0.70, 0.76], [0.90, 0.91, 0.92]])
    assert best_for(scores, "balanced_accuracy") == (2, 2)
    assert best_for(scores[:2], "balanced_accuracy") == (1, 0)
    assert best_for(scores, "log_loss") == (0, 0)


def test_a_sure_difference_of_less_than_a_hundredth_does_not_count():
    sure = np.array([[0.700, 0.702, 0.704], [0.709, 0.711, 0.713], [0.711, 0.713, 0.715]])
    assert best_for(sure, "balanced_accuracy") == (2, 1)
    assert best_for(1.1 - sure, "log_loss") == (2, 1)


def test_advice_says_what_serves_which_goal_and_what_distorts():
    options = [Option("none", {}, True), Option("tuned", {}, True), Option("weights", {}, False)]
    scores = {
        "log_loss": np.array([[0.20, 0.21], [0.20, 0.21], [0.40, 0.42]]),
        "average_precision": np.array([[0.5, 0.6], [0.5, 0.6], [0.52, 0.58]]),
        "balanced_accuracy": np.array([[0.6, 0.62], [0.8, 0.81], [0.8, 0.82]]),
        "g_mean": np.array([[0.4, 0.45], [0.79, 0.8], [0.78, 0.8]]),
    }
    assert sentences(options, scores) == (
        "For honest probabilities: none (log loss 0.205, the best).",
        "For ranking: none (avg. precision 0.55, the best).",
        "For decisions that treat classes alike: tuned (balanced acc. 0.805); weights reaches 0.81, which is no "
        "more than chance or a hundredth, and asks for more.",
        "For rarest class never forgotten: tuned (G-mean 0.795, the best).",
        "Probabilities are distorted by weights: log loss up to 2.00 times that of the best. Do not read them as "
        "probabilities.",
        "Honest probabilities and balanced decisions in one: tuned (log loss 0.205, balanced accuracy 0.805).",
    )
