"""--set NAME=VALUE: values are Python's where they can be, and every mistake names what to type."""

from argparse import Namespace

import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._settings import classifier_from, parse_settings

KNOWN = ["activation", "class_weight", "hidden_layer_sizes", "max_iter", "random_state", "tol"]


@pytest.mark.parametrize(
    "text, name, value",
    [
        ("max_iter=100", "max_iter", 100),
        ("tol=1e-3", "tol", 0.001),
        ("tol=-2", "tol", -2),
        ("activation=relu", "activation", "relu"),
        ("activation='relu'", "activation", "relu"),
        ("hidden_layer_sizes=(64, 32)", "hidden_layer_sizes", (64, 32)),
        ("class_weight={'a': 1, 'b': 9.5}", "class_weight", {"a": 1, "b": 9.5}),
        ("class_weight=None", "class_weight", None),
        ("activation=True", "activation", True),
        (" max_iter = 3 ", "max_iter", 3),
        ("activation=a=b", "activation", "a=b"),
        ("activation=", "activation", ""),
        ("activation=__import__('os')", "activation", "__import__('os')"),  # text, and never run
    ],
)
def test_a_value_is_a_python_literal_or_else_text(text, name, value):
    (found,) = parse_settings([text], KNOWN).items()
    assert found == (name, value)
    assert type(found[1]) is type(value)


def test_settings_come_in_the_order_given():
    assert list(parse_settings(["tol=1", "max_iter=2"], KNOWN)) == ["tol", "max_iter"]
    assert parse_settings([], KNOWN) == {}


@pytest.mark.parametrize(
    "texts, message",
    [
        (["max_iter"], "--set takes NAME=VALUE, and got 'max_iter'. For example: --set max_iter=100."),
        (["=3"], "--set takes NAME=VALUE, and got '=3'. For example: --set max_iter=100."),
        (["random_state=3"], "give random_state by its own option: --random-state 3."),
        (["max_itr=3"], "--set: the classifier has no parameter 'max_itr'. Did you mean 'max_iter'?"),
        (
            ["q=3"],
            "--set: the classifier has no parameter 'q'. There is: activation, class_weight, hidden_layer_sizes, "
            "max_iter, random_state, tol.",
        ),
        (["tol=1", "tol=1"], "--set gives tol twice."),
    ],
)
def test_a_mistake_says_what_to_type(texts, message):
    with pytest.raises(InputError) as caught:
        parse_settings(texts, KNOWN)
    assert str(caught.value) == message


def test_the_classifier_has_the_settings_and_the_seed():
    classifier = classifier_from(Namespace(set=["max_iter=7", "activation=relu"], random_state=3))
    assert (classifier.max_iter, classifier.activation, classifier.random_state) == (7, "relu", 3)


def test_a_value_that_the_classifier_refuses_is_told_by_the_option():
    with pytest.raises(InputError) as raised:
        classifier_from(Namespace(set=["max_iter=0"], random_state=None))
    assert str(raised.value).startswith("--set: The 'max_iter' parameter of RobustMLPClassifier must be an int")
