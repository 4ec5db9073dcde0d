"""RawTable: the columns that an exported model takes, as the user has them, and where they go in the encoding.

What the ONNX graph and the Keras model share. Writes neither, and never sees a row."""

from dataclasses import dataclass, replace
from numbers import Number

import numpy as np

from robust_mlp._data.columns import CATEGORY, NUMBER
from robust_mlp._data.dates import DateReader, DurationReader
from robust_mlp._data.encoding import Encoding
from robust_mlp._data.large_integers import LARGEST_EXACT, LargeIntegerReader

# How a column comes in: numbers (also durations, in seconds), texts of levels, numbers that are levels, dates and whole
# numbers beyond 2^53.
NUMBERS, TEXTS, LEVEL_NUMBERS, DATES, INTEGERS = "numbers", "texts", "level numbers", "dates", "integers"

# ONNX and TensorFlow have no missing text. These are the empty text, and what NaN, None and pandas' missing scalars
# become when Python turns them into text, as onnxruntime does with an array of objects.
MISSING_TEXTS = ("", "nan", "None", "<NA>", "NaT")

# The missing value of int64 inputs: what NumPy's NaT is as a whole number.
MISSING_INTEGER = int(np.iinfo(np.int64).min)

# Dates come in ticks of a microsecond, as `DateReader` counts them.
TICKS_PER_SECOND = 1_000_000
TICKS_PER_HOUR = 3600 * TICKS_PER_SECOND
TICKS_PER_DAY = 24 * TICKS_PER_HOUR

# Days from 0000-03-01 to 1970-01-01. Years that begin in March have the leap day at their end, which makes the months
# regular: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
# https://howardhinnant.github.io/date_algorithms.html#civil_from_days
DAYS_BEFORE_1970 = 719_468
# The Gregorian calendar repeats after 400 years.
DAYS_OF_ERA, YEARS_OF_ERA = 146_097, 400

# What numbers that are not scaled are cut off at, as in `Encoding`.
FLOAT32_MAX = float(np.finfo(np.float32).max)

# Differences of int64 that are beyond this may have left the range of int64.
LARGEST_SAFE_DIFFERENCE = 2.0**62


@dataclass(frozen=True, eq=False)
class LevelPlaces:
    """To which place in the encoding each level of a category leads.

    Attributes
    ----------
    levels : tuple of str or of float
        Those that lead elsewhere than unknown levels.
    places : ndarray of shape (n_levels,), dtype int64
    missing, unknown : int
        The places of missing values and of all other levels.
    known : frozenset of str or of float
        All levels of the column, those in `levels` included.
    width : int
        Without an embedding: outputs of the column in the encoded row. Place p is a 1 in output p - 1; in place 0 all
        are 0. With one: 0.
    """

    levels: tuple
    places: np.ndarray
    missing: int
    unknown: int
    known: frozenset
    width: int

    @property
    def one_hot(self):
        """The outputs of each place: ndarray of shape (width + 1, width), dtype float32."""
        return np.eye(self.width + 1, dtype=np.float32)[:, 1:]

    def with_missing(self, missing_texts):
        """(texts, places): the levels, and behind them the texts that stand for a missing value.

        A text that is a level of the column is that level.
        """
        if self.missing == self.unknown:
            return list(self.levels), self.places.tolist()
        added = [text for text in dict.fromkeys(missing_texts) if text not in self.known]
        return [*self.levels, *added], [*self.places.tolist(), *[self.missing] * len(added)]


@dataclass(frozen=True, eq=False)
class RawColumn:
    """One input column.

    Attributes
    ----------
    name : str
    kind : {"numbers", "texts", "level numbers", "dates", "integers"}
    reader : DateReader, LargeIntegerReader, DurationReader or None
    levels : LevelPlaces or None
        Of a category.
    is_embedded : bool
        Whether the places of the category are codes with learned vectors.
    """

    name: str
    kind: str
    reader: DateReader | LargeIntegerReader | DurationReader | None = None
    levels: LevelPlaces | None = None
    is_embedded: bool = False

    @property
    def description(self):
        """What to pass, in a sentence."""
        if isinstance(self.reader, DateReader):
            zone = "" if self.reader.time_zone is None else f", as clocks in {self.reader.time_zone} show them"
            return f"Microseconds since 1970-01-01 00:00{zone}. {MISSING_INTEGER} is a missing value."
        if self.kind == INTEGERS:
            return f"Whole numbers. {MISSING_INTEGER} is a missing value."
        if self.kind == TEXTS:
            return "Texts of levels. An empty text is a missing value."
        if isinstance(self.reader, DurationReader):
            return "Seconds. NaN is a missing value."
        return "Numbers. NaN is a missing value."


@dataclass(frozen=True, eq=False)
class RawTable:
    """The input columns of a fitted classifier, in their order, and its encoding.

    Attributes
    ----------
    columns : tuple of RawColumn
    is_matrix : bool
        Whether the columns come as one matrix of numbers: the training table had no names, and numbers only.
    encoding : Encoding
    """

    columns: tuple
    is_matrix: bool
    encoding: Encoding

    @property
    def one_hot(self):
        """The RawColumns of categories with an output for each level, in the order of the encoding."""
        return [column for column in self.columns if column.levels is not None and not column.is_embedded]

    @property
    def embedded(self):
        """The RawColumns of categories with learned vectors, in the order of the encoding."""
        return [column for column in self.columns if column.is_embedded]

    @property
    def n_plain(self):
        """Number of outputs of the encoding that are no codes."""
        return self.encoding.n_outputs - self.encoding.n_codes


def raw_table(encoding, reader):
    """The RawTable of an encoding.

    Parameters
    ----------
    encoding : Encoding
    reader : TableReader

    Returns
    -------
    table : RawTable

    Raises
    ------
    ValueError
        For a column that cannot be an input; the message names it.
    """
    places = _level_places(encoding, reader)
    embedded = set(encoding.embedded.tolist())
    inputs = reader.kinds if reader.inputs is None else reader.inputs
    columns, start = [], 0
    for kind in inputs:
        if kind == NUMBER:
            columns.append(RawColumn(reader.name_of(start), NUMBERS))
        elif kind == CATEGORY:
            column = _category(reader.name_of(start), reader.levels[start], places[start], start in embedded)
            # Without a level, nothing says what they would be: in a table without names, numbers as elsewhere.
            is_number = reader.levels[start] == () and reader.names is None
            columns.append(replace(column, kind=LEVEL_NUMBERS) if is_number else column)
        else:
            columns.append(_with_reader(reader.name_of(start), kind))
        start += 1 if isinstance(kind, str) else len(kind.names(""))
    is_matrix = reader.names is None and all(column.kind in (NUMBERS, LEVEL_NUMBERS) for column in columns)
    if not is_matrix:
        _check_names([column.name for column in columns])
    return RawTable(tuple(columns), is_matrix, encoding)


def _with_reader(name, reader):
    """The RawColumn of dates, durations or large whole numbers."""
    if isinstance(reader, DateReader):
        return RawColumn(name, DATES, reader)
    if isinstance(reader, DurationReader):
        return RawColumn(name, NUMBERS, reader)
    if isinstance(reader, LargeIntegerReader):
        if not -(2**63) < reader.origin < 2**63:
            raise ValueError(
                f"Column {name!r} holds whole numbers from {reader.origin} on, which are beyond 64 bits with a sign. "
                "An exported model cannot take them. Subtract the smallest from the column, and fit again."
            )
        return RawColumn(name, INTEGERS, reader)
    raise ValueError(f"Column {name!r} is read by {type(reader).__name__}, which an exported model cannot do.")


def _category(name, levels, places, is_embedded):
    """The RawColumn of a category, whose LevelPlaces still hold the levels as they were read."""
    if levels and all(_is_number(level) for level in levels):
        numbers = [float(level) for level in levels]
        if any(number != level or abs(number) > LARGEST_EXACT for number, level in zip(numbers, levels, strict=True)):
            raise ValueError(
                f"The levels of column {name!r} are numbers that floats do not tell apart. An exported model cannot "
                "take them. Turn the column into text, for example with astype(str), and fit again."
            )
        return RawColumn(name, LEVEL_NUMBERS, None, _renamed(places, float), is_embedded)
    texts = [str(level) for level in levels]
    if len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        raise ValueError(
            f"Two levels of column {name!r} are {twice!r} as text: one is a text and one is not. An exported model "
            "takes texts and cannot tell them apart. Give the column levels of one type, and fit again."
        )
    return RawColumn(name, TEXTS, None, _renamed(places, str), is_embedded)


def _is_number(level):
    """Whether a level is a number; truth values count."""
    return isinstance(level, (bool, np.bool_, Number)) and not isinstance(level, complex)


def _renamed(places, function):
    """LevelPlaces whose levels are `function` of each level."""
    return LevelPlaces(
        tuple(map(function, places.levels)),
        places.places,
        places.missing,
        places.unknown,
        frozenset(map(function, places.known)),
        places.width,
    )


def _level_places(encoding, reader):
    """{column of the matrix: LevelPlaces} of all categories."""
    found = {}
    start = encoding.numbers.size + encoding.flagged.size + encoding.pieced.size
    for j, slots in zip(encoding.categories.tolist(), encoding.slots, strict=True):
        width = max(int(slots.max()) + 1 - start, 0)
        found[j] = _places(reader.levels[j], np.where(slots < 0, 0, slots - start + 1), width)
        start += width
    for j, level_codes in zip(encoding.embedded.tolist(), encoding.level_codes, strict=True):
        found[j] = _places(reader.levels[j], level_codes, 0)
    return found


def places_of_values(values):
    """LevelPlaces of a number whose values have codes, ndarray of shape (n_values,)."""
    known = tuple(values.tolist())
    return LevelPlaces(known, np.arange(1, len(known) + 1), 0, 0, frozenset(known), 0)


def _places(levels, places, width):
    """LevelPlaces from the place of each level, then of missing, then of unknown."""
    *of_levels, missing, unknown = places.tolist()
    kept = [(level, place) for level, place in zip(levels, of_levels, strict=True) if place != unknown]
    return LevelPlaces(
        tuple(level for level, _ in kept),
        np.array([place for _, place in kept], dtype=np.int64),
        missing,
        unknown,
        frozenset(levels),
        width,
    )


def _check_names(names):
    """Raise for names that cannot be inputs."""
    for j, name in enumerate(names):
        if name == "":
            raise ValueError(
                f"Column {j} has an empty name, and an input needs one. Give it a name, for example with "
                "X.rename(columns={'': 'first'}), and fit again."
            )
