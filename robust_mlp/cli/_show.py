"""`robust-mlp show`: what a model file is, read off its description; no network is built."""

from pathlib import Path

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._sources import nearby
from robust_mlp.cli._terminal import show

# Of columns, classes and levels: more is a list that nobody reads.
MOST_SHOWN = 10


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "show",
        help="say what a model file is",
        description="Print columns, classes, verdict, version and size of a model file, without building its network.",
    )
    parser.add_argument("model", help="file that `robust-mlp fit --model-out` or save_model wrote")
    parser.set_defaults(run=run)


def run(arguments):
    """Read the description and print it; return the exit code."""
    from robust_mlp.exceptions import ModelFileError
    from robust_mlp.persistence.summary import summary_of

    if not Path(arguments.model).is_file():
        raise InputError(f"there is no file {arguments.model!r}.{nearby(arguments.model)}")
    try:
        summary = summary_of(arguments.model)
    except ModelFileError as error:
        raise InputError(str(error)) from error
    except OSError as error:
        raise InputError(f"cannot read {arguments.model!r}: {error.strerror}.") from error
    show("\n".join(_lines(summary)))
    return 0


def _lines(summary):
    """The lines that describe a model file."""
    n_categories = sum(kind == "category" for _, kind, _ in summary.columns)
    n_numbers = len(summary.columns) - n_categories
    yield f"{summary.kind}, written by robust_mlp {summary.package_version}, {summary.n_bytes:,} bytes"
    yield ""
    if summary.target is not None:
        yield f"Target    {summary.target}"
    yield f"Classes   {len(summary.classes)}: {_listed(summary.classes)}"
    yield f"Members   {summary.n_members}"
    yield f"Verdict   {summary.verdict}" if summary.verdict else "Verdict   none: partial_fit judges no network"
    if summary.headline:
        yield f"          {summary.headline}"
    yield f"Columns   {n_numbers:,} of numbers, {n_categories:,} of categories"
    yield from (f"          {_column(*column)}" for column in summary.columns[:MOST_SHOWN])
    if len(summary.columns) > MOST_SHOWN:
        yield f"          and {len(summary.columns) - MOST_SHOWN:,} more"
    if summary.left_out:
        yield f"Left out  {', '.join(summary.left_out)}"
    yield f"Rows      {_listed(summary.of_rows) if summary.of_rows else 'nothing of single training rows'}"


def _column(name, kind, levels):
    """One line on a column."""
    if kind != "category":
        return f"{name}: {kind}"
    return f"{name}: {kind}, {len(levels):,} {'level' if len(levels) == 1 else 'levels'}: {_listed(levels)}"


def _listed(values):
    """The first values of a list, as text."""
    more = ", ..." if len(values) > MOST_SHOWN else ""
    return ", ".join(map(str, values[:MOST_SHOWN])) + more
