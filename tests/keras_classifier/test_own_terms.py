"""What a user's own network follows of a plan, and what its settings are called in a report."""

from dataclasses import replace

from robust_mlp._core.plan import TrainingPlan
from robust_mlp._core.records import Finding, Verdict
from robust_mlp._report import AttemptSummary, TrainingReport
from robust_mlp.keras_classifier.own_terms import FOLLOWED, as_followed, in_own_terms

BASE = TrainingPlan()


def test_a_setting_that_no_network_of_keras_has_is_not_followed():
    plan = replace(BASE, linear_path=True, n_iter_no_change=20, learning_rate_schedule="cosine", label_smoothing=0.3)
    assert as_followed(plan, BASE) == BASE


def test_a_schedule_can_be_left_out_and_not_be_put_in():
    own = replace(BASE, learning_rate_schedule="ExponentialDecay")
    assert as_followed(replace(own, learning_rate_schedule=None), own).learning_rate_schedule is None
    assert as_followed(replace(own, learning_rate_schedule="cosine"), own).learning_rate_schedule is None
    assert as_followed(own, own) == own


def test_what_is_followed_stays():
    plan = replace(
        BASE, hidden_layer_sizes=(8,), learning_rate=0.1, max_iter=7, clip_norm=1.0, use_class_weight=False, scale=None
    )
    assert as_followed(plan, BASE) == plan


def test_every_name_is_a_setting_of_a_plan_or_the_class_weights():
    assert set(FOLLOWED) - {"class_weight"} <= set(TrainingPlan.__dataclass_fields__)


def report_of(code, cause, **texts):
    finding = Finding(symptom="s", cause=cause, code=code, **texts)
    changes = {"max_iter": (3, 106), "learning_rate": (1.0, 0.002)}
    attempt = AttemptSummary(**{name: None for name in AttemptSummary.__dataclass_fields__} | {"changes": changes})
    return TrainingReport(
        verdict=Verdict.REPAIRED, headline=f"The first. {cause} Again.", findings=(finding,), attempts=(attempt,)
    )


def test_epochs_are_called_epochs():
    report = in_own_terms(
        report_of("too_few_epochs", "Few.", evidence="max_iter=3: 57 updates", fix="Trained with max_iter=106 (was 3).")
    )
    (finding,) = report.findings
    assert (finding.evidence, finding.fix) == ("epochs=3: 57 updates", "Trained with epochs=106 (was 3).")
    assert report.attempts[0].changes == {"epochs": (3, 106), "learning_rate": (1.0, 0.002)}
    assert report.headline == "The first. Few. Again."


def test_where_no_cause_is_known_there_is_a_way_to_find_it():
    report = in_own_terms(report_of("unknown", "The settings and the table show no cause.", evidence="", fix=""))
    assert report.findings[0].fix.startswith("Compare it with keras.layers.Dense(64")
    tried = in_own_terms(report_of("unknown", "No cause.", evidence="", fix="Trained again with max_iter=9 (was 3)."))
    assert tried.findings[0].fix == "Trained again with epochs=9 (was 3)."


def test_a_penalty_is_called_one():
    cause = "Weight decay shrinks the weights faster than the loss can grow them."
    report = in_own_terms(report_of("weight_decay_too_strong", cause, evidence="weight_decay=10", fix=""))
    assert report.findings[0].cause.startswith("A penalty on weights or activities")
    assert "A penalty on weights or activities" in report.headline and "shrinks" not in report.headline
