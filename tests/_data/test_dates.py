"""Dates and durations as numbers: every part right, missing cells missing, and dates far away followed only so far."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from robust_mlp._data.dates import DATE, DURATION, DurationReader, kind_of_times, learn_dates, to_seconds

SECONDS_PER_DAY = 86_400
RNG = np.random.default_rng(0)


def some_times(n=500):
    """Times over 200 years, before 1970 and after, to the second."""
    return np.datetime64("1900-01-01T00:00:00", "s") + RNG.integers(0, 200 * 365 * SECONDS_PER_DAY, size=n)


def test_the_parts_are_those_of_pythons_calendar():
    times = some_times()
    reader = learn_dates(times, "Column 0")
    assert reader.parts == ("year", "month", "day", "weekday", "hour")
    dates = times.astype(datetime.datetime)
    first = min(dates)
    expected = [[(d - first).total_seconds(), d.year, d.month, d.day, d.weekday(), d.hour] for d in dates]
    assert_array_equal(reader.read(times, "Column 0"), expected)


@pytest.mark.parametrize(
    "texts, parts",
    [
        (["2024-05-06T07:00"] * 3, ()),
        (["2024-05-06T07:00", "2024-05-06T08:00"], ("hour",)),
        (["2024-05-06", "2024-05-13"], ("day",)),
        (["2024-05-06", "2025-05-06"], ("year", "weekday")),
        (["NaT", "NaT"], ()),
    ],
)
def test_only_parts_that_vary_are_kept(texts, parts):
    reader = learn_dates(np.array(texts, dtype="datetime64[ms]"), "Column 0")
    assert reader.parts == parts
    assert reader.names("at") == ("at", *(f"at_{part}" for part in parts))


@pytest.mark.parametrize("unit", ["ns", "us", "ms", "s", "m", "h", "D"])
def test_the_unit_changes_nothing(unit):
    times = some_times().astype("datetime64[D]")
    reader = learn_dates(times, "Column 0")
    other = times.astype(f"datetime64[{unit}]")
    assert learn_dates(other, "Column 0") == reader
    assert_array_equal(reader.read(other, "Column 0"), reader.read(times, "Column 0"))


def test_later_dates_go_on_and_dates_far_away_count_as_the_farthest_that_is_followed():
    days = np.datetime64("2020-01-01") + np.arange(731)  # two years
    reader = learn_dates(days, "Column 0")
    later = np.array(["2022-06-15", "2023-12-31", "2024-06-15", "9999-06-15", "1820-06-15"], dtype="datetime64[D]")
    cells = reader.read(later, "Column 0")
    assert_array_equal(cells[:2, 0], [(d - days[0]).astype(int) * SECONDS_PER_DAY for d in later[:2]])
    assert_array_equal(cells[2:4, 0], [1460 * SECONDS_PER_DAY] * 2)
    assert cells[4, 0] == -730 * SECONDS_PER_DAY
    assert cells[:, 1].tolist() == [2022, 2023, 2023, 2023, 2018]  # years go with the seconds
    assert cells[:, 2].tolist() == [6, 12, 6, 6, 6]  # months repeat
    assert reader.bounds == (-730 * SECONDS_PER_DAY, 1460 * SECONDS_PER_DAY)


def test_a_single_date_reads_every_other_as_itself():
    reader = learn_dates(np.array(["2024-05-06"], dtype="datetime64[D]"), "Column 0")
    assert reader.read(np.array(["2030-01-01", "NaT"], dtype="datetime64[D]"), "Column 0")[:, 0].tolist()[:1] == [0.0]


@pytest.mark.parametrize("as_column", [lambda s: s, lambda s: s.astype(object)], ids=["dtype", "objects"])
def test_a_time_zone_is_that_of_the_training(as_column):
    times = pd.Series(pd.date_range("2024-03-30 22:00", periods=48, freq="h", tz="Europe/Zurich"))
    reader = learn_dates(as_column(times), "Column 'at'")
    assert reader.time_zone == "Europe/Zurich"
    cells = reader.read(as_column(times), "Column 'at'")
    assert_array_equal(cells[:, -1], times.dt.hour)
    assert_array_equal(reader.read(as_column(times.dt.tz_convert("Asia/Tokyo")), "Column 'at'"), cells)
    assert_array_equal(reader.read(times.dt.tz_localize(None), "Column 'at'"), cells)  # as its clock shows it
    naive = learn_dates(times.dt.tz_localize(None), "Column 'at'")
    in_utc = naive.read(as_column(times), "Column 'at'")
    assert_array_equal(in_utc[:, -1], times.dt.tz_convert("UTC").dt.hour)


def test_an_offset_without_a_name_is_read_in_utc():
    zone = datetime.timezone(datetime.timedelta(hours=5))
    times = pd.Series(pd.date_range("2024-03-30", periods=5, freq="h", tz=zone))
    reader = learn_dates(times, "Column 'at'")
    assert reader.time_zone == "UTC"
    assert reader.read(times, "Column 'at'")[:, -1].tolist() == [19, 20, 21, 22, 23]


@pytest.mark.parametrize("tz", [None, "Europe/Zurich"])
def test_arrow_and_polars_read_as_pandas_does(tz):
    hours = np.datetime64("1990-01-01T00", "us") + np.arange(500) * np.timedelta64(
        601, "h"
    )  # years of one set of rules
    times = pd.Series(hours).dt.tz_localize(tz, ambiguous="NaT", nonexistent="NaT")
    reader = learn_dates(times, "Column 'at'")
    cells = reader.read(times, "Column 'at'")
    unit = "timestamp[us]" if tz is None else f"timestamp[us, tz={tz}]"
    arrow = times.astype(f"{unit}[pyarrow]")
    polars = pl.Series(times.dt.tz_convert("UTC").dt.tz_localize(None) if tz else times)
    polars = polars.dt.replace_time_zone("UTC").dt.convert_time_zone(tz) if tz else polars
    for other in (arrow, polars):
        assert learn_dates(other, "Column 'at'") == reader
        assert_array_equal(reader.read(other, "Column 'at'"), cells)


@pytest.mark.parametrize(
    "column",
    [
        np.array([90, -30, "NaT"], dtype="timedelta64[s]"),
        np.array([90_000_000_000, -30_000_000_000, "NaT"], dtype="timedelta64[ns]"),
        np.array([datetime.timedelta(seconds=90), datetime.timedelta(seconds=-30), None], dtype=object),
        np.array([np.timedelta64(90, "s"), np.timedelta64(-30, "s"), None], dtype=object),
        pd.Series(pd.to_timedelta([90, -30, None], "s")),
        pd.Series(pd.to_timedelta([90, -30, None], "s")).astype("duration[ms][pyarrow]"),
        pd.Series(pd.to_timedelta([90, -30, None], "s")).astype(object),
        pl.Series([datetime.timedelta(seconds=90), datetime.timedelta(seconds=-30), None]),
    ],
)
def test_durations_are_seconds(column):
    assert kind_of_times(column) == DURATION
    assert_array_equal(to_seconds(column, "Column 0"), [90, -30, np.nan])
    assert DurationReader().read(column, "Column 0").shape == (3, 1)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([datetime.time(1, 2, 3, 500_000), None]),
        pd.Series([datetime.time(1, 2, 3, 500_000), None]).astype("time64[us][pyarrow]"),
        pl.Series([datetime.time(1, 2, 3, 500_000), None]),
    ],
)
def test_times_of_day_are_seconds_since_midnight(column):
    assert kind_of_times(column) == DURATION
    assert_allclose(to_seconds(column, "Column 0"), [3723.5, np.nan])


def test_durations_of_unequal_length_are_refused_by_name():
    with pytest.raises(TypeError, match="Column 0 holds durations of dtype timedelta64\\[Y\\], months or years"):
        to_seconds(np.array([1, 2], dtype="timedelta64[Y]"), "Column 0")
    with pytest.raises(TypeError, match=r"Column 0 held durations in fit, and now holds 3\. Pass durations"):
        to_seconds(np.array([3], dtype=object), "Column 0")


@pytest.mark.parametrize(
    "column, kind",
    [
        (pd.Series([datetime.date(2024, 1, 1), None]), DATE),
        (pd.Series([pd.Timestamp("2024-01-01"), datetime.date(2024, 1, 1)], dtype=object), DATE),
        (pd.Series([datetime.date(2024, 1, 1), 3], dtype=object), None),
        (pd.Series([datetime.date(2024, 1, 1), datetime.timedelta(1)], dtype=object), None),
        (pd.Series([None, None], dtype=object), None),
        (pd.Series(["2024-01-01"]), None),
        (pd.Series([1.5]), None),
        (pl.Series([datetime.date(2024, 1, 1)]), DATE),
        (pl.Series(["2024-01-01"]), None),
        (np.zeros(2), None),
    ],
)
def test_the_kind_of_a_column_of_times(column, kind):
    assert kind_of_times(column) == kind


def test_iso_text_is_read_where_dates_are_known():
    reader = learn_dates(some_times().astype("datetime64[D]"), "Column 'at'")
    text = pd.Series(["1950-03-04", None])
    as_dates = np.array(["1950-03-04", "NaT"], dtype="datetime64[D]")
    assert_array_equal(reader.read(text, "Column 'at'"), reader.read(as_dates, "Column 'at'"))
    with pytest.raises(TypeError, match=r"Column 'at' held dates in fit, and now holds '04.03.1950'. Pass dates"):
        reader.read(pd.Series(["04.03.1950"]), "Column 'at'")
