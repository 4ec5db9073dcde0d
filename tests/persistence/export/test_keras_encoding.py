"""The encoding in Keras models: the bits of Encoding.transform."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from robust_mlp._data.large_integers import LargeIntegerReader
from robust_mlp.persistence.export import keras_encoding
from robust_mlp.persistence.export.keras_encoding import encode
from robust_mlp.persistence.export.raw_columns import MISSING_INTEGER, MISSING_TEXTS, TEXTS, LevelPlaces, RawColumn
from tests.persistence.export.made_encodings import SETTINGS, encoding_of, new_frame, raw_values


@pytest.mark.parametrize("settings", SETTINGS)
def test_encoded_rows_have_the_same_bits(settings):
    table, encoding, read = encoding_of(*settings)
    X = new_frame()
    inputs = [keras.Input((1,), dtype="string" if c.kind == TEXTS else "float64") for c in table.columns]
    rows = encode(table, inputs, MISSING_TEXTS)
    found = keras.Model(inputs, [rows.plain, *rows.codes])(raw_values(table, X))
    plain, *codes = map(np.asarray, found if isinstance(found, list) else [found])
    assert plain.dtype == np.float32 and plain.shape[1] == table.n_plain
    assert_array_equal(np.column_stack([plain, *codes]), encoding.transform(read(X)))


@pytest.mark.parametrize("n_levels", [0, 1, 2, 1000])
def test_numbers_among_levels_are_found_by_their_exact_value(n_levels):
    rng = np.random.default_rng(n_levels)
    known = np.unique(rng.normal(size=n_levels).astype(np.float32).astype(np.float64))
    levels = LevelPlaces(tuple(known), np.arange(len(known)) + 5, 2, 1, frozenset(known), 0)
    values = np.concatenate([known, np.nextafter(known, np.inf), [np.nan, np.inf, -np.inf, 0.0]])
    number = keras.Input((), dtype="float64")
    places = keras.Model(number, keras_encoding._places_of_numbers(levels, number))(values)
    expected = [2 if np.isnan(v) else dict(zip(known, levels.places, strict=True)).get(v, 1) for v in values]
    assert np.asarray(places).tolist() == expected


def test_a_level_may_be_called_as_keras_calls_unknown_ones():
    names = ("[UNK]", "[UNK]_", "a")
    column = RawColumn("text", TEXTS, levels=LevelPlaces(names, np.array([1, 2, 3]), 4, 0, frozenset(names), 4))
    text = keras.Input((1,), dtype="string")
    model = keras.Model(text, keras_encoding._places(column, text, ("",)))
    cells = np.array([["[UNK]"], ["a"], ["never seen"], [""], ["[UNK]_"]], dtype=object)
    assert np.asarray(model(cells)).tolist() == [1, 3, 0, 4, 2]


def test_whole_numbers_beyond_2_to_53_keep_their_distance():
    origin = 2**60 + 1
    values = np.array([origin, origin + 1, origin + 2**53, -(2**62), 2**63 - 1, MISSING_INTEGER])
    number = keras.Input((1,), dtype="int64")
    found = keras.Model(number, keras_encoding._difference(number, origin))(values[:, np.newaxis])
    cells = np.array([*values[:-1].tolist(), None], dtype=object)
    assert_array_equal(np.asarray(found), LargeIntegerReader(origin).read(cells, "numbers"))
