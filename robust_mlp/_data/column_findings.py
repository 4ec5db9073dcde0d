"""Findings: what a person would want to know of a table's columns and labels before believing a fit.

Reads the matrix, a sample of its rows, and what the reader remembers of the user's table. Judges no training."""

import re
import unicodedata

import numpy as np

from robust_mlp._core.records import OTHER_MINUS, ColumnFinding
from robust_mlp._data.column_kinds import TEXT
from robust_mlp._data.columns import NUMBER
from robust_mlp._data.leaking_columns import label_tellers
from robust_mlp._data.text_dates import format_of_dates
from robust_mlp._data.text_numbers import MOST_CODES, are_numbers, numbers_among

MOST_EXAMPLES = 3
# A column with a level for nine of ten rows: what a network learns of a level helps no other row. Names of people, say,
# repeat more often than that.
UNIQUE_SHARE = 0.9
FEWEST_ROWS = 50  # of fewer rows, all different is no rarity
# Levels beyond which spellings are not compared: it would take longer than it is worth.
MOST_SPELLINGS = 5_000
# Blanks without a width, and the mark that some programs put at the beginning of a file.
_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
FEWEST_LETTERS = 2  # "a" and "A" may well be two codes


def find_in_columns(matrix, reader, sample, codes, seed, classes=None):
    """What is odd about the columns of a table, and about its labels.

    Parameters
    ----------
    matrix : ndarray of shape (n_rows, n_columns), dtype float
        As read.
    reader : TableReader
        The reader that came with it; without its `source` nothing is known of how cells were stored.
    sample : ndarray of shape (n_sampled,), dtype int
        Rows to look at.
    codes : ndarray of shape (n_sampled,), dtype int
        Class codes of these.
    seed : int
    classes : ndarray of shape (n_classes,), default=None
        The user's labels.

    Returns
    -------
    findings : tuple of ColumnFinding
        Worst first.
    """
    found = [*_in_text(matrix, reader, sample), *_read_as_numbers(reader), *_rounded(reader)]
    found += _tellers(matrix, reader, sample, codes, seed)
    found += _similar_labels(classes)
    order = ("numbers_in_text", "dates_in_text", "telling_columns")
    return tuple(sorted(found, key=lambda f: order.index(f.code) if f.code in order else len(order)))


def labels_of(reader):
    """What the user types for each column of the matrix: tuple of names or numbers."""
    source = reader.source
    return tuple(j if source is None else source.labels[j] for j in reader.input_of)


def _finding(reader, j, code, **fields):
    """A finding about the input column that column `j` of the matrix comes from."""
    return ColumnFinding(code=code, name=_input_name(reader, j), label=labels_of(reader)[j], **fields)


def _input_name(reader, j):
    """The user's name of the input that column `j` of the matrix comes from: that of the input's first column."""
    return str(reader.name_of(reader.input_of.index(reader.input_of[j])))


def _in_text(matrix, reader, sample):
    """Findings about columns of categories: each is told of once, by what explains it best."""
    for j in reader.categories:
        column, levels = matrix[:, j], reader.levels[j]
        n_present = len(column) - int(np.count_nonzero(np.isnan(column)))
        if not n_present or not levels:
            continue
        here = column[sample]
        counts = np.bincount(here[here >= 0].astype(np.int64), minlength=len(levels))
        texts = [levels[i] for i in np.flatnonzero(counts)]
        if all(isinstance(text, str) for text in texts) and texts:
            finding = _numbers_or_dates(reader, j, texts, counts[counts > 0])
            if finding is not None:
                yield finding
                continue
        if n_present >= FEWEST_ROWS and len(levels) >= UNIQUE_SHARE * n_present:
            share = len(levels) / n_present
            yield _finding(reader, j, "unique_levels", share=share, examples=_shown(levels[:MOST_EXAMPLES]))
        else:
            yield from _similar_levels(reader, j, texts, counts[counts > 0])


def _numbers_or_dates(reader, j, texts, counts):
    """What to say of a column whose cells are numbers or dates as text, or None."""
    source = reader.source
    is_text = source is not None and source.storages[reader.input_of[j]] == TEXT
    numbers = numbers_among(texts, counts.tolist(), is_text=is_text)
    if numbers is not None:
        examples = numbers.examples
        if numbers.decimal is None:  # what hinders the reading may be too rare for the sample
            odd = [text for text in reader.levels[j] if not are_numbers([text, "0.5"])[1]]
            examples = tuple(dict.fromkeys([*odd[: MOST_EXAMPLES - 1], *examples]))[:MOST_EXAMPLES]
        return _finding(
            reader,
            j,
            "numbers_in_text",
            share=numbers.number_share,
            examples=_shown(examples),
            detail=(numbers.decimal or "") + (OTHER_MINUS if numbers.has_other_minus else ""),
            is_serious=numbers.n_numbers > MOST_CODES,
        )
    dates = format_of_dates(texts)
    if dates is None:
        return None
    return _finding(reader, j, "dates_in_text", share=dates[1], examples=_shown(texts[:MOST_EXAMPLES]), detail=dates[0])


def _similar_levels(reader, j, texts, counts):
    """Levels of one column that differ only in case or blanks."""
    if len(texts) > MOST_SPELLINGS or not all(isinstance(text, str) for text in texts):
        return
    groups = _spelled_alike(texts)
    if not groups:
        return
    count_of = dict(zip(texts, counts.tolist(), strict=True))
    n_other = sum(sum(count_of[t] for t in group) - max(count_of[t] for t in group) for group in groups)
    examples = _shown([text for group in groups for text in group][:MOST_EXAMPLES])
    yield _finding(reader, j, "similar_levels", share=n_other / sum(count_of.values()), examples=examples)


def _spelled_alike(texts):
    """Groups of texts that differ only in case or blanks: list of lists, each of at least two."""
    groups: dict = {}
    for text in texts:
        # Letters and accents may be composed or not, and some blanks have no width: nobody sees the difference.
        key = " ".join(unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold().split())
        if sum(map(str.isalpha, key)) >= FEWEST_LETTERS or text != text.strip() or _UNSEEN.search(text):
            groups.setdefault(key, []).append(text)
        else:
            groups.setdefault(text, []).append(text)
    return [group for group in groups.values() if len(group) > 1]


def _read_as_numbers(reader):
    """Columns of text that were read as numbers."""
    if reader.source is None:
        return
    for k, examples in reader.source.texts.items():
        yield _finding(reader, reader.input_of.index(k), "text_read_as_numbers", examples=_shown(examples))


def _rounded(reader):
    """Columns of whole numbers that floats do not tell apart."""
    for k in () if reader.source is None else reader.source.rounded:
        yield _finding(reader, reader.input_of.index(k), "rounded_integers")


def _tellers(matrix, reader, sample, codes, seed):
    """Columns that tell the label by themselves; an input that became several columns is told of once."""
    cells = matrix[sample]
    is_number = np.array([kind == NUMBER for kind in reader.kinds])
    seen = set()
    for j, share in label_tellers(cells, codes, is_number, seed):
        if reader.input_of[j] in seen:
            continue
        seen.add(reader.input_of[j])
        different = np.unique(cells[:, j])[[0, -1]]  # NaN is the last: that a cell is missing may tell the label
        levels = reader.levels[j]
        if reader.inputs is not None and not isinstance(reader.inputs[reader.input_of[j]], str):
            examples = ()  # seconds since the first date are no cell of the user's
        else:
            examples = tuple(_cell(value, levels) for value in different.tolist())
        yield _finding(reader, j, "telling_columns", share=share, examples=examples)


def _cell(value, levels):
    """One cell of the matrix as the user knows it."""
    if value != value:
        return "missing"
    if levels is None:
        return f"{value:g}"
    return repr(str(levels[int(value)])) if value >= 0 else "another"


def _similar_labels(classes):
    """Labels that differ only in case or blanks."""
    if classes is None or classes.dtype.kind not in "OU" or not all(isinstance(c, str) for c in classes.tolist()):
        return
    for group in _spelled_alike(classes.tolist()):
        examples = _shown(group[:MOST_EXAMPLES])
        yield ColumnFinding(code="similar_labels", share=len(group) / len(classes), examples=examples)


# A cell of free text is shown up to here.
LONGEST_EXAMPLE = 40


def _shown(texts):
    """Cells as they are shown: quoted, so that blanks are seen, and cut."""
    texts = [str(text) for text in texts]
    return tuple(repr(t if len(t) <= LONGEST_EXAMPLE else f"{t[: LONGEST_EXAMPLE - 3]}...") for t in texts)
