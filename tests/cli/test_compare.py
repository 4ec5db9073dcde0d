"""compare: a leaderboard on standard output, written as a table and a page where asked."""

import os
import signal

import pandas as pd
import pytest

from robust_mlp import RobustMLPClassifier
from robust_mlp.cli import _compare
from tests.cli.examples import mixed_table

QUICK = ["--set", "max_iter=15", "n_members=1", "hidden_layer_sizes=(8,)", "--random-state", "0", "--folds", "2"]
MODELS = {"RobustMLPClassifier", "boosted trees", "random forest", "logistic regression", "class prior"}


def test_a_leaderboard_is_printed_and_written_as_table_and_page(run):
    table = mixed_table(120)
    table["number"] = range(120)
    table.to_csv("data.csv", index=False)
    arguments = ["compare", "data.csv", "--target", "label", "--id-column", "number", *QUICK]
    code, output, error = run(*arguments, "--out", "l.csv", "--report", "l.html")
    assert (code, error) == (0, "")
    lines = output.splitlines()
    assert lines[0].split() == ["log", "loss", "AUC", "accuracy", "balanced", "acc.", "seconds"]
    names = [line.rsplit(maxsplit=5)[0] for line in lines[1:6]]
    assert set(names) == MODELS and names[-1] == "class prior"
    losses = [float(line.split()[-5]) for line in lines[1:6]]
    assert losses == sorted(losses)
    assert lines[6].startswith("Means over 2 folds of 120 rows;")
    assert output.endswith("\nLeaderboard written to l.csv.\n\nReport written to l.html.\n")
    written = pd.read_csv("l.csv")
    assert written["model"].tolist() == names
    assert written["log_loss"].tolist() == pytest.approx(losses, abs=1e-4)
    with open("l.html", encoding="utf-8") as file:
        assert all(name in file.read() for name in ["boosted trees"])


def test_columns_are_dropped_and_weights_used_as_in_fit(run, monkeypatch):
    import robust_mlp.compare

    given = {}

    def noting(estimator, X, y, **options):
        given.update(options, estimator=estimator, X=X, y=y)
        raise ValueError("seen enough")

    monkeypatch.setattr(robust_mlp.compare, "compare_models", noting)
    mixed_table(40).assign(w=2.0).to_parquet("data.parquet")
    options = ["--drop", "z", "--categorical", "is_new", "--sample-weight-column", "w", "--set", "dropout=0.2"]
    code, _, error = run("compare", "data.parquet", "--target", "label", *options)
    assert (code, error) == (2, "robust-mlp: error: 'data.parquet': seen enough.\n")
    assert list(given["X"].columns) == ["x", "town", "is_new"]
    assert given["sample_weight"].tolist() == [2.0] * 40
    assert given["estimator"].dropout == 0.2
    assert (given["cv"], given["verbose"]) == (5, 0)


def test_ctrl_c_in_a_training_ends_with_130_and_writes_nothing(run, monkeypatch):
    import keras

    class PressesCtrlC(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                os.kill(os.getpid(), signal.SIGINT)

    classifier = RobustMLPClassifier((8,), n_members=1, max_iter=50, random_state=0, callbacks=[PressesCtrlC()])
    monkeypatch.setattr(_compare, "classifier_from", lambda arguments: classifier)
    mixed_table(60).to_csv("data.csv", index=False)
    result = run("compare", "data.csv", "--target", "label", "--out", "l.csv")
    assert result == (130, "", "robust-mlp: error: interrupted.\n")
    assert os.listdir() == ["data.csv"]
