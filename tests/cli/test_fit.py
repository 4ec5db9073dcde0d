"""fit: what it shows and writes, its exit codes, and the whole line of every mistake."""

import io
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from robust_mlp import CollapseError, RobustMLPClassifier, load_model
from robust_mlp._core.records import Verdict
from robust_mlp.cli import _model_files
from tests.cli.examples import FAST, N_ROWS, mixed_table


def test_fit_shows_the_prior_beside_the_classifier_then_the_classes_then_the_report(trained):
    _, output = trained
    lines = output.splitlines()
    assert lines[0] == "Training on 192 rows of 2 number and 2 category columns; 48 rows kept aside."
    assert lines[2].split() == ["accuracy", "balanced", "accuracy", "log", "loss"]
    assert lines[3].startswith("class prior ")
    assert lines[4].startswith("RobustMLPClassifier ")
    prior, ours = ([float(cell) for cell in line.split()[-3:]] for line in lines[3:5])
    assert prior[1] == 0.5
    assert ours[0] > prior[0] and ours[1] > prior[1] and ours[2] < prior[2]
    assert lines[6].split() == ["class", "rows", "precision", "recall", "true", "share", "predicted", "share"]
    assert [line.split()[0] for line in lines[7:9]] == ["no", "yes"]
    assert sum(int(line.split()[1]) for line in lines[7:9]) == 48
    assert "HEALTHY" in output
    assert lines[-1].startswith("Model written to ") and lines[-1].endswith("m.rmlp.")


def test_fit_reads_parquet_like_csv_and_the_seed_repeats_the_figures(trained, run):
    folder, output = trained
    figures_of_the_csv = output.split("\n\n")[:3]
    code, output, _ = run("fit", folder / "data.parquet", "--target", "label", *FAST)
    assert code == 0
    assert output.split("\n\n")[:3] == figures_of_the_csv


def test_rows_without_a_label_are_dropped_with_a_word(run):
    table = mixed_table()
    table.loc[:2, "label"] = None
    table.to_csv("gaps.csv", index=False)
    code, output, error = run("fit", "gaps.csv", "--target", "label", *FAST)
    assert (code, error) == (0, "")
    assert output.splitlines()[:2] == [
        "3 rows without a value of 'label' dropped.",
        "Training on 189 rows of 2 number and 2 category columns; 48 rows kept aside.",
    ]


def test_test_size_0_trains_on_every_row_and_shows_the_report_only(run):
    mixed_table().to_csv("data.csv", index=False)
    code, output, error = run("fit", "data.csv", "--target", "label", "--test-size", "0", *FAST)
    assert (code, error) == (0, "")
    assert output.startswith("Training on 240 rows of 2 number and 2 category columns; 0 rows kept aside.\n\n")
    assert "class prior  " not in output


def test_whole_number_labels_stay_whole_numbers_where_some_are_missing(run):
    table = mixed_table().assign(label=lambda t: (t["label"] == "yes").astype(float))
    table.loc[0, "label"] = np.nan
    table.to_csv("data.csv", index=False)
    assert run("fit", "data.csv", "--target", "label", "--model-out", "m.rmlp", *FAST)[0] == 0
    classes = load_model("m.rmlp").classes_
    assert classes.tolist() == [0, 1] and classes.dtype == np.int64


class _Report:
    """A report of a verdict that no quick fit ends in for certain."""

    attempts = ()

    def __init__(self, verdict):
        self.verdict = verdict

    def __str__(self):
        return f"Verdict: {self.verdict.value}"


@pytest.mark.parametrize(
    "verdict, exit_code",
    [(Verdict.COLLAPSED, 3), (Verdict.NO_SIGNAL, 0), (Verdict.REPAIRED, 0), (Verdict.UNCHECKED, 0)],
)
def test_only_a_collapse_that_stayed_exits_with_3(verdict, exit_code, run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def fit_without_training(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.prior_, self.report_ = counts / counts.sum(), _Report(verdict)
        return self

    monkeypatch.setattr(RobustMLPClassifier, "fit", fit_without_training)
    monkeypatch.setattr(RobustMLPClassifier, "predict", lambda self, X: np.full(len(X), self.classes_[0]))
    monkeypatch.setattr(RobustMLPClassifier, "predict_proba", lambda self, X: np.tile(self.prior_, (len(X), 1)))
    code, output, error = run("fit", "data.csv", "--target", "label", "--random-state", "0")
    assert (code, error) == (exit_code, "")
    assert output.endswith(f"\nVerdict: {verdict.value}\n")
    assert output.split("\n\n")[2].splitlines()[2].split()[:4] == ["yes", "23", "-", "0.000"]


def test_a_collapse_that_raises_exits_with_3_and_writes_no_model(run, monkeypatch):
    mixed_table().to_csv("data.csv", index=False)

    def fit_that_raises(self, X, y):
        raise CollapseError("collapsed", _Report(Verdict.COLLAPSED))

    monkeypatch.setattr(RobustMLPClassifier, "fit", fit_that_raises)
    guard = ["--set", "collapse_guard=raise"]
    code, output, error = run("fit", "data.csv", "--target", "label", "--model-out", "m.rmlp", *guard)
    assert (code, error) == (3, "")
    assert output.endswith("\n\nVerdict: COLLAPSED\n")
    assert not Path("m.rmlp").exists()


def test_fit_writes_a_page_and_a_model_that_knows_how_its_table_was_read(run):
    table = mixed_table().assign(key=range(N_ROWS), town=lambda t: t["town"].replace("Zug", "None"), w=1.0)
    table.to_csv("data.csv", index=False, sep=";", decimal=",")
    options = ["--decimal", ",", "--na", "?", "--id-column", "key", "--sample-weight-column", "w"]
    files = ["--model-out", "m.rmlp", "--report", "r.html"]
    code, output, error = run("fit", "data.csv", "--target", "label", *options, *files, *FAST)
    assert (code, error) == (0, "")
    assert output.splitlines()[0] == "Training on 192 rows of 2 number and 2 category columns; 48 rows kept aside."
    assert output.endswith("\n\nModel written to m.rmlp.\n\nReport written to r.html.\n")
    assert Path("r.html").read_text().startswith("<!DOCTYPE html>")
    model = _model_files.load_model("m.rmlp")
    assert (model.missing, model.identifier) == (("?",), "key")
    code, output, error = run("predict", "m.rmlp", "data.csv", "--decimal", ",")
    assert code == 0
    lines = [line.split(",") for line in output.splitlines()]
    assert lines[0][:2] == ["key", "predicted_class"] and [line[0] for line in lines[1:]] == list(
        map(str, range(N_ROWS))
    )
    assert sum(line[1] == label for line, label in zip(lines[1:], table["label"], strict=True)) > 0.8 * N_ROWS
    assert "note" not in error  # 'None' is a level, as it was in the fit


def test_weights_reach_the_classifier_and_its_warnings_are_one_line(run, monkeypatch):
    fitted = []

    def fit_without_training(self, X, y, sample_weight=None):
        fitted.append((X, y, sample_weight))
        warnings.warn("two\nlines of \x1b", RuntimeWarning, stacklevel=1)
        raise CollapseError("collapsed", _Report(Verdict.COLLAPSED))

    monkeypatch.setattr(RobustMLPClassifier, "fit", fit_without_training)
    mixed_table(20).assign(w=np.arange(20.0)).to_csv("data.csv", index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        code, _, error = run(
            "fit", "data.csv", "--target", "label", "--sample-weight-column", "w", "--test-size", "0.2"
        )
    assert (code, error) == (3, "robust-mlp: warning: two lines of \\x1b\n")
    ((X, y, weights),) = fitted
    assert len(X) == len(y) == len(weights) == 16
    assert weights.tolist() == X.index.tolist()


def test_a_fit_that_the_classifier_refuses_names_the_file(run, monkeypatch):
    def refuse(self, X, y):
        raise ValueError("Too few rows\nfor 'x'")

    monkeypatch.setattr(RobustMLPClassifier, "fit", refuse)
    mixed_table(20).to_csv("data.csv", index=False)
    code, _, error = run("fit", "data.csv", "--target", "label")
    assert (code, error) == (2, "robust-mlp: error: 'data.csv': Too few rows for 'x'.\n")


def test_fit_reads_standard_input(run, monkeypatch):
    def stop(self, X, y):
        raise CollapseError("collapsed", _Report(Verdict.COLLAPSED))

    monkeypatch.setattr(RobustMLPClassifier, "fit", stop)
    content = mixed_table().to_csv(index=False, sep="\t").encode("utf-16")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    code, output, error = run("fit", "-", "--target", "label")
    assert (code, error) == (3, "")
    assert output.startswith("Training on 192 rows of 2 number and 2 category columns; 48 rows kept aside.\n")
