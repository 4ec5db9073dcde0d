"""predict: what it writes for which rows, what a model file holds, and the whole line of every mistake."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli._prediction_files import write_predictions
from robust_mlp.cli._tables import read_table
from tests.cli.examples import assert_mistake, mixed_table, write_old_pickle


def test_predict_writes_the_class_and_a_probability_for_every_class(trained, run):
    folder, _ = trained
    code, output, error = run("predict", folder / "m.rmlp", folder / "data.csv", "--out", "p.csv")
    assert (code, output.splitlines()[0], error) == (0, "240 predictions written to p.csv.", "")
    predictions = pd.read_csv("p.csv")
    assert list(predictions.columns) == ["predicted_class", "probability_no", "probability_yes"]
    probabilities = predictions[["probability_no", "probability_yes"]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    expected = np.where(probabilities[:, 1] > probabilities[:, 0], "yes", "no")
    assert predictions["predicted_class"].tolist() == expected.tolist()
    assert np.mean(predictions["predicted_class"] == mixed_table()["label"]) > 0.8


def test_predict_without_out_writes_the_same_to_standard_output(trained, run):
    folder, _ = trained
    run("predict", folder / "m.rmlp", folder / "data.csv", "--out", "p.csv")
    code, output, error = run("predict", folder / "m.rmlp", folder / "data.csv")
    assert (code, output) == (0, Path("p.csv").read_text())
    assert error.startswith("\nScored on 240 rows with a label in 'label':\n")


def test_predict_gives_a_row_the_same_probabilities_in_any_file_that_holds_it(trained, run):
    folder, _ = trained
    table = mixed_table().drop(columns="label")
    expected = pd.read_csv(_predicted(run, folder / "m.rmlp", folder / "data.csv"))
    variants = {
        "reordered.csv": table[["is_new", "town", "z", "x"]],
        "more.csv": table.assign(extra="text", another=1),
        "three.csv": table.head(3),  # where z may hold no gap
        "one.parquet": table.head(1),
    }
    for name, variant in variants.items():
        variant.to_parquet(name) if name.endswith("parquet") else variant.to_csv(name, index=False)
        got = pd.read_csv(_predicted(run, folder / "m.rmlp", name))
        np.testing.assert_allclose(got["probability_yes"], expected["probability_yes"][: len(variant)], atol=1e-6)


def test_predict_takes_a_level_that_it_never_saw_and_a_column_with_no_value(trained, run):
    folder, _ = trained
    new = mixed_table(4).drop(columns="label").assign(town="Chur", z=np.nan)
    new.to_csv("new.csv", index=False)
    predictions = pd.read_csv(_predicted(run, folder / "m.rmlp", "new.csv"))
    assert np.isfinite(predictions["probability_yes"]).all()


def _predicted(run, model, data):
    """Name of the file with the predictions."""
    code, _, error = run("predict", model, data, "--out", "predicted.csv")
    assert (code, error) == (0, "")
    return "predicted.csv"


def test_predictions_are_scored_where_the_table_has_the_target(trained, run):
    folder, _ = trained
    table = mixed_table()
    truth = table["label"].to_numpy().copy()
    table.loc[0, "label"], table.loc[[1, 2], "label"] = None, "maybe"
    table.to_csv("new.csv", index=False)
    code, output, error = run("predict", folder / "m.rmlp", "new.csv", "--out", "p.parquet")
    assert code == 0
    assert error == (
        "robust-mlp: note: 2 rows of 'new.csv' not scored: column 'label' holds labels that the model does not know, "
        "such as 'maybe'. There is: no, yes.\n"
    )
    lines = output.splitlines()
    assert lines[:3] == ["240 predictions written to p.parquet.", "", "Scored on 237 rows with a label in 'label':"]
    accuracy = np.mean(pd.read_parquet("p.parquet")["predicted_class"][3:] == truth[3:])
    assert lines[6].split()[:2] == ["RobustMLPClassifier", f"{accuracy:.4f}"]
    assert sum(int(line.split()[1]) for line in lines[9:11]) == 237


def test_a_table_without_the_target_or_without_its_values_is_not_scored(trained, run):
    folder, _ = trained
    for name, table in {"without.csv": mixed_table(4).drop(columns="label"), "gaps.csv": mixed_table(4)}.items():
        (table.assign(label=None) if name == "gaps.csv" else table).to_csv(name, index=False)
        expected = (0, "4 predictions written to p.jsonl.\n", "")
        assert run("predict", folder / "m.rmlp", name, "--out", "p.jsonl") == expected


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".csv.gz", ".parquet", ".feather", ".jsonl"])
def test_predict_reads_and_writes_what_the_names_say(ending, trained, run):
    folder, _ = trained
    expected = pd.read_csv(_predicted(run, folder / "m.rmlp", folder / "data.csv"))
    table = mixed_table().drop(columns="label")
    write_predictions(table, f"new{ending}", f"new{ending}")
    assert run("predict", folder / "m.rmlp", f"new{ending}", "--out", f"p{ending}")[0] == 0
    got = read_table(f"p{ending}").frame
    assert got["predicted_class"].tolist() == expected["predicted_class"].tolist()
    np.testing.assert_allclose(got["probability_yes"], expected["probability_yes"], rtol=1e-6)


def test_the_column_that_names_the_rows_is_carried_as_it_stands(trained, run):
    folder, _ = trained
    table = mixed_table(3).assign(key=["007", "NA", "=1"]).drop(columns="label")
    table.to_csv("new.csv", index=False)
    code, output, error = run("predict", folder / "m.rmlp", "new.csv", "--id-column", "key")
    assert (code, error) == (0, "")
    lines = output.splitlines()
    assert lines[0] == "key,predicted_class,probability_no,probability_yes"
    assert [line.split(",")[0] for line in lines[1:]] == ["007", "NA", "'=1"]


def test_a_name_of_rows_that_the_predictions_have_themselves_is_refused(trained, run):
    folder, _ = trained
    mixed_table(3).assign(predicted_class="a").to_csv("new.csv", index=False)
    result = run("predict", folder / "m.rmlp", "new.csv", "--id-column", "predicted_class")
    message = "--id-column: 'predicted_class' is a column that the predictions have themselves. Rename it."
    assert_mistake(result, message)


def test_what_steers_a_terminal_is_written_out_there_and_nowhere_else(trained, run, monkeypatch):
    folder, _ = trained
    mixed_table(1).assign(key="\x1b[2J").drop(columns="label").to_csv("new.csv", index=False)
    arguments = ["predict", folder / "m.rmlp", "new.csv", "--id-column", "key"]
    piped = run(*arguments)[1]
    assert piped.splitlines()[1].startswith("\x1b[2J,")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(*arguments)[1] == piped.replace("\x1b", r"\x1b")


def test_a_full_disk_leaves_the_old_predictions(trained, run):
    folder, _ = trained
    Path("p.csv").write_text("old\n")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))  # a file can grow no further, as on a full disk
    try:
        result = run("predict", folder / "m.rmlp", folder / "data.csv", "--out", "p.csv")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_mistake(result, "--out: cannot write 'p.csv': File too large. The old file is as it was.")
    assert Path("p.csv").read_text() == "old\n"
    assert [path.name for path in Path().iterdir()] == ["p.csv"]


def test_a_model_that_an_older_version_wrote_is_read(trained, run):
    folder, _ = trained
    write_old_pickle(folder / "m.rmlp", "o.joblib")
    expected = run("predict", folder / "m.rmlp", folder / "data.csv")[1]
    assert run("predict", "o.joblib", folder / "data.csv", "--trust-pickle")[1] == expected


@pytest.mark.parametrize("compress", [0, 3, "bz2", "xz", "zlib"])
def test_a_pickle_is_refused_unless_it_is_trusted_by_name(trained, run, compress):
    folder, _ = trained
    write_old_pickle(folder / "m.rmlp", "o.joblib", compress=compress)
    message = (
        "'o.joblib' is a pickle, as earlier versions wrote them, and a pickle can run any code when it is read. If you "
        "trust whoever made it, add --trust-pickle; or fit again."
    )
    assert_mistake(run("predict", "o.joblib", folder / "data.csv"), message)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
def test_standard_output_on_a_full_disk_is_one_line(trained):
    folder, _ = trained
    command = [sys.executable, "-m", "robust_mlp", "predict", "m.rmlp", "data.csv"]
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=folder)
    message = "robust-mlp: error: cannot write to standard output: No space left on device.\n"
    assert (ended.returncode, ended.stderr) == (2, message)


def test_a_reader_that_goes_away_ends_the_program_without_a_word(trained):
    folder, _ = trained
    table = pd.concat([mixed_table().drop(columns="label")] * 20)
    table.to_csv(folder / "long.csv", index=False)
    command = f"{sys.executable} -m robust_mlp predict m.rmlp long.csv | head -1"
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder, shell=True)
    assert (ended.stdout, ended.stderr) == ("predicted_class,probability_no,probability_yes\n", "")
