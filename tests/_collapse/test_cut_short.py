"""A training that was cut, and what was left out: one line each, and which figure is of a cut network."""

import pytest

from robust_mlp._collapse.cut_short import CUT, cut_short, with_checkpoint, with_left_out, with_stop_reason
from robust_mlp._collapse.symptoms.attempt_summary import summary_of
from robust_mlp._collapse.symptoms.rules import look
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import TrainingReport
from tests.invented_attempts import EVEN, FALLING, attempt

WHOLE = look(attempt(losses=FALLING, stop="early_stopping"), EVEN)
NOTE = Finding(symptom="", cause="A note.", evidence="", fix="None.", code="note")


def cut(stop, n_epochs=3, best=2):
    """A JudgedAttempt that ended early."""
    return look(attempt(losses=FALLING[:n_epochs], stop=stop, best=best), EVEN)


@pytest.mark.parametrize("stop", ["max_iter", "schedule", "early_stopping", "symptom", "nonfinite"])
def test_a_training_that_ended_by_itself_is_no_news(stop):
    assert cut_short([cut(stop)], 0, Verdict.HEALTHY) == ()


@pytest.mark.parametrize("stop", CUT)
def test_a_cut_training_is_told_with_its_epochs(stop):
    (advice,) = cut_short([cut(stop)], 0, Verdict.HEALTHY)
    assert (advice.code, advice.can_repair) == ("cut_short", False)
    expected = {"by": stop, "n_epochs": 3, "max_iter": 200, "number": 1, "kept": 1, "best_epoch": 2}
    assert advice.numbers == expected | {"is_hopeless": False}


def test_beside_a_whole_training_it_is_told_which_is_kept():
    (advice,) = cut_short([WHOLE, cut("max_time")], 0, Verdict.HEALTHY)
    assert (advice.numbers["number"], advice.numbers["kept"]) == (2, 1)
    (advice,) = cut_short([WHOLE, cut("max_time", best=1)], 1, Verdict.REPAIRED)
    assert (advice.numbers["number"], advice.numbers["kept"], advice.numbers["best_epoch"]) == (2, 2, 1)


def test_where_nothing_can_be_found_more_time_is_not_promised_to_help():
    (advice,) = cut_short([cut("max_time")], 0, Verdict.NO_SIGNAL)
    assert advice.numbers["is_hopeless"]


def report(stop="max_iter", *advisories):
    """A report on one training."""
    summary = summary_of(cut(stop), 1, cut(stop).attempt.plan)
    return TrainingReport(verdict=Verdict.HEALTHY, headline="Well.", attempts=(summary,), advisories=advisories)


def test_what_was_left_out_is_one_line_after_that_of_a_cut_training():
    first = Finding(symptom="", cause="Cut.", evidence="", fix="", code="cut_short")
    found = with_left_out(report("max_time", first, NOTE), ("simple models", "1,000 of 2,000 rows"))
    assert [advisory.code for advisory in found.advisories] == ["cut_short", "left_out", "note"]
    assert found.advisories[1].evidence == "simple models, 1,000 of 2,000 rows"
    assert [a.code for a in with_left_out(report("max_iter", NOTE), ("rows",)).advisories] == ["left_out", "note"]


def test_nothing_left_out_leaves_the_report_as_it_is():
    given = report()
    assert with_left_out(given, ()) is given


def test_the_reason_that_is_told_is_the_true_one():
    given = report("max_iter", NOTE)
    assert with_stop_reason(given, "max_iter", 200) is given
    told = with_stop_reason(given, "callback", 50)
    assert told.attempts[0].stop_reason == "callback"
    assert [advisory.code for advisory in told.advisories] == ["cut_short", "note"]
    assert told.advisories[0].cause == "A callback ended the training."
    assert told.advisories[0].evidence == "after 3 of at most 50 epochs"
    assert with_stop_reason(given, "early_stopping", 50).advisories == (NOTE,)


def test_a_fit_that_can_go_on_says_so_after_what_was_cut():
    first = Finding(symptom="", cause="Cut.", evidence="", fix="", code="cut_short")
    found = with_checkpoint(report("max_time", first, NOTE), "a/b.fit")
    assert [advisory.code for advisory in found.advisories] == ["cut_short", "can_go_on", "note"]
    assert found.advisories[1].evidence == "a/b.fit"
    assert with_checkpoint(report(), "a\x1b[31m").advisories[0].evidence == "a\\x1b[31m"
