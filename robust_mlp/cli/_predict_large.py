"""`robust-mlp predict` on Parquet files of many rows: read, predicted and written block by block."""

import sys
from dataclasses import dataclass, field

import numpy as np

from robust_mlp._data.parquet_slices import ENDINGS, column_names, files_of, read_blocks, row_groups_of
from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._interrupts import interrupts_kept
from robust_mlp.cli._large_files import names_several
from robust_mlp.cli._missing import missing_note
from robust_mlp.cli._model_files import check_columns
from robust_mlp.cli._options import file_format
from robust_mlp.cli._output_files import is_same_file, written_whole
from robust_mlp.cli._predicted import identifier_of, predictions_of, score, wanted_columns
from robust_mlp.cli._prediction_files import appending, csv_appender
from robust_mlp.cli._read_typed import typed
from robust_mlp.cli._tables import Table, features
from robust_mlp.cli._terminal import note, show, show_beside

# Rows that are predicted at once. With a hundred columns and ten classes they take about 200 MB.
ROWS_OF_BLOCK = 50_000
# Rows with a label that are scored at most: their probabilities are held until the end.
MOST_SCORED = 100_000


def is_large(data):
    """Whether rows are predicted block by block: of several Parquet files, or of one with more rows than a block."""
    if names_several(data):
        return True
    if not data.lower().endswith(ENDINGS):
        return False
    try:
        return sum(piece.n_rows for piece in row_groups_of([data])) > ROWS_OF_BLOCK
    except (OSError, ValueError, ImportError):  # the reader of whole files says what is wrong
        return False


def predict_large(model, arguments):
    """Predict, write and score; return the exit code.

    Parameters
    ----------
    model : SavedModel
    arguments : argparse.Namespace

    Returns
    -------
    code : int

    Raises
    ------
    InputError
    """
    rows = _Rows(model, arguments)
    kept, n_rows = _Scored(MOST_SCORED / rows.n_rows), 0
    if arguments.out:
        with (
            written_whole(arguments.out, "--out") as path,
            interrupts_kept(),
            appending(path, arguments.out) as append,
        ):
            n_rows = _predict(model, rows, append, kept, arguments)
        show(f"{n_rows:,} predictions written to {arguments.out}.")
    else:
        with interrupts_kept():
            _predict(model, rows, csv_appender(sys.stdout), kept, arguments)
    for text in filter(None, [missing_note(rows.counts, rows.shown, rows.columns)]):
        note(text)
    if kept.tables:
        table, probabilities, predicted = kept.together()
        score(model, table, probabilities, predicted, show if arguments.out else show_beside)
    return 0


def _predict(model, rows, append, kept, arguments):
    """Predict all blocks; the number of rows."""
    n_rows, classifier = 0, model.classifier
    for table in rows:
        X = features(table.frame, model.kinds, table.shown, can_drop=False)
        try:
            probabilities, predicted = classifier.predict_proba(X), classifier.predict(X)
        except ValueError as error:
            raise InputError(f"{table.shown}: {one_line(error)}") from error
        append(predictions_of(classifier, probabilities, predicted, identifier_of(model, table, arguments)))
        kept.add(table, probabilities, predicted, model.target)
        n_rows += len(predicted)
    return n_rows


class _Rows:
    """The rows of Parquet files as Tables of at most `ROWS_OF_BLOCK` rows, and the words that counted as missing."""

    def __init__(self, model, arguments):
        self.shown, self.columns = repr(arguments.data), wanted_columns(model, arguments)
        self._model, self._arguments, self._format = model, arguments, file_format(arguments, model.missing)
        self.counts: dict[str, dict[str, int]] = {}
        try:
            paths = files_of(arguments.data, ENDINGS)
        except FileNotFoundError as error:
            raise InputError(one_line(error)) from error
        if arguments.out and any(is_same_file(arguments.out, path) for path in paths):
            raise InputError(f"--out {arguments.out!r} is a file that is read. Choose another name.")
        if wrong := next((path for path in paths if not path.lower().endswith(ENDINGS)), None):
            raise InputError(f"{wrong!r} is no .parquet file. Of other formats, one file is predicted at a time.")
        try:
            self._row_groups = row_groups_of(paths)
            self._names = {path: column_names(path) for path in paths}
        except (OSError, ValueError) as error:  # no Parquet
            raise InputError(f"cannot read {self.shown}: {one_line(error)}") from error
        self.n_rows = sum(piece.n_rows for piece in self._row_groups)
        if not self.n_rows:
            raise InputError(f"{self.shown} holds no rows.")

    def __iter__(self):
        for whole in self._row_groups:
            names = self._names[whole.path]
            wanted = self.columns.wanted(names)
            self._check(names, wanted)
            for block in read_blocks(whole, wanted, ROWS_OF_BLOCK):
                frame, _, counts, _ = typed(block, self.shown, self._format, self.columns)
                self._count(counts)
                yield Table(frame, tuple(names), self.shown, False)

    def _check(self, names, wanted):
        """Raise unless a file has the columns of the model."""
        import pandas as pd

        table = Table(pd.DataFrame(columns=wanted), tuple(names), self.shown, False)
        if self._arguments.id_column is not None:
            table.check_has([self._arguments.id_column], "--id-column")
        check_columns(self._model, table)

    def _count(self, counts):
        for name, words in counts.items():
            found = self.counts.setdefault(name, {})
            for word, n in words.items():
                found[word] = found.get(word, 0) + n


@dataclass
class _Scored:
    """Predictions of rows with a label: all, or about the `share` of them, which is drawn."""

    share: float
    tables: list = field(default_factory=list)
    probabilities: list = field(default_factory=list)
    predicted: list = field(default_factory=list)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def add(self, table, probabilities, predicted, target):
        """Keep what is drawn of a block."""
        if target not in table.frame.columns:
            return
        has_label = table.frame[target].notna().to_numpy()
        where = np.flatnonzero(has_label & (self.rng.random(len(has_label)) < self.share))
        self.tables.append(Table(table.frame[[target]].iloc[where], table.names, table.shown, False))
        self.probabilities.append(probabilities[where])
        self.predicted.append(predicted[where])

    def together(self):
        """(Table, probabilities, predicted classes) of all blocks."""
        import pandas as pd

        first, target = self.tables[0], self.tables[0].frame.columns[0]
        labels = pd.concat([table.frame[target].astype(object) for table in self.tables])
        frame = pd.DataFrame({target: labels}).infer_objects()
        return (
            Table(frame, first.names, first.shown, False),
            np.concatenate(self.probabilities),
            np.concatenate(self.predicted),
        )
