"""Networks that may owe their figures to memory or luck are doubted unless simple models speak for the table."""

from types import SimpleNamespace

import pytest

from robust_mlp._collapse.memory_and_luck import (
    BEYOND_LUCK,
    LARGEST_P_VALUE_IN_SAMPLE,
    finds_nothing,
    is_within_luck,
    may_be_memorized,
)


def judged(*, in_sample=False, association=2.0):
    return SimpleNamespace(comparison=SimpleNamespace(in_sample=in_sample, association=association))


def signal(*, found, p_value=0.5):
    return SimpleNamespace(summary=SimpleNamespace(found=found, p_value=p_value))


@pytest.mark.parametrize(
    "in_sample, said, expected",
    [
        (True, signal(found=False), True),
        (True, signal(found=True, p_value=2 * LARGEST_P_VALUE_IN_SAMPLE), True),
        (True, signal(found=True, p_value=LARGEST_P_VALUE_IN_SAMPLE / 2), False),
        (True, None, False),
        (False, signal(found=False), False),
    ],
)
def test_training_rows_alone_prove_nothing(in_sample, said, expected):
    assert may_be_memorized(judged(in_sample=in_sample), said) is expected


def test_without_a_comparison_nothing_is_doubted():
    nothing = SimpleNamespace(comparison=None)
    assert not may_be_memorized(nothing, signal(found=False))
    assert not is_within_luck(nothing)


def test_luck_ends_where_chance_is_one_in_a_hundred_thousand():
    assert is_within_luck(judged(association=BEYOND_LUCK - 0.1))
    assert not is_within_luck(judged(association=BEYOND_LUCK))


def test_only_models_that_were_asked_find_nothing():
    assert finds_nothing(signal(found=False))
    assert not finds_nothing(signal(found=True))
    assert not finds_nothing(None)
