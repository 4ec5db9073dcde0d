"""Times: one column of dates or durations as the few numbers that a network can use.

Knows NumPy, pandas and polars columns and plain Python values; imports neither pandas nor polars. Never looks at more
than one column."""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from robust_mlp._data.columns import is_missing, is_polars_series, values_of

DATE = "date"
DURATION = "duration"

# All times are counted in these: fine enough for any clock, and 292,000 years long in 64 bits. What is finer is cut.
_TICKS = "datetime64[us]"
_TICKS_PER_SECOND = 1_000_000

# How far beyond the first and the last date of the training a date is followed, in lengths of the time between them.
# A network goes straight on outside the range that it was trained on; so far, a trend may hold. Dates beyond count as
# this far, so that a typing error in a year does not decide the answer.
LENGTHS_BEYOND = 1.0

# How pandas calls the dtypes of Arrow's times and of periods, which have no kind of NumPy's.
_DATE_DTYPES = ("datetime64", "date32", "date64", "timestamp", "period")
_DURATION_DTYPES = ("timedelta64", "duration", "time32", "time64")


def _year(days, _):
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def _month(days, _):
    return days.astype("datetime64[M]").astype(np.int64) % 12 + 1


def _day(days, _):
    return (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1


def _weekday(days, _):
    return (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0


def _hour(days, times):
    return (times - days.astype(_TICKS)).astype(np.int64) // (3600 * _TICKS_PER_SECOND)


# What a date says beside how long ago it was: {name: its value of days and times}.
PARTS = {"year": _year, "month": _month, "day": _day, "weekday": _weekday, "hour": _hour}


@dataclass(frozen=True)
class DateReader:
    """Reads a column of dates as seconds since the first, and as those parts of a date that varied in the training.

    Attributes
    ----------
    first, last : int
        The first and the last date of the training, in microseconds since 1970.
    parts : tuple of str
        Some of `PARTS`, in their order.
    time_zone : str or None
        In which dates that have a time zone are read; None where those of the training had none: then in UTC.
    """

    first: int
    last: int
    parts: tuple
    time_zone: str | None = None

    def names(self, name):
        """Names of the columns that `name` becomes: tuple of str."""
        return (name, *(f"{name}_{part}" for part in self.parts))

    @property
    def bounds(self):
        """The least and the largest number of seconds that a date is read as: tuple of two floats."""
        length = (self.last - self.first) / _TICKS_PER_SECOND
        return -LENGTHS_BEYOND * length, (1 + LENGTHS_BEYOND) * length

    def read(self, column, name):
        """A column as ndarray of shape (n_rows, 1 + n_parts), dtype float64; NaN where missing."""
        times = to_times(column, name, self.time_zone)
        is_known = ~np.isnat(times)
        cells = np.full((len(times), 1 + len(self.parts)), np.nan)
        known = times[is_known]
        seconds = (known.astype(np.int64).astype(np.float64) - self.first) / _TICKS_PER_SECOND
        near = seconds.clip(*self.bounds)
        cells[is_known, 0] = near
        for i, part in enumerate(self.parts, start=1):
            # The year goes with the seconds; the other parts repeat, however far the date is.
            followed = self._back(near) if part == "year" else known
            cells[is_known, i] = PARTS[part](followed.astype("datetime64[D]"), followed)
        return cells

    def _back(self, seconds):
        """Seconds since the first date as dates."""
        ticks = np.rint(seconds * _TICKS_PER_SECOND).astype(np.int64) + self.first
        return ticks.astype(_TICKS)


@dataclass(frozen=True)
class DurationReader:
    """Reads a column of durations, or of times of day, as seconds."""

    def names(self, name):
        """Names of the columns that `name` becomes: tuple of str."""
        return (name,)

    def read(self, column, name):
        """A column as ndarray of shape (n_rows, 1), dtype float64; NaN where missing."""
        return to_seconds(column, name)[:, np.newaxis]


def learn_dates(column, name, used=None):
    """Learn how to read a column of dates.

    Parameters
    ----------
    column : pandas or polars Series, or ndarray of shape (n_rows,)
    name : str
        How messages call it.
    used : ndarray of shape (n_rows,), dtype bool, default=None
        Rows to learn from; None for all.

    Returns
    -------
    reader : DateReader

    Examples
    --------
    >>> import numpy as np
    >>> column = np.array(["2024-02-28", "2024-03-01", "NaT"], dtype="datetime64[D]")
    >>> reader = learn_dates(column, "Column 'sold'")
    >>> reader.names("sold")
    ('sold', 'sold_month', 'sold_day', 'sold_weekday')
    >>> reader.read(column, "Column 'sold'")
    array([[0.000e+00, 2.000e+00, 2.800e+01, 2.000e+00],
           [1.728e+05, 3.000e+00, 1.000e+00, 4.000e+00],
           [      nan,       nan,       nan,       nan]])
    """
    zone = zone_of(column)
    times = to_times(column, name, zone)
    times = times if used is None else times[used]
    times = times[~np.isnat(times)]
    if not len(times):
        return DateReader(0, 0, (), zone)
    days = times.astype("datetime64[D]")
    values = {part: value(days, times) for part, value in PARTS.items()}
    parts = tuple(part for part, value in values.items() if value.min() < value.max())
    ticks = times.astype(np.int64)
    return DateReader(int(ticks.min()), int(ticks.max()), parts, zone)


def kind_of_times(column):
    """`DATE` or `DURATION` where a column holds nothing else, judged by its dtype or, of objects, by its values."""
    if isinstance(column, np.ndarray):
        if column.dtype.kind in "mM":
            return DATE if column.dtype.kind == "M" else DURATION
        return kind_of_time_values(column.tolist()) if column.dtype.kind == "O" else None
    dtype = str(column.dtype)
    if is_polars_series(column):
        if dtype.startswith("Object"):
            return kind_of_time_values(column.to_list())
        return DATE if dtype.startswith("Date") else DURATION if dtype.startswith(("Duration", "Time")) else None
    if dtype == "object":
        return kind_of_time_values(column.tolist())
    return DATE if dtype.startswith(_DATE_DTYPES) else DURATION if dtype.startswith(_DURATION_DTYPES) else None


def kind_of_time_values(values):
    """The same for a list of Python values; None where nothing but missing values are in it."""
    first = next((value for value in values if not is_missing(value)), None)
    kind = _kind_of_type(type(first))
    if kind is None:
        return None
    types = {type(value) for value in values if not is_missing(value)}
    return kind if all(_kind_of_type(type_) == kind for type_ in types) else None


def _kind_of_type(type_):
    if issubclass(type_, (datetime.date, np.datetime64)) or type_.__name__ == "Period":
        return DATE
    return DURATION if issubclass(type_, (datetime.timedelta, datetime.time, np.timedelta64)) else None


def to_times(column, name, zone=None):
    """A column of dates as ndarray of shape (n_rows,), dtype datetime64[us], as the clock in `zone` shows them.

    Parameters
    ----------
    column : pandas or polars Series, or ndarray of shape (n_rows,)
    name : str
        How messages call it.
    zone : str, default=None
        For dates that have a time zone; None stands for UTC.

    Raises
    ------
    ValueError, TypeError
        Where a cell is no date; the message names the column.
    """
    if isinstance(column, np.ndarray):
        return column.astype(_TICKS) if column.dtype.kind == "M" else _values_to_times(column.tolist(), name, zone)
    if is_polars_series(column):
        return _values_to_times(column.to_list(), name, zone) if _is_slow(column) else _polars_times(column, zone)
    if str(column.dtype).startswith(("datetime64", "timestamp")):
        own_zone = zone_of(column)
        if own_zone is not None:
            # Arrow's own columns forget their zone in UTC and not as their clock shows it.
            column = column.astype(f"datetime64[us, {own_zone}]") if "pyarrow" in str(column.dtype) else column
            column = column.dt.tz_convert(zone or "UTC").dt.tz_localize(None)
        return column.to_numpy(dtype=_TICKS, na_value=np.datetime64("NaT"))
    if str(column.dtype).startswith("period"):
        return column.dt.to_timestamp().to_numpy().astype(_TICKS)
    return _values_to_times(column.tolist(), name, zone)


def _is_slow(series):
    """Whether a polars Series has to be read value by value."""
    return not str(series.dtype).startswith("Date")


def _polars_times(series, zone):
    if str(series.dtype).startswith("Datetime") and series.dtype.time_zone is not None:
        series = series.dt.convert_time_zone(zone or "UTC").dt.replace_time_zone(None)
    return series.to_numpy().astype(_TICKS)


def _values_to_times(values, name, zone):
    zone = ZoneInfo(zone or "UTC")
    return np.array([_as_time(value, name, zone) for value in values], dtype=_TICKS)


def _as_time(value, name, zone):
    if is_missing(value):
        return np.datetime64("NaT")
    if type(value).__name__ == "Period":
        value = value.to_timestamp()
    if isinstance(value, (datetime.date, np.datetime64)):
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            value = value.astimezone(zone).replace(tzinfo=None)
        return np.datetime64(value, "us")
    try:
        if isinstance(value, str):
            return np.datetime64(value, "us")  # as ISO 8601 writes them
    except ValueError:
        pass
    raise TypeError(
        f"{name} held dates in fit, and now holds {value!r}. Pass dates, for example by pandas.to_datetime(...), or "
        "numpy.datetime64('NaT') where one is missing."
    )


def to_seconds(column, name):
    """A column of durations or times of day as ndarray of shape (n_rows,), dtype float64, in seconds; NaN is missing.

    Raises
    ------
    TypeError
        Where a cell is neither.
    """
    if isinstance(column, np.ndarray):
        if column.dtype.kind == "m":
            return _ticks_to_seconds(_checked_ticks(column, name))
    elif not is_polars_series(column) and getattr(column.dtype, "kind", "O") == "m":
        return _ticks_to_seconds(column.to_numpy(dtype="timedelta64[us]", na_value=np.timedelta64("NaT")))
    return np.array([_as_seconds(value, name) for value in values_of(column)], dtype=np.float64)


def _checked_ticks(column, name):
    try:
        return column.astype("timedelta64[us]", casting="same_kind")
    except TypeError as error:
        raise TypeError(
            f"{name} holds durations of dtype {column.dtype}, months or years, which are not always equally long. "
            "Pass days, for example X.astype('timedelta64[D]')."
        ) from error


def _ticks_to_seconds(ticks):
    seconds = ticks.astype(np.int64) / _TICKS_PER_SECOND
    seconds[np.isnat(ticks)] = np.nan
    return seconds


def _as_seconds(value, name):
    if is_missing(value):
        return np.nan
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / _TICKS_PER_SECOND
    if isinstance(value, np.timedelta64):
        return float(_ticks_to_seconds(np.array([value]).astype("timedelta64[us]"))[0])
    raise TypeError(
        f"{name} held durations in fit, and now holds {value!r}. Pass durations, for example by "
        "pandas.to_timedelta(...)."
    )


def zone_of(column):
    """Name of the time zone of a column's dates, "UTC" where it has none; None where the dates have no time zone."""
    if isinstance(column, np.ndarray) or str(column.dtype) == "object" or is_polars_series(column):
        dtype = getattr(column, "dtype", None)
        zone = getattr(dtype, "time_zone", None)
        if zone is None and str(dtype).lower().startswith("object"):
            first = next((value for value in values_of(column) if not is_missing(value)), None)
            zone = getattr(first, "tzinfo", None)
    else:
        zone = getattr(column.dtype, "tz", None) or getattr(getattr(column.dtype, "pyarrow_dtype", None), "tz", None)
    if zone is None:
        return None
    try:
        return ZoneInfo(str(zone)).key
    except (ValueError, KeyError):  # an offset from UTC and no place; ZoneInfoNotFoundError is a KeyError
        return "UTC"
