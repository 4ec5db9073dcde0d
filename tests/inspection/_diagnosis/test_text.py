"""The words of a diagnosis: each finding where it is due with its numbers, and one sentence for a verdict."""

from types import SimpleNamespace

import numpy as np
import pytest

from robust_mlp._core.records import Finding
from robust_mlp._report import SignalSummary
from robust_mlp.inspection._diagnosis.record import CalibrationSummary, DiagnosisVerdict, PriorSummary
from robust_mlp.inspection._diagnosis.text import MAX_NAMES, diagnosis_findings, headline
from tests.inspection._diagnosis.examples import answers_of, judged_of, labels_of, skilled

CODES = labels_of([0.6, 0.4])
P = skilled(CODES, 2)
CONSTANT = np.tile([0.6, 0.4], (len(CODES), 1))
SIGNAL = SimpleNamespace(summary=SignalSummary(found=False, p_value=0.4, n_rows=2000, smallest_auc=0.56, probes=()))


def findings(probabilities=P, verdict=DiagnosisVerdict.HEALTHY, codes=CODES, kind="probabilities", **changes):
    """The findings about a classifier with these probabilities."""
    answers = answers_of(probabilities, kind, **changes.pop("answers", {}))
    figures = changes.pop("calibration", None), changes.pop("prior", None)
    usual = {"signal": None, "figures": figures}
    return diagnosis_findings(answers, judged_of(answers, codes), verdict=verdict, **usual | changes)


def codes_of(found):
    return [finding.code for finding in found]


def test_nothing_is_said_of_a_classifier_that_works():
    assert findings() == []


def test_what_is_no_number_is_all_that_is_said():
    broken = P.copy()
    broken[:3, 1] = np.nan
    broken[5, 0] = np.inf
    (finding,) = findings(broken, DiagnosisVerdict.COLLAPSED, unknown=("z",))
    assert (finding.code, finding.severity, finding.evidence) == ("not_a_number", "error", "4 of 4000 values.")


@pytest.mark.parametrize(
    "probabilities, code",
    [(CONSTANT, "constant_output"), (np.random.default_rng(0).dirichlet([3, 2], len(CODES)), "no_skill")],
)
def test_a_collapse_is_constant_or_without_skill(probabilities, code):
    (finding,) = findings(probabilities, DiagnosisVerdict.COLLAPSED)
    assert (finding.code, finding.severity) == (code, "error")
    if code == "constant_output":
        assert finding.evidence.startswith("100.0% of the rows get 0; largest standard deviation over rows ")


def test_nothing_to_learn_is_told_with_what_could_have_been_found():
    (finding,) = findings(CONSTANT, DiagnosisVerdict.NO_SIGNAL, signal=SIGNAL)
    assert finding.code == "no_signal"
    assert finding.evidence == (
        "2000 rows, smallest p-value 0.4; an area under the ROC curve of 0.560 would have been found."
    )


def test_a_constant_decision_is_told_with_the_share_that_has_the_class():
    (finding,) = findings(
        P, DiagnosisVerdict.DECISION_COLLAPSED, answers={"predicted": np.zeros(len(CODES), int), "classes": ["a", "b"]}
    )
    assert (finding.code, finding.severity) == ("decision_collapsed", "warning")
    assert finding.evidence.startswith(f"100.0% of the rows get 'a', {np.mean(CODES == 0):.1%} have it; area under ")


def test_a_rescaled_finding_comes_first():
    rescaled = Finding(code="scale", severity="error", symptom="s", cause="c", evidence="e", fix="f")
    assert codes_of(findings(CONSTANT, DiagnosisVerdict.COLLAPSED, rescaled=rescaled)) == ["scale", "constant_output"]


def test_unknown_labels_are_named_and_of_many_the_first():
    few, many = (findings(unknown=tuple("abcdefg"[:n]))[0] for n in (2, 7))
    assert few.evidence == "2 of them: 'a', 'b'."
    assert many.evidence == f"7 of them: 'a', 'b', 'c', 'd' and {7 - MAX_NAMES} more."


def test_a_class_that_ranks_well_and_is_never_predicted_is_named():
    codes = labels_of([0.5, 0.44, 0.06])
    probabilities = skilled(codes, 3)
    predicted = probabilities[:, :2].argmax(axis=1)
    (finding,) = findings(probabilities, codes=codes, answers={"predicted": predicted, "classes": ["a", "b", "rare"]})
    assert finding.code == "never_predicted" and finding.cause == "They rank well, but never come first."
    assert finding.evidence.startswith("1 classes: 'rare'; area under the ROC curve at least ")


def prior_summary(moved, p_value=1e-9, source="given"):
    return PriorSummary(source=source, trained=(0.6 + moved, 0.4 - moved), here=(0.6, 0.4), p_value=p_value)


def test_other_class_shares_are_told_where_they_are_sure_and_large():
    (finding,) = findings(prior=prior_summary(0.2))
    assert finding.code == "prior_shift" and finding.cause == "Trained on other class shares."
    assert finding.evidence == "Class 0: 80.0% (given), 60.0% here; p-value 1e-09."
    (implied,) = findings(prior=prior_summary(0.2, source="implied by the probabilities"))
    assert implied.cause == "Trained on other class shares, or with class weights or resampling."
    assert findings(prior=prior_summary(0.2, p_value=0.01)) == findings(prior=prior_summary(0.01)) == []


def calibration(slope, saved):
    return CalibrationSummary(mean_confidence=0.95, accuracy=0.8, expected_error=0.1, slope=slope, loss_saved=saved)


@pytest.mark.parametrize(
    "slope, saved, expected",
    [
        (0.4, 0.1, ["overconfident"]),
        (2.5, 0.1, ["underconfident"]),
        (1.1, 0.1, []),  # class offsets would save that, and no temperature
        (0.4, 0.001, []),
    ],
)
def test_probabilities_too_sure_or_too_timid_are_told_where_it_costs(slope, saved, expected):
    found = findings(calibration=calibration(slope, saved))
    assert codes_of(found) == expected
    if found:
        assert f"log-odds times {slope:.2f} would save {saved:.4g} of log loss" in found[0].evidence
    few = slice(0, 40)
    assert findings(P[few], codes=CODES[few], calibration=calibration(slope, saved)) == []


def test_one_column_is_told_with_what_to_type():
    (finding,) = findings(answers={"is_one_column": True, "classes": ["no", "yes"]})
    assert (finding.code, finding.severity) == ("one_column_output", "info")
    assert finding.evidence == "Shape (2000, 1); 'yes' where it is above 0.5."
    assert finding.fix == "classes[(model.predict(X).ravel() > 0.5).astype(int)]"


@pytest.mark.parametrize(
    "verdict, rescaled, start",
    [
        (DiagnosisVerdict.HEALTHY, None, "the classifier is better than the class shares (accuracy 0."),
        (DiagnosisVerdict.DECISION_COLLAPSED, None, "the ranking is good and the decision is constant (accuracy 0."),
        (DiagnosisVerdict.NO_SIGNAL, None, "nothing in these rows tells the classes apart, for this classifier or "),
        (DiagnosisVerdict.COLLAPSED, None, "the classifier is no better than the class shares (accuracy 0."),
        (DiagnosisVerdict.COLLAPSED, "any", "the rows have another scale than those of the training (accuracy 0."),
        (DiagnosisVerdict.UNCHECKED, None, "2000 rows are too few to tell whether the classifier is better than "),
    ],
)
def test_a_verdict_is_one_sentence_with_the_numbers(verdict, rescaled, start):
    answers = answers_of(P)
    sentence = headline(judged_of(answers, CODES), verdict, rescaled)
    assert sentence.startswith(start) and sentence.endswith(".")


def test_one_class_alone_and_answers_that_are_no_numbers_have_sentences_of_their_own():
    same = answers_of(P)
    assert headline(judged_of(same, np.zeros(len(CODES), int)), DiagnosisVerdict.UNCHECKED, None) == (
        "all 2000 rows have the same label, so nothing can be told. Pass rows of every class."
    )
    broken = answers_of(np.full_like(P, np.nan))
    assert headline(judged_of(broken, CODES), DiagnosisVerdict.COLLAPSED, None) == (
        "the classifier answers something that is not a number."
    )
