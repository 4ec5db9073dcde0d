"""Decisions: which classes come out of which probabilities, and when offsets are learnt at all."""

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import cohen_kappa_score, get_scorer, make_scorer

from robust_mlp._core.log_odds import log_probabilities, shift_log_odds
from robust_mlp._decision import learn_decision
from robust_mlp._decision.confusion import COUNT_SCORES, counts_of
from robust_mlp._decision.learning import check_costs
from robust_mlp._decision.measures import CountScore, ScorerScore, measure_for
from robust_mlp._decision.search import best_offsets, best_power

LABELS = np.array(["a", "b", "c"])
PRIORS = {2: np.array([0.95, 0.05]), 3: np.array([0.8, 0.15, 0.05]), 5: np.array([0.5, 0.3, 0.1, 0.06, 0.04])}


def problem(n_rows, n_classes=3, seed=0, separation=1.2):
    """True posterior probabilities and codes of a Gaussian problem with a skewed prior."""
    rng = np.random.default_rng(seed)
    prior, centres = PRIORS[n_classes], np.random.default_rng(99).normal(size=(n_classes, 4)) * separation
    codes = rng.choice(n_classes, size=n_rows, p=prior)
    X = centres[codes] + rng.normal(size=(n_rows, 4))
    logits = np.log(prior) - ((X[:, None] - centres) ** 2).sum(axis=2) / 2
    posterior = np.exp(logits - logits.max(axis=1, keepdims=True))
    return posterior / posterior.sum(axis=1, keepdims=True), codes


def learn(decision, probabilities, codes, weights=None, classes=None, **options):
    n_classes = probabilities.shape[1]
    weights = np.ones(len(codes)) if weights is None else weights
    options.setdefault("prior", np.bincount(codes, weights=weights, minlength=n_classes) / weights.sum())
    classes = np.arange(n_classes) if classes is None else classes
    return learn_decision(decision, probabilities, codes, weights, classes, **options)


def score(name, decision, probabilities, codes):
    measure = CountScore(COUNT_SCORES[name], codes, np.ones(len(codes)), probabilities.shape[1])
    return measure(decision.decide(probabilities))


# --- rules -----------------------------------------------------------------------------------------------------------


def test_argmax_is_the_argmax_ties_included():
    probabilities = np.array([[0.4, 0.4, 0.2], [0.1, 0.2, 0.7], [1 / 3, 1 / 3, 1 / 3]])
    decision = learn("argmax", probabilities, np.array([0, 1, 2]))
    assert_array_equal(decision.decide(probabilities), probabilities.argmax(axis=1))
    assert_array_equal(decision.offsets, 0.0)


def test_balanced_divides_by_the_prior():
    probabilities, codes = problem(500)
    decision = learn("balanced", probabilities, codes, prior=PRIORS[3])
    assert_array_equal(decision.decide(probabilities), (probabilities / PRIORS[3]).argmax(axis=1))
    assert_allclose(np.diff(decision.offsets), -np.diff(np.log(PRIORS[3])))


def test_balanced_maximizes_balanced_accuracy_if_probabilities_are_true():
    probabilities, codes = problem(100_000)
    decision = learn("balanced", probabilities, codes)
    best = score("balanced_accuracy", decision, probabilities, codes)
    measure = CountScore(COUNT_SCORES["balanced_accuracy"], codes, np.ones(len(codes)), 3)
    searched = best_offsets(np.log(probabilities), decision.offsets, measure)
    gain = measure((np.log(probabilities) + searched).argmax(axis=1)) - best
    assert 0 <= gain < 0.004  # what searching the same 100,000 rows can gain by chance


def test_balanced_leaves_a_class_that_never_occurs_alone():
    decision = learn("balanced", np.full((4, 3), 1 / 3), np.array([0, 0, 1, 1]), prior=np.array([0.5, 0.5, 0.0]))
    assert np.isfinite(decision.offsets).all()
    assert decision.offsets[2] == 0.0


def test_costs_choose_the_least_expected_cost():
    probabilities, codes = problem(300)
    costs = np.array([[0, 1, 1], [5, 0, 1], [30, 2, 0]])
    decision = learn(costs, probabilities, codes)
    expected = [
        [sum(row[true] * costs[true, given] for true in range(3)) for given in range(3)] for row in probabilities
    ]
    assert_array_equal(decision.decide(probabilities), np.argmin(expected, axis=1))
    assert_array_equal(decision.offsets, 0.0)


def test_equal_costs_are_the_argmax_and_a_two_class_matrix_is_a_threshold():
    probabilities, codes = problem(300)
    assert_array_equal(learn(1 - np.eye(3), probabilities, codes).decide(probabilities), probabilities.argmax(axis=1))
    probabilities, codes = problem(300, 2)
    threshold = 1 / (1 + 10)  # Elkan (2001), eq. 2
    decision = learn([[0, 1], [10, 0]], probabilities, codes)
    assert_array_equal(decision.decide(probabilities), (probabilities[:, 1] > threshold).astype(int))


def test_costs_are_taken_from_honest_probabilities():
    probabilities, codes = problem(300)
    offsets = np.array([0.0, 1.0, 2.0])
    costs = [[0, 1, 1], [5, 0, 1], [30, 2, 0]]
    distorted = shift_log_odds(probabilities, -offsets)
    honest = learn(costs, probabilities, codes).decide(probabilities)
    assert_array_equal(learn(costs, distorted, codes, honest_offsets=offsets).decide(distorted), honest)


# --- scores ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(COUNT_SCORES) - {"geometric_mean"}))
@pytest.mark.parametrize("weighted", [False, True])
def test_scores_from_counts_are_those_of_scikit_learn(name, weighted):
    n_classes = 2 if name == "f1" else 5
    rng = np.random.default_rng(0)
    codes, predicted = rng.integers(0, n_classes, 60), rng.integers(0, n_classes, 60)
    weights = rng.uniform(0.1, 3, 60) if weighted else np.ones(60)
    called = ScorerScore(get_scorer(name), name, np.zeros((60, 1)), codes, weights, np.arange(n_classes))
    assert_allclose(COUNT_SCORES[name](*counts_of(codes, predicted, weights, n_classes)), called(predicted))


def test_scores_of_classes_that_do_not_occur_or_are_not_predicted():
    codes, predicted = np.array([0, 0, 1, 1, 1]), np.array([0, 2, 1, 1, 0])
    for name in ("balanced_accuracy", "f1_macro", "f1_weighted", "matthews_corrcoef"):
        called = ScorerScore(get_scorer(name), name, np.zeros((5, 1)), codes, np.ones(5), np.arange(4))
        assert_allclose(COUNT_SCORES[name](*counts_of(codes, predicted, np.ones(5), 4)), called(predicted))


@pytest.mark.parametrize("seed", range(3))
def test_geometric_mean_is_that_of_imbalanced_learn(seed):
    rng = np.random.default_rng(seed)
    codes = np.concatenate([np.arange(4), rng.integers(0, 4, 40)])
    predicted = np.where(rng.random(44) < 0.6, codes, rng.integers(0, 4, 44))
    ours = COUNT_SCORES["geometric_mean"](*counts_of(codes, predicted, np.ones(44), 4))
    assert_allclose(ours, geometric_mean_score(codes, predicted, average="multiclass"))


def test_a_constant_prediction_has_no_correlation_and_no_geometric_mean():
    codes, predicted = np.array([0, 1, 1]), np.array([1, 1, 1])
    counts = counts_of(codes, predicted, np.ones(3), 2)
    assert COUNT_SCORES["matthews_corrcoef"](*counts) == 0.0
    assert COUNT_SCORES["geometric_mean"](*counts) == 0.0


def test_f1_of_classes_1_and_2_means_what_scikit_learn_means():
    codes, predicted = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0])
    measure = measure_for("f1", None, codes, np.ones(5), np.array([1, 2]), predicted)
    assert_allclose(measure(predicted), 2 / 3)  # scikit-learn's positive class is the label 1


# --- search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(COUNT_SCORES))
def test_two_class_search_finds_the_best_of_all_thresholds(name):
    probabilities, codes = problem(120, 2)
    logits = log_probabilities(probabilities)
    measure = CountScore(COUNT_SCORES[name], codes, np.ones(120), 2)
    offsets = best_offsets(logits, np.zeros(2), measure)
    every = [measure((probabilities[:, 1] > threshold).astype(int)) for threshold in [*probabilities[:, 1], -1.0]]
    assert_allclose(measure((logits + offsets).argmax(axis=1)), max(every))


@pytest.mark.parametrize("name", sorted(set(COUNT_SCORES) - {"f1"}))
@pytest.mark.parametrize("n_classes, n_rows", [(3, 200), (5, 200), (3, 3000)])
def test_search_never_ends_below_its_start_and_reports_what_it_reaches(name, n_classes, n_rows):
    probabilities, codes = problem(n_rows, n_classes)
    logits, weights = log_probabilities(probabilities), np.random.default_rng(0).uniform(0.5, 2, n_rows)
    measure = CountScore(COUNT_SCORES[name], codes, weights, n_classes)
    start = -0.5 * np.log(PRIORS[n_classes])
    offsets = best_offsets(logits, start, measure)
    reached, before = measure((logits + offsets).argmax(axis=1)), measure((logits + start).argmax(axis=1))
    assert reached >= before
    single_steps = [  # no change of one class's offset gains more
        measure((logits + offsets + step * np.eye(n_classes)[code]).argmax(axis=1))
        for code in range(n_classes)
        for step in np.linspace(-3, 3, 61)
    ]
    assert max(single_steps) <= reached + (1e-9 if n_rows == 200 else 0.003)  # more rows than thresholds tried


def test_counted_and_called_search_agree_on_two_classes():
    probabilities, codes = problem(20, 2, separation=0.6)
    logits = log_probabilities(probabilities)
    counted = CountScore(COUNT_SCORES["balanced_accuracy"], codes, np.ones(20), 2)
    called = ScorerScore(
        get_scorer("balanced_accuracy"), "balanced", np.zeros((20, 1)), codes, np.ones(20), np.arange(2)
    )
    # so few rows that every threshold is tried by both
    assert_allclose(best_offsets(logits, np.zeros(2), called), best_offsets(logits, np.zeros(2), counted))


def test_of_equal_thresholds_the_middle_is_taken():
    logits = np.log(np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.55, 0.45]]))
    measure = CountScore(COUNT_SCORES["accuracy"], np.array([0, 0, 1, 1]), np.ones(4), 2)
    offsets = best_offsets(logits, np.zeros(2), measure)
    assert_allclose(offsets, [0.0, (np.log(0.8 / 0.2) + np.log(0.6 / 0.4)) / 2])


def test_a_start_that_is_already_best_is_kept():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]])
    measure = CountScore(COUNT_SCORES["accuracy"], np.array([0, 0, 1]), np.ones(3), 2)
    assert_array_equal(best_offsets(np.log(probabilities), np.zeros(2), measure), 0.0)
    assert_array_equal(best_power(np.log(probabilities), np.array([0.5, -0.5]), measure), 0.0)


@pytest.mark.parametrize("limit", ["MAX_SWEEP_COST", "MAX_CALLED_CLASSES"])
def test_a_search_that_would_take_too_long_is_not_begun(limit, monkeypatch):
    monkeypatch.setattr(f"robust_mlp._decision.search.{limit}", 2)
    probabilities, codes = problem(100)
    start = np.array([0.0, 0.5, 1.0])
    called = ScorerScore(get_scorer("accuracy"), "accuracy", np.zeros((100, 1)), codes, np.ones(100), LABELS)
    assert_array_equal(best_offsets(log_probabilities(probabilities), start, called), start)


# --- learning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize("name", ["balanced_accuracy", "f1_macro", "geometric_mean"])
def test_a_tuned_decision_scores_better_on_new_rows(n_classes, name):
    new, new_codes = problem(40_000, n_classes, seed=1, separation=0.5)
    gains = []
    for seed in range(2, 7):
        probabilities, codes = problem(4000, n_classes, seed=seed, separation=0.5)
        decision = learn(name, probabilities, codes)
        argmax = learn("argmax", probabilities, codes)
        gains.append(score(name, decision, new, new_codes) - score(name, argmax, new, new_codes))
    assert min(gains) > 0.01


@pytest.mark.parametrize("n_rows", [8, 30, 100, 1000])
@pytest.mark.parametrize("name", ["accuracy", "matthews_corrcoef"])
def test_where_nothing_is_to_be_gained_almost_nothing_is_lost(n_rows, name):
    new, new_codes = problem(40_000, 3, seed=1)
    changes = []
    for seed in range(2, 12):
        probabilities, codes = problem(n_rows, 3, seed=seed)
        decision, argmax = learn(name, probabilities, codes), learn("argmax", probabilities, codes)
        changes.append(score(name, decision, new, new_codes) - score(name, argmax, new, new_codes))
    assert np.mean(changes) > -0.01
    assert np.median(changes) == 0.0


def test_few_rows_leave_the_most_probable_class_and_say_so():
    probabilities, codes = problem(40, 3, seed=4)
    decision = learn("accuracy", probabilities, codes)
    assert_array_equal(decision.offsets, 0.0)
    assert decision.note.startswith(
        "No offsets gained more than chance would: the most probable class is predicted (scores on 40 held-out "
        "rows, cross-fitted: most probable class "
    )
    assert decision.score == decision.argmax_score


def test_balanced_accuracy_with_few_rows_divides_by_the_prior():
    probabilities, codes = problem(60, 3, seed=5)
    decision = learn("balanced_accuracy", probabilities, codes)
    assert_allclose(decision.offsets, learn("balanced", probabilities, codes).offsets)
    assert decision.note.startswith(
        "Probabilities are divided by the prior (scores on 60 held-out rows, cross-fitted: "
    )


def test_the_same_rows_give_the_same_decision_whatever_the_global_generator():
    probabilities, codes = problem(500, 5)
    np.random.seed(1)
    first = learn("f1_macro", probabilities, codes)
    np.random.seed(2)
    assert_array_equal(learn("f1_macro", probabilities, codes).offsets, first.offsets)


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


@pytest.mark.parametrize("n_rows", [1, 2, 9, 49])
@pytest.mark.parametrize("name", ["f1_macro", "balanced_accuracy", "recall_macro"])
def test_below_fifty_rows_nothing_is_searched(n_rows, name, monkeypatch):
    monkeypatch.setattr("robust_mlp._decision.learning.best_offsets", lambda *args: pytest.fail("searched"))
    probabilities, codes = problem(n_rows)
    decision = learn(name, probabilities, codes, prior=PRIORS[3])
    balanced = learn("balanced", probabilities, codes, prior=PRIORS[3]).offsets
    assert not decision.offsets.any() or np.allclose(decision.offsets, balanced)


def test_rows_of_a_class_as_rare_as_one_do_not_break_learning():
    probabilities, codes = problem(60, 5)
    codes[:] = 0
    codes[:3] = [1, 2, 3]
    decision = learn("f1_macro", probabilities, codes)
    assert np.isfinite(decision.offsets).all()


@pytest.mark.parametrize(
    "decision, kind, message",
    [
        (
            "balanced_acuracy",
            ValueError,
            "decision='balanced_acuracy' is not known. Did you mean 'balanced_accuracy'? Pass 'argmax', 'balanced', "
            "'geometric_mean', a scikit-learn scorer name such as 'balanced_accuracy', a scorer, or a cost matrix.",
        ),
        (
            "neg_log_loss",
            ValueError,
            "decision='neg_log_loss' scores probabilities or a ranking, which no decision changes. Pass a scorer of "
            "predicted classes: 'balanced_accuracy', 'f1_macro' or 'matthews_corrcoef', for example.",
        ),
        (
            np.zeros((2, 2)),
            ValueError,
            "decision is a cost matrix of shape (2, 2), but y has 3 classes. Pass costs of shape (3, 3), row: true "
            "class, column: predicted class, in the order of classes_.",
        ),
        (
            [[0, 1, 1], [np.inf, 0, 1], [1, 1, 0]],
            ValueError,
            "decision is a cost matrix with inf at [1, 0]. Pass finite costs.",
        ),
        (
            {"a": 1},
            TypeError,
            "decision={'a': 1} is neither a name, a scorer nor a matrix of numbers. Pass 'argmax', 'balanced', a "
            "scorer name such as 'balanced_accuracy', a scorer, or costs such as 1 - np.eye(n_classes).",
        ),
    ],
)
def test_a_wrong_decision_says_what_came_and_what_fits(decision, kind, message):
    probabilities, codes = problem(50)
    with pytest.raises(kind) as caught:
        learn(decision, probabilities, codes)
    assert str(caught.value) == message


def test_a_ranking_scorer_is_refused_for_two_classes_too():
    probabilities, codes = problem(50, 2, seed=3)
    with pytest.raises(ValueError, match=r"decision='roc_auc' scores probabilities or a ranking"):
        learn("roc_auc", probabilities, codes)


def test_costs_may_be_negative_and_any_array_like():
    assert_array_equal(check_costs(((-1, 2), (3, -4)), np.array([0, 1])), [[-1.0, 2.0], [3.0, -4.0]])
