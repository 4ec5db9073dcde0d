"""The benchmark of fits on noise: its tables tell nothing, its quickest settings hold the claim, a run goes on."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import noise_verdicts
from benchmarks.noise_verdicts import LEARNED, SETTINGS, measured


def test_there_are_twenty_settings_of_20_to_400_rows():
    rows = [n_rows for n_rows, *_ in SETTINGS.values()]
    assert len(SETTINGS) == 20 and (min(rows), max(rows)) == (20, 400)
    for n_rows, columns, shares, _ in SETTINGS.values():
        X = columns(np.random.default_rng(0), n_rows)
        assert len(pd.DataFrame(X)) == n_rows and sum(shares) == pytest.approx(1)


@pytest.mark.parametrize("name", ["40 rows, three epochs", "40 rows, one member", "20 rows"])
def test_a_fit_on_noise_does_not_say_that_it_learned(name):
    assert [measured(name, seed)["verdict"] in LEARNED for seed in (1000, 1001, 1002)].count(True) == 0


def test_verdicts_are_counted_and_a_run_goes_on(tmp_path, monkeypatch, capsys):
    asked = []

    def pretend(name, seed):
        asked.append(name)
        return {"verdict": "REPAIRED" if seed else "NO_SIGNAL", "trainings": 1}

    monkeypatch.setattr(noise_verdicts, "measured", pretend)
    arguments = ["--out", str(tmp_path / "lines.jsonl"), "--only", "20 rows", "--seeds"]
    assert noise_verdicts.main([*arguments, "1"]) == 0
    assert noise_verdicts.main([*arguments, "2"]) == 1
    assert asked == ["20 rows"] * 2
    assert "FAIL: 1 of 2 fits" in capsys.readouterr().out
