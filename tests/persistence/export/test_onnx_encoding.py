"""The encoding in ONNX graphs: the bits of Encoding.transform."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.large_integers import LargeIntegerReader
from robust_mlp.persistence.export import onnx_encoding
from robust_mlp.persistence.export.onnx_encoding import encode
from robust_mlp.persistence.export.raw_columns import MISSING_INTEGER, MISSING_TEXTS, LevelPlaces
from tests.persistence.export.graph_runs import new_graph, run
from tests.persistence.export.made_encodings import SETTINGS, encoding_of, new_frame, raw_values


@pytest.mark.parametrize("settings", SETTINGS)
def test_encoded_rows_have_the_same_bits(settings):
    table, encoding, read = encoding_of(*settings)
    X = new_frame()
    expected = encoding.transform(read(X))
    graph, names = new_graph(), [f"raw {i}" for i in range(len(table.columns))]
    rows = encode(graph, table, names, MISSING_TEXTS)
    outputs = {rows.plain: np.float32} | dict.fromkeys(rows.codes, np.int64)
    plain, *codes = run(graph, dict(zip(names, raw_values(table, X), strict=True)), outputs)
    assert plain.shape[1] == table.n_plain
    assert_array_equal(plain, expected[:, : table.n_plain])
    assert_array_equal(np.column_stack([plain, *codes]), expected)


@pytest.mark.parametrize("n_levels", [0, 1, 2, 3, 4, 100, 5000])
def test_numbers_among_levels_are_found_by_their_exact_value(n_levels):
    rng = np.random.default_rng(n_levels)
    known = np.unique(rng.normal(size=n_levels).astype(np.float32).astype(np.float64))
    levels = LevelPlaces(tuple(known), np.arange(len(known)) + 5, 2, 1, frozenset(known), 0)
    values = np.concatenate([known, np.nextafter(known, np.inf), [np.nan, np.inf, -np.inf, 0.0]])
    graph = new_graph()
    name = onnx_encoding._places_of_numbers(graph, levels, "numbers")
    (places,) = run(graph, {"numbers": values}, {name: np.int64})
    expected = [2 if np.isnan(v) else dict(zip(known, levels.places, strict=True)).get(v, 1) for v in values]
    assert places.tolist() == expected


def test_whole_numbers_beyond_2_to_53_keep_their_distance():
    origin = 2**60 + 1
    reader = LargeIntegerReader(origin)
    values = np.array([origin, origin + 1, origin + 2**53, -(2**62), 2**63 - 1, MISSING_INTEGER])
    graph = new_graph()
    name = onnx_encoding._difference(graph, "numbers", origin)
    (found,) = run(graph, {"numbers": values[:, np.newaxis]}, {name: np.float64})
    cells = np.array([*values[:-1].tolist(), None], dtype=object)
    assert_array_equal(found, reader.read(cells, "numbers"))


def test_a_difference_that_int64_cannot_hold_is_still_right():
    graph = new_graph()
    name = onnx_encoding._difference(graph, "numbers", -(2**62))
    (found,) = run(graph, {"numbers": np.array([[2**63 - 1]])}, {name: np.float64})
    assert found.tolist() == [[float(2**63 + 2**62)]]
