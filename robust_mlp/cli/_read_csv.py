"""CSV with any separator, as numbers and text. pandas reads; a text is kept as it stands in the file.

What pandas takes for true, false or missing is read again as text, so that nothing is lost or renamed by a guess."""

import warnings

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._missing import check_names, mask_missing
from robust_mlp.cli._pandas_versions import READS_EXACTLY_SINCE, is_at_least
from robust_mlp.cli._text_files import find_encoding, find_separator, open_text


def read_csv(pandas, source, file_format, columns):
    """The wanted columns, and notes on what was guessed.

    Parameters
    ----------
    pandas : module
    source : Source
    file_format : FileFormat
    columns : Columns

    Returns
    -------
    table : pandas.DataFrame
        Numbers as numbers, the identifier and columns to be read as text as text, missing cells as NaN.
    names : list of str
        Of all columns, wanted or not.
    counts : dict of str to dict of str to int
        For each column the words, the empty one left out, that counted as missing, and in how many cells.
    notes : list of str
    """
    if file_format.sheet is not None:
        raise InputError(f"--sheet is for Excel workbooks, and {source.shown} is none. Leave it out.")
    encoding, note = find_encoding(source, file_format.encoding)
    separator = file_format.sep
    if separator is None:
        marks = (file_format.decimal, file_format.thousands)
        separator = "\t" if source.format == "tsv" else find_separator(source, encoding, marks)
    options = {
        "sep": separator,
        "decimal": file_format.decimal,
        "thousands": file_format.thousands,
        "index_col": False,
        "keep_default_na": False,
        "low_memory": False,
    }
    if not is_at_least(pandas, READS_EXACTLY_SINCE):
        options["float_precision"] = "round_trip"

    def read(**more):
        with open_text(source, encoding) as file, warnings.catch_warnings():
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            return pandas.read_csv(file, **{**options, **more})

    try:
        names = _names(read, source)
        table, counts = _columns(read, columns, names, file_format)
    except pandas.errors.EmptyDataError:
        raise InputError(f"{source.shown} is empty.") from None
    except pandas.errors.ParserWarning:
        raise InputError(
            f"the first rows of {source.shown} hold more cells than its header. Give every column a name."
        ) from None
    except pandas.errors.ParserError as error:
        said = one_line(error).removeprefix("Error tokenizing data. C error: ")
        raise InputError(f"cannot read {source.shown} with {separator!r} between cells: {said}") from error
    return table, names, counts, [note] if note else []


def _names(read, source):
    """The columns' names as pandas gives them; a name that stands twice is refused."""
    first = read(header=None, nrows=1, dtype="str", na_filter=False).iloc[0].tolist()
    check_names([name for name in first if name], source.shown)
    return [str(name) for name in read(nrows=0).columns]


def _columns(read, columns, names, file_format):
    """(table of the wanted columns, counts of the words for missing)."""
    wanted = columns.wanted(names)
    features, labels = ["", *file_format.missing_features], ["", *file_format.missing_typed]
    words = {name: labels if name == columns.target else features for name in wanted}
    words.pop(columns.identifier, None)  # pandas takes nothing for missing in a column without an entry
    as_text = {name: "str" for name in wanted if name in columns.as_text or name == columns.identifier}
    # With usecols pandas overlooks rows that are too long. A separator at the end of every row makes one column more,
    # which has no name: pandas lets it go where its cells count as missing.
    table = read(dtype=as_text, na_values={**words, len(names): [""]})[wanted]
    guessed = [name for name in words if table[name].dtype == bool or _holds_bool_objects(table[name])]
    gaps = [name for name in words if name not in guessed and table[name].isna().any()]
    counts = {}
    if guessed or gaps:
        texts = read(usecols=guessed + gaps, dtype="str", na_filter=False)
        for name in guessed + gaps:
            masked, counts[name] = mask_missing(texts[name], words[name])
            if name in guessed:
                table[name] = masked
    return table, counts


def _holds_bool_objects(column):
    """Whether an object column mixes Python's True and False with missing values."""
    return column.dtype == object and column.map(lambda value: isinstance(value, bool)).any()
