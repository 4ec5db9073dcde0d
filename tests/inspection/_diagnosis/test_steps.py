"""The steps of a diagnosis: figures are scikit-learn's, and each verdict follows from what was measured."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import accuracy_score, log_loss, precision_score, recall_score, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from robust_mlp._core.log_odds import shift_log_odds
from robust_mlp._report import SignalSummary
from robust_mlp.inspection._diagnosis.record import DiagnosisVerdict
from robust_mlp.inspection._diagnosis.steps import (
    FEWEST_CALIBRATION_ROWS,
    calibrate,
    class_rows,
    compare_priors,
    conclude,
    judge,
    known_prior,
    look_for_signal,
    rescaled_finding,
    takes_all,
)
from tests.inspection._diagnosis.examples import answers_of, judged_of, labels_of, skilled

CODES = labels_of([0.5, 0.3, 0.2])
P = skilled(CODES, 3)


def test_figures_are_those_of_scikit_learn():
    answers = answers_of(P)
    c = judged_of(answers, CODES).attempt.comparison
    predicted = P.argmax(axis=1)
    assert c.loss == pytest.approx(log_loss(CODES, P))
    assert c.accuracy == pytest.approx(accuracy_score(CODES, predicted))
    assert_allclose(c.recalls, recall_score(CODES, predicted, average=None))
    shares = np.bincount(CODES) / len(CODES)
    assert c.prior_loss == pytest.approx(log_loss(CODES, np.tile(shares, (len(CODES), 1))))
    rows = class_rows(answers, judged_of(answers, CODES))
    for i, row in enumerate(rows):
        assert (row.label, row.n_rows, row.n_predicted) == (str(i), np.sum(i == CODES), np.sum(predicted == i))
        assert row.precision == pytest.approx(precision_score(CODES, predicted, labels=[i], average=None)[0])
        assert row.auc == pytest.approx(roc_auc_score(i == CODES, P[:, i]))
        assert row.mean_probability == pytest.approx(P[:, i].mean())


def test_labels_that_predict_gave_count_for_decisions_and_probabilities_for_the_rest():
    other = (P.argmax(axis=1) + 1) % 3
    plain, moved = (judged_of(answers_of(P, predicted=p), CODES).attempt.comparison for p in (None, other))
    assert moved.accuracy == pytest.approx(np.mean(other == CODES)) != plain.accuracy
    assert (moved.loss, moved.auc) == (plain.loss, plain.auc)


@pytest.mark.parametrize("kind", ["scores", "labels"])
def test_numbers_that_only_rank_have_no_loss(kind):
    c = judged_of(answers_of(P, kind), CODES).attempt.comparison
    assert np.isnan(c.loss) and np.isnan(c.gain_error) and c.accuracy > 0.5


def test_classes_without_rows_or_predictions_have_no_figures():
    answers = answers_of(np.hstack([P * 0.999, np.full((len(P), 1), 0.001)]))
    row = class_rows(answers, judged_of(answers, CODES))[3]
    assert (row.n_rows, row.n_predicted) == (0, 0)
    assert np.isnan([row.precision, row.recall, row.auc]).all()


# ---- calibration


@pytest.mark.parametrize("power", [0.4, 1.0, 3.0])
def test_the_slope_is_what_undoes_a_temperature(power):
    honest = np.random.default_rng(0).dirichlet([1, 1, 1], 4000)
    codes = np.array([np.random.default_rng(i).choice(3, p=p) for i, p in enumerate(honest)])
    distorted = honest**power / (honest**power).sum(axis=1, keepdims=True)
    answers = answers_of(distorted)
    found = calibrate(answers, judged_of(answers, codes))
    assert found.slope == pytest.approx(1 / power, rel=0.1)
    assert found.mean_confidence == pytest.approx(distorted.max(axis=1).mean())
    assert found.accuracy == pytest.approx(np.mean(distorted.argmax(axis=1) == codes))
    expected = log_loss(codes, distorted) - log_loss(codes, honest)
    assert found.loss_saved == pytest.approx(expected, abs=0.01)
    assert (found.expected_error < 0.03) == (power == 1.0)


def test_without_probabilities_or_a_second_class_there_is_no_calibration():
    scores, one_class = answers_of(P, "scores"), answers_of(P[CODES == 0])
    assert calibrate(scores, judged_of(scores, CODES)) is None
    assert calibrate(one_class, judged_of(one_class, CODES[CODES == 0])) is None
    assert FEWEST_CALIBRATION_ROWS > 1


# ---- class shares


def test_a_prior_is_given_or_read_from_the_classifier_inside():
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = np.repeat([0, 1], [30, 10])
    classes = np.array([0, 1])
    fitted = make_pipeline(StandardScaler(), GaussianNB()).fit(X, y)
    prior, source = known_prior(fitted, classes, None)
    assert_allclose(prior, [0.75, 0.25])
    assert source == "class_prior_"
    prior, source = known_prior(fitted, classes, [3, 1])
    assert_allclose(prior, [0.75, 0.25])
    assert source == "given"
    assert known_prior(object(), classes, None) == (None, "")
    assert known_prior(fitted, np.arange(3), None) == (None, "")  # of other classes


@pytest.mark.parametrize("given", [[1.0], [0.5, -0.5], [0, 0], [np.nan, 1]])
def test_a_prior_that_does_not_fit_is_told(given):
    with pytest.raises(ValueError) as caught:
        known_prior(None, np.array(["a", "b"]), given)
    assert str(caught.value) == f"class_prior={given!r} does not fit. Pass 2 shares, one for each of ['a', 'b']."


def test_known_shares_are_compared_by_the_counts():
    answers = answers_of(P)
    shares = np.bincount(CODES) / len(CODES)
    same = compare_priors(answers, judged_of(answers, CODES, shares, "given"))
    assert (same.source, same.p_value) == ("given", pytest.approx(1.0))
    assert_allclose(same.here, shares)
    moved = compare_priors(answers, judged_of(answers, CODES, np.array([0.2, 0.3, 0.5]), "given"))
    assert moved.p_value < 1e-12
    never = compare_priors(answers, judged_of(answers, CODES, np.array([0.5, 0.5, 0.0]), "given"))
    assert never.p_value == 0.0


def test_unknown_shares_are_those_that_the_probabilities_imply():
    trained = np.array([0.2, 0.3, 0.5])
    here = np.bincount(CODES) / len(CODES)
    honest = np.random.default_rng(0).dirichlet(2 * here, 8000)
    codes = np.array([np.random.default_rng(i).choice(3, p=p) for i, p in enumerate(honest)])
    shares = np.bincount(codes) / len(codes)
    answers = answers_of(shift_log_odds(honest, np.log(trained / shares)))
    found = compare_priors(answers, judged_of(answers, codes))
    assert found.source.startswith("implied")
    assert_allclose(found.trained, trained, atol=0.03)
    assert found.p_value < 1e-6


def test_without_skill_or_probabilities_nothing_is_implied():
    for answers in (answers_of(P, "labels"), answers_of(np.full((len(CODES), 3), 1 / 3))):
        assert compare_priors(answers, judged_of(answers, CODES)) is None


# ---- the verdict


def signal_of(found, smallest_auc=0.6):
    """A probe that found something, or could have found this area under the ROC curve."""
    return SimpleNamespace(
        summary=SignalSummary(
            found=found, p_value=0.0 if found else 0.5, n_rows=100, smallest_auc=smallest_auc, probes=()
        )
    )


def verdict_of(answers, codes, signal=None):
    return conclude(answers, judge(answers, codes, None, ""), signal)


CONSTANT = np.tile([0.5, 0.3, 0.2], (len(CODES), 1))


def test_better_than_the_shares_is_healthy():
    assert verdict_of(answers_of(P), CODES) is DiagnosisVerdict.HEALTHY


def test_a_ranking_behind_a_constant_decision_is_a_decision_that_collapsed():
    answers = answers_of(P, predicted=np.zeros(len(CODES), int))
    assert verdict_of(answers, CODES) is DiagnosisVerdict.DECISION_COLLAPSED


@pytest.mark.parametrize(
    "signal, verdict",
    [
        (signal_of(True), DiagnosisVerdict.COLLAPSED),
        (signal_of(False), DiagnosisVerdict.NO_SIGNAL),
        (signal_of(False, smallest_auc=0.9), DiagnosisVerdict.UNCHECKED),  # little could have been found
        (None, DiagnosisVerdict.COLLAPSED),  # no table to look at
    ],
)
def test_one_answer_to_all_rows_is_judged_by_what_was_to_be_found(signal, verdict):
    assert verdict_of(answers_of(CONSTANT), CODES, signal) is verdict


def test_what_is_no_number_is_collapsed_and_one_class_is_unchecked():
    broken = P.copy()
    broken[0] = np.nan
    assert verdict_of(answers_of(broken), CODES, signal_of(False)) is DiagnosisVerdict.COLLAPSED
    assert verdict_of(answers_of(P), np.zeros(len(CODES), int)) is DiagnosisVerdict.UNCHECKED


@pytest.mark.parametrize(
    "predicted, true, expected",
    [
        ((1.0, 0.0), (0.5, 0.5), True),
        ((0.996, 0.004), (0.9, 0.1), True),
        ((0.99, 0.01), (0.5, 0.5), False),
        ((1.0, 0.0), (0.99, 0.01), False),  # it has nearly all rows
    ],
)
def test_one_class_takes_all_decisions_but_not_where_it_has_all_rows(predicted, true, expected):
    assert takes_all(SimpleNamespace(predicted_share=predicted, true_share=true)) is expected


def test_a_signal_is_looked_for_in_tables_alone():
    X = np.random.default_rng(0).normal(size=(len(CODES), 3))
    assert look_for_signal([X, X[:5]], CODES, 3, 0) is None
    assert not look_for_signal([X, X], CODES, 3, 0).summary.found
    assert not look_for_signal(X, CODES, 3, 0).summary.found
    X[:, 1] += CODES
    assert look_for_signal(X, CODES, 3, 0).summary.found


# ---- another scale


def border(rows):
    return (rows[:, 0] > 0.5).astype(int)


X = np.random.default_rng(0).uniform(0.1, 1, size=(300, 2))


def rescaled(rows, y, ask=border):
    answers = answers_of(np.eye(2)[np.ones(len(y), int)], "labels")
    return rescaled_finding(ask, rows, judge(answers, y, None, ""))


def test_rows_of_another_scale_are_found_with_what_to_type():
    finding = rescaled(255 * X, border(X))
    assert (finding.code, finding.severity) == ("scale_differs_from_training", "error")
    assert finding.fix == "classifier.predict(X / 255)  # the same scaling as in training: put both into one Pipeline"
    share = border(X).mean()
    assert finding.evidence == (
        f"Accuracy {share:.3f} on the rows as given, 1.000 on X / 255; always the commonest class "
        f"{max(share, 1 - share):.3f}."
    )


def test_no_scale_helps_a_classifier_that_knows_nothing():
    labels = np.random.default_rng(1).integers(0, 2, 300)
    assert rescaled(255 * X, labels) is None


@pytest.mark.parametrize("rows", [[1, 2], np.array([["a", "b"]] * 300), X[:, 0]], ids=["list", "text", "vector"])
def test_only_arrays_of_numbers_are_rescaled(rows):
    assert rescaled(rows, border(X)) is None


def test_a_classifier_that_refuses_such_rows_is_left_alone():
    def refuse(rows):
        raise ValueError("no such rows")

    assert rescaled(255 * X, border(X), refuse) is None
