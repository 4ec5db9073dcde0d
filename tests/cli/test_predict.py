"""predict: what it writes for which rows, what a model file holds, and the whole line of every mistake."""

import pickle
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from robust_mlp import __version__
from robust_mlp.cli._requests import Columns
from robust_mlp.cli._tables import features, read_table
from tests.cli.examples import assert_mistake, mixed_table


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


def test_a_saved_model_predicts_after_pickling_as_before(trained):
    folder, _ = trained
    model = joblib.load(folder / "m.joblib")
    assert model["kinds"] == {"x": "number", "z": "number", "town": "category", "is_new": "category"}
    columns = Columns(as_text=frozenset(["town", "is_new"]))
    X = features(read_table(folder / "data.csv", columns=columns).frame, model["kinds"], "data.csv")
    again = pickle.loads(pickle.dumps(model["classifier"]))
    np.testing.assert_array_equal(again.predict_proba(X), model["classifier"].predict_proba(X))


def test_a_model_of_another_format_is_refused_with_both_versions(run, trained):
    folder, _ = trained
    content = joblib.load(folder / "m.joblib")
    joblib.dump({**content, "format_version": 99, "robust_mlp_version": "9.9"}, "later.joblib")
    message = f"'later.joblib' was written by robust_mlp 9.9 in format 99; this is {__version__}, which reads format 1."
    assert_mistake(run("predict", "later.joblib", folder / "data.csv"), message)
