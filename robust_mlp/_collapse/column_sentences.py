"""What is said of a table's columns and labels: sentence, evidence, and the line to type.

Fills names, cells and lines into sentences. Decides nothing."""

from collections.abc import Callable

from robust_mlp._collapse import lines_to_type

MAX_NAMES = 4  # column or class names in one sentence


def names_of(names):
    """Names of columns or classes, quoted, the first few of them."""
    shown = ", ".join(repr(str(name)) for name in names[:MAX_NAMES])
    return f"{shown} and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else shown


def cells_of(findings):
    """Columns with the share of their cells and examples: "'age': 95.0% of the cells, such as '?', '3.1'"."""
    said = [_cells(finding) for finding in findings[:MAX_NAMES]]
    more = f" and {len(findings) - MAX_NAMES} more" if len(findings) > MAX_NAMES else ""
    return "; ".join(said) + more


def _cells(finding, what="of the cells"):
    examples = f", such as {', '.join(finding.examples)}" if finding.examples else ""
    column = f"{finding.name!r}: " if finding.name else ""
    return f"{column}{finding.share:.1%} {what}{examples}"


def _with(findings, what):
    said = "; ".join(_cells(finding, what) for finding in findings[:MAX_NAMES])
    return f"{said} and {len(findings) - MAX_NAMES} more" if len(findings) > MAX_NAMES else said


def reading_lines(n):
    """Lines that read columns of text as the numbers or dates that they hold, as a sentence."""
    lines = [
        lines_to_type.to_dates(n["container"], f.label, f.detail)
        if f.code == "dates_in_text"
        else lines_to_type.to_numbers(n["container"], f.label, f.detail)
        for f in n["findings"]
    ]
    return f"{lines_to_type.joined(lines)}. Cells that cannot be read become missing values."


def _for_each(make):
    """From a function that makes a line for (container, label) to one that makes a text for all findings."""
    return lambda n: lines_to_type.joined(make(n["container"], finding.label) for finding in n["findings"])


def _drop_line(n):
    return lines_to_type.without(n["container"], n["labels"])


def _drop_found(n):
    return lines_to_type.without(n["container"], [finding.label for finding in n["findings"]])


def _pairs(n):
    shown = "; ".join(f"{a!r} repeats {b!r}" for a, b in n["pairs"][:MAX_NAMES])
    return shown + (f" and {len(n['pairs']) - MAX_NAMES} more" if len(n["pairs"]) > MAX_NAMES else "")


COLUMN_ADVICE: dict[str, tuple[str, Callable[[dict], str], str | Callable[[dict], str]]] = {
    "numbers_in_text": (
        "Columns of text hold numbers, and were read as categories without an order.",
        lambda n: cells_of(n["findings"]),
        lambda n: f"Type {reading_lines(n)}",
    ),
    "dates_in_text": (
        "Columns of text hold dates, and were read as categories without an order.",
        lambda n: cells_of(n["findings"]),
        lambda n: f"Type {reading_lines(n)}",
    ),
    "text_read_as_numbers": (
        "Columns of text hold nothing but numbers, and were read as numbers.",
        lambda n: cells_of(n["findings"]),
        lambda n: f"Where they are codes and no quantities, type {_for_each(lines_to_type.to_category)(n)}.",
    ),
    "telling_columns": (
        "Columns tell the label of nearly every row by themselves.",
        lambda n: _with(n["findings"], "of the rows that were not used to find out"),
        lambda n: (
            "If they are made from the label, or known only after it, no figure here holds for new rows: type "
            f"{_drop_found(n)}."
        ),
    ),
    "unique_levels": (
        "Columns of categories are different in nearly every row, so that hardly any level helps a new row.",
        lambda n: _with(n["findings"], "of the cells are different"),
        lambda n: f"Type {_drop_found(n)}, or make columns of them that rows share.",
    ),
    "similar_levels": (
        "Levels differ only in case or blanks.",
        lambda n: cells_of(n["findings"]),
        lambda n: f"If they mean the same, type {_for_each(lines_to_type.to_one_spelling)(n)}.",
    ),
    "similar_labels": (
        "Labels differ only in case or blanks, and count as different classes.",
        lambda n: "; ".join(", ".join(finding.examples) for finding in n["findings"][:MAX_NAMES]),
        "If they mean the same, type y = [' '.join(label.casefold().split()) for label in y].",
    ),
    "rounded_integers": (
        "Columns hold whole numbers beyond 2**53 that lie far apart, and were rounded: a float does not tell all of "
        "them from their neighbours.",
        lambda n: names_of([finding.name for finding in n["findings"]]),
        lambda n: (
            f"If they are keys, drop them or read them as categories: type {_for_each(lines_to_type.to_category)(n)}."
        ),
    ),
    "identifier_like_columns": (
        "Columns look like identifiers: a different whole number in every row.",
        lambda n: names_of(n["names"]),
        lambda n: f"If they say nothing about new rows, type {_drop_line(n)}.",
    ),
    "constant_columns": (
        "Columns have the same value in every row.",
        lambda n: names_of(n["names"]),
        lambda n: f"They do no harm and can be dropped: {_drop_line(n)}.",
    ),
    "mostly_missing_columns": (
        "Columns are missing in nearly every row.",
        lambda n: names_of(n["names"]),
        lambda n: f"They do no harm and can be dropped: {_drop_line(n)}.",
    ),
    "duplicate_columns": (
        "Columns repeat others exactly.",
        _pairs,
        lambda n: f"They can be dropped: {_drop_line(n)}.",
    ),
}
