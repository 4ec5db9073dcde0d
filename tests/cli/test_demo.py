"""demo hands over to the demonstration."""

import pytest


@pytest.mark.parametrize("arguments, is_full", [([], False), (["--full"], True)])
def test_demo_hands_over_and_returns_its_exit_code(arguments, is_full, run, monkeypatch):
    import robust_mlp.demo

    asked = []
    monkeypatch.setattr(robust_mlp.demo, "main", lambda full: asked.append(full) or 0)
    assert run("demo", *arguments) == (0, "", "")
    assert asked == [is_full]
