"""Lines of code that mend a column of the user's table, as one would type them after importing numpy, pandas or polars.

Writes code. Decides nothing, and runs none of it."""

from robust_mlp._core.records import OTHER_MINUS

# What is taken out of decorated numbers, by decimal sign: letters with the point of an abbreviation, signs, blanks.
_STRIPPED = {"point": r"[A-Za-z]+\.?|[^\d.+-]", "comma": r"[^\d,+-]"}
# How a number below zero begins where it has another minus, or is in parentheses.
_MINUS = r"^\s*[(\u2212]"
# Columns that are named in a line; the others are mended alike.
MAX_COLUMNS = 4


def to_numbers(container, label, decimal=""):
    """A line that reads a text column as numbers.

    Parameters
    ----------
    container : {"array", "pandas", "polars"}
        What the table is. Columns of an array are never text to be read.
    label : name of the column
    decimal : {"", "point", "comma"}, default=""
        "" where the numbers have neither units nor groups of thousands. `OTHER_MINUS` may follow.

    Returns
    -------
    line : str

    Examples
    --------
    >>> to_numbers("pandas", "age")
    "X['age'] = pandas.to_numeric(X['age'].astype(str), errors='coerce')"
    """
    decimal, other_minus, _ = decimal.partition(OTHER_MINUS)
    pattern = _STRIPPED.get(decimal)
    if container == "polars":
        text = f"polars.col({label!r}).cast(polars.String)"
        text += f".str.replace(r'{_MINUS}', '-')" if other_minus else ""
        text += ".str.strip_chars()" if pattern is None else f".str.replace_all(r'{pattern}', '')"
        text += ".str.replace(',', '.', literal=True)" if decimal == "comma" else ""
        return f"X = X.with_columns({text}.cast(polars.Float64, strict=False))"
    text = f"X[{label!r}].astype(str)"
    text += f".str.replace(r'{_MINUS}', '-', regex=True)" if other_minus else ""
    text += "" if pattern is None else f".str.replace(r'{pattern}', '', regex=True)"
    text += ".str.replace(',', '.')" if decimal == "comma" else ""
    return f"X[{label!r}] = pandas.to_numeric({text}, errors='coerce')"


def to_dates(container, label, form):
    """A line that reads a text column as dates of the format `form`."""
    if container == "polars":
        method = "to_datetime" if "%H" in form else "to_date"
        form = form.replace(".%f", "%.f")  # its way to write a fraction of a second
        return f"X = X.with_columns(polars.col({label!r}).str.{method}({form!r}, strict=False))"
    zone = ", utc=True" if form.endswith("%z") else ""
    return f"X[{label!r}] = pandas.to_datetime(X[{label!r}], format={form!r}, errors='coerce'{zone})"


def to_category(container, label):
    """A line that makes a column a category."""
    if container == "polars":
        return f"X = X.with_columns(polars.col({label!r}).cast(polars.String).cast(polars.Categorical))"
    if container == "array":
        return f"categorical_features=[{label!r}]"
    return f"X[{label!r}] = X[{label!r}].astype('category')"


def to_one_spelling(container, label):
    """A line that makes levels one that differ in case and blanks alone."""
    if container == "polars":
        text = f"polars.col({label!r}).cast(polars.String).str.strip_chars().str.to_lowercase()"
        return f"X = X.with_columns({text}.str.replace_all(r'\\s+', ' '))"
    if container == "array":
        return f"X[:, {label}] = [' '.join(str(cell).casefold().split()) for cell in X[:, {label}]]"
    return f"X[{label!r}] = X[{label!r}].str.casefold().str.split().str.join(' ')"


def without(container, labels):
    """A line that drops columns."""
    shown = list(labels)
    if container == "polars":
        return f"X = X.drop({shown!r})"
    return f"X = numpy.delete(X, {shown!r}, axis=1)" if container == "array" else f"X = X.drop(columns={shown!r})"


def joined(lines):
    """Several lines as one text, at most `MAX_COLUMNS` of them."""
    lines = list(dict.fromkeys(lines))
    others = f" and so on for {len(lines) - MAX_COLUMNS} more" if len(lines) > MAX_COLUMNS else ""
    return "; ".join(lines[:MAX_COLUMNS]) + others
