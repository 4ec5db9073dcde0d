"""Sheets of Excel workbooks. pandas and openpyxl read; each cell stays as it is typed."""

import importlib.util

from robust_mlp.cli._errors import InputError, did_you_mean


def read_sheet(pandas, source, sheet=None):
    """The cells of one sheet.

    Parameters
    ----------
    pandas : module
    source : Source
    sheet : str, default=None
        Its name. None: the first.

    Returns
    -------
    table : pandas.DataFrame
        The first row of the sheet is the columns' names.
    note : str
        Which other sheets there are, where none was named; else "".

    Raises
    ------
    InputError
        If openpyxl is missing, there is no such sheet, or it is empty.
    """
    if importlib.util.find_spec("openpyxl") is None:  # pandas names it only in the middle of a longer message
        raise InputError(f"reading {source.shown} needs openpyxl. Type: pip install openpyxl")
    names = sheet_names(source)
    if sheet is not None and sheet not in names:
        raise InputError(f"--sheet: {source.shown} has no sheet {sheet!r}. {did_you_mean(sheet, names)}")
    read = names[0] if sheet is None else sheet
    rows = pandas.read_excel(
        source.path_or_bytes(), sheet_name=read, header=None, dtype=object, na_filter=False, engine="openpyxl"
    )
    others = [name for name in names if name != read]
    if not len(rows):
        hint = f" To read another, type --sheet {others[0]!r}." if others else ""
        raise InputError(f"sheet {read!r} of {source.shown} is empty.{hint}")
    table = rows.iloc[1:].reset_index(drop=True)
    table.columns = [name if str(name) else f"Unnamed: {i}" for i, name in enumerate(rows.iloc[0].tolist())]
    note = ""
    if others and sheet is None:
        shown = ", ".join(map(repr, others))
        note = f"{source.shown} has {len(names)} sheets, and the first, {read!r}, was read. "
        note += f"--sheet names another: {shown}."
    return table.infer_objects(), note


def sheet_names(source):
    """Names of the sheets of a workbook that hold cells, in its order; charts have none."""
    import openpyxl

    book = openpyxl.load_workbook(source.path_or_bytes(), read_only=True)
    try:
        return [sheet.title for sheet in book.worksheets]
    finally:
        book.close()
