"""What shows that no training has begun."""

import pytest

from robust_mlp._network import training


@pytest.fixture
def no_training(monkeypatch):
    """Fails the test if a training begins."""

    def refuse(*args, **kwargs):
        raise AssertionError("a training has begun")

    monkeypatch.setattr(training, "train", refuse)
