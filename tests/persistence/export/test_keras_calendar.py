"""Dates in Keras models: the numbers of DateReader, over centuries."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.dates import PARTS, DateReader
from robust_mlp.persistence.export.keras_calendar import date_columns
from robust_mlp.persistence.export.raw_columns import MISSING_INTEGER


def ticks(text):
    return int(np.datetime64(text, "us").astype(np.int64))


def in_model(values, reader):
    date = keras.Input((1,), dtype="int64")
    return np.asarray(keras.Model(date, date_columns(date, reader))(values[:, np.newaxis]))


@pytest.mark.parametrize("parts", [tuple(PARTS), ("day",), ()])
@pytest.mark.parametrize("first, last", [("1583-01-01", "2583-01-01"), ("2023-05-01", "2023-05-02")])
def test_parts_are_those_of_the_reader(first, last, parts):
    reader = DateReader(ticks(first), ticks(last), parts)
    values = np.random.default_rng(0).integers(ticks("1500-01-01"), ticks("2700-01-01"), 3000)
    corners = ["1600-02-29", "1899-12-31T23:59:59.999999", "1900-03-01", "1970-01-01", "2000-02-29", "2100-02-28T24"]
    values[:5] = [ticks(text) for text in corners[:5]]
    assert_array_equal(in_model(values, reader), reader.read(values.astype("datetime64[us]"), "dates"))


def test_a_missing_date_is_missing_in_every_column():
    reader = DateReader(ticks("2020-01-01"), ticks("2021-01-01"), ("year", "day", "hour"))
    found = in_model(np.array([MISSING_INTEGER, ticks("2020-05-05T07")]), reader)
    assert np.isnan(found[0]).all()
    assert_array_equal(found[1, 1:], [2020, 5, 7])
