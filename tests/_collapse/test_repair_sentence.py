"""What is said when the guard trains again: at that moment, with the cause, and with what it changes."""

from types import SimpleNamespace

from robust_mlp._collapse.causes import Cause
from robust_mlp._collapse.explanations import CAUSES, SYMPTOMS
from robust_mlp._collapse.repair_sentence import repair_sentence, tell_repair, tell_trial
from robust_mlp._collapse.symptoms.rules import Symptom

CHANGES = {"learning_rate": (1e-7, 0.002), "dropout": (0.95, 0.1)}


def judged(*codes):
    return SimpleNamespace(symptoms=tuple(Symptom(code=code) for code in codes))


def test_the_sentence_names_symptom_cause_and_settings():
    code = next(iter(CAUSES))
    symptom = next(iter(SYMPTOMS))
    cause = Cause(code=code, can_repair=True)
    assert repair_sentence(2, judged(symptom), (cause,), CHANGES) == (
        f"Attempt 2: {SYMPTOMS[symptom]} {CAUSES[code]} Training again with learning_rate=0.002 (was 1e-07), "
        "dropout=0.1 (was 0.95)."
    )


def test_a_certain_cause_is_told_before_others():
    first, second = list(CAUSES)[:2]
    causes = (Cause(code=first, can_repair=True), Cause(code=second, can_repair=True, is_certain=True))
    assert CAUSES[second] in repair_sentence(1, judged(), causes, CHANGES)
    assert CAUSES[first] not in repair_sentence(1, judged(), causes, CHANGES)


def test_without_a_cause_the_settings_are_told():
    said = repair_sentence(1, judged(), (), {"dropout": (0.5, 0.1)})
    assert said == "Attempt 1: Training again with dropout=0.1 (was 0.5)."


def test_members_that_stand_in_are_told_in_place_of_settings():
    told = []
    cause = Cause(code="pairs_alone", can_repair=False, is_certain=True)
    tell_repair(told.append, [judged()], [(cause,)], {}, "mixed-effects members")
    assert told == [f"Attempt 1: {CAUSES['pairs_alone']} Adding mixed-effects members."]


def test_nobody_is_told_who_does_not_ask():
    told = []
    tell_repair(told.append, [judged(), judged()], [(), ()], {"dropout": (0.5, 0.1)})
    assert told == ["Attempt 2: Training again with dropout=0.1 (was 0.5)."]
    tell_repair(None, [], [], {})


def test_a_trial_says_that_the_network_learned_and_what_is_tried():
    told = []
    cause = Cause(code="dropout_too_strong", is_certain=True)
    tell_trial(told.append, (cause,), {"dropout": (0.95, 0.1)})
    assert told == [
        f"Attempt 1: The network learned, with a setting that holds most networks back. {CAUSES[cause.code]} Training "
        "again with dropout=0.1 (was 0.95), to see whether it does better."
    ]
    tell_trial(None, (cause,), {})
