"""Arrays in the entries of a model file, in NumPy's own format (.npy, version 1.0), never with Python objects.

The header is compared with the one that the dtype and the shape must have, and never evaluated."""

import math
import re

import numpy as np

from robust_mlp.exceptions import ModelFileError

DTYPES = ("<f4", "<f8", "<i4", "<i8")

_MAGIC = b"\x93NUMPY\x01\x00"
# NumPy pads the header so that the numbers begin at a multiple of this.
_ALIGNMENT = 64
_MOST_HEADER_BYTES = 256
_MOST_AXES = 8
_HEADER = re.compile(
    rb"\{'descr': '(<[fi][48])', 'fortran_order': (True|False), 'shape': \(((?:\d{1,10}(?:, \d{1,10})*,?)?)\), \} *\n"
)


class ArraysOut:
    """The arrays of a file that is being written: a list of entries."""

    def __init__(self):
        self.entries = []

    def add(self, name, array):
        """Take up an array, and return the name of its entry."""
        array = np.asarray(array)
        dtype = array.dtype.newbyteorder("<").str
        if dtype not in DTYPES:
            raise ModelFileError(f"{name} has dtype {array.dtype}; a model file holds {', '.join(DTYPES)}.")
        # Products can differ in their last bits by the order in memory, so it is kept. Others are copied, as by pickle.
        is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        in_memory = np.ascontiguousarray((array.T if is_fortran else array).astype(dtype, copy=False))
        header = npy_header(dtype, is_fortran, array.shape)
        self.entries.append((f"{name}.npy", [header, in_memory.reshape(-1).view(np.uint8)]))
        return f"{name}.npy"


class ArraysIn:
    """The arrays of a file that is being read, each taken once.

    Parameters
    ----------
    archive : Archive
    """

    def __init__(self, archive):
        self._archive = archive
        self._left = {name for name in archive.names if name.endswith(".npy")}

    @property
    def left(self):
        """Names of the entries that nobody took, sorted."""
        return sorted(self._left)

    def take(self, name, dtypes, n_axes):
        """Read an array.

        Parameters
        ----------
        name : str
            Of its entry.
        dtypes : tuple of str
            Those that fit.
        n_axes : int or None
            None for any number.

        Returns
        -------
        array : ndarray
            Memory for it is allocated once its size was found to be that of the entry.

        Raises
        ------
        ModelFileError
        """
        if name not in self._left:
            raise ModelFileError(f"has no array {name!r}.")
        self._left.remove(name)
        start = self._archive.read(name, _MOST_HEADER_BYTES)
        dtype, is_fortran, shape, n_header = read_npy_header(start, name)
        if dtype not in dtypes or (n_axes is not None and len(shape) != n_axes):
            raise ModelFileError(
                f"is no valid model file: the array {name!r} has dtype {dtype} and shape {shape}; expected "
                f"{' or '.join(dtypes)}" + ("." if n_axes is None else f" with {n_axes} axes.")
            )
        n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
        if n_header + n_bytes != self._archive.size_of(name):
            raise ModelFileError(
                f"is no valid model file: the array {name!r} has shape {shape}, which takes {n_bytes:,} bytes; it has "
                f"{self._archive.size_of(name) - n_header:,}."
            )
        array = np.empty(shape, dtype, order="F" if is_fortran else "C")
        self._archive.read_into(name, n_header, (array.T if is_fortran else array).reshape(-1).view(np.uint8))
        return array.astype(array.dtype.newbyteorder("="), copy=False)


def npy_header(dtype, is_fortran, shape):
    """The bytes before the numbers of an array, which `numpy.load` understands.

    Parameters
    ----------
    dtype : str
        Such as ``"<f4"``.
    is_fortran : bool
        Whether the first index varies fastest.
    shape : tuple of int

    Returns
    -------
    header : bytes
    """
    text = f"{{'descr': '{dtype}', 'fortran_order': {is_fortran}, 'shape': {tuple(map(int, shape))!r}, }}"
    n_before = len(_MAGIC) + 2
    n_padding = -(n_before + len(text) + 1) % _ALIGNMENT
    padded = text.encode("ascii") + b" " * n_padding + b"\n"
    return _MAGIC + len(padded).to_bytes(2, "little") + padded


def read_npy_header(start, name):
    """(dtype, is_fortran, shape, number of bytes) of the header that an entry begins with.

    Raises
    ------
    ModelFileError
        If it is not exactly what `npy_header` writes.
    """
    n_text = int.from_bytes(start[len(_MAGIC) : len(_MAGIC) + 2], "little")
    n_header = len(_MAGIC) + 2 + n_text
    found = _HEADER.fullmatch(start, len(_MAGIC) + 2, n_header)
    if found is not None and n_header <= len(start):
        dtype, order, sizes = (group.decode("ascii") for group in found.groups())
        shape = tuple(int(size) for size in sizes.rstrip(",").split(", ") if size)
        is_fortran = order == "True"
        if len(shape) <= _MOST_AXES and start[:n_header] == npy_header(dtype, is_fortran, shape):
            return dtype, is_fortran, shape, n_header
    raise ModelFileError(f"is no valid model file: {name!r} does not begin as an array in NumPy's format 1.0 does.")
