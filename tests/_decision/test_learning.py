"""Learning a decision: a gain is taken where it is real, and refused where it is noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._decision.learning import MIN_ROWS, GroupedRows, _parts, _standard_error, check_costs
from robust_mlp._decision.measures import measure_for
from tests._decision.gaussian_problem import PRIORS, learn, problem, score


def test_balanced_leaves_a_class_that_never_occurs_alone():
    decision = learn("balanced", np.full((4, 3), 1 / 3), np.array([0, 0, 1, 1]), prior=np.array([0.5, 0.5, 0.0]))
    assert np.isfinite(decision.offsets).all()
    assert decision.offsets[2] == 0.0


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
            "decision='neg_log_loss' scores probabilities or a ranking. No decision changes these. Pass a scorer of "
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
            [[5, 5, 5], [0, 0, 0], [1, 1, 1]],
            ValueError,
            "decision is a cost matrix in which every answer costs the same, so that the first class would always be "
            "predicted. Pass costs that differ within a row, such as 1 - np.eye(n_classes).",
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


def test_costs_may_be_negative_and_any_array_like():
    assert_array_equal(check_costs(((-1, 2), (3, -4)), np.array([0, 1])), [[-1.0, 2.0], [3.0, -4.0]])


def test_groups_are_in_one_part_and_are_drawn_as_wholes():
    rng = np.random.default_rng(0)
    groups = rng.permutation(np.repeat(np.arange(100), 6))
    codes = (rng.random(100) < 0.2).astype(int)[groups]
    for fitted, scored in _parts(codes, groups):
        assert not set(groups[fitted]) & set(groups[scored])
        assert len(set(codes[scored])) == 2
    predicted, other = codes.copy(), (rng.random(100) < 0.2).astype(int)[groups]
    measure = measure_for("accuracy", None, codes, np.ones(600), np.arange(2), predicted)
    by_rows, by_groups = (_standard_error(measure, predicted, other, said) for said in (None, groups))
    assert by_groups == pytest.approx(np.sqrt(6) * by_rows, rel=0.3)


def test_few_groups_teach_no_decision_however_many_rows_they_have():
    probabilities, codes = problem(4000, 3, separation=0.5)
    groups = np.arange(4000) % (MIN_ROWS - 1)
    alone = learn("f1_macro", probabilities, codes)
    told = learn("f1_macro", probabilities, codes, rows=GroupedRows(None, groups))
    assert alone.offsets.any() and not told.offsets.any()
