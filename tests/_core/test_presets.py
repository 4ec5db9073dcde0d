"""Presets: parameters that the classifier takes; those typed beside a preset win; an unknown name is named."""

import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._core.parameters import check_parameters
from robust_mlp._core.presets import PRESETS, preset_parameters


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_setting_that_the_classifier_takes_and_another_than_the_default(name):
    classifier = RobustMLPClassifier(**PRESETS[name])
    check_parameters(classifier)
    changed = {key for key, value in RobustMLPClassifier().get_params().items() if getattr(classifier, key) != value}
    assert changed == set(PRESETS[name])


def test_typed_parameters_win_and_the_preset_stays_as_it_is():
    before = dict(PRESETS["best"])
    assert preset_parameters("best", {"n_members": 4, "dropout": 0.2}) == before | {"n_members": 4, "dropout": 0.2}
    assert PRESETS["best"] == before


def test_an_unknown_name_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError) as raised:
        preset_parameters("quick", {})
    assert str(raised.value) == "There is no preset 'quick'. Pass one of 'fast', 'default', 'best'."
