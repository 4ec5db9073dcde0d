"""Predictions block by block are those of the whole table, in every format, and are scored the same."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli import _predict_large
from tests.cli.examples import assert_mistake, mixed_table


@pytest.fixture
def large(run, trained, tmp_path, monkeypatch):
    """The shared model, and a table of several blocks in two files; rows of a label that is missing or foreign."""
    folder, _ = trained
    table = pd.concat([mixed_table()] * 3, ignore_index=True)
    table["number"] = [f"r{i}" for i in range(len(table))]
    table.loc[::10, "label"] = None
    table.loc[::40, "label"] = "perhaps"
    (tmp_path / "m.rmlp").write_bytes((folder / "m.rmlp").read_bytes())
    table.to_parquet(tmp_path / "whole.parquet", row_group_size=250, index=False)
    (tmp_path / "parts").mkdir()
    table[:300].to_parquet(tmp_path / "parts" / "1.parquet", index=False)
    table[300:].to_parquet(tmp_path / "parts" / "2.parquet", index=False)
    return table


def read(path):
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".feather":
        return pd.read_feather(path)
    return pd.read_json(path, lines=True) if path.suffix == ".jsonl" else pd.read_csv(path)


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".jsonl", ".parquet", ".feather"])
def test_blocks_give_the_predictions_and_figures_of_the_whole(run, large, tmp_path, monkeypatch, ending):
    usual = run("predict", "m.rmlp", "whole.parquet", "--id-column", "number", "--out", f"all{ending}")
    monkeypatch.setattr(_predict_large, "ROWS_OF_BLOCK", 64)
    assert _predict_large.is_large("whole.parquet")
    found = run("predict", "m.rmlp", "whole.parquet", "--id-column", "number", "--out", f"blocks{ending}")
    assert found[0] == usual[0] == 0
    assert found[1].replace("blocks", "all") == usual[1] and found[2] == usual[2]
    mine, theirs = read(tmp_path / f"blocks{ending}"), read(tmp_path / f"all{ending}")
    assert len(mine) == 720 and mine["number"].tolist() == large["number"].tolist()
    pd.testing.assert_frame_equal(mine, theirs, rtol=1e-9)


def test_standard_output_has_one_header(run, large, monkeypatch):
    usual = run("predict", "m.rmlp", "whole.parquet")
    monkeypatch.setattr(_predict_large, "ROWS_OF_BLOCK", 64)
    code, output, error = run("predict", "m.rmlp", "whole.parquet")
    assert code == 0 and error == usual[2]
    assert output.count("predicted_class") == 1 and len(output.splitlines()) == 721
    mine, theirs = ([line.split(",")[0] for line in text.splitlines()] for text in (output, usual[1]))
    assert mine == theirs


def test_several_files_are_predicted_in_the_order_of_their_names(run, large, tmp_path):
    for data in ("parts", "parts/*.parquet"):
        code, output, _ = run("predict", "m.rmlp", data, "--id-column", "number", "--out", "p.csv")
        assert code == 0 and "720 predictions written" in output
        assert pd.read_csv(tmp_path / "p.csv")["number"].tolist() == large["number"].tolist()


def test_of_many_rows_a_part_is_scored(run, large, monkeypatch):
    monkeypatch.setattr(_predict_large, "MOST_SCORED", 200)
    _, output, _ = run("predict", "m.rmlp", "parts", "--out", "p.csv")
    n = int(output.split("Scored on ")[1].split()[0])
    assert 130 < n < 240


def test_mistakes_are_one_line_and_leave_no_file(run, large, tmp_path):
    predict = ["predict", "m.rmlp", "parts", "--out", "p.csv"]
    large.drop(columns="town").to_parquet(tmp_path / "parts" / "2.parquet", index=False)
    assert_mistake(run(*predict), "'parts' lacks 1 of the model's 4 columns*'town'*")
    assert not (tmp_path / "p.csv").exists()
    large.assign(x=np.inf).to_parquet(tmp_path / "parts" / "2.parquet", index=False)
    assert_mistake(run(*predict), "column 'x' of 'parts' holds inf in data row 301*")
    assert_mistake(run(*predict[:-1], "parts/1.parquet"), "--out 'parts/1.parquet' is a file that is read.*")
    (tmp_path / "parts" / "2.parquet").write_bytes(b"PAR1 no table")
    assert_mistake(run(*predict), "cannot read 'parts'*")
    assert_mistake(run("predict", "m.rmlp", "nothing/*"), "No file fits 'nothing/*'*")
    large.to_csv(tmp_path / "parts" / "3.csv", index=False)
    assert_mistake(run("predict", "m.rmlp", "parts/*.csv"), "'parts/3.csv' is no .parquet file.*")
