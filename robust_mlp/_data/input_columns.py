"""InputColumn: one column of the table that a fitted classifier takes, as its user calls it. Never sees a row."""

from dataclasses import dataclass

from robust_mlp._data.dates import DateReader, DurationReader
from robust_mlp._data.large_integers import LargeIntegerReader

# What each reader takes, in the user's words.
KINDS = {DateReader: "date", DurationReader: "duration", LargeIntegerReader: "integer"}


@dataclass(frozen=True)
class InputColumn:
    """One column of the table that a fitted classifier takes.

    Attributes
    ----------
    name : str
        As in the training table; "x0", "x1", ... if its columns had no names.
    kind : {'number', 'category', 'date', 'duration', 'integer'}
        How it is read. 'integer': whole numbers beyond 2^53. Truth values count as numbers, times of day as durations.
    levels : tuple or None
        The values that a category had in the training, sorted; None for other kinds. Another value is an unknown
        level, and no error.

    Examples
    --------
    >>> import pandas as pd
    >>> from robust_mlp import RobustMLPClassifier
    >>> X = pd.DataFrame({"age": [20.0, 40.0, 60.0] * 20, "town": pd.Categorical(["Bern", "Zug"] * 30)})
    >>> clf = RobustMLPClassifier(n_members=2, max_iter=5, random_state=0).fit(X, X["town"] == "Zug")
    >>> [(column.name, column.kind) for column in clf.input_columns_]
    [('age', 'number'), ('town', 'category')]
    """

    name: str
    kind: str
    levels: tuple | None = None


def input_columns(reader):
    """The columns that a TableReader reads.

    Parameters
    ----------
    reader : TableReader

    Returns
    -------
    columns : tuple of InputColumn
        In the order of the training table.
    """
    found, place = [], 0
    for kind in reader.kinds if reader.inputs is None else reader.inputs:
        if isinstance(kind, str):
            found.append(InputColumn(reader.name_of(place), kind, reader.levels[place]))
            place += 1
        else:
            # Its first column in the matrix has the name of the input.
            found.append(InputColumn(reader.name_of(place), KINDS[type(kind)]))
            place += len(kind.names(""))
    return tuple(found)
