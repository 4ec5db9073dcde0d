"""Versions of pandas are compared as numbers."""

from types import SimpleNamespace

import pytest

from robust_mlp.cli._pandas_versions import is_at_least


@pytest.mark.parametrize(
    "installed, version, expected",
    [("3.1.0", (3, 1), True), ("2.3.3", (3, 1), False), ("3.10.0rc1", (3, 9), True), ("10.0.0", (3, 1), True)],
)
def test_versions_are_compared_as_numbers(installed, version, expected):
    assert is_at_least(SimpleNamespace(__version__=installed), version) is expected
