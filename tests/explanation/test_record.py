"""The Explanation record: kinds of importance, effects by name, evidence between classes, JSON."""

import json

import numpy as np
import pytest

from tests.explanation.example_explanations import example, importance, level_effect, number_effect, row_contributions


def test_importance_by_group_has_groups_and_the_columns_in_none():
    names = [one.name for one in example().importances("group")]
    assert names == ["age + city", "noise"]
    assert [one.name for one in example().importances()] == ["age", "city", "noise"]


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError) as error:
        example().importances("pair")
    assert str(error.value) == "kind='pair' is unknown. Pass 'column' or 'group'."


def test_a_column_is_above_noise_where_its_whole_interval_is():
    assert importance("a", value=0.1, error=0.04).is_above_noise
    assert not importance("a", value=0.1, error=0.05).is_above_noise


def test_effects_are_found_by_name():
    assert example().effect("city").values == ("Rome", "Oslo", "Lima")
    with pytest.raises(ValueError) as error:
        example().effect("cty")
    assert str(error.value) == "There is no column 'cty'. Did you mean 'city'?"


def test_the_spread_of_an_effect_is_its_standard_deviation_over_the_rows():
    assert number_effect().spread == pytest.approx(np.sqrt(0.25 * 1 + 0.5 * 0 + 0.25 * 1))
    assert level_effect().spread == pytest.approx(np.sqrt(0.25 + 0.25))


def test_evidence_names_the_values_that_speak_for_a_class_and_against_another():
    first, second, _ = example().evidence("yes", "no")
    assert (first.name, first.value_for, first.value_against) == ("age", 3.0, 0.0)
    assert (first.log_odds_for, first.log_odds_against) == (1.5, -1.5)
    assert {second.name} <= {"noise", "city"}
    reverse = example().evidence("no", "yes")[0]
    assert (reverse.value_for, reverse.log_odds_for) == (0.0, 1.5)


@pytest.mark.parametrize(
    "classes, message",
    [
        (("yes", "yes"), "for_class and against are both 'yes'. Pass two different classes."),
        (("yess", "no"), "There is no class 'yess'. Did you mean 'yes'?"),
    ],
)
def test_evidence_needs_two_classes_that_exist(classes, message):
    with pytest.raises(ValueError) as error:
        example().evidence(*classes)
    assert str(error.value) == message


def test_everything_fits_into_json():
    values = json.loads(example().to_json())
    assert values == example().to_dict()
    assert values["importance"][1]["per_class"] == [0.05, None]
    assert values["importance"][0]["name"] == "age"
    assert values["effects"][0]["log_odds"] == [[1.5, -1.5], [0.5, -0.5], [-0.5, 0.5], [-1.5, 1.5]]
    assert values["pairs"][0]["name"] == "age x city"
    assert values["schema_version"] == 1


def test_contributions_of_rows_belong_to_it_and_to_its_dict():
    assert example().contributions is None
    assert example().to_dict()["contributions"] is None
    found = row_contributions()
    assert example(contributions=found).contributions is found
    assert json.loads(example(contributions=found).to_json())["contributions"] == found.to_dict()


def test_a_group_of_many_columns_has_a_short_name():
    assert importance("a", "b").short_name == "a + b"
    assert importance("a", "b", "c", "d").short_name == "a + 3 more"
