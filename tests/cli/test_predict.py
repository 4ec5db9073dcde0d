"""predict: what it writes for which rows, what a model file holds, and the whole line of every mistake."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.cli.examples import mixed_table


def test_predict_writes_the_class_and_a_probability_for_every_class(trained, run):
    folder, _ = trained
    code, output, error = run("predict", folder / "m.joblib", folder / "data.csv", "--out", "p.csv")
    assert (code, output, error) == (0, "240 predictions written to p.csv.\n", "")
    predictions = pd.read_csv("p.csv")
    assert list(predictions.columns) == ["predicted_class", "probability_no", "probability_yes"]
    probabilities = predictions[["probability_no", "probability_yes"]].to_numpy()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)
    expected = np.where(probabilities[:, 1] > probabilities[:, 0], "yes", "no")
    assert predictions["predicted_class"].tolist() == expected.tolist()
    assert np.mean(predictions["predicted_class"] == mixed_table()["label"]) > 0.8


def test_predict_without_out_writes_the_same_to_standard_output(trained, run):
    folder, _ = trained
    run("predict", folder / "m.joblib", folder / "data.csv", "--out", "p.csv")
    code, output, error = run("predict", folder / "m.joblib", folder / "data.csv")
    assert (code, error) == (0, "")
    assert output == Path("p.csv").read_text()


def test_predict_gives_a_row_the_same_probabilities_in_any_file_that_holds_it(trained, run):
    folder, _ = trained
    table = mixed_table().drop(columns="label")
    expected = pd.read_csv(_predicted(run, folder / "m.joblib", folder / "data.csv"))
    variants = {
        "reordered.csv": table[["is_new", "town", "z", "x"]],
        "more.csv": table.assign(extra="text", another=1),
        "three.csv": table.head(3),  # where z may hold no gap
        "one.parquet": table.head(1),
    }
    for name, variant in variants.items():
        variant.to_parquet(name) if name.endswith("parquet") else variant.to_csv(name, index=False)
        got = pd.read_csv(_predicted(run, folder / "m.joblib", name))
        np.testing.assert_allclose(got["probability_yes"], expected["probability_yes"][: len(variant)], atol=1e-6)


def test_predict_takes_a_level_that_it_never_saw_and_a_column_with_no_value(trained, run):
    folder, _ = trained
    new = mixed_table(4).drop(columns="label").assign(town="Chur", z=np.nan)
    new.to_csv("new.csv", index=False)
    predictions = pd.read_csv(_predicted(run, folder / "m.joblib", "new.csv"))
    assert np.isfinite(predictions["probability_yes"]).all()


def _predicted(run, model, data):
    """Name of the file with the predictions."""
    code, _, error = run("predict", model, data, "--out", "predicted.csv")
    assert (code, error) == (0, "")
    return "predicted.csv"
