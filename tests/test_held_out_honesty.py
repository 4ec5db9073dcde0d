"""Reported figures beside those on fresh rows of one generator: a quick version of benchmarks/held_out_honesty.py."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import held_out_honesty
from benchmarks.held_out_honesty import measure, report
from benchmarks.held_out_tables import GENERATORS
from robust_mlp._fit import training_table
from tests.tiny_fits import able

SEEDS = range(3)


def quick(name, seed):
    """A line of results of a small network without the guard."""
    return measure(name, seed, 4, make=lambda **settings: able(**({"early_stopping": "auto"} | settings)))


def how_much_better(lines, figure, kind):
    """How much better the report is than fresh rows, in standard errors, one number a line."""
    sign = 1 if figure == "accuracy" else -1
    return np.array(
        [sign * (line[figure] - line[f"{figure}_{kind}"]) / line[f"{figure}_error_{kind}"] for line in lines]
    )


@pytest.mark.parametrize("name", ["many_levels", "identifiers", "prior_correction", "duplicated_rows"])
def test_the_report_is_no_better_than_fresh_rows(name):
    lines = [quick(name, seed) for seed in SEEDS]
    for figure in ("accuracy", "log_loss"):
        better = how_much_better(lines, figure, "members")
        assert better.mean() < 1.7, better  # three standard errors of a mean of three
        assert better.max() < 4, better


def test_a_leak_of_levels_would_show(monkeypatch):
    monkeypatch.setattr(training_table, "with_own_rows_only", lambda data, *_: data)
    lines = [quick("many_levels", seed) for seed in SEEDS]
    assert how_much_better(lines, "accuracy", "members").mean() > 2.5


def test_ten_are_looked_at_and_five_are_kept_aside():
    assert [g.is_kept_aside for g in GENERATORS.values()] == [False] * 10 + [True] * 5
    for name, generator in GENERATORS.items():
        one, same, other = (generator.make(seed)(300, np.random.default_rng(9)) for seed in (0, 0, 1))
        pd.testing.assert_frame_equal(pd.DataFrame(one.X), pd.DataFrame(same.X))
        np.testing.assert_array_equal(one.y, same.y)
        assert len(one.X) == len(one.y) == len(one.clusters), name
        assert len(np.unique(one.y)) == len(np.unique(other.y)), name


def test_the_figures_of_a_run_and_whether_they_hold(capsys):
    line = {"generator": "tiny", "accuracy": 0.8, "log_loss": 0.5}
    line |= {"accuracy_expected": 0.81, "log_loss_expected": 0.49}
    for kind in ("members", "fresh"):
        line |= {f"accuracy_{kind}": 0.79, f"accuracy_error_{kind}": 0.02}
        line |= {f"log_loss_{kind}": 0.52, f"log_loss_error_{kind}": 0.02}
    assert report([line] * 20) == 0
    assert report([line] * 18 + [line | {"log_loss_fresh": 0.6}] * 2) == 1
    assert "FAIL: log_loss, fresh" in capsys.readouterr().out
    assert report([line] * 19 + [line | {"accuracy_expected": 0.9}]) == 1  # too good in 5 %, within two errors in 95 %
    assert "FAIL: accuracy, fresh" in capsys.readouterr().out


def test_a_run_goes_on_where_it_was_interrupted(tmp_path, monkeypatch):
    measured = []

    def pretend(name, seed, members, make):
        assert make(n_members=members).get_params()["hidden_layer_sizes"] == (16,)
        measured.append((name, seed))
        line = {"generator": name, "seed": seed, "members": members, "accuracy": 0.8, "log_loss": 0.5}
        line |= {"accuracy_expected": 0.8, "log_loss_expected": 0.5}
        for kind in ("members", "fresh"):
            line |= {f"accuracy_{kind}": 0.8, f"accuracy_error_{kind}": 0.02}
            line |= {f"log_loss_{kind}": 0.5, f"log_loss_error_{kind}": 0.02}
        return line

    monkeypatch.setattr(held_out_honesty, "measure", pretend)
    arguments = ["--out", str(tmp_path / "lines.jsonl"), "--generators", "tiny", "smote", "--quick", "--seeds"]
    assert held_out_honesty.main([*arguments, "1"]) == 0
    assert held_out_honesty.main([*arguments, "2"]) == 0
    assert measured == [("tiny", 0), ("smote", 0), ("tiny", 1), ("smote", 1)]
