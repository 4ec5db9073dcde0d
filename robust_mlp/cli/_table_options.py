"""What is asked of a table's file: how it is written, and what each column is for. Reads nothing."""

from dataclasses import dataclass

# What pandas reads as missing beside an empty cell, with the spellings of R, SQL, Python and spreadsheets among it.
USUAL_MISSING = (
    "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A", "NA", "NULL",
    "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """How the cells of a file are written; the defaults leave it to the file."""

    sep: str | None = None
    decimal: str = "."
    thousands: str | None = None
    encoding: str | None = None
    sheet: str | None = None  # of a workbook; None: the first
    missing: tuple[str, ...] | None = None  # beside the empty cell; None: `USUAL_MISSING` in features, none in labels

    @property
    def missing_features(self):
        """What counts as missing in a feature of a file without types."""
        return USUAL_MISSING if self.missing is None else self.missing

    @property
    def missing_typed(self):
        """What counts as missing in a label, and in a file whose own types say what is missing."""
        return () if self.missing is None else self.missing


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What columns are for. Names that the file lacks are left to whoever asks."""

    target: str | None = None
    identifier: str | None = None  # text as it stands, whatever is missing elsewhere
    as_text: frozenset[str] = frozenset()  # categories, even where they are numbers
    dropped: frozenset[str] = frozenset()
    only: frozenset[str] | None = None  # beside target and identifier; None: all

    def wanted(self, names):
        """Those of `names` that are to be read."""
        named = {self.target, self.identifier}
        return [
            name
            for name in names
            if name not in self.dropped and (self.only is None or name in self.only or name in named)
        ]
