"""Columns of dates in files: told by their types, handed to the classifier as dates, read from CSV where expected."""

import datetime

import numpy as np
import pandas as pd
import pytest

from robust_mlp.cli._date_columns import as_dates, is_dates
from robust_mlp.cli._errors import InputError
from robust_mlp.cli._tables import column_kinds, features, read_table

N = 120


def table():
    """The label is told by the month."""
    rng = np.random.default_rng(0)
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(rng.integers(0, 700, N), unit="D")
    frame = pd.DataFrame({"when": days, "x": rng.standard_normal(N)})
    return frame.assign(label=np.where(frame["when"].dt.month > 6, "late", "early"))


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(pd.to_datetime(["2021-01-01", None, "2022-05-05"])),
        pd.Series(pd.to_datetime(["2021-01-01", None, "2022-05-05"])).dt.tz_localize("Europe/Zurich"),
        pd.Series([datetime.date(2021, 1, 1), None, datetime.date(2022, 5, 5)]),
    ],
    ids=["datetime", "zone", "date"],
)
@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_dates_of_a_typed_file_stay_dates(values, ending, tmp_path):
    path = tmp_path / f"column.{ending}"
    frame = pd.DataFrame({"when": values})
    frame.to_parquet(path) if ending == "parquet" else frame.to_feather(path)
    frame = read_table(path).frame
    kinds = column_kinds(frame)
    assert kinds == {"when": "date"} and is_dates(frame["when"])
    found = features(frame, kinds, "'column'")["when"]
    assert pd.api.types.is_datetime64_any_dtype(found)
    assert found.isna().tolist() == [False, True, False] and found.dt.year.tolist()[::2] == [2021, 2022]


def test_dates_of_a_sheet_stay_dates(tmp_path):
    frame = table()
    frame.loc[3, "when"] = pd.NaT
    frame.to_excel(tmp_path / "sheet.xlsx", index=False)
    found = read_table(tmp_path / "sheet.xlsx").frame
    assert column_kinds(found) == {"when": "date", "x": "number", "label": "category"}
    dates = features(found, {"when": "date"}, "'sheet'")["when"]
    assert dates.isna().sum() == 1 and (dates.dropna() == frame["when"].dropna()).all()


def test_a_column_may_be_a_category_all_the_same():
    frame = table()
    assert column_kinds(frame, as_text={"when"})["when"] == "category"


def test_a_model_is_fitted_on_dates_and_predicts_for_those_of_a_csv(run):
    frame = table()
    frame.to_parquet("train.parquet")
    settings = ["--set", "max_iter=40", "n_members=2", "--random-state", "0"]
    status, out, error = run("fit", "train.parquet", "--target", "label", "--model-out", "m.rmlp", *settings)
    assert status == 0, error
    assert "1 number, 0 category and 1 date columns" in out
    for name in ("new.csv", "new.parquet"):
        frame.to_csv(name, index=False) if name.endswith("csv") else frame.to_parquet(name)
        status, _, error = run("predict", "m.rmlp", name, "--out", f"{name}.predicted.csv")
        assert status == 0, error
    one, two = (pd.read_csv(f"{name}.predicted.csv") for name in ("new.csv", "new.parquet"))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("cells, wrong, row", [(["2021-01-01", "soon"], "soon", 2), ([2021, 5], "2021", 1)])
def test_a_cell_that_is_no_date_is_named(cells, wrong, row):
    with pytest.raises(InputError, match=f"holds '{wrong}' in data row {row}. Write dates as 2024-05-31"):
        as_dates(pd.Series(cells), "when", "'new.csv'", "")


def test_texts_and_missing_cells_become_dates():
    found = as_dates(pd.Series(["2021-01-01", None, "2021-01-02 12:30"]), "when", "'new.csv'", "")
    assert found.isna().tolist() == [False, True, False] and found[2].hour == 12


def test_an_empty_column_is_no_date():
    assert not is_dates(pd.Series([None, None], dtype=object))
    assert not is_dates(pd.Series([1.0, 2.0])) and not is_dates(pd.Series(["2021-01-01"]))
