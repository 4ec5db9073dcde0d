"""`robust-mlp inspect`: what is wrong with a saved Keras network for the rows and labels of a table."""

from pathlib import Path

from robust_mlp.cli._errors import InputError, one_line
from robust_mlp.cli._options import TABLE_HELP, add_file_options, add_names_option, file_format
from robust_mlp.cli._sources import nearby
from robust_mlp.cli._table_options import Columns
from robust_mlp.cli._tables import column_kinds, read_table
from robust_mlp.cli._terminal import note, show

NETWORK_ENDING = ".keras"
# Keras' old format. A network in it may hold Python code, and code runs as soon as it is read.
UNSAFE_ENDINGS = (".h5", ".hdf5")
EXIT_OK = 0
EXIT_ERRORS_FOUND = 3


def register(commands):
    """Add the command to the parser's subcommands."""
    parser = commands.add_parser(
        "inspect",
        help="say what is wrong with a Keras network before it trains",
        description="Look at a saved Keras network beside the rows and labels that it is to be trained on. "
        "Takes seconds and trains nothing.",
        epilog="Exit codes: 0; 2 for bad usage or input; 3 where there is a finding of severity error.",
    )
    parser.add_argument("model", help="network that model.save wrote: a .keras file")
    parser.add_argument("data", help=f"the numbers that go into model.fit: {TABLE_HELP}")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column with the labels")
    parser.add_argument(
        "--one-hot", action="store_true", help="the network is trained on one column for each class of the target"
    )
    parser.add_argument("--loss", metavar="NAME", help="loss to check instead of the compiled one")
    add_names_option(parser, "--drop", "columns to leave out")
    add_file_options(parser)
    parser.set_defaults(run=run)


def run(arguments):
    """Inspect and print what was found; return the exit code."""
    from robust_mlp._network.graph import tensorflow_startup
    from robust_mlp.inspection._read.network_file import UnreadableNetworkError, load_network

    _check_network_file(arguments.model)
    X, y = _rows(arguments)
    if arguments.one_hot:
        y = _one_hot(y, arguments.target)
    tensorflow_startup.start()  # before Keras is imported otherwise: keeps TensorFlow's log from standard error
    try:
        model = load_network(arguments.model)
    except UnreadableNetworkError as error:
        raise InputError(f"cannot read {arguments.model!r} as a Keras model: {error}") from error
    findings = _findings(model, X, y, arguments.loss)
    show(f"{arguments.model} beside {len(X):,} rows of {X.shape[1]:,} columns, labels in {arguments.target!r}.\n")
    show(findings)
    return EXIT_ERRORS_FOUND if findings.errors else EXIT_OK


def _findings(model, X, y, loss):
    """What inspect_model finds; what it refuses is the user's to mend."""
    from robust_mlp.inspection import inspect_model

    try:
        return inspect_model(model, _as_the_network_takes_it(model, X), y, loss)
    except (TypeError, ValueError) as error:
        raise InputError(one_line(error)) from error


def _as_the_network_takes_it(model, X):
    """Rows of images or sequences folded up again where a row holds as many numbers as the network takes."""
    shape = getattr(model, "input_shape", None)
    wanted = shape[1:] if isinstance(shape, tuple) else ()
    if len(wanted) > 1 and None not in wanted:
        size = 1
        for length in wanted:
            size *= length
        if size == X.shape[1]:
            return X.to_numpy().reshape(len(X), *wanted)
    return X


def _check_network_file(path):
    """Raise InputError where there is no such file, or its name has another ending."""
    name = str(path).lower()
    if name.endswith(UNSAFE_ENDINGS):
        raise InputError(
            f"{path!r} is in Keras' old format, which may hold code that runs when the file is read. If you trust the "
            f"file, convert it in Python: keras.saving.load_model({path!r}).save({_converted(path)!r})."
        )
    if not name.endswith(NETWORK_ENDING):
        raise InputError(f"cannot tell the format of {path!r}: a network's name must end in .keras.")
    if not Path(path).is_file():
        raise InputError(f"there is no file {path!r}.{nearby(path)}")


def _converted(path):
    """The same name with the ending of the present format."""
    return str(Path(path).with_suffix(NETWORK_ENDING))


def _rows(arguments):
    """(features as a frame of numbers, labels as they stand in the file); rows without a label stay."""
    target = arguments.target
    if target in arguments.drop:
        raise InputError(f"column {target!r} is named by both --target and --drop. Leave one out.")
    columns = Columns(target=target, dropped=frozenset(arguments.drop))
    table = read_table(arguments.data, file_format(arguments), columns)
    table.check_has([target], "--target")
    table.check_has(arguments.drop, "--drop")
    for text in table.notes:
        note(text)
    frame = table.frame.apply(_truth_values)
    X = frame.drop(columns=target)
    if not len(X.columns):
        raise InputError(f"{table.shown} has no column beside {target!r} to learn from.")
    texts = [name for name, kind in column_kinds(X).items() if kind == "category" and X[name].dtype != bool]
    if texts:
        present = X[texts[0]].dropna()
        example = f" such as {str(present.iloc[0])!r}" if len(present) else ""
        raise InputError(
            f"column {texts[0]!r} of {table.shown} holds text{example}, and a network takes numbers. Hand in the table "
            f"as it goes into model.fit, or leave the column out: --drop {texts[0]!r}."
        )
    return X, frame[target].to_numpy()


def _truth_values(column):
    """The column, as truth values where the file says True and False throughout: such a one goes into model.fit."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) or not column.isin(["True", "False"]).all():
        return column
    return column == "True"


def _one_hot(y, target):
    """One column for each label, in their order."""
    import numpy as np
    import pandas as pd

    if pd.isna(y).any():
        raise InputError(f"--one-hot: column {target!r} has rows without a label. Leave these rows out.")
    classes, codes = np.unique(y.astype(str) if y.dtype == object else y, return_inverse=True)
    return np.eye(len(classes), dtype="float32")[codes]
