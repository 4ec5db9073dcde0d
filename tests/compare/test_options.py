"""The answers that are compared: from the simplest on, in two forms each, or the user's own."""

import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp._data import sampling
from robust_mlp.compare._options import PARAMETERS, SAMPLERS, Option, chosen_options, default_options


def test_the_simplest_comes_first_and_names_are_different():
    options = default_options()
    assert options[0] == Option("none", options[0].parameters, True)
    assert options[0].parameters == {
        "class_weight": None,
        "sampler": None,
        "prior_correction": False,
        "decision": "argmax",
    }
    assert len({option.name for option in options}) == len(options) == 5 + 2 * len(SAMPLERS)


def test_all_of_them_are_parameters_of_the_classifier():
    for option in default_options():
        assert set(option.parameters) == set(PARAMETERS)
        assert RobustMLPClassifier(**option.parameters).get_params().items() >= option.parameters.items()


def test_weights_and_samplers_are_honest_only_where_corrected():
    for option in default_options():
        is_weighted = option.parameters["class_weight"] is not None or option.parameters["sampler"] is not None
        assert option.is_honest == (not is_weighted or option.parameters["prior_correction"])
        assert option.name.endswith(", corrected") == option.parameters["prior_correction"]
        if option.parameters["prior_correction"]:  # decisions stay as balanced as the weights made them
            assert option.parameters["decision"] == "balanced"


def test_every_sampler_that_the_classifier_knows_by_name_is_compared():
    assert set(SAMPLERS) == set(sampling.SAMPLERS)


def test_named_answers_come_in_the_order_asked_for():
    names = ["sampler='under'", "none"]
    assert [option.name for option in chosen_options(names)] == names
    assert chosen_options(None) == default_options()


@pytest.mark.parametrize(
    "parameters, is_honest",
    [
        ({}, True),
        ({"decision": "balanced"}, True),
        ({"class_weight": None, "sampler": None}, True),
        ({"class_weight": {"b": 9}}, False),
        ({"sampler": "over"}, False),
        ({"sampler": "over", "prior_correction": True}, True),
        ({"sampler": "over", "prior_correction": False}, False),
    ],
)
def test_the_users_own_are_honest_unless_weighted_and_not_corrected(parameters, is_honest):
    own, plain = chosen_options({"own": parameters, "plain": {}})
    assert own == Option("own", parameters, is_honest)
    assert own.parameters is not parameters  # a copy: the user may go on with theirs
    assert plain.is_honest


@pytest.mark.parametrize(
    "options, error, message",
    [
        ("none", TypeError, "options='none' is one name. Pass a list of names, or a dict of name to parameters."),
        ([], ValueError, "options=[] leaves 0 to compare. Pass at least two."),
        ({"a": {}}, ValueError, "options={'a': {}} leaves 1 to compare. Pass at least two."),
        (
            {"a": {"dropout": 1, "C": 2}, "b": {}},
            ValueError,
            "Option 'a' sets 'dropout', 'C', which is not about class imbalance. Pass some of 'class_weight', "
            "'sampler', 'prior_correction', 'decision', and set the rest on the estimator.",
        ),
        (
            ["none", "weights"],
            ValueError,
            "There is no option 'weights'. Pass a dict such as {'weights': {'class_weight': 'balanced'}}, or some of: "
            + "; ".join(option.name for option in default_options())
            + ".",
        ),
    ],
)
def test_a_wrong_request_is_told(options, error, message):
    with pytest.raises(error) as caught:
        chosen_options(options)
    assert str(caught.value) == message
