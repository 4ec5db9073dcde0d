"""The plan: frozen, with the estimator's names, and its changes told as what a user would type."""

from dataclasses import FrozenInstanceError, fields, replace

import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.plan import TrainingPlan

# Settings of a plan that are no parameters: only a repair, or resolving 'auto', sets them.
OWN = {
    "embedding_once_scaled",
    "has_auto_schedule",
    "epochs_of_schedule",
    "longest_schedule",
    "kernel_initializer",
    "clip_norm",
    "use_class_weight",
}


def changes(plan=None, **new):
    """What is told of a plan with `new` settings against the plan without."""
    plan = TrainingPlan() if plan is None else plan
    return replace(plan, **new).changes_from(plan)


def test_a_plan_cannot_be_written_to():
    with pytest.raises(FrozenInstanceError):
        TrainingPlan().learning_rate = 1.0


def test_plans_of_equal_settings_are_equal():
    assert TrainingPlan(dropout=0.1) == TrainingPlan(dropout=0.1) != TrainingPlan(dropout=0.2)


def test_settings_have_the_names_of_the_classifiers_parameters():
    names = {field.name for field in fields(TrainingPlan)}
    parameters = set(RobustMLPClassifier().get_params())
    # Whether the network has a linear path is decided by the architecture that was asked for.
    assert names - OWN - parameters <= {"linear_path"}
    assert not OWN & parameters


def test_a_plan_has_not_changed_from_itself():
    assert changes() == {}


def test_each_change_is_told_as_before_and_after():
    assert changes(learning_rate=0.1, dropout=0.5) == {"dropout": (0.0, 0.5), "learning_rate": (0.001, 0.1)}


def test_what_was_changed_back_is_told_the_other_way_round():
    plan = TrainingPlan()
    calmer = replace(plan, clip_norm=1.0, max_iter=50)
    there, back = calmer.changes_from(plan), plan.changes_from(calmer)
    assert back == {name: (new, old) for name, (old, new) in there.items()} != {}


@pytest.mark.parametrize("is_used, expected", [(False, ("given", None)), (True, (None, "given"))])
def test_class_weights_are_told_by_the_parameters_name(is_used, expected):
    plan = TrainingPlan(use_class_weight=not is_used)
    assert changes(plan, use_class_weight=is_used) == {"class_weight": expected}


def test_an_embedding_that_comes_with_the_scale_is_not_told():
    plan = TrainingPlan(scale=None, embedding_once_scaled="piecewise_linear")
    assert changes(plan, scale="robust", numerical_embedding="piecewise_linear") == {"scale": (None, "robust")}


def test_an_embedding_that_was_changed_by_itself_is_told():
    plan = TrainingPlan(embedding_once_scaled="piecewise_linear")
    new = {"numerical_embedding": "piecewise_linear"}
    assert changes(plan, **new) == {"numerical_embedding": (None, "piecewise_linear")}


@pytest.mark.parametrize("setting", [{"batch_size": 64}, {"max_iter": 300}, {"learning_rate_schedule": "cosine"}])
def test_where_auto_found_the_schedule_all_that_goes_with_it_is_told(setting):
    plan = TrainingPlan(learning_rate_schedule="cosine_restarts", has_auto_schedule=True)
    told = changes(plan, **setting, has_auto_schedule=False)
    new = replace(plan, **setting)
    assert told["learning_rate_schedule"] == ("auto", new.learning_rate_schedule)
    assert told["max_iter"] == (200, new.max_iter)
    assert set(told) == {"learning_rate_schedule", "max_iter", *setting}


def test_a_schedule_that_auto_found_is_left_out_where_nothing_that_goes_with_it_changed():
    assert changes(TrainingPlan(has_auto_schedule=True), dropout=0.3) == {"dropout": (0.0, 0.3)}


def test_whether_auto_found_the_schedule_is_no_setting_and_never_told():
    assert changes(TrainingPlan(has_auto_schedule=True), has_auto_schedule=False) == {}


def test_epochs_end_with_an_auto_schedule_only_where_it_is_shorter_than_what_was_typed():
    plan = TrainingPlan(max_iter=40, has_auto_schedule=True, epochs_of_schedule=40)
    assert plan.ends_with_schedule
    assert not TrainingPlan(max_iter=40, has_auto_schedule=True).ends_with_schedule
    longer = replace(plan, max_iter=80)
    assert not longer.ends_with_schedule
    assert "epochs_of_schedule" not in longer.changes_from(replace(plan, epochs_of_schedule=None))
