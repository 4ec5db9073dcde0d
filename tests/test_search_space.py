"""The benchmark of searches: its trials are repeatable, and its gain is that of the trial that the folds choose."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import search_space as benchmark
from benchmarks.accuracy.ablation import halves
from benchmarks.lines import ResultLines


@pytest.fixture
def results(tmp_path):
    """Two tables with two trials each; on the second the default is the best of the folds."""
    found = ResultLines(tmp_path / "lines.jsonl", ("table", "space", "trial"))
    losses = {"a": [0.50, 0.40, 0.45], "b": [0.30, 0.35, 0.40]}
    for name, values in losses.items():
        for trial, loss in enumerate(values):
            found.add(benchmark.line(name, "default" if trial == 0 else "small", trial, {}, cv_loss=loss))
        found.add(benchmark.line(name, "default refit", 0, {}, test_loss=0.6))
    found.add(benchmark.line("a", "small refit", 1, {}, test_loss=0.52))
    return found


def test_the_gain_is_that_of_the_best_trial_of_the_folds(results):
    gains = benchmark.gains(results, ["a", "b"], "small", 2)
    assert gains == {"a": pytest.approx(0.08), "b": 0.0}
    table = benchmark.summary(results, ["a", "b"], ["small"], 2)
    assert table.loc["small", "gain"] == pytest.approx(0.04)
    assert table.loc["small", "standard error"] == pytest.approx(0.04)
    assert (table.loc["small", "share better"], table.loc["small", "share equal"]) == (0.5, 0.5)


def test_a_table_that_is_not_done_is_left_out(results):
    assert benchmark.gains(results, ["a", "b", "c"], "small", 2).keys() == {"a", "b"}
    assert benchmark.gains(results, ["a", "b"], "small", 3) == {}
    assert benchmark.gains(results, ["a", "b"], "full", 2) == {}


@pytest.mark.parametrize("gain, word", [(0.021, "PASS"), (0.019, "FAIL"), (-0.1, "FAIL")])
def test_a_gain_counts_from_two_standard_errors_on(gain, word):
    table = pd.DataFrame({"gain": [gain], "standard error": [0.01]}, index=["small"])
    (verdict,) = benchmark.verdicts(table, "report")
    assert verdict == f"{word} report: a search in 'small' lowers the log loss by {gain:.4f}"


def test_the_default_is_the_first_trial_and_the_others_are_the_same_in_each_run():
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)))
    y = np.arange(60) % 2
    for space in benchmark.SPACES:
        first, again = (benchmark.draws(space, X, y, 4) for _ in range(2))
        assert first == again and first[0] == {} and len(first) == 5
    assert set(benchmark.draws("training", X, y, 1)[1]) == set(benchmark.TRAINING)


def test_tables_that_choose_a_space_do_not_report_its_gain():
    parts = {
        part: {name for name, half in halves().items() if half == benchmark.PARTS[part]} for part in benchmark.PARTS
    }
    assert not parts["choose"] & parts["report"]
    assert parts["choose"] | parts["report"] == set(halves())
