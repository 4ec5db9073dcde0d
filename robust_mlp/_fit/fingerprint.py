"""Texts that say which fit and which training this is: two are equal only where the trainings would be, too.

Arrays are hashed, functions are compared by their code, objects by their class and their parameters."""

import functools
import hashlib
import re
import sys
from dataclasses import fields
from importlib import metadata

import numpy as np
from scipy import sparse

# Parameters that change no training. `decision` acts on the trained network, so that an error in it can be mended.
WITHOUT_EFFECT = ("callbacks", "checkpoint", "decision", "max_time", "random_state", "verbose")
# Packages whose versions decide about the bits of a training.
PACKAGES = ("keras", "numpy", "robust_mlp", "scikit-learn", "tensorflow")
# Of a hash: 128 bits.
HASH_BYTES = 16
# Memory addresses in the text of an object.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def fingerprint_of_fit(estimator, table, held_out, reader):
    """What says which fit this is.

    Parameters
    ----------
    estimator : RobustMLPClassifier
        With `classes_`.
    table, held_out : LabelledTable
        The rows to train on, and the user's own held-out rows or None.
    reader : TableReader

    Returns
    -------
    fingerprint : dict of str to str
        Names of parameters, "the table", and names of packages with their versions.
    """
    values = estimator.get_params(deep=False)
    parameters = {name: described(value) for name, value in values.items() if name not in WITHOUT_EFFECT}
    columns = (reader.kinds, reader.levels, reader.names, reader.inputs, estimator.classes_)
    return parameters | {"the table": hashed(columns, table, held_out)} | versions()


def versions():
    """{package: its version}, of packages that are installed."""
    found = {"Python": ".".join(map(str, sys.version_info[:2]))}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def differences(then, now):
    """What differs between two fingerprints, in words: a list of texts.

    Examples
    --------
    >>> differences({"tol": "0.1", "the table": "5f"}, {"tol": "0.2", "the table": "5f"})
    ['tol (0.1 then, 0.2 now)']
    """
    names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return [
        name if name.startswith("the ") else f"{name} ({then.get(name, 'none')} then, {now.get(name, 'none')} now)"
        for name in names
    ]


def hashed(*values):
    """A hash of arrays, records and plain values, as hexadecimal digits."""
    found = hashlib.blake2b(digest_size=HASH_BYTES)
    for value in values:
        _add(found, value)
    return found.hexdigest()


def _add(found, value):
    """Add a value to a hash, with its type and size, so that no two lists of values give the same bytes."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        found.update(f"<{value.dtype.str}{value.shape}".encode())
        one_number = value.ndim and not any(value.strides)  # a broadcast number takes no memory for each row
        found.update(np.ascontiguousarray(value[:1] if one_number else value).data)
    elif sparse.issparse(value):
        rows = value.tocsr()
        _add(found, (rows.shape, rows.data, rows.indices, rows.indptr))
    elif isinstance(value, (list, tuple)):
        found.update(f"[{len(value)}".encode())
        for item in value:
            _add(found, item)
    elif hasattr(value, "__dataclass_fields__"):
        found.update(type(value).__name__.encode())
        for field in fields(value):
            _add(found, (field.name, getattr(value, field.name)))
    else:
        found.update(f"={described(value)}".encode())


def described(value):
    """A value of a parameter as text.

    Parameters
    ----------
    value : object

    Returns
    -------
    text : str
        The same in every process.

    Examples
    --------
    >>> described((64, 64)), described("adam")
    ('(64, 64)', "'adam'")
    >>> described(lambda progress: 1 - progress) == described(lambda progress: 1 - progress / 2)
    False
    """
    if isinstance(value, np.ndarray):
        return f"array {hashed(value)}" if value.dtype != object else described(value.tolist())
    if isinstance(value, functools.partial):
        return f"partial{described((value.func, value.args, value.keywords))}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{described(key)}: {described(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        begin, end = "[]" if isinstance(value, list) else "()"
        return f"{begin}{', '.join(map(described, value))}{end}"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(described, value))) + "}"
    if hasattr(value, "__code__"):
        return f"{_name(value)} {hashed(*_of_function(value))}"
    if hasattr(value, "get_config"):  # of Keras, which numbers names by what was made before in the process
        config = {name: setting for name, setting in value.get_config().items() if name != "name"}
        return f"{_name(type(value))}{described(config)}"
    if hasattr(value, "get_params") and not isinstance(value, type):
        return f"{_name(type(value))}{described(value.get_params(deep=False))}"
    return _ADDRESS.sub("", repr(value))


def _name(value):
    return f"{value.__module__}.{value.__qualname__}"


def _of_function(function):
    """What a function does, as far as it can be told: its code, its constants, and the values it closes over."""
    closed_over = [cell.cell_contents for cell in function.__closure__ or ()]
    return (*_of_code(function.__code__), function.__defaults__, function.__kwdefaults__, closed_over)


def _of_code(code):
    constants = [_of_code(item) if hasattr(item, "co_code") else item for item in code.co_consts]
    return code.co_code.hex(), code.co_names, constants
