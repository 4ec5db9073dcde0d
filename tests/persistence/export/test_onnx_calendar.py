"""Dates in ONNX graphs: the numbers of DateReader, over centuries."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.dates import PARTS, DateReader
from robust_mlp.persistence.export.onnx_calendar import date_columns
from robust_mlp.persistence.export.raw_columns import MISSING_INTEGER
from tests.persistence.export.graph_runs import new_graph, run


def ticks(text):
    return int(np.datetime64(text, "us").astype(np.int64))


def dates_over(first, last, n_dates, seed):
    return np.random.default_rng(seed).integers(ticks(first), ticks(last), n_dates)


def in_graph(values, reader):
    graph = new_graph()
    name = date_columns(graph, "date", reader)
    return run(graph, {"date": values[:, np.newaxis]}, {name: np.float64})[0]


CORNERS = [
    "1600-02-29", "1700-02-28T23:59:59.999999", "1700-03-01", "1899-12-31", "1900-02-28", "1900-03-01",
    "1969-12-31T23:59:59.999999", "1970-01-01", "2000-02-29T12:00", "2000-12-31", "2001-01-01", "2096-02-29",
    "2100-02-28", "2100-03-01", "2399-12-31T23", "2400-02-29",
]  # fmt: skip


@pytest.mark.parametrize(
    "first, last", [("1583-01-01", "2583-01-01"), ("2023-05-01", "2023-05-02"), ("0001-01-01", "0900-01-01")]
)
def test_parts_are_those_of_the_reader(first, last):
    reader = DateReader(ticks(first), ticks(last), tuple(PARTS))
    values = np.concatenate([[ticks(text) for text in CORNERS], dates_over("1500-01-01", "2700-01-01", 3000, seed=0)])
    expected = reader.read(values.astype("datetime64[us]"), "dates")
    assert_array_equal(in_graph(values, reader), expected)


def test_a_missing_date_is_missing_in_every_column():
    reader = DateReader(ticks("2020-01-01"), ticks("2021-01-01"), ("year", "day", "hour"))
    values = np.array([MISSING_INTEGER, ticks("2020-05-05T07")])
    found = in_graph(values, reader)
    assert np.isnan(found[0]).all()
    assert_array_equal(found[1, 1:], [2020, 5, 7])
    assert np.datetime64("NaT").astype(np.int64) == MISSING_INTEGER


def test_dates_without_parts_are_seconds():
    reader = DateReader(ticks("2020-01-01"), ticks("2020-01-02"), ())
    assert_array_equal(in_graph(np.array([ticks("2020-01-01T00:01")]), reader), [[60.0]])
