"""Options that several commands share: how a file is written, and what its columns are for."""

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._table_options import FileFormat

TABLE_HELP = "table with a header: .csv, .tsv, .parquet, .feather, .jsonl or .xlsx, also .gz, .zip, .bz2, .xz; - reads"
TABLE_HELP += " standard input"


def add_file_options(parser):
    """Options on how a table's file is written."""
    group = parser.add_argument_group("how the table is written")
    group.add_argument("--sep", metavar="CHARACTER", help="between cells, such as ';' or tab (default: looked for)")
    group.add_argument("--decimal", default=".", metavar="CHARACTER", help="decimal mark of numbers (default: .)")
    group.add_argument("--thousands", metavar="CHARACTER", help="mark between thousands (default: none)")
    group.add_argument(
        "--na",
        nargs="*",
        metavar="TEXT",
        help="texts that count as missing beside empty cells, labels included; without a text: none "
        "(default: NA, None, null and the like in features; none in labels)",
    )
    group.add_argument("--encoding", metavar="NAME", help="such as utf-8, utf-16 or cp1252 (default: looked for)")
    group.add_argument("--sheet", metavar="NAME", help="sheet of an Excel workbook (default: the first)")


def add_column_options(parser):
    """Options on what the columns of a table to learn from are for."""
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    add_names_option(parser, "--drop", "columns to leave out")
    add_names_option(parser, "--categorical", "columns to take as categories though they hold numbers")
    parser.add_argument("--id-column", metavar="COLUMN", help="names the rows: not learned from, carried by predict")
    parser.add_argument("--sample-weight-column", metavar="COLUMN", help="how much each row counts in training")


def add_training_options(parser):
    """Options on how the classifier is trained."""
    parser.add_argument("--random-state", type=int, metavar="N", help="seed of the rows' split and of the training")
    parser.add_argument(
        "--set",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME=VALUE",
        help="parameters of the classifier, such as max_iter=100 activation=relu",
    )


def add_names_option(parser, option, help_text):
    """An option that takes names of columns, several at once or again and again."""
    parser.add_argument(option, nargs="+", action="extend", default=[], metavar="COLUMN", help=help_text)


def file_format(arguments, missing=None):
    """The FileFormat that was typed; `missing` stands in where --na was not.

    Raises
    ------
    InputError
        For a mark that is not one character.
    """
    sep = {"tab": "\t", r"\t": "\t"}.get(arguments.sep, arguments.sep)
    for option, mark in (("--sep", sep), ("--decimal", arguments.decimal), ("--thousands", arguments.thousands)):
        if mark is not None and (len(mark) != 1 or mark in '\r\n"' or mark.isalnum()):
            raise InputError(f"{option} takes one character that is no letter, digit or quotation mark; got {mark!r}.")
    if arguments.decimal == arguments.thousands:
        raise InputError(f"--decimal and --thousands are both {arguments.decimal!r}, which cannot mean both.")
    return FileFormat(
        sep=sep,
        decimal=arguments.decimal,
        thousands=arguments.thousands,
        encoding=arguments.encoding,
        sheet=arguments.sheet,
        missing=missing if arguments.na is None else tuple(arguments.na),
    )
