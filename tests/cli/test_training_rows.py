"""The rows that fit trains on: what each option makes of the columns."""

import numpy as np
import pytest

from robust_mlp.cli import build_parser
from robust_mlp.cli._training_rows import read_training_rows
from tests.cli.examples import mixed_table


@pytest.fixture
def rows_of(tmp_path, monkeypatch, capsys):
    """Read data.csv with some options; gives (rows, what was said on standard error)."""
    monkeypatch.chdir(tmp_path)

    def read(table, *options):
        table.to_csv("data.csv", index=False)
        arguments = build_parser().parse_args(["fit", "data.csv", "--target", "label", *options])
        return read_training_rows(arguments), capsys.readouterr().err

    return read


def test_columns_are_dropped_taken_as_categories_and_set_aside(rows_of):
    table = mixed_table(20).assign(key=range(20), code=[7, 12] * 10, w=[0.5, 2.0] * 10)
    rows, said = rows_of(
        table, "--drop", "x", "is_new", "--categorical", "code", "--id-column", "key", "--sample-weight-column", "w"
    )
    assert rows.kinds == {"z": "number", "town": "category", "code": "category"}
    assert list(rows.X.columns) == ["z", "town", "code"]
    assert rows.X["code"].cat.categories.tolist() == ["12", "7"]
    assert rows.weights.tolist() == [0.5, 2.0] * 10
    assert said == ""


def test_weights_belong_to_the_rows_that_have_a_label(rows_of):
    table = mixed_table(20).assign(w=np.arange(20.0))
    table.loc[[0, 5], "label"] = None
    rows, _ = rows_of(table, "--sample-weight-column", "w")
    assert rows.weights.tolist() == [n for n in range(20) if n not in (0, 5)]
    assert len(rows.X) == len(rows.y) == 18


def test_a_class_called_none_is_a_class_unless_something_else_is_typed(rows_of):
    table = mixed_table(20)
    table["label"] = table["label"].replace("no", "None")
    rows, said = rows_of(table)
    n = int((table["label"] == "None").sum())
    assert sorted(set(rows.y)) == ["None", "yes"] and len(rows.y) == 20
    assert said == (
        f"robust-mlp: note: taken as a class of 'label' in 'data.csv': 'None' ({n} rows). If that means missing, type "
        "--na None.\n"
    )
    table["label"] = table["label"].where(table.index > 2, "maybe")
    rows, said = rows_of(table, "--na", "None")
    assert sorted(set(rows.y)) == ["maybe", "yes"] and said == ""


def test_everything_that_was_guessed_is_said(rows_of):
    table = mixed_table(20)
    table["town"] = table["town"].where(table.index > 1, "NA")
    table["z"] = ["?", *range(19)]
    _, said = rows_of(table)
    assert said.splitlines() == [
        "robust-mlp: note: counted as missing in 'data.csv': 'town' ('NA' in 2 cells). --na says what counts.",
        "robust-mlp: note: column 'z' of 'data.csv' is a category, since 1 of its 20 values is no number: '?'. If that "
        "means missing, type --na '?'.",
    ]
    rows, said = rows_of(table, "--na", "?", "NA")
    assert rows.kinds["z"] == "number" and np.isnan(rows.X["z"][0]) and rows.X["town"].isna().sum() == 2
    assert said == (
        "robust-mlp: note: counted as missing in 'data.csv': 'z' ('?' in 1 cell), 'town' ('NA' in 2 cells). --na says "
        "what counts.\n"
    )
