"""Cause: what goes without saying of a reason, and that no two share their numbers."""

from dataclasses import FrozenInstanceError

import pytest

from robust_mlp._collapse.causes import Cause as handed_on
from robust_mlp._collapse.causes.cause import Cause


def test_a_reason_is_suspected_and_can_be_repaired_unless_it_says_otherwise():
    cause = Cause(code="dead_units")
    assert (cause.numbers, cause.is_certain, cause.can_repair) == ({}, False, True)


def test_no_two_reasons_share_their_numbers():
    one, two = Cause(code="a"), Cause(code="a")
    one.numbers["rate"] = 1.0
    assert two.numbers == {}


def test_a_reason_cannot_be_changed_after_it_was_found():
    with pytest.raises(FrozenInstanceError):
        Cause(code="a").is_certain = True


def test_reasons_with_the_same_numbers_are_equal():
    assert Cause(code="a", numbers={"rate": 1.0}) == Cause(code="a", numbers={"rate": 1.0})
    assert Cause(code="a", numbers={"rate": 1.0}) != Cause(code="a", numbers={"rate": 2.0})


def test_values_are_given_by_name_only():
    with pytest.raises(TypeError):
        Cause("dead_units")


def test_the_folder_hands_it_on():
    assert handed_on is Cause
