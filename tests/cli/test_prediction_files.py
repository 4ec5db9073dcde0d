"""Predictions come back from a file as they were, and a spreadsheet runs nothing of them."""

import bz2
import gzip
import io
import json
import lzma

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli._prediction_files import ENDINGS, spreadsheet_safe, write_csv, write_predictions

LABELS = ["yes", "Zürich, Ost", 'say "no"', "two\nlines", "=1+1"]
FRAME = pd.DataFrame(
    {
        "id": ["007", "", "k", "-1", "@x"],
        "predicted_class": LABELS,
        "probability_yes": np.random.default_rng(0).random(5) / 3,
    }
)


def read(path):
    name = path.name
    if name.endswith((".parquet", ".pq")):
        return pd.read_parquet(path)
    if name.endswith(".feather"):
        return pd.read_feather(path)
    if ".jsonl" in name or ".ndjson" in name:
        opener = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}.get(path.suffix, open)
        with opener(path, "rt") as file:
            return pd.DataFrame([json.loads(line) for line in file])
    sep = "\t" if ".tsv" in name else ","
    frame = pd.read_csv(path, sep=sep, dtype=str, keep_default_na=False)
    return frame.assign(probability_yes=[float(text) for text in frame["probability_yes"]])


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_the_name_says_is_written_and_comes_back(ending, tmp_path):
    path = tmp_path / f"P{ending.upper()}".replace("P.", "p.")
    write_predictions(FRAME, str(path), path.name)
    frame = read(path.rename(tmp_path / f"p{ending}"))
    is_csv = ".csv" in ending or ".tsv" in ending
    expected = FRAME.assign(
        predicted_class=[*LABELS[:-1], "'=1+1" if is_csv else "=1+1"],
        id=[*FRAME["id"][:-1], "'@x" if is_csv else "@x"],
    )
    assert frame["id"].tolist() == expected["id"].tolist()
    assert frame["predicted_class"].tolist() == expected["predicted_class"].tolist()
    np.testing.assert_allclose(frame["probability_yes"], FRAME["probability_yes"], rtol=0)
    if not is_csv and "json" not in ending:
        pd.testing.assert_frame_equal(frame, FRAME)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","y")',
        "=1",
        "+SUM(1,2)",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "+1+1",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\uff1d1",  # full width
        "'=1",
        "\t",
    ],
)
def test_a_formula_gets_an_apostrophe_and_gives_its_text_back(text):
    assert spreadsheet_safe(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        *["yes", "", "-", "+", "-1", "+3.5", "-.5e-3", "-5 to 0", "- none", "+ positive", "-10 %", "A+", "a=b"],
        *["<50K", ">50K", "5'", "'quoted'", "x@y", "0", "1e5", " 1", "#1", "(a)", "Zürich", "-5.0 \u2013 0"],
    ],
)
def test_an_ordinary_label_stays_as_it_is(text):
    assert spreadsheet_safe(text) == text


def test_names_of_columns_are_made_safe_and_numbers_stay_numbers():
    frame = pd.DataFrame({"=id": [1, -2], "@b": [-0.5, 1e-300], "c": [True, False], "d": pd.Categorical(["-x=1", "b"])})
    file = io.StringIO()
    write_csv(frame, file)
    assert file.getvalue() == "'=id,'@b,c,d\n1,-0.5,True,'-x=1\n-2,1e-300,False,b\n"
    assert list(frame.columns) == ["=id", "@b", "c", "d"]


def test_a_lone_surrogate_can_be_written(tmp_path):
    labels = pd.Series(["a\udcff"], dtype=object)
    write_predictions(pd.DataFrame({"predicted_class": labels}), str(tmp_path / "p.csv"), "p.csv")
    assert (tmp_path / "p.csv").read_text() == "predicted_class\na\\udcff\n"


def test_missing_names_of_rows_stay_missing_in_json(tmp_path):
    frame = pd.DataFrame({"id": ["a", None], "number": [1.5, np.nan]})
    write_predictions(frame, str(tmp_path / "p.jsonl"), "p.jsonl")
    assert (tmp_path / "p.jsonl").read_text() == '{"id": "a", "number": 1.5}\n{"id": null, "number": null}\n'
