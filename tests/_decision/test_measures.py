"""What a decision is tuned to: scorers are called with labels, rows and weights, and rankings are refused."""

import warnings

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score
from numpy.testing import assert_allclose
from sklearn.metrics import accuracy_score, balanced_accuracy_score, cohen_kappa_score, get_scorer, make_scorer

from robust_mlp._decision.confusion import COUNT_SCORES
from robust_mlp._decision.measures import CountScore, ScorerScore, measure_for
from tests._decision.gaussian_problem import LABELS, learn, problem


def test_f1_of_classes_1_and_2_means_what_scikit_learn_means():
    codes, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
    measure = measure_for("f1", None, codes, np.ones(5), np.array([1, 2]), predicted)
    assert_allclose(measure(predicted), 2 / 3)  # scikit-learn's positive class is the label 1


def test_a_scorer_sees_labels_rows_and_weights():
    probabilities, codes = problem(100)
    seen = []

    def profit(estimator, X, y, sample_weight=None):
        predicted = estimator.predict(X)
        seen.append((set(predicted) | set(y), X.shape[1], sample_weight is not None))
        return float(np.sum(X[:, 0] * (predicted == y)))

    rows = np.random.default_rng(0).uniform(1, 2, size=(100, 7))
    learn(profit, probabilities, codes, np.random.default_rng(1).uniform(1, 2, 100), LABELS, rows=rows)
    assert all(labels <= {"a", "b", "c"} for labels, _, _ in seen)
    assert {(width, weighted) for _, width, weighted in seen} == {(7, True)}


def test_a_scorer_without_sample_weight_is_called_without():
    probabilities, codes = problem(60)
    scorer = make_scorer(lambda y, predicted: cohen_kappa_score(y, predicted))
    decision = learn(scorer, probabilities, codes, np.random.default_rng(1).uniform(1, 2, 60), LABELS)
    assert decision.score >= decision.argmax_score


def test_a_ranking_scorer_is_refused_for_two_classes_too():
    probabilities, codes = problem(50, 2, seed=3)
    with pytest.raises(ValueError, match=r"decision='roc_auc' scores probabilities or a ranking"):
        learn("roc_auc", probabilities, codes)


CODES, PREDICTED = np.array([0, 1, 2, 2, 1, 0, 0]), np.array([0, 1, 2, 1, 1, 0, 2])


def measured(decision, weights=None, classes=LABELS, rows=None):
    """The measure of a decision on `CODES`."""
    return measure_for(decision, rows, CODES, np.ones(7) if weights is None else weights, classes, PREDICTED)


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "f1_macro", "f1_weighted", "matthews_corrcoef"])
def test_scores_that_counts_decide_are_counted_and_agree_with_scikit_learn(name):
    measure = measured(name)
    assert isinstance(measure, CountScore)
    called = ScorerScore(get_scorer(name), name, np.zeros((7, 1)), CODES, np.ones(7), LABELS)
    assert measure(PREDICTED) == pytest.approx(called(PREDICTED))


@pytest.mark.parametrize("name", ["jaccard_macro", "precision_weighted"])
def test_other_scores_are_called(name):
    measure = measured(name)
    assert isinstance(measure, ScorerScore)
    assert np.isfinite(measure(PREDICTED))


def test_the_geometric_mean_is_known_though_scikit_learn_has_no_scorer_of_it():
    found = measured("geometric_mean")(PREDICTED)
    assert found == pytest.approx(geometric_mean_score(CODES, PREDICTED, average="multiclass"))


@pytest.mark.parametrize("decision", ["accuracy", "jaccard_macro"])
def test_a_measure_of_some_rows_is_that_of_these_rows_even_if_they_repeat(decision):
    index = np.array([6, 0, 0, 3, 2])
    part = measured(decision, weights=np.arange(1.0, 8.0)).at(index)
    alone = measure_for(decision, None, CODES[index], np.arange(1.0, 8.0)[index], LABELS, PREDICTED[index])
    assert part(PREDICTED[index]) == pytest.approx(alone(PREDICTED[index]))


def test_rows_that_a_scorer_looks_at_go_with_the_chosen_ones():
    rows = np.arange(7.0)[:, None]
    measure = measured(lambda estimator, X, y: float(X.sum()), rows=rows)
    assert measure(PREDICTED) == 21.0
    assert measure.at(np.array([1, 1, 6]))(PREDICTED[[1, 1, 6]]) == 8.0


def test_weights_that_are_all_alike_are_not_handed_over():
    seen = []

    def scorer(estimator, X, y, **kwargs):
        seen.append(set(kwargs))
        return 0.0

    measured(scorer, weights=np.full(7, 3.0))
    measured(scorer, weights=np.arange(1.0, 8.0))
    assert seen == [set(), {"sample_weight"}]


def test_weights_count_in_called_and_in_counted_scores():
    weights = np.arange(1.0, 8.0)
    assert measured("accuracy", weights)(PREDICTED) == pytest.approx(
        accuracy_score(CODES, PREDICTED, sample_weight=weights)
    )
    assert measured(make_scorer(balanced_accuracy_score), weights)(PREDICTED) == pytest.approx(
        balanced_accuracy_score(CODES, PREDICTED, sample_weight=weights)
    )


def test_a_candidate_that_leaves_a_class_out_raises_no_warning():
    measure = measured("precision_macro")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert measure(np.zeros(7, dtype=int)) == pytest.approx(3 / 7 / 3)


def test_an_error_of_the_scorers_own_is_not_hidden():
    def broken(estimator, X, y):
        raise AttributeError("no column 'profit'")

    with pytest.raises(AttributeError, match="no column 'profit'"):
        measured(broken)


def test_what_a_scorer_returns_must_be_a_finite_number():
    def by_word(estimator, X, y):
        return "good"

    with pytest.raises(TypeError, match=r"^decision=by_word returned 'good', which is no number\. Pass a scorer"):
        measured(by_word)

    def by_nothing(estimator, X, y):
        return float("nan")

    with pytest.raises(ValueError, match=r"^decision=by_nothing returned nan for 7 rows\. Decisions cannot be"):
        measured(by_nothing)


def test_a_scorer_is_called_by_its_name_in_an_error():
    def by_ranking(estimator, X, y):
        return estimator.predict_proba(X)

    with pytest.raises(ValueError, match=r"^decision=by_ranking scores probabilities or a ranking\. No decision"):
        measured(by_ranking)


def test_every_counted_score_but_the_geometric_mean_is_one_of_scikit_learns():
    assert all(get_scorer(name) for name in COUNT_SCORES if name != "geometric_mean")


@pytest.mark.parametrize(
    "name, hint",
    [("f1_macr", "Did you mean 'f1_macro'? "), ("geometric_means", "Did you mean 'geometric_mean'? "), ("xyz", "")],
)
def test_a_name_that_nobody_knows_is_told_with_the_nearest_that_is_known(name, hint):
    with pytest.raises(ValueError) as caught:
        measured(name)
    assert str(caught.value) == (
        f"decision={name!r} is not known. {hint}Pass 'argmax', 'balanced', 'geometric_mean', a scikit-learn "
        "scorer name such as 'balanced_accuracy', a scorer, or a cost matrix."
    )


def test_without_rows_a_scorer_sees_as_many_rows_as_there_are():
    seen = []
    measured(lambda estimator, X, y: seen.append((X.shape, len(y))) or 0.0)
    assert seen == [((7, 1), 7)]
