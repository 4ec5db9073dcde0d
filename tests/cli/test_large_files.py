"""Windows of large files become rows by the rules of whole tables."""

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._large_files import RowRule, names_several


def rule(**changes):
    usual = {"kinds": {"x": "number", "town": "category"}, "target": "y", "shown": "'t'", "weight": None}
    return RowRule(**usual | {"test_share": 0.3, "seed": 5} | changes)


@pytest.fixture
def frame():
    town = pd.Categorical(["Bern", "Genf", None, "7"] * 250)
    y = pd.Categorical(["a", "b", "a", None] * 250)
    return pd.DataFrame({"x": np.arange(1000.0), "town": town, "y": y, "more": 1}, index=np.arange(5000, 6000))


def test_each_labelled_row_is_on_one_side_whatever_window_it_lies_in(frame):
    train, test = rule()(frame), rule(is_test=True)(frame)
    assert sorted([*train.index, *test.index]) == frame.index[frame["y"].notna()].tolist()
    assert 0.2 < len(test) / 750 < 0.4
    halves = pd.concat([rule(is_test=True)(frame[::2]), rule(is_test=True)(frame[1::2])]).sort_index()
    assert halves.index.tolist() == test.index.tolist()
    assert train.columns.tolist() == ["x", "town", "y"]
    assert train["town"].cat.categories.tolist() == ["Bern", "Genf"]  # 7 has no label


def test_labels_alone_are_prepared_too_and_weights_are_kept(frame):
    found = rule(test_share=0.0, weight="more")(frame[["y", "more"]])
    assert found.columns.tolist() == ["y", "more"] and len(found) == 750
    numbers = frame.assign(y=np.where(np.arange(1000) % 2, 3.0, np.nan))
    assert rule(test_share=0.0)(numbers)["y"].dtype == np.int64
    assert len(rule(test_share=1.0)(numbers)) == 0


def test_typed_words_count_as_missing(frame):
    found = rule(test_share=0.0, missing=("Genf", "6", "b"))(frame)
    assert "Genf" not in found["town"].cat.categories and set(found["y"]) == {"a"}
    assert found["x"].isna().sum() == 1


def test_an_infinite_number_is_named_by_its_row_in_all_files(frame):
    frame.loc[5002, "x"] = np.inf
    with pytest.raises(InputError, match=r"column 'x' of 't' holds inf in data row 5,003"):
        rule(test_share=0.0)(frame)


def test_folders_and_patterns_stand_for_several_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a[1].csv").write_text("x\n")
    assert names_several(".") and names_several("*.csv")
    assert not any(map(names_several, ("a[1].csv", "-", "b.csv")))
