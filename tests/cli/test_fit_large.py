"""`robust-mlp fit --memory`: several files, rows kept aside, and a model that predicts like any other."""

import re

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli import _fit_large
from tests.cli.examples import assert_mistake, mixed_table

SMALL = ["--memory", "2GB", "--random-state", "0", "--set", "max_iter=3", "hidden_layer_sizes=(8,)", "n_members=1"]
SMALL += ["sample_size=1000", "n_groups=1"]


@pytest.fixture
def parts(run, tmp_path):
    """Two Parquet files, sorted by label, some rows without one, in the folder in which the program runs."""
    table = mixed_table(3000).sort_values("label").reset_index(drop=True)
    table.loc[table.index % 100 == 0, "label"] = None
    table["number"] = range(3000)
    table[:1000].to_parquet(tmp_path / "1.parquet", row_group_size=300)
    table[1000:].to_parquet(tmp_path / "2.parquet")
    return table


def test_several_files_make_one_model_that_predicts_each_of_them(run, parts, tmp_path):
    fit = ["fit", "*.parquet", "--target", "label", "--id-column", "number", "--model-out", "m"]
    code, output, error = run(*fit, *SMALL)
    assert (code, error) == (0, "")
    n_train, n_test = map(int, re.search(r"on about ([\d,]+) rows .*; ([\d,]+) rows", output.replace(",", "")).groups())
    assert n_train + n_test == 3000 and n_test == 600
    assert "2 number and 2 category columns" in output
    aside = int(re.search(r"^no +(\d+)", output, re.M)[1]) + int(re.search(r"^yes +(\d+)", output, re.M)[1])
    assert 520 < aside < 660  # those with a label
    assert "Model written to m." in output
    code, output, error = run("predict", "m", "2.parquet", "--out", "p.csv")
    assert code == 0 and "Scored on 1,980 rows" in output
    found = pd.read_csv(tmp_path / "p.csv")
    assert found["number"].tolist() == list(range(1000, 3000))
    has_label = parts["label"][1000:].notna().to_numpy()
    assert np.mean((found["predicted_class"] == parts["label"][1000:].to_numpy())[has_label]) > 0.9


def test_rows_kept_aside_are_not_trained_on(run, parts, monkeypatch):
    from robust_mlp.dask import _fit

    seen, fit = [], _fit.fit

    def watched(clf, tables, validation, runner):
        parts, _ = tables.make_parts(0)
        seen.extend(i for part in parts for i in part.y.compute(scheduler="synchronous").index)
        return fit(clf, tables, validation, runner)

    aside, rows_aside = [], _fit_large._rows_aside
    monkeypatch.setattr(_fit, "fit", watched)
    monkeypatch.setattr(_fit_large, "_rows_aside", lambda *given: aside.append(rows_aside(*given)) or aside[0])
    assert run("fit", "*.parquet", "--target", "label", "--drop", "number", *SMALL)[0] == 0
    apart = aside[0][0].index
    assert not set(seen) & set(apart)
    assert sorted([*seen, *apart]) == np.flatnonzero(parts["label"].notna()).tolist()


def test_csv_gives_the_figures_of_parquet(run, parts, tmp_path):
    pd.read_parquet(tmp_path / "2.parquet").to_csv(tmp_path / "2.csv", index=False, sep=";")
    _, from_csv, error = run("fit", "2.csv", "--target", "label", "--drop", "number", *SMALL)
    assert error == ""
    _, from_parquet, _ = run("fit", "2.parquet", "--target", "label", "--drop", "number", *SMALL)
    figures = re.compile(r"^RobustMLPClassifier .*$", re.M)
    assert figures.search(from_csv)[0] == figures.search(from_parquet)[0]


def test_few_rows_are_kept_aside_of_many(run, parts, monkeypatch):
    monkeypatch.setattr(_fit_large, "MOST_TEST_ROWS", 200)
    code, output, error = run("fit", "*.parquet", "--target", "label", *SMALL)
    assert code == 0 and "200 rows kept aside" in output
    assert error == "robust-mlp: note: 200 rows are kept aside in place of 20%: more change no figure.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["*.parquet", "--target", "label"], "'*.parquet' is a pattern, not a file. Type --memory 2GB, *"),
        ([".", "--target", "label"], "cannot tell the format of '.': *"),
        (
            ["*.parquet", "--target", "lable", *SMALL],
            "--target: *no column 'lable'. Did you mean 'label'?",
        ),
        (["*.parquet", "--target", "label", "--drop", "zz", *SMALL], "--drop: '*.parquet' has no column 'zz'.*"),
        (["*.feather", "--target", "label", *SMALL], "No file fits '*.feather'.*"),
        (["x.jsonl", "--target", "label", *SMALL], "--memory reads .parquet files, or .csv and .tsv files*"),
        (["-", "--target", "label", *SMALL], "--memory needs files: standard input*"),
        (["*.parquet", "--target", "label", "--memory", "2MB"], "--memory: memory_limit is 2,000,000 bytes.*"),
        (["*.parquet", "--target", "label", "--memory", "much"], "--memory: memory_limit='much' is no size.*"),
        (["*.parquet", "--target", "label", "--search", *SMALL], "--search needs the whole table at once*"),
        (["*.parquet", "--target", "x", *SMALL], "*column 'x' of '*.parquet' holds numbers such as*"),
        (
            ["*.parquet", "--target", "label", *SMALL, "memory_limit=3"],
            "give memory_limit by its own option*",
        ),
    ],
)
def test_mistakes_are_one_line(run, parts, tmp_path, arguments, message):
    (tmp_path / "x.jsonl").write_text('{"label": 1}\n')
    assert_mistake(run("fit", *arguments), message)
